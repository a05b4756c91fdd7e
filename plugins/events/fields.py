"""The types that a record's fields have: how each reads the editor's text, what it refuses, and how it is described.

A type is the one place for its rule. `read` turns text into a value or says what is wrong and how to mend it;
`words` and `schema` tell the same rule to the field reference and to JSON Schema, so that none of them can drift.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from functools import cache
from typing import Any, ClassVar

from . import markup, times, vocabulary
from .problems import did_you_mean, nearest, short
from .records import Place, Tree
from .urls import url_fault

ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
ID_LENGTH = (2, 80)
# Windows keeps these names for devices, whatever suffix follows: `con.yaml` cannot be checked out there
# (learn.microsoft.com, "Naming Files, Paths, and Namespaces").
_DEVICE = re.compile(r"con|prn|aux|nul|com[0-9]|lpt[0-9]")

# A public record is no place for the key to a meeting. Only a word that holds a digit counts as a key, so that a
# talk called "Passwords: the end of an era" stays possible.
_DIGIT = re.compile(r"\d")
_PASSCODE = re.compile(
    r"\b(?:pass(?:code|word)|pwd|pin|access code)(?:\s*(?:is\b|[:=#])\s*\S*\d|\s+\d{4,}\b)", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong with a value, at its place in the tree; `snippet` is the part of a long text that is meant."""

    place: Place
    message: str
    help: str = ""
    key: bool = False
    warning: bool = False
    snippet: str = ""


@dataclass(slots=True)
class Reading:
    """One pass over one record: what was found wrong, and the registries that its ids must be in.

    `known` maps a registry's name ("topics") to its ids, each with the words that it may be meant by; a registry that
    is not there is not checked, so that a record can be read on its own.
    """

    known: Mapping[str, Mapping[str, Sequence[str]]] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    def error(self, place: Place, message: str, mend: str = "", *, key: bool = False) -> None:
        """Note a fault that stops the build."""
        self.findings.append(Finding(place, message, mend, key))

    def warning(self, place: Place, message: str, mend: str = "") -> None:
        """Note something that an editor should look at."""
        self.findings.append(Finding(place, message, mend, warning=True))

    @property
    def failed(self) -> bool:
        """Whether anything was refused so far."""
        return any(not finding.warning for finding in self.findings)


class Type:
    """What a field may hold."""

    def read(self, value: Tree, place: Place, reading: Reading) -> Any:
        """The value, or None after the fault was told to `reading`."""
        raise NotImplementedError

    def words(self) -> str:
        """The rule in words, for the field reference."""
        raise NotImplementedError

    def schema(self) -> dict[str, Any]:
        """The rule as JSON Schema (draft-07)."""
        raise NotImplementedError


def _one(value: Tree, place: Place, reading: Reading) -> str | None:
    """The scalar, or None after saying that a list or fields stand where one text belongs."""
    if isinstance(value, str):
        if value:
            return value
        reading.error(place, f"{_named(place)} is empty", "write a value, or remove the line")
        return None
    if isinstance(value, list):
        mend = f"write `{_key(place)}: …`; put quotes round a text that starts with `[`"
        if len(value) == 1 and isinstance(value[0], str):
            mend = f"write `{_key(place)}: {short(value[0])}`"
        reading.error(place, f"{_named(place)} takes one value, not a list", mend)
    else:
        reading.error(
            place,
            f"{_named(place)} takes a text, not fields",
            "put quotes round a text that holds `: `",
        )
    return None


def _count(number: int, thing: str) -> str:
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def _key(place: Place) -> str:
    return str(next((step for step in reversed(place) if isinstance(step, str)), ""))


def _named(place: Place) -> str:
    """ "`prices[2].amount`", as an editor counts: from one."""
    text = ""
    for step in place:
        text += f"[{step + 1}]" if isinstance(step, int) else f".{step}" if text else short(step)
    return f"`{text}`"


@dataclass(frozen=True, slots=True)
class Text(Type):
    """A text of `low` to `high` characters; `lines` allows more than one line."""

    low: int = 1
    high: int = 500
    lines: bool = False

    def read(self, value: Tree, place: Place, reading: Reading) -> str | None:
        text = _one(value, place, reading)
        if text is None:
            return None
        if not self.low <= len(text) <= self.high:
            more, less = self.low - len(text), len(text) - self.high
            reading.error(
                place,
                f"{_named(place)} is {_count(len(text), 'character')} long; it takes {self._span()}",
                f"make it longer, by {more} or more" if more > 0 else f"make it shorter, by {less:,} or more",
            )
            return None
        if not self.lines and "\n" in text:
            reading.error(place, f"{_named(place)} takes one line", f"write it after `{_key(place)}:` without a break")
            return None
        # Looked for only where there is a digit, which most texts lack: it is the slowest rule of all.
        if _DIGIT.search(text) and _PASSCODE.search(text):
            reading.error(
                place,
                f"{_named(place)} gives away a meeting's passcode",
                "remove it: this record is public; say where people register instead",
            )
            return None
        return text

    def _span(self) -> str:
        return f"{self.low}–{self.high:,}" if self.low > 1 else f"at most {self.high:,}"

    def words(self) -> str:
        lines = "text" if self.lines else "text, one line"
        return f"{lines}, {self._span()} characters"

    def schema(self) -> dict[str, Any]:
        # An editor that knows YAML takes `02134` for a number; here it is the text that was typed.
        if self.lines:
            return {"type": "string", "minLength": self.low, "maxLength": self.high}
        one_line = r"^[^\n]*\n*$"
        return {"type": ["string", "number"], "pattern": one_line, "minLength": self.low, "maxLength": self.high}


@dataclass(frozen=True, slots=True)
class Markdown(Text):
    """A text in Markdown, over any number of lines; what it may not hold, `markup.faults` says."""

    lines: bool = True

    def read(self, value: Tree, place: Place, reading: Reading) -> str | None:
        # Named outright: `super()` does not find its class in a dataclass with slots.
        text = Text.read(self, value, place, reading)
        if text is None:
            return None
        found = markup.faults(text)
        reading.findings += [
            Finding(place, f"{_named(place)} {fault.message}", fault.help, False, fault.warning, fault.snippet)
            for fault in found
        ]
        return None if any(not fault.warning for fault in found) else text

    def words(self) -> str:
        return "Markdown" + (f", at most {self.high:,} characters" if self.high else "")


@dataclass(frozen=True, slots=True)
class Choice(Type):
    """One value of a vocabulary."""

    values: Mapping[str, str]

    def read(self, value: Tree, place: Place, reading: Reading) -> str | None:
        # The right value first: it is what nearly every record holds.
        if isinstance(value, str) and value in self.values:
            return value
        text = _one(value, place, reading)
        if text is None:
            return None
        reading.error(place, f"{_named(place)} cannot be `{short(text)}`", self._mend(text))
        return None

    def _mend(self, text: str) -> str:
        said = vocabulary.SPOKEN.get(text.casefold())
        return f"write `{said}`" if said in self.values else did_you_mean(text, [*self.values])

    def words(self) -> str:
        return "one of " + ", ".join(f"`{value}`" for value in self.values)

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "enum": list(self.values)}


@dataclass(frozen=True, slots=True)
class Id(Type):
    """A lower-case id, of a record or in a registry (`of`)."""

    of: str = ""

    def read(self, value: Tree, place: Place, reading: Reading) -> str | None:
        known = reading.known.get(self.of)
        if isinstance(value, str) and known is not None and value in known:
            return value
        text = _one(value, place, reading)
        if text is None:
            return None
        if known is not None:
            meant = {name.casefold(): key for key, names in known.items() for name in names}
            meant |= {key: key for key in known}
            near = meant.get(nearest(text, meant), "")
            mend = f"add `{slug(text)}:` to content/{self.of}.yaml with its `name`"
            if near == slug(text):
                mend = f"write `{near}`"
            elif near:
                mend = f"did you mean `{near}`? Otherwise {mend}"
            else:
                mend += ", or use an id that is there"
            reading.error(place, f"`{short(text)}` is not in content/{self.of}.yaml", mend)
            return None
        if fault := id_fault(text):
            reading.error(place, f"`{short(text)}` is no id: {fault}", f"write `{slug(text)}`")
            return None
        return text

    def words(self) -> str:
        return f"id from `content/{self.of}.yaml`" if self.of else "id: lower-case letters, digits and single hyphens"

    def schema(self) -> dict[str, Any]:
        low, high = ID_LENGTH
        pattern = f"^(?!(?:{_DEVICE.pattern})$){ID.pattern}$"
        return {"type": "string", "pattern": pattern, "minLength": low, "maxLength": high}


def id_fault(text: str) -> str:
    """Why a text cannot be an id, or ""."""
    low, high = ID_LENGTH
    if not low <= len(text) <= high:
        return f"it has {low} to {high} characters"
    if not ID.fullmatch(text):
        return "it has lower-case letters, digits and single hyphens between them"
    if _DEVICE.fullmatch(text):
        return "Windows keeps this name for itself"
    return ""


def slug(text: str) -> str:
    """The id nearest to a text; "item" where nothing of it can be used."""
    from unidecode import unidecode  # noqa: PLC0415  needed for faults and imports only

    # "U.S." and "Code.gov's" are one word each.
    plain = re.sub(r"\b([A-Z])\.(?=[A-Z]\b)", r"\1", re.sub(r"['’]", "", text))
    found = re.sub(r"[^a-z0-9]+", "-", unidecode(plain).casefold()).strip("-")
    if len(found) > ID_LENGTH[1]:
        found = found[: ID_LENGTH[1]].rpartition("-")[0] or found[: ID_LENGTH[1]]
    return f"item-{found}".strip("-") if len(found) < ID_LENGTH[0] or _DEVICE.fullmatch(found) else found


_MOMENT = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?: (\d{2}):(\d{2}))?", re.ASCII)
# An earlier year is a typing error in a directory that began with an article of 2019.
YEARS = (1990, 2099)


@dataclass(frozen=True, slots=True)
class Moment(Type):
    """A day, or a day and a wall time, as the `shape` says: "day", "time" or "either"."""

    shape: str = "either"

    _SHAPES: ClassVar[Mapping[str, str]] = {
        "day": "`YYYY-MM-DD`",
        "time": "`YYYY-MM-DD HH:MM`",
        "either": "`YYYY-MM-DD` or `YYYY-MM-DD HH:MM`",
    }

    def read(self, value: Tree, place: Place, reading: Reading) -> date | datetime | None:
        text = _one(value, place, reading)
        if text is None:
            return None
        found = _MOMENT.fullmatch(text)
        if not found or (self.shape == "day" and found[4]) or (self.shape == "time" and not found[4]):
            reading.error(
                place, f"{_named(place)} is `{short(text)}`; it takes {self._SHAPES[self.shape]}", self._mend(text)
            )
            return None
        year, month, day = int(found[1]), int(found[2]), int(found[3])
        low, high = YEARS
        if not low <= year <= high:
            reading.error(place, f"{_named(place)} is in the year {year}", f"write a year from {low} to {high}")
            return None
        what, mend = "calendar has", ""
        try:
            whole = date(year, month, day)
            if not found[4]:
                return whole
            what, mend = "clock shows", f"write a time from 00:00 to 23:59: `{whole} 13:30`"
            return datetime.combine(whole, time(int(found[4]), int(found[5])))
        except ValueError:
            reading.error(place, f"{_named(place)} is `{short(text)}`, which no {what}", mend or self._mend(text))
            return None

    def _mend(self, text: str) -> str:
        guess = _guess(text)
        if guess is None:
            example = {"day": "2027-03-02", "time": "2027-03-02 13:30", "either": "2027-03-02"}[self.shape]
            return f"write it like `{example}`"
        day = f"{guess:%Y-%m-%d}"
        clock = f"{day} {guess:%H:%M}"
        timed = re.search(r"\d:\d\d|\b\d{1,2}\s*[ap]\.?m\b|T\d\d", text, re.IGNORECASE)
        mend = clock if self.shape != "day" and timed else day
        if self.shape == "time" and not timed:
            return f"add the time: `{day} 13:30`"
        zone = re.search(r"(?:Z|[+-]\d\d:?\d\d|\b(?![AP]M$)[A-Z]{2,4})$", text)
        tail = "; the zone goes into `timezone:`" if zone and timed else ""
        return f"write `{mend}`{tail}"

    def words(self) -> str:
        return {"day": "date", "time": "date and wall time", "either": "date, or date and wall time"}[
            self.shape
        ] + f", {self._SHAPES[self.shape]}"

    def schema(self) -> dict[str, Any]:
        clock = r" ([01]\d|2[0-3]):[0-5]\d"
        tail = {"day": "", "time": clock, "either": f"({clock})?"}[self.shape]
        return {"type": "string", "pattern": rf"^\d{{4}}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01]){tail}$"}


_LONGEST_DATE = 60


def _guess(text: str) -> datetime | None:
    """What a date written otherwise most likely means; only where the year is in the text."""
    if len(text) > _LONGEST_DATE or not re.search(r"\d{4}", text):
        return None
    from dateutil import parser  # noqa: PLC0415  needed for faults and imports only

    try:
        return parser.parse(text, default=datetime(2000, 1, 1), ignoretz=True)  # noqa: DTZ001
    # What the library lets through when a text is no date at all.
    except (ValueError, ArithmeticError, TypeError, LookupError, AttributeError):
        return None


@dataclass(frozen=True, slots=True)
class Zone(Type):
    """An IANA time zone name."""

    def read(self, value: Tree, place: Place, reading: Reading) -> str | None:
        text = _one(value, place, reading)
        if text is None or text in times.zone_names():
            return text
        spoken = times.SPOKEN_ZONES.get(text.upper().removesuffix(" TIME").strip())
        near = spoken or nearest_zone(text)
        reading.error(
            place,
            f"`{short(text)}` is no time zone",
            f"write `{near}`" if near else "write an IANA name, such as `America/New_York` or `Pacific/Honolulu`",
        )
        return None

    def words(self) -> str:
        return "IANA time zone, such as `America/New_York`"

    def schema(self) -> dict[str, Any]:
        return {
            "type": "string",
            "pattern": r"^([A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)+|UTC)$",
            "examples": sorted(set(times.SPOKEN_ZONES.values())),
        }


def nearest_zone(text: str) -> str:
    """The zone whose name, or whose city, is nearest to the text, or ""."""
    names = sorted(times.zone_names())
    cities = {name.rsplit("/", 1)[-1]: name for name in reversed(names)}
    asked = text.strip().replace(" ", "_")
    if len(asked) > max(map(len, names)):
        return ""
    city = next((cities[city] for city in cities if city.casefold() == asked.casefold()), "")
    import difflib  # noqa: PLC0415

    return city or next(iter(difflib.get_close_matches(asked, names, n=1, cutoff=0.75)), "")


@dataclass(frozen=True, slots=True)
class Url(Type):
    """An absolute http(s) address without credentials."""

    def read(self, value: Tree, place: Place, reading: Reading) -> str | None:
        text = _one(value, place, reading)
        if text is None:
            return None
        if fault := url_fault(text):
            reading.error(place, f"{_named(place)} {fault[0]}", fault[1])
            return None
        if text[:5].lower() == "http:":
            reading.warning(
                place, f"{_named(place)} is not encrypted (http)", f"try whether `https:{text[5:]}` works, and use that"
            )
        return text

    def words(self) -> str:
        return "URL: https (http is a warning), no credentials"

    def schema(self) -> dict[str, Any]:
        return {
            "type": "string",
            "format": "uri",
            "pattern": r"^[hH][tT][tT][pP][sS]?://[^\s@/?#]+([/?#]\S*)?\s*$",
            "maxLength": 2048,
        }


@dataclass(frozen=True, slots=True)
class Amount(Type):
    """A decimal number as it was typed; `0.50` keeps its zero."""

    what: str = "an amount"

    def read(self, value: Tree, place: Place, reading: Reading) -> str | None:
        text = _one(value, place, reading)
        if text is None or re.fullmatch(r"\d{1,7}(\.\d{1,4})?", text, re.ASCII):
            return text
        digits = re.sub(r"[^\d.]", "", text)
        good = "-" not in text and re.fullmatch(r"\d{1,7}(\.\d{1,4})?", digits)
        if text.casefold() in ("free", "none", "no cost"):
            digits, good = "0", re.fullmatch("0", "0")
        reading.error(
            place,
            f"{_named(place)} is `{short(text)}`; it takes {self.what} in digits",
            f"write `{digits}`" if good else "write it like `249` or `0.50`",
        )
        return None

    def words(self) -> str:
        return f"{self.what} in digits, such as `249` or `0.50`"

    def schema(self) -> dict[str, Any]:
        return {"type": ["string", "number"], "pattern": r"^\d{1,7}(\.\d{1,4})?$", "minimum": 0}


@dataclass(frozen=True, slots=True)
class Number(Type):
    """A number between two bounds; `whole` allows no fraction."""

    low: float
    high: float
    whole: bool = False

    def read(self, value: Tree, place: Place, reading: Reading) -> float | int | None:
        text = _one(value, place, reading)
        if text is None:
            return None
        pattern = r"\d{1,6}" if self.whole else r"[+-]?\d{1,3}(\.\d{1,8})?"
        if re.fullmatch(pattern, text, re.ASCII):
            number = int(text) if self.whole else float(text)
            if self.low <= number <= self.high:
                return number
        reading.error(
            place, f"{_named(place)} is `{short(text)}`; it takes {self.words()}", f"write it like `{self._example()}`"
        )
        return None

    def _example(self) -> str:
        return "60" if self.whole else "38.8977"

    def words(self) -> str:
        return f"a {'whole ' if self.whole else ''}number from {self.low:g} to {self.high:g}"

    def schema(self) -> dict[str, Any]:
        # Quotes around a number are no fault: every value is read as its text.
        kind = "integer" if self.whole else "number"
        return {"type": [kind, "string"], "pattern": r"^[+-]?\d+(\.\d+)?$", "minimum": self.low, "maximum": self.high}


@dataclass(frozen=True, slots=True)
class Flag(Type):
    """`true` or `false`, and none of YAML's other spellings."""

    def read(self, value: Tree, place: Place, reading: Reading) -> bool | None:
        text = _one(value, place, reading)
        if text in ("true", "false"):
            return text == "true"
        if text is not None:
            yes = text.casefold() in ("yes", "y", "on", "1", "true")
            no = text.casefold() in ("no", "n", "off", "0", "false")
            mend = f"write `{'true' if yes else 'false'}`" if yes or no else "write `true` or `false`"
            reading.error(place, f"{_named(place)} is `{short(text)}`; it takes `true` or `false`", mend)
        return None

    def words(self) -> str:
        return "`true` or `false`"

    def schema(self) -> dict[str, Any]:
        return {"type": "boolean"}


@dataclass(frozen=True, slots=True)
class Code(Type):
    """A code of a public list that is loaded only when a record holds one: a country or a currency."""

    list_name: str

    def _values(self) -> Mapping[str, str]:
        return vocabulary.countries() if self.list_name == "country" else vocabulary.currencies()

    def read(self, value: Tree, place: Place, reading: Reading) -> str | None:
        text = _one(value, place, reading)
        # The common one first: it spares most builds the loading of the list.
        common = "US" if self.list_name == "country" else "USD"
        if text is None or text == common or text in self._values():
            return text
        by_name = {name.casefold(): code for code, name in self._values().items()}
        by_name |= {
            "usa": "US",
            "u.s.": "US",
            "u.s.a.": "US",
            "uk": "GB",
            "england": "GB",
            "$": "USD",
            "€": "EUR",
            "£": "GBP",
        }
        near = by_name.get(text.casefold()) or (text.upper() if text.upper() in self._values() else "")
        reading.error(
            place,
            f"`{short(text)}` is no {self.list_name} code",
            f"write `{near}`"
            if near
            else f"write its ISO code, such as `{'CA' if self.list_name == 'country' else 'EUR'}`",
        )
        return None

    def words(self) -> str:
        return "ISO 3166 country code" if self.list_name == "country" else "ISO 4217 currency code"

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "pattern": "^[A-Z]{2}$" if self.list_name == "country" else "^[A-Z]{3}$"}


@dataclass(frozen=True, slots=True)
class Language(Type):
    """A BCP 47 language tag."""

    def read(self, value: Tree, place: Place, reading: Reading) -> str | None:
        text = _one(value, place, reading)
        if text is None or re.fullmatch(r"[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|\d{3}))?", text, re.ASCII):
            return text
        spoken = {"english": "en", "spanish": "es", "español": "es", "french": "fr", "american sign language": "ase"}
        near = spoken.get(text.casefold(), "")
        reading.error(
            place,
            f"`{short(text)}` is no language tag",
            f"write `{near or 'en'}`" + ("" if near else ", `es`, `pt-BR`"),
        )
        return None

    def words(self) -> str:
        return "BCP 47 language tag, such as `en` or `es`"

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "pattern": r"^[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|\d{3}))?$"}


@dataclass(frozen=True, slots=True)
class Many(Type):
    """A list of `low` to `high` values; `unique` refuses the same one twice; `or_one` takes a bare value for a list."""

    of: Type
    low: int = 0
    high: int = 200
    unique: bool = False
    or_one: bool = False

    def read(self, value: Tree, place: Place, reading: Reading) -> tuple[Any, ...] | None:
        if isinstance(value, str | dict):
            if self.or_one and isinstance(value, str):
                one = self.of.read(value, place, reading)
                return None if one is None else (one,)
            shown = value if isinstance(value, str) else ""
            mend = f"write `{_key(place)}: [{short(shown)}]`" if shown else "start each item with `- `"
            reading.error(place, f"{_named(place)} takes a list, not one value", mend)
            return None
        if not self.low <= len(value) <= self.high:
            more, less = self.low - len(value), len(value) - self.high
            reading.error(
                place,
                f"{_named(place)} has {_count(len(value), 'value')}; it takes {self.low} to {self.high}",
                f"add {more} or more" if more > 0 else f"remove {less:,} or more",
            )
            return None
        found = [self.of.read(item, (*place, index), reading) for index, item in enumerate(value)]
        if self.unique:
            self._check_unique(value, place, reading)
        return None if None in found else tuple(found)

    @staticmethod
    def _check_unique(value: Sequence[Any], place: Place, reading: Reading) -> None:
        for index, item in enumerate(value):
            if isinstance(item, str) and item in value[:index]:
                reading.error(
                    (*place, index), f"`{short(item)}` stands twice in {_named(place)}", "remove one of the two"
                )

    def words(self) -> str:
        bounds = f" of {self.low}–{self.high} values" if self.low else ""
        return f"{'one value or a ' if self.or_one else ''}list{bounds}; each: {self.of.words()}"

    def schema(self) -> dict[str, Any]:
        found: dict[str, Any] = {"type": "array", "items": self.of.schema()}
        if self.low:
            found["minItems"] = self.low
        found["maxItems"] = self.high
        if self.unique:
            found["uniqueItems"] = True
        return {"anyOf": [self.of.schema(), found]} if self.or_one else found


@dataclass(frozen=True, slots=True)
class Spec:
    """A field of a record: its type, what it means, an example."""

    type: Type
    doc: str
    required: bool = False
    example: Any = None


def given(spec_type: Type, doc: str, *, required: bool = False, default: Any = None, example: Any = None) -> Any:
    """A dataclass field that carries its `Spec`."""
    if default is None and isinstance(spec_type, Many):
        default = ()
    return field(default=default, metadata={"spec": Spec(spec_type, doc, required, example)})


@cache
def specs(cls: type) -> Mapping[str, Spec]:
    """The fields of a record's dataclass that an editor writes, by name (`for_` is written `for`)."""
    return {item.name.rstrip("_"): item.metadata["spec"] for item in dataclasses.fields(cls) if "spec" in item.metadata}


@cache
def _required(cls: type) -> Mapping[str, Spec]:
    return {name: spec for name, spec in specs(cls).items() if spec.required}


@cache
def _attributes(cls: type) -> Mapping[str, str]:
    """The attribute of a record's dataclass for each field (`for` is `for_` there)."""
    return {item.name.rstrip("_"): item.name for item in dataclasses.fields(cls)}


def read_fields(cls: type, value: Tree, place: Place, reading: Reading) -> dict[str, Any] | None:
    """The valid fields of a mapping by their names in the record; None where it is no mapping."""
    if not isinstance(value, dict):
        some = next(iter(specs(cls)))
        reading.error(
            place,
            f"{_named(place)} takes fields, not {'a list' if isinstance(value, list) else 'one value'}",
            f"write `{some}: …` below it, indented by two spaces",
        )
        return None
    known = specs(cls)
    found: dict[str, Any] = {}
    _check_known(value, known, place, reading)
    for name, item in value.items():
        spec = known.get(name)
        if spec is None or item == "":
            continue
        read = spec.type.read(item, (*place, name), reading)
        if read is not None:
            found[name] = read
    for name, spec in _required(cls).items():
        if value.get(name, "") == "":
            within = f" in {_named(place)}" if place else ""
            reading.error(place, f"`{name}` is missing{within}", f"add `{name}: {_example(spec)}`")
    return found


def _example(spec: Spec) -> str:
    """A field's example as an editor writes it after the key."""
    if isinstance(spec.example, list):
        return f"[{', '.join(spec.example)}]"
    return spec.example if isinstance(spec.example, str) else "…"


# A record has some forty fields: whoever has more unknown ones than that did not mistype them.
_MANY = 40


def _check_known(value: Mapping[str, Tree], known: Mapping[str, Spec], place: Place, reading: Reading) -> None:
    if value.keys() <= known.keys():
        return
    unknown = [name for name in value if name not in known]
    if len(unknown) > _MANY:
        reading.error(
            (*place, unknown[0]),
            f"`{short(unknown[0])}` and {len(unknown) - 1:,} more fields are unknown",
            f"the fields here are: {', '.join(known)}",
            key=True,
        )
        return
    for name in unknown:
        reading.error((*place, name), f"unknown field `{short(name)}`", _known_field(name, known), key=True)


def _known_field(name: str, known: Collection[str]) -> str:
    near = nearest(name, [*known])
    return f"did you mean `{near}`?" if near else f"the fields here are: {', '.join(known)}"


@dataclass(frozen=True, slots=True)
class Group(Type):
    """Fields of their own under one key."""

    cls: type

    def read(self, value: Tree, place: Place, reading: Reading) -> Any:
        before = len(reading.findings)
        found = read_fields(self.cls, value, place, reading)
        if found is None or any(not finding.warning for finding in reading.findings[before:]):
            return None
        return build(self.cls, found)

    def words(self) -> str:
        return "fields " + ", ".join(
            f"`{name}`{'*' if spec.required else ''}" for name, spec in specs(self.cls).items()
        )

    def schema(self) -> dict[str, Any]:
        return object_schema(self.cls)


def build(cls: type, found: Mapping[str, Any], **more: Any) -> Any:
    """An object of the dataclass from the fields that were read."""
    names = _attributes(cls)
    return cls(**{names[key]: value for key, value in found.items()}, **more)


def object_schema(cls: type) -> dict[str, Any]:
    """JSON Schema (draft-07) of a record's dataclass."""
    properties = {}
    for name, spec in specs(cls).items():
        entry = {"title": name.replace("_", " ").capitalize(), "description": spec.doc, **spec.type.schema()}
        if spec.example is not None:
            entry["examples"] = [spec.example]
        properties[name] = entry
    schema: dict[str, Any] = {"type": "object", "additionalProperties": False, "properties": properties}
    required = [name for name, spec in specs(cls).items() if spec.required]
    if required:
        schema["required"] = required
    return schema
