"""Under the people of the script: what the one who is chosen has agreed to, and where takes are made."""

import datetime as dt
from collections.abc import Mapping

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QPlainTextEdit, QVBoxLayout, QWidget

from studio.core.text import gettext as _
from studio.dataset.people import SCOPES, Consent
from studio.ui import theme
from studio.ui.controls import Button, Elided, Label
from studio.ui.pages.collect_rows import EDGE
from studio.ui.widgets.inline_field import InlineField
from studio.ui.widgets.painted import px

LINES = 3  # of the script as text
MOST_PLACE = 80  # characters, as of a label
_ENDS = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Escape)


def _keeps(event: QEvent) -> bool:
    """Enter and Escape have commands of their own in the window, which would take them before a field has them."""
    kept = isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride and event.key() in _ENDS
    if kept:
        event.accept()
    return kept


class Circumstances(QWidget):
    """consent_noted: the scope, of today, for the person who is shown."""

    consent_noted = Signal(str)
    asked = Signal()  # the field for it is open

    def __init__(self) -> None:
        super().__init__()
        self._consents: Mapping[str, Consent] = {}
        self._person = self._name = ""
        column = QVBoxLayout(self)
        column.setContentsMargins(EDGE, 6, 8, 0)
        column.setSpacing(4)
        self._who = QWidget()
        line = QHBoxLayout(self._who)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(6)
        self.agreed = Elided(size=theme.CAPTION, role="muted")
        self.note = Button(_("Note"), kind="link")
        self.note.clicked.connect(self.ask)
        line.addWidget(self.agreed, 1)
        line.addWidget(self.note)
        column.addWidget(self._who)
        self.scope = InlineField(_(SCOPES[0]), _("What this person agrees to, from today"))
        self.scope.entered.connect(self._enter)
        column.addWidget(self.scope)
        column.addSpacing(6)
        place = QHBoxLayout()
        place.setContentsMargins(0, 0, 0, 0)
        place.setSpacing(8)
        place.addWidget(Label(_("Place"), kind="muted"))
        self.place = PlaceField()
        self.place.setPlaceholderText(_("such as kitchen"))
        self.place.setMaxLength(MOST_PLACE)
        self.place.setAccessibleName(_("Place where takes are made"))
        place.addWidget(self.place, 1)
        column.addLayout(place)
        self.show_person("", {}, {})

    @property
    def where(self) -> str:
        """One line of at most MOST_PLACE characters, as `record --place` takes it."""
        return "".join(each for each in self.place.text() if each.isprintable()).strip()

    def consent_of(self, code: str) -> str | None:
        """As recordings say it."""
        consent = self._consents.get(code)
        return None if consent is None else str(consent)

    def show_person(self, code: str, consents: Mapping[str, Consent], names: Mapping[str, str]) -> None:
        """The one who is chosen; "" for nobody. names: by code, of those who have one."""
        if code != self._person:
            self.scope.hide()
        self._person, self._consents, self._name = code, consents, names.get(code, code)
        told = self.consent_of(code)
        self._who.setVisible(bool(code))
        self._tell()
        self.note.set_text(_("Change") if told else _("Note"))
        self.note.setAccessibleName(_("Note what {name} agrees to").format(name=self._name))

    def ask(self) -> None:
        self.scope.ask()
        consent = self._consents.get(self._person)
        self.scope.setText(_(SCOPES[0]) if consent is None else consent.scope)
        self.scope.setSelection(len(self.scope.text()), -len(self.scope.text()))  # its beginning is seen
        self._tell()
        self.asked.emit()

    def _tell(self) -> None:
        name, consent = self._name, self._consents.get(self._person)
        if self.scope.isVisibleTo(self):
            today = dt.datetime.now().astimezone().date()
            told = _("{name} agrees {date}").format(name=name, date=today.isoformat())
        elif consent is None:
            told = _("{name}: no consent noted").format(name=name)
        else:
            told = _("{name} agreed {date}: {scope}")
            told = told.format(name=name, date=consent.date.isoformat(), scope=consent.scope)
        self.agreed.set_text(told)

    def _enter(self, scope: str) -> None:
        self.scope.hide()
        self.scope.show_example(_(SCOPES[0]))
        self.note.setFocus()
        self.consent_noted.emit(scope)


class PlaceField(QLineEdit):
    """It stays as it is typed: Enter and Escape leave it, so that letters are commands again."""

    def event(self, event: QEvent) -> bool:
        return _keeps(event) or super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in _ENDS:
            self.clearFocus()
        else:
            super().keyPressEvent(event)


class ScriptText(QPlainTextEdit):
    """The script as text, while it is edited. Enter takes it, Shift+Enter begins a line, Escape gives it back."""

    entered = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._before = self._entered = ""
        self.setAccessibleName(_("The script as text: Enter takes it"))
        self.setPlaceholderText(_("yes 20, no 20, background 1 x 60 s"))
        self.setTabChangesFocus(True)

    def showEvent(self, event: QShowEvent) -> None:
        """Not before is its font the look's."""
        self.setFixedHeight(LINES * self.fontMetrics().lineSpacing() + px(24))
        super().showEvent(event)

    def show_script(self, text: str) -> None:
        """What is being typed stays, until it is the script."""
        typed = self.toPlainText()
        if not self.hasFocus() or (text != self._before and typed in ("", self._before, self._entered)):
            self.setPlainText(text)
        self._before = text

    def event(self, event: QEvent) -> bool:
        return _keeps(event) or super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        shifted = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not shifted:
            self._entered = self.toPlainText()
            self.entered.emit(self._entered)
        elif event.key() == Qt.Key.Key_Escape:
            self.setPlainText(self._before)
        else:
            super().keyPressEvent(event)
