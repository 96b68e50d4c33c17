"""What is measured once of a picture, and what is odd about it."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from studio.core.errors import InvalidInput
from studio.core.picture_file import read_picture
from studio.core.text import gettext as _
from studio.dataset.findings import NOTE, WARNING, Finding, Recorded
from studio.dataset.settings import ProjectSettings

VERSION = 201.0  # of the figures; none of sound's or of rows'
DARK, BRIGHT = 20.0, 235.0  # mean of the pixels, 0..255
SATURATED_SHARE = 0.5  # of the pixels
SMALL = 0.5  # of the model's picture, a side: enlarged as much, nothing is left to be seen
FLAT = 4.0  # standard deviation of the pixels
BLURRED = 12.0  # variance of the Laplacian at the size that it is judged at
_JUDGED = 96  # pixels a side: what a model sees of it
_WHITE = 250
_LIKENESS = (9, 8)  # columns, rows: of which neighbours are compared, 64 bits


@dataclass(frozen=True)
class MeasuredPicture:
    """mean, deviation: of the pixels. saturated: share of those that are white. sharpness: variance of the Laplacian
    (Pech-Pacheco and others, 2000). likeness_low, likeness_high: 32 bits each, which two copies share whatever their
    size and brightness (the gradient hash of Krawetz, 2013).
    """

    version: float
    bytes: float
    samples: float
    width: float
    height: float
    mean: float
    deviation: float
    saturated: float
    sharpness: float
    likeness_low: float
    likeness_high: float

    def as_dict(self) -> dict[str, float]:
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, float]) -> "MeasuredPicture | None":
        """None for what another version has measured."""
        return cls(**values) if values.get("version") == VERSION and values.keys() == _NAMES else None

    @classmethod
    def of(cls, path: Path) -> "MeasuredPicture":
        """Raises InvalidInput for what cannot be read."""
        import cv2

        try:
            pixels, size = read_picture(path), path.stat().st_size
        except OSError as error:
            raise InvalidInput(str(path), error.strerror or str(error)) from error
        judged = cv2.resize(pixels, (_JUDGED, _JUDGED), interpolation=cv2.INTER_AREA)
        low, high = _likeness(pixels)
        return cls(
            version=VERSION,
            bytes=float(size),
            samples=1.0,
            width=float(pixels.shape[1]),
            height=float(pixels.shape[0]),
            mean=float(pixels.mean()),
            deviation=float(pixels.std()),
            saturated=float(np.mean(pixels >= _WHITE)),
            sharpness=float(cv2.Laplacian(judged, cv2.CV_64F).var()),
            likeness_low=low,
            likeness_high=high,
        )

    @property
    def content(self) -> tuple[float, float]:
        """The same for two copies, and hardly for others where it is not flat."""
        return self.likeness_low, self.likeness_high

    def findings(self, row: Recorded, settings: ProjectSettings | None) -> Iterator[Finding]:
        """The worst first."""
        where, again = str(row.path), _("Take it again with other light, or take its label off.")
        if self.mean < DARK:
            says = _("It is dark: its mean is {mean:.0f} of 255.").format(mean=self.mean)
            yield Finding("dark", WARNING, where, says, again)
        elif self.mean > BRIGHT or self.saturated > SATURATED_SHARE:
            says = _("It is overexposed: {share:.0%} of its pixels are white.").format(share=self.saturated)
            yield Finding("bright", WARNING, where, says, again)
        elif self.deviation < FLAT:
            says = _("There is nothing to be seen in it: its pixels are almost the same.")
            yield Finding("flat", WARNING, where, says, _("Look at the lens, or take its label off."))
        if self.deviation >= FLAT and self.sharpness < BLURRED:
            says = _("It is blurred: there is no edge in it.")
            yield Finding("blurred", NOTE, where, says, _("Hold the camera still, or look at its focus."))
        size = dict(settings.front_end) if settings is not None else {}
        width, height = size.get("width"), size.get("height")
        if isinstance(width, int) and isinstance(height, int) and min(self.width / width, self.height / height) < SMALL:
            says = _("It has {has_w:.0f} x {has_h:.0f} pixels, and the model sees {width} x {height}.").format(
                has_w=self.width, has_h=self.height, width=width, height=height
            )
            yield Finding("small", NOTE, where, says, _("Import larger ones, or choose a smaller picture on Features."))


_NAMES = set(MeasuredPicture.__dataclass_fields__)


def _likeness(pixels: NDArray[np.uint8]) -> tuple[float, float]:
    import cv2

    small = cv2.resize(pixels, _LIKENESS, interpolation=cv2.INTER_AREA).astype(np.int16)
    bits = np.packbits((small[:, 1:] > small[:, :-1]).reshape(-1))
    low, high = bits.view(">u4").tolist()
    return float(low), float(high)
