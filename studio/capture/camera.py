"""Cameras of this machine, and videos as if they were one, as a source of pictures at a steady rate."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

from studio.boards.camera import VIDEO_ENDINGS, Camera, frames_per_second, shown
from studio.capture.source import Origin, SourceLost
from studio.core.picture_file import Pixels
from studio.core.samples import CAMERA, NOTHING_LOST, Lost, Picture, SampleFormat

USUAL_HZ = 1
SILENT_CAMERA_S = 4.0
LOOK_EVERY_S = 0.1  # how soon `stop` is noticed


class CameraSource:
    """So many pictures a second, each the newest; one that the camera did not give in time is lost on the host."""

    def __init__(self, what: str, rate_hz: int | None) -> None:
        """what: a camera's number, a video's path, which is played at its own speed, or a stream's address."""
        self._what = what
        self._rate_hz = rate_hz or USUAL_HZ
        self._is_video = Path(what).suffix.lower() in VIDEO_ENDINGS and Path(what).is_file()
        self._camera: Camera | None = None
        self._origin = Origin(shown(what), SampleFormat(CAMERA, self._rate_hz))
        self._stopped = threading.Event()

    @property
    def origin(self) -> Origin:
        return self._origin

    def __enter__(self) -> Self:
        """Raises InvalidInput."""
        what: int | str = int(self._what) if self._what.isascii() and self._what.isdigit() else self._what
        pace_hz = frames_per_second(Path(self._what)) if self._is_video else None
        self._camera = Camera(what, pace_hz).__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()
        if self._camera is not None:
            self._camera.close()

    def blocks(self) -> Iterator[Picture]:
        began_ns, seen, index = time.monotonic_ns(), 0, 0
        step_ns = round(1e9 / self._rate_hz)
        while not self._stopped.wait(max(0.0, (began_ns + index * step_ns - time.monotonic_ns()) / 1e9)):
            newest = self._newer_than(seen)
            if newest is None:
                return
            pixels, seen, arrived_ns = newest
            late = (time.monotonic_ns() - began_ns) // step_ns - index
            index += max(0, late)
            lost = Lost(host=late) if late > 0 else NOTHING_LOST
            yield Picture(pixels, index, max(0, arrived_ns - began_ns) // 1000, arrived_ns, lost)
            index += 1

    def stop(self) -> None:
        self._stopped.set()

    def _newer_than(self, seen: int) -> tuple[Pixels, int, int] | None:
        """None where a video has ended, or after `stop`. Raises SourceLost."""
        camera = self._camera
        assert camera is not None  # noqa: S101  called inside `with` only
        called_s = time.monotonic()
        while not self._stopped.is_set():
            newest = camera.wait(seen, LOOK_EVERY_S)
            if newest is not None:
                return newest
            silent_s = time.monotonic() - called_s
            if camera.ended and self._is_video:
                return None
            if camera.ended or silent_s > SILENT_CAMERA_S:
                raise SourceLost(self._origin.address, silent_s)
        return None
