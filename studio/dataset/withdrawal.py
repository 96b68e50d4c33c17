"""A person takes part no more: their recordings leave the project, and the runs that learned from them are named."""

from typing import TYPE_CHECKING, NamedTuple

from studio.core.text import gettext as _
from studio.dataset.recordings import new_id
from studio.dataset.runs import Run, list_runs
from studio.dataset.selection import by_person

if TYPE_CHECKING:
    from studio.dataset.project import Project

LEARNED_FROM = ("train", "validation")  # the second chose when to stop


class Withdrawal(NamedTuple):
    """recordings: how many left. runs: that were trained on recordings of that person, newest first."""

    code: str
    recordings: int
    runs: list[Run]


def withdraw(project: "Project", code: str) -> Withdrawal:
    """Removes all recordings of a person as one edit, and notes that in the ledger, where the consent goes with them.

    `Project.undo` brings both back. The files stay in the project's folder, as those of everything removed; a catalogue
    that is made anew leaves them out. Runs are left as they are: a network cannot forget, it has to be trained again.
    Raises ReadOnly, StorageFailed, BrokenSettings; then nothing has changed.
    """
    people = project.people()
    runs = trained_on(project, code)
    with project.catalogue.edit(_("Withdraw {code}").format(code=code)) as edit:
        recordings = edit.remove(by_person(code))
        people.withdraw(code, new_id(), edit.number, edit.made_utc)
        people.save()
    return Withdrawal(code, recordings, runs)


def follow(project: "Project") -> None:
    """After undo or redo: the ledger says of each withdrawal what the catalogue does. Of an edit that it does not know,
    as one that was made anew, the ledger knows better. Raises BrokenSettings, StorageFailed.
    """
    people = project.people()
    for code, withdrawals in people.withdrawn.items():
        for gone in withdrawals:
            undone = project.catalogue.is_undone(gone.edit, gone.made_utc)
            if undone is not None and undone != gone.undone:
                people.set_undone(code, gone, undone)
    people.save()


def trained_on(project: "Project", code: str) -> list[Run]:
    """Runs that learned from recordings that are or were a person's, newest first."""
    keys = project.catalogue.ever_by(code)
    return [
        run
        for run in list_runs(project.runs_folder)
        if any(not keys.isdisjoint(run.data.get(side, ())) for side in LEARNED_FROM)
    ]
