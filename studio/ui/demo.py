"""The demo in the window: the whole job on a virtual board with starter data, each page showing its step as it comes.

The steps are those of `tinyml-studio demo`, through the same objects; the window's project is the demo's.
"""

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from studio.core.job import Report
from studio.core.settings import state_folder
from studio.core.signal import Signal
from studio.core.text import gettext as _
from studio.ui.bridge import on_gui_thread
from studio.ui.session import Notice, Session

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from studio.boards.board_table import BoardRow
    from studio.dataset.project import Project
    from studio.ui.commands import Commands

BOARD = "nano33ble"
PLACES = 7  # steps, for the job's progress
SEEN_S = 2.5  # a page stays at least so long, where its step is over sooner


def start_demo(session: Session, commands: "Commands", show_page: Callable[[str], None], owner: "QWidget") -> None:
    """Begins it as a job that can be stopped; a second one waits until the first has ended."""
    if any(job.title == _("Demo") for job in session.jobs):
        return
    pages: Signal[str] = Signal()
    on_gui_thread(pages, lambda name: _show(name, commands, show_page), owner=owner)
    demos = state_folder() / "demos"
    count = len(list(demos.glob("*/project.toml"))) + 1
    name = _("Demo {count}").format(count=count) if count > 1 else _("Demo")  # Start lists them beside each other
    folder = demos / time.strftime("%Y%m%d-%H%M%S")

    def work(report: Report) -> None:
        _Demo(session, folder, name, report, pages.emit).run()

    session.start(_("Demo"), work)


def _show(name: str, commands: "Commands", show_page: Callable[[str], None]) -> None:
    """A page, or a command such as live.start."""
    if name in commands.rows:
        commands.run(name)
    else:
        show_page(name)


class _Demo:
    def __init__(self, session: Session, folder: Path, name: str, report: Report, show: Callable[[str], None]) -> None:
        self._session, self._folder, self._name, self._show = session, folder, name, show
        self._job_report = report
        self._place = 0
        self._step_text = ""

    def run(self) -> None:
        from studio_datasets.keyword_starter.make import make

        from studio.boards.board_table import load_board
        from studio.dataset.importing import import_folder
        from studio.training.trainer import train

        self._step(_("Making starter data: words in many synthesised voices"))
        starter = make(quick=True, report=self._report)
        board = load_board(BOARD)
        self._step(_("Making a project"))
        project = self._session.create(self._folder, "keyword", self._name).result()
        self._step(_("Recording the room through the board's microphone"))
        self._record_room(project, starter.room_wav)  # before Collect listens to the board, which one can do at a time
        self._session.choose_board(
            f"virtual:{board.key}?play={starter.stream_wav}", _("{name} (virtual)").format(name=board.name)
        )
        self._show("collect")
        self._step(_("Importing the takes"))
        import_folder(project, starter.takes_folder, report=self._report)
        for page in ("label", "features"):
            self._linger()
            self._show(page)
        self._linger()
        self._show("train")
        self._step(_("Training, and converting to int8"))
        session = self._session
        with session.worker.lent() as worker:
            heard = session.epoch_ended.emit
            labels = starter.keywords
            run = train(project, labels=labels, quick=True, worker=worker, heard=heard, report=self._report).run
        self._session.run_made(run.id)
        self._show("evaluate")
        self._step(_("Planning the model for {board}").format(board=board.name))
        self._linger()
        self._put_on(project, board, run.id)
        self._linger()
        self._show("live")
        self._show("live.start")
        self._session.notify(
            Notice(
                _("The demo's model listens on the virtual board."),
                _("Walk through the pages from the top: it is an ordinary project, yours to change."),
                "ok",
            )
        )

    def _record_room(self, project: "Project", room_wav: Path) -> None:
        from studio.capture.recorder import Recorder, Take, enter
        from studio.capture.source import make_source
        from studio.training.classes import BACKGROUND

        address = f"virtual:{BOARD}?pace=fast&play={room_wav}"
        source = make_source(address, rate_hz=project.settings.rate_hz, folder=project.folder)
        with Recorder(source, project.recordings_folder) as recorder:
            recording = recorder.begin(Take(BACKGROUND), 10.0)
            self._wait(recording.wait)
        cut = recording.cut()
        if cut is not None:
            raise cut
        enter(project, recording.recorded, _("Record {label}").format(label=BACKGROUND))

    def _put_on(self, project: "Project", board: "BoardRow", run_id: str) -> None:
        from studio.boards.address import parse_address
        from studio.boards.connection import open_board
        from studio.dataset.runs import find_run
        from studio.deploy.bundle import make_bundle
        from studio.deploy.upload import upload

        bundle = make_bundle(find_run(project.runs_folder, run_id), board)
        bundle.fit.require()
        self._show("deploy")
        self._step(_("Putting the model on the virtual board"))
        address = parse_address(f"virtual:{board.key}")
        with open_board(address, project.folder) as reached:
            upload(reached, bundle.image, report=self._report)

    def _step(self, text: str) -> None:
        self._place += 1
        self._step_text = text
        self._report(0.0, text)

    def _report(self, fraction: float | None, text: str) -> None:
        """A step's progress as the whole's. Raises Cancelled."""
        share = (self._place - 1 + (fraction or 0.0)) / PLACES
        self._job_report(min(share, 1.0), text or self._step_text)

    def _linger(self) -> None:
        """Until the page in front was there long enough to be looked at."""
        until_s = time.monotonic() + SEEN_S
        while time.monotonic() < until_s:
            self._report(None, self._step_text)
            time.sleep(0.1)

    def _wait(self, wait: Callable[[], object]) -> None:
        """A wait that the user can still stop."""
        ended = threading.Thread(target=wait, name="demo: room", daemon=True)
        ended.start()
        while ended.is_alive():
            self._report(None, self._step_text)
            ended.join(0.2)
