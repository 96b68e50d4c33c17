"""Icons: one SVG per verb in `resources/icons/`, drawn in the colour of a role at any size and pixel ratio."""

import functools

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from studio.ui.theme import coloured_icon, current

SMALL, CHIP, NORMAL = 14, 16, 20


def draw_icon(painter: QPainter, name: str, rect: QRectF, role: str = "muted") -> None:
    """Draws an icon in a role's colour; `rect` in the painter's coordinates."""
    size = max(1, round(rect.width()))
    pixmap = _pixmap(name, current().role(role).name(), size, _ratio(painter))
    painter.drawPixmap(rect.topLeft(), pixmap)


def pixmap(name: str, role: str = "muted", size: int = NORMAL, ratio: float = 2.0) -> QPixmap:
    """An icon as a pixmap of `size` px that is sharp at `ratio` device pixels a px."""
    return _pixmap(name, current().role(role).name(), size, ratio)


def icon(name: str, role: str = "muted") -> QIcon:
    """For menus and title bars. Made of colours: make it anew when the theme changes."""
    made = QIcon()
    for size in (CHIP, NORMAL, 2 * NORMAL):
        made.addPixmap(_pixmap(name, current().role(role).name(), size, 1.0))
    return made


def _ratio(painter: QPainter) -> float:
    device = painter.device()
    return float(device.devicePixelRatio()) if device is not None else 1.0


@functools.lru_cache(maxsize=512)
def _pixmap(name: str, colour: str, size: int, ratio: float) -> QPixmap:
    made = QPixmap(QSize(round(size * ratio), round(size * ratio)))
    made.setDevicePixelRatio(ratio)
    made.fill(Qt.GlobalColor.transparent)
    painter = QPainter(made)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    _renderer(name, colour, size).render(painter, QRectF(0, 0, size, size))
    painter.end()
    return made


@functools.lru_cache(maxsize=512)
def _renderer(name: str, colour: str, size: int) -> QSvgRenderer:
    content = coloured_icon(name, colour)
    if size <= CHIP:  # a thinner line would fade
        content = content.replace(b'stroke-width="1.5"', b'stroke-width="2"')
    return QSvgRenderer(content)
