"""Deploy: the model as it will be, the boards it fits, what a decision costs; then sent, and proved on the board."""

from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QComboBox,
    QHBoxLayout,
    QScrollArea,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from studio.core.errors import StudioError
from studio.core.job import Job, JobState
from studio.core.text import gettext as _
from studio.model.arena import ALIGNMENT
from studio.ui import theme
from studio.ui.bridge import on_gui_thread, when_done
from studio.ui.controls import Button, Elided, Label, Line
from studio.ui.pages.deploy_boards import BoardColumns
from studio.ui.pages.deploy_energy import EnergyPanel
from studio.ui.pages.deploy_parts import ExportBar, SendingBand, ask_to_replace, export_run
from studio.ui.pages.deploy_work import DEPLOY_JOB, Found, board_in_use, deploy_job, look_at, run_name
from studio.ui.pages.page import Page, Shell
from studio.ui.progress import Mark, PageState
from studio.ui.widgets.arena import ArenaView
from studio.ui.widgets.bars import Part, PartsBar
from studio.ui.widgets.empty_state import EmptyState
from studio.ui.widgets.painted import px

if TYPE_CHECKING:
    from studio.dataset.project import Project
    from studio.dataset.runs import Run
    from studio.deploy.deploying import Deployed, HoldsAnother
    from studio.deploy.survey import Survey

MODEL_WIDTH = 452
LOW = 700  # px of height: the boards' pictures go
STACKED = 1_000  # px of width: the boards stand above the model
EXPORTS_BESIDE = 900
ROOMY = 900  # px of height: bars stand apart
QWIDGETSIZE_MAX = (1 << 24) - 1  # Qt's own, which PySide does not name
EMPTY, PROBLEM, MODEL = range(3)


class DeployPage(Page):
    """Its figures are a Survey's, made off this thread; sending is `deploy`, as a job."""

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        self._found = Found([])
        self._chosen = ""  # a board's key
        self._job: Job[Deployed | HoldsAnother] | None = None
        self._looked = 0
        key = shell.commands.key
        self._runs = QComboBox()
        self._runs.setAccessibleName(_("Run"))
        self._runs.setMinimumWidth(px(188))
        self._runs.activated.connect(self._choose_run)
        self._put = Button(_("Put it on the board"), "deploy", "primary", key=key("deploy.put"))
        self._put.clicked.connect(lambda: shell.commands.run("deploy.put"))
        self.header = [self._runs, self._put]
        self._build()
        on_gui_thread(self.session.board_changed, lambda _address: self._board_changed(), owner=self)
        on_gui_thread(self.session.runs_changed, lambda _run: self._run_changed(), owner=self, latest=True)
        bind, ready = shell.commands.bind, self._is_ready
        bind("deploy.put", self._act, enabled=self._can_act)
        bind("deploy.run", self._runs.setFocus, enabled=lambda: len(self._found.runs) > 0)
        bind("deploy.radio", self._energy.radio.setFocus, enabled=self._energy.radio.isVisible)
        for kind in ("tflite", "c", "image"):
            bind(f"deploy.{kind}", partial(self._export, kind), enabled=ready)

    def _build(self) -> None:
        self._band = SendingBand()
        self._band.cancelled.connect(self._cancel)
        self._band.followed.connect(lambda: self.shell.show_page("live"))
        train = Button(_("Go to Train"), "train", "primary")
        train.clicked.connect(lambda: self.shell.show_page("train"))
        empty = EmptyState(
            "deploy",
            _("No model to put on a board yet"),
            _("Here you will see what a trained model takes of each board, what a decision costs, and send it there."),
            train,
        )
        again = Button(_("Go to Train"), "train")
        again.clicked.connect(lambda: self.shell.show_page("train"))
        self._problem = EmptyState("warn", "", "", again)
        self._states = QStackedWidget()
        for state in (empty, self._problem, self._model()):
            self._states.addWidget(state)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._band)
        layout.addWidget(self._states, 1)

    def _model(self) -> QWidget:
        self._model_column = left = QVBoxLayout()
        left.setSpacing(10)
        self._bytes, self._arena_bytes = Elided(weight=theme.TITLE, right=True), Elided(role="muted", right=True)
        self._parts, self._arena = PartsBar(), ArenaView()
        for title, figure, view, stretch in (
            (_("The model image"), self._bytes, self._parts, 0),
            (_("Arena"), self._arena_bytes, self._arena, 1),
        ):
            head = QHBoxLayout()
            head.addWidget(Label(title, weight=theme.TITLE))
            head.addWidget(figure, 1)
            left.addLayout(head)
            left.addWidget(view, stretch)
            if view is self._parts:
                left.addSpacing(4)
                left.addWidget(Line())
                left.addSpacing(2)
        self._model_side = QWidget()
        self._model_side.setLayout(left)
        self._upright = Line(upright=True)
        self._columns_row = QHBoxLayout()
        self._columns_row.setSpacing(0)
        self._columns_row.addWidget(self._model_side)
        self._columns_row.addWidget(self._upright)
        self._columns_row.addWidget(self._boards_side(), 1)
        content = QWidget()
        content.setObjectName("page")
        layout = QVBoxLayout(content)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(self._columns_row, 1)
        self._exports = ExportBar(self.shell.commands)
        layout.addWidget(self._exports)
        area = QScrollArea()
        area.setWidget(content)
        area.setWidgetResizable(True)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        return area

    def _boards_side(self) -> QWidget:
        holder = QWidget()
        self._boards_column = column = QVBoxLayout(holder)
        head = QHBoxLayout()
        head.addWidget(Label(_("Boards"), weight=theme.TITLE))
        self._verdict = Elided(role="muted", right=True)
        head.addWidget(self._verdict, 1)
        column.addLayout(head)
        self._columns = BoardColumns()
        self._columns.chosen.connect(self._choose_board)
        column.addWidget(self._columns, 3)
        self._reasons = Label("", kind="err", wrap=True)
        column.addWidget(self._reasons)
        column.addSpacing(2)
        column.addWidget(Line())
        self._energy = EnergyPanel(self.session)
        column.addWidget(self._energy)
        column.addStretch(1)
        return holder

    def shown(self) -> None:
        self._show_header()
        self._look()

    def project_changed(self, project: "Project | None") -> None:
        self._found, self._job = Found([]), None
        self._forget()
        self._show()
        if project is not None:
            self._look()

    def place(self) -> dict[str, Any]:
        return {"board": self._chosen}

    def restore(self, place: dict[str, Any]) -> None:
        self._chosen = str(place.get("board", self._chosen))
        self._show()

    def first_focus(self) -> QWidget | None:
        return self._put if self._put.isEnabled() else self._runs

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        stacked = self.width() < px(STACKED)
        low = self.height() < LOW
        self._columns.set_compact(low and not stacked)
        self._model_column.setContentsMargins(24, 10 if low else 16, 24, 12)
        self._boards_column.setSpacing(7 if low else 10)
        self._boards_column.setContentsMargins(24, 10 if low else 16, 24, 4 if low else 10)
        self._exports.set_low(low)
        self._upright.setVisible(not stacked)
        if stacked != (self._columns_row.direction() == QBoxLayout.Direction.TopToBottom):
            self._columns_row.setDirection(
                QBoxLayout.Direction.TopToBottom if stacked else QBoxLayout.Direction.LeftToRight
            )
            self._columns_row.removeWidget(self._model_side)
            self._columns_row.insertWidget(2 if stacked else 0, self._model_side)
        self._model_side.setMinimumWidth(0 if stacked else px(MODEL_WIDTH))
        self._model_side.setMaximumWidth(QWIDGETSIZE_MAX if stacked else px(MODEL_WIDTH))
        self._arena.setMinimumHeight(px(300 if stacked else 180))
        self._energy.set_height(136 if self.height() >= px(ROOMY) else 72 if low else 84)
        self._exports.set_stacked(self.width() < px(EXPORTS_BESIDE))

    # The run

    def _is_ready(self) -> bool:
        return self._found.survey is not None

    def _look(self) -> None:
        """Reads the runs and surveys the chosen one, off this thread."""
        project = self.session.project
        if project is None:
            return
        self._looked += 1
        looked, runs_folder, wanted = self._looked, project.runs_folder, self.session.run
        used = board_in_use(self.session)

        def take(found: Found) -> None:
            if looked == self._looked:
                self._found = found
                self._show()

        when_done(self.session.in_background(lambda: look_at(runs_folder, wanted, used)), take, owner=self)

    def _run_changed(self) -> None:
        if not self._sending:
            self._forget()
        self._look()

    def _choose_run(self, place: int) -> None:
        self.session.run_made(self._found.runs[place].id)

    @property
    def run(self) -> "Run | None":
        """The one that is shown."""
        wanted = self.session.run
        runs = self._found.runs
        return next((run for run in runs if run.id == wanted), runs[0] if runs else None)

    # Showing

    def _show(self) -> None:
        found = self._found
        self._runs.clear()
        for place, run in enumerate(found.runs):
            self._runs.addItem(run_name(run, len(found.runs) - place))
        shown = self.run
        if shown is not None:
            self._runs.setCurrentIndex(found.runs.index(shown))
        self._states.setCurrentIndex(MODEL if found.survey is not None else PROBLEM if found.problem else EMPTY)
        if found.problem is not None:
            self._problem.show_words(str(found.problem), found.problem.advice())
        if found.survey is not None:
            self._show_survey(found.survey)
        self._show_header()

    def _show_survey(self, survey: "Survey") -> None:
        bundle = survey.bundle
        self._bytes.set_text(_("{n} bytes").format(n=f"{len(bundle.image):,}"))
        self._parts.show_parts([Part(name, size) for name, size in survey.parts])
        bound_bytes = bundle.plan.arena_lower_bound_bytes
        least = bundle.plan.arena_bytes <= bound_bytes + -bound_bytes % ALIGNMENT
        text = _("{n} bytes, no arrangement is smaller") if least else _("{n} bytes")
        self._arena_bytes.set_text(text.format(n=f"{bundle.plan.arena_bytes:,}"))
        self._arena.show_arena(self._found.arena)
        self._exports.show_sizes(len(bundle.tflite), len(bundle.image))
        self._show_boards(survey)

    def _show_boards(self, survey: "Survey") -> None:
        used = board_in_use(self.session)
        keys = [row.key for row in survey.boards]
        # One just chosen may be in none of these rows yet: the survey with it is on its way.
        chosen = next(key for key in (self._chosen, used, keys[0]) if key in keys)
        place = keys.index(chosen)
        fit, pace, row = survey.fits[place], survey.bundles[place].pace, survey.boards[place]
        self._columns.show_boards(survey.boards, survey.bundles, used, chosen, self._found.sensor)
        fitting = sum(each.fits for each in survey.fits)
        self._verdict.set_text(_("fits {n} of {count}").format(n=fitting, count=len(survey.fits)))
        told = [str(misfit) for misfit in fit.misfits]
        if told:
            told.append(" ".join(dict.fromkeys(misfit.advice() for misfit in fit.misfits)))
        elif not pace.is_finest or not pace.keeps_up:
            told.append(str(pace))
        self._reasons.setText("\n".join(told))
        self._reasons.set_kind("warn" if fit.fits else "err")
        self._reasons.setVisible(bool(told))
        self._energy.show_board(fit, row, survey.bundle.plan.macs, self._found.sensor)

    def _show_header(self) -> None:
        sending = self._sending
        if self.isVisible():  # else the header is another page's
            self._runs.setVisible(bool(self._found.runs))
            self._put.setVisible(self._found.survey is not None)
        self._runs.setEnabled(not sending)
        if sending:
            text, icon, kind = _("Stop"), "stop", "secondary"
        elif self.session.board is None:
            text, icon, kind = _("Choose a board"), "devices", "primary"
        else:
            text, icon, kind = _("Put it on the board"), "deploy", "primary"
        self._put.set_text(text)
        self._put.set_icon(icon)
        self._put.set_kind(kind)
        self._put.setEnabled(self._can_act())
        self.shell.commands.refresh()

    def _choose_board(self, key: str) -> None:
        self._chosen = key
        if self._found.survey is not None:
            self._show_boards(self._found.survey)

    def _board_changed(self) -> None:
        if not self._sending:
            self._forget()
        self._chosen = board_in_use(self.session) or self._chosen
        self._look()  # it may be one that is not among the four
        self._show()

    # Onto the board

    @property
    def _sending(self) -> bool:
        return self._job is not None and self._job.state in (JobState.WAITING, JobState.RUNNING)

    def _can_act(self) -> bool:
        if self._found.survey is None:
            return False
        if self._sending or self.session.board is None:
            return True
        fit = self._found.survey.fit_of(board_in_use(self.session))
        return fit is None or fit.fits

    def _act(self) -> None:
        if self._sending:
            self._cancel()
        elif self.session.board is None:
            self.shell.show_page("devices")
        else:
            self._send(replace_another=False)

    def _send(self, *, replace_another: bool) -> None:
        run, project, board = self.run, self.session.project, self.session.board
        if run is None or project is None or board is None or self._sending:
            return
        work = partial(deploy_job, self.session, run, board, project.folder, replace_another)
        self._job = job = self.session.start(DEPLOY_JOB, work)
        on_gui_thread(job.changed, self._job_changed, owner=self, latest=True)
        self._job_changed(job)

    def _cancel(self) -> None:
        if self._job is not None:
            self._job.cancel()

    def _job_changed(self, job: "Job[Deployed | HoldsAnother]") -> None:
        if job is not self._job:
            return
        if self._sending:
            self._band.show_progress(*job.progress)
        else:
            self._job = None
            self._ended(job)
        self._show_header()

    def _ended(self, job: "Job[Deployed | HoldsAnother]") -> None:
        if job.state is JobState.CANCELLED:
            self._band.show_problem(
                _("Sending was stopped; the board may hold no whole model now."), _("Send it again.")
            )
            return
        try:
            outcome = job.result(1)
        except StudioError as error:
            self._band.show_problem(str(error), error.advice())
            return
        except Exception:  # noqa: BLE001  the session has logged and told it
            self._band.clear()
            return
        if isinstance(outcome, StudioError):
            self._forget()
            ask_to_replace(self, outcome, lambda: self._send(replace_another=True))
        else:
            self._band.show_done(
                _("The board answers as expected."),
                _("{board} holds {run}, {bytes} bytes; its self-test gave all {scores} scores.").format(
                    board=outcome.board,
                    run=self._name_of(outcome.run),
                    bytes=f"{outcome.image_bytes:,}",
                    scores=outcome.scores,
                ),
            )

            self.session.say_state("deploy", PageState(Mark.DONE, _("the board answers as expected")))

    def _forget(self) -> None:
        """What was told of the last sending is of another run or board."""
        self._band.clear()
        self.session.say_state("deploy", None)

    def _name_of(self, run_id: str) -> str:
        runs = self._found.runs
        return next((_("run {n}").format(n=len(runs) - i) for i, run in enumerate(runs) if run.id == run_id), run_id)

    def _export(self, kind: str) -> None:
        survey, project = self._found.survey, self.session.project
        if survey is not None and project is not None:
            export_run(self, self.session, survey, self._chosen, kind, project.exports_folder)
