"""A class's swatch, as a widget beside its name."""

from PySide6.QtGui import QPainter

from studio.ui.widgets.painted import ClassStyle, Painted, draw_swatch, px

_SIDE = 10


class Swatch(Painted):
    """A small square in the class's colour, a ring for noise. The name is beside it."""

    def __init__(self, style: ClassStyle) -> None:
        super().__init__()
        self._style = style
        self.setFixedSize(px(_SIDE), px(_SIDE))

    def paint(self, painter: QPainter) -> None:
        draw_swatch(painter, 0, self.height() / 2, self._style, _SIDE)
