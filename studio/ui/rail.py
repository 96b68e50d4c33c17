"""The rail: the workflow's pages, each with its state. Arrow keys move in it, Enter opens."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QVBoxLayout

from studio.core.text import gettext as _
from studio.ui import theme
from studio.ui.controls import Ground, Label, Line, draw_focus
from studio.ui.icons import NORMAL, draw_icon
from studio.ui.pages.page import PageRow
from studio.ui.progress import Mark, PageState

_OWN_KEYS = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space, Qt.Key.Key_Down, Qt.Key.Key_Up)
_ENTRY, _ICON_LEFT = 36, 10
_MARK_ICONS = {Mark.DONE: ("tick", "ok"), Mark.STALE: ("stale", "warn")}


def draw_mark(painter: QPainter, mark: Mark, rect: QRectF) -> None:
    """Nothing: a ring; in work: half a disc; done: a tick; stale: arrows in a circle."""
    colours = theme.current()
    if mark in _MARK_ICONS:
        icon, role = _MARK_ICONS[mark]
        draw_icon(painter, icon, rect, role)
        return
    side = theme.px(8 if mark is Mark.NOTHING else 9)
    ring = QRectF(0, 0, side, side)
    ring.moveCenter(rect.center())
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(colours.role("line2" if mark is Mark.NOTHING else "accent"), 1.5))
    painter.drawEllipse(ring)
    if mark is Mark.IN_WORK:
        painter.setBrush(colours.role("accent"))
        painter.drawPie(ring, -90 * 16, 180 * 16)


class RailEntry(QAbstractButton):
    """One page. Painted; says its title and state to screen readers."""

    def __init__(self, icon: str, title: str) -> None:
        super().__init__()
        self.icon_name, self.title = icon, title
        self._chosen = self._narrow = False
        self._state: PageState | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFixedHeight(theme.px(_ENTRY))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self._describe()

    def show_state(self, state: PageState | None) -> None:
        self._state = state
        self._describe()
        self.update()

    def choose(self, chosen: bool) -> None:  # noqa: FBT001
        self._chosen = chosen
        self._describe()
        self.update()

    def set_narrow(self, narrow: bool) -> None:  # noqa: FBT001
        self._narrow = narrow
        self._describe()
        self.update()

    def _describe(self) -> None:
        words = self._state.words if self._state else ""
        self.setAccessibleName(f"{self.title}, {words}" if words else self.title)
        self.setAccessibleDescription(_("shown") if self._chosen else "")
        self.setToolTip(f"{self.title}: {words}" if words else self.title if self._narrow else "")

    def sizeHint(self) -> QSize:
        return QSize(theme.px(theme.RAIL) - 17, theme.px(_ENTRY))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        elif event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Up):
            self.focusNextPrevChild(event.key() == Qt.Key.Key_Down)
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        # Enter and Space belong to the entry that has the focus, whatever commands have these keys.
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride and event.key() in _OWN_KEYS:
            event.accept()
            return True
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colours = theme.current()
        rect = QRectF(self.rect())
        if self._chosen or self.underMouse():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colours.role("sel" if self._chosen else "hover"))
            painter.drawRoundedRect(rect, theme.RADIUS, theme.RADIUS)
        middle = rect.height() / 2
        ink = "accent" if self._chosen else "muted"
        icon = theme.px(NORMAL)
        draw_icon(painter, self.icon_name, QRectF(_ICON_LEFT, middle - icon / 2, icon, icon), ink)
        if not self._narrow:
            painter.setFont(theme.font(theme.BODY, theme.TITLE if self._chosen else theme.NAME))
            painter.setPen(colours.role("accent" if self._chosen else "text"))
            left = _ICON_LEFT + icon + 10
            painter.drawText(rect.adjusted(left, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, self.title)
        if self._state is not None:
            side = theme.px(11 if self._narrow else 14)
            beside = QPointF(rect.right() - side - 8, middle - side / 2)
            at = QPointF(rect.right() - side - 2, 3) if self._narrow else beside
            draw_mark(painter, self._state.mark, QRectF(at.x(), at.y(), side, side))
        if self.hasFocus():
            draw_focus(painter, rect, theme.RADIUS)


class Rail(Ground):
    """Entries in the pages' order under their groups' names, and what folds it to icons."""

    page_chosen = Signal(str)
    fold_asked = Signal()

    def __init__(self, pages: Sequence[PageRow]) -> None:
        super().__init__("bg", "r")
        self.setAccessibleName(_("Pages"))
        self._entries: dict[str, RailEntry] = {}
        self._heads: list[tuple[Label, Line]] = []
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 12, 9, 8)
        layout.setSpacing(2)
        group = ""
        for row in pages:
            if row.group != group:
                group = row.group
                self._add_group(layout, _(group))
            entry = RailEntry(row.icon, _(row.title))
            entry.clicked.connect(lambda _checked=False, name=row.name: self.page_chosen.emit(name))
            self._entries[row.name] = entry
            layout.addWidget(entry)
        layout.addStretch(1)
        self._fold = RailEntry("rail", _("Collapse"))
        self._fold.clicked.connect(self.fold_asked)
        layout.addWidget(self._fold)
        self.set_narrow(False)

    @property
    def narrow(self) -> bool:
        return self._narrow

    def set_narrow(self, narrow: bool) -> None:  # noqa: FBT001
        self._narrow = narrow
        self.setFixedWidth(theme.px(NORMAL) + theme.RAIL_COLLAPSED - NORMAL if narrow else theme.px(theme.RAIL))
        for entry in (*self._entries.values(), self._fold):
            entry.set_narrow(narrow)
        for label, line in self._heads:
            label.setVisible(not narrow)
            line.setVisible(narrow)

    def choose(self, page: str) -> None:
        for name, entry in self._entries.items():
            entry.choose(name == page)

    def show_states(self, states: dict[str, PageState]) -> None:
        for name, entry in self._entries.items():
            entry.show_state(states.get(name))

    def entry(self, page: str) -> RailEntry:
        return self._entries[page]

    def _add_group(self, layout: QVBoxLayout, text: str) -> None:
        label, line = Label(text, theme.CAPTION, theme.HEAD, "muted"), Line()
        label.setContentsMargins(11, 10, 0, 4)
        layout.addWidget(label)
        layout.addWidget(line)
        self._heads.append((label, line))
