"""Files that are put together of pieces of the last build's are those that are put together anew."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from events.joining import Former, Joining, Piece, Pieces
from hypothesis import given
from hypothesis import strategies as st

from tests import factory

# Events as lists of (id, its piece), some of them with pieces that look like what stands between.
PIECES = st.sampled_from([b"", b"a", b",", b"a,a", b"bb", b"],["])
LISTS = st.lists(st.tuples(st.sampled_from("abcdefgh"), PIECES), max_size=8, unique_by=lambda one: one[0])


def event(identity: str) -> Any:
    return factory.event(identity=identity)


EVENTS = {identity: event(identity) for identity in "abcdefgh"}


class File:
    """A file of two lists."""

    def __init__(self, first: Sequence[tuple[str, bytes]], second: Sequence[tuple[str, bytes]], between: bytes) -> None:
        self.first = [item for item in first if item[0] not in dict(second)]
        self.second, self.between = second, between
        self.pieces = dict([*self.first, *second])
        self.asked: list[str] = []

    def give(self, one: Any) -> bytes:
        self.asked.append(one.id)
        return self.pieces[one.id]

    def join(self, pieces: Pieces) -> Iterable[Piece]:
        yield b"head %d [" % len(self.pieces)
        yield from pieces([EVENTS[identity] for identity, _ in self.first], self.between)
        yield b"],["
        yield from pieces([EVENTS[identity] for identity, _ in self.second], self.between)
        yield b"]"

    def made(self, former: Former | None = None) -> tuple[bytes, dict[str, tuple[int, int]]]:
        joining = Joining(self.give, former)
        return b"".join(joining.read(self.join)), joining.spans

    @property
    def plain(self) -> bytes:
        lists = [self.between.join([piece for _, piece in items]) for items in (self.first, self.second)]
        return b"head %d [%b],[%b]" % (len(self.pieces), lists[0], lists[1])


@given(LISTS, LISTS, LISTS, LISTS, st.sampled_from([b"", b",", b"],["]))
def test_what_is_taken_from_the_former_file_is_what_would_be_made(
    first: Any, second: Any, third: Any, fourth: Any, between: bytes
) -> None:
    old, new = File(first, second, between), File(third, fourth, between)
    data, spans = old.made()
    assert data == old.plain
    assert {name: data[start : start + size] for name, (start, size) in spans.items()} == old.pieces
    same = {name: span for name, span in spans.items() if new.pieces.get(name) == old.pieces[name]}
    found, places = new.made(Former(data, same))
    assert found == new.plain
    assert {name: found[start : start + size] for name, (start, size) in places.items()} == new.pieces
    assert {*new.asked} == {*new.pieces} - {*same}


def test_a_run_of_events_that_nobody_touched_is_one_piece() -> None:
    old = File([(identity, identity.encode()) for identity in "abcdefgh"], [], b", ")
    data, spans = old.made()
    new = File([(identity, b"new" if identity == "c" else identity.encode()) for identity in "abcdefgh"], [], b", ")
    pieces = [bytes(one) for one in Joining(new.give, Former(data, {**spans, "c": (-1, 0)})).read(new.join)]
    assert pieces == [b"head 8 [", b"a, b", b", ", b"new", b", ", b"d, e, f, g, h", b"],[", b"]"]
