"""What a person may choose of a front end, a row for each: project.toml is read by them, and the form drawn."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from studio.core.text import mark
from studio.features.blocks import NORMALISE, LogMel
from studio.features.motion import MotionRaw, MotionStatistics
from studio.features.picture import BRIGHTNESS, CROPS, LEAST_SIDE, MOST_SIDE, PictureInput
from studio.features.readings import Readings

Value = int | str


class Option(NamedTuple):
    value: str
    title: str  # marked for translation


@dataclass(frozen=True)
class Choice:
    """key: in project.toml and of the front end's for_data. title, what: marked for translation. options: () for a
    number. of: what a specification has of it. least, most: what is taken at all; whether a value goes with the others
    is the front end's to say.
    """

    key: str
    title: str
    what: str
    of: Callable[[Any], Value]
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
_SIDE = mark("Of what the model sees. Smaller is faster, and takes less of a board; larger shows what is far away.")

CHOICES: dict[str, tuple[Choice, ...]] = {
    LogMel.kind: FRONT_END,
    MotionRaw.kind: (
        Choice(
            "normalise",
            mark("Mean removed"),
            mark("Per axis over the window: how the board was held no longer counts, nor does which way is down."),
            lambda spec: spec.normalise,
            options=(Option("none", mark("none")), Option("channel", mark("per axis"))),
        ),
    ),
    MotionStatistics.kind: (
        Choice(
            "bands",
            mark("Bands"),
            mark("How finely fast movement is told from slow: energies of so many bands of each axis."),
            lambda spec: spec.bands,
            "",
            1,
            32,
        ),
        Choice(
            "low_hz", mark("Lowest"), mark("Where the lowest band begins."), lambda spec: spec.low_hz, "Hz", 0, 2_000
        ),
        Choice(
            "high_hz",
            mark("Highest"),
            mark("Where the highest band ends: never above what every recording holds."),
            lambda spec: spec.high_hz,
            "Hz",
            1,
            2_000,
        ),
        Choice(
            "floor_db",
            mark("Noise floor"),
            mark("Noise of this level is added to each axis, so that what is fainter does not count."),
            lambda spec: spec.floor_db,
            "dB",
            -120,
            -40,
        ),
    ),
    Readings.kind: (),
    PictureInput.kind: (
        Choice("width", mark("Width"), _SIDE, lambda spec: spec.width, mark("pixels"), LEAST_SIDE, MOST_SIDE),
        Choice("height", mark("Height"), _SIDE, lambda spec: spec.height, mark("pixels"), LEAST_SIDE, MOST_SIDE),
        Choice(
            "crop",
            mark("Of another shape"),
            mark("The middle of the picture, undistorted; or all of it, squeezed to the model's shape."),
            lambda spec: spec.crop,
            options=(Option(CROPS[1], mark("the middle")), Option(CROPS[0], mark("all of it"))),
        ),
        Choice(
            "normalise",
            mark("Mean removed"),
            mark("Of each picture: how bright it is as a whole no longer counts."),
            lambda spec: spec.normalise,
            options=(Option(BRIGHTNESS[0], mark("none")), Option(BRIGHTNESS[1], mark("overall"))),
        ),
    ),
}  # by the front end's kind
