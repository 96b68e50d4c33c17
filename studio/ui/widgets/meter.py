"""What upright meters share: a level in its bands, the highest held, a mark that stays, and a scale beside it."""

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import QWidget

from studio.ui import theme
from studio.ui.widgets.painted import LEFT, Painted, draw_box, draw_dashes, draw_focus, draw_text, line_height, px


@dataclass(frozen=True)
class Reading:
    """Shares of the scale (0..1). line: dashed across, 0 for none. marked: it has been at the scale's end."""

    level: float
    held: float
    line: float
    marked: bool


class Meter(Painted):
    """Base. A click, Enter or Space takes the mark away.

    bands: from 0 up to which share there is which role. cells: the shares at which the level is parted.
    """

    bands: ClassVar[Sequence[tuple[float, str]]]
    cells: ClassVar[Sequence[float]] = ()

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent, focusable=True)
        self.setAccessibleName(name)
        self._drawn: tuple[int, ...] = ()
        self.restyle()

    @abstractmethod
    def reading(self) -> Reading:
        """What stands now."""

    @abstractmethod
    def words(self) -> str:
        """The same for a screen reader."""

    @abstractmethod
    def scale(self, lines: float) -> Sequence[tuple[float, str]]:
        """Shares that have a text beside them. lines: of text that the height has room for."""

    @abstractmethod
    def reset(self) -> None:
        """Nothing has come yet."""

    @abstractmethod
    def clear_mark(self) -> None:
        """What is marked has been seen."""

    def show_reading(self) -> None:
        """Repaints where that is to be seen."""
        at = self.reading()
        drawn = (*(round(self._y_of(share)) for share in (at.level, at.held, at.line)), at.marked)
        if drawn != self._drawn:
            self._drawn = drawn
            self.update()
        self.describe(self.words())

    def restyle(self) -> None:
        self.setFixedWidth(px(14) + px(36))
        self.setMinimumHeight(px(80))

    def sizeHint(self) -> QSize:
        return QSize(px(50), px(300))

    def paint(self, painter: QPainter) -> None:
        track, at = self._track(), self.reading()
        if at.marked:
            draw_box(painter, QRectF(track.left(), 0, track.width(), 6), ground="err", radius=2)
        draw_box(painter, track, ground="fill", radius=3)
        low = 0.0
        for high, role in self.bands:
            if at.level > low:
                top = self._y_of(min(at.level, high))
                band = QRectF(track.left(), top, track.width(), self._y_of(low) - top)
                painter.fillRect(band, theme.current().role(role))
            low = high
        painter.setPen(QPen(theme.current().role("surface"), 1))
        for share in self.cells:
            y = round(self._y_of(share)) + 0.5
            painter.drawLine(QPointF(track.left(), y), QPointF(track.right(), y))
        if at.held > 0:
            held = QRectF(track.left(), self._y_of(at.held) - 1, track.width(), 2)
            painter.fillRect(held, theme.current().role("text"))
        if at.line > 0:
            y = round(self._y_of(at.line)) + 0.5
            ends = QPointF(0, y), QPointF(track.right() + 5, y)
            draw_dashes(painter, *ends, theme.current().role("muted"), on=3, off=2)
        height = line_height(theme.font(theme.CAPTION))
        for share, text in self.scale(track.height() / height):
            y = min(max(self._y_of(share) - height / 2, 0), self.height() - height)
            rect = QRectF(track.right() + px(6), y, px(34), height)
            draw_text(painter, rect, text, role="muted", size=theme.CAPTION, align=LEFT)
        if self.hasFocus():
            draw_focus(painter, self.rect(), 4)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self._clear()
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, _event: QMouseEvent) -> None:
        self._clear()

    def _clear(self) -> None:
        self.clear_mark()
        self.show_reading()

    def _track(self) -> QRectF:
        return QRectF(3, 8, 8, self.height() - 16)

    def _y_of(self, share: float) -> float:
        track = self._track()
        return track.bottom() - min(max(share, 0.0), 1.0) * track.height()
