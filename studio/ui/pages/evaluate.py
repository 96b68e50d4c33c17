"""Evaluate: how a run does on what it has not met, window by window; and Rehearsal, hours of listening beforehand."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QComboBox, QFileDialog, QVBoxLayout, QWidget

from studio.core.errors import Cancelled, StudioError
from studio.core.job import Job, JobState
from studio.core.text import gettext as _
from studio.dataset.settings import SensorSettings
from studio.ui.bridge import follow, on_gui_thread, when_done
from studio.ui.controls import Button, Line, Segmented
from studio.ui.pages.evaluate_confusion import ConfusionView
from studio.ui.pages.evaluate_data import ALL, FOLDER, UNHEARD, DataRow
from studio.ui.pages.evaluate_kinds import WORDS
from studio.ui.pages.evaluate_rehearsal import RehearsalView
from studio.ui.pages.evaluate_values import ValuesView
from studio.ui.pages.evaluate_windows import OpenedWindows
from studio.ui.pages.evaluate_work import evaluated, key_of, measured, rehearsed
from studio.ui.pages.page import Page, Shell, Stack
from studio.ui.training_facts import RunFacts, chosen_board, read_runs
from studio.ui.widgets.empty_state import EmptyState
from studio.ui.widgets.runs_table import with_unit

if TYPE_CHECKING:
    from studio.dataset.project import Project
    from studio.dataset.runs import Run
    from studio.ui.pages.evaluate_work import AnyEvaluation

CONFUSION, REHEARSAL = range(2)


class EvaluatePage(Page):
    """What a run's own training measured is shown at once; anything else is a job."""

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        self._runs: list[RunFacts] = []
        self._run_id: str | None = None  # of the run that is shown
        self._classes: list[str] = []
        self._scored = False  # whether there is an evaluation to show
        self._shows_values = False  # whether the run predicts a value
        self._words = WORDS["keyword"]
        self._sensor = SensorSettings()
        self._data = UNHEARD
        self._folder: Path | None = None
        self._job: Job[Any] | None = None
        self._build(shell)
        on_gui_thread(self.session.runs_changed, lambda _run: self._read_if_seen(), owner=self, latest=True)
        on_gui_thread(self.session.catalogue_changed, lambda _touched: self._read_if_seen(), owner=self, latest=True)
        bind, ready = shell.commands.bind, self._has_run
        bind("evaluate.run", self._start, enabled=self._can_start)
        bind("evaluate.stop", self._cancel, enabled=lambda: self.running)
        bind("evaluate.choose", self._open_runs, enabled=ready)
        for name, data in (("unheard", UNHEARD), ("all", ALL), ("folder", FOLDER)):
            bind(f"evaluate.{name}", partial(self._choose_data, data), enabled=lambda: ready() and not self.running)
        bind("evaluate.matrix", self._go_to_matrix, enabled=ready)
        bind("evaluate.play", self._play, enabled=self._can_play)
        bind("evaluate.label", self._ask_label, enabled=lambda: self.opened.chosen is not None)
        bind("evaluate.tab", lambda: self._show_tab(1 - self._tabs.index), enabled=self._can_rehearse)
        heard, rehearsal = self.rehearsal, self._in_rehearsal
        bind("evaluate.stream", partial(rehearsal, heard.choose_stream), enabled=self._can_rehearse)
        bind("evaluate.truth", partial(rehearsal, heard.choose_truth), enabled=self._can_rehearse)
        bind("evaluate.threshold", partial(rehearsal, heard.slider.setFocus), enabled=heard.slider.isEnabled)

    def _build(self, shell: Shell) -> None:
        key = shell.commands.key
        self.run_choice = QComboBox()
        self.run_choice.setAccessibleName(_("Run"))
        self.run_choice.setMinimumWidth(150)
        self.run_choice.activated.connect(self._run_chosen)
        self._tabs = Segmented([_("Confusion"), _("Rehearsal")], name=_("What is shown"))
        self._tabs.chosen.connect(self._show_tab)
        self.start_button = Button(_("Evaluate again"), "evaluate", "primary", key=key("evaluate.run"))
        self.start_button.clicked.connect(lambda: shell.commands.run("evaluate.run"))
        self.stop_button = Button(_("Stop"), "stop", key=key("evaluate.stop"))
        self.stop_button.clicked.connect(lambda: shell.commands.run("evaluate.stop"))
        self.stop_button.hide()
        self.header = [self.run_choice, self._tabs, self.stop_button, self.start_button]
        self.data = DataRow()
        self.data.choice.chosen.connect(self._choose_data)
        self.confusion, self.values = ConfusionView(self.session), ValuesView(self.session)
        for view in (self.confusion, self.values):
            view.cell.label_asked.connect(self._open_in_label)
            view.cell.changed.connect(shell.commands.refresh)
        self.rehearsal = RehearsalView(self.session)
        self.rehearsal.files_changed.connect(self._show_state)
        self.rehearsal.timeline.chosen.connect(lambda _place: shell.commands.refresh())
        self._nothing = EmptyState(
            "evaluate",
            _("This run has no figures yet"),
            _("Nothing was left to score it on when it was trained. Evaluate it on all takes, or on a folder."),
        )
        self._views = Stack(self.confusion, self.rehearsal, self._nothing, self.values)
        content = QWidget()
        content.setObjectName("page")
        column = QVBoxLayout(content)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.data)
        column.addWidget(Line())
        column.addWidget(self._views, 1)
        to_train = Button(_("Go to Train"), "train", "primary")
        to_train.clicked.connect(lambda: shell.show_page("train"))
        self._empty = EmptyState("evaluate", _(self._words.title), _(self._words.nothing), to_train)
        self._stack = self.either(self._empty, content)

    # The page

    def shown(self) -> None:
        self._read()
        if self.session.project is not None:
            self.session.warm_worker()

    def hidden(self) -> None:
        self.opened.stop()
        self.rehearsal.stop()

    def project_changed(self, project: "Project | None") -> None:
        self._cancel()
        self._runs, self._run_id, self._data, self._folder = [], None, UNHEARD, None
        self.data.choice.set_index(UNHEARD)
        if project is not None:
            self._words = self.rehearsal.words = WORDS[project.settings.template]
            self._sensor = project.settings.sensor
            self.sentence = _(self._words.sentence) if self._words.sentence else ""
            self._empty.show_words(_(self._words.title), _(self._words.nothing))
            if not self._can_rehearse():
                self._tabs.set_index(CONFUSION)
        self._show_state()
        if project is not None:
            self._read()

    def place(self) -> dict[str, Any]:
        files = [str(path) if path is not None else "" for path in (self.rehearsal.stream, self.rehearsal.truth)]
        return {"tab": self._tabs.index, "files": files, "folder": str(self._folder or "")}

    def restore(self, place: dict[str, Any]) -> None:
        files, folder = place.get("files"), place.get("folder")
        if isinstance(files, list) and len(files) == 2 and all(isinstance(name, str) for name in files):
            self.rehearsal.set_files(*(Path(name) if name else None for name in files))
        self._folder = Path(folder) if isinstance(folder, str) and folder else None
        self._show_tab(REHEARSAL if place.get("tab") == REHEARSAL and self._words.stream else CONFUSION)

    def first_focus(self) -> QWidget | None:
        if self._tabs.index == REHEARSAL:
            return self.rehearsal.timeline
        return self.values.scatter if self._shows_values else self.confusion.matrix

    # Runs

    def _read(self) -> None:
        if self.session.project is not None:
            when_done(self.session.ask(read_runs), self._take_runs, owner=self, failed=self.session.fail)

    def _read_if_seen(self) -> None:
        """Hidden, it reads when it is shown again."""
        if self.isVisible():
            self._read()

    def _take_runs(self, runs: list[RunFacts]) -> None:
        self._runs = runs
        chosen = next((run for run in runs if run.id == self.session.run), runs[0] if runs else None)
        self.run_choice.blockSignals(True)
        self.run_choice.clear()
        for run in runs:
            self.run_choice.addItem(_run_text(run), run.id)
        if chosen is not None:
            self.run_choice.setCurrentIndex(runs.index(chosen))
        self.run_choice.blockSignals(False)
        if chosen is not None and chosen.id != self._run_id:
            self._show_run(chosen)
        self._show_state()

    def _run_chosen(self, place: int) -> None:
        self.session.run_made(self._runs[place].id)

    def _open_runs(self) -> None:
        self.run_choice.setFocus()
        self.run_choice.showPopup()

    def _show_run(self, run: RunFacts) -> None:
        """What its own training measured."""
        self._run_id = run.id
        self.rehearsal.found = None
        self.rehearsal.set_files(self.rehearsal.stream, self.rehearsal.truth)
        asked = self.session.ask(lambda project: measured(project, run.id))
        when_done(asked, self._take_run, owner=self, failed=self.session.fail)

    def _take_run(self, found: "tuple[Run, AnyEvaluation | None]") -> None:
        run, evaluation = found
        if run.id != self._run_id:
            return
        self._classes = run.labels
        self._data = UNHEARD
        self.data.choice.set_index(UNHEARD)
        self._show_evaluation(run, evaluation)

    def _show_evaluation(self, run: "Run", evaluation: "AnyEvaluation | None") -> None:
        self._scored = evaluation is not None and evaluation.n > 0
        self._shows_values = "predicts" in run.settings
        if evaluation is not None and evaluation.n:
            view: Any = self.values if self._shows_values else self.confusion
            view.cell.set_front_end(run.front_end, self._sensor, plays=self._words.plays)
            view.show_evaluation(evaluation, frozenset(run.data.get("people", ())), self._words)
        self._show_tab(self._tabs.index)

    def _show_tab(self, index: int) -> None:
        self._tabs.set_index(index)
        scored = self.values if self._shows_values else self.confusion
        shown = self.rehearsal if index == REHEARSAL else scored if self._scored else self._nothing
        self._views.setCurrentWidget(shown)
        self.data.show_choice(index == CONFUSION)
        self._show_state()

    # Data

    def _choose_data(self, data: int) -> None:
        self._show_tab(CONFUSION)
        if data == FOLDER:
            start = str(self._folder or Path.home())
            chosen = QFileDialog.getExistingDirectory(self, _(self._words.asks), start)
            if not chosen:
                self.data.choice.set_index(self._data)
                return
            self._folder = Path(chosen)
        self.evaluate_on(data)

    def evaluate_on(self, data: int) -> None:
        """What the run did not train on is known already; the rest is scored now."""
        self._data = data
        self.data.choice.set_index(data)
        if data == UNHEARD:
            if self._run is not None:
                self._show_run(self._run)
        else:
            self._start()

    # Jobs

    @property
    def running(self) -> bool:
        return self._job is not None

    @property
    def _run(self) -> RunFacts | None:
        return next((run for run in self._runs if run.id == self._run_id), None)

    def _has_run(self) -> bool:
        return bool(self._runs)

    def _can_start(self) -> bool:
        return self._has_run() and not self.running and (self._tabs.index == CONFUSION or self.rehearsal.ready)

    def _start(self) -> None:
        if not self._can_start() or self.session.project is None:
            return
        project = self.session.project
        if self._tabs.index == CONFUSION:
            folder = self._folder if self._data == FOLDER else None
            everything = self._data == ALL
            work: Any = partial(evaluated, self.session, project, self._run_id, folder, everything)
            self._run_job(_("Evaluating"), work, self._evaluated)
        else:
            board = chosen_board(self.session.board, self.session.board_name)
            work = partial(rehearsed, project, self._run_id, board, *self.rehearsal.files)
            self._run_job(_("Rehearsing"), work, lambda found: self.rehearsal.show_rehearsed(found, self._classes))

    def _run_job(self, title: str, work: Any, done: Any) -> None:
        self._job = self.session.start(title, work)
        follow(self._job, partial(self._job_changed, done), owner=self)
        self._show_state()

    def _job_changed(self, done: Any, job: Job[Any]) -> None:
        if job is not self._job:
            return
        if job.state in (JobState.WAITING, JobState.RUNNING):
            self._show_progress(job)
            return
        self._job = None
        try:
            result = job.result(0)
        except Cancelled:
            pass
        except StudioError as error:
            if self._tabs.index == REHEARSAL:
                self.rehearsal.fail(error)
        except Exception:  # noqa: BLE001, S110  the session tells it, with what to do
            pass
        else:
            done(result)
        self._show_state()

    def _evaluated(self, found: "tuple[Run, AnyEvaluation]") -> None:
        run, evaluation = found
        if run.id == self._run_id:
            self._show_evaluation(run, evaluation)

    def _cancel(self) -> None:
        if self._job is not None:
            self._job.cancel()

    # What is happening

    def _show_state(self) -> None:
        self._stack.setCurrentIndex(1 if self._runs else 0)
        self.run_choice.setVisible(bool(self._runs))
        self._tabs.setVisible(self._can_rehearse())
        self.start_button.setVisible(bool(self._runs) and not self.running)
        self.stop_button.setVisible(self.running)
        rehearses = self._tabs.index == REHEARSAL
        self.start_button.set_text(_("Rehearse") if rehearses else _("Evaluate again"))
        self.start_button.setEnabled(self._can_start())
        self.data.setVisible(not rehearses or self.running)
        if not self.running:
            self.data.rest(self._state_text())
        self.shell.commands.refresh()

    def _show_progress(self, job: Job[Any]) -> None:
        fraction, text = job.progress
        self.data.run(fraction, text or job.title)

    def _state_text(self) -> str:
        run = self._run
        if run is not None and run.stale:
            return _("{changed} Train again to learn from it.").format(changed=run.told_stale)
        if self._data == FOLDER and self._folder is not None:
            return str(self._folder)
        return ""

    # Acts

    @property
    def opened(self) -> OpenedWindows:
        """The windows that are opened, of what is shown."""
        return (self.values if self._shows_values else self.confusion).cell

    def _go_to_matrix(self) -> None:
        self._show_tab(CONFUSION)
        (self.values.scatter if self._shows_values else self.confusion.matrix).setFocus()

    def _can_rehearse(self) -> bool:
        return self._has_run() and bool(self._words.stream)

    def _in_rehearsal(self, act: Callable[[], None]) -> None:
        self._show_tab(REHEARSAL)
        act()

    def _can_play(self) -> bool:
        if self._tabs.index == REHEARSAL:
            return self._words.plays and self.rehearsal.timeline.current is not None
        return self.opened.can_play

    def _play(self) -> None:
        (self.rehearsal.play if self._tabs.index == REHEARSAL else self.opened.play)()

    def _ask_label(self) -> None:
        self.opened.ask_label()

    def _open_in_label(self, segment: str) -> None:
        def show(key: str) -> None:
            self.shell.show_page("label", place={"filter": "", "chosen": key})

        asked = self.session.ask(lambda project: key_of(project, segment))
        when_done(asked, show, owner=self, failed=self.session.fail)


def _run_text(run: RunFacts) -> str:
    if not run.total:
        return run.name
    if run.error is not None:
        return _("{run}, {error} off").format(run=run.name, error=with_unit(run.error, run.unit))
    return _("{run}, {share} % right").format(run=run.name, share=f"{100 * run.right / run.total:.1f}")
