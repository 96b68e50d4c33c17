"""Live: what the board hears, its scores beside the host's, and the stage at which they part, if they do."""

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from studio.core.job import Job, JobState
from studio.core.text import gettext as _
from studio.ui.bridge import on_gui_thread, when_done
from studio.ui.class_styles import class_styles
from studio.ui.controls import Button, Ground
from studio.ui.pages.deploy_parts import ask_to_replace
from studio.ui.pages.deploy_work import LIVE_JOB
from studio.ui.pages.live_difference import OpenedDifference, place_of, stage_marks, summary
from studio.ui.pages.live_hears import hears_menu, hears_words, played_by, playing
from studio.ui.pages.live_views import DecisionsView, HearingView
from studio.ui.pages.live_work import Ready, level_db, listen, look_at, run_listening, save
from studio.ui.pages.page import Page, Shell
from studio.ui.progress import Mark, PageState
from studio.ui.session import Act, BoardStatus, Notice
from studio.ui.widgets.decisions import DecisionMark
from studio.ui.widgets.empty_state import EmptyState
from studio.ui.widgets.painted import ClassStyle
from studio.ui.widgets.scores import ScoresView, int8_as_scores
from studio.ui.widgets.stages_row import StagesRow

if TYPE_CHECKING:
    from studio.core.errors import StudioError
    from studio.dataset.project import Project
    from studio.live.listening import Begun, Listening, News
    from studio.live.live import LiveWindow

FRAME_MS = 16  # the display's pace
AWAY_MS = 500  # while another page is shown
STATUS_EVERY = 12  # frames
NO_RUN, NO_BOARD, VIEW = range(3)


class LivePage(Page):
    """A view of one Listening, which goes on while other pages are shown. It measures and decides nothing."""

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        self._ready: Ready | None = None
        self._listening: Listening | None = None
        self._job: Job[None] | None = None
        self._begun: Begun | None = None
        self._styles: list[ClassStyle] = []
        self._frames = self._shown_windows = 0
        self._difference: LiveWindow | None = None  # what the opened panel tells of
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
        on_gui_thread(self.session.runs_changed, lambda _run: self._look(), owner=self, latest=True)
        self._bind()

    def _build(self) -> None:
        train, devices = Button(_("Go to Train"), "train", "primary"), Button(_("Go to Devices"), "devices", "primary")
        train.clicked.connect(lambda: self.shell.show_page("train"))
        devices.clicked.connect(lambda: self.shell.show_page("devices"))
        no_run = EmptyState(
            "live",
            _("No model to listen with yet"),
            _("Here a board and this computer will hear the same sound, and you will see that they score it equally."),
            train,
        )
        no_board = EmptyState(
            "live",
            _("Which board shall listen?"),
            _("Choose one that is plugged in, or a virtual one, which runs the board's own code on this computer."),
            devices,
        )
        self._states = QStackedWidget()
        for state in (no_run, no_board, self._view()):
            self._states.addWidget(state)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._states)

    def _view(self) -> QWidget:
        self.hearing, self.scores, self.stages = HearingView(), ScoresView(), StagesRow()
        upper = QHBoxLayout()
        upper.setContentsMargins(24, 14, 24, 12)
        upper.setSpacing(40)
        upper.addWidget(self.hearing, 11)
        upper.addWidget(self.scores, 12)
        self._band = Ground("bg", "tb")
        across = QHBoxLayout(self._band)
        across.setContentsMargins(16, 1, 16, 1)
        across.addWidget(self.stages)
        self.stages.opened.connect(lambda: self.shell.commands.run("live.details"))
        key = self.shell.commands.key
        self.decisions = DecisionsView(key("live.false_alarm"), key("live.keep"))
        self.decisions.kept.connect(self._keep)
        self.opened = OpenedDifference(self.shell.commands)
        self._below = QStackedWidget()
        self._below.addWidget(self.decisions)
        self._below.addWidget(self.opened)
        view = QWidget()
        view.setObjectName("page")
        layout = QVBoxLayout(view)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(upper, 1)
        layout.addWidget(self._band)
        layout.addWidget(self._below)
        self.stages.show_stages(stage_marks(None, None))
        return view

    def _bind(self) -> None:
        bind, parted = self.shell.commands.bind, lambda: self._parted is not None
        bind("live.start", self.start, enabled=self._can_start)
        bind("live.stop", self.stop, enabled=lambda: self.running)
        bind("live.hears", self._choose_sound, enabled=lambda: played_by(self.session.board) is not None)
        bind("live.false_alarm", lambda: self.decisions.keep(background=True), enabled=self._can_keep)
        bind("live.keep", lambda: self.decisions.keep(background=False), enabled=self._can_keep)
        bind("live.details", self._switch_details, enabled=parted)
        bind("live.again", lambda: self._start_over(send_again=True), enabled=parted)
        bind("live.save", self._save_window, enabled=self._can_save)

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
        self._clear()
        self._show_state()
        if project is not None:
            self._look()

    def first_focus(self) -> QWidget | None:
        return self._start

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        height = self.height()
        self.stages.setFixedHeight(76 if height < 680 else 92)
        self._below.setFixedHeight(max(150, min(252, round(height * 0.26))) if self._details_closed else 246)

    def _look(self) -> None:
        project, wanted = self.session.project, self.session.run

        def take(ready: Ready) -> None:
            self._ready = ready
            self._show_state()

        if project is not None:
            when_done(self.session.ask(lambda opened: look_at(opened, wanted)), take, owner=self)

    def _show_state(self) -> None:
        if not self.running:
            no_run = self._ready is not None and self._ready.run is None
            self._states.setCurrentIndex(NO_RUN if no_run else NO_BOARD if self.session.board is None else VIEW)
        viewing = self._states.currentIndex() == VIEW
        plays = played_by(self.session.board)
        if self.isVisible():  # else the header is another page's
            self._hears.setVisible(viewing and plays is not None)
            self._start.setVisible(viewing)
        self._hears.set_text(hears_words(plays or "").capitalize())
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
        self._begun, self._difference, self._news, self._shown_windows = None, None, None, 0
        self._close_details()
        self.stages.show_stages(stage_marks(None, None))
        self.scores.set_classes([])
        self.hearing.clear()
        self.decisions.clear()

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
        self.session.say_state("live", None)
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
        if self.running:
            self._start_over() if self.session.board is not None else self.stop()
        self._show_state()

    def _choose_sound(self) -> None:
        menu = hears_menu(self, self.session, self._hear)
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
        self.hearing.add_sound(news.blocks)
        self.decisions.add(news.scored)
        if news.newest is not None and news.windows != self._shown_windows:
            self._shown_windows = news.windows
            self._show_window(news, news.newest, begun)
        self._frames += 1
        if self._frames % STATUS_EVERY == 0:
            self._tell_status(news, None)

    def _begin(self, begun: "Begun") -> None:
        self._begun = begun
        labels = {*begun.classes, *(self._ready.labels if self._ready is not None else ())}
        styles = class_styles(labels)
        self._styles = [styles[label] for label in begun.classes]
        self.scores.set_classes(self._styles)
        self.hearing.begin(begun)
        self.decisions.begin(begun, self._styles)

    def _show_window(self, news: "News", window: "LiveWindow", begun: "Begun") -> None:
        board = np.frombuffer(window.device_scores, np.int8)
        scores = int8_as_scores(board)
        host = None if window.host is None else int8_as_scores(window.host.scores)
        self.scores.show_scores(scores, host, parted=host is not None and bool((scores != host).any()))
        self.hearing.show_window(window, self._styles[int(board.argmax())], begun.spec.clip_samples)
        known = news.difference if window.parted is not None else None
        opened = None if self._details_closed else self._difference
        self.hearing.show_pictures(opened or known or window)
        self.stages.show_stages(stage_marks(begun, window), *summary(news, window, begun))
        told = None if self._difference is None else self._difference.parted
        if window.parted not in (None, told) and (known is not None or window.host is None):
            self._difference = known or window
            self._open_details()
            self.shell.commands.refresh()
        elif known is not None and told is known.parted and self._difference is not None and not self._values_known:
            self._difference = known  # now a value is known
            self._fill_details()

    def _tell_status(self, news: "News | None", problem: "StudioError | None") -> None:
        from studio.boards.connection import BoardLost

        before = self.session.status
        if before is None:
            return
        if problem is not None or not self.running or news is None or self._begun is None:
            lost = isinstance(problem, BoardLost)
            self.session.show_status(BoardStatus(before.name, problem=_("stopped answering") if lost else ""))
            return
        rate, lost_samples = self._begun.spec.rate_hz, news.samples_lost
        seen = news.samples + lost_samples
        self.session.show_status(BoardStatus(before.name, rate, lost_samples, seen, level_db(news)))

    # Where they part

    @property
    def _parted(self) -> "LiveWindow | None":
        return self._difference

    @property
    def _values_known(self) -> bool:
        return self._difference is not None and self._difference.difference is not None

    def _can_save(self) -> bool:
        window = self._difference
        return window is not None and (window.board_stages is not None or window.host is not None)

    @property
    def _details_closed(self) -> bool:
        return self._below.currentWidget() is self.decisions

    def _switch_details(self) -> None:
        if self._details_closed:
            if self._news is not None and self._news.difference is not None:
                self._difference = self._news.difference
            self._open_details()
        else:
            self._close_details()

    def _open_details(self) -> None:
        self._below.setCurrentWidget(self.opened)
        self._fill_details()
        self.resizeEvent(QResizeEvent(self.size(), self.size()))

    def _close_details(self) -> None:
        had_focus = self.opened.isAncestorOf(self.focusWidget() or self)
        self._below.setCurrentWidget(self.decisions)
        if had_focus:
            self.stages.setFocus()
        self.resizeEvent(QResizeEvent(self.size(), self.size()))

    def _fill_details(self) -> None:
        if self._difference is not None and self._begun is not None:
            place = place_of(self._difference)
            self.opened.show_window(self._difference, self._begun, self.stages.mark_x(place) - 8)

    def _save_window(self) -> None:
        window, project = self._difference, self.session.project
        if window is not None and project is not None:
            saved = self.session.in_background(partial(save, window, project.exports_folder))
            when_done(saved, self._saved, owner=self, failed=self.session.fail)

    def _saved(self, path: str) -> None:
        self.session.notify(Notice(_("The window is saved, as the board used it."), path, "ok"))

    # False alarms

    def _can_keep(self) -> bool:
        project, chosen = self.session.project, self.decisions.chosen
        return project is not None and project.writable and chosen is not None and not chosen.wrong

    def _keep(self, mark: DecisionMark, background: bool) -> None:  # noqa: FBT001  as the signal gives it
        from studio.live.keeping import keep_sound
        from studio.training.classes import BACKGROUND

        row, begun, listening = self.decisions.scored_of(mark), self._begun, self._listening
        samples = None if row is None or listening is None else listening.sound(row.first_sample)
        if samples is None or begun is None:
            self.session.notify(Notice(_("That second is not held any more; only the last minute is."), tone="warn"))
            return
        label = BACKGROUND if background else None
        title = _("Keep a false alarm for {label}").format(label=begun.classes[mark.place])

        def told(_recorded: object) -> None:
            self.decisions.timeline.mark_wrong(mark)
            said = (
                _("It is a recording now, labelled as noise.") if background else _("It is a recording now, for Label.")
            )
            self.session.notify(Notice(said, title, "ok", (Act(_("Undo"), self.session.undo),)))
            self.shell.commands.refresh()

        kept = self.session.ask(lambda project: keep_sound(project, begun.origin, samples, label, title))
        when_done(kept, told, owner=self, failed=self.session.fail)
