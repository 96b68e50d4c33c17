"""`demo`: the whole job on a virtual board with starter data, through the objects that the other commands use."""

import argparse
import shlex
import shutil
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from studio.boards.board_table import DEFAULT_BOARD
from studio.cli.output import Command, Output
from studio.core.errors import InvalidInput, StudioError
from studio.core.settings import state_folder
from studio.core.text import gettext as _
from studio.core.text import mark

if TYPE_CHECKING:
    from studio.dataset.project import Project
    from studio.deploy.bundle import Bundle
    from studio.live.live import Heard

PROGRAM = "tinyml-studio"
STEPS = 7
ROOM_SECONDS = 15.0


@dataclass(eq=False)
class DeviceDiffers(StudioError):
    differing: int
    windows: int
    stage: str
    message = mark("{differing} of {windows} windows differ between board and host, first at {stage}.")
    remedy = mark("Run `live` on the demo's project: it shows the first differing value of each.")


@dataclass(frozen=True)
class Summary:
    """takes: imported. takes_kept_apart: by voices that train nowhere, which the accuracies are of."""

    takes: int
    takes_kept_apart: int
    accuracy_float: float | None
    accuracy_int8: float | None
    image_bytes: int
    arena_bytes: int
    windows: int
    windows_bit_exact: int
    present: int
    detections: int
    missed: int
    false_alarms: int
    seconds: float


def configure_demo(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", type=Path, nargs="?", help=_("the project's folder; a new one by default"))
    parser.add_argument("--headless", action="store_true", help=_("no window"))
    parser.add_argument("--template", choices=["keyword"], default="keyword")
    parser.add_argument("--board", default=DEFAULT_BOARD, help=_("a row of boards.toml"))
    parser.add_argument(
        "--quick", action="store_true", help=_("fewer takes and epochs: proves the way, not the accuracy")
    )


def run_demo(args: argparse.Namespace, output: Output) -> None:
    folder = args.folder or state_folder() / "demos" / time.strftime("%Y%m%d-%H%M%S")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InvalidInput(str(folder), mark("it is not an empty folder"), mark("Name a new folder for the demo."))
    summary = keyword_demo(folder, args.board, quick=args.quick, output=output)
    output.result({"project": str(folder.resolve()), **vars(summary)}, _as_text(summary, folder.resolve()))


def keyword_demo(folder: Path, board_key: str, *, quick: bool, output: Output) -> Summary:
    """Raises DeviceDiffers where a single window is not equal on board and host."""
    from studio_datasets.keyword_starter.make import make

    from studio.boards.board_table import load_board
    from studio.dataset.importing import import_folder
    from studio.dataset.project import create_project
    from studio.deploy.bundle import make_bundle
    from studio.live.rehearsal import count, read_truth
    from studio.training.evaluate import Evaluation, evaluate
    from studio.training.trainer import train

    started = time.monotonic()
    board = load_board(board_key)
    _step(output, 1, _("Making starter data: words in many synthesised voices"))
    starter = make(quick=quick, report=output.progress)
    truth = read_truth(starter.truth_file)
    _step(output, 2, _("Making a project, and importing the takes"))
    with create_project(folder, "keyword") as project:
        imported = import_folder(project, starter.takes_folder, report=output.progress)
        _step(output, 3, _("Recording the room through the board's microphone"))
        _record_room(project, board_key, starter.room_wav)
        _step(output, 4, _("Training, and converting to int8"))
        run = train(project, labels=starter.keywords, quick=quick, report=output.progress).run
        _step(output, 5, _("Scoring voices that were kept apart"))
        apart = evaluate(project, run, data=starter.held_out_folder, report=output.progress)
        assert isinstance(apart, Evaluation)  # noqa: S101  of words
        _step(output, 6, _("Planning the model for {board}").format(board=board.name))
        bundle = make_bundle(run, board)
        bundle.fit.require()
        _step(output, 7, _("Listening: the board beside the host"))
        listened = _listen(project, bundle, board_key, starter.stream_wav, output)
    counts = count(listened.heard, truth, starter.keywords, listened.late_s)
    return Summary(
        takes=imported.recordings,
        takes_kept_apart=apart.n,
        accuracy_float=apart.accuracy_float,
        accuracy_int8=apart.accuracy_int8,
        image_bytes=len(bundle.image),
        arena_bytes=bundle.plan.arena_bytes,
        windows=listened.windows,
        windows_bit_exact=listened.windows,
        present=counts.present,
        detections=counts.found,
        missed=counts.missed,
        false_alarms=counts.false_alarms,
        seconds=round(time.monotonic() - started, 1),
    )


def _step(output: Output, number: int, text: str) -> None:
    output.warn(f"[{number}/{STEPS}] {text}")


def _record_room(project: "Project", board_key: str, room_wav: Path) -> None:
    """A recording of nobody speaking, from the board, as background to train with."""
    from studio.capture.recorder import Recorder, Take, enter
    from studio.capture.source import make_source
    from studio.training.classes import BACKGROUND

    source = make_source(_address(board_key, room_wav), rate_hz=project.settings.rate_hz, folder=project.folder)
    with Recorder(source, project.recordings_folder) as recorder:
        recording = recorder.begin(Take(BACKGROUND), ROOM_SECONDS)
        recording.wait()
    cut = recording.cut()
    if cut is not None:
        raise cut
    enter(project, recording.recorded, _("Record {label}").format(label=BACKGROUND))


@dataclass(frozen=True)
class _Listened:
    """heard: with times from the stream's start. late_s: how long after a word a decision counts for it."""

    windows: int
    heard: list["Heard"]
    late_s: float


def _listen(project: "Project", bundle: "Bundle", board_key: str, stream_wav: Path, output: Output) -> _Listened:
    """Deploys, and compares every window of the stream. Raises DeviceDiffers."""
    from dataclasses import replace

    from studio.boards.address import parse_address
    from studio.boards.connection import open_board
    from studio.boards.playback import played_seconds
    from studio.deploy.upload import upload
    from studio.live.live import LiveSession
    from studio.live.rehearsal import LATE_WINDOWS

    windows, parted, heard = 0, [], []
    address = parse_address(_address(board_key, stream_wav))
    with open_board(address, project.folder) as board:
        upload(board, bundle.image, token=address.token, report=output.progress)
        session = LiveSession(board, bundle.image)
        spec = session.reference.spec
        window_s = spec.clip_samples / spec.rate_hz
        seconds = played_seconds(stream_wav) - window_s  # the last window ends with the stream
        for window in session.windows(seconds):
            windows += 1
            if window.parted is not None:
                parted.append(window.parted)
            if window.decision is not None:
                ends_at = (window.first_sample + spec.clip_samples) * 1_000_000 // spec.rate_hz
                heard.append(replace(window.decision, t_us=ends_at))
            output.progress(
                min(1.0, window.first_sample / spec.rate_hz / seconds),
                _("{windows:,} windows, {equal:,} of them equal; {heard} words heard").format(
                    windows=windows, equal=windows - len(parted), heard=len(heard)
                ),
            )
    if parted:
        raise DeviceDiffers(len(parted), windows, parted[0])
    return _Listened(windows, heard, LATE_WINDOWS * window_s)


def _address(board_key: str, play: Path) -> str:
    return f"virtual:{board_key}?pace=fast&play={play}"


def _as_text(summary: Summary, folder: Path) -> str:
    rows = [
        (_("Starter data"), _("{takes:,} takes imported").format(takes=summary.takes)),
        (
            _("Voices kept apart"),
            _("{n:,} takes, right in float {float}, in int8 {int8}").format(
                n=summary.takes_kept_apart,
                float=_percent(summary.accuracy_float),
                int8=_percent(summary.accuracy_int8),
            ),
        ),
        (
            _("Model"),
            _("image {image:,} bytes, arena {arena:,} bytes").format(
                image=summary.image_bytes, arena=summary.arena_bytes
            ),
        ),
        (
            _("Board beside host"),
            _("{equal:,} of {windows:,} windows equal, bit for bit").format(
                equal=summary.windows_bit_exact, windows=summary.windows
            ),
        ),
        (
            _("Listening"),
            _("{found:,} of {present:,} keywords found; missed: {missed:,}, false alarms: {alarms:,}").format(
                found=summary.detections,
                present=summary.present,
                missed=summary.missed,
                alarms=summary.false_alarms,
            ),
        ),
        (_("Time"), _("{seconds:.0f} s").format(seconds=summary.seconds)),
        (_("Project"), str(folder)),
        (_("In the window"), f"{_program()} gui {shlex.quote(str(folder))}"),
    ]
    width = max(len(name) for name, _text in rows)
    return "\n".join(f"{name:<{width}}  {text}" for name, text in rows)


def _program() -> str:
    """What starts the studio again from where this was started: `./demo` leaves it in .venv, which no path names."""
    begun_by = Path(sys.argv[0])
    named = begun_by.stem == PROGRAM and shutil.which(PROGRAM) is None
    return shlex.quote(str(begun_by)) if named else PROGRAM


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{share:.1%}"


COMMANDS = {"demo": Command(configure_demo, run_demo)}
