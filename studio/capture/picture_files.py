"""Pictures while they are taken: each at once a PNG file and its sidecar under `.partial` names, synced and finished by
a thread of its own, so that whoever adds them never waits for the disk.
"""

import contextlib
import errno
import hashlib
import os
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from studio.capture.recording_file import (
    SYNC_EVERY_S,
    Recorded,
    failed,
    naming,
    reserve,
    reserve_path,
)
from studio.core.errors import StorageFailed, StudioError
from studio.core.files import sync_files, sync_folder
from studio.core.picture_file import Pixels, png
from studio.core.samples import NOTHING_LOST, Lost
from studio.dataset.recordings import Sidecar, free_path, partial_path, sidecar_path, sidecar_text

SUFFIX = ".png"


class PictureFiles:
    """`add` is one thread's; what it returns from is in the file."""

    def __init__(self, folder: Path, ended: Callable[[], None]) -> None:
        """ended: called on the thread that finishes, when all are finished, or never will be. Raises StorageFailed."""
        if not folder.is_dir():
            raise StorageFailed(str(folder), os.strerror(errno.ENOENT))
        self.recorded: list[Recorded] = []
        self.problem: StudioError | None = None  # of the disk
        self.lost = NOTHING_LOST
        self._folder = folder
        self._ended = ended
        self._waiting: list[Recorded] = []
        self._reserve: Path | None = None
        self._changed = threading.Condition()
        self._closing = False
        self._keeper = threading.Thread(target=self._keep, name="keeper of pictures", daemon=True)
        self._keeper.start()

    def add(self, name: str, sidecar: Sidecar, pixels: Pixels) -> None:
        """sidecar: as known now, with its writer. Raises StorageFailed; the picture is then lost at the disk."""
        self.lost += sidecar.lost
        path = self._folder / name
        try:
            if self.problem is not None:
                raise self.problem
            content = png(pixels)
            with naming:
                path = free_path(self._folder, name, SUFFIX)
                partial = partial_path(path)
                if self._reserve is None:
                    reserve(reserve_path(partial))
                    self._reserve = reserve_path(partial)
                # Not synced here, which would hold up the camera; a kill leaves what was written. The finished sidecar
                # is there too, so that to finish takes no room on a disk that has become full.
                done = _finished(sidecar, content)
                sidecar_path(partial).write_text(sidecar_text(sidecar), encoding="utf-8")
                partial.write_bytes(content)
                _to_be(path).write_text(sidecar_text(done), encoding="utf-8")
        except (OSError, StudioError) as error:
            self.lost += Lost(disk=1)
            for left in (partial_path(path), sidecar_path(partial_path(path)), _to_be(path)):
                with contextlib.suppress(OSError):
                    left.unlink(missing_ok=True)
            raise failed(path, error) from error
        with self._changed:
            self._waiting.append(Recorded(path, done))

    def close(self) -> None:
        """No more will be added. Finishes on this object's thread; see `ended`."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()

    def _keep(self) -> None:
        try:
            closing = False
            while not closing:
                with self._changed:
                    closing = self._changed.wait_for(lambda: self._closing, SYNC_EVERY_S)
                if closing and self._reserve is not None:
                    self._reserve.unlink(missing_ok=True)
                self._finish()
        except (OSError, StorageFailed) as error:
            self.problem = failed(self._folder, error)  # raised by the next add
            with self._changed:
                self._changed.wait_for(lambda: self._closing)
            if self._reserve is not None:
                self._reserve.unlink(missing_ok=True)
        finally:
            self._ended()

    def _finish(self) -> None:
        """Makes those that wait durable, all with one call where the system has it, and then final."""
        with self._changed:
            waiting, self._waiting = self._waiting, []
        if not waiting:
            return
        sync_files(self._folder, [made for each in waiting for made in (partial_path(each.path), _to_be(each.path))])
        for each in waiting:
            partial_path(each.path).replace(each.path)
            _to_be(each.path).replace(sidecar_path(each.path))
        sync_folder(self._folder)
        self.recorded += waiting


def _finished(sidecar: Sidecar, content: bytes) -> Sidecar:
    return replace(sidecar, samples=1, sha256=hashlib.sha256(content).hexdigest(), finished=True, writer=None)


def _to_be(path: Path) -> Path:
    """The finished sidecar until the picture is: named as one that is being written, which recovery sweeps away."""
    return path.with_name(f".{sidecar_path(path).name}.{os.getpid()}.partial")
