"""Variants of a picture such as other places, other light and other cameras would have given.

Everything is drawn from one generator, so the same seed gives the same pixels. uint8 in, uint8 out. Nothing black comes
in at the edges: what lies there is mirrored.
"""

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
Floats = NDArray[np.float32]

_MIDDLE = 128.0
_HIDDEN = (0.08, 0.33)  # of a side: how large a hidden part is


@dataclass(frozen=True)
class PictureAugmentation:
    """How far each may go, drawn uniformly; shares of variants that have a thing at all.

    flip: share that is mirrored left to right. rotation_deg: to either side. scale, aspect: so many times as large or
    as small, as wide or as high. shift: of a side. contrast: so many times as much or as little. brightness, noise:
    levels of gray, of noise its highest rms. blur: share, of at most blur_pixels. hidden: share with a rectangle
    hidden. board_camera: share that is as a small camera sees it in little light: bent in brightness, dark towards
    the corners, with the noise of few photons.
    """

    flip: float = 0.5
    rotation_deg: float = 5.0
    scale: float = 1.16
    aspect: float = 1.06
    shift: float = 0.0625
    contrast: float = 1.2
    brightness: float = 15.0
    noise: float = 4.0
    blur: float = 0.15
    blur_pixels: float = 0.8
    hidden: float = 0.3
    board_camera: float = 0.15

    def scaled(self, strength: float) -> "PictureAugmentation":
        """Ranges of another strength: at 1 these, at 0 none at all (not even mirrored), between in proportion."""
        strength = max(0.0, strength)

        def share(of: float) -> float:
            return min(1.0, of * strength)

        return replace(
            self,
            flip=min(0.5, self.flip * strength),
            rotation_deg=self.rotation_deg * strength,
            scale=self.scale**strength,
            aspect=self.aspect**strength,
            shift=self.shift * strength,
            contrast=self.contrast**strength,
            brightness=self.brightness * strength,
            noise=self.noise * strength,
            blur=share(self.blur),
            hidden=share(self.hidden),
            board_camera=share(self.board_camera),
        )


class DrawnPicture(NamedTuple):
    """What one variant was made with. scale: above 1 is larger. right, down: pixels. noise: levels, rms."""

    flipped: bool
    rotation_deg: float
    scale: float
    right: float
    down: float
    contrast: float
    brightness: float
    noise: float
    blur_pixels: float
    hidden: bool
    board_camera: bool


class PictureVariant(NamedTuple):
    samples: Pixels  # (height, width)
    drawn: DrawnPicture


def augment_picture(pixels: Pixels, augmentation: PictureAugmentation, rng: np.random.Generator) -> PictureVariant:
    """One variant, of the same size. pixels: (height, width)."""
    import cv2

    cv2.setNumThreads(1)  # whoever calls has a process for each processor
    ranges = augmentation
    height, width = pixels.shape
    flipped = bool(rng.random() < ranges.flip)
    degrees = _either(rng, ranges.rotation_deg)
    scale, aspect = _times(rng, ranges.scale), _times(rng, ranges.aspect)
    right, down = _either(rng, ranges.shift * width), _either(rng, ranges.shift * height)
    seen = cv2.warpAffine(
        pixels,
        _inverse((width, height), flipped=flipped, degrees=degrees, wide=scale * aspect, high=scale / aspect,
                 move=(right, down)),
        (width, height),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REFLECT_101,
    )  # fmt: skip
    values = np.asarray(seen, np.float32)
    blur = float(rng.uniform(0.3, ranges.blur_pixels)) if rng.random() < ranges.blur else 0.0
    if blur:
        values = np.asarray(cv2.GaussianBlur(values, (0, 0), blur), np.float32)
    hidden = bool(rng.random() < ranges.hidden)
    if hidden:
        _hide(values, rng)
    contrast, brightness = _times(rng, ranges.contrast), _either(rng, ranges.brightness)
    values = (values - _MIDDLE) * np.float32(contrast) + np.float32(_MIDDLE + brightness)
    in_little_light = bool(rng.random() < ranges.board_camera)
    if in_little_light:
        values = _as_a_board_sees(values, rng)
    noise = float(rng.uniform(0, ranges.noise))
    values += rng.standard_normal(values.shape, np.float32) * np.float32(noise)
    drawn = DrawnPicture(
        flipped, degrees, scale, right, down, contrast, brightness, noise, blur, hidden, in_little_light
    )
    return PictureVariant(np.clip(np.rint(values), 0, 255).astype(np.uint8), drawn)


def _inverse(
    size: tuple[int, int], *, flipped: bool, degrees: float, wide: float, high: float, move: tuple[float, float]
) -> NDArray[np.float64]:
    """(2, 3): where in the picture each pixel of the variant comes from, about the middle."""
    angle = np.deg2rad(degrees)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    matrix = np.diag([(-1.0 if flipped else 1.0) / wide, 1 / high]) @ turn
    middle = (np.array(size, np.float64) - 1) / 2
    return np.column_stack([matrix, middle - matrix @ (middle + np.array(move))])


def _hide(values: Floats, rng: np.random.Generator) -> None:
    """A rectangle of one gray (DeVries and Taylor 2017): what is told from a part is told without it too."""
    height, width = values.shape
    rows, columns = (max(1, int(rng.uniform(*_HIDDEN) * side)) for side in (height, width))
    top, left = rng.integers(0, height - rows + 1), rng.integers(0, width - columns + 1)
    values[top : top + rows, left : left + columns] = values.mean()


def _as_a_board_sees(values: Floats, rng: np.random.Generator) -> Floats:
    """Brightness bent, a lens dark towards the corners, and noise that grows with light as photons have it."""
    height, width = values.shape
    light = np.clip(values, 0, 255) / np.float32(255)
    light = light ** np.float32(_times(rng, 1.5))
    rows, columns = np.linspace(-1, 1, height, dtype=np.float32), np.linspace(-1, 1, width, dtype=np.float32)
    light = light * (1 - np.float32(rng.uniform(0, 0.3)) * (rows[:, None] ** 2 + columns[None] ** 2) / 2)
    light = light * np.float32(rng.uniform(0.6, 1.0))
    photons = np.float32(rng.uniform(150, 800))  # of white
    light = light + rng.standard_normal(light.shape, np.float32) * np.sqrt(light / photons)
    return np.asarray(light * 255, np.float32)


def _either(rng: np.random.Generator, most: float) -> float:
    return float(rng.uniform(-most, most))


def _times(rng: np.random.Generator, most: float) -> float:
    """As often above 1 as below."""
    return float(np.exp(rng.uniform(-np.log(most), np.log(most))))
