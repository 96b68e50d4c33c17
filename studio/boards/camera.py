"""Cameras of this machine, and videos, through OpenCV: each frame gray."""

import itertools
import os
import re
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from studio.core.errors import InvalidInput
from studio.core.picture_file import Pixels, gray
from studio.core.text import gettext, mark

SCHEME = "camera"
VIDEO_ENDINGS = frozenset({".avi", ".mp4", ".mkv", ".mov", ".webm", ".mjpg", ".mjpeg"})
OPEN_TIMEOUT_S = 10.0
ADVISE = mark("Plug in a camera, or name another: camera:0, camera:1, and so on.")


def is_camera(what: str) -> bool:
    """Whether it names one of this machine's cameras, as camera or camera:N does."""
    return what.partition(":")[0] == SCHEME


def number_of(what: str) -> int:
    """N of camera:N, 0 of camera. Raises InvalidInput."""
    number = what.partition(":")[2] or "0"
    if not (number.isascii() and number.isdigit()):
        raise InvalidInput(what, gettext("a camera has a number"), ADVISE)
    return int(number)


def shown(what: int | str) -> str:
    """A camera's address for messages: without the user and password that a stream may need."""
    return f"{SCHEME}:{re.sub('//[^@/]*@', '//', str(what))}"


class Camera:
    """Frames as they come, read by a thread of its own, which keeps the newest. `ended`: no more will come."""

    def __init__(self, what: int | str, pace_hz: float | None = None) -> None:
        """what: a camera's number, a stream's address, or a video's path, whose frames come pace_hz a second."""
        self._what = what
        self._pace_hz = pace_hz
        self._name = shown(what)
        self._newest: Pixels | None = None
        self._count = 0
        self._arrived_ns = 0
        self._ended = False
        self._closing = threading.Event()
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        """Raises InvalidInput where it cannot be opened, or gives nothing within OPEN_TIMEOUT_S."""
        device = _open(self._what, self._name)
        self._thread = threading.Thread(target=self._read, args=(device,), name=self._name, daemon=True)
        self._thread.start()
        if self.wait(0, OPEN_TIMEOUT_S) is None:
            self.close()
            raise InvalidInput(self._name, gettext("it gives no picture"), ADVISE)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    @property
    def ended(self) -> bool:
        return self._ended

    def wait(self, seen: int, timeout_s: float) -> tuple[Pixels, int, int] | None:
        """The newest frame that is later than number `seen`, its number from 1 on, and when it came (host clock, ns);
        None after timeout_s, or when there will be none.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._count > seen or self._ended, timeout_s)
            if self._count <= seen or self._newest is None:
                return None
            return self._newest, self._count, self._arrived_ns

    def close(self) -> None:
        """A device that hangs in being read is left behind."""
        self._closing.set()
        if self._thread is not None:
            self._thread.join(1.0)

    def _read(self, device: Any) -> None:
        began_s = time.monotonic()
        try:
            for number in itertools.count():
                due_s = 0.0 if self._pace_hz is None else began_s + number / self._pace_hz - time.monotonic()
                there = not self._closing.wait(max(0.0, due_s))
                if there:
                    there, frame = device.read()
                if not there:
                    break
                with self._changed:
                    self._newest, self._arrived_ns = gray(frame), time.monotonic_ns()
                    self._count += 1
                    self._changed.notify_all()
        finally:
            device.release()
            with self._changed:
                self._ended = True
                self._changed.notify_all()


def check_camera(what: str) -> None:
    """Raises InvalidInput where this machine has no such camera, or it cannot be opened."""
    with Camera(number_of(what)):
        pass


def read_video(path: Path) -> Iterator[Pixels]:
    """Every frame of a video, as fast as it can be read. Raises InvalidInput."""
    device = _open(str(path), str(path))
    try:
        while True:
            there, frame = device.read()
            if not there:
                return
            yield gray(frame)
    finally:
        device.release()


def frames_per_second(path: Path) -> float:
    """As the video says. Raises InvalidInput for what is no video."""
    import cv2

    device = _open(str(path), str(path))
    try:
        rate = float(device.get(cv2.CAP_PROP_FPS))
    finally:
        device.release()
    if not 0 < rate < 1000:
        raise InvalidInput(str(path), gettext("it does not say how many frames a second it has"))
    return rate


def _open(what: int | str, name: str) -> Any:
    import cv2

    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)  # what cannot be opened is told by us
    os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")
    device = cv2.VideoCapture(what)
    if not device.isOpened():
        device.release()
        if isinstance(what, int):
            raise InvalidInput(name, gettext("there is no such camera, or another program has it"), ADVISE)
        raise InvalidInput(name, gettext("it is no video, or cannot be reached"))
    return device
