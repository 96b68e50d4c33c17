"""What Features will show, faint, where there is nothing yet."""

from PySide6.QtCore import QPointF, QRectF, QSize
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QSizePolicy

from studio.ui.icons import CHIP, draw_icon
from studio.ui.pages.pictures import feature_image, paint_word
from studio.ui.widgets.painted import Painted, draw_well, px


class StepsGhost(Painted):
    """A word's samples, the picture that a model sees of it, and two variants, faint: what Features will show."""

    def __init__(self) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return QSize(px(640), px(132))

    def paint(self, painter: QPainter) -> None:
        gap = px(28)
        width = (self.width() - 3 * gap) / 4
        wells = [QRectF(round(n * (width + gap)), 0, round(width), self.height()) for n in range(4)]
        for well in wells:
            draw_well(painter, well.toRect())
        for left in wells[:-1]:
            arrow = QRectF(0, 0, px(CHIP), px(CHIP))
            arrow.moveCenter(QPointF(left.right() + gap / 2, self.height() / 2))
            draw_icon(painter, "right", arrow, "faint")
        painter.setOpacity(0.4)
        paint_word(painter, wells[0].adjusted(8, 14, -8, -14), "wave_soft")
        picture = feature_image(46, 32)
        for place, (well, opacity) in enumerate(zip(wells[1:], (0.5, 0.38, 0.28), strict=True)):
            painter.setOpacity(opacity)
            shift = (0, 3, -4)[place]  # variants come earlier or later
            painter.drawImage(well.adjusted(1, 1, -1, -1), picture.copy(shift, 0, picture.width(), picture.height()))
