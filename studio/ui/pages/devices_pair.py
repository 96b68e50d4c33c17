"""A board's microphone beside this computer's: both hear ten seconds, and it is shown what differs."""

import shutil
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtWidgets import QGridLayout, QProgressBar, QVBoxLayout, QWidget

from studio.core.errors import StudioError
from studio.core.job import Job, JobState, Report
from studio.core.text import gettext as _
from studio.core.text import mark
from studio.ui import theme
from studio.ui.bridge import follow, on_gui_thread, when_done
from studio.ui.controls import Button, Elided, Label, Line
from studio.ui.session import Act, Notice, Session

if TYPE_CHECKING:
    from studio.capture.paired import Comparison
    from studio.capture.recording_file import Recorded
    from studio.dataset.project import Project
    from studio.ui.widgets.response import ResponseView

REFERENCE = "mic"
SECONDS = 10.0
SEARCH_S = 2.0  # how far apart they may hear: a sound server may hold back more than a second
_WAITS = mark("Both listen for {seconds:.0f} s. Let them hear one sound with many tones: speak, or let water run.")


class Compared(NamedTuple):
    """recorded: in a folder of their own, until they are kept or another comparison is made."""

    found: "Comparison"
    recorded: "list[Recorded]"


class PairPanel(QWidget):
    """What it compares is the board that was shown last; what it shows is of the board that it was compared with."""

    def __init__(self, session: Session, key: str) -> None:
        super().__init__()
        self._session = session
        self._address = self._name = ""
        self._job: Job[Compared] | None = None
        self._compared: Compared | None = None
        self._of = ""  # address of the board that was compared, or is
        self._problem = ""
        self._folder: Path | None = None
        self._kept: tuple[str, ...] | None = None  # ids in the project; none while they are copied
        self._why_not = ""
        self._view: ResponseView | None = None  # made with the first result: it brings NumPy
        session.on_close(self._discard)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 4, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(Line())
        layout.addWidget(Label(_("Beside this computer's microphone"), weight=theme.TITLE, wrap=True))
        self._said = Label("", theme.CAPTION, kind="muted", wrap=True)
        layout.addWidget(self._said)
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setRange(0, 1000)
        self._bar.setAccessibleName(_("Comparing"))
        layout.addWidget(self._bar)
        self._judgement = Label("", wrap=True)
        layout.addWidget(self._judgement)
        self._plot = QVBoxLayout()
        layout.addLayout(self._plot)
        self._unknown = Label("", theme.CAPTION, kind="muted", wrap=True)
        layout.addWidget(self._unknown)
        self._facts = QWidget()
        grid = QGridLayout(self._facts)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setVerticalSpacing(6)
        grid.setColumnStretch(1, 1)
        self._values: dict[str, Elided] = {}
        for row, (name, words) in enumerate(
            (
                ("level", _("Level")),
                ("delay", _("Delay")),
                ("drift", _("Drift")),
                ("common", _("In common")),
                ("noise", _("Noise")),
            )
        ):
            self._values[name] = Elided(right=True)
            grid.addWidget(Label(words, kind="muted"), row, 0)
            grid.addWidget(self._values[name], row, 1)
        layout.addWidget(self._facts)
        self._advice = Label("", wrap=True)
        layout.addWidget(self._advice)
        self.button = Button(_("Compare"), "wave", key=key)
        self.button.clicked.connect(self.compare)
        self.cancel_button = Button(_("Cancel"), "cross")
        self.cancel_button.clicked.connect(self.cancel)
        self.keep_button = Button(_("Keep both"), "keep")
        self.keep_button.clicked.connect(self.keep)
        for button in (self.button, self.cancel_button, self.keep_button):
            layout.addWidget(button)
        on_gui_thread(session.project_changed, lambda _project: self._forget(), owner=self)
        on_gui_thread(session.catalogue_changed, lambda _touched: self._look_at_kept(), owner=self, latest=True)
        self._show()

    @property
    def running(self) -> bool:
        return self._job is not None

    @property
    def can_compare(self) -> bool:
        """Not while the last two are copied: another comparison removes them."""
        return bool(self._address) and not self._why_not and not self.running and self._kept != ()

    def show_board(self, address: str, name: str, why_not: str) -> None:
        """why_not: it cannot be compared; empty: it can."""
        self._address, self._name, self._why_not = address, name, why_not
        self.setVisible(bool(address))
        self._show()

    def compare(self) -> None:
        """Begins, unless it is under way."""
        if not self.can_compare:
            return
        address, name, old = self._address, self._name, self._folder
        project = self._session.project
        folder = None if project is None else project.folder
        self._folder = place = Path(tempfile.mkdtemp(prefix="tinyml-pair-"))
        self._compared, self._problem, self._of, self._kept = None, "", address, None

        def work(report: Report) -> Compared:
            if old is not None:
                shutil.rmtree(old, ignore_errors=True)
            try:
                return _compare(address, name, place, folder, report)
            except BaseException:  # cancelled too, as when the window closes
                shutil.rmtree(place, ignore_errors=True)
                raise

        self._job = self._session.start(_("Comparing microphones"), work)
        follow(self._job, self._changed, owner=self)

    def cancel(self) -> None:
        if self._job is not None:
            self._job.cancel()

    def keep(self) -> None:
        """Both recordings into the project, as one edit."""
        compared = self._compared
        if compared is None or self._kept is not None:
            return

        def work(project: "Project") -> tuple[str, ...]:
            from studio.capture.paired_take import keep

            return tuple(each.sidecar.id for each in keep(project, compared.recorded, _("Keep a pair of recordings")))

        self._kept = ()
        self._show()
        when_done(self._session.ask(work), self._was_kept, owner=self, failed=self._not_kept)

    def _was_kept(self, ids: tuple[str, ...]) -> None:
        self._kept = ids
        self._show()
        self._look_at_kept()
        undo = Act(_("Undo"), self._session.undo)
        self._session.notify(Notice(_("Both recordings are in the project."), tone="ok", acts=(undo,)))

    def _not_kept(self, error: StudioError) -> None:
        self._kept = None
        self._session.fail(error)
        self._show()

    def _look_at_kept(self) -> None:
        """Whether they are in the project still: keeping them may be undone."""
        kept = self._kept
        if not kept:
            return

        def count(project: "Project") -> int:
            from studio.dataset.selection import of_recordings

            return project.catalogue.count(of_recordings(kept))

        def counted(there: int) -> None:
            if not there and self._kept == kept:
                self._kept = None
                self._show()

        when_done(self._session.ask(count), counted, owner=self, failed=lambda _error: None)

    def _forget(self) -> None:
        """Another project has none of them."""
        self._kept = None
        self._show()

    def _changed(self, job: Job[Compared]) -> None:
        if job is not self._job:
            return
        fraction, text = job.progress
        self._bar.setValue(round(1000 * (fraction or 0)))
        if job.state in (JobState.WAITING, JobState.RUNNING):
            self._said.setText(text or _("Opening both"))
            self._show()
            return
        self._job = None
        if job.state is JobState.DONE:
            self._compared = job.result(0)
            self._show_found(self._compared.found)
        elif job.state is JobState.FAILED:
            try:
                job.result(0)
            except StudioError as error:
                self._problem = f"{error} {error.advice()}"
            except Exception as error:  # noqa: BLE001  the session has told it, and logged it
                self._problem = str(error)
        self._show()

    def _show(self) -> None:
        mine = self._of == self._address
        done = self._compared is not None and mine
        for part in (self._judgement, self._facts, self._advice, self._view):
            if part is not None:
                part.setVisible(done)
        self._unknown.setVisible(done and bool(self._unknown.text()))
        self._bar.setVisible(self.running)
        self._said.setVisible(not done)
        self._said.set_kind("err" if self._problem and mine and not self.running else "muted")
        if not self.running:
            waits = _(_WAITS).format(seconds=SECONDS)
            self._said.setText(self._why_not or (self._problem if mine else "") or waits)
        self.button.set_text(_("Compare again") if done or (self._problem and mine) else _("Compare"))
        self.button.setVisible(not self.running)
        self.button.setEnabled(self.can_compare)
        self.cancel_button.setVisible(self.running)
        self.keep_button.setVisible(done)
        project = self._session.project
        self.keep_button.setEnabled(project is not None and project.writable and self._kept is None)
        self.keep_button.set_text(_("Keep both") if self._kept is None else _("Kept"))
        self.keep_button.setToolTip("" if project is not None else _("Open a project, in which they are kept."))

    def _show_found(self, found: "Comparison") -> None:
        from studio.capture.paired_words import advice, judgement, unknown_words
        from studio.ui.widgets.response import ResponseBand, ResponseView

        if self._view is None:
            self._view = ResponseView()
            self._plot.addWidget(self._view)
        self._view.show_bands([ResponseBand(band.hz, band.response_db, band.at_most_db) for band in found.bands])
        self._judgement.setText(judgement(found))
        self._unknown.setText(unknown_words(found))
        self._advice.setText(advice(found)[0])
        self._advice.setToolTip("\n".join(advice(found)))
        later = _("{ms:.1f} ms later") if found.delay_ms >= 0 else _("{ms:.1f} ms earlier")
        floors = _("{other:.0f} dB, here {here:.0f} dB")
        for name, text in (
            ("level", _("{db:+.1f} dB").format(db=found.level_db)),
            ("delay", later.format(ms=abs(found.delay_ms))),
            ("drift", _("{ppm:+.0f} ppm").format(ppm=found.drift_ppm)),
            ("common", _("{share:.0f} %").format(share=100 * found.explained)),
            ("noise", floors.format(other=found.other.noise_floor_db, here=found.reference.noise_floor_db)),
        ):
            self._values[name].set_text(text.replace("-", "\u2212"))

    def _discard(self) -> None:
        if self._folder is not None and not self.running:
            shutil.rmtree(self._folder, ignore_errors=True)


def _compare(address: str, name: str, place: Path, folder: Path | None, report: Report) -> Compared:
    """On the job's thread. folder: the project's, in which a virtual board keeps its flash."""
    from studio.capture.paired import compare
    from studio.capture.paired_take import heard_in, record_both
    from studio.capture.source import make_source

    sources = [make_source(each, rate_hz=None, folder=folder) for each in (REFERENCE, address)]
    recorded = record_both(sources, place, SECONDS, report=report)
    here, there = (heard_in(each.path, each.sidecar) for each in recorded)
    here, there = replace(here, name=_("this computer")), replace(there, name=name)
    return Compared(compare(here, there, search_s=SEARCH_S, report=report), recorded)
