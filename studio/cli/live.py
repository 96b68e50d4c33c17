"""`live`: a board's scores beside the host's reference, window by window."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from studio.cli.output import Command, Output
from studio.cli.project import open_for_command
from studio.core.text import gettext as _

if TYPE_CHECKING:
    from studio.live.listening import Measure
    from studio.live.live import LiveWindow

BAR_CELLS = 12


def configure_live(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("project", type=Path)
    parser.add_argument("--board", required=True, metavar="ADDRESS", help=_("such as virtual:nano33ble"))
    parser.add_argument(
        "--play", metavar="PATH", help=_("what a virtual board hears, feels or sees: a file or a folder")
    )
    parser.add_argument(
        "--seconds", type=float, help=_("of the board's time, from the first window; the length of --play by default")
    )
    parser.add_argument("--save", type=Path, metavar="DIR", help=_("write every window as npz, as the board used it"))
    parser.add_argument("--run", help=_("the run's id; the newest by default"))


def run_live(args: argparse.Namespace, output: Output) -> None:
    from studio.boards.address import parse_address
    from studio.boards.camera import is_camera
    from studio.boards.connection import open_board
    from studio.boards.playback import played_seconds
    from studio.core.files import make_folder
    from studio.core.samples import KINDS
    from studio.dataset.runs import find_run
    from studio.deploy.bundle import bundle_for
    from studio.deploy.upload import is_deployed, upload
    from studio.live.listening import measure_of
    from studio.live.live import LiveSession, rate_of, save_window

    address = parse_address(args.board)
    if args.play:
        address = address.playing(args.play)
    seconds = args.seconds
    if args.save:
        make_folder(args.save)
    windows = equal = 0
    with open_for_command(args.project, output, write=False) as project:
        run = find_run(project.runs_folder, args.run)
        measure = measure_of(run, run.tflite_path.read_bytes())
        with open_board(address, project.folder) as board:
            bundle = bundle_for(run, board.hello)
            if not is_deployed(board, bundle.image):
                upload(board, bundle.image, token=address.token, report=output.progress)
            session = LiveSession(board, bundle.image, keep_windows=args.save is not None)
            if seconds is None and args.play and args.play != "mic" and not is_camera(args.play):
                spec = session.reference.spec
                seconds = played_seconds(Path(args.play), KINDS[spec.sensor], rate_of(board.hello, spec))
            for window in session.windows(seconds):
                windows += 1
                equal += window.equal
                if args.save and (window.board_stages or window.host):
                    save_window(window, args.save)
                classes = session.reference.classes
                output.event(as_event(window, classes, measure), as_line(window, classes, measure))
    if session.samples_lost or session.windows_skipped:
        output.warn(
            _("Lost between board and host: {samples:,} samples. Windows passed over: {windows:,}.").format(
                samples=session.samples_lost, windows=session.windows_skipped
            )
        )
    if not args.json:
        output.event({}, _("Equal in {equal:,} of {windows:,} windows.").format(equal=equal, windows=windows))


def as_event(window: "LiveWindow", classes: list[str], measure: "Measure | None" = None) -> dict[str, Any]:
    """The JSON object of one window: scores 0..1 by class, or the value that is predicted."""
    difference = window.difference
    return {
        "t_us": window.t_us,
        "window": window.index,
        "device": _told(window.device_scores, classes, measure),
        "host": None if window.host is None else _told(window.host.scores.tobytes(), classes, measure),
        "equal": window.equal,
        "parted_at": window.parted,
        "difference": None
        if difference is None
        else {
            "stage": difference.stage,
            "index": difference.index,
            "device": difference.device,
            "host": difference.host,
        },
        "decision": None if window.decision is None else {"label": window.decision.label, "t_us": window.decision.t_us},
        "run_us": window.run_us,
    }


def as_line(window: "LiveWindow", classes: list[str], measure: "Measure | None" = None) -> str:
    from studio.live.compare import CAUSES

    verdict = _("equal") if window.parted is None else _("part at {stage}").format(stage=window.parted)
    line = f"{window.t_us / 1e6:8.2f} s  {_most(window.device_scores, classes, measure)} {verdict}"
    if window.parted is not None:
        line += f"\n           {_(CAUSES[window.parted])}"
        if window.difference is not None:
            found = window.difference
            line += " " + _("First at value {index}: board {device}, host {host}.").format(
                index=found.index, device=found.device, host=found.host
            )
    if window.decision is not None:
        line += "   ◀ " + window.decision.label
    return line


def _most(scores: bytes, classes: list[str], measure: "Measure | None") -> str:
    """The likeliest class with its score, or the value with its unit; all of one width."""
    import numpy as np

    if measure is not None:
        return f"{measure.of(np.frombuffer(scores, np.int8)):10.2f} {measure.unit:<{BAR_CELLS + 9}}"
    by_class = _scores(scores, classes)
    best = max(by_class, key=lambda label: by_class[label])
    return f"{best:<14} {by_class[best]:4.2f} {'█' * round(by_class[best] * BAR_CELLS):<{BAR_CELLS}}"


def _told(scores: bytes, classes: list[str], measure: "Measure | None") -> dict[str, float]:
    import numpy as np

    if measure is not None:
        return {classes[0]: round(measure.of(np.frombuffer(scores, np.int8)), 4)}
    return _scores(scores, classes)


def _scores(scores: bytes, classes: list[str]) -> dict[str, float]:
    """int8 softmax outputs (scale 1/256, zero point -128) as 0..1."""
    return {label: round(((value ^ 0x80) / 256), 4) for label, value in zip(classes, scores, strict=True)}


COMMANDS = {"live": Command(configure_live, run_live)}
