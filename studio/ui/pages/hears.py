"""What a virtual board senses: nothing, what this computer's own sensor gives, a file, a folder, or starter data."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
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
    """What the board at an address plays: a path, `mic`, "" for silence; None for a board with ears of its own, or for
    what is no board but this computer's.
    """
    from studio.boards.address import OPTIONS, parse_address

    if board is None or board.partition(":")[0].partition("?")[0] not in OPTIONS:
        return None
    address = parse_address(board)
    return address.options.get("play", "") if address.scheme == "virtual" else None


@dataclass(frozen=True)
class Playing:
    """What a virtual board's sensor may be given. does: said with a name, rest: where nothing happens, asks: the title
    of a dialog. starter: of the starter data, which `made` makes. files: the filter of a dialog. still: nothing at all.
    own: of this computer: its address, its entry, its name.
    """

    does: str
    rest: str
    asks: str
    starter: str
    made: Callable[[Report], Path]
    file: str
    files: str
    folder: str
    still: str
    own: tuple[str, str, str] | None = None


def _words(report: Report) -> Path:
    from studio_datasets.keyword_starter.make import make

    return Path(make(quick=True, report=report).stream_wav)


def _gestures(report: Report) -> Path:
    from studio_datasets.gesture_starter.make import make

    return Path(make(quick=True, report=report).stream_csv)


def _scenes(report: Report) -> Path:
    from studio_datasets.image_starter.make import make

    return Path(make(quick=True, report=report).stream_folder)


def _readings(report: Report) -> Path:
    from studio_datasets.regression_starter.make import make

    return Path(make(quick=True, report=report).stream_csv)


_MEASURES = Playing(
    _("measures {name}"),
    _("measures one room"),
    _("What the virtual board measures"),
    _("Readings of the starter data"),
    _readings,
    _("A CSV file…"),
    _("Readings (*.csv)"),
    _("A folder of CSV files…"),
    _("One room, in which nothing happens"),
)
PLAYING: Mapping[str, Playing] = {
    "microphone": Playing(
        _("hears {name}"),
        _("hears silence"),
        _("What the virtual board hears"),
        _("Words of the starter data"),
        _words,
        _("A sound file…"),
        _("Sound (*.wav *.flac)"),
        _("A folder of sound files…"),
        _("Silence"),
        ("mic", _("This computer's microphone"), _("the microphone")),
    ),
    "imu": Playing(
        _("feels {name}"),
        _("feels rest"),
        _("What the virtual board feels"),
        _("Gestures of the starter data"),
        _gestures,
        _("A CSV file…"),
        _("Movement (*.csv)"),
        _("A folder of CSV files…"),
        _("Rest"),
    ),
    "camera": Playing(
        _("sees {name}"),
        _("sees darkness"),
        _("What the virtual board sees"),
        _("Scenes of the starter data"),
        _scenes,
        _("A picture or a video…"),
        _("Pictures and videos (*.png *.jpg *.jpeg *.bmp *.mp4 *.avi *.mov *.mkv *.webm)"),
        _("A folder of pictures…"),
        _("Darkness"),
        ("camera:0", _("This computer's camera"), _("the camera")),
    ),
    "environment": _MEASURES,
    "colour": _MEASURES,
}  # by the name of a SensorKind


def hears_words(plays: str, sensor: str = "microphone") -> str:
    row = PLAYING[sensor]
    if not plays:
        return row.rest
    own = row.own is not None and plays == row.own[0]
    return row.does.format(name=row.own[2] if row.own is not None and own else Path(plays).name)


def hears_menu(page: QWidget, session: "Session", take: Callable[[str], None], sensor: str = "microphone") -> QMenu:
    """Each entry ends in `take` with what is to be played. sensor: of the project."""
    menu, row = QMenu(page), PLAYING[sensor]
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    entries: list[tuple[str, Callable[[], None]]] = [(row.starter, partial(_starter, page, session, row, take))]
    if row.own is not None:
        entries.append((row.own[1], partial(take, row.own[0])))
    entries += [
        (row.file, partial(_file, page, row, take)),
        (row.folder, partial(_folder, page, row, take)),
        (row.still, partial(take, "")),
    ]
    for words, act in entries:
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


def _file(page: QWidget, row: Playing, take: Callable[[str], None]) -> None:
    chosen, _kind = QFileDialog.getOpenFileName(page, row.asks, "", row.files)
    if chosen:
        take(chosen)


def _folder(page: QWidget, row: Playing, take: Callable[[str], None]) -> None:
    chosen = QFileDialog.getExistingDirectory(page, row.asks)
    if chosen:
        take(chosen)


def _starter(page: QWidget, session: "Session", row: Playing, take: Callable[[str], None]) -> None:
    """Made as a job where it is not in the cache yet, which takes half a minute."""
    job = session.start(STARTER_JOB, row.made)
    told: list[Job[Path]] = []

    def ended(changed: Job[Path]) -> None:
        if changed.state is JobState.DONE and not told:
            told.append(changed)
            take(str(changed.result(1)))

    follow(job, ended, owner=page)
