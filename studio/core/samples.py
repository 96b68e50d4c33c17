"""What flows through the program: kinds of sensor, blocks of samples, and what was lost on the way."""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class SensorKind:
    """A row of the sensor table. One count of channel c stands for scales[c] of units[c]."""

    name: str
    channels: tuple[str, ...]
    units: tuple[str, ...]
    scales: tuple[float, ...]

    @property
    def unit(self) -> str:
        """Of the first channel; of every one where there is one unit."""
        return self.units[0]

    @property
    def scale(self) -> float:
        """As `unit`."""
        return self.scales[0]


MICROPHONE = SensorKind("microphone", ("audio",), ("full scale",), (1 / 32768,))
IMU = SensorKind(
    "imu",
    ("ax", "ay", "az", "gx", "gy", "gz"),
    ("g", "g", "g", "degrees/s", "degrees/s", "degrees/s"),
    (4 / 32768,) * 3 + (2000 / 32768,) * 3,
)
CAMERA = SensorKind("camera", ("gray",), ("white",), (1 / 255,))  # yields pictures, no blocks of samples
ENVIRONMENT = SensorKind(
    "environment", ("temperature", "humidity", "pressure"), ("C", "%", "hPa"), (1 / 100, 1 / 100, 1 / 10)
)
COLOUR = SensorKind("colour", ("r", "g", "b", "clear"), ("counts",) * 4, (1.0,) * 4)
KINDS: dict[str, SensorKind] = {kind.name: kind for kind in (MICROPHONE, IMU, CAMERA, ENVIRONMENT, COLOUR)}


def to_counts(
    values: NDArray[np.int64] | NDArray[np.float64], scales: Sequence[float]
) -> tuple[NDArray[np.int16], int]:
    """Decimals (n, channels) as int16 counts of scales[c] of a channel's unit, and how many values lay beyond."""
    limits = np.iinfo(np.int16)
    counts = np.round(values / np.asarray(scales))
    beyond = int(np.count_nonzero((counts < limits.min) | (counts > limits.max)))
    return np.clip(counts, limits.min, limits.max).astype(np.int16), beyond


@dataclass(frozen=True)
class SampleFormat:
    kind: SensorKind
    rate_hz: float  # nominal; the measured one is the clock fit's


@dataclass(frozen=True)
class Lost:
    """Samples lost, by where: on the board, on the link, in this process, in a text parser, at the disk."""

    board: int = 0
    link: int = 0
    host: int = 0
    parser: int = 0
    disk: int = 0

    @property
    def total(self) -> int:
        return self.board + self.link + self.host + self.parser + self.disk

    def __add__(self, other: "Lost") -> "Lost":
        return Lost(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(Lost)))

    def as_dict(self) -> dict[str, int]:
        return {f.name: getattr(self, f.name) for f in fields(Lost)}


NOTHING_LOST = Lost()


@dataclass(frozen=True, eq=False)
class Printed:
    """Rows as a board with other firmware gives them: decimals of whatever unit it has.

    values: float64 (n, channels). t_us: int64 (n,), the board's own time, never falling; None where it tells none.
    """

    values: NDArray[np.float64]
    t_us: NDArray[np.int64] | None = None

    def part(self, start: int, stop: int) -> "Printed":
        """Rows start to stop."""
        return Printed(self.values[start:stop], None if self.t_us is None else self.t_us[start:stop])


@dataclass(frozen=True, eq=False)
class Block:
    """Consecutive samples as delivered.

    samples: int16 (n, channels). first_index: index of the first since the stream began, lost samples counted.
    device_time_us: the source's own clock at the first sample. arrived_ns: host monotonic clock.
    lost_before: samples lost between the previous block and this one. printed: the same rows in the board's own
    decimals, which a file keeps; the samples are then for whoever looks on, and may be clipped. marks: at which samples
    the board's button was pressed, counted from the first of this block, below 0 in what came or was lost before it.
    """

    samples: NDArray[np.int16]
    first_index: int
    device_time_us: int
    arrived_ns: int
    lost_before: Lost = NOTHING_LOST
    printed: Printed | None = None
    marks: tuple[int, ...] = ()


@dataclass(frozen=True, eq=False)
class Picture:
    """One picture of a camera, which comes in the same stream of items as blocks do from other sensors.

    pixels: uint8 (height, width), gray, 0 black. index: since the stream began, lost pictures counted. device_time_us,
    arrived_ns: as for Block. lost_before: pictures lost between the previous one and this one. marked: whether the
    board's button was pressed at its time.
    """

    pixels: NDArray[np.uint8]
    index: int
    device_time_us: int
    arrived_ns: int
    lost_before: Lost = NOTHING_LOST
    marked: bool = False


Item = Block | Picture
