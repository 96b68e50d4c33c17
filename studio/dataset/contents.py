"""What is known of a recording's content whatever its kind, and the one question that importing and checking ask."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from studio.core.errors import InvalidInput
from studio.core.samples import CAMERA, MICROPHONE
from studio.core.text import gettext as _
from studio.dataset.formats.layout import Found


@dataclass(frozen=True)
class Content:
    """kind: of a SensorKind, "" where a file alone does not tell. samples: instants, each of all channels; 1 of a
    picture. units, scales, gaps: as a Sidecar has them.
    """

    kind: str
    rate_hz: float
    samples: int
    channels: tuple[str, ...]
    units: tuple[str, ...] = ()
    scales: tuple[float, ...] = ()
    gaps: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True)
class Brought:
    """A file that was brought in, not synced. label: of all of it; spans: of its parts, where it has some. notes: what
    its user should know, to complete a sentence that begins with its name.
    """

    path: Path
    sha256: str
    content: Content
    label: str | None
    spans: tuple[tuple[int, int, str], ...] = ()
    notes: tuple[str, ...] = ()


class Intake(Protocol):
    """Brings in files of one kind."""

    def in_place(self, found: Found) -> Brought | None:
        """Where it can be read as it lies: the file itself, no digest. Raises InvalidInput."""

    def bring_in(self, found: Found, target: Path) -> Brought:
        """target: without suffix. Raises InvalidInput, OSError; there is then no file of that name."""


def look(path: Path) -> Content:
    """What a finished recording holds, by its suffix. Raises InvalidInput, OSError."""
    if path.suffix == ".wav":
        from studio.dataset.sound_files import look as look_at_sound

        info = look_at_sound(path)
        return Content(MICROPHONE.name, float(info.rate_hz), info.samples, info.channel_names)
    if path.suffix == ".csv":
        from studio.dataset.row_files import look as look_at_rows

        return look_at_rows(path)
    if path.suffix in (".png", ".jpg"):
        from studio.core.picture_file import picture_size, read_content

        try:
            picture_size(read_content(path))
        except InvalidInput as error:
            raise InvalidInput(str(path), error.why) from error
        return Content(CAMERA.name, 1.0, 1, CAMERA.channels)
    raise InvalidInput(str(path), _("it is of no kind that is known"))
