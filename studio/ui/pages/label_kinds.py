"""What Label does by what a recording is of: how it is read, what it is opened as, whether it can be heard."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from studio.core.errors import StudioError
from studio.core.samples import CAMERA, MICROPHONE
from studio.core.text import gettext as _
from studio.ui.widgets.picture_reader import PictureSamples
from studio.ui.widgets.row_reader import RowSamples, read_rows
from studio.ui.widgets.sample_reader import ArraySamples, FileSamples, SampleReader

if TYPE_CHECKING:
    from studio.dataset.segments import ListedSegment

_READ_AT_ONCE = 1 << 20  # samples


@dataclass(frozen=True)
class KindRow:
    """read: all that is shown of a segment's recording, from the disk; it raises StudioError or OSError. facts: of it,
    in words. has_time: whether there is more in it than one moment. plays: whether it can be heard.
    """

    read: "Callable[[ListedSegment], SampleReader]"
    facts: "Callable[[ListedSegment], list[str]]"
    has_time: bool = True
    plays: bool = False


def kind_of(row: "ListedSegment") -> KindRow:
    return KINDS.get(row.kind, ROWS)


def reader_of(row: "ListedSegment") -> SampleReader:
    """Raises UnreadableRecording. Reads the disk."""
    from studio.features.windows import UnreadableRecording

    if not row.path.is_file():
        raise UnreadableRecording(row.path.name, _("the file is not there"))
    try:
        return kind_of(row).read(row)
    except StudioError as error:
        raise UnreadableRecording(row.path.name, str(getattr(error, "why", error)).rstrip(".")) from error
    except OSError as error:
        raise UnreadableRecording(row.path.name, error.strerror or str(error)) from error


def _sound(row: "ListedSegment") -> SampleReader:
    """A short one is read at once."""
    import soundfile

    from studio.features.windows import UnreadableRecording

    try:
        reader = FileSamples(row.path)
        if reader.count > _READ_AT_ONCE:
            return reader
        samples = reader.read(0, reader.count)
        reader.close()
    except (soundfile.LibsndfileError, RuntimeError) as error:
        raise UnreadableRecording(row.path.name, str(error).rstrip(".")) from error
    held = ArraySamples(samples, reader.rate_hz)
    held.marks = reader.marks
    return held


def _rows(row: "ListedSegment") -> SampleReader:
    return RowSamples(read_rows(row.path))


def _picture(row: "ListedSegment") -> SampleReader:
    return PictureSamples(row.path)


def _facts_of_sound(row: "ListedSegment") -> list[str]:
    facts = [f"{row.rate_hz / 1000:g} kHz", row.source]
    if row.channels > 1:
        facts.append(_("{count} channels, their mean is shown").format(count=row.channels))
    return facts


def _facts_of_rows(row: "ListedSegment") -> list[str]:
    return [f"{row.rate_hz:.4g} Hz", _("{count} channels").format(count=row.channels), row.source]


def _facts_of_picture(row: "ListedSegment") -> list[str]:
    return [row.source]


ROWS = KindRow(_rows, _facts_of_rows)
KINDS: Mapping[str, KindRow] = {
    MICROPHONE.name: KindRow(_sound, _facts_of_sound, plays=True),
    CAMERA.name: KindRow(_picture, _facts_of_picture, has_time=False),
}
