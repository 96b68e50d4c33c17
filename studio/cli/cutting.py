"""`record --cut`: a take for each sound or movement, each a recording of its own, until there are enough."""

import argparse
import queue
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from studio.cli.output import Output
from studio.cli.people import progress_of
from studio.core.errors import InvalidInput, StudioError
from studio.core.samples import CAMERA, Block
from studio.core.text import gettext as _
from studio.core.text import mark

if TYPE_CHECKING:
    from studio.capture.recorder import Recorder, Recording, Take
    from studio.capture.recording_file import Recorded
    from studio.dataset.project import Project

LOOK_EVERY_S = 0.05
COMPARED = 100  # takes before one that a copy is looked for among


def configure_cutting(parser: argparse.ArgumentParser, ways: "argparse._MutuallyExclusiveGroup") -> None:
    """ways: of which one only is taken."""
    ways.add_argument(
        "--cut",
        action="store_true",
        help=_("a take of --label for each sound or movement that the first source has, each of --seconds"),
    )
    parser.add_argument(
        "--takes",
        type=_count,
        metavar="N",
        help=_("with --cut: how many; without, as many as the script still wants, or until Ctrl+C"),
    )


def cut_takes(
    project: "Project",
    recorders: "Sequence[Recorder]",
    take: "Take",
    args: argparse.Namespace,
    *,
    is_over: Callable[[], bool],
    output: Output,
) -> "tuple[list[Recorded], list[StudioError], bool]":
    """Takes by all recorders, one for each onset in the first one's stream; each is entered in the catalogue, checked
    and told as soon as it is made. Ends when there are enough, after the take in which `is_over`, or where a source
    does; takes that have begun by then are kept too.

    Returns what was recorded, what went wrong, and whether there are as many as were asked for. Raises InvalidInput.
    """
    from studio.dataset.script import ScriptClass

    if take.label is None:
        raise InvalidInput("--cut", mark("it needs a label"), mark("Say what is heard with --label, such as yes."))
    if recorders[0].origin.format.kind.name == CAMERA.name:
        why = mark("pictures have no beginning that a take could be cut at")
        raise InvalidInput("--cut", why, mark("Name a microphone or a board as the first source."))
    progress = progress_of(project, with_recorded=False)
    asked = progress.script.of(take.label)
    most = args.takes
    if most is None and asked is not None:
        most = max(asked.wanted - progress.made(take.label), 0)
        if most == 0:
            told = _("The script has all {wanted:,} takes of {label}. Say with --takes how many more are wanted.")
            output.warn(told.format(wanted=asked.wanted, label=take.label))
            return [], [], True
    cutter = _Cutter(recorders, take, args.seconds or (asked or ScriptClass(take.label)).seconds, most)
    recorded: list[Recorded] = []
    problems: list[StudioError] = []
    number = 0
    while number != cutter.most:
        place = f"{number + 1}" if most is None else _("{number} of {most}").format(number=number + 1, most=most)
        output.progress(None, _("Waiting for {label}, {place}").format(label=take.label, place=place))
        made = cutter.next(LOOK_EVERY_S)
        if made:
            number += 1
            new = _enter(project, made, problems)
            recorded += new
            if new:
                told = _("{label}, {place}: {check}")
                output.warn(told.format(label=take.label, place=place, check=_checked(project, new[0])))
        if problems or (not made and (is_over() or not recorders[0].listening)):
            cutter.end()
    problem = cutter.problem or recorders[0].problem
    if problem is not None and not problems:
        problems.append(problem)
    return recorded, problems, number == most


class _Cutter:
    """Begins a take of all recorders at each onset, on the thread of the first one: so a file, which is read faster
    than it was spoken, is cut as a microphone is.
    """

    def __init__(self, recorders: "Sequence[Recorder]", take: "Take", seconds: float, most: int | None) -> None:
        from studio.capture.onsets import Cuts, Onsets

        self.most = most
        self.problem: StudioError | None = None  # why a take could not begin, after which none does
        self._begun = 0
        self._turn = threading.Lock()  # a take that begins while it ends is begun, or is not
        self._recorders, self._take, self._seconds = recorders, take, seconds
        form = recorders[0].origin.format
        self._rate_hz = form.rate_hz
        self._onsets, self._cuts = Onsets(form), Cuts(form.rate_hz)
        self._on: queue.SimpleQueue[list[Recording]] = queue.SimpleQueue()
        self._next: list[Recording] = []  # the oldest take that was not given yet
        recorders[0].heard.connect(self._hear)
        for recorder in recorders:
            recorder.listen()

    def next(self, timeout_s: float) -> "list[Recording]":
        """The recordings of the next take, the first source's first, once their files are there; else none."""
        try:
            self._next = self._next or self._on.get(timeout=timeout_s)
        except queue.Empty:
            return []
        if not all(recording.wait(timeout_s) for recording in self._next):
            return []
        made, self._next = self._next, []
        return made

    def end(self) -> None:
        """No more begin; those that have are given still. Twice does no harm."""
        with self._turn:
            self.most = self._begun

    def _hear(self, block: Block) -> None:
        for onset in self._onsets.hear(block):
            begins = self._cuts.begins(onset, self._seconds)
            if begins is None:
                continue
            since = block.first_index + len(block.samples) - begins
            with self._turn:
                if self._begun == self.most:
                    continue
                try:
                    self._begin(begins, block.arrived_ns - round(since * 1e9 / self._rate_hz))
                except StudioError as error:
                    self.problem, self.most = error, self._begun

    def _begin(self, index: int, host_ns: int) -> None:
        """By those sources that are there; what of it has begun is given where the next one cannot."""
        from studio.dataset.recordings import new_id

        take = replace(self._take, session=new_id())  # what belongs together is a take, with what is beside it
        made: list[Recording] = []
        try:
            for recorder, share in zip(self._recorders, take.shares(len(self._recorders)), strict=True):
                if made and recorder.problem is not None:
                    continue
                begins = recorder.index_at(host_ns) if made else index
                made.append(recorder.begin(share, self._seconds, from_index=begins))
        finally:
            if made:
                self._begun += 1
                self._on.put(made)


def _enter(project: "Project", made: "Sequence[Recording]", problems: list[StudioError]) -> "list[Recorded]":
    """As one edit; what went wrong is added to `problems`."""
    from studio.capture.recorder import enter

    problems += [cut for recording in made if (cut := recording.cut()) is not None]
    recorded = [each for recording in made for each in recording.recorded]
    if recorded:
        try:
            enter(project, recorded, _("Record {label}").format(label=made[0].take.label))
        except StudioError as error:  # the files are there, and `check` enters them
            problems.append(error)
    return recorded


def _checked(project: "Project", recorded: "Recorded") -> str:
    """What `check` says of a take, beside the newest others."""
    from studio.dataset.quality import GOOD, check_takes

    newest = project.catalogue.newest(COMPARED)
    found = check_takes(project.catalogue, [row for row in newest if row.id == recorded.sidecar.id], newest)
    check = found.get(recorded.sidecar.id)
    if check is None:  # of another kind than the project's
        return _("not checked")
    return _("good") if check.kind == GOOD else check.says


def _count(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not int(text):
        raise argparse.ArgumentTypeError(_("{text!r} is not a number of takes").format(text=text))
    return int(text)
