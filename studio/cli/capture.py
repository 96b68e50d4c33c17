"""`record`: from one or more sources into a project, one recording each."""

import argparse
import contextlib
import datetime as dt
import errno
import math
import os
import re
import shutil
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from studio.cli.cutting import configure_cutting, cut_takes
from studio.cli.guided import configure_guided, record_script
from studio.cli.live_labels import configure_live_labels, held_by_keys
from studio.cli.output import Command, Output
from studio.cli.people import progress_json
from studio.cli.project import open_for_command
from studio.cli.recorded import recording_json, recordings_text
from studio.core.errors import InvalidInput, StorageFailed, StudioError
from studio.core.samples import KINDS
from studio.core.text import gettext as _
from studio.core.text import mark

if TYPE_CHECKING:
    from studio.capture.preflight import Preflight
    from studio.capture.recorder import Recording, Take
    from studio.capture.recording_file import Recorded
    from studio.capture.source import Origin, Source
    from studio.dataset.project import Project
    from studio.dataset.script import Progress

LOOK_EVERY_S = 0.05


def configure_record(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("project", type=Path)
    parser.add_argument(
        "--source",
        action="append",
        required=True,
        metavar="SRC",
        help=_("mic, mic:NAME, camera:N, file:PATH or a board's address; again for more, recorded together"),
    )
    parser.add_argument(
        "--sensor",
        action="append",
        choices=sorted(KINDS),
        metavar="KIND",
        help=_("of a board: {names}; once, or once for each source; without, the project's").format(
            names=", ".join(KINDS)
        ),
    )
    parser.add_argument("--label", metavar="L", help=_("what is heard, such as yes"))
    parser.add_argument("--seconds", type=_seconds, metavar="N", help=_("how long; without, until Ctrl+C"))
    parser.add_argument(
        "--until",
        type=Until,
        metavar="HH:MM|disk",
        help=_("until that time of day, or until the disk is almost full; what goes away meanwhile is waited for"),
    )
    parser.add_argument(
        "--self-test", action="store_true", help=_("hear each source for a second first, as --until does")
    )
    parser.add_argument("--person", metavar="P", help=_("who is heard, by name or code; files say the code"))
    parser.add_argument("--place", metavar="PLACE", help=_("where it is recorded, such as kitchen"))
    ways = parser.add_mutually_exclusive_group()
    configure_cutting(parser, ways)
    configure_live_labels(ways)
    configure_guided(parser, ways)


class Until:
    """When to stop, whatever the length: at a time of day, or before the disk is full."""

    def __init__(self, text: str) -> None:
        """text: `disk`, or HH:MM, which is the next one to come, in local time. Raises ArgumentTypeError."""
        self._at: dt.datetime | None = None
        if text == "disk":
            return
        if not re.fullmatch(r"([01]?\d|2[0-3]):[0-5]\d", text):
            raise argparse.ArgumentTypeError(_("{text!r} is neither HH:MM nor disk").format(text=text))
        hour, _colon, minute = text.partition(":")
        now = dt.datetime.now().astimezone()
        at = now.replace(hour=int(hour), minute=int(minute), second=0, microsecond=0)
        self._at = at if at > now else at + dt.timedelta(days=1)

    def is_reached_by(self, problem: StudioError) -> bool:
        """Whether it is what was asked for: a source that is faster than we look fills the disk to its end."""
        cause = getattr(problem, "problem", problem)
        return self._at is None and isinstance(cause, StorageFailed) and cause.why == os.strerror(errno.ENOSPC)

    def is_now(self, folder: Path) -> bool:
        from studio.capture.preflight import free_enough_bytes

        if self._at is not None:
            return dt.datetime.now().astimezone() >= self._at
        return shutil.disk_usage(folder).free < free_enough_bytes(folder)


@dataclass(eq=False)
class DiskAlmostFull(StudioError):
    folder: Path
    free_mb: float
    message = mark("Only {free_mb:,.1f} MB are left on the disk of {folder}: recording has ended there, and is kept.")
    remedy = mark("Free some space, and record on.")


def take_of(project: "Project", label: str | None, who: str | None, place: str | None = None) -> "Take":
    """What is about to be recorded. Of the person, who is entered where new, files say the code, and what that person
    has agreed to by now.
    """
    from studio.capture.recorder import Take
    from studio.dataset.edits import checked_label
    from studio.dataset.recordings import new_id

    code = consent = None
    if who:
        people = project.people()
        code = people.enter(who)
        people.save()
        consent = people.consent_of(code)
    agreed = None if consent is None else str(consent)
    return Take(label, code, session=new_id(), consent=agreed, place=checked_label(place))


def run_record(args: argparse.Namespace, output: Output) -> None:
    from studio.capture.preflight import preflight, self_test
    from studio.capture.recorder import Recorder
    from studio.dataset.edits import checked_label

    label = checked_label(args.label)
    _check_options(args)
    recordings: list[Recording] = []
    recorded: list[Recorded] = []
    problems: list[StudioError] = []
    whole = not (args.seconds or args.until)
    progress: Progress | None = None
    with open_for_command(args.project, output, write=True) as project, contextlib.ExitStack() as stack:
        take = take_of(project, label, args.person, args.place)
        make = _makers(args, project)
        devices = [number for number, address in enumerate(args.source) if not address.startswith("file:")]
        tests = devices if args.self_test or args.until is not None else []
        tested = [self_test(make[number](args.source[number])) for number in tests]
        waits = devices if args.seconds is None or args.until is not None else []
        sources = [
            _waited_for(address, make[number], output) if number in waits else make[number](address)
            for number, address in enumerate(args.source)
        ]
        recorders = [stack.enter_context(Recorder(source, project.recordings_folder)) for source in sources]
        before = preflight(project.folder, [recorder.origin for recorder in recorders], tested)
        _tell_preflight(before, args.seconds, output)
        if not args.script:  # which takes no other kind
            _tell_kind(project, recorders[0].origin, output)
        stopped = stack.enter_context(_stop_signals())
        if args.script:
            recorded, problems, progress = record_script(
                project, recorders, take, hands_off=args.hands_off, stopped=stopped, output=output
            )
            whole = not progress.unfinished()
        elif args.cut:

            def is_over() -> bool:
                return stopped.is_set() or (args.until is not None and args.until.is_now(project.folder))

            recorded, problems, whole = cut_takes(project, recorders, take, args, is_over=is_over, output=output)
        else:
            try:
                with held_by_keys(recordings, project, output) if args.live_labels else contextlib.nullcontext():
                    for recorder, share in zip(recorders, take.shares(len(recorders)), strict=True):
                        recordings.append(recorder.begin(share, args.seconds))  # those before a failure are kept
                    _watch(recordings, args, project.folder, stopped, output)
            except StudioError as error:  # what the others have recorded by now is kept
                problems.append(error)
        for recorder in recorders:
            recorder.stop()
        recorded += _finish(project, recordings, problems)
    if args.until is not None:
        problems = [problem for problem in problems if not args.until.is_reached_by(problem)]
    found: dict[str, Any] = {
        "recordings": [recording_json(each) for each in recorded],
        "preflight": {**asdict(before), "found": before.found},
        **({} if progress is None else {"progress": progress_json(progress)}),
    }
    output.result(found, recordings_text(recorded))
    for problem in problems[1:]:
        output.warn(f"{problem} {problem.advice()}")
    if problems:
        raise problems[0]
    if stopped.is_set() and not whole:
        raise KeyboardInterrupt  # it was to be longer


def _check_options(args: argparse.Namespace) -> None:
    """Raises InvalidInput for --script with what it says itself."""
    given = {"--label": args.label, "--seconds": args.seconds, "--until": args.until}
    named = [option for option, value in given.items() if value]
    if args.script and named:
        raise InvalidInput(
            f"--script {named[0]}", mark("the script says what is recorded and how long"), mark("Give one of them.")
        )
    if args.hands_off and not args.script:
        raise InvalidInput("--hands-off", mark("it belongs to --script"), mark("Give both."))


def _makers(args: argparse.Namespace, project: "Project") -> list[Callable[[str], "Source"]]:
    """For each source what makes it of its address, or of another at which it is found again. Raises InvalidInput."""
    from studio.capture.source import make_source

    names = args.sensor or [project.settings.sensor.kind]
    if len(names) not in (1, len(args.source)):
        why = _("given {given} times for {sources} sources").format(given=len(names), sources=len(args.source))
        raise InvalidInput("--sensor", why, mark("Give it once for all, or once for each --source, in their order."))
    kinds = [KINDS[name] for name in names * (len(args.source) if len(names) == 1 else 1)]
    own = project.settings.sensor.kind
    rates = [project.settings.rate_hz if kind.name == own else None for kind in kinds]
    return [
        partial(make_source, rate_hz=rate_hz, folder=project.folder, kind=kind)
        for kind, rate_hz in zip(kinds, rates, strict=True)
    ]


def _waited_for(address: str, make: Callable[[str], "Source"], output: Output) -> "Source":
    """A source of a recording that has no end of its own: it goes on when the source is back."""
    from studio.capture.resumed import Absence, ResumedSource

    def tell(absence: Absence) -> None:
        if absence.seconds is None:
            output.warn(
                _("{problem} It is waited for, and the recording then goes on.").format(problem=absence.problem)
            )
        else:
            told = _("{address} is back after {seconds:.1f} s, which are marked as a gap.")
            output.warn(told.format(address=absence.address, seconds=absence.seconds))

    source = ResumedSource(address, make)
    source.away.connect(tell)
    source.changed.connect(lambda state: output.progress(None, f"{address}: {_(state.value)}"))
    return source


def _tell_preflight(before: "Preflight", seconds: float | None, output: Output) -> None:
    """All of it before a recording that was tested first; else what a user should look at."""
    if before.tested:
        room = _("not known yet") if before.hours is None else f"{before.hours:,.1f} h"
        output.warn(_("Room on the disk: {room} ({free:,.1f} GB).").format(room=room, free=before.free_bytes / 1e9))
    for tested in before.tested:
        told = _("{source}: {samples:,} samples in a second at {rate:g} Hz, peak {peak:.0%} of its range.")
        output.warn(told.format(source=tested.source, samples=tested.samples, rate=tested.rate_hz, peak=tested.peak))
    for sentence in before.found:
        output.warn(sentence)
    if before.hours is not None and seconds is not None and before.hours * 3600 < seconds:
        output.warn(_("The disk has room for {hours:.2f} h only.").format(hours=before.hours))


def _tell_kind(project: "Project", origin: "Origin", output: Output) -> None:
    """A take of another kind than the project's is not listed among its takes: that must not be found out later."""
    kind, sensor = origin.format.kind.name, project.settings.sensor.kind
    if kind != sensor:
        told = _("{source} is of kind {kind}, and the project of {sensor}: what it gives is no take of a class.")
        output.warn(told.format(source=origin.address, kind=kind, sensor=sensor))


@contextlib.contextmanager
def _stop_signals() -> Iterator[threading.Event]:
    """Ctrl+C, a terminal that closes, and `kill` end a recording in good order; a second one ends the program."""
    stopped = threading.Event()
    names = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")
    numbers = [getattr(signal, name) for name in names if hasattr(signal, name)]
    before: dict[int, Any] = {}

    def restore() -> None:
        for number, handler in before.items():
            signal.signal(number, handler)

    def stop(_number: int, _frame: object) -> None:
        stopped.set()
        restore()

    if threading.current_thread() is threading.main_thread():
        before = {number: signal.signal(number, stop) for number in numbers}
    try:
        yield stopped
    finally:
        restore()


def _watch(
    recordings: Sequence["Recording"], args: argparse.Namespace, folder: Path, stopped: threading.Event, output: Output
) -> None:
    """Until all have ended, or it is time to end them."""
    from studio.capture.preflight import free_enough_bytes

    told: set[int] = set()
    while not all(recording.ended for recording in recordings):
        if stopped.wait(LOOK_EVERY_S) or (args.until is not None and args.until.is_now(folder)):
            return
        free_bytes = shutil.disk_usage(folder).free
        if free_bytes < free_enough_bytes(folder) / 10:
            raise DiskAlmostFull(folder, free_bytes / 1e6)
        seconds = max(recording.seconds for recording in recordings)
        share = None if args.seconds is None else min(1.0, seconds / args.seconds)
        output.progress(share, _("{seconds:.1f} s recorded").format(seconds=seconds))
        for number, recording in enumerate(recordings):
            if recording.problem is not None and number not in told and len(told) + 1 < len(recordings):
                told.add(number)
                output.warn(_("{problem} The others go on.").format(problem=recording.problem))


def _finish(project: "Project", recordings: Sequence["Recording"], problems: list[StudioError]) -> list["Recorded"]:
    """Waits for the files and enters them; what went wrong is added to `problems`."""
    from studio.capture.recorder import enter

    for recording in recordings:
        recording.wait()
        cut = recording.cut()
        if cut is not None:
            problems.append(cut)
    recorded = [each for recording in recordings for each in recording.recorded]
    if recorded:
        label = recorded[0].sidecar.label
        try:
            enter(project, recorded, _("Record {label}").format(label=label) if label else _("Record"))
        except StudioError as error:  # the files are there, and `check` enters them
            problems.append(error)
    return recorded


def _seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 < value < math.inf:
        raise argparse.ArgumentTypeError(_("{text!r} is not a number of seconds").format(text=text))
    return value


COMMANDS = {"record": Command(configure_record, run_record)}
