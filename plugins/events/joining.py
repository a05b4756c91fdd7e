"""Files in which a part of every event is a piece, and that may be too large for memory: `/events.json` and `/events.csv`.

Between two builds nearly all pieces stay as they are, and in their order. A run of them is taken from the file of the last
build as it stands there, with what is between them: that costs a tenth of putting it together again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from .model import Event

Piece = bytes | memoryview
Pieces = Callable[[Sequence[Event], bytes], Iterator[Piece]]
"""What gives the pieces of some events, with the same bytes between each two."""


class Former(NamedTuple):
    """The file of the last build: its bytes, and of the events that are what they were then where the piece of each begins,
    and how long it is."""

    data: bytes
    spans: Mapping[str, tuple[int, int]]


@dataclass
class Joining:
    """Puts such a file together: `give` makes the piece of an event. `spans` says where each is once all is read."""

    give: Callable[[Event], bytes]
    former: Former | None = None
    spans: dict[str, tuple[int, int]] = field(default_factory=dict)
    _place: int = 0

    def read(self, join: Callable[[Pieces], Iterable[Piece]]) -> Iterator[Piece]:
        """The file, in pieces: `join` says what there is beside the events."""
        for piece in join(self._pieces):
            # Whoever makes the next one knows by then where it begins.
            self._place += len(piece)
            yield piece

    def _pieces(self, events: Sequence[Event], between: bytes) -> Iterator[Piece]:
        data, kept = self.former or Former(b"", {})
        view, spans, gap = memoryview(data), self.spans, len(between)
        # The run, as it stands in the former file, and how far it moves.
        begun = end = moved = 0
        for number, event in enumerate(events):
            start, size = kept.get(event.id, (-1, 0))
            if end and start == end + gap and data[end:start] == between:
                spans[event.id] = (start + moved, size)
                end = start + size
                continue
            if end:
                yield view[begun:end]
            if number and gap:
                yield between
            begun, end, moved = start, start + size, self._place - start
            if start < 0:
                piece = self.give(event)
                end, size = 0, len(piece)
                spans[event.id] = (self._place, size)
                yield piece
            else:
                spans[event.id] = (self._place, size)
        if end:
            yield view[begun:end]
