"""Label before there is anything: a faint picture of what will be here, why there is nothing yet, and the way to it."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout

from studio.core.text import gettext as _
from studio.ui import theme
from studio.ui.controls import Button, Ground, Label, Line, draw_key_cap, key_cap_width
from studio.ui.pages.pictures import word_shape
from studio.ui.widgets.painted import ClassStyle, Painted, clip_to_well, draw_box, draw_text, draw_well, px, text_width

if TYPE_CHECKING:
    from studio.ui.commands import Commands

_WIDTH, _OVERVIEW, _PLOT = 640, 28, 132
_GHOST = (("yes", 2, 0.14, 0.11), ("on", 0, 0.445, 0.125), ("off", 1, 0.685, 0.095))


class EmptyLabel(Ground):
    """Without recordings there is one button: to record where this window can, otherwise to import."""

    def __init__(self, commands: "Commands") -> None:
        super().__init__("surface")
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.PAGE_MARGIN, theme.PAGE_MARGIN, theme.PAGE_MARGIN, theme.PAGE_MARGIN)
        column.setSpacing(0)
        middle = Qt.AlignmentFlag.AlignHCenter
        column.addStretch(2)
        column.addWidget(_Ghost(), alignment=middle)
        column.addSpacing(24)
        column.addWidget(Label(_("Labelled segments will be here"), theme.PAGE, theme.TITLE), alignment=middle)
        column.addSpacing(10)
        what = _("Each recording opens below its list. Drag over a part to make a segment, press 1 to 9 to name it.")
        why = _("There is nothing to label yet: this project has no recording.")
        for text, kind in ((what, "muted"), (why, "text")):
            column.addWidget(Label(text, kind=kind), alignment=middle)
            column.addSpacing(4)
        column.addSpacing(14)
        records = "page.collect" in commands.rows
        self.button = Button(
            _("Record the first take") if records else _("Import a folder"),
            "record" if records else "import",
            "primary",
        )
        self.button.clicked.connect(lambda: commands.run("page.collect" if records else "label.import"))
        column.addWidget(self.button, alignment=middle)
        column.addSpacing(14)
        row = QHBoxLayout()
        row.setSpacing(2)
        row.addStretch(1)
        row.addWidget(Label(_("Have recordings already? Drop them on this window, or"), kind="muted"))
        link = Button(_("import a folder"), kind="link")
        link.clicked.connect(lambda: commands.run("label.import"))
        row.addWidget(link)
        row.addStretch(1)
        column.addLayout(row)
        column.addStretch(3)
        column.addWidget(Line())
        column.addSpacing(16)
        keys = [("1 to 9", _("label")), *((commands.key(f"label.{name}"), word) for name, word in _hints())]
        column.addWidget(_Keys(keys))


class _Ghost(Painted):
    """An editor as it will be, faint. It shows no data of anybody's."""

    def __init__(self) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return QSize(px(_WIDTH), _OVERVIEW + 14 + px(24) + _PLOT)

    def paint(self, painter: QPainter) -> None:
        width = self.width()
        strip = QRect(0, 0, width, _OVERVIEW)
        plot = QRect(0, self.height() - _PLOT, width, _PLOT)
        soft = theme.current().tint("wave_soft", 0.4)
        for well in (strip, plot):
            draw_well(painter, well)
        for part in range(9):
            self._word(painter, QRectF(width * (0.01 + part * 0.11), 2, width * 0.07, _OVERVIEW - 4), 0.7)
        for name, hue, left, share in _GHOST:
            colour = ClassStyle(name, hue).colour
            band = QRectF(width * left, plot.top(), width * share, plot.height())
            colour.setAlphaF(0.08)
            painter.fillRect(band, colour)
            self._word(painter, band.adjusted(4, 12, -4, -12), 1.0)
            colour.setAlphaF(0.55)
            for x in (band.left(), band.right()):
                painter.fillRect(QRectF(round(x), plot.top(), 1, plot.height()), colour)
            tab = QRectF(band.left(), plot.top() - px(26), band.width(), px(22))
            bar = QRectF(tab.left(), tab.top(), 4, tab.height())
            draw_box(painter, bar, ground=colour, radius=1.5)
            colour.setAlphaF(0.14)
            draw_box(painter, tab, ground=colour, radius=4)
            text = tab.adjusted(px(10), 0, 0, 0)
            draw_text(painter, text, name, role="muted", size=theme.CAPTION, weight=theme.TITLE)
        painter.save()
        clip_to_well(painter, plot)
        painter.fillRect(QRectF(0, plot.center().y(), width, 1), soft)
        painter.restore()

    @staticmethod
    def _word(painter: QPainter, rect: QRectF, opacity: float) -> None:
        colour = theme.current().tint("wave_soft", 0.46 * opacity)
        for column in range(int(rect.width())):
            peak, _rms = word_shape(0.35 + 0.45 * column / rect.width())
            half = peak * rect.height() / 2
            painter.fillRect(QRectF(round(rect.left()) + column, rect.center().y() - half, 1, 2 * half), colour)


def _hints() -> list[tuple[str, str]]:
    return [("split", _("split")), ("join", _("join")), ("next", _("next unlabelled")), ("play", _("play"))]


class _Keys(Painted):
    """Keys to come, each with what it does, in the middle of a line."""

    def __init__(self, keys: list[tuple[str, str]]) -> None:
        super().__init__()
        self._keys = keys
        self.setAccessibleName(_("Keys"))
        self.describe(", ".join(f"{key}: {does}" for key, does in keys))

    def sizeHint(self) -> QSize:
        return QSize(px(400), px(20))

    def paint(self, painter: QPainter) -> None:
        font = theme.font(theme.CAPTION)
        widths = [key_cap_width(key) + 8 + text_width(font, does) for key, does in self._keys]
        x = (self.width() - sum(widths) - px(24) * (len(widths) - 1)) / 2
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for (key, does), width in zip(self._keys, widths, strict=True):
            draw_key_cap(painter, x, self.height() / 2, key, "muted")
            room = QRectF(x + key_cap_width(key) + 8, 0, width, self.height())
            draw_text(painter, room, does, role="muted", size=theme.CAPTION)
            x += width + px(24)
