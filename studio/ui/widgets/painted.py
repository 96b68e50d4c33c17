"""What every painted view shares: a base that follows the theme, and the strokes of one hand."""

import itertools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QLineF, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import (
    QBrush,
    QColor,
    QFont,
    QFontMetrics,
    QImage,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QPolygonF,
)
from PySide6.QtWidgets import QWidget

from studio.ui import theme

LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
CENTRE = Qt.AlignmentFlag.AlignCenter
KEY_FOCUS = (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason, Qt.FocusReason.ShortcutFocusReason)
WELL_RADIUS = 4.0
HATCH_STEP = 8
px = theme.px


@dataclass(frozen=True)
class ClassStyle:
    """How a class is shown everywhere. hue: its place among the user's classes; None: a background class.

    ring: a background class drawn as a ring (noise), beside one that is filled (other words).
    """

    name: str
    hue: int | None = None
    ring: bool = False

    @property
    def colour(self) -> QColor:
        """A copy, to make a tint of."""
        return QColor(theme.current().class_colour(self.hue))


class Painted(QWidget):
    """A view that paints itself. Children of a focusable one get the wheel and keys only while they have the focus."""

    def __init__(self, parent: QWidget | None = None, *, focusable: bool = False) -> None:
        super().__init__(parent)
        if focusable:
            self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        theme.current().changed.connect(self._restyled)

    def restyle(self) -> None:
        """Drops what was made of colours or fonts. Called when the theme or the scale changes."""

    def describe(self, text: str) -> None:
        """What a screen reader says of the view's present content."""
        if text != self.accessibleDescription():
            self.setAccessibleDescription(text)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.EnabledChange, QEvent.Type.DevicePixelRatioChange):
            self._restyled()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        self.paint(painter)
        painter.end()

    def paint(self, painter: QPainter) -> None:
        """Paints the whole view; the painter is clipped to what needs it."""

    def _restyled(self) -> None:
        self.restyle()
        self.updateGeometry()
        self.update()


def text_width(font: QFont, text: str) -> int:
    return QFontMetrics(font).horizontalAdvance(text)


def line_height(font: QFont) -> int:
    return QFontMetrics(font).height()


def draw_text(
    painter: QPainter,
    rect: QRect | QRectF,
    text: str,
    *,
    role: str = "text",
    size: int = theme.BODY,
    weight: int = theme.TEXT,
    align: Qt.AlignmentFlag = LEFT,
) -> int:
    """One line, cut with an ellipsis where it is too long. Returns the width it took."""
    font = theme.font(size, weight)
    metrics = QFontMetrics(font)
    room = int(rect.width())
    shown = (
        text if metrics.horizontalAdvance(text) <= room else metrics.elidedText(text, Qt.TextElideMode.ElideRight, room)
    )
    painter.setFont(font)
    painter.setPen(theme.current().role(role))
    painter.drawText(QRectF(rect), align | Qt.TextFlag.TextDontClip, shown)
    return metrics.horizontalAdvance(shown)


def draw_well(painter: QPainter, rect: QRect, *, ground: str = "well") -> None:
    """The ground of a plot, with its hairline."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(theme.current().role("line"), 1))
    painter.setBrush(theme.current().role(ground))
    painter.drawRoundedRect(QRectF(rect).adjusted(0.5, 0.5, -0.5, -0.5), WELL_RADIUS, WELL_RADIUS)
    painter.restore()


def draw_box(
    painter: QPainter,
    rect: QRect | QRectF,
    *,
    ground: str | QColor | None,
    edge: str | QColor | None = None,
    radius: float = theme.RADIUS,
    width: float = 1.0,
) -> None:
    """A rounded box: ground and edge are roles, colours or nothing."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(QBrush(_colour(ground)) if ground is not None else Qt.BrushStyle.NoBrush)
    box = QRectF(rect)
    if edge is None:
        painter.setPen(Qt.PenStyle.NoPen)
    else:
        painter.setPen(QPen(_colour(edge), width))
        box = box.adjusted(width / 2, width / 2, -width / 2, -width / 2)
    painter.drawRoundedRect(box, radius, radius)
    painter.restore()


def _colour(role: str | QColor) -> QColor:
    return theme.current().role(role) if isinstance(role, str) else role


def draw_focus(painter: QPainter, rect: QRect | QRectF, radius: float = theme.RADIUS) -> None:
    """The focus ring, just inside rect."""
    draw_box(painter, rect, ground=None, edge="accent", radius=radius, width=2.0)


def draw_swatch(painter: QPainter, x: float, middle: float, style: ClassStyle, size: float = 10.0) -> None:
    """A class's colour, as a small square (or ring), beginning at x, about the line `middle`. size: px at 100 %."""
    side = px(size)
    box = QRectF(x, middle - side / 2, side, side)
    if style.ring:
        draw_box(painter, box, ground=None, edge=style.colour, radius=side * 0.3, width=1.5)
    else:
        draw_box(painter, box, ground=style.colour, radius=side * 0.3)


def draw_dot(
    painter: QPainter,
    centre: QPointF,
    radius: float,
    ground: str | QColor,
    *,
    edge: str | QColor | None = None,
    width: float = 2.0,
) -> None:
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(_colour(ground))
    painter.setPen(Qt.PenStyle.NoPen if edge is None else QPen(_colour(edge), width))
    painter.drawEllipse(centre, radius, radius)
    painter.restore()


def draw_bar(
    painter: QPainter,
    rect: QRectF,
    share: float,
    colour: str | QColor,
    *,
    track: str = "fill",
    from_right: bool = False,
) -> None:
    """A track with its filled share (0..1); a share that is there at all is at least a visible sliver."""
    radius = min(rect.height() / 2, 4.0)
    draw_box(painter, rect, ground=track, radius=radius)
    width = rect.width() * min(max(share, 0.0), 1.0)
    if share <= 0:
        return
    width = max(width, min(rect.height(), 3.0))
    left = rect.right() - width if from_right else rect.left()
    draw_box(painter, QRectF(left, rect.top(), width, rect.height()), ground=colour, radius=min(radius, width / 2))


def draw_hatch(painter: QPainter, rect: QRectF, colour: QColor, width: float = 1.0) -> None:
    """Lines at 45 degrees, fixed to the widget rather than to rect, so that neighbours agree."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setClipRect(rect, Qt.ClipOperation.IntersectClip)
    painter.setPen(QPen(colour, width))
    low, high = rect.left() + rect.top(), rect.right() + rect.bottom()
    first = int(low // HATCH_STEP) * HATCH_STEP
    painter.drawLines(
        [
            QLineF(at - rect.top(), rect.top(), at - rect.bottom(), rect.bottom())
            for at in range(first, int(high) + HATCH_STEP, HATCH_STEP)
        ]
    )
    painter.restore()


def draw_tick(painter: QPainter, centre: QPointF, size: float, colour: str | QColor, width: float = 2.0) -> None:
    """A check mark about centre."""
    points = QPolygonF([centre + QPointF(x, y) * size for x, y in ((-0.5, 0.02), (-0.14, 0.36), (0.5, -0.34))])
    _stroke(painter, colour, width, lines=points)


def draw_cross(painter: QPainter, centre: QPointF, size: float, colour: str | QColor, width: float = 2.0) -> None:
    half = size / 2
    for slope in (1, -1):
        ends = QPolygonF([centre + QPointF(-half, -half * slope), centre + QPointF(half, half * slope)])
        _stroke(painter, colour, width, lines=ends)


def draw_warning(painter: QPainter, centre: QPointF, size: float, colour: str | QColor, width: float = 1.5) -> None:
    """A triangle with an exclamation mark."""
    points = [centre + QPointF(x, y) * size for x, y in ((0, -0.46), (0.52, 0.42), (-0.52, 0.42), (0, -0.46))]
    _stroke(painter, colour, width, lines=QPolygonF(points))
    mark = QPolygonF([centre + QPointF(0, -0.14) * size, centre + QPointF(0, 0.12) * size])
    _stroke(painter, colour, width, lines=mark)
    draw_dot(painter, centre + QPointF(0, 0.27) * size, width * 0.55, colour)


def _stroke(painter: QPainter, colour: str | QColor, width: float, *, lines: QPolygonF) -> None:
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    round_cap, round_join = Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin
    painter.setPen(QPen(_colour(colour), width, Qt.PenStyle.SolidLine, round_cap, round_join))
    painter.drawPolyline(lines)
    painter.restore()


def draw_curve(painter: QPainter, x: NDArray[np.floating], y: NDArray[np.floating], pen: QPen) -> None:
    """A line through points, antialiased; the pen's colour must be opaque.

    Its pieces are drawn apart: stroking it as one path takes thirty times as long (4.0 ms against 0.12 for 240 points).
    """
    points = [QPointF(*point) for point in zip(x.tolist(), y.tolist(), strict=True)]
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    if pen.widthF() >= 2:  # thinner joints are not seen, and square ones are drawn twice as fast
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    painter.setPen(pen)
    painter.drawLines([QLineF(a, b) for a, b in itertools.pairwise(points)])
    painter.restore()


def draw_dashes(
    painter: QPainter, start: QPointF, end: QPointF, colour: QColor, *, on: float = 4.0, off: float = 3.0
) -> None:
    """An upright or level dashed line of one pixel, each dash filled: a dashed pen takes a millisecond a line."""
    upright = start.x() == end.x()
    first, last = (start.y(), end.y()) if upright else (start.x(), end.x())
    places = np.arange(first, last, on + off).tolist()
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    if upright:
        painter.drawRects([QRectF(int(start.x()), at, 1, min(on, last - at)) for at in places])
    else:
        painter.drawRects([QRectF(at, int(start.y()), min(on, last - at), 1) for at in places])
    painter.restore()


def dashed(colour: QColor, width: float = 1.0, on: float = 4.0, off: float = 3.0) -> QPen:
    """A dashed pen; on and off in pixels, whatever its width."""
    pen = QPen(colour, width)
    pen.setCapStyle(Qt.PenCapStyle.FlatCap)
    pen.setDashPattern([on / width, off / width])
    return pen


def clip_to_well(painter: QPainter, rect: QRect) -> None:
    """What is drawn next stays within a well's rounded corners."""
    path = QPainterPath()
    path.addRoundedRect(QRectF(rect).adjusted(1, 1, -1, -1), WELL_RADIUS - 1, WELL_RADIUS - 1)
    painter.setClipPath(path, Qt.ClipOperation.IntersectClip)


def indexed_image(levels: NDArray[np.uint8], colours: list[int], ratio: float = 1.0) -> QImage:
    """An image over the array itself, which must live as long as it. levels: uint8 (height, width), contiguous."""
    height, width = levels.shape
    image = QImage(levels.data, width, height, levels.strides[0], QImage.Format.Format_Indexed8)
    image.setColorTable(colours)
    image.setDevicePixelRatio(ratio)
    return image


def device_size(rect: QRect, ratio: float) -> QSize:
    return QSize(max(1, round(rect.width() * ratio)), max(1, round(rect.height() * ratio)))
