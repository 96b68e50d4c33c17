"""A second that a board heard, made a recording of the project: for what it took for a word and was none."""

import time
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from studio.capture.recorder import Recording, Take, enter
from studio.capture.source import Origin
from studio.core.samples import Block

if TYPE_CHECKING:
    from studio.capture.recording_file import Recorded
    from studio.dataset.project import Project


def keep_sound(
    project: "Project", origin: Origin, samples: NDArray[np.int16], label: str | None, title: str
) -> list["Recorded"]:
    """samples: int16 (n,) as the board sent them. label: of the recording, or None. One edit, which undo takes back.

    Raises StorageFailed, ReadOnly.
    """
    recording = Recording(project.recordings_folder, origin, Take(label))
    recording.append(Block(samples.reshape(-1, 1), 0, 0, time.monotonic_ns()))
    recording.end()
    recording.wait()
    if recording.problem is not None:
        raise recording.problem
    enter(project, recording.recorded, title)
    return recording.recorded
