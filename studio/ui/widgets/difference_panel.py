"""Where board and host part: the first value that differs, both values, the likely cause and what to do."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QPolygonF, QResizeEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from studio.core.text import gettext
from studio.ui import theme
from studio.ui.controls import Elided, Ground, Label
from studio.ui.widgets.painted import draw_box, px

_TOP = 10  # px above the box, for the tip that points at the stage
_WIDE = 860  # px: three columns side by side; else two, below the values


@dataclass(frozen=True)
class FirstDifference:
    """What the panel shows. where: such as `frame 0, band 1`; meaning: each value in its unit, or empty.

    board, host: None where no value is known, as when samples were lost on the way. settings: (name, the board's, the
    host's), of which those that differ stand out.
    """

    title: str
    sentence: str
    where: str
    index: int
    board: int | None
    host: int | None
    board_meaning: str
    host_meaning: str
    cause: str
    remedy: str
    settings: Sequence[tuple[str, str, str]] = ()


class DifferencePanel(QWidget):
    """Its page gives it buttons: what can be done at the foot of the last column, and one in the corner."""

    def __init__(self, acts: Sequence[QPushButton] = (), corner: QPushButton | None = None) -> None:
        super().__init__()
        self._points_at = 0.0
        self._title, self._sentence = Label("", theme.SECTION, theme.TITLE), Label("", theme.CAPTION, kind="muted")
        for label in (self._title, self._sentence):
            label.setWordWrap(True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, _TOP + 12, 20, 14)
        layout.setSpacing(12)
        head, words = QHBoxLayout(), QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(self._title)
        words.addWidget(self._sentence)
        head.addLayout(words, 1)
        if corner is not None:
            head.addWidget(corner, 0, Qt.AlignmentFlag.AlignTop)
        layout.addLayout(head)
        self._values, self._cause, self._remedy = _Values(), _Cause(), _Remedy(acts)
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(0)
        self._grid.setVerticalSpacing(12)
        layout.addLayout(self._grid, 1)
        self._wide: bool | None = None
        self._arrange(wide=True)

    def height_for(self, width: int) -> int:
        """What it takes where it is so wide."""
        self._arrange(wide=width >= px(_WIDE))
        layout = self.layout()
        assert layout is not None  # noqa: S101  made above
        return max(layout.totalHeightForWidth(width), layout.totalMinimumSize().height())

    def show_difference(self, difference: FirstDifference, points_at: float) -> None:
        """points_at: where along its width the parted stage is, above."""
        self._points_at = points_at
        self._title.setText(difference.title)
        self._sentence.setText(difference.sentence)
        self._values.show_values(difference)
        self._cause.show_cause(difference)
        self._remedy.said.setText(difference.remedy)
        self.setAccessibleName(difference.title)
        says = gettext("{sentence} {where}: board {board}, host {host}. {cause} {remedy}")
        if difference.board is None:
            says = "{sentence} {cause} {remedy}"
        rows = [gettext("{name}: board {board}, host {host}.").format(name=n, board=b, host=h)
                for n, b, h in difference.settings]  # fmt: skip
        self.setAccessibleDescription(" ".join([says.format(**vars(difference)), *rows]))
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange(wide=self.width() >= px(_WIDE))

    def _arrange(self, *, wide: bool) -> None:
        if wide == self._wide:
            return
        self._wide = wide
        for place, (part, stretch) in enumerate(((self._values, 10), (self._cause, 7), (self._remedy, 7))):
            self._grid.removeWidget(part)
            if wide:
                self._grid.addWidget(part, 0, place)
            elif place == 0:
                self._grid.addWidget(part, 0, 0, 1, 2)
            else:
                self._grid.addWidget(part, 1, place - 1)
            self._grid.setColumnStretch(place, stretch if wide else 1 if place < 2 else 0)
        self._cause.divided = wide

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(1, _TOP, self.width() - 2, self.height() - _TOP - 2)
        draw_box(painter, box, ground="surface", edge="err", radius=theme.CARD_RADIUS, width=1.5)
        x = self._points_at
        painter.setBrush(theme.current().role("surface"))
        painter.setPen(QPen(theme.current().role("err"), 1.5))
        painter.drawPolyline(QPolygonF([QPointF(x - 9, _TOP + 1), QPointF(x, _TOP - 8), QPointF(x + 9, _TOP + 1)]))
        painter.fillRect(QRectF(x - 8, _TOP - 0.2, 16, 3), theme.current().role("surface"))


def _head(text: str) -> Label:
    return Label(text, theme.CAPTION, theme.HEAD, "muted")


class _Values(QWidget):
    """The first value that differs: where it is, and a tile each for board, host and how far apart they are."""

    def __init__(self) -> None:
        super().__init__()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 24, 0)
        layout.setSpacing(4)
        self._head = _head("")
        layout.addWidget(self._head)
        where = QHBoxLayout()
        where.setSpacing(8)
        self._where = Label("", theme.CAPTION, theme.TITLE)
        self._index = Elided("", theme.CAPTION, role="muted")
        where.addWidget(self._where)
        where.addWidget(self._index, 1)
        layout.addLayout(where)
        row = QHBoxLayout()
        row.setSpacing(12)
        self._tiles = [
            _Tile(gettext("Board"), "err_ground", "err"),
            _Tile(gettext("Host"), "bg", "text"),
            _Tile(gettext("Off by"), "bg", "muted"),
        ]
        for tile in self._tiles:
            row.addWidget(tile, 1)
        layout.addLayout(row)
        layout.addStretch(1)

    def show_values(self, shown: FirstDifference) -> None:
        known = shown.board is not None and shown.host is not None
        self._head.setText(gettext("First value that differs") if known else gettext("No value is known"))
        self._where.setText(shown.where)
        self._where.setVisible(known and bool(shown.where))
        text = gettext("index {index}").format(index=f"{shown.index:,}")
        self._index.set_text(text if known else gettext("There is nothing to lay beside the board's."))
        for tile in self._tiles:
            tile.setVisible(known)
        if shown.board is not None and shown.host is not None:
            off = shown.board - shown.host
            self._tiles[0].show_value(_signed(shown.board), shown.board_meaning)
            self._tiles[1].show_value(_signed(shown.host), shown.host_meaning)
            self._tiles[2].show_value(("+" if off > 0 else "") + _signed(off), "")


class _Tile(Ground):
    def __init__(self, name: str, ground: str, kind: str) -> None:
        super().__init__(ground)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 6, 8, 6)
        layout.setSpacing(0)
        layout.addWidget(Label(name, theme.CAPTION, kind="muted"))
        self._value, self._meaning = Label("", theme.PAGE, theme.TITLE, kind), Label("", theme.CAPTION, kind="muted")
        layout.addWidget(self._value)
        layout.addWidget(self._meaning)

    def show_value(self, value: str, meaning: str) -> None:
        self._value.setText(value)
        self._meaning.setText(meaning)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        draw_box(painter, self.rect(), ground=self._role, radius=theme.RADIUS)


class _Cause(QWidget):
    """The sentence, and below it what board and host each have, in rows."""

    def __init__(self) -> None:
        super().__init__()
        self.divided = True  # by a line from what is left of it
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 0, 24, 0)
        layout.setSpacing(4)
        layout.addWidget(_head(gettext("Likely cause")))
        self._said = Label("", theme.CAPTION, wrap=True)
        layout.addWidget(self._said)
        self._rows = QGridLayout()
        self._rows.setHorizontalSpacing(16)
        self._rows.setVerticalSpacing(2)
        self._rows.setColumnStretch(0, 1)
        layout.addSpacing(4)
        layout.addLayout(self._rows)
        layout.addStretch(1)
        self._shown: Sequence[tuple[str, str, str]] = ()

    def show_cause(self, shown: FirstDifference) -> None:
        self._said.setText(shown.cause)
        if list(shown.settings) == list(self._shown):
            return
        self._shown = shown.settings
        while (item := self._rows.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        heads = ("", gettext("Board"), gettext("Host"))
        for place, row in enumerate([heads, *shown.settings] if shown.settings else []):
            for column, text in enumerate(row):
                differs = place > 0 and column > 0 and row[1] != row[2]
                kind = "muted" if place == 0 else "err" if differs and column == 1 else "text"
                label = Label(text, theme.CAPTION, theme.TITLE if differs else theme.TEXT, kind)
                side = Qt.AlignmentFlag.AlignLeft if column == 0 else Qt.AlignmentFlag.AlignRight
                self._rows.addWidget(label, place, column, side)
                label.show()  # until then it has no height, and height_for is asked at once

    def paintEvent(self, event: QPaintEvent) -> None:
        if self.divided:
            painter, line = QPainter(self), theme.current().role("line")
            painter.fillRect(0, 0, 1, self.height(), line)
            painter.fillRect(self.width() - 1, 0, 1, self.height(), line)


class _Remedy(QWidget):
    def __init__(self, acts: Sequence[QPushButton]) -> None:
        super().__init__()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(_head(gettext("What to do")))
        self.said = Label("", theme.CAPTION, wrap=True)
        layout.addWidget(self.said)
        layout.addStretch(1)
        row = QHBoxLayout()
        row.setSpacing(8)
        for act in acts:
            row.addWidget(act)
        row.addStretch(1)
        layout.addLayout(row)


def _signed(value: int) -> str:
    return f"{value:,}".replace("-", "\N{MINUS SIGN}")
