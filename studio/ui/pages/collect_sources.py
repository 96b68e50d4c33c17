"""The sources of Collect, from being chosen to being shown: the first one, and those recorded beside it."""

from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from studio.capture.link_state import LinkState
from studio.core.text import gettext as _
from studio.ui.bridge import on_gui_thread
from studio.ui.controls import Button
from studio.ui.heard import Heard, Hearing, Wanted
from studio.ui.hearing import Listening
from studio.ui.pages.collect_beside import BesideMenu, wanted_of
from studio.ui.pages.collect_live import LiveView
from studio.ui.pages.collect_source import DEVICES, OWN, Source, SourceChoice
from studio.ui.pages.collect_stage import Stage
from studio.ui.pages.deploy_work import DEPLOY_JOB, LIVE_JOB
from studio.ui.pages.page import Shell

if TYPE_CHECKING:
    from studio.dataset.project import Project

VIRTUAL = "virtual:nano33ble"


class Sources(QObject):
    """Listens where the page says that it may. header: for the page's. changed: how it stands with the first source, or
    which that is, is another; lost: it went while it was heard.
    """

    changed = Signal()
    lost = Signal()

    def __init__(self, shell: Shell, listening: Listening, stage: Stage, live: LiveView, page: QWidget) -> None:
        super().__init__(page)
        self.hearing = Hearing()  # of the first source, as it is shown
        self.beside: list[Wanted] = []
        self._shell, self._session = shell, shell.session
        self._listening, self._stage, self._live = listening, stage, live
        self._project: Project | None = None  # while it listens
        self._was_taken = False  # the board, by another page, when it was last listened for
        self.choice = SourceChoice()
        self.choice.asked.connect(self._choose)
        self.first = Source(self._session, self.choice, self)
        self.first.changed.connect(self._changed)
        also = Button(_("Also record"), "plus", "ghost", key=shell.commands.key("collect.beside"))
        also.clicked.connect(partial(shell.commands.run, "collect.beside"))
        self._press = Button(_("Press button"), "press", "ghost", key=shell.commands.key("collect.press"))
        self._press.setToolTip(_("The virtual board's, which marks this moment in what comes from it"))
        self._press.clicked.connect(partial(shell.commands.run, "collect.press"))
        self._press.hide()
        shell.commands.bind("collect.press", listening.press, enabled=lambda: listening.button is not None)
        self.changed.connect(lambda: self._press.setVisible(listening.button is not None))
        self.menu = BesideMenu(self._session, also, page)
        self.menu.chosen.connect(lambda wanted: self.record_beside([*self.beside, wanted]))
        self.header: list[QWidget] = [self._press, also, self.choice]
        stage.beside.left_out.connect(lambda gone: self.record_beside([each for each in self.beside if each != gone]))
        stage.device_asked.connect(partial(self._choose, DEVICES))
        stage.virtual_asked.connect(
            lambda: self._session.choose_board(VIRTUAL, _("Arduino Nano 33 BLE Sense (virtual)"))
        )
        for asked in (stage.own_asked, stage.foot.other_asked):
            asked.connect(lambda: self.first.use(OWN))
        on_gui_thread(listening.hearing_changed, self._hearing_changed, owner=self)
        on_gui_thread(self._session.jobs_changed, lambda _job: self._jobs_changed(), owner=self, latest=True)

    def place(self) -> dict[str, Any]:
        return {"source": self.first.chosen, "beside": [[each.address, each.kind] for each in self.beside]}

    def restore(self, place: dict[str, Any]) -> None:
        self.beside = wanted_of(place)
        self.first.use(str(place.get("source", "")))

    def forget(self) -> None:
        """Another project is open: what is recorded beside its first source is not known yet."""
        self.beside = []

    @property
    def is_taken(self) -> bool:
        """Whether another page has the board: it serves one at a time."""
        return self.first.is_board and any(job.title in (DEPLOY_JOB, LIVE_JOB) for job in self._session.jobs)

    def listen(self, project: "Project | None") -> None:
        """To all of them, for takes of a project that may be written; None: to none."""
        self._project = project if project is not None and project.writable else None
        self._listen()

    def rest(self) -> None:
        """The page is hidden: what is heard goes on as long as nobody stops it, and nothing else is begun."""
        self._project = None
        self.first.rest_status()

    def open_menu(self) -> None:
        """Of what can be recorded beside the first one."""
        if self._project is not None:
            first = [Wanted(self.first.address)] if self.first.address else []
            self.menu.open([*first, *self.beside], self._project.settings.sensor.kind)

    def record_beside(self, wanted: list[Wanted]) -> None:
        self.beside = wanted
        self._listen()

    def tell_strip(self) -> None:
        """What it says of the first source while that gives nothing."""
        if self.hearing.state in (LinkState.LOST, LinkState.RECONNECTING):
            self.first.tell_lost()
        elif self.hearing.state is not LinkState.STREAMING:
            self.first.rest_status()

    def _listen(self) -> None:
        self._was_taken = self.is_taken
        project = self._project
        if project is not None and self.first.address and not self._was_taken:
            self._listening.listen(self.first.address, project)
            self._stage.beside.show_sources(self.beside, project.settings.sensor.kind)
            self._listening.listen_beside(self.beside, project)
        else:
            self._listening.stop()
        self.changed.emit()

    def _choose(self, chosen: str) -> None:
        if chosen == DEVICES:
            self._shell.show_page("devices", by_key=True)
        else:
            self.first.use(chosen)

    def _changed(self) -> None:
        if self._project is not None:
            self._listen()
        else:
            self.changed.emit()

    def _jobs_changed(self) -> None:
        if self._project is not None and self.is_taken != self._was_taken:
            self._listen()

    def _hearing_changed(self, heard: Heard) -> None:
        if heard is not self._listening.main:
            self._beside_changed(heard)
            return
        before, hearing = self.hearing, heard.hearing
        self.hearing = hearing
        self._stage.head.show_state(heard)
        if hearing.state is LinkState.STREAMING and hearing.origin is not None:
            if hearing.origin is before.origin:
                self._live.resume(hearing.origin.format.rate_hz)
            else:
                self._live.begin(hearing.origin.format, self.first.title, self.first.name)
        if hearing.state is LinkState.LOST and before.state is LinkState.STREAMING:
            self._live.end()
            self.lost.emit()
        self.changed.emit()

    def _beside_changed(self, heard: Heard) -> None:
        row, hearing = self._stage.beside.row_of(heard), heard.hearing
        if row is None or heard not in self._listening.beside:
            return
        if hearing.state is LinkState.STREAMING and hearing.origin is not None:
            self._stage.beside.begin(heard, hearing.origin)
        row.show_state(heard)
        self.changed.emit()
