"""A board and the host on the same windows: scores of both, and where they part."""

import time
from collections import deque
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from math import prod
from pathlib import Path

import numpy as np

from studio.boards.connection import Board, BoardLost
from studio.capture.board import PictureStream
from studio.core.files import atomic
from studio.core.samples import Block, Item
from studio.core.signal import Signal
from studio.deploy.sensing import require_sensor
from studio.features.front_ends import AnyFrontEnd
from studio.features.picture import PictureInput
from studio.link.messages import Decision, Hello, PicturePart, Scores, WindowPart
from studio.link.sample_block import SamplesBlock
from studio.live.align import Held
from studio.live.compare import (
    Difference,
    Fingerprints,
    Reference,
    Stage,
    Stages,
    fingerprints,
    first_difference,
    parted_at,
)

SILENT_BOARD_S = 5.0
HELD_WINDOWS = 16  # at least, that the sample stream may lag behind the scores, which overtake it on the link
HELD_VALUES = 16_384  # likewise: twice what a board has waiting for the link; of rows that is many windows
ASKED_WHEN_PARTED = 1  # windows asked for whole when a checksum differs


@dataclass(frozen=True)
class Heard:
    """A decision as the board made it: at the end of its window, on the board's clock."""

    label: str
    score: float
    t_us: int


@dataclass(frozen=True, eq=False)
class LiveWindow:
    """One window on both sides. `host` is None where the window's samples never arrived, and then it is not equal."""

    index: int
    t_us: int  # device time of the window's first sample
    first_sample: int
    run_us: int  # what the board needed for it
    device_scores: bytes
    host: Stages | None
    parted: Stage | None
    decision: Heard | None
    board_stages: Stages | None  # the board's own, where the window was asked for
    difference: Difference | None  # known where the window was asked for

    @property
    def equal(self) -> bool:
        return self.parted is None


@dataclass
class _Pending:
    scores: Scores
    first_sample: int
    decision: Heard | None = None
    parts: dict[int, bytearray] = field(default_factory=dict)
    received: dict[int, int] = field(default_factory=dict)
    settled: bool = False  # nothing more of the board's quick messages belongs to it


class LiveSession:
    """Runs the model on a board, and the reference beside it.

    The board must already hold `image`. With `keep_windows` the board sends every window it used, whole; without,
    the checksums of each stage are compared, and a window is asked for only after one has parted.
    heard: every block of the board's samples, or every picture, as it comes, on the thread that asks for windows.
    """

    def __init__(self, board: Board, image: bytes, *, keep_windows: bool = False) -> None:
        self.reference = Reference(image)
        self.heard: Signal[Item] = Signal()
        self._board = board
        self._keep = keep_windows
        spec, hop = self.reference.spec, self.reference.hop_samples
        values = hop * prod(spec.window_shape) // spec.clip_samples  # from one window to the next
        self._lag = max(HELD_WINDOWS, HELD_VALUES // values)
        self._held = Held(spec, self._lag + 4, hop)
        self._pictures = PictureStream(str(board.address), rate_of(board.hello, self.reference.spec))
        self._pending: deque[_Pending] = deque()
        self._asked = False  # for a window whole, which is not here yet
        self._next_window = 0
        self.samples_lost = 0  # or pictures, by the board or on the link
        self.windows_skipped = 0  # by a board that was late, or lost on the link

    def windows(self, seconds: float | None = None) -> Generator[LiveWindow, None, None]:
        """Windows in order, for `seconds` of the board's time from the first one. Raises BoardLost, CannotSense."""
        require_sensor(self.reference.spec, self._board.hello)
        self._board.take_over()  # what a session before this one left on the way is not this one's
        self._board.command("run", echo=int(self._keep))
        first_us: int | None = None
        try:
            for window in self._all_windows():
                if first_us is None:
                    first_us = window.t_us
                if seconds is not None and window.t_us - first_us > seconds * 1e6:
                    return
                yield window
        finally:
            self._halt()

    def _halt(self) -> None:
        try:
            self._board.command("halt")
        except BoardLost:
            return  # whoever is iterating has been told already, or is leaving

    def _all_windows(self) -> Iterator[LiveWindow]:
        while True:
            heard_anything = False
            for message in self._board.messages(timeout_s=SILENT_BOARD_S):
                heard_anything = True
                self._take(message)
                while self._pending and self._ready(self._pending[0]):
                    window = self._compare(self._pending.popleft())
                    if window.parted is not None and not (self._keep or self._asked):
                        self._ask()
                    yield window
            if not heard_anything:
                raise BoardLost(self._board.address.named, SILENT_BOARD_S)

    def _ask(self) -> None:
        """For the next window whole. Which one that is shows by its parts, so until they come all windows may be it."""
        self._board.command("echo", windows=ASKED_WHEN_PARTED)
        self._asked = True

    def _take(self, message: object) -> None:
        if isinstance(message, Decision):
            self._take_decision(message)
            return
        if self._pending and not isinstance(message, WindowPart):
            self._pending[-1].settled = True
        if isinstance(message, SamplesBlock):
            self._take_samples(message)
        elif isinstance(message, PicturePart):
            self._take_picture(message)
        elif isinstance(message, Scores):
            self.windows_skipped += max(0, message.window_index - self._next_window)
            self._next_window = message.window_index + 1
            self._pending.append(_Pending(message, self._held.unwrap(message.first_sample)))
        elif isinstance(message, WindowPart):
            self._take_part(message)

    def _take_samples(self, message: SamplesBlock) -> None:
        first = self._held.unwrap(message.first_index)
        self._take_item(Block(message.samples, first, message.time_us, time.monotonic_ns()), first)

    def _take_picture(self, message: PicturePart) -> None:
        picture = self._pictures.picture(message, time.monotonic_ns(), dropped=False)
        if picture is not None:
            self._take_item(picture, picture.index)

    def _take_item(self, item: Item, first: int) -> None:
        self.samples_lost += max(0, first - self._held.end)
        self._held.append(item)
        self.heard.emit(item)

    def _take_decision(self, message: Decision) -> None:
        for pending in self._pending:
            if pending.scores.window_index == message.window_index:
                label = self.reference.classes[message.class_index]
                pending.decision = Heard(label, message.score / 255, message.time_us)

    def _take_part(self, message: WindowPart) -> None:
        for pending in self._pending:
            if pending.scores.window_index == message.window_index:
                self._asked = False
                part = pending.parts.setdefault(message.stage, bytearray(message.total_bytes))
                part[message.offset : message.offset + len(message.data)] = message.data
                pending.received[message.stage] = pending.received.get(message.stage, 0) + len(message.data)

    def _ready(self, pending: _Pending) -> bool:
        """Whether all that is to come of this window is here, or so much has come since that it never will."""
        if len(self._pending) > self._lag:
            self._asked = False  # the board gave it up, and may be asked again
            return True
        heard = pending.settled and self._held.end >= pending.first_sample + self.reference.spec.clip_samples
        awaits_parts = self._keep or self._asked or pending.parts
        return heard and (not awaits_parts or self._whole(pending))

    @staticmethod
    def _whole(pending: _Pending) -> bool:
        return len(pending.parts) == len(Stage) and all(
            pending.received[stage] >= len(part) for stage, part in pending.parts.items()
        )

    def _compare(self, pending: _Pending) -> LiveWindow:
        scores = pending.scores
        device = Fingerprints(scores.samples_crc, scores.features_crc, scores.input_crc, scores.scores)
        samples = self._held.window(pending.first_sample)
        host = None if samples is None else self.reference.stages(samples)
        parted = Stage.SAMPLES if host is None else parted_at(device, fingerprints(host))
        board_stages = self._board_stages(pending) if self._whole(pending) else None
        difference = None
        if board_stages is not None and host is not None:
            difference = first_difference(board_stages, host)
            if parted is None and difference is not None:
                parted = difference.stage  # the window sent is not the one its checksums were made of
        return LiveWindow(
            scores.window_index,
            scores.time_us,
            pending.first_sample,
            scores.run_us,
            scores.scores,
            host,
            parted,
            pending.decision,
            board_stages,
            difference,
        )

    def _board_stages(self, pending: _Pending) -> Stages:
        return self.reference.stages_sent(*(bytes(pending.parts[stage]) for stage in range(len(Stage))))


def rate_of(hello: Hello, spec: AnyFrontEnd) -> int:
    """At which the board's sensor runs for a model: the front end's rate, but for a camera its usual one."""
    usual = (sensor.rates_hz[0] for sensor in hello.sensors if sensor.kind == spec.sensor and sensor.rates_hz)
    return next(usual, spec.rate_hz) if isinstance(spec, PictureInput) else spec.rate_hz


def save_window(window: LiveWindow, folder: Path) -> Path:
    """Writes a window's stages, the board's own where it sent them, as `window-INDEX.npz`."""
    stages = window.board_stages or window.host
    if stages is None:
        raise ValueError("a window whose samples never arrived cannot be saved")
    path = folder / f"window-{window.index:06d}.npz"
    with atomic(path) as partial, partial.open("wb") as file:
        np.savez(
            file,
            samples=stages.samples,
            features=stages.features,
            input=stages.input,
            scores=stages.scores,
            t_us=np.int64(window.t_us),
        )
    return path
