"""What Collect changes: the script, which is shown at once and noted on the catalogue's thread; takes that go."""

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from studio.core.errors import StudioError
from studio.core.text import counted
from studio.core.text import gettext as _
from studio.dataset.people import Consent, checked_consent
from studio.dataset.script import TAKE_S, Script, keep_script
from studio.dataset.values import value_of
from studio.ui.bridge import when_done
from studio.ui.class_styles import shown_label
from studio.ui.pages.collect_reading import ShownTake
from studio.ui.pages.collect_script import ScriptColumn
from studio.ui.session import Act, Notice
from studio.ui.together import TakeMade
from studio.ui.widgets.painted import ClassStyle

if TYPE_CHECKING:
    from studio.dataset.project import Project
    from studio.dataset.withdrawal import Withdrawal
    from studio.ui.session import Session

VALUE_S = 10.0  # of readings at a value


def remove_take(session: "Session", take: ShownTake, style: ClassStyle) -> None:
    """Out of the catalogue, with what was recorded beside it, until Undo."""
    from studio.dataset.selection import taken_with

    title = _("Remove {label}, take {number}").format(label=style.name, number=take.number)
    said = _("{label}, take {number} is removed.").format(label=style.name, number=take.number)
    session.edit(title, lambda edit: edit.remove(taken_with(take.id)), said=said)


def discard_cut(session: "Session", made: TakeMade) -> None:
    """What a problem left of a take."""
    from studio.dataset.selection import of_recordings

    ids = [each.sidecar.id for each in (*made.recorded, *made.beside)]
    if ids and not made.entered:
        told = _("Its files are kept, and offered when the project is opened again.")
        session.notify(Notice(_("The take is not in the catalogue."), told))
    elif ids:
        session.edit(_("Discard a take that was cut"), lambda edit: edit.remove(of_recordings(ids)))


class ScriptEditor(QObject):
    """`changed` gives the new script; added_class and added_person are what it has more, "" for nothing."""

    changed = Signal(object)  # Script

    def __init__(self, session: "Session", column: ScriptColumn, parent: QObject) -> None:
        super().__init__(parent)
        self.added_class = self.added_person = ""
        self.values = False  # whether labels are numbers
        self._session, self._column = session, column
        column.class_added.connect(self._add_class)
        column.class_removed.connect(self._remove_class)
        column.person_added.connect(self._add_person)
        column.wanted_changed.connect(lambda label, count: self._change(self._script.wanting(label, count)))
        column.text_entered.connect(self._read_text)
        column.consent_noted.connect(self._note_consent)
        column.withdrawn.connect(self._withdraw)
        column.seconds_changed.connect(lambda label, seconds: self._change(self._script.lasting(label, seconds)))

    @property
    def _script(self) -> Script:
        """As it is shown."""
        return self._column.progress.script

    def _add_class(self, text: str) -> None:
        if self.values:
            text = text.replace(",", ".")
            if value_of(text) is None:
                self._session.notify(Notice(_("A value is a number, such as 21.5."), tone="warn"))
                return
        try:
            script = self._script.with_class(text, seconds=VALUE_S if self.values else TAKE_S)
        except StudioError as error:
            self._session.fail(error)
        else:
            self._change(script, added_class=text.strip())

    def _remove_class(self, label: str) -> None:
        before = self._script
        self._change(before.without_class(label))
        self._offer_undo(_("{label} is off the script.").format(label=shown_label(label)), before)

    def _read_text(self, text: str) -> None:
        from studio.dataset.script_text import parse_script

        before = self._script
        try:
            classes = parse_script(text)
        except StudioError as error:
            self._session.fail(error)
            return
        wrong = next((each.label for each in classes if self.values and value_of(each.label) is None), None)
        if wrong is not None:
            self._session.notify(Notice(_("{label} is no value, such as 21.5.").format(label=wrong), tone="warn"))
        elif classes != before.classes:
            self._change(before.having(classes))
            self._offer_undo(_("The script is as it was written."), before)

    def _offer_undo(self, said: str, before: Script) -> None:
        self._session.notify(Notice(said, acts=(Act(_("Undo"), partial(self._change, before)),)))

    def _note_consent(self, code: str, scope: str) -> None:
        def note(project: "Project") -> dict[str, Consent]:
            people = project.people()
            people.set_consent(code, checked_consent(scope))
            people.save()
            return people.consents

        when_done(self._session.ask(note), self._column.show_consents, owner=self, failed=self._session.fail)

    def _withdraw(self, code: str) -> None:
        def take_out(project: "Project") -> "Withdrawal":
            from studio.dataset.withdrawal import withdraw

            return withdraw(project, code)

        told = partial(self._withdrawn, self._column.names.get(code, code))
        when_done(self._session.ask(take_out), told, owner=self, failed=self._session.fail)

    def _withdrawn(self, name: str, done: "Withdrawal") -> None:
        recordings = counted("{n:,} recording", "{n:,} recordings", done.recordings)
        said = _("{name} is withdrawn, with {recordings}.").format(name=name, recordings=recordings)
        if done.runs:
            runs = counted("{n:,} run was trained on them", "{n:,} runs were trained on them", len(done.runs))
            said += " " + _("{runs}: train again without.").format(runs=runs)
        self._column.show_consents({code: each for code, each in self._column.consents.items() if code != done.code})
        kept = _("Their files stay in the project's folder.")
        undo = (Act(_("Undo"), self._session.undo),) if done.recordings else ()  # of none there is no edit
        self._session.notify(Notice(said, kept, acts=undo))

    def _add_person(self, who: str) -> None:
        def enter(project: "Project") -> tuple[str, dict[str, str]]:
            people = project.people()
            code = people.enter(who)
            people.save()
            return code, people.names

        when_done(self._session.ask(enter), self._person_added, owner=self, failed=self._session.fail)

    def _person_added(self, added: tuple[str, dict[str, str]]) -> None:
        code, names = added
        self._column.show_names(names)
        self._change(self._script.with_person(code), added_person=code)

    def _change(self, script: Script, *, added_class: str = "", added_person: str = "") -> None:
        self.added_class, self.added_person = added_class, added_person
        self.changed.emit(script)
        kept = self._session.ask(lambda project: keep_script(project.catalogue, script))
        when_done(kept, lambda _none: None, owner=self, failed=self._session.fail)
