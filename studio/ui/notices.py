"""Notices: a row above the strip that pushes the page up, with Undo or Details. It blocks and covers nothing."""

from PySide6.QtCore import QEvent, QTimer, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from studio.core.text import gettext as _
from studio.ui import theme
from studio.ui.controls import Button, Elided, Ground, Icon, Label
from studio.ui.session import Notice

STAYS_MS = 8_000  # a notice that only tells; warnings and errors stay until they are dismissed
MOST_KEPT = 20
_ICONS = {"info": ("info", "accent"), "ok": ("tick", "ok"), "warn": ("warn", "warn"), "err": ("warn", "err")}


class Notices(Ground):
    """Shows the newest; those that stay come back when it goes. `changed` follows what is shown."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__("surface", "t")
        self.setFixedHeight(theme.px(theme.NOTICE))
        self.setAccessibleName(_("Notice"))
        self._waiting: list[Notice] = []
        self._buttons: list[Button] = []
        layout = QHBoxLayout(self)
        layout.setContentsMargins(16, 0, 10, 0)
        layout.setSpacing(12)
        self._sign = Icon("info")
        layout.addWidget(self._sign)
        words = QWidget()
        words.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        lines = QVBoxLayout(words)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.setSpacing(1)
        lines.addStretch(1)
        self._text = Elided(weight=theme.TITLE)
        self._more = Elided(size=theme.CAPTION, role="muted")
        lines.addWidget(self._text)
        lines.addWidget(self._more)
        lines.addStretch(1)
        layout.addWidget(words, 1)
        self._count = Label("", theme.CAPTION, kind="muted")
        layout.addWidget(self._count)
        self._acts = QHBoxLayout()
        self._acts.setSpacing(8)
        layout.addLayout(self._acts)
        close = Button(icon="cross", kind="ghost", name=_("Dismiss"), key="Esc")
        close.clicked.connect(self.dismiss)
        layout.addWidget(close)
        self._timer = QTimer(self, singleShot=True, interval=STAYS_MS)
        self._timer.timeout.connect(self._leave)
        self.hide()

    @property
    def notice(self) -> Notice | None:
        """What is shown."""
        return self._waiting[-1] if self._waiting else None

    def add(self, notice: Notice) -> None:
        """Shows it now. One that only tells gives way; the same sentence again takes its earlier one's place."""
        self._waiting = [n for n in self._waiting if n.tone in ("warn", "err") and n.text != notice.text][-MOST_KEPT:]
        self._waiting.append(notice)
        self._refresh()

    def dismiss(self) -> None:
        if self._waiting:
            self._waiting.pop()
            self._refresh()

    def withdraw(self, text: str) -> None:
        """What it says is so no more, whether it is shown or waits."""
        left = [notice for notice in self._waiting if notice.text != text]
        if len(left) < len(self._waiting):
            self._waiting = left
            self._refresh()

    def act(self) -> None:
        """What the first button would do."""
        if self._buttons:
            self._buttons[0].click()

    def _leave(self) -> None:
        if self.underMouse() or self.isAncestorOf(self.window().focusWidget() or self.window()):
            self._timer.start()  # somebody is reading it, or about to press its button
        else:
            self.dismiss()

    def _refresh(self) -> None:
        notice = self.notice
        while (item := self._acts.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.deleteLater()
        self._buttons = []
        self._timer.stop()
        self.setVisible(notice is not None)
        if notice is not None:
            self._fill_in(notice)
            if notice.tone in ("info", "ok"):
                self._timer.start()
        self.changed.emit()

    def _fill_in(self, notice: Notice) -> None:
        self._sign.show_icon(*_ICONS[notice.tone])
        self._text.set_text(notice.text)
        self._more.set_text(notice.more)
        self._more.setVisible(bool(notice.more))
        self.setAccessibleDescription(f"{notice.text} {notice.more}".strip())
        others = len(self._waiting) - 1
        self._count.setText(_("and {count} more").format(count=others) if others else "")
        self._count.setVisible(bool(others))
        for place, act in enumerate(notice.acts):
            button = Button(act.label, kind="ghost" if place else "secondary")
            button.clicked.connect(lambda _checked=False, act=act, notice=notice: self._do(act.run, notice))
            self._acts.addWidget(button)
            self._buttons.append(button)

    def _do(self, run: object, notice: Notice) -> None:
        if notice in self._waiting:
            self._waiting.remove(notice)
        self._refresh()
        if callable(run):
            run()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        notice = self.notice
        if notice is not None and notice.tone in ("warn", "err"):
            QPainter(self).fillRect(0, 1, 3, self.height() - 1, theme.current().role(notice.tone))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        self.update()
