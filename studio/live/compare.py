"""The host's reference for one window, and the first stage at which a board parts from it."""

import enum
import zlib
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio.core.errors import InvalidInput
from studio.core.text import gettext as _
from studio.core.text import mark
from studio.features.front_ends import front_end_from_section
from studio.model.image import read_image
from studio.native.engine import Engine
from studio.native.frontend import features, quantise


class Stage(enum.StrEnum):
    """In the order of the computation, so that the first that differs is where device and host part."""

    SAMPLES = "samples"
    FEATURES = "features"
    QUANTISED = "quantised"
    KERNELS = "kernels"


CAUSES = {
    Stage.SAMPLES: mark("The host did not get the very samples that the board used: the link lost or altered some."),
    Stage.FEATURES: mark("The board's front end differs: its firmware, or the tables in its model image, are others."),
    Stage.QUANTISED: mark("The board scales its features to int8 otherwise: its image has another input scale."),
    Stage.KERNELS: mark("The board gives other scores for the same input: weights in flash or kernels differ."),
}

REMEDIES = {
    Stage.SAMPLES: mark("Use another cable or port, and let nothing else use the link. The board itself may be right."),
    Stage.FEATURES: mark("Put the model on the board again. If it stays so, the board's firmware is older: update it."),
    Stage.QUANTISED: mark("Put this run's model on the board again: the one there was made for another input scale."),
    Stage.KERNELS: mark("Put the model on the board again: its self-test then says whether flash or kernels differ."),
}


@dataclass(frozen=True, eq=False)
class Stages:
    """One window at every stage. samples: as the front end's window_dtype and window_shape have it, of sound int16
    (clip,). features: int16 and input: int8, of the front end's shape, of sound (frames, mels). scores: int8
    (classes,). All exactly as they go into and come out of the model.
    """

    samples: NDArray[Any]
    features: NDArray[np.int16]
    input: NDArray[np.int8]
    scores: NDArray[np.int8]


@dataclass(frozen=True)
class Fingerprints:
    """What a board says of each window: CRC-32 of the little-endian bytes of each stage, and the scores themselves."""

    samples: int
    features: int
    input: int
    scores: bytes


@dataclass(frozen=True)
class Difference:
    """The first value that differs: at `index` of the flattened stage, as the board and the host have it."""

    stage: Stage
    index: int
    device: int
    host: int


class Reference:
    """Runs the model image on the host with the very code that boards run."""

    def __init__(self, image: bytes) -> None:
        content = read_image(image)
        if content.front_end is None:
            raise InvalidInput(_("The model image"), mark("it has no front end, so it cannot listen"))
        self.classes = list(content.classes)
        self.decision = content.decision
        self.spec = front_end_from_section(content.front_end)
        hop = self.decision.hop_samples if self.decision else self.spec.clip_samples
        self.hop_samples = max(1, hop // self.spec.stride_samples) * self.spec.stride_samples  # as node_upload.c has it
        self.engine = Engine(image)

    def stages(self, samples: NDArray[Any]) -> Stages:
        """samples: one window of the front end's."""
        seen = features(samples, self.spec)
        quantised = quantise(seen, self.spec)
        scores = self.engine.run(quantised.reshape(1, -1))[0]
        return Stages(samples, seen, quantised, scores)

    def stages_sent(self, samples: bytes, seen: bytes, quantised: bytes, scores: bytes) -> Stages:
        """Of a window as a board sent it. Raises ValueError where it has another size than this image's."""
        window, shape = np.dtype(self.spec.window_dtype), self.spec.shape
        return Stages(
            np.frombuffer(samples, window.newbyteorder("<")).astype(window).reshape(self.spec.window_shape),
            np.frombuffer(seen, "<i2").astype(np.int16).reshape(shape),
            np.frombuffer(quantised, np.int8).reshape(shape),
            np.frombuffer(scores, np.int8),
        )


def fingerprints(stages: Stages) -> Fingerprints:
    return Fingerprints(
        zlib.crc32(stages.samples.astype(stages.samples.dtype.newbyteorder("<")).tobytes()),
        zlib.crc32(stages.features.astype("<i2").tobytes()),
        zlib.crc32(stages.input.tobytes()),
        stages.scores.tobytes(),
    )


def parted_at(device: Fingerprints, host: Fingerprints) -> Stage | None:
    """The first stage that differs, or None where all are equal."""
    if device.samples != host.samples:
        return Stage.SAMPLES
    if device.features != host.features:
        return Stage.FEATURES
    if device.input != host.input:
        return Stage.QUANTISED
    return Stage.KERNELS if device.scores != host.scores else None


def first_difference(device: Stages, host: Stages) -> Difference | None:
    """Which value differs first, in the order of the stages."""
    pairs = (
        (Stage.SAMPLES, device.samples, host.samples),
        (Stage.FEATURES, device.features, host.features),
        (Stage.QUANTISED, device.input, host.input),
        (Stage.KERNELS, device.scores, host.scores),
    )
    for stage, ours, theirs in pairs:
        differing = np.flatnonzero(ours.ravel() != theirs.ravel())
        if len(differing):
            index = int(differing[0])
            return Difference(stage, index, int(ours.ravel()[index]), int(theirs.ravel()[index]))
    return None
