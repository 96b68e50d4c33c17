"""A live session that is looked at now and then: it runs on one thread, and hands another what is new.

Nothing waits for whoever looks on, and what is held for them is bounded: the newest window whole, of older ones their
scores, and the last minute of sound or movement.
"""

import contextlib
import hashlib
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from studio.boards.address import Address
from studio.boards.connection import open_board
from studio.capture.source import Origin
from studio.core.errors import StudioError
from studio.core.job import Report
from studio.core.samples import CAMERA, KINDS, MICROPHONE, Block, Item, Picture, SampleFormat
from studio.core.text import gettext as _
from studio.dataset.runs import Run
from studio.deploy.bundle import bundle_for
from studio.deploy.deploying import HoldsAnother, holds_another
from studio.deploy.upload import is_deployed, upload
from studio.features.front_ends import AnyFrontEnd
from studio.live.align import PictureRing, SampleRing
from studio.live.live import Heard, LiveSession, LiveWindow, rate_of
from studio.model.image import Decision
from studio.model.tflite import read_graph

HELD_S = 60  # of sound or movement, for what is made a recording afterwards
HELD_BLOCKS = 512  # for whoever draws them: of sound 10 s
HELD_PICTURES = 64
HELD_WINDOWS = 1024  # for whoever draws the scores


class Measure(NamedTuple):
    """What the one int8 output of a model stands for that predicts a value, in `unit`."""

    scale: float
    zero_point: int
    unit: str

    def of(self, scores: NDArray[np.int8]) -> float:
        """scores: int8 (1,)."""
        return (int(scores[0]) - self.zero_point) * self.scale


@dataclass(frozen=True, eq=False)
class Begun:
    """What listens, once it does. deployed: the model was put on the board first. operators: of the model. image: the
    SHA-256 of the model image, which the board says it holds. measure: of a model that predicts a value; None: it tells
    classes apart.
    """

    run: Run
    origin: Origin
    board: str  # its name
    classes: tuple[str, ...]
    decision: Decision | None
    spec: AnyFrontEnd
    operators: int
    deployed: bool
    image: bytes
    measure: Measure | None = None


@dataclass(frozen=True, eq=False)
class Scored:
    """A window as the timeline shows it. at_s: its end, in seconds of the session. first_sample: where it begins.
    scores: the board's, int8 (classes,).
    """

    at_s: float
    scores: NDArray[np.int8]
    decision: Heard | None
    first_sample: int
    equal: bool


@dataclass(frozen=True, eq=False)
class News:
    """What has come since the last look: blocks, or pictures of a camera. newest: the window last compared.

    difference: the newest window of which the first differing value is known. Counts are of the whole session.
    """

    blocks: list[Block] = field(default_factory=list)
    pictures: list[Picture] = field(default_factory=list)
    scored: list[Scored] = field(default_factory=list)
    newest: LiveWindow | None = None
    difference: LiveWindow | None = None
    windows: int = 0
    equal: int = 0
    samples: int = 0
    samples_lost: int = 0
    windows_skipped: int = 0


class Listening:
    """`run` is a job's work. The rest may be called on any thread, at any time, and never waits for the board."""

    def __init__(
        self,
        find_run: Callable[[], Run],
        address: Address,
        folder: Path,
        *,
        send_again: bool = False,
        replace_another: bool = True,
    ) -> None:
        """folder: the project's. send_again: the model goes onto the board even if it is there already.
        replace_another: and in place of another project's.
        """
        self.begun: Begun | None = None
        self.problem: StudioError | None = None  # what ended it, if anything did
        self._find_run, self._address, self._folder = find_run, address, folder
        self._send_again, self._replace_another = send_again, replace_another
        self._lock = threading.Lock()
        self._blocks: deque[Block] = deque(maxlen=HELD_BLOCKS)
        self._pictures: deque[Picture] = deque(maxlen=HELD_PICTURES)
        self._scored: deque[Scored] = deque(maxlen=HELD_WINDOWS)
        self._newest: LiveWindow | None = None
        self._difference: LiveWindow | None = None
        self._first_us: int | None = None
        self._windows = self._equal = self._samples = self._lost = self._skipped = 0
        self._ring: SampleRing | PictureRing | None = None

    def run(self, report: Report) -> None:
        """Deploys where the board's image is another, then listens until `report` raises Cancelled. Raises what
        find_run, open_board, bundle_for and upload raise, HoldsAnother, BoardLost.
        """
        try:
            self._run(report)
        except StudioError as error:
            self.problem = error
            raise

    def take(self) -> News:
        """What is new since the last call."""
        with self._lock:
            news = News(
                list(self._blocks),
                list(self._pictures),
                list(self._scored),
                self._newest,
                self._difference,
                self._windows,
                self._equal,
                self._samples,
                self._lost,
                self._skipped,
            )
            self._blocks.clear()
            self._pictures.clear()
            self._scored.clear()
        return news

    def sensed(self, first_sample: int) -> NDArray[Any] | None:
        """What the board's sensor gave for the window that begins there; None where it is lost or too old.

        Of sound int16 (clip,), of rows int16 (clip, channels of the sensor), of a camera uint8 (height, width).
        """
        with self._lock:
            if isinstance(self._ring, PictureRing):
                return self._ring.picture(first_sample)
            if self._ring is None or self.begun is None:
                return None
            return self._ring.window(first_sample, self.begun.spec.clip_samples)

    def _run(self, report: Report) -> None:
        report(None, _("Reaching the board"))
        run = self._find_run()
        with open_board(self._address, self._folder) as board:
            bundle = bundle_for(run, board.hello)
            deployed = self._send_again or not is_deployed(board, bundle.image)
            if deployed and not self._replace_another and holds_another(board, run.folder.parent):
                raise HoldsAnother(board.hello.name)
            if deployed:
                upload(board, bundle.image, token=self._address.token, report=report)
            session = LiveSession(board, bundle.image)
            reference, hello = session.reference, board.hello
            kind, rate_hz = KINDS[reference.spec.sensor], rate_of(hello, reference.spec)
            channels = None if kind is MICROPHONE else len(kind.channels)
            self._ring = PictureRing(HELD_PICTURES) if kind is CAMERA else SampleRing(HELD_S * rate_hz, channels)
            self.begun = Begun(
                run,
                Origin(
                    self._address.shown,
                    SampleFormat(kind, rate_hz),
                    hello.board,
                    hello.id.hex(),
                    hello.firmware,
                ),
                hello.name,
                tuple(reference.classes),
                reference.decision,
                reference.spec,
                len(bundle.plan.operators),
                deployed,
                hashlib.sha256(bundle.image).digest(),
                measure_of(run, bundle.tflite),
            )
            session.heard.connect(self._hear)
            report(None, _("Listening"))
            with contextlib.closing(session.windows()) as windows:
                for window in windows:
                    self._keep(window, session)
                    report(None, _("Equal in {equal:,} of {windows:,} windows").format(
                        equal=self._equal, windows=self._windows
                    ))  # fmt: skip

    def _hear(self, item: Item) -> None:
        with self._lock:
            if isinstance(item, Picture):
                if isinstance(self._ring, PictureRing):
                    self._ring.append(item)
                self._pictures.append(item)
                self._samples += 1
            else:
                if isinstance(self._ring, SampleRing):
                    self._ring.append(item)
                self._blocks.append(item)
                self._samples += len(item.samples)

    def _keep(self, window: LiveWindow, session: LiveSession) -> None:
        clip_us = round(session.reference.spec.clip_samples * 1e6 / session.reference.spec.rate_hz)
        with self._lock:
            if self._first_us is None:
                self._first_us = window.t_us
            at_s = (window.t_us + clip_us - self._first_us) / 1e6
            scores = np.frombuffer(window.device_scores, np.int8)
            self._scored.append(Scored(at_s, scores, window.decision, window.first_sample, window.equal))
            self._newest = window
            if window.difference is not None:
                self._difference = window
            self._windows += 1
            self._equal += window.equal
            self._lost, self._skipped = session.samples_lost, session.windows_skipped


def measure_of(run: Run, tflite: bytes) -> Measure | None:
    """tflite: of the run."""
    if "predicts" not in run.settings:
        return None
    output = read_graph(tflite).outputs[0]
    return Measure(float(output.scales[0]), int(output.zero_points[0]), str(run.settings.get("unit", "")))
