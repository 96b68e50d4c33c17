"""The SAMPLES message: a fixed binary header and raw samples."""

import struct
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio.link.encoder import Frame

_HEADER = struct.Struct("<BBHII")


@dataclass(frozen=True, eq=False)
class SamplesBlock:
    """Consecutive samples of one sensor.

    samples: int16 (n, channels). first_index: low 32 bits of the first one's index since the sensor started, lost
    ones counted. lost_board: low 32 bits of how many the board itself has dropped since then. time_us: device time
    of the first one.
    """

    sensor: int
    first_index: int
    lost_board: int
    samples: NDArray[np.int16]
    time_us: int


def parse_samples(frame: Frame) -> SamplesBlock:
    """Raises ValueError or struct.error for a payload that is not what its header says."""
    sensor, channels, count, first_index, lost_board = _HEADER.unpack_from(frame.payload)
    raw = frame.payload[_HEADER.size :]
    if not count or not channels or len(raw) != 2 * count * channels:
        raise ValueError(f"{len(raw)} bytes for {count} samples of {channels} channels")
    samples = np.frombuffer(raw, dtype="<i2").astype(np.int16, copy=False).reshape(count, channels)
    return SamplesBlock(sensor, first_index, lost_board, samples, frame.time_us)


def samples_payload(sensor: int, first_index: int, lost_board: int, samples: NDArray[np.int16]) -> bytes:
    """The payload of a SAMPLES frame; samples: int16 (n, channels)."""
    count, channels = samples.shape
    return _HEADER.pack(sensor, channels, count, first_index, lost_board) + samples.astype("<i2").tobytes()
