"""One stretch of time that several plots show at once, and the playhead in it."""

from PySide6.QtCore import QObject, Signal

SHORTEST_VIEW_S = 0.02
ZOOM_STEP = 1.25
PAN_STEP = 0.1  # of the view


class TimeAxis(QObject):
    """The part of 0..length_s that is in view. Linked plots hold the same axis, and repaint when it says so."""

    range_changed = Signal()
    playhead_changed = Signal()

    def __init__(self, length_s: float = 1.0, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.length_s = max(length_s, SHORTEST_VIEW_S)
        self.first_s = 0.0
        self.last_s = self.length_s
        self.playhead_s: float | None = None

    @property
    def span_s(self) -> float:
        return self.last_s - self.first_s

    def set_length(self, length_s: float) -> None:
        """Another recording: all of it comes into view, and there is no playhead."""
        self.length_s = max(length_s, SHORTEST_VIEW_S)
        self.first_s, self.last_s = 0.0, self.length_s
        self.range_changed.emit()
        self.set_playhead(None)

    def show(self, first_s: float, last_s: float) -> None:
        """Brings a stretch into view, moved and widened or narrowed to what can be shown."""
        span = min(max(last_s - first_s, SHORTEST_VIEW_S), self.length_s)
        first = min(max(first_s, 0.0), self.length_s - span)
        if (first, first + span) != (self.first_s, self.last_s):
            self.first_s, self.last_s = first, first + span
            self.range_changed.emit()

    def show_all(self) -> None:
        self.show(0.0, self.length_s)

    def zoom(self, factor: float, about_s: float | None = None) -> None:
        """A factor over 1: nearer. about_s stays where it is: the playhead if it is in view, or the middle."""
        if about_s is None:
            middle = (self.first_s + self.last_s) / 2
            at = middle if self.playhead_s is None else self.playhead_s
            about_s = at if self.first_s <= at <= self.last_s else middle
        span = min(max(self.span_s / factor, SHORTEST_VIEW_S), self.length_s)
        first = about_s - (about_s - self.first_s) * span / self.span_s
        self.show(first, first + span)

    def pan(self, seconds: float) -> None:
        self.show(self.first_s + seconds, self.first_s + seconds + self.span_s)

    def set_playhead(self, at_s: float | None) -> None:
        if at_s is not None:
            at_s = min(max(at_s, 0.0), self.length_s)
        if at_s != self.playhead_s:
            self.playhead_s = at_s
            self.playhead_changed.emit()

    def follow(self, at_s: float) -> None:
        """Moves the playhead while playing: a page on when it leaves the view."""
        self.set_playhead(at_s)
        if not self.first_s <= at_s <= self.last_s:
            self.show(at_s, at_s + self.span_s)
