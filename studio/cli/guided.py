"""`record --script`: goes round the classes that miss takes, prompts for each, and checks it as soon as it is made."""

import argparse
import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from studio.cli.keys import keys_without_enter, pressed, require_terminal
from studio.cli.output import Output
from studio.cli.people import progress_of, progress_text
from studio.core.errors import InvalidInput, StudioError
from studio.core.samples import CAMERA
from studio.core.text import gettext as _
from studio.core.text import mark

if TYPE_CHECKING:
    from studio.capture.recorder import Recorder, Recording, Take
    from studio.capture.recording_file import Recorded
    from studio.dataset.project import Project
    from studio.dataset.quality import TakeCheck
    from studio.dataset.script import Progress, ScriptClass

COUNT_FROM = 3
TICK_S = 0.8  # of the countdown
LOOK_EVERY_S = 0.05
COMPARED = 100  # takes before one that a copy is looked for among
FAILED_MOST = 3  # bad takes one after another with --hands-off, after which a class has its turn later
KEYS = {"\r": "keep", "\n": "keep", "r": "redo", "u": "undo", "s": "skip", "q": "stop", "\x04": "stop"}


def configure_guided(parser: argparse.ArgumentParser, ways: argparse._MutuallyExclusiveGroup) -> None:
    """ways: of recording, of which --script is one."""
    ways.add_argument(
        "--script",
        action="store_true",
        help=_("prompt for the classes of the script that miss takes, one after another; `script` shows and sets it"),
    )
    parser.add_argument(
        "--hands-off", action="store_true", help=_("with --script: no keys; a take that is not good is made again")
    )


@dataclass(frozen=True)
class _Made:
    """A take with all sources, entered, and what `check` says of the first."""

    recorded: "list[Recorded]"
    check: "TakeCheck"

    @property
    def ids(self) -> list[str]:
        return [each.sidecar.id for each in self.recorded]

    @property
    def is_good(self) -> bool:
        from studio.dataset.quality import GOOD

        return self.check.kind == GOOD


class Guide:
    """One session: which class is next, its takes, and keys between them. `run` raises StudioError where a source goes;
    what was made by then stays.
    """

    def __init__(
        self,
        project: "Project",
        recorders: "list[Recorder]",
        take: "Take",
        *,
        stopped: threading.Event,
        output: Output,
        key: Callable[[], str] | None,
    ) -> None:
        """take: with person and consent, its label is of no account. key: waits for one key; None: hands off."""
        origin, sensor = recorders[0].origin, project.settings.sensor.kind
        kind = origin.format.kind.name
        if kind == CAMERA.name:
            why = mark("pictures are not taken by the second")
            raise InvalidInput("--script", why, mark("Name a microphone or a board as the first source."))
        if kind != sensor:  # its takes would be none that the script counts
            why = _("{source} is of kind {kind}, and the project of {sensor}")
            raise InvalidInput(
                "--script",
                why.format(source=origin.address, kind=kind, sensor=sensor),
                mark("Name a source of the project's kind first; others may be beside it."),
            )
        self.made: list[_Made] = []
        self.progress = progress_of(project, with_recorded=False)
        self._project, self._recorders, self._take = project, recorders, take
        self._stopped, self._output, self._key = stopped, output, key
        self._skipped: set[str] = set()
        self._failed: dict[str, int] = {}

    def run(self) -> None:
        """Until all is made, or somebody stops it."""
        label: str | None = None
        for recorder in self._recorders:
            recorder.listen()
        while (label := self._next(label)) is not None and not self._stopped.is_set():
            if not self._make(label):
                return

    @property
    def recorded(self) -> "list[Recorded]":
        return [each for made in self.made for each in made.recorded]

    def _next(self, after: str | None) -> str | None:
        left = [label for label in self.progress.unfinished(after) if label not in self._skipped]
        return left[0] if left else None

    def _make(self, label: str) -> bool:
        """One prompt and its take, until somebody keeps it. False: it is over."""
        asked = self.progress.script.of(label)
        if asked is None:
            return True
        while True:
            self._prompt(asked)
            if not self._count_down():
                return False
            made = self._record(asked)
            if made is None:
                return False
            self.made.append(made)
            self._read()
            self._tell(asked, made)
            act = self._decide(made, label)
            while act == "undo" and self.made:
                self._take_back(_("The last take is undone."))
                act = self._asked() if self.made else "next"
            if act == "redo":
                if self.made and self.made[-1] is made:  # else it is undone already
                    self._take_back(_("Again."))
                continue
            if act == "skip":
                self._skipped.add(label)
            return act != "stop"

    def _decide(self, made: _Made, label: str) -> str:
        if self._key is not None:
            return self._asked()
        if made.is_good:
            self._failed.pop(label, None)
            return "keep"
        self._failed[label] = self._failed.get(label, 0) + 1
        if self._failed[label] < FAILED_MOST:
            return "redo"
        told = _("{label} was not good {count} times, and is left for later.")
        self._output.warn(told.format(label=label, count=FAILED_MOST))
        self._take_back("")
        return "skip"

    def _asked(self) -> str:
        """The next act that a key says; Ctrl+C ends it too."""
        while self._key is not None and not self._stopped.is_set():
            key = self._key()
            if key in KEYS:
                return KEYS[key]
        return "stop"

    def _prompt(self, asked: "ScriptClass") -> None:
        from studio.dataset.script_text import plain_name

        number = self.progress.made(asked.label) + 1
        place = _("{number} of {wanted}, {seconds:g} s").format(
            number=number, wanted=asked.wanted, seconds=asked.seconds
        )
        name = plain_name(asked.label)
        line = "─" * max(len(name) * 2 + 3, len(place) + 2)
        self._output.warn(f"\n{line}\n  {' '.join(name.upper())}\n  {place}\n{line}")

    def _count_down(self) -> bool:
        for number in range(COUNT_FROM, 0, -1):
            self._output.warn(f"  {number}")
            if self._stopped.wait(TICK_S):
                return False
        self._output.warn(_("  now"))
        return True

    def _record(self, asked: "ScriptClass") -> _Made | None:
        """None: it was stopped before its end, and what there was of it is no take."""
        from studio.capture.recorder import enter
        from studio.dataset.quality import check_takes
        from studio.dataset.recordings import new_id

        take = replace(self._take, label=asked.label, session=new_id())
        recordings: list[Recording] = []
        problem: StudioError | None = None
        try:
            for recorder, share in zip(self._recorders, take.shares(len(self._recorders)), strict=True):
                recordings.append(recorder.begin(share, asked.seconds))
        except StudioError as error:
            problem = error
        while not all(recording.wait(LOOK_EVERY_S) for recording in recordings):
            if problem is not None or self._stopped.is_set():
                for recording in recordings:
                    recording.end()
        recorded = [each for recording in recordings for each in recording.recorded]
        if recorded:
            enter(self._project, recorded, _("Record {label}").format(label=asked.label))
        problem = problem or next((cut for recording in recordings if (cut := recording.cut()) is not None), None)
        if problem is not None or not (recordings[0].is_whole and recordings[0].recorded):
            ended = problem or self._recorders[0].problem
            if recorded:
                self._remove([each.sidecar.id for each in recorded], asked.label)
            if ended is not None:
                raise ended
            return None
        newest = self._project.catalogue.newest(COMPARED)
        own = recorded[0].sidecar.id
        checks = check_takes(self._project.catalogue, [row for row in newest if row.id == own], newest)
        return _Made(recorded, checks[own])

    def _take_back(self, told: str) -> None:
        made = self.made.pop()
        self._remove(made.ids, made.recorded[0].sidecar.label or "")
        self._read()
        if told:
            self._output.warn(told)

    def _remove(self, ids: list[str], label: str) -> None:
        from studio.dataset.selection import of_recordings

        with self._project.catalogue.edit(_("Remove {label}").format(label=label)) as edit:
            edit.remove(of_recordings(ids))

    def _read(self) -> None:
        self.progress = progress_of(self._project, with_recorded=False)

    def _tell(self, asked: "ScriptClass", made: _Made) -> None:
        from studio.dataset.script_text import plain_name

        check = _("good") if made.is_good else made.check.says
        done = f"{self.progress.made(asked.label):,} / {asked.wanted:,}"
        self._output.warn(f"  {plain_name(asked.label)}  {done}  {check}")
        if self._key is not None:
            self._output.warn(_("  Enter keeps, r again, u undo, s skip, q stop"))


@contextlib.contextmanager
def keys_of_terminal(*, hands_off: bool, stopped: threading.Event) -> Iterator[Callable[[], str] | None]:
    """What gives one key as it is pressed, or "" now and then; None for hands_off. Raises InvalidInput where there
    is no terminal.
    """
    if hands_off:
        yield None
        return
    require_terminal("--script", mark("Run it in a terminal, or add --hands-off, which needs no keys."))
    waiting: list[str] = []

    def key() -> str:
        if not waiting and not stopped.is_set():
            waiting.extend(pressed(LOOK_EVERY_S))
        return waiting.pop(0) if waiting else ""

    with keys_without_enter():
        yield key


def record_script(
    project: "Project",
    recorders: "list[Recorder]",
    take: "Take",
    *,
    hands_off: bool,
    stopped: threading.Event,
    output: Output,
) -> "tuple[list[Recorded], list[StudioError], Progress]":
    """Returns what was made and kept, what ended it, and how far the script is."""
    problems: list[StudioError] = []
    if take.person is not None and take.consent is None:
        told = _("{code}: no consent noted. Note it with `people PROJECT consent {code} --scope ...`.")
        output.warn(told.format(code=take.person))
    with keys_of_terminal(hands_off=hands_off, stopped=stopped) as key:
        guide = Guide(project, recorders, take, stopped=stopped, output=output, key=key)
        if not guide.progress.script.classes:
            advice = mark("Set it with: script PROJECT 'yes 20, no 20'")
            raise InvalidInput("--script", mark("the script has no class"), advice)
        began = time.monotonic()
        try:
            guide.run()
        except StudioError as error:  # what was made by now is kept
            problems.append(error)
    minutes = (time.monotonic() - began) / 60
    told = _("{count:,} takes in {minutes:.1f} min.").format(count=len(guide.made), minutes=minutes)
    output.warn(f"\n{told}\n{progress_text(guide.progress)}")
    return guide.recorded, problems, guide.progress
