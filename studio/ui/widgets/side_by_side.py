"""A narrow column beside a wide one, each scrolling; where text is too large for both, below it."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QHideEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QLayout, QScrollArea, QVBoxLayout, QWidget

from studio.ui.controls import Line

_WIDEST = 16_777_215  # Qt's QWIDGETSIZE_MAX


class SideBySide(QWidget):
    """One below the other they are as high as they need to be, and what is around them scrolls."""

    def __init__(self, narrow: QVBoxLayout, wide: QVBoxLayout, width: int) -> None:
        """width: px of the narrow one."""
        super().__init__()
        self._width = width
        self._narrow, self._wide, self._line = _scrolled(narrow), _scrolled(wide), Line(upright=True)
        self._columns = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._columns.setContentsMargins(0, 0, 0, 0)
        self._columns.setSpacing(0)
        self._columns.addWidget(self._narrow)
        self._columns.addWidget(self._line)
        self._columns.addWidget(self._wide, 1)
        self._narrow.setFixedWidth(width)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._fit()

    def hideEvent(self, event: QHideEvent) -> None:
        """What is shown in its place need not be as high."""
        super().hideEvent(event)
        for area in (self._narrow, self._wide):
            area.setMinimumHeight(0)

    def _fit(self) -> None:
        beside = self._width + _content(self._wide).minimumSize().width() <= self.width()
        way = QBoxLayout.Direction.LeftToRight if beside else QBoxLayout.Direction.BottomToTop
        if way != self._columns.direction():
            self._columns.setDirection(way)
            self._line.setVisible(beside)
            self._narrow.setMinimumWidth(self._width if beside else 0)
            self._narrow.setMaximumWidth(self._width if beside else _WIDEST)
        bar = Qt.ScrollBarPolicy.ScrollBarAsNeeded if beside else Qt.ScrollBarPolicy.ScrollBarAlwaysOff
        for area in (self._narrow, self._wide):
            area.setVerticalScrollBarPolicy(bar)
            area.setMinimumHeight(0 if beside else _height(_content(area), self.width()))


def _content(area: QScrollArea) -> QLayout:
    layout = area.widget().layout()  # type: ignore[union-attr]
    assert layout is not None  # noqa: S101  _scrolled gave it
    return layout


def _height(layout: QLayout, width: int) -> int:
    return max(layout.totalMinimumHeightForWidth(width), layout.totalMinimumSize().height())


def _scrolled(content: QVBoxLayout) -> QScrollArea:
    holder = QWidget()
    holder.setObjectName("page")
    holder.setLayout(content)
    area = QScrollArea()
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setWidgetResizable(True)
    area.setWidget(holder)
    return area
