"""Small pictures, drawn: boards, what a template makes, class balance, the demo. They show no data of anybody's."""

import math
from collections.abc import Mapping

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath, QPen

from studio.core.text import gettext as _
from studio.ui import theme

# The colour of the board's lacquer, as it is in one's hand: the same in both themes.
LACQUER = {"nano33ble": "#1D4F80", "sparkfunedge2": "#8E2A2A", "espeye": "#2A303A", "himaxwei": "#23603F"}
_PAD, _CHIP, _CAN = "#E6C977", "#15181D", "#B9C2CC"


def lacquer(key: str) -> QColor:
    """By the board's key; blue for one that the table has no colour for."""
    return QColor(LACQUER.get(key, "#3B4A5F"))


def paint_board(painter: QPainter, rect: QRectF, key: str) -> None:
    """A board from above in `rect`, about 5 : 2."""
    painter.save()
    scale = rect.height() / 34
    painter.translate(rect.topLeft())
    painter.scale(rect.width() / 84, scale)
    outlined = theme.current().is_dark
    painter.setPen(QPen(theme.current().role("line2"), 1) if outlined else Qt.PenStyle.NoPen)
    painter.setBrush(lacquer(key))
    painter.drawRoundedRect(QRectF(2, 0.5, 81.5, 33), 3, 3)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(_PAD))
    for pad in range(15):
        for y in (3.2, 30.8):
            painter.drawEllipse(QPointF(8 + pad * 5.1, y), 1.05, 1.05)
    painter.setBrush(QColor(_CAN))
    painter.drawRoundedRect(QRectF(0, 11, 9, 12), 1, 1)  # the socket
    painter.drawRoundedRect(QRectF(66, 11, 11, 12), 1, 1)  # the radio's shield
    painter.setBrush(QColor(_CHIP))
    painter.drawRoundedRect(QRectF(24, 12.5, 8, 9), 0.8, 0.8)
    painter.drawRoundedRect(QRectF(38, 10, 14, 14), 1, 1)
    painter.setBrush(QColor("#E8EBF0"))
    painter.drawRoundedRect(QRectF(55.5, 14.5, 4.5, 5), 0.6, 0.6)
    painter.restore()


def word_shape(at: float) -> tuple[float, float]:
    """Peak and RMS (0..1) of a drawn word at 0..1 of the picture's width: a murmur, a loud vowel, a tail."""

    def bump(centre: float, width: float) -> float:
        return math.exp(-(((at - centre) / width) ** 2))

    body = 0.95 * bump(0.55, 0.045) + 0.5 * bump(0.62, 0.06) + 0.10 * bump(0.27, 0.05) + 0.18 * bump(0.76, 0.06)
    grain = 0.72 + 0.28 * math.sin(at * 611) * math.sin(at * 173 + 1)
    return max(body * grain, 0.006), max(body * grain * 0.5, 0.006)


def paint_word(painter: QPainter, rect: QRectF, role: str = "wave", soft: str = "wave_soft") -> None:
    """The drawn word as a waveform, a column a pixel, never antialiased."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
    middle, half = rect.center().y(), rect.height() / 2
    columns = int(rect.width())
    for column in range(columns):
        peak, rms = word_shape(column / columns)
        x = rect.left() + column
        painter.fillRect(
            QRectF(x, middle - peak * half, 1, max(1.0, 2 * peak * half)), theme.current().tint(soft, 0.55)
        )
        painter.fillRect(QRectF(x, middle - rms * half, 1, max(1.0, 2 * rms * half)), theme.current().role(role))
    painter.restore()


def paint_demo(painter: QPainter, rect: QRectF) -> None:
    """Sound goes into a board, scores come out."""
    colours = theme.current()
    painter.save()
    path = QPainterPath()
    path.addRoundedRect(rect.adjusted(0, 0, 0, 12), 9, 9)
    painter.setClipRect(rect)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colours.role("sel"))
    painter.drawPath(path)
    unit = rect.height() / 10
    middle = rect.center().x()
    paint_word(
        painter, QRectF(rect.left() + 28, rect.top() + 1.4 * unit, rect.width() - 56, 2 * unit), "accent", "accent"
    )
    painter.setPen(QPen(colours.tint("accent", 0.5), 2))
    painter.drawLine(QPointF(middle, rect.top() + 3.8 * unit), QPointF(middle, rect.top() + 4.35 * unit))
    painter.drawLine(QPointF(middle, rect.top() + 6.4 * unit), QPointF(middle, rect.top() + 6.95 * unit))
    height = min(1.6 * unit, 56.0)
    board = QRectF(0, 0, height * 2.5, height)
    board.moveCenter(QPointF(middle, rect.top() + 5.4 * unit))
    paint_board(painter, board, "nano33ble")
    left, width = rect.left() + rect.width() * 0.235, rect.width() * 0.53
    painter.setFont(theme.font(theme.BODY, theme.TITLE))
    for row, (word, score, role) in enumerate(((_("yes"), 0.91, "accent"), (_("no"), 0.09, "neutral"))):
        y = rect.top() + (7.8 + row * 0.85) * unit
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colours.tint("accent", 0.14))
        painter.drawRoundedRect(QRectF(left, y - 5, width, 10), 3, 3)
        painter.setBrush(colours.role(role))
        painter.drawRoundedRect(QRectF(left, y - 5, width * score, 10), 3, 3)
        painter.setPen(colours.role("text"))
        side = Qt.AlignmentFlag.AlignVCenter
        painter.drawText(QRectF(left - 72, y - 10, 60, 20), side | Qt.AlignmentFlag.AlignRight, word)
        painter.drawText(QRectF(left + width + 14, y - 10, 60, 20), side, f"{score:.2f}")
    painter.restore()


def paint_template(painter: QPainter, rect: QRectF, template: str) -> None:
    """What a project of this template looks at."""
    colours = theme.current()
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, on=False)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colours.role("well"))
    painter.drawRoundedRect(rect, 4, 4)
    _TEMPLATE_PICTURES[template](painter, rect)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(colours.role("line2"), 1))
    painter.drawRoundedRect(rect.adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
    painter.restore()


def _paint_features(painter: QPainter, rect: QRectF) -> None:
    painter.drawImage(rect, feature_image(46, 32))


def _paint_gesture(painter: QPainter, rect: QRectF) -> None:
    """The path that a hand drew."""
    turns = [2 * math.pi * step / 60 for step in range(61)]
    reach = rect.height() * 0.36
    points = [
        rect.center() + QPointF(reach * (1.25 * math.sin(2 * turn) + 0.1 * turn - 0.3), -reach * math.cos(turn + 0.25))
        for turn in turns
    ]
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    ink = QColor(theme.current().class_colour(3))
    painter.setPen(QPen(ink, 1.8))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawPolyline(points)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(ink)
    painter.drawEllipse(points[0], 3, 3)


def _paint_scene(painter: QPainter, rect: QRectF) -> None:
    """Somebody in a room, in the few pixels that a model sees."""
    columns, rows = 28, 18
    image = QImage(columns, rows, QImage.Format.Format_Grayscale8)
    for y in range(rows):
        for x in range(columns):
            wall = 206 - 2 * abs(x - 19) - (54 if y > 13 else 0)
            window = 34 if 2 <= x <= 7 and 3 <= y <= 8 and x != 5 and y != 6 else 0
            head = ((x - 16.5) / 2.6) ** 2 + ((y - 5.4) / 3.1) ** 2 < 1
            body = y > 8 and abs(x - 16.5) < min(6.2, 2.4 + 1.3 * (y - 8))
            shade = 128 + 6 * (x - 16) if head else 62 + 4 * (x - 16) if body else wall + window
            image.setPixel(x, y, (0xFF << 24) | min(max(shade, 0), 255) * 0x010101)
    painter.drawImage(rect, image)


def _paint_readings(painter: QPainter, rect: QRectF) -> None:
    """A slow reading, and the number that comes of it."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    inner = rect.adjusted(7, 9, -7, -9)
    for role, level, phase in (("accent", 0.3, 0.0), ("neutral", 0.75, 2.1)):
        points = []
        for step in range(41):
            at = step / 40
            bend = 0.16 * math.sin(7 * at + phase) + 0.05 * math.sin(41 * at + 3 * phase)
            points.append(QPointF(inner.left() + at * inner.width(), inner.top() + (level - bend) * inner.height()))
        painter.setPen(QPen(theme.current().role(role), 1.6))
        painter.drawPolyline(points)


_TEMPLATE_PICTURES = {
    "keyword": _paint_features,
    "gesture": _paint_gesture,
    "image": _paint_scene,
    "regression": _paint_readings,
}


def feature_image(columns: int, rows: int) -> QImage:
    """A drawn word as log-mel features: two vowels with their formants."""
    image = QImage(columns, rows, QImage.Format.Format_Indexed8)
    image.setColorTable(theme.current().spectrogram)
    for x in range(columns):
        for y in range(rows):
            height = 1 - y / rows
            first = math.exp(-(((x - 12) / 4.5) ** 2)) * (0.35 + 0.25 * math.cos(height * 21 + x * 0.1))
            glide = height * 17 + 0.8 + (x - 29) * 0.09
            second = math.exp(-(((x - 29) / 7) ** 2)) * (0.62 + 0.38 * math.cos(glide)) * (1.15 - 0.6 * height)
            hiss = 0.32 * math.exp(-(((x - 21) / 2.2) ** 2)) * height
            noise = 0.07 * (math.sin(x * 12.9 + y * 78.2) * 43758.5 % 1)
            image.setPixel(x, y, min(255, max(0, round(255 * (first + second + hiss + noise)))))
    return image


def paint_balance(painter: QPainter, rect: QRectF, counts: Mapping[str, int]) -> None:
    """Bars of segments by class in the classes' colours; background classes, whose names begin with _, are neutral."""
    colours = theme.current()
    painter.setPen(QPen(colours.role("line2"), 1))
    painter.setBrush(colours.role("well"))
    painter.drawRoundedRect(rect.adjusted(0.5, 0.5, -0.5, -0.5), 5, 5)
    shown = list(counts.items())[:8]
    inner = rect.adjusted(8, 8, -8, -8)
    if not shown:
        painter.setPen(QPen(colours.role("line2"), 1.5))
        painter.drawLine(inner.bottomLeft(), inner.bottomRight())
        return
    most = max(count for _name, count in shown) or 1
    gap = 3.0
    width = min(14.0, (inner.width() - gap * (len(shown) - 1)) / len(shown))
    left = inner.center().x() - (width * len(shown) + gap * (len(shown) - 1)) / 2
    named = 0
    painter.setPen(Qt.PenStyle.NoPen)
    for place, (name, count) in enumerate(shown):
        background = name.startswith("_")
        painter.setBrush(colours.class_colour(None if background else named))
        named += not background
        height = max(2.0, inner.height() * count / most)
        painter.drawRoundedRect(QRectF(left + place * (width + gap), inner.bottom() - height, width, height), 1.5, 1.5)
