"""`pair`: two microphones that heard one sound, one against the other."""

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from studio.cli.output import Command, Output
from studio.cli.project import open_for_command
from studio.core.errors import InvalidInput, NotFound
from studio.core.text import gettext as _
from studio.core.text import mark

if TYPE_CHECKING:
    from studio.capture.paired import Alone, Comparison, Heard
    from studio.dataset.project import Project

TWO = mark("Name the reference first, and then the one that is compared with it.")


def configure_pair(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("project", type=Path)
    parser.add_argument(
        "--source",
        action="append",
        metavar="SRC",
        help=_("twice: the reference, such as mic, and a board's address; both are recorded, and kept"),
    )
    parser.add_argument("--recordings", nargs="+", metavar="ID", help=_("two that are there, or one session's"))
    parser.add_argument("--seconds", type=float, default=10.0, metavar="N", help=_("how long; 10 without"))
    parser.add_argument(
        "--within", type=float, default=1.0, metavar="S", help=_("how far apart they may have heard it; 1 s without")
    )


def run_pair(args: argparse.Namespace, output: Output) -> None:
    from studio.capture.paired import LEAST_S, TooShortToCompare, compare

    if (args.source is None) == (args.recordings is None):
        raise InvalidInput("pair", _("give either --source twice or --recordings"), TWO)
    if args.source is not None and args.seconds < LEAST_S:
        raise TooShortToCompare(args.seconds)
    with open_for_command(args.project, output, write=args.source is not None) as project:
        if args.source is not None:
            reference, other = _recorded(project, args, output)
        else:
            reference, other = _found(project, args.recordings)
        found = compare(reference, other, search_s=args.within, report=output.progress)
    output.result({**asdict(found), "known": len(found.known)}, _as_text(found))


def _recorded(project: "Project", args: argparse.Namespace, output: Output) -> "tuple[Heard, Heard]":
    from studio.capture.paired_take import heard_in, record_both
    from studio.capture.recorder import enter
    from studio.capture.source import make_source

    if len(args.source) != 2:
        raise InvalidInput("--source", _("it is given {count} times").format(count=len(args.source)), TWO)
    rate_hz = project.settings.rate_hz if project.settings.sensor.kind == "microphone" else None
    sources = [make_source(address, rate_hz=rate_hz, folder=project.folder) for address in args.source]
    recorded = record_both(sources, project.recordings_folder, args.seconds, report=output.progress)
    enter(project, recorded, _("Record a pair"))
    first, second = (heard_in(each.path, each.sidecar) for each in recorded)
    return first, second


def _found(project: "Project", wanted: list[str]) -> "tuple[Heard, Heard]":
    from studio.capture.paired_take import heard_in
    from studio.dataset.recordings import read_sidecar, sidecar_path

    listed = project.catalogue.recordings()
    by_id = {row.id: row for row in listed}
    if len(wanted) == 1 and wanted[0] not in by_id:
        rows = [row for row in listed if row.session == wanted[0]]
        if not rows:
            raise NotFound(wanted[0], mark("`list` shows recordings with their ids and sessions."))
    else:
        for name in wanted:
            if name not in by_id:
                raise NotFound(name, mark("`list` shows recordings with their ids and sessions."))
        rows = [by_id[name] for name in wanted]
    if len(rows) != 2:
        raise InvalidInput("--recordings", _("they are {count}, not two").format(count=len(rows)), TWO)
    first, second = (heard_in(row.path, read_sidecar(sidecar_path(row.path))) for row in rows)
    return first, second


def _as_text(found: "Comparison") -> str:
    from studio.capture.paired_words import advice, judgement, unknown_words

    lines = [judgement(found), *(_side(side) for side in (found.reference, found.other))]
    where = _("on one clock") if found.one_clock else _("from first sample to first sample")
    told = _("Level {level:+.1f} dB, delay {delay:+.2f} ms ({where}), drift {drift:+.1f} ppm, {share:.0f} % explained.")
    lines.append(
        told.format(
            level=found.level_db, delay=found.delay_ms, where=where, drift=found.drift_ppm, share=100 * found.explained
        )
    )
    lines.append(f"{_('band, Hz'):>9} {_('response'):>12} {_('at most'):>9} {_('coherence'):>10}")
    for band in found.bands:
        response = _("not known") if band.response_db is None else f"{band.response_db:+.1f} dB"
        most = "" if band.at_most_db is None else f"{band.at_most_db:+.1f}"
        lines.append(f"{band.hz:>9,} {response:>12} {most:>9} {band.coherence:>10.2f}")
    return "\n".join([*lines, *filter(None, [unknown_words(found)]), *advice(found)])


def _side(side: "Alone") -> str:
    told = _(
        "{name}: {rate:g} Hz, level {level:.0f} dB, noise floor {floor:.0f} dB, {clipped:.2f} % clipped, DC {dc:+.2f} %"
    )
    return told.format(
        name=side.name,
        rate=side.rate_hz,
        level=side.level_db,
        floor=side.noise_floor_db,
        clipped=100 * side.clipped,
        dc=round(100 * side.dc, 2) + 0.0,  # no minus before a nought
    )


COMMANDS = {"pair": Command(configure_pair, run_pair)}
