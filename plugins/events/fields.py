"""The types that a record's fields have: how each reads the editor's text, what it refuses, and how it is described.

A type is the one place for its rule. `right` gives the value of a text in which nothing is wrong, and `told` says of all
others what is, and how to mend it; `words` and `schema` tell the same rule to the field reference and to JSON Schema, so
that none of them can drift.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, datetime, time
from functools import cache, lru_cache
from typing import Any, ClassVar, NamedTuple, NoReturn, TypeVar

from . import guesses, markup, times, vocabulary
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


Known = Mapping[str, Mapping[str, Sequence[str]]]
"""The ids of each registry by its name ("topics"), each with the words that it may be meant by."""


def _tells_passcode(text: str) -> bool:
    """Whether a text gives away the key to a meeting."""
    # It is the slowest rule of all, and most texts hold none of its words: that is told in a tenth of the time. (Beyond
    # ASCII there are letters that the pattern takes for others: "ſ" for "s".)
    if text.isascii():
        low = text.lower()
        if not ("pass" in low or "pwd" in low or "pin" in low or "access code" in low):
            return False
    return bool(_DIGIT.search(text) and _PASSCODE.search(text))


class Finding(NamedTuple):
    """Something wrong with a value, at its place in the tree; `snippet` is the part of a long text that is meant."""

    place: Place
    message: str
    help: str = ""
    key: bool = False
    warning: bool = False
    snippet: str = ""


class Reading:
    """One pass over one record: what was found wrong, and the registries that its ids must be in.

    A registry that is not in `known` is not checked, so that a record can be read on its own. `tree` is the whole record,
    for a mend that another field knows; `meant` are its fields that stand there under another name, which was told.
    """

    __slots__ = ("findings", "known", "meant", "tree")

    def __init__(self, known: Known | None = None, tree: Mapping[str, Tree] | None = None) -> None:
        self.known: Known = {} if known is None else known
        self.tree: Mapping[str, Tree] = tree or {}
        self.findings: list[Finding] = []
        self.meant: Collection[str] = ()

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

    def right(self, value: Tree, known: Known) -> Any:
        """The value, where nothing is wrong with it and nothing odd; else None.

        Nearly all values are right, and need neither a place nor words for it: that halves the time that reading 10,000
        records takes.
        """
        raise NotImplementedError

    def told(self, value: Tree, place: Place, reading: Reading) -> Any:
        """What is not right, told to `reading`; then the value if it is only odd, else None."""
        raise NotImplementedError

    def read(self, value: Tree, place: Place, reading: Reading) -> Any:
        """The value, or None after the fault was told to `reading`."""
        found = self.right(value, reading.known)
        return self.told(value, place, reading) if found is None else found

    def meant(self, text: str, known: Known) -> str:
        """The text of the value that an editor means by one, or ""."""
        return text if self.right(text, known) is not None else ""

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


class Text(Type):
    """A text of `low` to `high` characters, one at least; `lines` allows more than one line, `like` is what one may be."""

    def __init__(self, low: int = 1, high: int = 500, *, lines: bool = False, like: str = "") -> None:
        self.low, self.high, self.lines, self.like = low, high, lines, like

    def right(self, value: Tree, known: Known) -> str | None:  # noqa: ARG002
        if (
            isinstance(value, str)
            and self.low <= len(value) <= self.high
            and (self.lines or ("\n" not in value and "\r" not in value))
            and not _tells_passcode(value)
        ):
            return value
        return None

    def told(self, value: Tree, place: Place, reading: Reading) -> str | None:
        text = _one(value, place, reading)
        if text is None:
            return None
        if not self.low <= len(text) <= self.high:
            more, less = self.low - len(text), len(text) - self.high
            reading.error(
                place,
                f"{_named(place)} is {_count(len(text), 'character')} long; it takes {self._span()}",
                f"make it shorter, by {less:,} or more"
                if less > 0
                else f"write what is known, such as `{self.like}`"
                if self.like
                else f"make it longer, by {more} or more",
            )
            return None
        if not self.lines and ("\n" in text or "\r" in text):
            reading.error(place, f"{_named(place)} takes one line", f"write it after `{_key(place)}:` without a break")
            return None
        reading.error(
            place,
            f"{_named(place)} gives away a meeting's passcode",
            "remove it: this record is public; say where people register instead",
        )
        return None

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


class Markdown(Text):
    """A text in Markdown, over any number of lines; what it may not hold, `markup.faults` says."""

    def __init__(self, low: int = 1, high: int = 500) -> None:
        super().__init__(low, high, lines=True)

    def right(self, value: Tree, known: Known) -> str | None:
        text = super().right(value, known)
        return None if text is None or markup.faults(text) else text

    def told(self, value: Tree, place: Place, reading: Reading) -> str | None:
        text = super().right(value, reading.known)
        if text is None:
            return super().told(value, place, reading)
        found = markup.faults(text)
        reading.findings += [
            Finding(place, f"{_named(place)} {fault.message}", fault.help, False, fault.warning, fault.snippet)
            for fault in found
        ]
        return None if any(not fault.warning for fault in found) else text

    def words(self) -> str:
        return "Markdown" + (f", at most {self.high:,} characters" if self.high else "")


class Choice(Type):
    """One value of a vocabulary."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self.values = values
        # The vocabulary's own text stands for the record's: ten thousand records then hold each of them once.
        self._own = {value: value for value in values}

    def right(self, value: Tree, known: Known) -> str | None:  # noqa: ARG002
        return self._own.get(value) if isinstance(value, str) else None

    def told(self, value: Tree, place: Place, reading: Reading) -> str | None:
        text = _one(value, place, reading)
        if text is None:
            return None
        reading.error(place, f"{_named(place)} cannot be `{short(text)}`", self._mend(text))
        return None

    def meant(self, text: str, known: Known) -> str:  # noqa: ARG002
        said = vocabulary.SPOKEN.get(text.casefold(), "")
        return said if said in self.values else self._own.get("-".join(text.casefold().split()), "")

    def _mend(self, text: str) -> str:
        said = vocabulary.SPOKEN.get(text.casefold())
        if said in self.values:
            return f"write `{said}`"
        state = said or text.casefold()
        if self.values is vocabulary.STATUS and state in vocabulary.REGISTRATION:
            return f"that is no status of the event: write it below `registration:` as `state: {state}`"
        return did_you_mean(text, [*self.values])

    def words(self) -> str:
        return "one of " + ", ".join(f"`{value}`" for value in self.values)

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "enum": list(self.values)}


class Id(Type):
    """A lower-case id, of a record or in a registry (`of`)."""

    def __init__(self, of: str = "") -> None:
        self.of = of

    def right(self, value: Tree, known: Known) -> str | None:
        if not isinstance(value, str):
            return None
        ids = known.get(self.of)
        if ids is None:
            return None if id_fault(value) else value
        return value if value in ids else None

    def meant(self, text: str, known: Known) -> str:
        names = {word.casefold(): key for key, words in known.get(self.of, {}).items() for word in (*words, key)}
        return names.get(text.casefold(), "") if self.of in known else super().meant(text, known)

    def told(self, value: Tree, place: Place, reading: Reading) -> str | None:
        known = reading.known.get(self.of)
        text = _one(value, place, reading)
        if text is None:
            return None
        if known is not None:
            meant = {name.casefold(): key for key, names in known.items() for name in names}
            meant |= {key: key for key in known}
            sure = meant.get(text.casefold(), "")
            near = sure or meant.get(nearest(text, meant), "")
            mend = f"add `{slug(text)}:` to content/{self.of}.yaml with its `name`"
            if sure or near == slug(text):
                mend = f"write `{near}`"
            elif near:
                mend = f"did you mean `{near}`? Otherwise {mend}"
            else:
                mend += ", or use an id that is there"
            reading.error(place, f"`{short(text)}` is not in content/{self.of}.yaml", mend)
            return None
        reading.error(place, f"`{short(text)}` is no id: {id_fault(text)}", f"write `{slug(_file_id(text))}`")
        return None

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


def _file_id(text: str) -> str:
    """The id in the name or the address of a record's file or page."""
    return re.sub(r"\.(?:ya?ml|html|ics|json)$", "", text.rstrip("/").rpartition("/")[2])


def slug(text: str) -> str:
    """The id nearest to a text; "item" where nothing of it can be used."""
    from unidecode import unidecode  # noqa: PLC0415  needed for faults and imports only

    # "U.S." and "Code.gov's" are one word each.
    plain = re.sub(r"\b([A-Z])\.(?=[A-Z]\b)", r"\1", re.sub(r"['’]", "", text))
    found = re.sub(r"[^a-z0-9]+", "-", unidecode(plain).casefold()).strip("-")
    if len(found) > ID_LENGTH[1]:
        found = found[: ID_LENGTH[1]].rpartition("-")[0] or found[: ID_LENGTH[1]]
    return f"item-{found}".strip("-") if len(found) < ID_LENGTH[0] or _DEVICE.fullmatch(found) else found


_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_CLOCK = re.compile(r" \d{2}:\d{2}", re.ASCII)
# An earlier year is a typing error in a directory that began with an article of 2019.
YEARS = (1990, 2099)


# Ten thousand records name the same three thousand days again and again, and 1,440 minutes.
@lru_cache(maxsize=10_000)
def _day(text: str) -> date | None:
    """The day that stands there as `YYYY-MM-DD`; None where there is none, in any year."""
    try:
        return date(int(text[:4]), int(text[5:7]), int(text[8:])) if _DAY.fullmatch(text) else None
    except ValueError:
        return None


@lru_cache(maxsize=2_000)
def _clock(text: str) -> time | None:
    """The time that stands there as ` HH:MM`, with the space before it."""
    try:
        return time(int(text[1:3]), int(text[4:])) if _CLOCK.fullmatch(text) else None
    except ValueError:
        return None


class Moment(Type):
    """A day, or a day and a wall time, as the `shape` says: "day", "time" or "either"."""

    _SHAPES: ClassVar[Mapping[str, str]] = {
        "day": "`YYYY-MM-DD`",
        "time": "`YYYY-MM-DD HH:MM`",
        "either": "`YYYY-MM-DD` or `YYYY-MM-DD HH:MM`",
    }

    def __init__(self, shape: str = "either") -> None:
        self.shape = shape

    def right(self, value: Tree, known: Known) -> date | datetime | None:  # noqa: ARG002
        if not isinstance(value, str):
            return None
        day, clock = _day(value[:10]), value[10:]
        if day is None or not YEARS[0] <= day.year <= YEARS[1]:
            return None
        if not clock:
            return None if self.shape == "time" else day
        at = None if self.shape == "day" else _clock(clock)
        return None if at is None else datetime.combine(day, at)

    def told(self, value: Tree, place: Place, reading: Reading) -> None:
        text = _one(value, place, reading)
        if text is None:
            return
        if (plain := " ".join(text.split())) != text and self.right(plain, reading.known):
            what = "two spaces stand" if text.isascii() else "a space of another kind stands"
            reading.error(place, f"in {_named(place)} {what} where one plain space belongs", f"write `{plain}`")
            return
        day, clock = text[:10], text[10:]
        written = _DAY.fullmatch(day) and (_CLOCK.fullmatch(clock) or not clock)
        if not written or (self.shape == "day" and clock) or (self.shape == "time" and not clock):
            reading.error(
                place,
                f"{_named(place)} is `{short(text)}`; it takes {self._SHAPES[self.shape]}",
                (self.shape != "day" and guesses.with_day(text, place, reading.tree)) or self._mend(text, place),
            )
            return
        low, high = YEARS
        if not low <= int(day[:4]) <= high:
            reading.error(place, f"{_named(place)} is in the year {int(day[:4])}", f"write a year from {low} to {high}")
            return
        what, mend = "calendar has", guesses.days_of(day)
        if clock == " 24:00" and (midnight := _day(day)):
            what, mend = "clock shows", f"write `{midnight + times.DAY} 00:00`"
        elif _day(day):
            what, mend = "clock shows", f"write a time from 00:00 to 23:59: `{day} 13:30`"
        reading.error(place, f"{_named(place)} is `{short(text)}`, which no {what}", mend)

    def _mend(self, text: str, place: Place) -> str:
        text = guesses.with_noon(text)
        if (
            (both := guesses.span(text))
            and place[-1] in ("start", "end")
            and (times.has_time(both[0]) or self.shape != "time")
        ):
            first, last = (str(moment)[: len("2027-03-02 13:30")] for moment in both)
            return f"write `start: {first}` and `end: {last}`"
        guess = guesses.moment(text)
        if guess is None:
            example = {"day": "2027-03-02", "time": "2027-03-02 13:30", "either": "2027-03-02"}[self.shape]
            mend = f"write it like `{example}`"
            if place != ("start",) or _DAY.match(text):
                return mend
            if when := guesses.period(text):
                return f"write `when: {when}` in its place while no day is known"
            return f"{mend}, or in its place `when: Spring 2027` while no day is known"
        day = f"{guess:%Y-%m-%d}"
        clock = f"{day} {guess:%H:%M}"
        timed = re.search(guesses.TIMED, text)
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


class Zone(Type):
    """An IANA time zone name."""

    def right(self, value: Tree, known: Known) -> str | None:  # noqa: ARG002
        return value if isinstance(value, str) and value in times.zone_names() else None

    def told(self, value: Tree, place: Place, reading: Reading) -> None:
        text = _one(value, place, reading)
        if text is None:
            return
        if _OFFSET.fullmatch(text):
            mend = f"an offset is no zone, because clocks change with the season: {zone_words(reading.tree)}"
        else:
            mend = self._mend(text, reading.tree)
        reading.error(place, f"`{short(text)}` is no time zone", mend)

    @staticmethod
    def _mend(text: str, tree: Mapping[str, Tree]) -> str:
        home = times.zone_of_state(state_in(tree))
        meant = times.spoken_zone(text) or named_zone(text)
        # Arizona says "Mountain Time" and leaves its clocks alone.
        if home == "America/Phoenix" and meant == "America/Denver":
            meant = home
        # "Athens" beside a venue in Georgia is not in Greece.
        if meant and (not home or meant == "UTC" or meant in times.STATE_ZONES):
            return f"write `{meant}`"
        near = "" if home else near_zone(text)
        return f"did you mean `{near}`? Otherwise {zone_words(tree)}" if near else zone_words(tree)

    def words(self) -> str:
        return "IANA time zone, such as `America/New_York`"

    def schema(self) -> dict[str, Any]:
        return {
            "type": "string",
            "pattern": r"^([A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)+|UTC)$",
            "examples": sorted(set(times.SPOKEN_ZONES.values())),
        }


_OFFSET = re.compile(r"(?:(?:UTC|GMT)\s*)?[+−–-]\s*\d{1,2}(?::?\d\d)?", re.IGNORECASE)
_HOME_ZONES = "`, `".join([*times.STATE_ZONES][:6]) + "` or `Pacific/Honolulu"


def state_in(tree: Mapping[str, Tree]) -> str:
    """The state of a record's venue in the United States, or ""."""
    venue = tree.get("venue")
    if not isinstance(venue, dict) or venue.get("country", "") not in ("", "US"):
        return ""
    return str(venue.get("state", "")).upper()


def zone_words(tree: Mapping[str, Tree], key: str = "") -> str:
    """What to write for the zone of a record (after its `key`): that of the venue's state, else those that there are."""
    state, verb = state_in(tree), "add" if key else "write"
    if home := times.zone_of_state(state):
        most = "most of " if state in times.SPLIT_STATES else ""
        return f"{verb} `{key}{home}`, the zone of {most}{vocabulary.STATE[state]}"
    return (
        f"{verb} {f'`{key.strip()}` and ' if key else ''}the zone of that clock: `{_HOME_ZONES}`, or another IANA name"
    )


def named_zone(text: str) -> str:
    """The zone whose name, or whose city, a text is but for spaces and capitals, or ""."""
    asked = "_".join(text.split()).casefold()
    names = sorted(times.zone_names())
    cities = {name.rsplit("/", 1)[-1].casefold(): name for name in reversed(names)}
    return {name.casefold(): name for name in names}.get(asked) or cities.get(asked, "")


def near_zone(text: str) -> str:
    """The zone of whose name a text is a misspelling, or "": a place that only looks like another is none."""
    region, slash, city = "_".join(text.split()).rpartition("/")
    names = {name.rpartition("/")[2]: name for name in sorted(times.zone_names()) if name.rpartition("/")[0] == region}
    if not slash or len(city) > max(map(len, names), default=0):
        return ""
    import difflib  # noqa: PLC0415

    return names[near[0]] if (near := difflib.get_close_matches(city, names, n=1, cutoff=0.85)) else ""


class Url(Type):
    """An absolute http(s) address without credentials."""

    def right(self, value: Tree, known: Known) -> str | None:  # noqa: ARG002
        if not isinstance(value, str) or value[:5].lower() == "http:" or url_fault(value):
            return None
        return value

    def told(self, value: Tree, place: Place, reading: Reading) -> str | None:
        text = _one(value, place, reading)
        if text is None:
            return None
        if fault := url_fault(text):
            reading.error(place, f"{_named(place)} {fault[0]}", fault[1])
            return None
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


_AMOUNT = re.compile(r"(0|[1-9]\d{0,6})(\.\d{1,4})?", re.ASCII)
_MONEY = re.compile(
    r"(?:US ?\$|\$|USD)? ?(?P<whole>\d{1,3}(?:,\d{3})+|\d{0,7})(?:(?P<mark>[.,])(?P<part>\d{1,4}))?"
    r" ?(?:USD|(?:US )?dollars|per person|each|credits?|C[EPML][EPU]s?|CLPs?|PDUs?)?",
    re.ASCII | re.IGNORECASE,
)


def amount_of(text: str) -> str:
    """The amount that a text names without doubt ("$1,250.00", "25,50", "Free"), as a record takes it; else ""."""
    plain = " ".join(text.split())
    if plain.casefold() in ("free", "no cost"):
        return "0"
    found = _MONEY.fullmatch(plain)
    if not found or not (found["whole"] or found["part"]):
        return ""
    whole, part = found["whole"].replace(",", "").lstrip("0") or "0", found["part"] or ""
    # "25,50" has cents; "1,5" and "1,2345" may be anything.
    if found["mark"] == "," and ("," in found["whole"] or len(part) != len("50")):
        return ""
    amount = f"{whole}.{part}" if part else whole
    return amount if _AMOUNT.fullmatch(amount) else ""


_CURRENCIES = {"€": "EUR", "£": "GBP"}


class Amount(Type):
    """A decimal number as it was typed; `0.50` keeps its zero."""

    def __init__(self, what: str = "an amount") -> None:
        self.what = what

    def right(self, value: Tree, known: Known) -> str | None:  # noqa: ARG002
        return value if isinstance(value, str) and _AMOUNT.fullmatch(value) else None

    def told(self, value: Tree, place: Place, reading: Reading) -> None:
        text = _one(value, place, reading)
        if text is None:
            return
        meant = amount_of(text)
        mend = f"write `{meant}`" if meant else "write it like `249` or `0.50`"
        if (sign := _CURRENCIES.get(text[:1]) or _CURRENCIES.get(text[-1:])) and (meant := amount_of(text.strip("€£"))):
            mend = f"write `{meant}`, and `currency: {sign}` below it"
        reading.error(place, f"{_named(place)} is `{short(text)}`; it takes {self.what} in digits", mend)

    def words(self) -> str:
        return f"{self.what} in digits, such as `249` or `0.50`"

    def schema(self) -> dict[str, Any]:
        return {"type": ["string", "number"], "pattern": rf"^{_AMOUNT.pattern}$", "minimum": 0}


_DEGREES_EAST = 180


class Number(Type):
    """A number between two bounds; `whole` allows no fraction."""

    def __init__(self, low: float, high: float, *, whole: bool = False) -> None:
        self.low, self.high, self.whole = low, high, whole

    def right(self, value: Tree, known: Known) -> float | int | None:  # noqa: ARG002
        pattern = r"\d{1,6}" if self.whole else r"[+-]?\d{1,3}(\.\d{1,8})?"
        if not isinstance(value, str) or not re.fullmatch(pattern, value, re.ASCII):
            return None
        number = int(value) if self.whole else float(value)
        return number if self.low <= number <= self.high else None

    def told(self, value: Tree, place: Place, reading: Reading) -> None:
        text = _one(value, place, reading)
        if text is None:
            return
        reading.error(place, f"{_named(place)} is `{short(text)}`; it takes {self.words()}", self._mend(text))

    def _mend(self, text: str) -> str:
        east = self.high == _DEGREES_EAST
        # "77.04° W"
        found = re.fullmatch(rf"(\d{{1,3}}(?:\.\d{{1,8}})?) ?°? ?([{'EW' if east else 'NS'}])", text, re.IGNORECASE)
        if found and not self.whole:
            meant = f"{'-' if found[2] in 'SWsw' else ''}{found[1]}"
            if self.right(meant, {}) is not None:
                return f"write `{meant}`"
        return f"write it like `{'60' if self.whole else '-77.0426' if east else '38.8977'}`"

    def words(self) -> str:
        return f"a {'whole ' if self.whole else ''}number from {self.low:g} to {self.high:g}"

    def schema(self) -> dict[str, Any]:
        # Quotes around a number are no fault: every value is read as its text.
        kind = "integer" if self.whole else "number"
        return {"type": [kind, "string"], "pattern": r"^[+-]?\d+(\.\d+)?$", "minimum": self.low, "maximum": self.high}


_YES, _NO = ("yes", "y", "on", "1", "true"), ("no", "n", "off", "0", "false")


class Flag(Type):
    """`true` or `false`, and none of YAML's other spellings."""

    def right(self, value: Tree, known: Known) -> bool | None:  # noqa: ARG002
        return value == "true" if value in ("true", "false") else None

    def told(self, value: Tree, place: Place, reading: Reading) -> None:
        text = _one(value, place, reading)
        if text is not None:
            yes, no = text.casefold() in _YES, text.casefold() in _NO
            mend = f"write `{'true' if yes else 'false'}`" if yes or no else "write `true` or `false`"
            reading.error(place, f"{_named(place)} is `{short(text)}`; it takes `true` or `false`", mend)

    def words(self) -> str:
        return "`true` or `false`"

    def schema(self) -> dict[str, Any]:
        return {"type": "boolean"}


class Code(Type):
    """A code of a public list that is loaded only when a record holds one: a country or a currency."""

    def __init__(self, list_name: str) -> None:
        self.list_name = list_name

    def _codes(self) -> Mapping[str, str]:
        return vocabulary.countries() if self.list_name == "country" else vocabulary.currencies()

    def right(self, value: Tree, known: Known) -> str | None:  # noqa: ARG002
        # The common one first: it spares most builds the loading of the list.
        common = "US" if self.list_name == "country" else "USD"
        return value if isinstance(value, str) and (value == common or value in self._codes()) else None

    def told(self, value: Tree, place: Place, reading: Reading) -> None:
        text = _one(value, place, reading)
        if text is None:
            return
        by_name = {name.casefold(): code for code, name in self._codes().items()}
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
        near = by_name.get(text.casefold()) or (text.upper() if text.upper() in self._codes() else "")
        reading.error(
            place,
            f"`{short(text)}` is no {self.list_name} code",
            f"write `{near}`"
            if near
            else f"write its ISO code, such as `{'CA' if self.list_name == 'country' else 'EUR'}`",
        )

    def words(self) -> str:
        return "ISO 3166 country code" if self.list_name == "country" else "ISO 4217 currency code"

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "pattern": "^[A-Z]{2}$" if self.list_name == "country" else "^[A-Z]{3}$"}


_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|\d{3}))?", re.ASCII)


class Language(Type):
    """A BCP 47 language tag."""

    def right(self, value: Tree, known: Known) -> str | None:  # noqa: ARG002
        return value if isinstance(value, str) and _LANGUAGE.fullmatch(value) else None

    def told(self, value: Tree, place: Place, reading: Reading) -> None:
        text = _one(value, place, reading)
        if text is None:
            return
        spoken = {"english": "en", "spanish": "es", "español": "es", "french": "fr", "american sign language": "ase"}
        near = spoken.get(text.casefold(), "")
        if (parts := re.split("[-_]", text)) and not near:
            named = {2: str.upper, 4: str.capitalize}
            tag = "-".join([parts[0].lower(), *(named.get(len(part), str)(part) for part in parts[1:])])
            near = tag if (_LANGUAGE.fullmatch(tag) and not text.isalpha()) or tag in ("en", "es") else ""
        reading.error(
            place,
            f"`{short(text)}` is no language tag",
            f"write `{near or 'en'}`" + ("" if near else ", `es`, `pt-BR`"),
        )

    def words(self) -> str:
        return "BCP 47 language tag, such as `en` or `es`"

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "pattern": r"^[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|\d{3}))?$"}


@lru_cache(maxsize=10_000)
def _shared(values: tuple[Any, ...]) -> tuple[Any, ...]:
    """Those values, the same object whenever they are the same: the topics of ten thousand records are a hundred lists."""
    return values


# What stands between the values of a list that is written as a text.
_BETWEEN = r",(?:\s*and\b)?|;|&|\band\b"


class Many(Type):
    """A list of `low` to `high` values; `unique` refuses the same text twice; `or_one` takes a bare value for a list."""

    def __init__(self, of: Type, low: int = 0, high: int = 200, *, unique: bool = False, or_one: bool = False) -> None:
        self.of, self.low, self.high, self.unique, self.or_one = of, low, high, unique, or_one

    def right(self, value: Tree, known: Known) -> tuple[Any, ...] | None:
        right = self.of.right
        read: Any
        if isinstance(value, list):
            if not self.low <= len(value) <= self.high:
                return None
            found = []
            for item in value:
                read = right(item, known)
                if read is None:
                    return None
                found.append(read)
            if self.unique:
                return None if len({*found}) < len(found) else _shared(tuple(found))
            return tuple(found)
        read = right(value, known) if self.or_one and isinstance(value, str) else None
        return None if read is None else _shared((read,))

    def told(self, value: Tree, place: Place, reading: Reading) -> tuple[Any, ...] | None:
        if isinstance(value, str | dict):
            several = isinstance(value, str) and re.search(_BETWEEN, value)
            if self.or_one and isinstance(value, str) and not (several and self.listed(value, reading.known)):
                one = self.of.read(value, place, reading)
                return None if one is None else (one,)
            mend = "start each item with `- `"
            if isinstance(value, dict):
                mend = self._mend_fields(value, place, reading.known) or mend
            elif value:
                mend = self._mend(value, place, reading.known)
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

    def listed(self, text: str, known: Known) -> list[str]:
        """The values that a text names, each as it is meant; none where one is not known."""
        # A name may hold a comma, and more of them an "and".
        for parts in ([text], re.split(",|;", text), re.split(_BETWEEN, text)):
            found = [self.of.meant(part.strip(), known) for part in parts if part.strip()]
            if all(found):
                return list(dict.fromkeys(found))
        return []

    def _mend_fields(self, value: Mapping[str, Tree], place: Place, known: Known) -> str:
        """What to do where fields stand for a list."""
        first = next(iter(value), "")
        if any(key.startswith("-") for key in value):
            return "put a space behind each `-`"
        if isinstance(self.of, Group):
            return (
                f"write `- {first}: …`, and what follows two spaces further in" if first in specs(self.of.cls) else ""
            )
        return self._bracketed(", ".join(value), _key(place), known)

    def _bracketed(self, text: str, key: str, known: Known) -> str:
        """The list that a text names, or ""."""
        values = self.listed(text, known)
        return f"write `{key}: [{', '.join(values)}]`" if values else ""

    def _mend(self, text: str, place: Place, known: Known) -> str:
        key = _key(place)
        # "-cloud -data": items of which none has its space.
        if re.match(r"-[A-Za-z]", text):
            listed = "" if isinstance(self.of, Group) else re.sub(r"(?:^|\s)-", ", ", text)
            return (listed and self._bracketed(listed, key, known)) or "put a space behind each `-`"
        if isinstance(self.of, Group):
            return f"write below it {_item(self.of.cls, text)}"
        if isinstance(self.of, Text):
            plain = not re.search(r"[][{},:#\"'&*!|>%@`]", text) and self.of.right(text, known)
            return (
                f"write `{key}: [{text}]`" if plain else f"write each on a line of its own below `{key}:`, after `- `"
            )
        if mend := self._bracketed(text, key, known):
            return mend
        return f"write `{key}: […]`; each value in it is {self.of.words().removeprefix('list; each: ')}"

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


class Spec(NamedTuple):
    """A field of a record: its type, what it means, an example."""

    type: Type
    doc: str
    required: bool = False
    example: Any = None


def given(spec_type: Type, doc: str, *, required: bool = False, default: Any = None, example: Any = None) -> Any:
    """A dataclass field that carries its `Spec`."""
    if default is None and isinstance(spec_type, Many):
        default = ()
    return dataclasses.field(default=default, metadata={"spec": Spec(spec_type, doc, required, example)})


Kept = TypeVar("Kept", bound="Record")


class Record:
    """What the dataclasses of records have in common: their objects never change.

    They share these methods, where each dataclass would compile its own: eighteen classes took 15 ms of every start.
    """

    __slots__ = ()
    __dataclass_fields__: ClassVar[dict[str, dataclasses.Field[Any]]]

    def __init__(self, **values: Any) -> None:
        for name, fill, default in _filling(self):
            if default is dataclasses.MISSING and name not in values:
                msg = f"{type(self).__name__} needs {name}"
                raise TypeError(msg)
            fill(self, values.pop(name, default))
        if values:
            msg = f"{type(self).__name__} has no {', '.join(values)}"
            raise TypeError(msg)

    def __setattr__(self, name: str, value: object) -> NoReturn:
        msg = f"cannot assign to field {name!r}"
        raise dataclasses.FrozenInstanceError(msg)

    def __delattr__(self, name: str) -> NoReturn:
        msg = f"cannot delete field {name!r}"
        raise dataclasses.FrozenInstanceError(msg)

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={getattr(self, name)!r}" for name, _, _ in _filling(self))
        return f"{type(self).__qualname__}({shown})"

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and values(self) == values(other)

    def __hash__(self) -> int:
        return hash(values(self))

    def __reduce__(self) -> tuple[Callable[..., Record], tuple[type, tuple[Any, ...]]]:
        return _restored, (type(self), values(self))


def values(item: Any) -> tuple[Any, ...]:
    """The values of an object of a record's dataclass, in the order of its fields."""
    return tuple([getattr(item, name) for name, _, _ in _filling(item)])


def _restored(cls: type[Kept], values: Sequence[Any]) -> Kept:
    """An object of a record's dataclass from the values of all its fields in their order, as another process sends it."""
    made = object.__new__(cls)
    for (_, fill, _), value in zip(_filling(made), values, strict=True):
        fill(made, value)
    return made


def record(cls: type[Kept]) -> type[Kept]:
    """Make the class the dataclass of a record, or of a part of one."""
    return dataclasses.dataclass(init=False, repr=False, eq=False, slots=True)(cls)


@cache
def specs(cls: type) -> Mapping[str, Spec]:
    """The fields of a record's dataclass that an editor writes, by name (`for_` is written `for`)."""
    return {item.name.rstrip("_"): item.metadata["spec"] for item in dataclasses.fields(cls) if "spec" in item.metadata}


class _Plan(NamedTuple):
    """What is asked of a record's dataclass for each of its objects.

    `fields` has by each field's name its attribute (`for` is `for_` there), its type, and `right` of that; `required` the
    names of those that must be given; `filling` has for each attribute what sets it, and its default.
    """

    fields: Mapping[str, tuple[str, Type, Callable[[Tree, Known], Any]]]
    required: Sequence[str]
    filling: Sequence[tuple[str, Callable[[Any, Any], None], Any]]


@cache
def _plan(cls: type) -> _Plan:
    known = specs(cls)
    items = dataclasses.fields(cls)
    attributes = {item.name.rstrip("_"): item.name for item in items}
    return _Plan(
        {name: (attributes[name], spec.type, spec.type.right) for name, spec in known.items()},
        [name for name, spec in known.items() if spec.required],
        # Past `__setattr__`, which refuses.
        [(item.name, getattr(cls, item.name).__set__, item.default) for item in items],
    )


def _filling(item: Record) -> Sequence[tuple[str, Callable[[Any, Any], None], Any]]:
    cls: type = type(item)
    return _plan(cls).filling


def read_fields(cls: type, value: Tree, place: Place, reading: Reading) -> dict[str, Any] | None:
    """The valid fields of a mapping by their attributes; None where it is no mapping."""
    if place and isinstance(value, dict):
        value = _row_of_agenda(cls, value) or value
    if not isinstance(value, dict):
        run_on = re.match(r"([a-z_]+):(\S.*)", value) if isinstance(value, str) else None
        if run_on and run_on[1] in specs(cls):
            mend = f"put a space behind the colon: `{run_on[1]}: {short(run_on[2])}`"
            if {*re.findall(r"\s([a-z_]+):", str(value))} & specs(cls).keys():
                mend = f"put a space behind each colon: `{run_on[1]}: …`"
        elif isinstance(value, str) and place and isinstance(place[-1], int):
            mend = f"write it on a line of its own: {_item(cls, value, guesses.day_beside(place, reading.tree))}"
        else:
            lines = " and ".join(f"`{line}`" for line in _lines(cls, value if isinstance(value, str) else ""))
            mend = f"write {lines} below it, indented by two spaces"
        reading.error(
            place, f"{_named(place)} takes fields, not {'a list' if isinstance(value, list) else 'one value'}", mend
        )
        return None
    fields, required, _ = _plan(cls)
    known = reading.known
    found: dict[str, Any] = {}
    meant = _check_known(value, specs(cls), place, reading)
    if not place:
        reading.meant = meant
    for name, item in value.items():
        if name not in fields:
            continue
        attribute, kind, right = fields[name]
        read = right(item, known)
        if read is None and item != "":
            read = kind.told(item, (*place, name), reading)
        if read is not None:
            found[attribute] = read
    for name in required:
        if value.get(name, "") == "" and name not in meant:
            within = f" in {_named(place)}" if place else ""
            reading.error(place, f"`{name}` is missing{within}", f"add `{name}: {_example(specs(cls)[name])}`")
    return found


_PLACE = re.compile(r"([^,]+), ?([A-Z]{2})(?: (\d{5}))?")


def _lines(cls: type, text: str) -> list[str]:
    """The lines that fields need where somebody wrote a text, with the text in its field where that is sure."""
    known = specs(cls)
    if "city" in known:
        found = _PLACE.fullmatch(text)
        city, state = (found[1], found[2]) if found and found[2] in vocabulary.STATE else ("…", "…")
        return [f"city: {city}", f"state: {state}"]
    needed = [name for name, spec in known.items() if spec.required] or [next(iter(known))]
    # An address says by itself what it is.
    if "url" in known and not url_fault(text):
        needed = list(dict.fromkeys([*(name for name in needed if known[name].required), "url"]))
    # "true" is what somebody writes who knows of no fields.
    said = {name: "" if text.casefold() in (*_YES, *_NO) else _said(known[name].type, text) for name in needed}
    fits = [name for name in needed if said[name]]
    return [f"{name}: {said[name] if [name] == fits else '…'}" for name in needed]


def _said(kind: Type, text: str) -> str:
    """A text as the value of a field, where it can be one."""
    if isinstance(kind, Many):
        values = kind.listed(text, {})
        return f"[{', '.join(values)}]" if values else ""
    return text if text and kind.right(text, {}) is not None else ""


def _row_of_agenda(cls: type, value: Mapping[str, Tree]) -> str:
    """The text that "13:30: Opening" is to whom wrote it, where sessions are listed; "" for all else."""
    if len(value) > 1 or not {"start", "title"} <= specs(cls).keys():
        return ""
    said = " ".join(f"{key} {text}" for key, text in value.items())
    return said if re.fullmatch(guesses.SESSION, said) else ""


def _item(cls: type, text: str, day: str = "") -> str:
    """How an item of a list begins where somebody wrote a text; `day` is that of a session."""
    lines = guesses.session(text, day) if {"start", "title"} <= specs(cls).keys() else []
    first, *more = lines or _lines(cls, text)
    return f"`- {first}`" + (
        f", and below that, indented by two spaces more, {', '.join(f'`{line}`' for line in more)}" if more else ""
    )


def _example(spec: Spec) -> str:
    """A field's example as an editor writes it after the key."""
    if isinstance(spec.example, list):
        return f"[{', '.join(spec.example)}]"
    return spec.example if isinstance(spec.example, str) else "…"


# A record has some forty fields: whoever has more unknown ones than that did not mistype them.
_MANY = 40


def _check_known(
    value: Mapping[str, Tree], known: Mapping[str, Spec], place: Place, reading: Reading
) -> Collection[str]:
    """Tell of fields that are unknown; which fields they are told to be, so that nobody says those are missing."""
    if value.keys() <= known.keys():
        return ()
    unknown = [name for name in value if name not in known]
    if len(unknown) > _MANY:
        reading.error(
            (*place, unknown[0]),
            f"`{short(unknown[0])}` and {len(unknown) - 1:,} more fields are unknown",
            f"the fields here are: {', '.join(known)}",
            key=True,
        )
        return ()
    meant = [meant_field(name, known) for name in unknown]
    for name, field in zip(unknown, meant, strict=True):
        mend = _known_status(name, value) if "status" in known else ""
        if not mend and not field:
            mend = f"the fields here are: {', '.join(known)}"
        elif not mend:
            once = field not in value and meant.count(field) == 1
            mend = f"did you mean `{field}`?" if once else f"all of it goes into one `{field}:`"
        reading.error((*place, name), f"unknown field `{short(name)}`", mend, key=True)
    return meant


def meant_field(name: str, known: Collection[str]) -> str:
    """The field that is meant by a name, or ""."""
    asked = re.sub(r"[ -]+", "_", name.strip().casefold())
    called = (field for field in known if asked in vocabulary.FIELDS.get(field, "").split())
    return next(called, "") or nearest(name, [*known])


def _known_status(name: str, value: Mapping[str, Tree]) -> str:
    """What to do where a status stands as a field of its own; "" where it is none."""
    said = re.sub(r"[ _]", "-", name.casefold()).replace("canceled", "cancelled")
    if said not in vocabulary.STATUS or said == "scheduled":
        return ""
    told = value[name]
    answer = told.casefold() if isinstance(told, str) else "…"
    if answer in (*_NO, "", "none", "null", "~", "n/a"):
        return "take the line away"
    mend = f"write `status: {said}`" + (" in place of the other `status`" if "status" in value else "")
    return mend if answer in _YES else f"{mend}; what else there is to say goes into `status_note:`"


class Group(Type):
    """Fields of their own under one key."""

    def __init__(self, cls: type) -> None:
        self.cls = cls

    def right(self, value: Tree, known: Known) -> Any:
        if not isinstance(value, dict):
            return None
        fields, required, _ = _plan(self.cls)
        found: dict[str, Any] = {}
        for name, item in value.items():
            if name not in fields:
                return None
            attribute, _, right = fields[name]
            read = right(item, known)
            if read is not None:
                found[attribute] = read
            elif item != "":
                return None
        for name in required:
            if fields[name][0] not in found:
                return None
        return build(self.cls, found)

    def told(self, value: Tree, place: Place, reading: Reading) -> Any:
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


def build(cls: type, found: Mapping[str, Any]) -> Any:
    """An object of the dataclass from the attributes that were read."""
    made: Any = object.__new__(cls)
    for name, fill, default in _plan(cls).filling:
        fill(made, found.get(name, default))
    return made


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
