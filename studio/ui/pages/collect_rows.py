"""The rows of the script: a class with its takes, a person with their share of each class."""

from collections.abc import Sequence

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QKeyEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractButton, QDoubleSpinBox, QMenu, QSizePolicy, QSpinBox, QWidget

from studio.core.text import gettext as _
from studio.dataset.script import LEAST_S, MOST_S, MOST_WANTED, ScriptClass
from studio.ui import theme
from studio.ui.controls import Button, draw_focus, draw_key_cap, key_cap_width, spin_box
from studio.ui.widgets.dots import PITCH, ProgressDots, SharePies
from studio.ui.widgets.painted import ClassStyle, draw_dot, draw_swatch, px

EDGE = 12  # px at either side
_LEVEL = Qt.AlignmentFlag.AlignVCenter


class _Row(QAbstractButton):
    """One of several to choose from: Up and Down go between them."""

    def __init__(self) -> None:
        super().__init__()
        self.is_chosen = False
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def place(self) -> None:
        """Where its parts lie, at the width it has now."""

    def paint_inside(self, painter: QPainter, rect: QRectF) -> None:
        """Over the ground."""

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.place()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Up):
            self.focusNextPrevChild(event.key() == Qt.Key.Key_Down)
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect = QRectF(self.rect()).adjusted(0, 1, 0, -1)
        if self.is_chosen or self.underMouse():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.current().role("sel" if self.is_chosen else "hover"))
            painter.drawRoundedRect(rect, theme.RADIUS, theme.RADIUS)
        self.paint_inside(painter, rect)
        if self.hasFocus():
            draw_focus(painter, rect, theme.RADIUS)

    def draw_name(self, painter: QPainter, rect: QRectF, name: str) -> None:
        painter.setFont(theme.font(theme.BODY, theme.TITLE if self.is_chosen else theme.NAME))
        painter.setPen(theme.current().role("text"))
        shown = painter.fontMetrics().elidedText(name, Qt.TextElideMode.ElideRight, int(rect.width()))
        painter.drawText(rect, _LEVEL, shown)


class ClassRow(_Row):
    """A class: its key, its name, takes made of those wanted; being edited, how many are wanted and a way out."""

    removed = Signal()
    wanted_changed = Signal(int)
    seconds_changed = Signal(float)

    def __init__(self, label: str, key: int | None) -> None:
        super().__init__()
        self.label = label
        self._key = key
        self._style = ClassStyle(label)
        self._done = self._wanted = 0
        self._seconds = 0.0
        self._field: QSpinBox | None = None
        self._length: QDoubleSpinBox | None = None
        self._remove: Button | None = None
        self._dots = ProgressDots(self)
        self._dots.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.set_editing(False)

    def show_takes(self, style: ClassStyle, done: int, script: ScriptClass, *, chosen: bool) -> None:
        wanted = script.wanted
        self._style, self._done, self._wanted, self.is_chosen = style, done, wanted, chosen
        self._seconds = script.seconds
        self._dots.show_takes(style, done, wanted)
        told = _("{label}: {done} of {wanted} takes").format(label=style.name, done=done, wanted=wanted)
        self.setAccessibleName(told)
        self.setAccessibleDescription(_("selected") if chosen else "")
        self.setToolTip(style.name if self._key is None else f"{style.name}  ({self._key})")
        if self._field is not None and not self._field.hasFocus():
            self._field.setValue(wanted)
        if self._length is not None and not self._length.hasFocus():
            self._length.setValue(script.seconds)
        self.update()

    def set_editing(self, editing: bool) -> None:  # noqa: FBT001
        if editing and self._field is None:
            self._make_fields()
        self._dots.setVisible(not editing)
        self.setFixedHeight(px(34) + (px(theme.CONTROL) + 8 if editing else PITCH + 11))
        for widget in (self._field, self._length, self._remove):
            if widget is not None:
                widget.setVisible(editing)
        if self._remove is not None:
            self._remove.setEnabled(self._done == 0)
        self.place()
        self.update()

    def _make_fields(self) -> None:
        name = self._style.name
        wanted = _("Takes wanted of {label}").format(label=name)
        self._field = spin_box(1, MOST_WANTED, max(self._wanted, 1), name=wanted)
        self._field.setSuffix(_(" takes"))
        self._field.setParent(self)
        self._field.setKeyboardTracking(False)
        self._field.valueChanged.connect(self._tell_wanted)
        self._length = QDoubleSpinBox(self)
        self._length.setRange(LEAST_S, MOST_S)
        self._length.setDecimals(1)
        self._length.setSingleStep(0.5)
        self._length.setSuffix(_(" s"))
        self._length.setValue(self._seconds)
        self._length.setKeyboardTracking(False)
        self._length.lineEdit().setTextMargins(9, 0, 8, 0)
        self._length.setAccessibleName(_("Length of a take of {label}").format(label=name))
        self._length.valueChanged.connect(self._tell_seconds)
        off = _("Take {label} off the script").format(label=name)
        self._remove = Button(icon="cross", kind="ghost", slim=True, name=off, parent=self)
        self._remove.clicked.connect(self.removed)

    def _tell_wanted(self, count: int) -> None:
        if count != self._wanted:
            self.wanted_changed.emit(count)

    def _tell_seconds(self, seconds: float) -> None:
        if abs(seconds - self._seconds) > 1e-6:
            self.seconds_changed.emit(seconds)

    @property
    def _editing(self) -> bool:
        return self._field is not None and not self._field.isHidden()

    @property
    def _left(self) -> int:
        """Of the name's swatch and all that is under it, right of the key cap."""
        return EDGE + px(18) + 10

    def place(self) -> None:
        width, left = self.width(), self._left
        self._dots.setGeometry(left, px(34) + 2, width - EDGE - left, PITCH)  # ends where the count above does
        if self._field is not None and self._length is not None and self._remove is not None:
            high, room = px(theme.CONTROL), width - EDGE - left - 8
            wide = room * 4 // 7  # " takes" is longer than " s"
            self._field.setGeometry(left, px(34), wide, high)
            self._length.setGeometry(left + wide + 8, px(34), room - wide, high)
            side = px(theme.TOOLBAR_CONTROL)
            self._remove.setGeometry(width - side - 2, 4, side, side)

    def paint_inside(self, painter: QPainter, rect: QRectF) -> None:
        middle, left = 8 + px(10), self._left
        if self._key is not None:
            key = str(self._key)
            draw_key_cap(painter, EDGE + (px(18) - key_cap_width(key)) / 2, middle, key, "muted")
        draw_swatch(painter, left, middle, self._style)
        right = rect.width() - (px(theme.TOOLBAR_CONTROL) + 2 if self._editing else EDGE)
        if not self._editing:
            count = f"{self._done:,} / {self._wanted:,}"
            painter.setFont(theme.font())
            width = painter.fontMetrics().horizontalAdvance(count)
            right -= width
            painter.setPen(theme.current().role("muted"))
            painter.drawText(QRectF(right, 8, width + 1, px(20)), _LEVEL, count)
        self.draw_name(painter, QRectF(left + px(18), 8, right - left - px(18) - 6, px(20)), self._style.name)


class PersonRow(_Row):
    """A person's name, or code, whether they have agreed, their share of each class, and a menu to ask and to withdraw
    them.
    """

    asked_for_consent = Signal()
    withdrawn = Signal()

    def __init__(self, code: str) -> None:
        super().__init__()
        self.code = code
        self._name = ""
        self._has_agreed = False
        self._pies = SharePies(self)
        self._pies.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFixedHeight(px(34))

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        name = self._name or self.code
        menu.addAction(_("Note consent of {name}").format(name=name), self.asked_for_consent.emit)
        menu.addAction(_("Take all recordings of {name} out").format(name=name), self.withdrawn.emit)
        menu.popup(event.globalPos())

    def show_shares(
        self, name: str, shares: Sequence[tuple[ClassStyle, float]], *, chosen: bool, agreed: str | None
    ) -> None:
        """name: "" where only the code is known. agreed: to what and when; None: nothing is noted."""
        self._name, self.is_chosen, self._has_agreed = name, chosen, agreed is not None
        consent = agreed or _("no consent noted")
        whole = _("{name}, {code}").format(name=name, code=self.code) if name else self.code
        self.setToolTip(_("{name}: {consent}").format(name=whole, consent=consent))
        self._pies.show_shares(shares)
        self.setAccessibleName(_("Person {code}").format(code=whole))
        told = _("{consent}; {shares}").format(consent=consent, shares=self._pies.accessibleName())
        self.setAccessibleDescription(_("selected, {shares}").format(shares=told) if chosen else told)
        self.place()
        self.update()

    def place(self) -> None:
        hint = self._pies.sizeHint()
        left, top = self.width() - 8 - hint.width(), (self.height() - hint.height()) // 2
        self._pies.setGeometry(left, top, hint.width(), hint.height())

    def paint_inside(self, painter: QPainter, rect: QRectF) -> None:
        side = px(20)
        disc = QRectF(EDGE, rect.center().y() - side / 2, side, side)
        draw_dot(painter, disc.center(), side / 2, "accent" if self.is_chosen else "press")
        painter.setFont(theme.font(11, theme.TITLE))
        painter.setPen(theme.current().role("on_accent" if self.is_chosen else "muted"))
        painter.drawText(disc, Qt.AlignmentFlag.AlignCenter, "P")
        sign = "✓" if self._has_agreed else "?"
        painter.setPen(theme.current().role("ok" if self._has_agreed else "muted"))
        painter.setFont(theme.font(theme.CAPTION, theme.TITLE))
        room = self._pies.x() - disc.right() - 16 - px(14)
        painter.drawText(QRectF(disc.right() + 8 + room, rect.top(), px(12), rect.height()), _LEVEL, sign)
        self.draw_name(painter, QRectF(disc.right() + 8, rect.top(), room, rect.height()), self._name or self.code)


class PiesHead(QWidget):
    """The classes' swatches over the people's pies."""

    def __init__(self) -> None:
        super().__init__()
        self._styles: list[ClassStyle] = []
        self.setFixedHeight(20)

    def show_styles(self, styles: Sequence[ClassStyle]) -> None:
        self._styles = list(styles)
        self.setAccessibleName(", ".join(style.name for style in styles))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        left = self.width() - 8 - SharePies.STEP * len(self._styles)
        for place, style in enumerate(self._styles):
            draw_swatch(painter, left + (place + 0.5) * SharePies.STEP - px(8) / 2, self.height() / 2, style, 8)
