"""A microphone of this machine as a source, through PortAudio.

PortAudio reports nothing when a device vanishes or is suspended, and its `stop` then hangs for ever (measured with
PulseAudio): so the time since the last callback is watched, and the stream is always left by `abort`.
"""

import threading
import time
from collections.abc import Iterator
from types import TracebackType
from typing import Any, Self

import numpy as np

from studio.capture.source import BlockQueue, Origin, SourceLost
from studio.core.errors import InvalidInput, NotFound
from studio.core.samples import MICROPHONE, NOTHING_LOST, Block, Lost, SampleFormat
from studio.core.text import gettext, mark

BLOCK_S = 0.02
QUEUE_S = 20.0  # of samples held while the disk keeps the recorder waiting
FIRST_BLOCK_S = 5.0  # a sound server may take a while to wake its device
SILENT_S = 1.0  # callbacks come every 20 ms; 117 ms apart was the worst that was measured
PLUG_IN = mark("Plug in a microphone, and see that this program may use it; `doctor` says what is missing.")


class Microphone:
    """name: part of a device's name; None: the system's default. Any length of block may come from PortAudio."""

    def __init__(self, name: str | None, rate_hz: int) -> None:
        self._name = name
        self._rate_hz = rate_hz
        self._origin: Origin | None = None
        self._stream: Any = None
        self._queue = BlockQueue(round(QUEUE_S * rate_hz))
        self._index = 0
        self._due_s: float | None = None  # on the device's clock, when the next sample is due

    @property
    def origin(self) -> Origin:
        assert self._origin is not None  # noqa: S101  asked inside `with` only
        return self._origin

    @property
    def address(self) -> str:
        return f"mic:{self._name}" if self._name else "mic"

    def __enter__(self) -> Self:
        """Raises NotFound for a name that no device has, InvalidInput for one that cannot be opened."""
        try:
            import sounddevice
        except OSError as error:
            advise = mark("Install it: on Debian or Ubuntu, `sudo apt-get install libportaudio2`.")
            raise InvalidInput(self.address, gettext("the PortAudio library is not installed"), advise) from error
        with _opening:
            _list_devices_anew(sounddevice)
            self._open(sounddevice)
            _open_streams.add(self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()
        if self._stream is not None:
            self._stream.abort(ignore_errors=True)
            self._stream.close(ignore_errors=True)
            self._stream = None
        with _opening:
            _open_streams.discard(self)

    def blocks(self) -> Iterator[Block]:
        import sounddevice

        try:
            self._stream.start()
        except sounddevice.PortAudioError as error:
            raise InvalidInput(self.address, str(error), PLUG_IN) from error
        patience_s = FIRST_BLOCK_S
        try:
            while (block := self._queue.take(patience_s)) is not None:
                yield block
                patience_s = SILENT_S
        except TimeoutError:
            raise SourceLost(self.address, patience_s) from None

    def stop(self) -> None:
        self._queue.close()

    def _open(self, sounddevice: Any) -> None:
        device = self._find(sounddevice)
        try:
            self._rate_hz = _rate_of(sounddevice, device, self._rate_hz)
            self._stream = sounddevice.RawInputStream(
                samplerate=self._rate_hz,
                blocksize=round(BLOCK_S * self._rate_hz),
                device=device,
                channels=len(MICROPHONE.channels),
                dtype="int16",
                callback=self._hear,
                finished_callback=self._device_finished,
            )
        except (sounddevice.PortAudioError, ValueError) as error:
            raise InvalidInput(self.address, str(error), PLUG_IN) from error
        self._origin = Origin(self.address, SampleFormat(MICROPHONE, self._rate_hz))

    def _find(self, sounddevice: Any) -> int | None:
        """The number of the device that is asked for."""
        inputs = [d for d in sounddevice.query_devices() if d["max_input_channels"] > 0]
        if not inputs:
            raise NotFound(gettext("A microphone"), PLUG_IN)
        if self._name is None:
            return None
        for device in inputs:
            if self._name.casefold() in device["name"].casefold():
                return int(device["index"])
        names = ", ".join(device["name"] for device in inputs)
        raise NotFound(self.address, gettext("There are: {names}.").format(names=names))

    def _hear(self, data: Any, frames: int, times: Any, status: Any) -> None:
        """On PortAudio's thread: never waits."""
        arrived_ns = time.monotonic_ns()
        lost = self._overflowed(times.inputBufferAdcTime) if status.input_overflow else NOTHING_LOST
        self._index += lost.total
        samples = np.frombuffer(data, dtype=np.int16).reshape(frames, -1).copy()
        device_us = round(times.inputBufferAdcTime * 1e6)
        self._queue.offer(Block(samples, self._index, device_us, arrived_ns, lost))
        self._index += frames
        self._due_s = times.inputBufferAdcTime + frames / self._rate_hz

    def _overflowed(self, adc_s: float) -> Lost:
        """PortAudio says that samples were lost, not how many: as many as its clock jumped over, and at least one."""
        jump_s = 0.0 if self._due_s is None else adc_s - self._due_s
        return Lost(host=max(1, round(jump_s * self._rate_hz)))

    def _device_finished(self) -> None:
        """On PortAudio's thread. After our own `stop` the queue is closed, and this says nothing."""
        self._queue.close(SourceLost(self.address, 0.0))


_opening = threading.Lock()
_open_streams: set[Microphone] = set()


def _list_devices_anew(sounddevice: Any) -> None:
    """PortAudio lists the devices once, when it begins. Beginning again would end the streams that are open."""
    if not _open_streams:
        sounddevice._terminate()  # noqa: SLF001  there is no other way, and sounddevice's author recommends it
        sounddevice._initialize()  # noqa: SLF001


def _rate_of(sounddevice: Any, device: int | None, wanted_hz: int) -> int:
    """The rate wanted, or the device's own where it does not have that."""
    try:
        sounddevice.check_input_settings(device=device, channels=1, dtype="int16", samplerate=wanted_hz)
    except sounddevice.PortAudioError:
        own = sounddevice.query_devices(device, "input")
        return int(own["default_samplerate"])
    return wanted_hz
