"""Live: what the board hears, its scores beside the host's, and the stage at which they part, if they do."""

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QScrollArea, QStackedWidget, QVBoxLayout, QWidget

from studio.core.job import Job, JobState
from studio.core.text import gettext as _
from studio.ui.bridge import on_gui_thread, when_done
from studio.ui.class_styles import class_styles
from studio.ui.controls import Button, Ground
from studio.ui.pages.deploy_parts import ask_to_replace
from studio.ui.pages.deploy_work import LIVE_JOB
from studio.ui.pages.hears import hears_menu, hears_words, played_by, playing
from studio.ui.pages.live_below import Below
from studio.ui.pages.live_difference import stage_marks, summary
from studio.ui.pages.live_kinds import SENSING
from studio.ui.pages.live_views import SensedPanel
from studio.ui.pages.live_work import Ready, board_status, listen, look_at, outcome, run_listening
from studio.ui.pages.page import Page, Shell, Stack
from studio.ui.progress import Mark, PageState
from studio.ui.session import Act
from studio.ui.widgets.empty_state import EmptyState
from studio.ui.widgets.painted import ClassStyle, px
from studio.ui.widgets.scores import ScoresView, int8_as_scores
from studio.ui.widgets.stages_row import StagesRow
from studio.ui.widgets.values import ValuesView

if TYPE_CHECKING:
    from studio.core.errors import StudioError
    from studio.dataset.project import Project
    from studio.live.listening import Begun, Listening, News
    from studio.live.live import LiveWindow

FRAME_MS = 16  # the display's pace
AWAY_MS = 500  # while another page is shown
STATUS_EVERY = 12  # frames
LOW = 680  # px of height: the row of stages is slimmer
BESIDE = 780  # px of width: the scores lie beside what is heard
NO_RUN, NO_BOARD, VIEW = range(3)


class LivePage(Page):
    """A view of one Listening, which goes on while other pages are shown. It measures and decides nothing."""

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        self._ready: Ready | None = None
        self._listening: Listening | None = None
        self._job: Job[None] | None = None
        self._begun: Begun | None = None
        self._sensor = "microphone"  # what the project senses with
        self._styles: list[ClassStyle] = []
        self._frames = self._shown_windows = 0
        self._news: News | None = None
        self._again_with: dict[str, bool] | None = None  # how to start once the present session has ended
        key = shell.commands.key
        self._hears = Button(hears_words("").capitalize(), "speaker", key=key("live.hears"))
        self._hears.clicked.connect(lambda: shell.commands.run("live.hears"))
        self._start = Button(_("Start"), "play", "primary", key=key("live.start"))
        self._start.clicked.connect(lambda: shell.commands.run("live.stop" if self.running else "live.start"))
        self.header = [self._hears, self._start]
        self._build()
        self._timer = QTimer(self, interval=FRAME_MS)
        self._timer.timeout.connect(self._tick)
        on_gui_thread(self.session.board_changed, lambda _address: self._board_changed(), owner=self)
        on_gui_thread(self.session.runs_changed, lambda _run: self._run_changed(), owner=self, latest=True)
        self._bind()

    def _build(self) -> None:
        train, devices = Button(_("Go to Train"), "train", "primary"), Button(_("Go to Devices"), "devices", "primary")
        train.clicked.connect(lambda: self.shell.show_page("train"))
        devices.clicked.connect(lambda: self.shell.show_page("devices"))
        self._no_run, self._no_board = EmptyState("live", "", "", train), EmptyState("live", "", "", devices)
        self._states = QStackedWidget()
        for state in (self._no_run, self._no_board, self._view()):
            self._states.addWidget(state)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._states)

    def _view(self) -> QWidget:
        self.hearing, self.scores, self.values, self.stages = SensedPanel(), ScoresView(), ValuesView(), StagesRow()
        self._answers = Stack(self.scores, self.values)
        self._upper = QHBoxLayout()
        self._upper.setContentsMargins(24, 14, 24, 12)
        self._upper.setSpacing(40)
        self._upper.addWidget(self.hearing, 11)
        self._upper.addWidget(self._answers, 12)
        self._band = Ground("bg", "tb")
        across = QHBoxLayout(self._band)
        across.setContentsMargins(16, 1, 16, 1)
        across.addWidget(self.stages)
        self.stages.opened.connect(lambda: self.shell.commands.run("live.details"))
        self.below = Below(self.shell, self.stages)
        self.below.switched.connect(self._arrange)
        view = QWidget()
        view.setObjectName("page")
        layout = QVBoxLayout(view)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(self._upper, 1)
        layout.addWidget(self._band)
        layout.addWidget(self.below)
        self.stages.show_stages(stage_marks(None, None))
        area = QScrollArea()
        area.setWidget(view)
        area.setWidgetResizable(True)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        return area

    def _bind(self) -> None:
        bind, below = self.shell.commands.bind, self.below
        bind("live.start", self.start, enabled=self._can_start)
        bind("live.stop", self.stop, enabled=lambda: self.running)
        bind("live.hears", self._choose_sensed, enabled=lambda: played_by(self.session.board) is not None)
        bind("live.false_alarm", lambda: below.decisions.keep(background=True), enabled=below.can_keep_as_background)
        bind("live.keep", lambda: below.decisions.keep(background=False), enabled=below.can_keep)
        bind("live.details", below.switch, enabled=below.has_parted)
        bind("live.again", lambda: self._start_over(send_again=True), enabled=below.has_parted)
        bind("live.save", below.save, enabled=below.can_save)

    # The page

    def shown(self) -> None:
        self._timer.setInterval(FRAME_MS)
        self._show_state()
        self._look()

    def hidden(self) -> None:
        self._timer.setInterval(AWAY_MS)

    def project_changed(self, project: "Project | None") -> None:
        self.stop()
        self._ready = self._again_with = self._listening = None
        self.session.say_state("live", None)
        self._sensor = project.settings.sensor.kind if project is not None else self._sensor
        self._say_words()
        self._clear()
        self._show_state()
        if project is not None:
            self._look()

    def _say_words(self) -> None:
        """As what the project senses has them."""
        sensing = SENSING[self._sensor]
        self.sentence = _(sensing.sentence) if sensing.sentence else ""
        self._no_run.show_words(_(sensing.no_run), _(sensing.nothing_yet))
        words = _("Choose one that is plugged in, or a virtual one, which runs the board's own code on this computer.")
        self._no_board.show_words(_(sensing.asks), words)

    def first_focus(self) -> QWidget | None:
        return self._start

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        """Heights of the lower parts, and whether the upper ones lie side by side. What does not fit is scrolled to."""
        height, width, beside = self.height(), self.stages.width(), self.width() >= px(BESIDE)
        self._upper.setDirection(QBoxLayout.Direction.LeftToRight if beside else QBoxLayout.Direction.TopToBottom)
        self.stages.setFixedHeight(self.stages.height_for(width, low=height < px(LOW)))
        decisions = max(px(150), min(px(252), round(height * 0.26)))
        self.below.setFixedHeight(self.below.opened.height_for(width) if self.below.is_open else decisions)
        self.below.fill()

    def _look(self) -> None:
        project, wanted = self.session.project, self.session.run

        def take(ready: Ready) -> None:
            self._ready = ready
            self._show_state()

        if project is not None:
            when_done(self.session.ask(lambda opened: look_at(opened, wanted)), take, owner=self)

    def _run_changed(self) -> None:
        """How the last session went says nothing of another run."""
        if not self.running:
            self.session.say_state("live", None)
        self._look()

    def _show_state(self) -> None:
        if not self.running:
            no_run = self._ready is not None and self._ready.run is None
            self._states.setCurrentIndex(NO_RUN if no_run else NO_BOARD if self.session.board is None else VIEW)
        viewing = self._states.currentIndex() == VIEW
        plays = played_by(self.session.board)
        if self.isVisible():  # else the header is another page's
            self._hears.setVisible(viewing and plays is not None)
            self._start.setVisible(viewing)
        words = hears_words(plays or "", self._sensor)
        self._hears.set_text(words[:1].upper() + words[1:])
        self._hears.set_icon("speaker" if self._sensor == "microphone" else "play")
        self._start.key = self.shell.commands.key("live.stop" if self.running else "live.start")
        self._start.set_icon("stop" if self.running else "play")
        self._start.set_text(_("Stop") if self.running else _("Start"))
        self._start.set_kind("secondary" if self.running else "primary")
        self.shell.commands.refresh()

    # Listening

    @property
    def running(self) -> bool:
        return self._job is not None and self._job.state in (JobState.WAITING, JobState.RUNNING)

    def _can_start(self) -> bool:
        return self.session.project is not None and self.session.board is not None and not self.running

    def start(self, *, send_again: bool = False, replace_another: bool = False) -> None:
        """Deploys first where the board's model is another."""
        from studio.live.listening import Listening

        project, board = self.session.project, self.session.board
        if project is None or board is None or self.running:
            return
        if self._listening is not None and self._listening.problem is not None:
            self.session.settle(self._listening.problem)  # started by its key, not by what the notice offers
        self._listening = listening = Listening(
            *listen(project, board, self.session.run), send_again=send_again, replace_another=replace_another
        )
        self._clear()
        self._job = job = self.session.start(LIVE_JOB, partial(run_listening, self.session, listening))
        on_gui_thread(job.changed, self._job_changed, owner=self, latest=True)
        self._timer.start()
        self.session.say_state("live", PageState(Mark.IN_WORK, _("listening")))
        self._job_changed(job)

    def _clear(self) -> None:
        """Nothing has been heard yet."""
        self._begun, self._news, self._shown_windows = None, None, 0
        self.stages.show_stages(stage_marks(None, None))
        self.scores.set_classes([])
        self.values.set_unit("")
        self.hearing.clear()
        self.below.clear()

    def stop(self) -> None:
        if self._job is not None:
            self._job.cancel()

    def _start_over(self, **how: bool) -> None:
        """Once the present session has let the board go."""
        self._again_with = how
        if self.running:
            self.stop()
        else:
            self._start_again()

    def _start_again(self) -> None:
        how, self._again_with = self._again_with, None
        if how is not None:
            self.start(**how)

    def _job_changed(self, job: Job[None]) -> None:
        if job is not self._job:
            return
        if self.running:
            if self._begun is None:
                self.stages.show_stages(stage_marks(None, None), job.progress.text)
            if self._start.text() != _("Stop"):
                self._show_state()
            return
        self._tick()
        self._job = None
        self._timer.stop()
        self.session.say_state("live", outcome(self._news))
        newest = self._news.newest if self._news is not None else None
        said = summary(self._news, newest, self._begun, ended=True) if self._news is not None else ("", "")
        self.stages.show_stages(stage_marks(self._begun, newest), *said)
        problem = self._listening.problem if self._listening is not None else None
        self._tell_status(self._news, problem)
        self._show_state()
        if problem is not None:
            self._again_with = None
            self._tell_problem(problem)
        self._start_again()

    def _tell_problem(self, problem: "StudioError") -> None:
        from studio.deploy.deploying import HoldsAnother

        if isinstance(problem, HoldsAnother):
            ask_to_replace(self, problem, lambda: self.start(replace_another=True))
            return
        devices = Act(_("Devices"), lambda: self.shell.show_page("devices"))
        self.session.fail(problem, Act(_("Start again"), self.start), devices)

    def _board_changed(self) -> None:
        if not self.running:
            self.session.say_state("live", None)
        elif self.session.board is not None:
            self._start_over()
        else:
            self.stop()
        self._show_state()

    def _choose_sensed(self) -> None:
        menu = hears_menu(self, self.session, self._hear, self._sensor)
        menu.popup(self._hears.mapToGlobal(self._hears.rect().bottomLeft()))

    def _hear(self, plays: str) -> None:
        board, status = self.session.board, self.session.status
        if board is not None:
            self.session.choose_board(playing(board, plays), status.name if status is not None else "")
            self._show_state()

    # At the display's pace

    def _tick(self) -> None:
        if self._listening is None:
            return
        news = self._listening.take()
        begun = self._listening.begun
        if begun is not None and self._begun is None:
            self._begin(begun)
        if self._begun is None or begun is None:
            return
        self._news = news
        self.hearing.add(news)
        self.below.add(news.scored)
        if news.newest is not None and news.windows != self._shown_windows:
            self._shown_windows = news.windows
            self._show_window(news, news.newest, begun)
        self._frames += 1
        if self._frames % STATUS_EVERY == 0:
            self._tell_status(news, None)

    def _begin(self, begun: "Begun") -> None:
        self._begun = begun
        labels = {*begun.classes, *(self._ready.labels if self._ready is not None else ())}
        styles = class_styles(labels) if begun.measure is None else {label: ClassStyle(label) for label in labels}
        self._styles = [styles[label] for label in begun.classes]
        self.scores.set_classes(self._styles)
        self._answers.setCurrentWidget(self.scores if begun.measure is None else self.values)
        self.values.set_unit(begun.measure.unit if begun.measure is not None else "")
        self.hearing.begin(begun)
        if self._listening is not None:
            self.below.begin(self._listening, begun, self._styles)

    def _show_window(self, news: "News", window: "LiveWindow", begun: "Begun") -> None:
        board = np.frombuffer(window.device_scores, np.int8)
        host = None if window.host is None else window.host.scores
        parted = host is not None and bool((board != host).any())
        if begun.measure is None:
            of_host = None if host is None else int8_as_scores(host)
            self.scores.show_scores(int8_as_scores(board), of_host, parted=parted)
        else:
            of = begun.measure.of
            self.values.show_values(of(board), None if host is None else of(host), parted=parted)
        self.hearing.show_window(window, self._styles[int(board.argmax())])
        self.stages.show_stages(stage_marks(begun, window), *summary(news, window, begun))
        self.below.show_window(news, window)
        told = self.below.difference if self.below.is_open else None
        self.hearing.show_pictures(told or (news.difference if window.parted is not None else None) or window)

    def _tell_status(self, news: "News | None", problem: "StudioError | None") -> None:
        before = self.session.status
        if before is not None:
            begun = self._begun if self.running else None
            self.session.show_status(board_status(before.name, begun, news, problem))
