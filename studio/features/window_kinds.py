"""What can be done with the windows of one kind of sensor: read them, vary them, and see them come one after another.

Whoever trains, scores or shows asks `windows_of`, and not what kind it is. All are picklable, for other processes.
"""

import functools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from studio.core.csv_file import CsvWriter
from studio.core.errors import InvalidInput
from studio.core.picture_file import png, read_picture
from studio.core.text import gettext
from studio.features import augment
from studio.features.augment import Augmentation, Drawn
from studio.features.augment_pictures import DrawnPicture, PictureAugmentation, augment_picture
from studio.features.augment_rows import DrawnRows, RowAugmentation, augment_rows
from studio.features.background import background_windows
from studio.features.background_rows import background_rows
from studio.features.blocks import LogMel
from studio.features.front_ends import AnyFrontEnd
from studio.features.motion import MotionRaw, MotionStatistics
from studio.features.picture import PictureInput
from studio.features.readings import Readings
from studio.features.row_windows import Columns, RowCounts, Stretch, centres, cut_rows, read_stretch
from studio.features.rows import FULL_SPAN
from studio.features.windows import Clip, Samples, UnreadableRecording, cut_window, read_clip
from studio.native.frontend import fit_picture

Window = NDArray[Any]  # as a front end's window_shape and window_dtype have it
AnyAugmentation = Augmentation | RowAugmentation | PictureAugmentation

_PADDING_SEED = 1
_SPANS = 6  # of a channel's range, that jitter and offset are shares of, where that is less than what is measured


class AnyVariant(NamedTuple):
    samples: Window
    drawn: Drawn | DrawnRows | DrawnPicture


class Windows(Protocol):
    """spec: of the front end that they are for. augmentation: what variants are drawn from. suffix: of a file that
    `write` makes of one.
    """

    suffix: ClassVar[str]

    @property
    def spec(self) -> AnyFrontEnd: ...
    @property
    def augmentation(self) -> AnyAugmentation: ...
    def read(self, clip: Clip) -> Window:
        """The window of a clip, of which it depends alone. Raises UnreadableRecording."""

    def variants(
        self, clip: Clip, count: int, seeds: tuple[int, int], *, noises: Sequence[Clip] = ()
    ) -> Iterator[AnyVariant]:
        """seeds: of the whole work, and the clip's place in its list. Each variant depends on its own number alone.

        noises: recorded backgrounds to mix in, where that means anything. Raises UnreadableRecording.
        """

    def passing(self, clip: Clip, hop: int, reach: int, rng: np.random.Generator) -> NDArray[Any]:
        """What a board sees while the clip passes: (2 * reach + 1, *window), `hop` samples apart, the clip's own in the
        middle. Raises UnreadableRecording.
        """

    def background(
        self, recorded: Sequence[Clip], count: int, seed: int, *, first: int = 0, events: Sequence[Clip] = ()
    ) -> NDArray[Any]:
        """What is seen when nothing is said or done: (count, *window), windows first.. of an endless list.

        recorded: of it. events: clips of what is said or done, parts of which count for nothing. Raises InvalidInput
        for a kind that has no background, UnreadableRecording.
        """

    def write(self, path: Path, window: Window) -> None:
        """As a new file that people can open, and the studio can import. Raises OSError."""


@dataclass(frozen=True)
class SoundWindows:
    suffix: ClassVar[str] = ".wav"

    spec: LogMel
    augmentation: Augmentation = field(default_factory=Augmentation)

    def read(self, clip: Clip) -> Samples:
        return cut_window(clip, self.spec, np.random.default_rng(_PADDING_SEED))

    def variants(
        self, clip: Clip, count: int, seeds: tuple[int, int], *, noises: Sequence[Clip] = ()
    ) -> Iterator[AnyVariant]:
        heard = _noises(tuple(noises), self.spec.rate_hz)
        for variant in augment.each_variant(clip, self.spec, count, seeds, self.augmentation, noises=heard):
            yield AnyVariant(*variant)

    def passing(self, clip: Clip, hop: int, reach: int, rng: np.random.Generator) -> Samples:
        wide = cut_window(clip, self.spec, rng, margin_samples=reach * hop)
        return np.lib.stride_tricks.sliding_window_view(wide, self.spec.clip_samples)[::hop]

    def background(
        self, recorded: Sequence[Clip], count: int, seed: int, *, first: int = 0, events: Sequence[Clip] = ()
    ) -> Samples:
        return background_windows(recorded, self.spec, count, seed, first=first, speech=events)

    def write(self, path: Path, window: Window) -> None:
        import soundfile

        try:
            soundfile.write(path, window, self.spec.rate_hz, subtype="PCM_16", format="WAV")
        except soundfile.LibsndfileError as error:
            raise OSError(str(error).rstrip(".")) from error


@dataclass(frozen=True)
class RowWindows:
    """Of movement and of slow sensors. columns: of the project's recordings."""

    suffix: ClassVar[str] = ".csv"

    spec: MotionRaw | MotionStatistics | Readings
    columns: Columns
    augmentation: RowAugmentation

    def read(self, clip: Clip) -> RowCounts:
        stretch = self._stretch(clip)
        return cut_rows(stretch, int(centres(stretch, self.spec)[0]), self.spec.clip_samples)

    def variants(
        self, clip: Clip, count: int, seeds: tuple[int, int], *, noises: Sequence[Clip] = ()
    ) -> Iterator[AnyVariant]:
        del noises  # movements are not mixed
        stretch = self._stretch(clip)
        places, clip_rows = centres(stretch, self.spec), self.spec.clip_samples
        wide = clip_rows + 2 * self.augmentation.margin_rows(clip_rows)
        for number in range(1, count + 1):
            rng = np.random.default_rng((*seeds, number))
            rows = cut_rows(stretch, int(rng.choice(places)), wide)
            yield AnyVariant(*self._varied(rows, rng))

    def passing(self, clip: Clip, hop: int, reach: int, rng: np.random.Generator) -> RowCounts:
        del rng  # nothing is drawn
        stretch, length = self._stretch(clip), self.spec.clip_samples
        wide = cut_rows(stretch, int(centres(stretch, self.spec)[0]), length + 2 * reach * hop)
        seen = np.lib.stride_tricks.sliding_window_view(wide, length, axis=0)[::hop]
        return np.moveaxis(seen, -1, 1)

    def background(
        self, recorded: Sequence[Clip], count: int, seed: int, *, first: int = 0, events: Sequence[Clip] = ()
    ) -> RowCounts:
        return background_rows(
            [self._stretch(clip) for clip in recorded],
            [self._stretch(clip) for clip in events],
            self.spec,
            count,
            seed,
            first=first,
            axes=self._axes,
            vary=lambda rows, rng: self._varied(rows, rng)[0],
        )

    def write(self, path: Path, window: Window) -> None:
        writer = CsvWriter(path, self.columns.channels)
        try:
            t_us = np.arange(len(window)) * 1_000_000 // self.spec.rate_hz
            writer.append(t_us, window * np.array(self.columns.scales))
        finally:
            writer.close()

    def _varied(self, rows: RowCounts, rng: np.random.Generator) -> tuple[RowCounts, DrawnRows]:
        return augment_rows(
            rows, self.augmentation, rng, length=self.spec.clip_samples, full=self._full, axes=self._axes
        )

    @property
    def _axes(self) -> list[list[int]]:
        threes = (self.columns.places("ax", "ay", "az"), self.columns.places("gx", "gy", "gz"))
        return [three for three in threes if three is not None] if self.spec.sensor == "imu" else []

    @property
    def _full(self) -> NDArray[np.float64]:
        """What is measured at most; where a project's movements are small, several times their range."""
        spans = np.array(self.spec.spans, np.float64)
        if self.spec.sensor != "imu":
            return spans
        for three in self._axes:
            spans[three] = spans[three].max()
        return np.minimum(FULL_SPAN, _SPANS * spans)

    def _stretch(self, clip: Clip) -> Stretch:
        return read_stretch(clip, self.columns, self.spec.rate_hz)


@dataclass(frozen=True)
class PictureWindows:
    suffix: ClassVar[str] = ".png"

    spec: PictureInput
    augmentation: PictureAugmentation = field(default_factory=PictureAugmentation)

    def read(self, clip: Clip) -> NDArray[np.uint8]:
        try:
            return fit_picture(read_picture(clip.path), self.spec)
        except (InvalidInput, OSError) as error:
            why = error.why if isinstance(error, InvalidInput) else error.strerror or str(error)
            raise UnreadableRecording(
                str(clip.path), why if clip.path.exists() else gettext("it is not there")
            ) from error

    def variants(
        self, clip: Clip, count: int, seeds: tuple[int, int], *, noises: Sequence[Clip] = ()
    ) -> Iterator[AnyVariant]:
        del noises  # a picture has none
        pixels = self.read(clip)
        for number in range(1, count + 1):
            yield AnyVariant(*augment_picture(pixels, self.augmentation, np.random.default_rng((*seeds, number))))

    def passing(self, clip: Clip, hop: int, reach: int, rng: np.random.Generator) -> NDArray[np.uint8]:
        del hop, rng  # a picture stands still, and passes as itself
        return np.repeat(self.read(clip)[None], 2 * reach + 1, axis=0)

    def background(
        self, recorded: Sequence[Clip], count: int, seed: int, *, first: int = 0, events: Sequence[Clip] = ()
    ) -> NDArray[np.uint8]:
        del recorded, count, seed, first, events
        raise InvalidInput(gettext("A background of pictures"), gettext("there is none"))

    def write(self, path: Path, window: Window) -> None:
        path.write_bytes(png(window))


def windows_of(
    spec: AnyFrontEnd, channels: Sequence[str] = (), scales: Sequence[float] = (), *, strength: float = 1.0
) -> Windows:
    """channels, scales: of the project's sensor, which only rows need. strength: of augmentation, over the usual."""
    if isinstance(spec, LogMel):
        return SoundWindows(spec, Augmentation().scaled(strength))
    if isinstance(spec, PictureInput):
        return PictureWindows(spec, PictureAugmentation().scaled(strength))
    usual = RowAugmentation.of_readings() if isinstance(spec, Readings) else RowAugmentation()
    return RowWindows(spec, Columns(tuple(channels), tuple(scales)), usual.scaled(strength))


@functools.lru_cache(maxsize=2)
def _noises(clips: tuple[Clip, ...], rate_hz: int) -> tuple[Samples, ...]:
    """Read once in each process, not sent with every batch."""
    return tuple(read_clip(clip, rate_hz) for clip in clips)
