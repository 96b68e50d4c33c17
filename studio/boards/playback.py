"""What a virtual board hears, feels and sees: which files those are, and their sound at its sensor's rate."""

import itertools
import logging
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from studio.boards.camera import VIDEO_ENDINGS, frames_per_second
from studio.boards.picture_playback import pictures
from studio.boards.row_playback import AT_REST, read_rows
from studio.core.errors import InvalidInput, NotFound
from studio.core.picture_file import ENDINGS as PICTURE_ENDINGS
from studio.core.picture_file import Pixels
from studio.core.samples import CAMERA, KINDS, MICROPHONE, SensorKind
from studio.core.text import gettext

_log = logging.getLogger(__name__)

PAUSE_S = 0.5  # between the files of a folder
BLOCK_SAMPLES = 4096
SOUND_ENDINGS = frozenset({".wav", ".flac", ".ogg", ".aif", ".aiff"})
ROW_ENDINGS = frozenset({".csv"})
# What each kind of sensor can be given.
ENDINGS: dict[str, frozenset[str]] = {
    **dict.fromkeys(KINDS, ROW_ENDINGS),
    MICROPHONE.name: SOUND_ENDINGS,
    CAMERA.name: PICTURE_ENDINGS | VIDEO_ENDINGS,
}
# Read as integers, of which the upper 16 bits are kept; every other coding is read as float and rounded.
_INTEGER_CODINGS = {"PCM_S8", "PCM_U8", "PCM_16", "PCM_24", "PCM_32"}

Samples = NDArray[np.int16]


def files_to_play(path: Path, kind: SensorKind = MICROPHONE) -> list[Path]:
    """The file, or those of a folder that such a sensor can be given, by name. Raises NotFound, InvalidInput."""
    if path.is_dir():
        files = sorted(file for file in path.iterdir() if file.suffix.lower() in ENDINGS[kind.name])
        if not files:
            why = gettext("there is nothing in it for a sensor of kind {kind}").format(kind=kind.name)
            raise InvalidInput(str(path), why)
        return files
    if not path.is_file():
        raise NotFound(str(path))
    return [path]


def suits(path: Path, kind: SensorKind) -> bool:
    """Whether a sensor of that kind can be given the file, or any of the folder's, by their names."""
    found = path.iterdir() if path.is_dir() else (path,)
    return any(file.suffix.lower() in ENDINGS[kind.name] for file in found)


def play(path: Path, rate_hz: int, kind: SensorKind = MICROPHONE) -> Iterator[Samples]:
    """Blocks of `path` at rate_hz, of sound (n,), of rows (n, channels): a file once, a folder's files with PAUSE_S of
    rest between and again from the first.

    Exact where a file's rate is rate_hz, and sound is of 16-bit integers on one channel; several channels of sound are
    averaged. A file of a folder that cannot be read is left out, and logged.
    """
    files = files_to_play(path, kind)
    read: Callable[[Path], Iterator[Samples]]
    if kind == MICROPHONE:
        read = lambda file: read_file(file, rate_hz)  # noqa: E731
    else:
        read = lambda file: iter([read_rows(file, kind, rate_hz)])  # noqa: E731
    if not path.is_dir():
        yield from read(path)
        return
    pause = rest(kind, round(PAUSE_S * rate_hz))
    for file in itertools.cycle(files):
        try:
            yield from read(file)
        except InvalidInput:
            _log.warning("left out %s", file.name)
        yield pause


def rest(kind: SensorKind, count: int) -> Samples:
    """`count` samples of a sensor to which nothing happens, shaped as `play` has them."""
    if kind == MICROPHONE:
        return np.zeros(count, dtype=np.int16)
    return np.tile(np.array(AT_REST[kind.name], np.int16), (count, 1))


def watch(path: Path, size: tuple[int, int], rate_hz: int) -> Iterator[Pixels]:
    """Pictures of width and height `size`, one for each moment at rate_hz: a picture for ever, a video once, a folder's
    pictures one after the other, and again from the first. Raises NotFound, InvalidInput, OSError.
    """
    files = files_to_play(path, CAMERA)
    return pictures(files, size, rate_hz, again=path.is_dir() or path.suffix.lower() not in VIDEO_ENDINGS)


def played_seconds(path: Path, kind: SensorKind = MICROPHONE, rate_hz: int = 1) -> float:
    """How long it takes to play the file, or the folder once. rate_hz: of the sensor; sound has its own.

    Raises what files_to_play raises, InvalidInput, OSError.
    """
    files = files_to_play(path, kind)
    pauses = PAUSE_S * (len(files) - 1)
    if kind == CAMERA:
        return sum(_watched_seconds(file, rate_hz) for file in files)
    if kind != MICROPHONE:
        return sum(len(read_rows(file, kind, rate_hz)) / rate_hz for file in files) + pauses
    import soundfile

    try:
        return sum(float(soundfile.info(file).duration) for file in files) + pauses
    except soundfile.LibsndfileError as error:
        raise InvalidInput(str(path), error.error_string.rstrip(".")) from error


def _watched_seconds(file: Path, rate_hz: int) -> float:
    if file.suffix.lower() not in VIDEO_ENDINGS:
        return 1 / rate_hz
    import cv2

    rate = frames_per_second(file)
    device = cv2.VideoCapture(str(file))
    frames = float(device.get(cv2.CAP_PROP_FRAME_COUNT))
    device.release()
    return max(0.0, frames) / rate


def read_file(path: Path, rate_hz: int) -> Iterator[Samples]:
    """Blocks (n,) of one file. Raises InvalidInput where it is no sound file."""
    import soundfile

    try:
        with soundfile.SoundFile(path) as file:
            if file.samplerate == rate_hz and file.channels == 1 and file.subtype in _INTEGER_CODINGS:
                yield from file.blocks(BLOCK_SAMPLES, dtype="int16")
            else:
                for block in _at_rate(file.blocks(BLOCK_SAMPLES, dtype="float32", always_2d=True), file, rate_hz):
                    yield np.clip(np.round(block * 32768.0), -32768, 32767).astype(np.int16)
    except soundfile.LibsndfileError as error:
        raise InvalidInput(str(path), error.error_string.rstrip(".")) from error


def _at_rate(
    blocks: Iterator[NDArray[np.float32]],
    file: "soundfile.SoundFile",  # type: ignore[name-defined]  # noqa: F821  imported where it is used
    rate_hz: int,
) -> Iterator[NDArray[np.float32]]:
    """Mono blocks at rate_hz, full scale 1."""
    import soxr

    mono = (block.mean(axis=1) for block in blocks)
    if file.samplerate == rate_hz:
        yield from mono
        return
    resampler = soxr.ResampleStream(file.samplerate, rate_hz, 1, dtype="float32", quality="VHQ")
    for block in mono:
        yield resampler.resample_chunk(block)
    yield resampler.resample_chunk(np.zeros(0, dtype=np.float32), last=True)
