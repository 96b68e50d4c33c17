"""The connection doctor of Devices: an address to try, its steps with ticks, and what to do about one that failed."""

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from studio.boards.doctor import Finding, Outcome, first_finding
from studio.core.text import gettext as _
from studio.ui import theme
from studio.ui.controls import Button, Elided, Ground, Label
from studio.ui.icons import SMALL, draw_icon
from studio.ui.theme import px

ROW = 32  # px of height of a step
NARROW = 640  # px of width: what is beside each other goes below


class Doctor(Ground):
    """Below the boards: an address to try, its steps with ticks, and what to do about the one that failed."""

    tried = Signal(str)

    def __init__(self) -> None:
        super().__init__("bg", "t")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 16, 24, 16)
        layout.setSpacing(12)
        head = QHBoxLayout()
        head.setSpacing(10)
        head.addWidget(Label(_("Not here?"), weight=theme.TITLE))
        self._hint = Elided(_("Name its port or address; each step shows what stands in the way."), role="muted")
        head.addWidget(self._hint, 1)
        self._field = QLineEdit()
        self._field.setPlaceholderText("serial:/dev/ttyACM0")
        self._field.setAccessibleName(_("Address of a board"))
        self._field.setMinimumWidth(px(120))
        self._field.setMaximumWidth(px(240))
        self._field.returnPressed.connect(self._try)
        self._try_button = Button(_("Try it"), "refresh")
        self._try_button.clicked.connect(self._try)
        head.addWidget(self._field, 1)
        head.addWidget(self._try_button)
        layout.addLayout(head)
        self._body = QWidget()
        self._across = row = QHBoxLayout(self._body)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(28)
        self._steps = _Steps()
        self._remedy = _Remedy()
        row.addWidget(self._steps)
        row.addWidget(self._remedy, 1)
        layout.addWidget(self._body)
        self._body.hide()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        narrow = self.width() < px(NARROW)
        self._hint.setVisible(not narrow)
        self._across.setDirection(QBoxLayout.Direction.TopToBottom if narrow else QBoxLayout.Direction.LeftToRight)

    def focus_field(self) -> None:
        self._field.setFocus()
        self._field.selectAll()

    def show_finding(self, finding: Finding) -> None:
        self._body.show()
        self._steps.show_steps(finding)
        self._remedy.show_finding(finding)
        self._try_button.set_text(_("Try again") if finding.error is not None else _("Try it"))

    def _try(self) -> None:
        text = self._field.text().strip() or self._field.placeholderText()
        self._field.setText(text)
        self.tried.emit(text)


class _Steps(QWidget):
    def __init__(self) -> None:
        super().__init__()
        self._finding = first_finding()
        self.setFixedWidth(px(364))

    def show_steps(self, finding: Finding) -> None:
        self._finding = finding
        self.setFixedHeight(px(ROW) * len(finding.steps))
        told = ", ".join(f"{step.name}: {step.detail or _(step.outcome.value)}" for step in finding.steps)
        self.setAccessibleName(_("Steps"))
        self.setAccessibleDescription(told)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colours = theme.current()
        row, mid = px(ROW), 8 + px(18) / 2
        painter.fillRect(QRectF(mid, row / 2, 1, self.height() - row), colours.role("line2"))
        for place, step in enumerate(self._finding.steps):
            y = place * row
            rect = QRectF(0, y, self.width(), row)
            failed, done = step.outcome is Outcome.FAILED, step.outcome is Outcome.DONE
            if failed:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(colours.role("err_ground"))
                painter.drawRoundedRect(rect.adjusted(0, 1, 0, -1), 6, 6)
            disc = QRectF(8, y + px(7), px(18), px(18))
            ground = "err" if failed else "ok_ground" if done else "bg"
            painter.setBrush(colours.role(ground))
            dashed = QPen(colours.role("edge"), 1, Qt.PenStyle.DashLine)
            painter.setPen(Qt.PenStyle.NoPen if failed or done else dashed)
            painter.drawEllipse(disc)
            if failed or done:
                mark = QRectF(disc.left() + px(2), disc.top() + px(2), px(SMALL), px(SMALL))
                draw_icon(painter, "cross" if failed else "tick", mark, "surface" if failed else "ok")
            painter.setFont(theme.font(theme.BODY, theme.TITLE if failed else theme.TEXT))
            painter.setPen(colours.role("err" if failed else "text" if done else "muted"))
            painter.drawText(QRectF(px(40), y, px(200), row), Qt.AlignmentFlag.AlignVCenter, step.name)
            side = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
            painter.setFont(theme.font())
            painter.setPen(colours.role("err" if failed else "muted"))
            detail = step.detail or ("" if failed or done else _(step.outcome.value))
            painter.drawText(QRectF(px(200), y, self.width() - px(200) - 8, row), side, detail)


class _Remedy(QWidget):
    """What happened and what to do next, beside the steps."""

    def __init__(self) -> None:
        super().__init__()
        self._tone = "line2"
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 14, 20, 14)
        layout.setSpacing(6)
        self._what = Label("", theme.SECTION, theme.TITLE, wrap=True)
        self._next = Label("", kind="muted", wrap=True)
        layout.addWidget(self._what)
        layout.addWidget(self._next)
        layout.addStretch(1)

    def show_finding(self, finding: Finding) -> None:
        self._tone = "line2"
        if finding.error is not None:
            self._tone = "err"
            self._what.setText(str(finding.error))
            self._next.setText(finding.error.advice())
        elif finding.hello is not None:
            self._tone = "ok"
            self._what.setText(_("{name} answers.").format(name=finding.hello.name))
            self._next.setText(_("It is among the boards above; use it when you like."))
        else:
            self._what.setText(_("Trying {address}").format(address=finding.address) if finding.address else "")
            self._next.setText(_("This takes a few seconds where nothing answers."))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(theme.current().role(self._tone), 1.5))
        painter.setBrush(theme.current().role("surface"))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 8, 8)
