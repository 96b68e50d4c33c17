"""`rehearse`: how often a model hears what is said, and what is not, in hours of sound with known times."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from studio.boards.board_table import DEFAULT_BOARD
from studio.cli.output import Command, Output
from studio.cli.project import open_for_command
from studio.core.text import gettext as _

if TYPE_CHECKING:
    from studio.live.rehearsal import Counts, Rehearsal


def configure_rehearse(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("project", type=Path)
    parser.add_argument("--stream", type=Path, required=True, metavar="WAV", help=_("what is listened to"))
    parser.add_argument(
        "--truth", type=Path, required=True, metavar="LABELS", help=_("when what is said: an Audacity label track")
    )
    parser.add_argument("--run", help=_("the run's id; the newest by default"))
    parser.add_argument(
        "--board", default=DEFAULT_BOARD, help=_("a row of boards.toml: it decides as often as that board can")
    )


def run_rehearse(args: argparse.Namespace, output: Output) -> None:
    from studio.boards.board_table import load_board
    from studio.dataset.runs import find_run
    from studio.deploy.bundle import make_bundle
    from studio.live.rehearsal import read_truth, rehearse

    truth = read_truth(args.truth)
    with open_for_command(args.project, output, write=False) as project:
        run = find_run(project.runs_folder, args.run)
        bundle = make_bundle(run, load_board(args.board))
        rehearsal = rehearse(bundle.image, args.stream, truth, report=output.progress)
    if rehearsal.notice:
        output.warn(rehearsal.notice)
    output.result({"run": run.id, **_as_dict(rehearsal)}, _as_text(rehearsal))


def _as_dict(rehearsal: "Rehearsal") -> dict[str, Any]:
    return {
        "hours": round(rehearsal.hours, 6),
        "windows": rehearsal.windows,
        "hop_ms": round(1000 * rehearsal.hop_s),
        "threshold": round(rehearsal.threshold, 4),
        **_counts(rehearsal.counts),
        "false_alarms_per_hour": round(rehearsal.counts.false_alarms / rehearsal.hours, 3),
        "labels": list(rehearsal.labels),
        "other_words": rehearsal.other_words,
        "heard": [{"label": h.label, "score": round(h.score, 4), "t_us": h.t_us} for h in rehearsal.heard],
        "sweep": [{"threshold": threshold, **_counts(counts)} for threshold, counts in rehearsal.sweep],
    }


def _counts(counts: "Counts") -> dict[str, int]:
    return {
        "present": counts.present,
        "found": counts.found,
        "missed": counts.missed,
        "false_alarms": counts.false_alarms,
    }


def _as_text(rehearsal: "Rehearsal") -> str:
    line = _("threshold {threshold:4.2f}: found {found:,} of {present:,}, missed {missed:,}, false alarms {alarms:,}")
    rows = [(rehearsal.threshold, rehearsal.counts), *rehearsal.sweep]
    lines = [
        line.format(threshold=threshold, found=c.found, present=c.present, missed=c.missed, alarms=c.false_alarms)
        for threshold, c in rows
    ]
    head = _("{minutes:.1f} minutes, a decision every {hop:,.0f} ms. With its own threshold, and with others:").format(
        minutes=60 * rehearsal.hours, hop=1000 * rehearsal.hop_s
    )
    return "\n".join([head, *lines])


COMMANDS = {"rehearse": Command(configure_rehearse, run_rehearse)}
