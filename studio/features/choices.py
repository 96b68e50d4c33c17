"""What a person may choose of a front end, a row for each: project.toml is read by them, and the form drawn."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from studio.core.text import mark
from studio.features.blocks import NORMALISE, LogMel

Value = int | str


class Option(NamedTuple):
    value: str
    title: str  # marked for translation


@dataclass(frozen=True)
class Choice:
    """key: in project.toml and of LogMel.for_data. title, what: marked for translation. options: () for a number.

    least, most: what is taken at all; whether a value goes with the others is LogMel's to say.
    """

    key: str
    title: str
    what: str
    of: Callable[[LogMel], Value]
    unit: str = ""
    least: int = 0
    most: int = 0
    options: tuple[Option, ...] = ()


def _ms(samples: int, spec: LogMel) -> int:
    return round(samples * 1000 / spec.rate_hz)


FRONT_END: tuple[Choice, ...] = (
    Choice(
        "frame_ms",
        mark("Frame"),
        mark("How much sound one column is computed from. Longer tells pitches apart, shorter tells moments apart."),
        lambda spec: _ms(spec.window_samples, spec),
        "ms",
        5,
        100,
    ),
    Choice(
        "stride_ms",
        mark("Stride"),
        mark("From one column to the next. Longer makes the picture, and the model, smaller."),
        lambda spec: _ms(spec.stride_samples, spec),
        "ms",
        2,
        200,
    ),
    Choice(
        "mels",
        mark("Mel bands"),
        mark("Rows of the picture: narrow for low pitches, wide for high ones, as ears have them."),
        lambda spec: spec.mels,
        "",
        4,
        128,
    ),
    Choice("low_hz", mark("Lowest"), mark("Where the lowest band begins."), lambda spec: spec.low_hz, "Hz", 0, 20_000),
    Choice(
        "high_hz",
        mark("Highest"),
        mark("Where the highest band ends: never above what every recording holds."),
        lambda spec: spec.high_hz,
        "Hz",
        100,
        48_000,
    ),
    Choice(
        "floor_db",
        mark("Noise floor"),
        mark("Noise of this level is added to each frame, so that what is fainter does not count."),
        lambda spec: spec.floor_db,
        "dB",
        -120,
        -40,
    ),
    Choice(
        "normalise",
        mark("Mean removed"),
        mark("Over the window: how loud it was no longer counts. Per band: nor does the microphone's colour."),
        lambda spec: spec.normalise,
        options=(
            Option(NORMALISE[1], mark("overall")),
            Option(NORMALISE[2], mark("per band")),
            Option(NORMALISE[0], mark("none")),
        ),
    ),
)
BY_KEY = {choice.key: choice for choice in FRONT_END}
