"""The front end for pictures: cropped, shrunk to the model's size, and brightness made even where that is wanted.

resources/firmware/FRONT_END.md, 7, says what each integer means.
"""

import struct
from dataclasses import dataclass, field
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import DTypeLike

from studio.core.text import gettext
from studio.features.model_input import ModelInput, damaged

Crop = Literal["whole", "centre"]
CROPS: tuple[Crop, ...] = ("whole", "centre")  # in the order of their codes
Brightness = Literal["none", "mean"]
BRIGHTNESS: tuple[Brightness, ...] = ("none", "mean")  # likewise

LEAST_SIDE, MOST_SIDE = 8, 512
UNITS = 16  # of a feature, in a level of gray
_HEADER = struct.Struct("<HHIIHHBBBbI")


@dataclass(frozen=True, kw_only=True)
class PictureInput(ModelInput):
    """Gray pictures of one size.

    rate_hz: pictures in a second. width, height: of what the model sees. crop: what of a picture of another shape is
    seen: the largest part from its "centre" that has the model's shape, or the "whole", distorted. normalise: "mean"
    takes a picture's own mean from it, "none" middle gray. input_shift, input_zero_point: one int8 step of the model's
    input is 2**input_shift feature units, of which 16 are a level of gray. Raises InvalidInput.
    """

    kind: ClassVar[str] = "picture"
    code: ClassVar[int] = 5
    sensor: ClassVar[str] = "camera"
    window_dtype: ClassVar[DTypeLike] = np.uint8
    clip_samples: ClassVar[int] = 1  # a window is one picture
    stride_samples: ClassVar[int] = 1

    rate_hz: int = 1
    width: int = 96
    height: int = 96
    crop: Crop = "centre"
    normalise: Brightness = "none"
    input_shift: int = 4
    input_zero_point: int = 0
    _section: bytes | None = field(default=None, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        self._refuse(self._fault())

    @classmethod
    def for_data(
        cls,
        rate_hz: int = 1,
        *,
        width: int = 96,
        height: int = 96,
        crop: Crop = "centre",
        normalise: Brightness = "none",
    ) -> "PictureInput":
        """As chosen: nothing of it depends on the data."""
        return cls(rate_hz=rate_hz, width=width, height=height, crop=crop, normalise=normalise)

    @property
    def window_shape(self) -> tuple[int, int]:
        """(height, width), cropped and shrunk; `native.frontend.fit_picture` brings any picture to it."""
        return self.height, self.width

    @property
    def shape(self) -> tuple[int, int]:
        """(height, width)."""
        return self.window_shape

    def seen_of(self, width: int, height: int) -> tuple[int, int, int, int]:
        """What of a picture of that size is seen: left, top, width, height, in its pixels (FRONT_END.md, 7)."""
        if self.crop == "whole":
            return 0, 0, width, height
        if width * self.height > height * self.width:
            columns = max(1, height * self.width // self.height)
            return (width - columns) // 2, 0, columns, height
        rows = max(1, width * self.height // self.width)
        return 0, (height - rows) // 2, width, rows

    def _packed(self) -> bytes:
        return self._section_of(
            _HEADER,
            self.rate_hz,
            self.width,
            self.height,
            CROPS.index(self.crop),
            BRIGHTNESS.index(self.normalise),
            self.input_shift,
            self.input_zero_point,
            0,
        )

    @classmethod
    def _unpacked(cls, section: bytes) -> "PictureInput":
        rate_hz, width, height, crop, normalise, shift, zero, _ = cls._header_of(section, _HEADER)
        if crop >= len(CROPS) or normalise >= len(BRIGHTNESS):
            raise damaged(gettext("it is damaged"))
        return cls(
            rate_hz=rate_hz,
            width=width,
            height=height,
            crop=CROPS[crop],
            normalise=BRIGHTNESS[normalise],
            input_shift=shift,
            input_zero_point=zero,
        )

    def _fault(self) -> str:
        if not 1 <= self.rate_hz <= 65_535:
            return gettext("the rate must be from 1 to 65,535 Hz")
        if not all(LEAST_SIDE <= side <= MOST_SIDE for side in (self.width, self.height)):
            return gettext("width and height must be from {least} to {most}").format(least=LEAST_SIDE, most=MOST_SIDE)
        if self.crop not in CROPS or self.normalise not in BRIGHTNESS:
            return gettext("crop must be whole or centre, normalise none or mean")
        return self._fault_of_input()
