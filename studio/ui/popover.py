"""What floats over the window: palette, settings, key map, jobs. It is a child of the window, and never modal.

Escape or a click elsewhere closes it, and the focus goes back to where it was.
"""

from PySide6.QtCore import QEvent, QObject, QRectF, Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget

from studio.ui import theme

SHADOW = 14  # px around the card that the shadow may take


class Popover(QWidget):
    """Fill `body`, then `open_at`. Never modal: the rest of the window goes on."""

    def __init__(self, window: QWidget, name: str, width: int) -> None:
        super().__init__(window)
        self.setAccessibleName(name)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._width = theme.px(width)
        self._focus_before: QWidget | None = None
        self.body = QVBoxLayout(self)
        self.body.setContentsMargins(SHADOW, SHADOW, SHADOW, SHADOW)
        self.body.setSpacing(0)
        self.hide()

    def open_at(self, right: int | None = None, top: int = 6, bottom: int | None = None) -> None:
        """Shows it below `top` or above `bottom`, its card's right edge at `right` (None: centred), in the window."""
        window = self.window()
        width = min(self._width, window.width() - 16) + 2 * SHADOW
        self.setFixedWidth(width)
        height = min(self.body.sizeHint().height(), window.height() + 2 * SHADOW - 16)
        left = (window.width() - width) // 2 if right is None else right - width + SHADOW
        y = top - SHADOW if bottom is None else bottom - height + SHADOW
        self.setGeometry(max(8 - SHADOW, left), y, width, height)
        self._focus_before = QApplication.focusWidget()
        QApplication.instance().installEventFilter(self)  # type: ignore[union-attr]
        self.show()
        self.raise_()
        self.setFocus()

    def close_up(self) -> None:
        if self.isVisible():
            QApplication.instance().removeEventFilter(self)  # type: ignore[union-attr]
            had_focus = self.isAncestorOf(QApplication.focusWidget() or self) or self.hasFocus()
            self.hide()
            before, self._focus_before = self._focus_before, None
            if before is not None and had_focus and before.isVisible():
                before.setFocus()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QMouseEvent) and event.type() == QEvent.Type.MouseButtonPress:
            inside = self.rect().adjusted(SHADOW, SHADOW, -SHADOW, -SHADOW)
            if isinstance(watched, QWidget) and not inside.contains(
                self.mapFromGlobal(event.globalPosition().toPoint())
            ):
                popup = QApplication.activePopupWidget()
                if popup is None:
                    self.close_up()
        return False

    def event(self, event: QEvent) -> bool:
        # Escape has a command of its own in the window, which would take it first.
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride:
            event.setAccepted(event.key() in (Qt.Key.Key_Escape, Qt.Key.Key_Tab))
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close_up()
        else:
            super().keyPressEvent(event)

    def focusNextPrevChild(self, forward: bool) -> bool:  # noqa: FBT001
        """Tab goes round inside."""
        moved = super().focusNextPrevChild(forward)
        now = QApplication.focusWidget()
        if now is not None and not self.isAncestorOf(now):
            fields = [
                w for w in self.findChildren(QWidget) if w.focusPolicy() & Qt.FocusPolicy.TabFocus and w.isVisible()
            ]
            if fields:
                fields[0 if forward else -1].setFocus()
        return moved

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colours = theme.current()
        card = QRectF(self.rect()).adjusted(SHADOW, SHADOW, -SHADOW, -SHADOW)
        painter.setPen(Qt.PenStyle.NoPen)
        for spread in range(10, 0, -2):
            painter.setBrush(colours.tint("shadow", 0.10 if colours.is_dark else 0.025))
            painter.drawRoundedRect(card.adjusted(-spread, -spread + 4, spread, spread + 2), 8 + spread, 8 + spread)
        painter.setBrush(colours.role("surface"))
        painter.setPen(QPen(colours.role("line2"), 1))
        painter.drawRoundedRect(card.adjusted(0.5, 0.5, -0.5, -0.5), 8, 8)
