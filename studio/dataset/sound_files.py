"""Files of sound that come from elsewhere: brought in as WAV, byte for byte where they are WAV of whole numbers."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from studio.core.errors import InvalidInput
from studio.core.samples import MICROPHONE
from studio.core.text import gettext as _
from studio.dataset.contents import Brought, Content
from studio.dataset.formats.layout import Found
from studio.dataset.recordings import sha256_of

RATES_HZ = (1_000, 768_000)
_AT_ONCE_BYTES = 1 << 20
_AT_ONCE_FRAMES = 1 << 18
_WAV = {"WAV", "WAVEX", "RF64"}
_WHOLE_NUMBERS = {"PCM_U8", "PCM_16", "PCM_24", "PCM_32", "ULAW", "ALAW"}
_LOSSLESS = {"PCM_16": "PCM_16", "PCM_S8": "PCM_16", "PCM_U8": "PCM_16", "PCM_24": "PCM_24", "PCM_32": "PCM_32"}


@dataclass(frozen=True)
class SoundInfo:
    """samples: instants, each of all channels. encoding: as libsndfile names it, such as PCM_16."""

    rate_hz: int
    channels: int
    samples: int
    container: str
    encoding: str

    @property
    def channel_names(self) -> tuple[str, ...]:
        if self.channels == 1:
            return MICROPHONE.channels
        return tuple(f"{MICROPHONE.channels[0]}{n}" for n in range(1, self.channels + 1))


@dataclass(frozen=True)
class BroughtIn:
    path: Path
    info: SoundInfo
    sha256: str


class SoundIntake:
    """Brings sound in, at its own rate. As Intake has it."""

    def in_place(self, found: Found) -> Brought | None:
        return Brought(found.path, "", _content(look(found.path)), label=found.label)

    def bring_in(self, found: Found, target: Path) -> Brought:
        brought = bring_in(found.path, target.with_suffix(".wav"))
        return Brought(brought.path, brought.sha256, _content(brought.info), label=found.label)


def _content(info: SoundInfo) -> Content:
    return Content(MICROPHONE.name, float(info.rate_hz), info.samples, info.channel_names)


def look(path: Path) -> SoundInfo:
    """What the file says of itself. Raises InvalidInput for what cannot be read, is empty or has an absurd rate."""
    import soundfile

    try:
        with soundfile.SoundFile(path) as file:
            info = SoundInfo(file.samplerate, file.channels, file.frames, file.format, file.subtype)
    except soundfile.LibsndfileError as error:
        why = error.error_string.strip().rstrip(".")
        raise InvalidInput(str(path), why[:1].lower() + why[1:]) from error
    except (OSError, RuntimeError, ValueError, TypeError) as error:
        raise InvalidInput(str(path), str(error).rstrip(".")) from error
    if info.samples <= 0:
        raise InvalidInput(str(path), _("it holds no samples"))
    if not RATES_HZ[0] <= info.rate_hz <= RATES_HZ[1]:
        raise InvalidInput(str(path), _("its rate of {rate:,} Hz is none of sound").format(rate=info.rate_hz))
    return info


def bring_in(source: Path, target: Path) -> BroughtIn:
    """A copy of `source` as the WAV file `target`, not synced.

    WAV of whole numbers stays as it is, byte for byte; what else is lossless (FLAC, AIFF) keeps its values; OGG, MP3
    and floating point become 16 bit. Raises InvalidInput, OSError; `target` is then absent.
    """
    copy = target.with_suffix(".copy")
    try:
        digest = _copied(source, copy)
        info = look(copy)
        if info.container in _WAV and info.encoding in _WHOLE_NUMBERS:
            copy.rename(target)
            return BroughtIn(target, info, digest)
        _convert(copy, target, _LOSSLESS.get(info.encoding))
        return BroughtIn(target, look(target), sha256_of(target))
    except BaseException:
        target.unlink(missing_ok=True)
        raise
    finally:
        copy.unlink(missing_ok=True)


def cut_out(source: Path, start: int | None, end: int | None, target: Path) -> None:
    """Samples start..end of a WAV file as a WAV file; all of it byte for byte. Raises InvalidInput, OSError."""
    if start is None and end is None:
        _copied(source, target)
        return
    import soundfile

    try:
        with soundfile.SoundFile(source) as reading:
            reading.seek(start or 0)
            frames = -1 if end is None else end - (start or 0)
            values = reading.read(frames, dtype="int32", always_2d=True)
            soundfile.write(target, values, reading.samplerate, _LOSSLESS.get(reading.subtype, "PCM_16"), format="WAV")
    except (soundfile.LibsndfileError, RuntimeError) as error:
        raise InvalidInput(str(source), str(error).rstrip(".")) from error


def _copied(source: Path, target: Path) -> str:
    digest = hashlib.sha256()
    with target.open("xb") as writing:
        for piece in _pieces(source):
            digest.update(piece)
            writing.write(piece)
    return digest.hexdigest()


def _pieces(source: Path) -> Iterator[bytes]:
    """Its errors are the source's; those of the disk that is written to are another matter."""
    try:
        with source.open("rb") as reading:
            while piece := reading.read(_AT_ONCE_BYTES):
                yield piece
    except OSError as error:
        raise InvalidInput(str(source), error.strerror or str(error)) from error


def _convert(source: Path, target: Path, lossless: str | None) -> None:
    import soundfile

    try:
        with (
            soundfile.SoundFile(source) as reading,
            soundfile.SoundFile(
                target, "x", reading.samplerate, reading.channels, lossless or "PCM_16", format="WAV"
            ) as writing,
        ):
            dtype = "float32" if lossless is None else "int16" if lossless == "PCM_16" else "int32"
            while len(values := reading.read(_AT_ONCE_FRAMES, dtype=dtype, always_2d=True)):
                writing.write(_as_int16(values) if lossless is None else values)
    except soundfile.LibsndfileError as error:
        raise InvalidInput(str(source), error.error_string.strip().rstrip(".").lower()) from error


def _as_int16(values: NDArray[np.float32]) -> NDArray[np.int16]:
    """1.0 is full scale; what is beyond is limited, what is no number is silence."""
    limited = np.clip(np.nan_to_num(values), -1, 1)
    counts: NDArray[np.int16] = np.minimum(np.rint(limited * 32768), 32767).astype(np.int16)
    return counts
