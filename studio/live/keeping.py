"""What a board sensed, made a recording of the project: for what it took for a word and was none."""

import time
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from studio.capture.recorder import Recording, Take, enter
from studio.capture.source import Origin
from studio.core.samples import CAMERA, Block, Item, Picture

if TYPE_CHECKING:
    from studio.capture.recording_file import Recorded
    from studio.dataset.project import Project


def keep(project: "Project", origin: Origin, samples: NDArray[Any], label: str | None, title: str) -> list["Recorded"]:
    """samples: what Listening.sensed gave. label: of the recording, or None. One edit, which undo takes back.

    Raises StorageFailed, ReadOnly.
    """
    recording = Recording(project.recordings_folder, origin, Take(label))
    recording.append(_item(origin, samples))
    recording.end()
    recording.wait()
    if recording.problem is not None:
        raise recording.problem
    enter(project, recording.recorded, title)
    return recording.recorded


def _item(origin: Origin, samples: NDArray[Any]) -> Item:
    if origin.format.kind is CAMERA:
        return Picture(samples, 0, 0, time.monotonic_ns())
    return Block(samples.reshape(len(samples), -1), 0, 0, time.monotonic_ns())
