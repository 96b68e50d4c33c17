"""What a virtual board hears: silence, this computer's microphone, a file, a folder, or words of the starter data."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QMenu, QWidget

from studio.core.job import Job, JobState, Report
from studio.core.text import gettext as _
from studio.ui.bridge import follow

if TYPE_CHECKING:
    from studio.ui.session import Session

STARTER_JOB = _("Starter data")


def played_by(board: str | None) -> str | None:
    """What the board at an address plays: a path, `mic`, "" for silence; None for a board with ears of its own."""
    from studio.boards.address import parse_address

    if board is None:
        return None
    address = parse_address(board)
    return address.options.get("play", "") if address.scheme == "virtual" else None


def hears_words(plays: str) -> str:
    if not plays:
        return _("hears silence")
    return _("hears the microphone") if plays == "mic" else _("hears {name}").format(name=Path(plays).name)


def hears_menu(page: QWidget, session: "Session", take: Callable[[str], None]) -> QMenu:
    """Each entry ends in `take` with what is to be played."""
    menu = QMenu(page)
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    for words, act in (
        (_("Words of the starter data"), partial(_starter, page, session, take)),
        (_("This computer's microphone"), partial(take, "mic")),
        (_("A sound file…"), partial(_file, page, take)),
        (_("A folder of sound files…"), partial(_folder, page, take)),
        (_("Silence"), partial(take, "")),
    ):
        menu.addAction(words).triggered.connect(lambda _checked=False, act=act: act())
    return menu


def playing(board: str, plays: str) -> str:
    """The address with another thing to play."""
    from studio.boards.address import Address, parse_address

    address = parse_address(board)
    if plays:
        return str(address.playing(plays))
    options = {name: value for name, value in address.options.items() if name != "play"}
    return str(Address(address.scheme, address.target, options))


def _file(page: QWidget, take: Callable[[str], None]) -> None:
    chosen, _kind = QFileDialog.getOpenFileName(page, _("What the virtual board hears"), "", _("Sound (*.wav *.flac)"))
    if chosen:
        take(chosen)


def _folder(page: QWidget, take: Callable[[str], None]) -> None:
    chosen = QFileDialog.getExistingDirectory(page, _("What the virtual board hears"))
    if chosen:
        take(chosen)


def _starter(page: QWidget, session: "Session", take: Callable[[str], None]) -> None:
    """Made as a job where it is not in the cache yet, which takes half a minute."""

    def work(report: Report) -> Path:
        from studio_datasets.keyword_starter.make import make

        return Path(make(quick=True, report=report).stream_wav)

    job = session.start(STARTER_JOB, work)
    told: list[Job[Path]] = []

    def ended(changed: Job[Path]) -> None:
        if changed.state is JobState.DONE and not told:
            told.append(changed)
            take(str(changed.result(1)))

    follow(job, ended, owner=page)
