"""The script beside the traces: classes with their takes, people with theirs, and how much is left to do."""

from collections.abc import Mapping, Sequence
from functools import partial

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QScrollArea, QVBoxLayout, QWidget

from studio.core.text import gettext as _
from studio.dataset.people import Consent
from studio.dataset.script import Progress
from studio.dataset.script_text import script_text
from studio.ui import theme
from studio.ui.class_styles import is_unnamed
from studio.ui.controls import Button, Elided, Ground, Label, Line
from studio.ui.pages.collect_circumstances import Circumstances, ScriptText
from studio.ui.pages.collect_kinds import Words
from studio.ui.pages.collect_rows import EDGE, ClassRow, PersonRow, PiesHead
from studio.ui.widgets.inline_field import InlineField
from studio.ui.widgets.painted import ClassStyle

WIDTH = 248
PAUSE_S = 2.5  # between takes, for the time that is left
KEYED = 9  # classes that have a key
MOST_PIES = 7


class ScriptColumn(Ground):
    """Says by signal what is chosen and what is to be changed; it changes nothing itself."""

    class_chosen = Signal(str)
    person_chosen = Signal(str)
    class_added = Signal(str)
    class_removed = Signal(str)
    person_added = Signal(str)
    wanted_changed = Signal(str, int)
    seconds_changed = Signal(str, float)
    text_entered = Signal(str)
    consent_noted = Signal(str, str)  # code, scope
    withdrawn = Signal(str)

    def __init__(self) -> None:
        super().__init__("surface", "r")
        self.setFixedWidth(theme.column(WIDTH))
        self.setAccessibleName(_("Script"))
        self.progress = Progress()
        self.label = self.person = ""
        self._styles: Mapping[str, ClassStyle] = {}
        self._editing = self._asked = self._is_read = False
        self._class_rows: dict[str, ClassRow] = {}
        self._person_rows: dict[str, PersonRow] = {}
        self.consents: Mapping[str, Consent] = {}
        self.names: Mapping[str, str] = {}
        outside = QVBoxLayout(self)
        outside.setContentsMargins(0, 0, 1, 0)
        outside.setSpacing(0)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        outside.addWidget(area, 1)
        holder = QWidget()
        holder.setObjectName("page")
        area.setWidget(holder)
        area.verticalScrollBar().rangeChanged.connect(self._leave_room)
        column = self._column = QVBoxLayout(holder)
        column.setContentsMargins(12, 16, 10, 8)
        column.setSpacing(0)
        self.edit = Button(_("Edit"), kind="link")
        self.edit.setCheckable(True)
        self.edit.setAccessibleName(_("Edit the script"))
        self.edit.toggled.connect(self._set_editing)
        self.add_class = Button(_("Add"), kind="link")
        self.add_class.setAccessibleName(_("Add a class"))
        self.add_class.clicked.connect(self.ask_for_class)
        column.addLayout(_head(_("Script"), self.edit, self.add_class))
        column.addSpacing(8)
        self.text = ScriptText()
        self.text.entered.connect(self.text_entered)
        self._written = QWidget()
        around = QVBoxLayout(self._written)
        around.setContentsMargins(EDGE, 0, EDGE, 8)
        around.addWidget(self.text)
        self._written.hide()
        column.addWidget(self._written)
        self._classes = QVBoxLayout()
        self._classes.setSpacing(0)
        column.addLayout(self._classes)
        self.class_field = InlineField(_("a word, such as yes"), _("Name of the new class"))
        self.class_field.entered.connect(self.class_added)
        column.addWidget(self.class_field)
        column.addSpacing(14)
        line = QHBoxLayout()
        line.setContentsMargins(EDGE, 0, EDGE, 0)
        line.addWidget(Line())
        column.addLayout(line)
        column.addSpacing(12)
        self.add_person = Button(_("Add"), kind="link")
        self.add_person.setAccessibleName(_("Add a person"))
        self.add_person.clicked.connect(self.ask_for_person)
        column.addLayout(_head(_("People"), self.add_person))
        self._pies_head = PiesHead()
        column.addWidget(self._pies_head)
        self._people = QVBoxLayout()
        self._people.setSpacing(0)
        column.addLayout(self._people)
        self._person_field = InlineField(_("a name; files say P01"), _("Name or code of the new person"))
        self._person_field.entered.connect(self.person_added)
        column.addWidget(self._person_field)
        self._nobody = Label("", theme.CAPTION, kind="muted", wrap=True)
        self._nobody.setContentsMargins(EDGE, 4, EDGE, 0)
        column.addWidget(self._nobody)
        self.circumstances = Circumstances()
        self.circumstances.consent_noted.connect(lambda scope: self.consent_noted.emit(self.person, scope))
        # once the column has made room for it
        self.circumstances.asked.connect(
            lambda: QTimer.singleShot(0, area, lambda: area.ensureWidgetVisible(self.circumstances.scope))
        )
        column.addWidget(self.circumstances)
        column.addStretch(1)
        outside.addLayout(self._make_foot())

    def show_words(self, words: Words) -> None:
        """Of the project's template."""
        self.class_field.show_example(_(words.example))
        self._nobody.setText(_(words.who))

    def show_progress(self, progress: Progress, styles: Mapping[str, ClassStyle], *, is_read: bool) -> None:
        """is_read: whether that is what the project has, and not only what there is before it was looked at."""
        self._styles = styles
        labels = [each.label for each in progress.script.classes]
        people = list(progress.script.people)
        rebuild = (labels, people) != (list(self._class_rows), list(self._person_rows))
        self.progress, self._is_read = progress, is_read
        if rebuild:
            self._rebuild(labels, people)
        self._refresh()

    def choose(self, label: str, person: str) -> None:
        """What the next take is of, and who says it; "" for nobody."""
        self.label, self.person = label, person
        self._refresh()

    def show_names(self, names: Mapping[str, str]) -> None:
        """By code, of those who have one."""
        self.names = names
        self._refresh()

    def show_consents(self, consents: Mapping[str, Consent]) -> None:
        """By code, of those who have one."""
        self.consents = consents
        self._refresh()

    def ask_for_class(self) -> None:
        self.class_field.ask()

    def ask_for_person(self) -> None:
        self._person_field.ask()

    @property
    def asks_for_class(self) -> bool:
        """Whether no class is there that the user named: then the field for one is always open."""
        return self._is_read and all(is_unnamed(label) for label in self._class_rows)

    @property
    def class_rows(self) -> Sequence[ClassRow]:
        return list(self._class_rows.values())

    def _rebuild(self, labels: Sequence[str], people: Sequence[str]) -> None:
        focused = next((label for label, row in self._class_rows.items() if row.hasFocus()), "")
        for row in (*self._class_rows.values(), *self._person_rows.values()):
            row.hide()
            row.setParent(None)
            row.deleteLater()
        self._class_rows, self._person_rows = {}, {}
        before: QWidget = self.add_class
        for place, label in enumerate(labels):
            row = ClassRow(label, place + 1 if place < KEYED else None)
            row.clicked.connect(lambda _checked=False, label=label: self.class_chosen.emit(label))
            row.removed.connect(lambda label=label: self.class_removed.emit(label))
            row.wanted_changed.connect(lambda count, label=label: self.wanted_changed.emit(label, count))
            row.seconds_changed.connect(lambda seconds, label=label: self.seconds_changed.emit(label, seconds))
            row.set_editing(self._editing)
            self._class_rows[label] = row
            self._classes.addWidget(row)
            QWidget.setTabOrder(before, row)
            before = row
        QWidget.setTabOrder(before, self.class_field)
        QWidget.setTabOrder(self.class_field, self.add_person)
        before = self.add_person
        for code in people:
            person = PersonRow(code)
            person.clicked.connect(lambda _checked=False, code=code: self.person_chosen.emit(code))
            person.withdrawn.connect(lambda code=code: self.withdrawn.emit(code))
            person.asked_for_consent.connect(partial(self._ask_for_consent, code))
            self._person_rows[code] = person
            self._people.addWidget(person)
            QWidget.setTabOrder(before, person)
            before = person
        QWidget.setTabOrder(before, self._person_field)
        if focused in self._class_rows:
            self._class_rows[focused].setFocus()

    def _refresh(self) -> None:
        progress, script = self.progress, self.progress.script
        for each in script.classes:
            row = self._class_rows.get(each.label)
            if row is not None:
                style = self._styles.get(each.label, ClassStyle(each.label))
                row.show_takes(style, progress.made(each.label), each, chosen=each.label == self.label)
        shown = [each.label for each in script.classes[:MOST_PIES]]
        self._pies_head.show_styles([self._styles.get(label, ClassStyle(label)) for label in shown])
        for code, person in self._person_rows.items():
            shares = [(self._styles.get(of, ClassStyle(of)), progress.share(of, code)) for of in shown]
            agreed = self.consents.get(code)
            told = None if agreed is None else str(agreed)
            person.show_shares(self.names.get(code, ""), shares, chosen=code == self.person, agreed=told)
        chosen = self.person if self.person in self._person_rows else ""
        self.circumstances.show_person(chosen, self.consents, self.names)
        self.text.show_script(script_text(script.classes))
        if self.asks_for_class != self._asked:
            self._asked = self.asks_for_class
            self.class_field.setVisible(self._asked or self.class_field.hasFocus())
        self._pies_head.setVisible(bool(self._person_rows))
        self._nobody.setVisible(not self._person_rows)
        made, wanted = progress.total
        self._made.set_text(_("{made:,} of {wanted:,} takes").format(made=made, wanted=wanted))
        minutes = progress.seconds_left(PAUSE_S) / 60
        self._left.setText(_("{minutes:.0f} min to go").format(minutes=max(minutes, 1)) if minutes else _("all made"))
        self._bar.setRange(0, max(wanted, 1))
        self._bar.setValue(made)
        self._bar.setAccessibleName(_("{made} of {wanted} takes").format(made=made, wanted=wanted))

    def _ask_for_consent(self, code: str) -> None:
        self.person_chosen.emit(code)
        self.circumstances.ask()

    def _leave_room(self, _least: int, most: int) -> None:
        """A scroll bar takes the place of the margin."""
        self._column.setContentsMargins(12, 16, 0 if most else 10, 8)

    def _set_editing(self, editing: bool) -> None:  # noqa: FBT001  as toggled gives it
        self._editing = editing
        self.edit.set_text(_("Done") if editing else _("Edit"))
        self._written.setVisible(editing)
        for row in self._class_rows.values():
            row.set_editing(editing)

    def _make_foot(self) -> QVBoxLayout:
        foot = QVBoxLayout()
        foot.setContentsMargins(24, 8, 20, 18)
        foot.setSpacing(6)
        words = QHBoxLayout()
        self._made = Elided(weight=theme.TITLE)
        self._left = Label("", kind="muted")
        words.addWidget(self._made)
        words.addWidget(self._left)
        foot.addLayout(words)
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        foot.addWidget(self._bar)
        return foot


def _head(title: str, *links: Button) -> QHBoxLayout:
    head = QHBoxLayout()
    head.setContentsMargins(EDGE, 0, 8, 0)
    head.setSpacing(2)
    head.addWidget(Label(title, weight=theme.TITLE))
    head.addStretch(1)
    for link in links:
        head.addWidget(link)
    return head
