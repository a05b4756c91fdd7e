"""The directory's settings: Pelican's grammar, checked before anything is built."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from . import languages, times
from .fields import YEARS
from .identifier import FIELDS, Identifier, Unusable, identifier
from .problems import nearest
from .urls import MAIL, is_this_machine, site_fault, url_fault

DEFAULTS: Mapping[str, Any] = {
    "EVENT_PATHS": ["events"],
    "EVENT_URL": "events/{id}.html",
    "EVENT_SAVE_AS": "events/{id}.html",
    "EVENT_AS_OF": None,
    "EVENT_UID_DOMAIN": "events.example.org",
    "EVENT_FEED_PAST_MONTHS": 12,
    "EVENT_FEED_MAX_EVENTS": 1000,
    "EVENT_FEED_MAX_BYTES": 1_000_000,
    "EVENT_PAGE_SIZE": 25,
    "EVENT_SEARCH": True,
    "EVENT_STRICT": None,
    "EVENT_JOBS": None,
    "EVENT_CACHE": False,
    "EVENT_PRECOMPRESS": False,
    "EVENT_CHANGED_FILES": None,
    "EVENT_CONTACT": "",
    "EVENT_REPOSITORY_URL": "",
    "EVENT_PUBLISHER": "",
    "EVENT_BUREAU_CODE": [],
    "EVENT_PROGRAM_CODE": [],
    "EVENT_ACCESSIBILITY_DATE": None,
    "EVENT_SECURITY_CONTACT": "",
    "EVENT_GOV_BANNER": False,
    "EVENT_IDENTIFIER": None,
}


class SettingsError(Exception):
    """A setting that cannot be used; the message says which, why, and what to write."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings that a build uses; `site_url` has no slash at its end."""

    content: Path
    theme: Path
    output: Path
    site_url: str
    site_name: str
    site_subtitle: str
    language: str
    timezone: str
    event_paths: tuple[str, ...]
    event_url: str
    event_save_as: str
    today: date
    as_of: bool
    uid_domain: str
    feed_past_months: int
    feed_max_events: int
    feed_max_bytes: int
    page_size: int
    search: bool
    strict: bool
    precompress: bool
    changed_files: Path | None
    contact: str
    repository_url: str
    security_contact: str
    gov_banner: bool
    identifier: Identifier | None
    publisher: str
    bureau_code: tuple[str, ...]
    program_code: tuple[str, ...]
    accessibility_date: date | None
    keep: tuple[str, ...]
    cache: Path | None = None
    jobs: int = 1

    @property
    def public(self) -> bool:
        """Whether the site is meant for others, and not only for this machine."""
        return not is_this_machine(urlsplit(self.site_url).hostname or "")

    @property
    def catalogued(self) -> bool:
        """Whether the operator's facts are there that DCAT-US 1.1 requires; its pattern of an address is a narrow one."""
        return bool(self.publisher and re.fullmatch(r"[\w.-]+@[\w.-]+\.[\w.-]+", self.contact, re.ASCII))

    @property
    def base_path(self) -> str:
        """The path below which the site is served: "" or "/events"."""
        return urlsplit(self.site_url).path.rstrip("/")


def read(settings: Mapping[str, Any], *, previewing: bool = False) -> Settings:
    """Check Pelican's settings and take what the directory needs; raises `SettingsError`.

    `previewing` is the default of not being strict: bad records are reported and left out.
    """
    for key in settings:
        if key.startswith("EVENT_") and key not in DEFAULTS:
            near = nearest(key, [*DEFAULTS])
            msg = f"unknown setting {key}" + (f"; did you mean {near}?" if near else "")
            raise SettingsError(msg)
    values = {key: settings.get(key, default) for key, default in DEFAULTS.items()}
    zone = settings.get("TIMEZONE") or "UTC"
    if zone not in times.zone_names():
        msg = f"TIMEZONE is {zone!r}; write an IANA name such as 'America/New_York'"
        raise SettingsError(msg)
    site_url = settings.get("SITEURL") or ""
    if fault := site_fault(site_url):
        msg = f"SITEURL is {site_url!r}, which {fault[0]}; {fault[1]}"
        raise SettingsError(msg)
    site_url = site_url.rstrip("/")
    host = urlsplit(site_url).hostname or ""
    official = host.endswith((".gov", ".mil")) and site_url.startswith("https:")
    for key in ("EVENT_GOV_BANNER", "EVENT_IDENTIFIER"):
        if values[key] and not official:
            msg = f"{key} is for official sites: SITEURL must be https and end in .gov or .mil, and is {site_url!r}"
            raise SettingsError(msg)
    language = languages.known(str(settings.get("DEFAULT_LANG") or "en"))
    if not language:
        spoken = ", ".join(languages.languages())
        msg = f"DEFAULT_LANG is {settings['DEFAULT_LANG']!r}; the interface speaks {spoken} (plugins/events/locale)"
        raise SettingsError(msg)
    content, output, cache = _folders(settings, values)
    event_url, event_save_as = _addresses(values)
    bureaus, programs = _codes(values)
    day, as_of = today(values["EVENT_AS_OF"], zone)
    strict = values["EVENT_STRICT"]
    return Settings(
        content=content,
        theme=Path(settings["THEME"]),
        output=output,
        site_url=site_url,
        site_name=str(settings.get("SITENAME", "")),
        site_subtitle=str(settings.get("SITESUBTITLE", "")),
        language=language,
        timezone=zone,
        event_paths=tuple(_strings("EVENT_PATHS", values)),
        event_url=event_url,
        event_save_as=event_save_as,
        today=day,
        as_of=as_of,
        uid_domain=_domain(values["EVENT_UID_DOMAIN"]),
        feed_past_months=_number("EVENT_FEED_PAST_MONTHS", values, 0, 1200),
        feed_max_events=_number("EVENT_FEED_MAX_EVENTS", values, 1, 1_000_000),
        feed_max_bytes=_number("EVENT_FEED_MAX_BYTES", values, 10_000, 1_000_000_000),
        page_size=_number("EVENT_PAGE_SIZE", values, 1, 1000),
        search=_flag("EVENT_SEARCH", values),
        strict=not previewing if strict is None else _flag("EVENT_STRICT", values),
        precompress=_flag("EVENT_PRECOMPRESS", values),
        changed_files=_file("EVENT_CHANGED_FILES", values),
        contact=_mail("EVENT_CONTACT", values),
        repository_url=_url("EVENT_REPOSITORY_URL", values),
        security_contact=_security_contact(values["EVENT_SECURITY_CONTACT"]),
        gov_banner=_flag("EVENT_GOV_BANNER", values),
        identifier=_identifier(values["EVENT_IDENTIFIER"], host),
        publisher=_line("EVENT_PUBLISHER", values),
        bureau_code=bureaus,
        program_code=programs,
        accessibility_date=_day("EVENT_ACCESSIBILITY_DATE", values),
        keep=tuple(str(name) for name in settings.get("OUTPUT_RETENTION") or ()),
        cache=cache,
        jobs=os.cpu_count() or 1 if values["EVENT_JOBS"] is None else _number("EVENT_JOBS", values, 1, 256),
    )


def today(as_of: Any, zone: str) -> tuple[date, bool]:
    """The day that the directory is built for, and whether someone chose it."""
    if day := _day("EVENT_AS_OF", {"EVENT_AS_OF": as_of}):
        return day, True
    # https://reproducible-builds.org/specs/source-date-epoch/
    if epoch := os.environ.get("SOURCE_DATE_EPOCH"):
        try:
            day = (
                datetime.fromtimestamp(int(epoch), UTC).astimezone(times.zone(zone)).date()
                if epoch.isdecimal()
                else None
            )
        except (OSError, OverflowError, ValueError):
            day = None
        if day is None or day.year > YEARS[1]:
            msg = f"SOURCE_DATE_EPOCH is {epoch!r}; it takes seconds since 1970, in digits, up to the year {YEARS[1]}"
            raise SettingsError(msg)
        return day, False
    return datetime.now(times.zone(zone)).date(), False


def _codes(values: Mapping[str, Any]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The codes of a federal agency's bureaus and programs, as DCAT-US 1.1 asks for them (/data.json)."""
    found: list[tuple[str, ...]] = []
    for key, pattern, example in (
        ("EVENT_BUREAU_CODE", r"\d{3}:\d{2}", "023:00"),
        ("EVENT_PROGRAM_CODE", r"\d{3}:\d{3}", "023:001"),
    ):
        codes = _strings(key, values) if values[key] else []
        if wrong := [code for code in codes if not re.fullmatch(pattern, code, re.ASCII)]:
            msg = f"{key} holds {wrong[0]!r}; DCAT-US wants codes such as {example!r}"
            raise SettingsError(msg)
        found.append(tuple(codes))
    bureaus, programs = found
    if bool(bureaus) != bool(programs) or (bureaus and not (values["EVENT_PUBLISHER"] and values["EVENT_CONTACT"])):
        msg = (
            "EVENT_BUREAU_CODE and EVENT_PROGRAM_CODE go together, and with EVENT_PUBLISHER and EVENT_CONTACT:"
            " set all four, or neither code"
        )
        raise SettingsError(msg)
    return bureaus, programs


def _strings(key: str, values: Mapping[str, Any]) -> list[str]:
    value = values[key]
    if not isinstance(value, list | tuple) or not all(isinstance(item, str) and item for item in value) or not value:
        msg = f"{key} is {value!r}; it takes a list of texts"
        raise SettingsError(msg)
    return list(value)


def _number(key: str, values: Mapping[str, Any], low: int, high: int) -> int:
    value = values[key]
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        msg = f"{key} is {value!r}; it takes a whole number from {low} to {high}"
        raise SettingsError(msg)
    return value


def _folders(settings: Mapping[str, Any], values: Mapping[str, Any]) -> tuple[Path, Path, Path | None]:
    """The folders of the content, the output and the cache, none of which may take what is in another for its own."""
    content, output = Path(settings["PATH"]), Path(settings["OUTPUT_PATH"])
    if content.resolve().is_relative_to(output.resolve()):
        msg = (
            f"OUTPUT_PATH is {str(output)!r}, which is or holds the content folder: what is there and no part of the site is"
            " removed; name a folder of its own, such as 'output'"
        )
        raise SettingsError(msg)
    value = values["EVENT_CACHE"]
    if value is False or value is None:
        return content, output, None
    mend = "name a folder of its own, such as '.cache/events', or write false for none"
    if not isinstance(value, str | os.PathLike) or not os.fspath(value):
        msg = f"EVENT_CACHE is {value!r}; it takes a folder, or false for none"
        raise SettingsError(msg)
    cache = Path(value)
    if not _nearest_there(cache).is_dir():
        msg = f"EVENT_CACHE is {str(value)!r}, and {str(_nearest_there(cache))!r} is no folder; {mend}"
        raise SettingsError(msg)
    for name, other in (("content", content), ("output", output)):
        if other.resolve().is_relative_to(cache.resolve()):
            msg = f"EVENT_CACHE is {str(value)!r}, which is or holds the {name} folder; {mend}"
            raise SettingsError(msg)
    return content, output, cache


def _nearest_there(path: Path) -> Path:
    """The path, or the nearest one above it that there is."""
    path = path.absolute()
    return next(place for place in (path, *path.parents) if os.path.lexists(place))


def _file(key: str, values: Mapping[str, Any]) -> Path | None:
    """A file that a build is to write when all else is done: whether it can is asked before."""
    value = values[key]
    if value is None or value == "":
        return None
    if not isinstance(value, str | os.PathLike):
        msg = f"{key} is {value!r}; it takes the name of a file, such as 'changed.txt'"
        raise SettingsError(msg)
    path = Path(value)
    if path.is_dir():
        msg = f"{key} is {str(value)!r}, which is a folder; write the name of a file in it"
        raise SettingsError(msg)
    if not path.parent.is_dir():
        msg = (
            f"{key} is {str(value)!r}, and there is no folder {str(path.parent)!r}; make it, or name a file in another"
        )
        raise SettingsError(msg)
    return path


def _flag(key: str, values: Mapping[str, Any]) -> bool:
    value = values[key]
    if not isinstance(value, bool):
        msg = f"{key} is {value!r}; it takes true or false"
        raise SettingsError(msg)
    return value


def _day(key: str, values: Mapping[str, Any]) -> date | None:
    value = values[key]
    if value is None or value == "":
        return None
    try:
        day = value if type(value) is date else date.fromisoformat(value)
        # Python takes weeks and days without hyphens too. In any other year no record has a day.
        if YEARS[0] <= day.year <= YEARS[1] and day.isoformat() == str(value):
            return day
    except (TypeError, ValueError):
        pass
    msg = f"{key} is {value!r}; write a day as YYYY-MM-DD, such as '2019-02-20', from {YEARS[0]} to {YEARS[1]}"
    raise SettingsError(msg)


def _line(key: str, values: Mapping[str, Any]) -> str:
    value = values[key] or ""
    if not isinstance(value, str) or not value.isprintable():
        msg = f"{key} is {value!r}; it takes a text on one line"
        raise SettingsError(msg)
    return value


def _url(key: str, values: Mapping[str, Any]) -> str:
    value = _line(key, values)
    if value and (fault := url_fault(value)):
        msg = f"{key} is {value!r}, which {fault[0]}; {fault[1]}"
        raise SettingsError(msg)
    return value.rstrip("/")


def _mail(key: str, values: Mapping[str, Any]) -> str:
    value = _line(key, values)
    if value and not MAIL.fullmatch(value):
        msg = f"{key} is {value!r}; it takes a mail address, such as 'events@agency.gov'"
        raise SettingsError(msg)
    return value


def _identifier(value: Any, host: str) -> Identifier | None:
    if not value:
        return None
    try:
        return identifier(value, host)
    except Unusable as error:
        near = nearest(error.key, FIELDS) if error.key else ""
        msg = f"EVENT_IDENTIFIER {error}" + (f"; did you mean '{near}'?" if near else "")
        raise SettingsError(msg) from None


def _addresses(values: Mapping[str, Any]) -> tuple[str, str]:
    """Where events are shown, and where they are saved: a server adds no address of its own, so both are the same."""
    for key in ("EVENT_URL", "EVENT_SAVE_AS"):
        shape, ids = re.subn(r"{(?:id|slug)}", "id", str(values[key]))
        # Files in folders that begin with a dot are the host's, and never removed.
        if not ids or not re.fullmatch(r"(?:[\w~-][\w.~-]*/)*[\w~-][\w.~-]*\.html", shape, re.ASCII):
            msg = (
                f"{key} is {values[key]!r}; it takes a relative address with {{id}} that ends in .html, such as"
                " 'events/{id}.html': names of letters, digits, `-`, `.`, `_` and `~`, no dot first, with one `/` between them"
            )
            raise SettingsError(msg)
    url, saved = (str(values[key]).replace("{slug}", "{id}") for key in ("EVENT_URL", "EVENT_SAVE_AS"))
    if url != saved:
        msg = f"EVENT_URL is {url!r}, and EVENT_SAVE_AS is {saved!r}: no link would lead to an event; write the same for both"
        raise SettingsError(msg)
    return url, saved


def _security_contact(value: Any) -> str:
    # RFC 9116, section 2.5.3; a line break would begin a field of its own.
    if value and not (isinstance(value, str) and re.fullmatch(r"(https://|mailto:|tel:)[!-~]+", value)):
        msg = f"EVENT_SECURITY_CONTACT is {value!r}; it takes an address such as 'mailto:security@example.gov' or 'https://…'"
        raise SettingsError(msg)
    return value or ""


def _domain(value: Any) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,98}[A-Za-z0-9])?", value):
        msg = f"EVENT_UID_DOMAIN is {value!r}; it takes a host name, such as 'events.example.org'"
        raise SettingsError(msg)
    return value
