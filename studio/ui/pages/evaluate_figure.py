"""A large figure of Evaluate."""

from PySide6.QtWidgets import QVBoxLayout, QWidget

from studio.ui import theme
from studio.ui.controls import Label


class Figure(QWidget):
    """A large figure, what it is, and how sure."""

    def __init__(self) -> None:
        super().__init__()
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(1)
        self._value = Label(size=theme.FIGURE, weight=theme.TITLE)
        self._what = Label(weight=theme.TITLE, wrap=True)
        self._sure = Label(kind="muted", size=theme.CAPTION, wrap=True)
        for label in (self._value, self._what, self._sure):
            box.addWidget(label)
        box.addStretch(1)

    def show_figure(self, value: str, what: str, sure: str, *, kind: str = "text") -> None:
        self._value.setText(value)
        self._value.set_kind(kind)
        self._what.setText(what)
        self._sure.setText(sure)
        self.setAccessibleName(f"{what}: {value}, {sure}")
