"""Near duplicates: what is found after an edit is what is found from the beginning."""

from __future__ import annotations

import dataclasses
from datetime import date
from pathlib import Path
from random import Random

from events import collection
from events.catalog import Catalog
from events.model import Event
from events.parts import packed
from events.store import Found, Store
from events.twins import Gist, twins, twins_after
from hypothesis import given, settings
from hypothesis import strategies as st

from tests import factory

DAY = date(2027, 3, 10).toordinal()


def gist(identity: str, chance: Random) -> Gist:
    """A record that is like many others: there are few words, days and pages."""
    day = chance.choice([0, *range(DAY, DAY + 50, 7)])
    return Gist(
        identity,
        f"events/{identity}.yaml",
        chance.random() < 0.2,
        chance.random() < 0.2,
        (),
        (),
        chance.choice(["", "", "", "https://example.gov/a", "https://example.gov/b"]),
        tuple(sorted(chance.sample(["cloud", "data", "forms", "ink", "paint", "red"], chance.randrange(6)))),
        chance.choice([(), (), ("3",), ("4",)]),
        day,
        str(day or ""),
        chance.choice(["", "", "brown-bag", "town-hall"]),
        chance.choice(["online", "hybrid"]),
    )


# Random by its seed: drawn one by one, a thousand of such folders take minutes.
@settings(max_examples=4000)
@given(st.integers(0, 2**32), st.integers(1, 16), st.sampled_from([0.1, 0.3, 0.9]))
def test_after_any_edits_the_twins_are_those_that_a_look_at_all_records_finds(
    seed: int, size: int, share: float
) -> None:
    chance = Random(seed)
    before = {identity: gist(identity, chance) for identity in "abcdefghijklmnop"[:size]}
    after = dict(before)
    for identity in "abcdefghijklmnopqrst"[: size + 4]:
        if chance.random() < share:
            after[identity] = gist(identity, chance)
        elif chance.random() < share / 3:
            after.pop(identity, None)
    changed = {identity for identity in before.keys() | after.keys() if before.get(identity) != after.get(identity)}
    former = [before[identity] for identity in changed if identity in before]
    # In any order: that of the files need not be that of the ids.
    found = twins_after(chance.sample([*after.values()], len(after)), twins([*before.values()]), changed, former)
    assert found == twins([*after.values()])


def test_what_is_known_of_records_comes_back_from_plain_values_and_their_events_too(tmp_path: Path) -> None:
    content = factory.write_content(tmp_path / "content", factory.rich())
    folder = tmp_path / "cache"
    first = Store.open(folder, b"place", b"base", b"frame")
    read = collection.load(content, memory=first)
    rows = Catalog(read, factory.TODAY).rows
    records = {path: known._replace(row=rows.get(known.id)) for path, known in read.known.items()}
    made, files, around = {"index.html": b"key"}, {"index.html": (1, 2, 3, 4)}, b"around"
    gaps = {"events/some-event.html": (b"body", 3, 4)}
    held = Found(records, read.twins, made, files, gaps, {"some-event": b"key"}, around, len(rows), read.problems, {})
    first.take("some-event", b"key", {"card": packed({"title": "A – b"}, b"key")})
    first.save(held)
    first.close()
    again = Store.open(folder, b"place", b"base", b"frame")
    assert again.seal is not None
    assert (again.seal.around, again.seal.events, again.seal.problems) == (around, len(rows), read.problems)
    assert (again.seal.files, again.seal.states) == (files, {path: known.stat for path, known in records.items()})
    assert {*again.seal.states} == {*(collection.states(content, ["events"]) or ())}
    assert (again.records, again.twins, again.made, again.files) == (records, read.twins, made, files)
    assert again.gaps == gaps
    assert again.part("some-event", b"key", "card") == {"title": "A – b"}
    assert again.part("some-event", b"other", "card") is None
    later = collection.load(content, memory=again)
    assert (later.problems, later.twins, later.digests) == (read.problems, read.twins, read.digests)
    names = [item.name for item in dataclasses.fields(Event)]
    for one, other in zip(later.events, read.events, strict=True):
        assert [getattr(one, name) for name in names] == [getattr(other, name) for name in names]
    assert any(type(event) is not Event for event in later.events)
    framed = Store.open(folder, b"place", b"base", b"another frame")
    assert (framed.seal, framed.made, framed.files, framed.gaps, framed.records) == (None, {}, {}, {}, records)
    elsewhere = Store.open(folder, b"place", b"another base", b"frame")
    assert (elsewhere.seal, elsewhere.records) == (None, {})
    for opened in (again, framed, elsewhere):
        opened.close()


def test_a_record_whose_title_has_no_word_left_to_compare_is_no_twin_any_more() -> None:
    chance = Random(0)
    page = "https://example.gov/a"
    one, other = (gist(identity, chance)._replace(page=page, withdrawn=False, series="") for identity in "ab")
    bare = other._replace(page="", words=())
    before = twins([one, other])
    assert before.keys() == {"b"}
    assert twins_after([one, bare], before, {"b"}, [other]) == twins([one, bare]) == {}
