"""The pages of one event, and what lists show of it: functions of its record, the registries and the settings.

Nothing here knows of other events but what it is handed, so that many of them can be made side by side (workers.py).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from typing import Any

from . import calendars, facts, jsonld, markup, search, wording
from .calendars import Directory
from .model import Event, Organizer, Series, Topic
from .settings import Settings
from .times import day_of
from .urls import MAIL, is_government, quote
from .wording import Words

Inputs = Mapping[str, Any]


def root_of(path: str) -> str:
    """The way from a file to the site's root."""
    depth = path.count("/")
    return "/".join([".."] * depth) or "."


@dataclass(frozen=True)
class EventPages:
    """What the pages of events take from outside their records; `words` is the site's language."""

    settings: Settings
    topics: Mapping[str, Topic]
    organizers: Mapping[str, Organizer]
    series: Mapping[str, Series]
    words: Words

    def path(self, event: Event, suffix: str = ".html") -> str:
        """Where an event's page (or, by another suffix, the file beside it) is saved."""
        return self.saved(event.id, suffix)

    def href(self, event: Event, suffix: str = ".html") -> str:
        """An event's address, relative to the root of the site."""
        return self.address(event.id, suffix)

    def saved(self, identity: str, suffix: str = ".html") -> str:
        """Where the page of that id is saved."""
        return identity.join(self._saved) + suffix

    def address(self, identity: str, suffix: str = ".html") -> str:
        """The address of that id, relative to the root of the site."""
        return identity.join(self._addresses) + suffix

    # Every build asks for thirty thousand of them.

    @cached_property
    def _saved(self) -> Sequence[str]:
        return _around_the_id(self.settings.event_save_as)

    @cached_property
    def _addresses(self) -> Sequence[str]:
        return _around_the_id(self.settings.event_url)

    def absolute(self, href: str) -> str:
        """An address with the host before it."""
        return f"{self.settings.site_url}/{href}"

    @cached_property
    def directory(self) -> Directory:
        """What the calendars take from outside a record."""
        return Directory(
            lambda event: self.absolute(self.href(event)),
            self.settings.uid_domain,
            self.topics,
            self.organizers,
            self.series,
            self.words,
        )

    def card(self, event: Event, words: Words) -> Inputs:
        start = event.start
        return {
            "id": event.id,
            "href": self.href(event),
            "title": event.title,
            "acronym": event.acronym if event.acronym and event.acronym not in event.title else "",
            "summary": event.summary,
            "language": event.language,
            "kind": words.kind[event.kind],
            "format": event.format,
            "format_words": words.format[event.format],
            "status": event.status,
            "status_words": "" if event.status == "scheduled" else words.status[event.status],
            "dates": words.dates(event),
            "datetime": jsonld.moment(start, event.timezone) if start and not event.waits else "",
            "clock": words.hour(start, event.timezone) if isinstance(start, datetime) else "",
            "block": facts.date_block(event, words),
            "begins": facts.beginning(event),
            "until": search.until(event),
            "place": words.place(event),
            "cost": words.cost(event, self.settings.today),
            "cost_stated": bool(event.prices),
            "eligibility": words.eligibility[event.eligibility] if event.eligibility else "",
            "credits": wording.credits_of(event),
            "access": [words.accessibility[f] for f in event.accessibility.features] if event.accessibility else [],
            "organizer": wording.organizers(event, self.organizers),
            "topics": [self.topics[topic].name for topic in event.topics],
            "commercial": event.commercial,
        }

    def series_link(self, series: str | None) -> Inputs | None:
        """A series and where its page is."""
        return {"name": self.series[series].name, "href": f"series/{series}.html"} if series else None

    def inputs(self, event: Event, card: Inputs, there: Collection[str]) -> Inputs:
        """All that an event's own page shows but what it tells of others; `card` is in the language of the page, `there` are
        the ids of the events that it links to and that have a page."""
        words = wording.spoken(event, self.words)
        on_demand, start = event.on_demand, event.start
        timed, one_day = facts.start_is_timed(event), event.one_day
        href, address = self.href(event), words.address(event)
        page = self.absolute(href)
        return {
            "lang": words.language,
            "title": _page_title(event, words, card["place"]),
            "description": telling(event.summary, f"{card['kind']}, {card['place']}."),
            "canonical": page,
            "section": "on-demand" if event.format == "on-demand" else "archive" if card["over"] else "events",
            "jsonld": jsonld.event(event, page, self.organizers),
            "event": {
                **card,
                "data": beside(href, ".json"),
                "status_note": event.status_note or "",
                "previous": [words.moment(moment, event.timezone) for moment in event.previous_start],
                "changed": words.day(event.changes[-1].date) if event.changes else "",
                "when": event.when or "",
                "days": facts.long_dates(event, words),
                "time": words.time_of(event) if one_day else "",
                "timed": timed,
                "zone": words.zone_long(event.timezone, start) if start and event.timezone and timed else "",
                "no_end": timed and event.end is None,
                "zones": facts.national_times(event, words),
                "venue": facts.venue(event, address, words),
                "online": {"platform": event.online.platform or "", "url": event.online.url or ""}
                if event.online
                else None,
                "prices": [facts.price(price, event.timezone, words) for price in event.prices],
                "free": wording.free_for(event),
                "registration": facts.registration(event.registration, event.timezone, words),
                "credit_rows": [
                    {
                        "words": wording.credit(item),
                        "name": words.credit_names[item.type],
                        "field": item.field or "",
                        "level": item.level or "",
                    }
                    for item in event.credits
                ],
                "accommodations": {
                    "contact": event.accessibility.contact or "",
                    "mail": bool(MAIL.fullmatch(event.accessibility.contact or "")),
                    "request_by": words.day(event.accessibility.request_by) if event.accessibility.request_by else "",
                }
                if event.accessibility
                else None,
                "audience": [words.audience[value] for value in event.audience],
                "deadlines": [
                    {
                        "day": words.day(item.date),
                        "datetime": item.date.isoformat(),
                        "ends": facts.end_of_day(item.date, event.timezone),
                        "label": item.label,
                        "url": item.url or "",
                    }
                    for item in event.deadlines
                ],
                "body": markup.html(event.description, self._event_link(event, there)) if event.description else "",
                "speakers": [
                    {"name": item.name, "about": ", ".join(part for part in (item.title, item.organization) if part)}
                    for item in event.speakers
                ],
                "sessions": facts.sessions(event, words),
                "agenda_zone": facts.agenda_zone(event, words),
                "resources": [
                    {
                        "type": words.resource[item.type],
                        "title": item.title or words.resource[item.type],
                        "url": item.url,
                        "external": not is_government(item.url),
                    }
                    for item in event.resources
                ],
                "on_demand": {
                    "from": words.day(on_demand.available_from) if on_demand and on_demand.available_from else "",
                    "until": words.day(on_demand.available_until) if on_demand and on_demand.available_until else "",
                    "minutes": words.plural(on_demand.minutes, "{n} minute", "{n} minutes")
                    if on_demand and on_demand.minutes
                    else "",
                    "url": on_demand.url or "" if on_demand else "",
                    "captions": on_demand.captions if on_demand else None,
                }
                if event.format == "on-demand"
                else None,
                "url": event.url or "",
                "url_external": bool(event.url) and not is_government(event.url or ""),
                "organizers": [
                    {"name": wording.organizer(self.organizers[body]), "href": f"organizers/{body}.html"}
                    for body in event.organizer
                ],
                "topic_links": [
                    {"name": self.topics[topic].name, "href": f"topics/{topic}.html"} for topic in event.topics
                ],
                "series": self.series_link(event.series),
                "changes": [
                    {"day": words.day(item.date), "datetime": item.date.isoformat(), "note": item.note}
                    for item in reversed(event.changes)
                ],
                "source": facts.source(event, words),
                "checked": words.day(event.checked) if event.checked else "",
                # Of an event that became known on its own day nobody wrote down when it was announced.
                "announced": words.day(event.announced)
                if event.start is None or event.announced < day_of(event.start)
                else "",
                "calendar": self._add_to_calendar(event, words, href, address) if event.dated else None,
            },
            "sheets": self._sheets(event, words, page, address),
        }

    def _event_link(self, event: Event, there: Collection[str]) -> Callable[[str], str]:
        def link(identity: str) -> str:
            return f"{root_of(self.path(event))}/{self.address(identity)}" if identity in there else "#"

        return link

    def withdrawn_inputs(self, event: Event) -> Inputs:
        """What is left at the address of a withdrawn record: its title, when it went, and why."""
        assert event.withdrawn is not None
        words = wording.spoken(event, self.words)
        return {
            "lang": words.language,
            "title": words("Removed from the directory: {title}", title=event.title),
            "description": telling(
                words("“{title}” was removed. {reason}", title=event.title, reason=event.withdrawn.reason),
                words("Nothing else is kept."),
            ),
            "canonical": self.absolute(self.href(event)),
            "section": "events",
            "noindex": True,
            "heading": event.title,
            "day": words.day(event.withdrawn.date),
            "datetime": event.withdrawn.date.isoformat(),
            "reason": event.withdrawn.reason,
        }

    def moved_inputs(self, event: Event, alias: str) -> Inputs:
        words = wording.spoken(event, self.words)
        return {
            "lang": words.language,
            "title": words("Moved to a new address ({alias}): {title}", alias=alias, title=event.title),
            "description": words(
                "The page that was at “{alias}” has moved. {summary}",
                alias=alias,
                summary="" if event.withdrawn else event.summary,
            ),
            "canonical": self.absolute(self.href(event)),
            "section": "events",
            "noindex": True,
            "heading": event.title,
            "href": self.href(event),
        }

    def _sheets(self, event: Event, words: Words, page: str, address: str) -> Inputs:
        """What the approval sheet and the ethics sheet say beside the facts of the page; "" is left blank on paper."""
        bodies = [self.organizers[body] for body in event.organizer]
        attendance = event.attendance
        fundraiser = attendance.fundraiser if attendance else None
        return {
            "objectives": list(event.objectives),
            "contact": event.contact or "",
            "hours": facts.duty_hours(event),
            "organizers": [
                wording.organizer(body) + (f", {words.body[body.type].lower()}" if body.type else "") for body in bodies
            ],
            "expected": f"{attendance.expected:,}" if attendance and attendance.expected else "",
            "mix": attendance.mix or "" if attendance else "",
            "free_value": f"${Decimal(attendance.free_value):,}" if attendance and attendance.free_value else "",
            "free_includes": attendance.free_includes or "" if attendance else "",
            "invited_by": attendance.invited_by or "" if attendance else "",
            "fundraiser": "" if fundraiser is None else words("Yes") if fundraiser else words("No"),
            "place": address if event.format != "on-demand" else words("On demand, from any place"),
            "page": page,
        }

    def _add_to_calendar(self, event: Event, words: Words, href: str, address: str) -> Inputs:
        """Links that fill in a new entry at Google and Outlook, and what takes the calendar file; each text is quoted once."""
        begins, ends = (_in_utc(moment).replace(":", "%3A") for moment in calendars.span_in_utc(event))
        page, file = quote(self.absolute(href)), beside(href, ".ics")
        title, summary = quote(calendars.title(event, words)), quote(event.summary)
        where = f"&location={quote(address)}" if address else ""
        days = f"{begins}%2F{ends}".replace("-", "").replace("%3A", "")
        whole = "false" if facts.start_is_timed(event) else "true"
        return {
            "file": file,
            "uid": f"{event.id}@{self.settings.uid_domain}",
            "webcal": f"webcal://{self.absolute(file).split('://', 1)[1]}",
            "google": (
                f"https://calendar.google.com/calendar/render?action=TEMPLATE&text={title}&dates={days}"
                f"&details={summary}%0A%0A{page}{where}"
            ),
            "outlook": (
                "https://outlook.office.com/calendar/0/deeplink/compose?path=%2Fcalendar%2Faction%2Fcompose&rru=addevent"
                f"&subject={title}&startdt={begins}&enddt={ends}&allday={whole}"
                f"&body={summary}%20{page}{where}"
            ),
        }


def _around_the_id(pattern: str) -> Sequence[str]:
    """What stands around the id in an address, but for its ".html" (settings.py sees to that)."""
    return beside(pattern.format(id="\0", slug="\0"), "").split("\0")


def beside(address: str, suffix: str) -> str:
    """The address of what stands beside a page."""
    return address.removesuffix(".html") + suffix


def _in_utc(when: date | datetime) -> str:
    """A day, or an instant in UTC, in ISO 8601."""
    return f"{when.isoformat()[:19]}Z" if isinstance(when, datetime) else when.isoformat()


def _page_title(event: Event, words: Words, place: str) -> str:
    """A title that tells where and when, at least 20 characters long (federal website standards)."""
    short = (
        words.day(day_of(event.start)) if event.start and not event.waits else event.when or words("On demand").lower()
    )
    parts = [event.title, ", ".join(part for part in (short, "" if event.format == "on-demand" else place) if part)]
    return " – ".join(parts)


def telling(text: str, more: str) -> str:
    """A description of at least 50 characters (federal website standards): the text, with more where it is short."""
    enough = 50
    return text if len(text) >= enough else f"{text} {more}"
