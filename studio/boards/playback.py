"""What a virtual board hears: files as int16 samples at its sensor's rate."""

import itertools
import logging
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from studio.core.errors import InvalidInput, NotFound
from studio.core.text import gettext

_log = logging.getLogger(__name__)

PAUSE_S = 0.5  # between the files of a folder
BLOCK_SAMPLES = 4096
FILE_ENDINGS = {".wav", ".flac", ".ogg", ".aif", ".aiff"}
# Read as integers, of which the upper 16 bits are kept; every other coding is read as float and rounded.
_INTEGER_CODINGS = {"PCM_S8", "PCM_U8", "PCM_16", "PCM_24", "PCM_32"}

Samples = NDArray[np.int16]


def files_to_play(path: Path) -> list[Path]:
    """The file, or a folder's sound files by name. Raises NotFound, InvalidInput."""
    if path.is_dir():
        files = sorted(file for file in path.iterdir() if file.suffix.lower() in FILE_ENDINGS)
        if not files:
            raise InvalidInput(str(path), gettext("there is no sound file in it"))
        return files
    if not path.is_file():
        raise NotFound(str(path))
    return [path]


def play(path: Path, rate_hz: int) -> Iterator[Samples]:
    """Blocks (n,) of `path` at rate_hz: a file once, a folder's files with PAUSE_S between and again from the first.

    Exact where a file's rate is rate_hz and its samples are 16-bit integers on one channel; several channels are
    averaged. A file of a folder that cannot be read is left out, and logged.
    """
    files = files_to_play(path)
    if not path.is_dir():
        yield from read_file(path, rate_hz)
        return
    pause = np.zeros(round(PAUSE_S * rate_hz), dtype=np.int16)
    for file in itertools.cycle(files):
        try:
            yield from read_file(file, rate_hz)
        except InvalidInput:
            _log.warning("left out %s", file.name)
        yield pause


def played_seconds(path: Path) -> float:
    """How long it takes to hear the file, or the folder once. Raises what files_to_play raises, InvalidInput."""
    import soundfile

    files = files_to_play(path)
    try:
        return sum(float(soundfile.info(file).duration) for file in files) + PAUSE_S * (len(files) - 1)
    except soundfile.LibsndfileError as error:
        raise InvalidInput(str(path), error.error_string.rstrip(".")) from error


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
