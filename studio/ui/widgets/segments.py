"""Segments as an editor works on them: what is selected, what a drag means. It asks for changes and makes none."""

import enum
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent

from studio.ui.widgets.painted import ClassStyle

SHORTEST_S = 0.02
_NUDGE_S = 0.01


@dataclass(frozen=True)
class Band:
    """A segment in view. proposed: by a model, and no label until a person accepts it."""

    id: str
    start_s: float
    end_s: float
    style: ClassStyle
    proposed: bool = False


class Grip(enum.Enum):
    NOTHING = enum.auto()
    START = enum.auto()
    END = enum.auto()
    INSIDE = enum.auto()


class SegmentTool(QObject):
    """One set of segments under the hands of all linked plots.

    Its signals are intents: the page makes the edit and hands the bands in anew. Times are seconds of the recording.
    """

    changed = Signal()
    selection_changed = Signal(str)  # id, or "" for none
    create_asked = Signal(float, float)
    move_asked = Signal(str, float, float)
    split_asked = Signal(str, float)
    join_asked = Signal(str, str)
    relabel_asked = Signal(str, int)  # place of the class, from 0
    accept_asked = Signal(str)
    reject_asked = Signal(str)
    remove_asked = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.selected_id = ""
        self.dragging = False
        self.length_s = float("inf")
        self._bands: list[Band] = []
        self._grip = Grip.NOTHING
        self._held: Band | None = None  # as it was before the drag
        self._pressed_s = 0.0
        self._drawn: tuple[float, float] | None = None  # of the segment being made or changed
        self._marked_s: float | None = None

    @property
    def bands(self) -> list[Band]:
        """In order of time, a dragged one as it will be."""
        return [self._as_dragged(band) for band in self._bands]

    @property
    def selected(self) -> Band | None:
        return next((band for band in self._bands if band.id == self.selected_id), None)

    @property
    def draft(self) -> tuple[float, float] | None:
        """The stretch that is being drawn for a new segment."""
        return self._drawn if self._grip is Grip.NOTHING and self.dragging else None

    def set_bands(self, bands: Iterable[Band], length_s: float | None = None) -> None:
        self._bands = sorted(bands, key=lambda band: (band.start_s, band.end_s))
        if length_s is not None:
            self.length_s = length_s
        self._grip, self._held, self._drawn, self.dragging = Grip.NOTHING, None, None, False
        if self.selected_id and self.selected is None:
            self.select("")
        self.changed.emit()

    def between(self, first_s: float, last_s: float) -> list[Band]:
        return [band for band in self.bands if band.end_s >= first_s and band.start_s <= last_s]

    def select(self, band_id: str) -> None:
        if band_id != self.selected_id:
            self.selected_id = band_id
            self.selection_changed.emit(band_id)
            self.changed.emit()

    def step(self, way: int, from_s: float = 0.0) -> Band | None:
        """Selects the next (1) or last (-1) segment; with none selected, the first after from_s."""
        if not self._bands:
            return None
        at = next((i for i, band in enumerate(self._bands) if band.id == self.selected_id), None)
        if at is None:
            after = next((i for i, band in enumerate(self._bands) if band.start_s >= from_s), len(self._bands))
            at = after - 1 if way > 0 else after
        band = self._bands[min(max(at + way, 0), len(self._bands) - 1)]
        self.select(band.id)
        return band

    # Mouse

    def grip_at(self, at_s: float, reach_s: float) -> tuple[Grip, Band | None]:
        """What a press would take hold of: an edge within reach, the selected segment's first, or a segment."""
        ordered = sorted(self._bands, key=lambda band: band.id != self.selected_id)
        for band in ordered:
            near_start, near_end = abs(at_s - band.start_s), abs(at_s - band.end_s)
            if min(near_start, near_end) <= reach_s:
                return (Grip.START if near_start <= near_end else Grip.END), band
        inside = [band for band in ordered if band.start_s <= at_s <= band.end_s]
        return (Grip.INSIDE, inside[0]) if inside else (Grip.NOTHING, None)

    def press(self, at_s: float, reach_s: float) -> None:
        self._grip, self._held = self.grip_at(at_s, reach_s)
        self._pressed_s = at_s
        self.dragging = False
        self.select("" if self._held is None else self._held.id)

    def drag(self, at_s: float) -> None:
        if self._grip is Grip.INSIDE:
            return
        self.dragging = True
        at_s = min(max(at_s, 0.0), self.length_s)
        held = self._held
        if held is None:
            low, high = self._room(self._pressed_s, "")
            self._drawn = (max(min(self._pressed_s, at_s), low), min(max(self._pressed_s, at_s), high))
        elif self._grip is Grip.START:
            low, _ = self._room(held.start_s, held.id)
            self._drawn = (min(max(at_s, low), held.end_s - SHORTEST_S), held.end_s)
        else:
            _, high = self._room(held.end_s, held.id)
            self._drawn = (held.start_s, max(min(at_s, high), held.start_s + SHORTEST_S))
        self.changed.emit()

    def release(self) -> None:
        drawn, held, dragged = self._drawn, self._held, self.dragging
        self.cancel()
        if drawn is None or not dragged:
            return
        if held is None:
            if drawn[1] - drawn[0] >= SHORTEST_S:
                self.create_asked.emit(*drawn)
        elif drawn != (held.start_s, held.end_s):
            self.move_asked.emit(held.id, *drawn)

    def cancel(self) -> None:
        """Lets go, and leaves all as it was."""
        self._grip, self._held, self._drawn, self.dragging = Grip.NOTHING, None, None, False
        self.changed.emit()

    # Keys and commands

    def split(self, at_s: float | None) -> None:
        """Asks to split the selected segment, or the one under at_s."""
        if at_s is None:
            return
        band = self.selected or self.grip_at(at_s, 0.0)[1]
        if band is not None and band.start_s + SHORTEST_S <= at_s <= band.end_s - SHORTEST_S:
            self.split_asked.emit(band.id, at_s)

    def join(self) -> None:
        """Asks to join the selected segment with the one after it."""
        at = next((i for i, band in enumerate(self._bands) if band.id == self.selected_id), None)
        if at is not None and at + 1 < len(self._bands):
            self.join_asked.emit(self._bands[at].id, self._bands[at + 1].id)

    def relabel(self, place: int) -> None:
        if self.selected_id:
            self.relabel_asked.emit(self.selected_id, place)

    def accept(self) -> None:
        if self.selected is not None and self.selected.proposed:
            self.accept_asked.emit(self.selected_id)

    def reject(self) -> None:
        if self.selected is not None and self.selected.proposed:
            self.reject_asked.emit(self.selected_id)

    def remove(self) -> None:
        if self.selected_id:
            self.remove_asked.emit(self.selected_id)

    def mark_start(self, at_s: float | None) -> None:
        """The selected segment begins at at_s; with none selected, the next mark_end makes one from here."""
        band = self.selected
        if at_s is None:
            return
        if band is None:
            self._marked_s = at_s
        elif at_s <= band.end_s - SHORTEST_S:
            low, _ = self._room(band.start_s, band.id)
            self.move_asked.emit(band.id, max(at_s, low), band.end_s)

    def mark_end(self, at_s: float | None) -> None:
        band = self.selected
        if at_s is None:
            return
        if band is not None and at_s >= band.start_s + SHORTEST_S:
            _, high = self._room(band.end_s, band.id)
            self.move_asked.emit(band.id, band.start_s, min(at_s, high))
        elif band is None and self._marked_s is not None and at_s - self._marked_s >= SHORTEST_S:
            self.create_asked.emit(self._marked_s, min(at_s, self._room(self._marked_s, "")[1]))
            self._marked_s = None

    def nudge(self, start_s: float, end_s: float) -> None:
        """Moves the selected segment's edges by so much."""
        band = self.selected
        if band is not None:
            low, high = self._room(band.start_s, band.id)[0], self._room(band.end_s, band.id)[1]
            start, end = max(band.start_s + start_s, low), min(band.end_s + end_s, high)
            if end - start >= SHORTEST_S:
                self.move_asked.emit(band.id, start, end)

    def key(self, event: QKeyEvent, playhead_s: float | None) -> bool:
        """Handles the editor's keys; False for any other. Ctrl+arrows select, Alt(+Shift)+arrows move an edge."""
        key, held = Qt.Key(event.key()), event.modifiers()
        control, alt, shift = (
            bool(held & m)
            for m in (
                Qt.KeyboardModifier.ControlModifier,
                Qt.KeyboardModifier.AltModifier,
                Qt.KeyboardModifier.ShiftModifier,
            )
        )
        way = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(key, 0)
        if way and control:
            self.step(way, playhead_s or 0.0)
        elif way and alt:
            self.nudge(0.0 if shift else way * _NUDGE_S, way * _NUDGE_S if shift else 0.0)
        elif control or alt:
            return False
        elif Qt.Key.Key_1 <= key <= Qt.Key.Key_9:
            self.relabel(key - Qt.Key.Key_1)
        elif key == Qt.Key.Key_Escape and (self.dragging or self.selected_id):
            self.cancel()
            self.select("")
        else:
            acts: dict[Qt.Key, Callable[[], None]] = {
                Qt.Key.Key_S: lambda: self.split(playhead_s),
                Qt.Key.Key_J: self.join,
                Qt.Key.Key_A: self.accept,
                Qt.Key.Key_X: self.reject,
                Qt.Key.Key_Delete: self.remove,
                Qt.Key.Key_BracketLeft: lambda: self.mark_start(playhead_s),
                Qt.Key.Key_BracketRight: lambda: self.mark_end(playhead_s),
            }
            if key not in acts:
                return False
            acts[key]()
        return True

    def _as_dragged(self, band: Band) -> Band:
        if self._drawn is None or self._held is None or band.id != self._held.id:
            return band
        return replace(band, start_s=self._drawn[0], end_s=self._drawn[1])

    def _room(self, at_s: float, but: str) -> tuple[float, float]:
        """How far a segment about at_s may reach before it meets another that counts."""
        others = [band for band in self._bands if band.id != but and not band.proposed]
        low = max((band.end_s for band in others if band.end_s <= at_s + 1e-9), default=0.0)
        high = min((band.start_s for band in others if band.start_s >= at_s - 1e-9), default=self.length_s)
        return low, high
