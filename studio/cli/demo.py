"""`demo`: the whole job on a virtual board with starter data, through the objects that the other commands use."""

import argparse
import shlex
import shutil
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from studio.boards.board_table import DEFAULT_BOARD
from studio.cli.demo_starters import ROWS
from studio.cli.output import Command, Output
from studio.core.errors import InvalidInput, StudioError
from studio.core.settings import state_folder
from studio.core.text import gettext as _
from studio.core.text import mark
from studio.dataset.templates import KEYWORD, TEMPLATES

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
    """takes: imported. takes_kept_apart: by people, or of scenes or places, that train nowhere, which the accuracies
    are of; of values, mean absolute errors in `unit` are. present, detections, missed, false_alarms: of what is said or
    done in the stream; None where nothing is decided for.
    """

    takes: int
    takes_kept_apart: int
    accuracy_float: float | None
    accuracy_int8: float | None
    image_bytes: int
    arena_bytes: int
    windows: int
    windows_bit_exact: int
    present: int | None
    detections: int | None
    missed: int | None
    false_alarms: int | None
    seconds: float
    template: str = KEYWORD
    mae_float: float | None = None
    mae_int8: float | None = None
    unit: str = ""

    def as_dict(self) -> dict[str, Any]:
        """With errors where values are predicted, and accuracies elsewhere; what is never decided is null."""
        others = ("accuracy_float", "accuracy_int8") if self.mae_int8 is not None else ("mae_float", "mae_int8", "unit")
        return {name: value for name, value in vars(self).items() if name not in others}


def configure_demo(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", type=Path, nargs="?", help=_("the project's folder; a new one by default"))
    parser.add_argument("--headless", action="store_true", help=_("no window"))
    parser.add_argument("--template", choices=list(TEMPLATES), default=KEYWORD)
    parser.add_argument("--board", default=DEFAULT_BOARD, help=_("a row of boards.toml"))
    parser.add_argument(
        "--quick", action="store_true", help=_("fewer takes and epochs: proves the way, not the accuracy")
    )


def run_demo(args: argparse.Namespace, output: Output) -> None:
    folder = args.folder or state_folder() / "demos" / time.strftime("%Y%m%d-%H%M%S")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InvalidInput(str(folder), mark("it is not an empty folder"), mark("Name a new folder for the demo."))
    summary = demo(folder, args.board, args.template, quick=args.quick, output=output)
    output.result({"project": str(folder.resolve()), **summary.as_dict()}, _as_text(summary, folder.resolve()))


def demo(folder: Path, board_key: str, template: str, *, quick: bool, output: Output) -> Summary:
    """Raises DeviceDiffers where a single window is not equal on board and host."""
    from studio.boards.board_table import load_board
    from studio.dataset.importing import import_folder
    from studio.dataset.project import create_project
    from studio.deploy.bundle import make_bundle
    from studio.live.rehearsal import count
    from studio.training.evaluate import evaluate
    from studio.training.trainer import train

    started = time.monotonic()
    board, row = load_board(board_key), ROWS[template]
    steps = _Steps(output, STEPS - (not row.records_rest))
    steps.begin(_(row.made))
    starter = row.make(quick, output.progress)
    steps.begin(_("Making a project, and importing the takes"))
    with create_project(folder, template) as project:
        imported = import_folder(project, starter.takes, starter.how, report=output.progress)
        if starter.unit:
            project.change_settings(unit=starter.unit)
        if starter.rest is not None:
            steps.begin(_("Recording the room through the board's microphone"))
            _record_room(project, board_key, starter.rest)
        steps.begin(_("Training, and converting to int8"))
        run = train(project, labels=starter.labels, quick=quick, report=output.progress).run
        steps.begin(_("Scoring what was kept apart"))
        apart = evaluate(project, run, data=starter.held_out, report=output.progress).as_dict()
        steps.begin(_("Planning the model for {board}").format(board=board.name))
        bundle = make_bundle(run, board)
        bundle.fit.require()
        steps.begin(_(row.noticed))
        listened = _listen(project, bundle, board_key, starter.stream, output)
    counts = None
    if starter.truth is not None:
        counts = count(listened.heard, starter.truth, starter.labels, listened.late_s)
    return Summary(
        takes=imported.recordings,
        takes_kept_apart=apart["n"],
        accuracy_float=apart.get("accuracy_float"),
        accuracy_int8=apart.get("accuracy_int8"),
        image_bytes=len(bundle.image),
        arena_bytes=bundle.plan.arena_bytes,
        windows=listened.windows,
        windows_bit_exact=listened.windows,
        present=counts.present if counts else None,
        detections=counts.found if counts else None,
        missed=counts.missed if counts else None,
        false_alarms=counts.false_alarms if counts else None,
        seconds=round(time.monotonic() - started, 1),
        template=template,
        mae_float=apart.get("mae_float"),
        mae_int8=apart.get("mae_int8"),
        unit=apart.get("unit", ""),
    )


class _Steps:
    """Numbered on standard error as they begin."""

    def __init__(self, output: Output, count: int) -> None:
        self._output, self._count, self._number = output, count, 0

    def begin(self, text: str) -> None:
        self._number += 1
        self._output.warn(f"[{self._number}/{self._count}] {text}")


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


def _listen(project: "Project", bundle: "Bundle", board_key: str, stream: Path, output: Output) -> _Listened:
    """Deploys, and compares every window of the stream. Raises DeviceDiffers."""
    from dataclasses import replace

    from studio.boards.address import parse_address
    from studio.boards.connection import open_board
    from studio.boards.playback import played_seconds
    from studio.core.samples import KINDS
    from studio.deploy.upload import upload
    from studio.live.live import LiveSession, rate_of
    from studio.live.rehearsal import LATE_WINDOWS

    windows, parted, heard = 0, [], []
    address = parse_address(_address(board_key, stream))
    with open_board(address, project.folder) as board:
        upload(board, bundle.image, token=address.token, report=output.progress)
        session = LiveSession(board, bundle.image)
        spec = session.reference.spec
        window_s = spec.clip_samples / spec.rate_hz
        # The last window ends with the stream; of pictures, each is one.
        rate_hz = rate_of(board.hello, spec)
        seconds = played_seconds(stream, KINDS[spec.sensor], rate_hz) - spec.clip_samples / rate_hz
        for window in session.windows(seconds):
            windows += 1
            if window.parted is not None:
                parted.append(window.parted)
            if window.decision is not None:
                ends_at = (window.first_sample + spec.clip_samples) * 1_000_000 // spec.rate_hz
                heard.append(replace(window.decision, t_us=ends_at))
            output.progress(
                min(1.0, window.first_sample / rate_hz / seconds),
                _("{windows:,} windows, {equal:,} of them equal; {heard} decisions").format(
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
            _(ROWS[summary.template].apart),
            _right(summary),
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
        *_found(summary),
        (_("Time"), _("{seconds:.0f} s").format(seconds=summary.seconds)),
        (_("Project"), str(folder)),
        (_("In the window"), f"{_program()} gui {shlex.quote(str(folder))}"),
    ]
    width = max(len(name) for name, _text in rows)
    return "\n".join(f"{name:<{width}}  {text}" for name, text in rows)


def _right(summary: Summary) -> str:
    if summary.mae_int8 is not None:
        return _("{n:,} windows, off by {float:.3g} in float, by {int8:.3g} {unit} in int8").format(
            n=summary.takes_kept_apart, float=summary.mae_float, int8=summary.mae_int8, unit=summary.unit
        )
    return _("{n:,} takes, right in float {float}, in int8 {int8}").format(
        n=summary.takes_kept_apart,
        float=_percent(summary.accuracy_float),
        int8=_percent(summary.accuracy_int8),
    )


def _found(summary: Summary) -> list[tuple[str, str]]:
    """Of words and gestures."""
    if summary.present is None:
        return []
    name, what = (_("Listening"), _("keywords")) if summary.template == KEYWORD else (_("Watching"), _("gestures"))
    text = _("{found:,} of {present:,} {what} found; missed: {missed:,}, false alarms: {alarms:,}")
    return [
        (
            name,
            text.format(
                found=summary.detections,
                present=summary.present,
                what=what,
                missed=summary.missed,
                alarms=summary.false_alarms,
            ),
        )
    ]


def _program() -> str:
    """What starts the studio again from where this was started: `./demo` leaves it in .venv, which no path names."""
    begun_by = Path(sys.argv[0])
    named = begun_by.stem == PROGRAM and shutil.which(PROGRAM) is None
    return shlex.quote(str(begun_by)) if named else PROGRAM


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{share:.1%}"


COMMANDS = {"demo": Command(configure_demo, run_demo)}
