"""Train: a network that fits the board, fitted to the project's words; its curves as they grow, and the runs so far."""

import time
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QWidget

from studio.core.errors import Cancelled, StudioError
from studio.core.job import Job, JobState, Report
from studio.core.text import gettext as _
from studio.training.presets import DEFAULT_PRESET, Preset
from studio.ui.bridge import follow, on_gui_thread, when_done
from studio.ui.controls import Button
from studio.ui.pages.page import Page, Shell
from studio.ui.pages.train_epochs import read_epochs, seconds_left, sentence_of
from studio.ui.pages.train_view import TrainView
from studio.ui.pages.train_words import WORDS, TrainWords
from studio.ui.training_facts import RunFacts, TrainingFacts, chosen_board, read_training_facts
from studio.ui.widgets.empty_state import EmptyState
from studio.ui.widgets.runs_table import accuracy_text

if TYPE_CHECKING:
    from studio.dataset.project import Project
    from studio.training.trainer import Epoch, Trained


class TrainPage(Page):
    """The trainer fits, in a job; this shows what it says, epoch by epoch."""

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        self.facts = TrainingFacts()
        self._preset = DEFAULT_PRESET
        self._labels: tuple[str, ...] = ()
        self._people: tuple[str, ...] = ()
        self._job: Job[Trained] | None = None
        self._epochs: list[Epoch] = []
        self._times: list[float] = []  # monotonic, of each epoch's end
        self._error: StudioError | None = None
        self._shown_run = ""
        self._build(shell)
        on_gui_thread(self.session.epoch_ended, self._epoch_ended, owner=self)
        on_gui_thread(self.session.runs_changed, lambda _run: self._read_if_seen(), owner=self, latest=True)
        on_gui_thread(self.session.catalogue_changed, lambda _touched: self._read_if_seen(), owner=self, latest=True)
        on_gui_thread(self.session.board_changed, lambda _address: self._show_network(), owner=self)
        on_gui_thread(self.session.jobs_changed, lambda _job: self._show_state(), owner=self, latest=True)
        bind = shell.commands.bind
        bind("train.start", self._start, enabled=self._can_start)
        bind("train.stop", self._cancel, enabled=lambda: self.running)
        for place, name in enumerate(("small", "medium", "large", "fourth", "fifth")):
            bind(f"train.{name}", partial(self._choose_place, place), enabled=partial(self._has_preset, place))
        bind("train.words", self.options.words.open, enabled=lambda: self._can_start() and self._has_classes)
        bind("train.keep_out", self.options.people.open, enabled=lambda: self._can_start() and bool(self.facts.people))
        bind("train.seed", self.options.seed.setFocus, enabled=self._can_start)
        bind("train.quick", self.options.quick.toggle, enabled=self._can_start)
        bind("train.runs", self.runs.setFocus, enabled=lambda: bool(self.facts.runs))

    # Building

    def _build(self, shell: Shell) -> None:
        key = shell.commands.key
        self.start_button = Button(_("Train"), "train", "primary", key=key("train.start"))
        self.start_button.clicked.connect(lambda: shell.commands.run("train.start"))
        self.stop_button = Button(_("Stop training"), "stop", key=key("train.stop"))
        self.stop_button.clicked.connect(lambda: shell.commands.run("train.stop"))
        self.stop_button.hide()
        self.header = [self.stop_button, self.start_button]
        self.view = TrainView()
        self.network, self.options, self.card, self.runs = (
            self.view.network, self.view.options, self.view.card, self.view.runs,
        )  # fmt: skip
        self.network.preset_chosen.connect(self._choose_preset)
        self.options.changed.connect(self._options_changed)
        self.card.again.connect(lambda: shell.commands.run("train.start"))
        self.runs.run_chosen.connect(self._choose_run)
        collect = Button(_("Go to Collect"), "collect", "primary")
        collect.clicked.connect(lambda: shell.show_page("collect"))
        self._empty = EmptyState(
            "train",
            _("Your network will be trained here"),
            _(WORDS["keyword"].needs),
            collect,
        )
        self._stack = self.either(self._empty, self.view)

    # The page

    def shown(self) -> None:
        self._read()
        if self.session.project is not None and self.session.project.writable:
            self.session.warm_worker()

    def project_changed(self, project: "Project | None") -> None:
        self._cancel()
        self.facts, self._labels, self._people, self._error, self._shown_run = TrainingFacts(), (), (), None, ""
        self._show_epochs([])
        if project is not None:
            self.sentence = _(WORDS[project.settings.template].sentence)
            self._read()

    def place(self) -> dict[str, Any]:
        return {
            "preset": self._preset,
            "labels": self._labels,
            "people": self._people,
            "seed": self.options.seed.value(),
            "quick": self.options.quick.isChecked(),
            "splitter": self.view.splitter.sizes(),
        }

    def restore(self, place: dict[str, Any]) -> None:
        preset = place.get("preset")
        self._preset = preset if isinstance(preset, str) else DEFAULT_PRESET
        self._labels, self._people = (
            tuple(map(str, place.get(key) or ())) if isinstance(place.get(key), list | tuple) else ()
            for key in ("labels", "people")
        )
        seed, sizes = place.get("seed", 1), place.get("splitter")
        self.options.blockSignals(True)
        self.options.seed.setValue(seed if isinstance(seed, int) else 1)
        self.options.quick.setChecked(bool(place.get("quick", False)))
        self.options.blockSignals(False)
        if isinstance(sizes, list) and len(sizes) == 2 and all(isinstance(s, int) and s > 0 for s in sizes):
            self.view.splitter.setSizes(sizes)
        self._show()

    def first_focus(self) -> QWidget | None:
        return self.start_button if self.start_button.isVisible() else self.stop_button

    # What there is

    def _read(self) -> None:
        if self.session.project is not None:
            when_done(self.session.ask(read_training_facts), self._take, owner=self, failed=self.session.fail)

    def _read_if_seen(self) -> None:
        """Hidden, it reads when it is shown again."""
        if self.isVisible():
            self._read()

    def _take(self, facts: TrainingFacts) -> None:
        self.facts = facts
        if not self._labels:
            self._labels = facts.chosen
        self._show()

    def _show(self) -> None:
        facts = self.facts
        self._stack.setCurrentIndex(1 if facts.ready or facts.runs or self.running else 0)
        self._empty.show_words(_("Your network will be trained here"), _(self._words.needs))
        self.view.say_share(_(self._words.share))
        self.options.show_facts(facts, self._labels, self._people)
        if facts.ready:  # what was chosen and is there no more is forgotten
            self._labels, self._people = self.options.words.ticked, self.options.people.ticked
        chosen = self.chosen_run
        self.view.show_runs(facts.runs, chosen.id if chosen is not None else None)
        self._show_network()
        self._show_state()
        if not self.running:
            self._show_history(chosen)

    @property
    def _words(self) -> TrainWords:
        return WORDS[self.facts.template]

    @property
    def chosen_run(self) -> RunFacts | None:
        """The session's; the newest where it has none."""
        runs = self.facts.runs
        return next((run for run in runs if run.id == self.session.run), runs[0] if runs else None)

    def _choose_run(self, run_id: str) -> None:
        self._error = None
        self.session.run_made(run_id)

    def _show_network(self) -> None:
        preset = self.preset
        board = chosen_board(self.session.board, self.session.board_name)
        sizes = self.facts.sizes(preset, self._labels)
        self.network.show_network(
            self.facts.presets, preset, sizes, board, self.facts.hops_ms, chosen=self.session.board is not None
        )
        self.shell.commands.refresh()

    @property
    def preset(self) -> Preset:
        """The chosen one; the usual one where this project has none of that name."""
        known = {preset.name: preset for preset in self.facts.presets}
        return known.get(self._preset) or known[DEFAULT_PRESET]

    def _choose_preset(self, name: str) -> None:
        self._preset = name
        self._show_network()

    def _has_preset(self, place: int) -> bool:
        return place < len(self.facts.presets)

    def _choose_place(self, place: int) -> None:
        self._choose_preset(self.facts.presets[place].name)

    @property
    def _has_classes(self) -> bool:
        return not self.facts.predicts_value

    def _options_changed(self) -> None:
        self._labels, self._people = self.options.words.ticked, self.options.people.ticked
        self._show_network()

    # Training

    @property
    def running(self) -> bool:
        return self._job is not None

    def _can_start(self) -> bool:
        project = self.session.project
        return project is not None and self.facts.ready and not self.running and not self.session.worker.is_lent

    def _start(self) -> None:
        project = self.session.project
        if project is None:
            return
        session, asked = self.session, self._asked()

        def work(report: Report) -> "Trained":
            from studio.training.trainer import train

            with session.worker.lent() as worker:
                return train(project, **asked, worker=worker, heard=session.epoch_ended.emit, report=report)

        self._error, self._times = None, []
        self._show_epochs([])
        self._job = session.start(_("Training"), work)
        follow(self._job, self._job_changed, owner=self)
        self._show_state()

    def _asked(self) -> dict[str, Any]:
        """What the trainer is asked for. All words is nothing chosen, so that new ones are trained too."""
        return {
            "labels": list(self._labels) or None,
            "hold_out": self._people,
            "seed": self.options.seed.value(),
            "quick": self.options.quick.isChecked(),
            "preset": self.preset.name,
        }

    def _cancel(self) -> None:
        if self._job is not None:
            self._job.cancel()

    def _epoch_ended(self, epoch: "Epoch") -> None:
        """Of this page's training, or of another's, such as the demo's."""
        if epoch.number == 1:
            self._times, self._error, self._shown_run = [], None, ""
        self._times.append(time.monotonic())
        self._show_epochs([*self._epochs[: epoch.number - 1], epoch])
        if self.running:
            self._show_state()
        else:
            self._stack.setCurrentIndex(1)
            self._show_epoch(sentence_of(self._epochs, self._words.right), epoch.number / epoch.of)

    def _job_changed(self, job: "Job[Trained]") -> None:
        if job is not self._job:
            return
        if job.state in (JobState.WAITING, JobState.RUNNING):
            self._show_state()
            return
        self._job = None
        try:
            run = job.result(0).run
        except Cancelled:
            self._shown_run = ""
        except StudioError as error:
            self._error = error
        except Exception:  # noqa: BLE001  the session tells it, with what to do
            self._shown_run = ""
        else:
            self._shown_run = run.id
            self.session.run_made(run.id)
        if job.state is not JobState.DONE:
            self.session.warm_worker()  # the one that was stopped is gone
        self._show()

    # What is happening

    def _show_state(self) -> None:
        self.start_button.setEnabled(self.running or self._can_start())  # disabled, it would lose the focus before
        self._show_button()
        busy = not self.running and self.session.worker.is_lent
        self.start_button.setToolTip(_("Something else is being trained or evaluated.") if busy else "")
        if self._job is not None:
            self._show_running(self._job)
        elif self._error is not None:
            self.card.fail(str(self._error), self._error.advice())
        else:
            self._show_rest()
        self.shell.commands.refresh()

    def _show_button(self) -> None:
        """To start or to stop. The focus goes on from what is hidden to it, and not to wherever Qt finds a place."""
        shown, gone = self.stop_button, self.start_button
        if not self.running:
            shown, gone = gone, shown
        shown.show()
        focus = self.window().focusWidget()  # also where another window is in front
        if focus is not None and (focus is gone or (self.running and self.options.isAncestorOf(focus))):
            shown.setFocus()
        gone.hide()

    def _show_running(self, job: "Job[Trained]") -> None:
        progress = job.progress
        if not self._epochs:
            self.card.run(
                _("Preparing"), progress.text or _("The training process is starting."), progress.fraction, ""
            )
            return
        last = self._epochs[-1]
        self._show_epoch(
            progress.text if last.number == last.of else sentence_of(self._epochs, self._words.right), progress.fraction
        )

    def _show_epoch(self, sentence: str, fraction: float | None) -> None:
        last = self._epochs[-1]
        title = _("Epoch {number} of {total}").format(number=last.number, total=last.of)
        self.card.run(title, sentence, fraction, seconds_left(self._epochs, self._times))

    def _show_rest(self) -> None:
        run = self.chosen_run
        if run is None:
            text = _(self._words.ready)
            self.card.rest(text.format(takes=f"{self.facts.takes:,}", classes=len(self.facts.words)))
            return
        on = ", ".join(run.held_out) if run.scored_on == "test" else _("takes kept for validation")
        text = _("{run} is in use: {right}, on {on}.").format(run=run.name, right=_sure(run), on=on)
        if not run.total:
            text = _("{run} is in use. Nothing was left to score it on.").format(run=run.name)
        odd = [run.told_stale] if run.stale else list(run.notices)
        self.card.rest(" ".join([text, *odd]), kind="warn" if odd else "muted")

    def _show_history(self, run: RunFacts | None) -> None:
        """The curves of a run that is not training any more."""
        if run is None or run.id == self._shown_run or self._error is not None:
            return
        self._shown_run = run.id

        def read(project: "Project") -> "list[Epoch]":
            return read_epochs(project, run.id)

        def show(epochs: "list[Epoch]") -> None:
            if not self.running and self._shown_run == run.id:
                self._show_epochs(epochs)

        when_done(self.session.ask(read), show, owner=self, failed=lambda _error: None)

    def _show_epochs(self, epochs: "list[Epoch]") -> None:
        self._epochs = epochs
        self.view.show_epochs(epochs)


def _sure(run: RunFacts) -> str:
    text = _("{text} at 95 % confidence") if run.error is None else _("off by {text} on average")
    return text.format(text=accuracy_text(run))
