"""Controls of the window: buttons with icon and key cap, chips, labels, segmented choice, toggle. All know the theme.

A page builds with these, so that every state (rest, hover, focus, disabled) looks as it does elsewhere.
"""

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QAbstractButton,
    QButtonGroup,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QSpinBox,
    QStyle,
    QStyleOptionButton,
    QStylePainter,
    QWidget,
)

from studio.ui import theme
from studio.ui.icons import CHIP, NORMAL, SMALL, draw_icon
from studio.ui.theme import px

LINK_PADDING = 5  # px between a link's text and its edge: where it ends a row, the row may be so much longer
_INK = {"primary": "on_accent", "record": "on_record", "link": "accent"}
_KEY_HEIGHT, _CHIP_HEIGHT = 18, 21


class Button(QPushButton):
    """A push button that draws its own icon, text and key.

    kind: primary (one a page), record, secondary, ghost, link, part (of a segmented choice). key: shown as a key cap.
    name: what screen readers say where there is no text. slim: less high, for toolbars.
    """

    def __init__(
        self,
        text: str = "",
        icon: str = "",
        kind: str = "secondary",
        *,
        key: str = "",
        name: str = "",
        slim: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(text, parent)
        self.kind = kind
        self.icon_name = icon
        self.key = key
        self.setProperty("kind", kind)
        self.setProperty("slim", slim)
        self.setProperty("square", not text)
        self.setFont(theme.font(theme.BODY, theme.HEAD if kind in ("link", "ghost") else theme.TITLE))
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName(name or text)
        if name:
            self.setToolTip(f"{name}  ({key})" if key else name)
        if kind == "link":
            self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def set_icon(self, name: str) -> None:
        self.icon_name = name
        self.updateGeometry()
        self.update()

    def set_text(self, text: str) -> None:
        self.setText(text)
        self.setAccessibleName(text)
        self.updateGeometry()

    def set_kind(self, kind: str) -> None:
        self.kind = kind
        self.setProperty("kind", kind)
        self.style().unpolish(self)
        self.style().polish(self)
        self.update()

    def _parts_width(self) -> float:
        width = float(self.fontMetrics().horizontalAdvance(self.text()))
        if self.icon_name:
            width += self._icon_size() + (6 if self.text() else 0)
        if self._shows_key():
            width += key_cap_width(self.key) + 8
        return width

    def _icon_size(self) -> int:
        return px(CHIP if self.property("slim") and self.text() else NORMAL)

    def _shows_key(self) -> bool:
        return bool(self.key) and bool(self.text())

    def sizeHint(self) -> QSize:
        heights = {"record": 40, "link": 24, "part": 26}
        usual = theme.TOOLBAR_CONTROL if self.property("slim") else theme.CONTROL
        height = px(heights.get(self.kind, usual))
        if not self.text():
            return QSize(height, height)
        margin = {"link": LINK_PADDING - 1, "part": 10, "record": 24}.get(self.kind, 12)
        return QSize(round(self._parts_width()) + 2 * margin + 1, height)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QStylePainter(self)
        option = QStyleOptionButton()
        self.initStyleOption(option)
        option.text = ""
        painter.drawControl(QStyle.ControlElement.CE_PushButtonBevel, option)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ink = self._ink()
        x = (self.width() - self._parts_width()) / 2
        middle = self.height() / 2
        if self.icon_name:
            size = self._icon_size()
            role = ink if self.kind in _INK or not self.isEnabled() else "muted" if not self.underMouse() else "text"
            draw_icon(painter, self.icon_name, QRectF(round(x), round(middle - size / 2), size, size), role)
            x += size + 6
        if self.text():
            width = self.fontMetrics().horizontalAdvance(self.text())
            painter.setFont(self.font())
            painter.setPen(theme.current().role(ink))
            painter.drawText(QRectF(x, 0, width + 2, self.height()), Qt.AlignmentFlag.AlignVCenter, self.text())
            x += width + 8
        if self._shows_key():
            draw_key_cap(painter, x, middle, self.key, ink, tinted=self.kind in ("primary", "record"))

    def _ink(self) -> str:
        if not self.isEnabled():
            return "faint"
        if self.kind in _INK:
            return _INK[self.kind]
        quiet = self.kind in ("ghost", "part") and not (self.underMouse() or self.isChecked())
        return "muted" if quiet else "text"


def key_cap_width(key: str) -> float:
    return max(px(_KEY_HEIGHT), QFontMetricsF(theme.font(11, theme.HEAD)).horizontalAdvance(key) + 10)


def draw_key_cap(
    painter: QPainter, x: float, middle: float, key: str, ink: str = "text", *, tinted: bool = False
) -> None:
    """A key cap from `x`, centred on `middle`. tinted: on a coloured button, 18 % of its text's colour."""
    height = px(_KEY_HEIGHT)
    rect = QRectF(x + 0.5, middle - height / 2 + 0.5, key_cap_width(key) - 1, height - 1)
    tinted = tinted and ink != "faint"
    painter.setPen(Qt.PenStyle.NoPen if tinted else QPen(theme.current().role("line2"), 1))
    painter.setBrush(theme.current().tint(ink, 0.18) if tinted else theme.current().role("surface"))
    painter.drawRoundedRect(rect, 4, 4)
    painter.setPen(theme.current().role(ink))
    painter.setFont(theme.font(11, theme.HEAD))
    painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, key)


class Chip(QWidget):
    """A word with an icon on its ground. tone: ok, warn, err, accent, plain, outline. Never colour alone."""

    def __init__(self, text: str = "", icon: str = "", tone: str = "plain", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.show_state(text, icon, tone)

    def show_state(self, text: str, icon: str = "", tone: str = "plain") -> None:
        self._text, self._icon, self._tone = text, icon, tone
        self.setAccessibleName(text)
        self.updateGeometry()
        self.update()

    @property
    def text(self) -> str:
        return self._text

    def sizeHint(self) -> QSize:
        return QSize(round(chip_width(self._text, icon=bool(self._icon))), px(_CHIP_HEIGHT))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        draw_chip(painter, 0, self.height() / 2, self._text, self._icon, self._tone)


def chip_width(text: str, *, icon: bool) -> float:
    words = QFontMetricsF(theme.font(theme.CAPTION, theme.HEAD)).horizontalAdvance(text)
    return words + 18 + (px(SMALL) + 4 if icon else 0)


def draw_chip(painter: QPainter, x: float, middle: float, text: str, icon: str = "", tone: str = "plain") -> float:
    """A chip from `x`, centred on `middle`. Returns its width."""
    grounds = {"ok": "ok_ground", "warn": "warn_ground", "err": "err_ground", "accent": "sel", "plain": "fill"}
    font = theme.font(theme.CAPTION, theme.HEAD)
    ink = tone if tone in ("ok", "warn", "err", "accent") else "muted"
    sign, height, width = px(SMALL), px(_CHIP_HEIGHT), chip_width(text, icon=bool(icon))
    rect = QRectF(x, middle - height / 2, width, height)
    round_by = height / 2
    if tone == "outline":
        painter.setPen(QPen(theme.current().role("line2"), 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(rect.adjusted(0.5, 0.5, -0.5, -0.5), round_by - 0.5, round_by - 0.5)
    else:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.current().role(grounds[tone]))
        painter.drawRoundedRect(rect, round_by, round_by)
    if icon:
        draw_icon(painter, icon, QRectF(round(x + 8), round(middle - sign / 2), sign, sign), ink)
    painter.setFont(font)
    painter.setPen(theme.current().role(ink))
    start = x + 9 + (sign + 3 if icon else 0)
    painter.drawText(QRectF(start, rect.top(), width, height), Qt.AlignmentFlag.AlignVCenter, text)
    return width


class Segmented(QFrame):
    """A choice of a few, all seen. `chosen` gives the index."""

    chosen = Signal(int)

    def __init__(self, names: Sequence[str], *, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("kind", "segmented")
        self.setAccessibleName(name)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(3, 3, 3, 3)
        layout.setSpacing(2)
        self._group = QButtonGroup(self)
        for index, text in enumerate(names):
            part = Button(text, kind="part", parent=self)
            part.setCheckable(True)
            self._group.addButton(part, index)
            layout.addWidget(part)
        self._group.button(0).setChecked(True)
        self._group.idClicked.connect(self.chosen)

    @property
    def index(self) -> int:
        return self._group.checkedId()

    def set_index(self, index: int) -> None:
        """The focus goes with it, where one of its parts has it: no other than the chosen one is then ringed."""
        part = self._group.button(index)
        if any(other.hasFocus() for other in self._group.buttons()):
            part.setFocus()
        part.setChecked(True)


class Toggle(QAbstractButton):
    """On or off, beside its own words. `toggled` says which."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setCheckable(True)
        self.setAccessibleName(name)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return QSize(px(32) + 6, px(24))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colours = theme.current()
        height, knob = px(18), px(18) - 4
        track = QRectF(3, (self.height() - height) / 2, px(32), height)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colours.role("accent" if self.isChecked() and self.isEnabled() else "edge"))
        painter.drawRoundedRect(track, height / 2, height / 2)
        painter.setBrush(colours.role("on_accent" if self.isChecked() else "surface"))
        x = track.right() - knob - 2 if self.isChecked() else track.left() + 2
        painter.drawEllipse(QRectF(x, track.top() + 2, knob, knob))
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(colours.role("accent"), 2))
            painter.drawRoundedRect(track.adjusted(-2, -2, 2, 2), height / 2 + 2, height / 2 + 2)


class Label(QLabel):
    """Text of the scale in the ink of a kind: text, muted, ok, warn, err, accent. Wraps where `wrap`."""

    def __init__(
        self,
        text: str = "",
        size: int = theme.BODY,
        weight: int = theme.TEXT,
        kind: str = "text",
        *,
        wrap: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(text, parent)
        self.setFont(theme.font(size, weight))
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setProperty("kind", kind)
        self.setWordWrap(wrap)

    def set_kind(self, kind: str) -> None:
        if self.property("kind") == kind:
            return
        self.setProperty("kind", kind)
        self.style().unpolish(self)
        self.style().polish(self)


class Elided(QWidget):
    """One line that ends in … where there is no room, or has it in the middle; the whole is in its tool tip."""

    def __init__(
        self,
        text: str = "",
        size: int = theme.BODY,
        weight: int = theme.TEXT,
        role: str = "text",
        *,
        right: bool = False,
        middle: bool = False,
    ) -> None:
        super().__init__()
        self._font, self._role, self._right = theme.font(size, weight), role, right
        self._mode = Qt.TextElideMode.ElideMiddle if middle else Qt.TextElideMode.ElideRight
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.set_text(text)

    def set_text(self, text: str) -> None:
        self._text = text
        self.setToolTip(text)
        self.setAccessibleName(text)
        self.updateGeometry()
        self.update()

    @property
    def text(self) -> str:
        return self._text

    def sizeHint(self) -> QSize:
        metrics = QFontMetricsF(self._font)
        return QSize(round(metrics.horizontalAdvance(self._text)) + 2, round(metrics.height()) + 1)

    def minimumSizeHint(self) -> QSize:
        return QSize(24, self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setFont(self._font)
        painter.setPen(theme.current().role(self._role))
        shown = QFontMetricsF(self._font).elidedText(self._text, self._mode, self.width())
        side = Qt.AlignmentFlag.AlignRight if self._right else Qt.AlignmentFlag.AlignLeft
        painter.drawText(self.rect(), side | Qt.AlignmentFlag.AlignVCenter, shown)


class Icon(QWidget):
    """An icon in a role's colour."""

    def __init__(self, name: str, role: str = "muted", size: int = NORMAL, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name, self._role = name, role
        self.setFixedSize(px(size), px(size))

    def show_icon(self, name: str, role: str = "muted") -> None:
        self._name, self._role = name, role
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        draw_icon(painter, self._name, QRectF(self.rect()), self._role)


class Line(QWidget):
    """A divider of 1 px."""

    def __init__(self, *, upright: bool = False, role: str = "line") -> None:
        super().__init__()
        self._role = role
        (self.setFixedWidth if upright else self.setFixedHeight)(1)

    def paintEvent(self, event: QPaintEvent) -> None:
        QPainter(self).fillRect(self.rect(), theme.current().role(self._role))


class Ground(QWidget):
    """A widget filled with a role, with 1 px lines on the sides that are named: any of "ltrb"."""

    def __init__(self, role: str = "bg", lines: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._role, self._lines = role, lines

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        colours = theme.current()
        painter.fillRect(self.rect(), colours.role(self._role))
        rect, line = self.rect(), colours.role("line")
        for side in self._lines:
            if side == "t":
                painter.fillRect(0, 0, rect.width(), 1, line)
            elif side == "b":
                painter.fillRect(0, rect.height() - 1, rect.width(), 1, line)
            elif side == "l":
                painter.fillRect(0, 0, 1, rect.height(), line)
            else:
                painter.fillRect(rect.width() - 1, 0, 1, rect.height(), line)


class _NumberBox(QSpinBox):
    """It shows the minus sign, and takes a hyphen for one."""

    def textFromValue(self, value: int) -> str:
        return super().textFromValue(value).replace("-", "\N{MINUS SIGN}")

    def valueFromText(self, text: str) -> int:
        return super().valueFromText(text.replace("\N{MINUS SIGN}", "-"))

    def validate(self, text: str, at: int) -> Any:
        return (super().validate(text.replace("\N{MINUS SIGN}", "-"), at)[0], text, at)


def spin_box(low: int, high: int, value: int, *, suffix: str = "", name: str = "") -> QSpinBox:
    """A number field. Its text's margins are set here because a sheet cannot."""
    made = _NumberBox()
    made.setRange(low, high)
    made.setValue(value)
    made.setSuffix(suffix)
    made.setAccessibleName(name)
    made.lineEdit().setTextMargins(9, 0, 8, 0)
    return made


def draw_focus(painter: QPainter, rect: QRectF, radius: float) -> None:
    """The ring of a painted control: 2 px accent, just inside `rect`."""
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(QColor(theme.current().role("accent")), 2))
    painter.drawRoundedRect(rect.adjusted(1, 1, -1, -1), radius, radius)
