"""What the window is working on, without Qt: the open project, the chosen board and run, jobs, notices.

The catalogue is opened and used on one thread of its own, so that the window never waits for a disk; `ask` hands
work to that thread and gives a Future. Signals are emitted on the thread where the thing happened: a page hears them
through `bridge.on_gui_thread`.
"""

import contextlib
import logging
import shutil
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from studio.capture.link_state import LinkState
from studio.core.errors import Cancelled, StudioError
from studio.core.job import Job, JobState, Report
from studio.core.signal import Signal
from studio.core.text import gettext as _
from studio.core.text import mark
from studio.dataset.class_order import note_classes, read_class_order
from studio.ui.progress import Mark, PageState, page_states

if TYPE_CHECKING:  # SQLAlchemy comes with them, which is for the catalogue's thread to import
    from studio.dataset.edits import Edit, Touched
    from studio.dataset.project import Project
    from studio.training.kept import KeptWorker
    from studio.training.trainer import Epoch

T = TypeVar("T")
log = logging.getLogger(__name__)

CLOSE_TIMEOUT_S = 10.0  # for jobs to see that they are cancelled
ANOTHER_RATE = 0.01  # of it: what differs less changes no hour that is shown
SOUND_BYTES_PER_S = 2 * 16_000.0  # of what is recorded, until it is known


@dataclass(eq=False)
class NoProject(StudioError):
    message = mark("No project is open.")
    remedy = mark("Open one, or make a new one, on Start.")


@dataclass(frozen=True)
class Act:
    """What a notice offers: a button's words, and what it does."""

    label: str
    run: Callable[[], Any]


@dataclass(frozen=True)
class Notice:
    """A line above the strip. tone: info, ok, warn, err. It goes by itself after a while unless it is warn or err."""

    text: str
    more: str = ""
    tone: str = "info"
    acts: tuple[Act, ...] = ()


@dataclass(frozen=True)
class BoardStatus:
    """What the strip says of the board in use; figures are None while it is not streaming."""

    name: str
    rate_hz: float | None = None
    lost: int | None = None
    seen: int | None = None  # samples, lost ones counted
    level_db: float | None = None  # dBFS, RMS
    problem: str = ""  # why it does not answer


@dataclass(frozen=True)
class History:
    """Titles of what Undo and Redo would do; None: nothing."""

    undo: str | None = None
    redo: str | None = None


@dataclass(frozen=True)
class Disk:
    free_bytes: int
    hours: float  # of all that is recorded together, which takes bytes_per_s
    path: str
    bytes_per_s: float = SOUND_BYTES_PER_S


class Session:
    """Made by the application, closed by it. Everything here may be called on the GUI thread and returns at once."""

    def __init__(self) -> None:
        self.project: Project | None = None
        self.board: str | None = None  # an address
        self.board_name = ""  # what people call it
        self.run: str | None = None  # a run's id; None: the newest
        self.jobs: list[Job[Any]] = []
        self.class_order: list[str] = []  # of the open project's words, as it had them noted when it was opened
        self.states: dict[str, PageState] = {}
        self._said: dict[str, PageState] = {}
        self.history = History()
        self.status: BoardStatus | None = None
        self.links: dict[str, LinkState] = {}  # of what is listened to, by address
        self._links: dict[tuple[str, str], LinkState] = {}  # by address and what is sensed there
        self.links_changed: Signal[dict[str, LinkState]] = Signal()
        self.project_changed: Signal[Project | None] = Signal()
        self.catalogue_changed: Signal[Touched] = Signal()
        self.runs_changed: Signal[str | None] = Signal()
        self.epoch_ended: Signal[Epoch] = Signal()  # of whatever trains in the window
        self.board_changed: Signal[str | None] = Signal()
        self.status_changed: Signal[BoardStatus | None] = Signal()
        self.states_changed: Signal[dict[str, PageState]] = Signal()
        self.history_changed: Signal[History] = Signal()
        self.jobs_changed: Signal[Job[Any]] = Signal()
        self.disk_changed: Signal[Disk] = Signal()
        self.noticed: Signal[Notice] = Signal()
        self.settled: Signal[str] = Signal()  # the sentence of a notice that is so no more
        self._recorded_bytes_per_s = SOUND_BYTES_PER_S
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="catalogue")
        self._closing: list[Callable[[], None]] = []
        self._leaving: list[Callable[[], None]] = []
        self._closed = False
        self._worker: KeptWorker | None = None
        self._making = threading.Lock()
        self._linking = threading.Lock()

    # The project

    def open(self, folder: Path, *, repair: bool = False) -> "Future[Project | None]":
        """Opens a project in place of the present one, read-only where another holds it. Failure is a notice too."""
        return self._noticing(self._submit(partial(self._open, folder, repair=repair)))

    def create(self, folder: Path, template: str, name: str) -> "Future[Project]":
        """Makes a project and opens it. The future raises InvalidInput or StorageFailed, for the form to show."""
        return self._submit(partial(self._create, folder, template, name))

    def close_project(self) -> "Future[None]":
        return self._submit(partial(self._take, None))

    def ask(self, work: "Callable[[Project], T]") -> "Future[T]":
        """Runs `work(project)` on the catalogue's thread, after what was asked before. Raises NoProject there."""
        return self._submit(partial(self._with_project, work))

    def in_background(self, work: Callable[[], T]) -> "Future[T]":
        """Runs `work` on a thread of its own, which nobody waits for: for looking at what may hang, such as a port."""
        future: Future[T] = Future()

        def run() -> None:
            try:
                future.set_result(work())
            except BaseException as error:  # noqa: BLE001  handed to whoever asks for the result
                future.set_exception(error)

        threading.Thread(target=run, name="looking", daemon=True).start()
        return future

    def note_classes(self, order: list[str]) -> None:
        """New words were shown: the project notes their order, so that each keeps its colour."""
        project = self.project
        if project is None or not project.writable:
            return

        def note() -> None:
            note_classes(project.catalogue, order)

        self._later(note)

    def edit(self, title: str, change: "Callable[[Edit], T]", *, said: str | None = None) -> "Future[T]":
        """One edit of the catalogue, one undo step; then a notice with Undo, in the words `said` or else the title."""

        def work(project: "Project") -> T:
            with project.catalogue.edit(title) as edit:
                result = change(edit)
            self._tell_history()
            self.notify(Notice(said or title, acts=(Act(_("Undo"), self.undo),)))
            return result

        return self._noticing(self.ask(work))

    def undo(self) -> "Future[Touched | None]":
        return self._noticing(self.ask(lambda project: self._play(project, back=True)))

    def redo(self) -> "Future[Touched | None]":
        return self._noticing(self.ask(lambda project: self._play(project, back=False)))

    def _open(self, folder: Path, *, repair: bool) -> "Project | None":
        from studio.dataset.database import CatalogueDamaged, CatalogueLost, CatalogueNewer
        from studio.dataset.project import open_project
        from studio.dataset.writer_lock import ProjectHeld

        reopened = self.project is not None and self.project.folder == folder.resolve()
        if reopened and not repair:
            return self.project
        try:
            if self.project is not None and reopened:
                self._take(None)
            try:
                project = open_project(folder, write=True, repair=repair)
            except (ProjectHeld, CatalogueNewer) as error:
                project = open_project(folder, write=False)
                self.notify(Notice(str(error), _("You can look at everything and change nothing."), "warn"))
        except (CatalogueLost, CatalogueDamaged) as error:
            again = Act(_("Make a new catalogue"), lambda: self.open(folder, repair=True))
            self.notify(
                Notice(str(error), _("The recordings are there; their labels are read from them."), "err", (again,))
            )
            return None
        except StudioError as error:
            log.info("cannot open %s: %r", folder, error)
            self.fail(error, Act(_("Try again"), lambda: self.open(folder, repair=repair)))
            return None
        self._take(project)
        for notice in project.notices:
            self.notify(Notice(notice, tone="warn"))
        if repair:
            self._recover(project)
        elif project.writable:
            self._offer_unfinished(folder)
        return project

    def _offer_unfinished(self, folder: Path) -> None:
        from studio.dataset.project import unfinished_recordings

        count = len(unfinished_recordings(folder))
        if count:
            one = _("A recording was not finished last time.")
            what = one if count == 1 else _("{count} recordings were not finished last time.").format(count=count)
            self.notify(
                Notice(what, _("What was written until then is there."), acts=(Act(_("Keep it"), self.recover),))
            )

    def recover(self) -> "Future[None]":
        """Finishes what a kill left of recordings, enters it, and tells how many there were."""
        return self._noticing(self.ask(self._recover))

    def _recover(self, project: "Project") -> None:
        from studio.capture.recovery import recover

        count = len(recover(project))
        if count:
            one = _("1 recording was finished, and is in the catalogue.")
            many = _("{count} recordings were finished, and are in the catalogue.").format(count=count)
            self.notify(Notice(one if count == 1 else many, tone="ok", acts=(Act(_("Undo"), self.undo),)))

    def _create(self, folder: Path, template: str, name: str) -> "Project":
        from studio.dataset.project import create_project

        project = create_project(folder, template, name=name)
        self._take(project)
        return project

    def _take(self, project: "Project | None") -> None:
        """On the catalogue's thread: the present project is closed, and this one is it."""
        if self.project is not None:
            for work in self._leaving:
                work()
        before, self.project = self.project, project
        if before is not None:
            before.close()
        self.run = None
        self.class_order = []
        if project is not None:
            self.class_order = read_class_order(project.catalogue)
            project.catalogue.changed.connect(self._edited)
        self.project_changed.emit(project)
        self._tell_history()
        self._tell_states()
        self._look_at_disk()

    def _with_project(self, work: "Callable[[Project], T]") -> T:
        if self.project is None:
            raise NoProject
        return work(self.project)

    def _play(self, project: "Project", *, back: bool) -> "Touched | None":
        touched = project.undo() if back else project.redo()
        self._tell_history()
        if touched is not None and back:
            self.notify(Notice(_("Undone: {title}").format(title=touched.title), acts=(Act(_("Redo"), self.redo),)))
        elif touched is not None:
            self.notify(Notice(_("Done again: {title}").format(title=touched.title), acts=(Act(_("Undo"), self.undo),)))
        return touched

    def _edited(self, touched: "Touched") -> None:
        self.catalogue_changed.emit(touched)
        self._later(self._tell_states)
        self._later(self._tell_history)

    def _noticing(self, future: "Future[T]") -> "Future[T]":
        """An expected failure becomes a notice, so that no caller has to."""

        def tell(ended: "Future[T]") -> None:
            error = None if ended.cancelled() else ended.exception()
            if isinstance(error, StudioError):
                self.notify(Notice(str(error), error.advice(), "err"))
            elif error is not None:
                log.error("on the catalogue's thread", exc_info=error)

        future.add_done_callback(tell)
        return future

    # What the frame shows

    def choose_board(self, address: str | None, name: str = "") -> None:
        """The board that recording, deploying and Live use from now on. name: what people call it."""
        if address == self.board:
            return
        self.board, self.board_name = address, "" if address is None else name or address
        self.show_status(None if address is None else BoardStatus(self.board_name))
        self.board_changed.emit(address)
        self._later(self._tell_states)

    def show_status(self, status: BoardStatus | None) -> None:
        """From whoever streams from the board: at most a few times a second is shown."""
        self.status = status
        self.status_changed.emit(status)

    def show_link(self, address: str, state: LinkState | None, kind: str = "") -> None:
        """From whoever listens to it; None: nobody does any more. kind: what is sensed there, where that may be several
        things; the address shows what is not well.
        """
        with self._linking:
            self._links.pop((address, kind), None)
            if state is not None:
                self._links[address, kind] = state
            well = {at: each for (at, _kind), each in self._links.items() if each is LinkState.STREAMING}
            others = {at: each for (at, _kind), each in self._links.items() if each is not LinkState.STREAMING}
            self.links = {**well, **others}
            self.links_changed.emit(self.links)

    def run_made(self, run: str | None) -> None:
        """Training left a new run; it is the chosen one."""
        self.run = run
        self.runs_changed.emit(run)
        self._later(self._tell_states)

    def say_state(self, page: str, state: PageState | None) -> None:
        """What a page knows of itself and the project does not tell, such as that it is running; None: no more."""
        if state is None:
            self._said.pop(page, None)
        else:
            self._said[page] = state
        self._later(self._tell_states)

    def settings_changed(self) -> None:
        """project.toml is another: a model may be stale by it."""
        self._later(self._tell_states)

    def notify(self, notice: Notice) -> None:
        self.noticed.emit(notice)

    def fail(self, error: StudioError, *acts: Act) -> None:
        """An expected error as a notice: what happened, and what to do next."""
        self.notify(Notice(str(error), error.advice(), "err", acts))

    def settle(self, error: StudioError) -> None:
        """Takes back the notice of an error that is over."""
        self.settled.emit(str(error))

    def show_recorded(self, bytes_per_s: float) -> None:
        """What recording from all sources takes; above 0."""
        if abs(bytes_per_s / self._recorded_bytes_per_s - 1) > ANOTHER_RATE:
            self._recorded_bytes_per_s = bytes_per_s
            self.refresh()

    def refresh(self) -> None:
        """Looks at disk and states again; the window calls it every few seconds."""
        self._later(self._look_at_disk)

    def _tell_states(self) -> None:
        states = page_states(self.project, self.board)
        for page, said in list(self._said.items()):
            if states.get(page, said).mark is not Mark.STALE or said.mark is Mark.IN_WORK:
                states[page] = said
        self.states = states
        self.states_changed.emit(states)

    def _tell_history(self) -> None:
        catalogue = None if self.project is None else self.project.catalogue
        self.history = History() if catalogue is None else History(catalogue.undo_title(), catalogue.redo_title())
        self.history_changed.emit(self.history)

    def _look_at_disk(self) -> None:
        folder = self.project.folder if self.project is not None else Path.home()
        with contextlib.suppress(OSError):
            free = shutil.disk_usage(folder).free
            rate = self._recorded_bytes_per_s
            self.disk_changed.emit(Disk(free, free / rate / 3600, str(folder), rate))

    def _later(self, work: Callable[[], None]) -> None:
        """On the catalogue's thread, unless the session is closing."""

        def safely() -> None:
            try:
                work()
            except StudioError as error:
                log.info("%r", error)
            except Exception:
                log.exception("on the catalogue's thread")

        self._submit(safely)

    def _submit(self, work: Callable[[], T]) -> "Future[T]":
        """To the catalogue's thread; a cancelled future where the session is closed or closing."""
        try:
            return self._thread.submit(work)
        except RuntimeError:
            refused: Future[T] = Future()
            refused.cancel()
            return refused

    # Jobs

    def start(self, title: str, work: Callable[[Report], T]) -> Job[T]:
        """A job in the strip. It says itself when it fails; what it gives is its caller's to show."""
        job = Job(title, work)
        self.jobs.append(job)
        job.changed.connect(self._job_changed)
        self.jobs_changed.emit(job)
        job.start()
        return job

    def _job_changed(self, job: Job[Any]) -> None:
        if job.state in (JobState.DONE, JobState.FAILED, JobState.CANCELLED):
            with contextlib.suppress(ValueError):
                self.jobs.remove(job)
            if job.state is JobState.FAILED:
                self._tell_failure(job)
        self.jobs_changed.emit(job)

    def _tell_failure(self, job: Job[Any]) -> None:
        try:
            job.result(0)
        except Cancelled:
            return
        except StudioError as error:
            self.fail(error)
        except Exception as error:
            log.exception("job %s", job.title)
            what = _("{title} stopped: {error}").format(title=job.title, error=error or type(error).__name__)
            self.notify(Notice(what, _("Nothing else was affected. The log has the details."), "err"))

    # The training worker

    @property
    def worker(self) -> "KeptWorker":
        """Lent to whoever trains or scores in float."""
        from studio.training.kept import KeptWorker

        with self._making:
            if self._worker is None:
                self._worker = KeptWorker()
                if self._closed:
                    self._worker.close()
        return self._worker

    def warm_worker(self) -> None:
        """Lets it import TensorFlow meanwhile, for a page on which training is near."""

        def warm() -> None:
            self.worker.warm()

        self.in_background(warm)

    # The end

    def on_leave(self, work: Callable[[], None]) -> None:
        """Called on the catalogue's thread before another project takes the place of the present one, or none does."""
        self._leaving.append(work)

    def on_close(self, work: Callable[[], None]) -> None:
        """Called when the session closes, before the project does: whoever holds a board or a file lets it go."""
        self._closing.append(work)

    def close(self) -> None:
        """Cancels the jobs, waits for them, closes the project. Twice does no harm."""
        if self._closed:
            return
        self._closed = True
        for work in reversed(self._closing):
            work()
        running = list(self.jobs)
        for job in running:
            job.cancel()
        deadline = time.monotonic() + CLOSE_TIMEOUT_S
        for job in running:
            with contextlib.suppress(Exception):
                job.result(max(0.0, deadline - time.monotonic()))
        with self._making:
            if self._worker is not None:
                self._worker.close()
        self._thread.submit(self._close_project)
        self._thread.shutdown(wait=True)

    def _close_project(self) -> None:
        project, self.project = self.project, None
        if project is not None:
            project.close()
