"""What Label's table and thumbnails say of a segment."""

from collections.abc import Callable, Mapping
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from studio.core.text import gettext as _
from studio.core.text import mark
from studio.ui.class_styles import shown_label
from studio.ui.widgets.lazy_table import ChipText, Column, RowSource
from studio.ui.widgets.painted import ClassStyle
from studio.ui.widgets.sample_reader import ArraySamples, FileSamples, SampleReader
from studio.ui.widgets.thumbnail_grid import Thumbnail
from studio.ui.widgets.ticks import clock_text

if TYPE_CHECKING:
    from studio.dataset.project import Project
    from studio.dataset.segments import ListedSegment
    from studio.dataset.selection import Selection

Ask = Callable[[Callable[["Project"], Any]], Future[Any]]
NO_LABEL = ClassStyle("", ring=True)
# By kind of finding: the word, and the chip's tone.
QUALITIES = {
    "good": (mark("good"), ""),
    "silent": (mark("silent"), "warn"),
    "clipped": (mark("clipped"), "warn"),
    "gaps": (mark("gaps"), "warn"),
}
_READ_AT_ONCE = 1 << 20  # samples
_PICTURE_POINTS = 2_000
_PICTURE_SAMPLES = 1 << 19  # of a long segment, its beginning


def segment_source(ask: Ask, selection: "Selection") -> "RowSource[ListedSegment]":
    """ask: runs work on the catalogue's thread."""
    return RowSource(
        keys=lambda every: ask(lambda project: project.catalogue.segment_ends(every, selection)),
        page=lambda after, limit: ask(lambda project: project.catalogue.segments(selection, limit=limit, after=after)),
        key_of=lambda row: row.key,
    )


def segment_columns(styles: Mapping[str, ClassStyle]) -> "list[Column[ListedSegment]]":
    """styles: by label; looked at when a cell is painted."""
    return [
        Column(_("Label"), label_text, 180, style=lambda row: style_of(styles, row.label)),
        Column(_("Recording"), lambda row: row.path.stem, 200, muted=True),
        Column(_("Start"), lambda row: clock_text(row.start / row.rate_hz), 96, right=True),
        Column(_("Length"), lambda row: f"{row.seconds:.3f} s", 96, right=True),
        Column(_("Person"), lambda row: row.person or "–", 84),
        Column(_("Session"), lambda row: row.session or "–", 104, muted=True),
        Column(_("Quality"), quality_text, 96, muted=True, chip=_quality_chip),
        Column(_("Set by"), lambda row: row.annotator or "–", 100, muted=True),
    ]


def segment_thumbnail(styles: Mapping[str, ClassStyle]) -> "Callable[[ListedSegment], Thumbnail]":
    def shown(row: "ListedSegment") -> Thumbnail:
        detail = " · ".join(filter(None, (row.person, f"{row.seconds:.2f} s", row.path.stem)))
        return Thumbnail(row.id, label_text(row), detail, style_of(styles, row.label), _quality_chip(row))

    return shown


def style_of(styles: Mapping[str, ClassStyle], label: str | None) -> ClassStyle:
    if label is None:
        return NO_LABEL
    return styles.get(label) or ClassStyle(shown_label(label))


def label_text(row: "ListedSegment") -> str:
    return _("no label yet") if row.label is None else shown_label(row.label)


def quality_text(row: "ListedSegment") -> str:
    """One word; a dash before anything was measured."""
    return _(QUALITIES[row.quality][0]) if row.quality in QUALITIES else "–"


def _quality_chip(row: "ListedSegment") -> ChipText | None:
    tone = QUALITIES.get(row.quality, ("", ""))[1]
    return ChipText(quality_text(row), "", tone) if tone else None


def reader_of(row: "ListedSegment") -> SampleReader:
    """The samples of a segment's recording; a short one is read at once. Raises UnreadableRecording. Reads the disk."""
    import soundfile

    from studio.features.windows import UnreadableRecording

    if not row.path.is_file():
        raise UnreadableRecording(row.path.name, _("the file is not there"))
    try:
        reader = FileSamples(row.path)
        if reader.count > _READ_AT_ONCE:
            return reader
        samples = reader.read(0, reader.count)
        reader.close()
    except (soundfile.LibsndfileError, OSError, RuntimeError) as error:
        raise UnreadableRecording(row.path.name, str(error).rstrip(".")) from error
    return ArraySamples(samples, reader.rate_hz)


def picture_of(row: "ListedSegment") -> NDArray[np.int16]:
    """A segment's samples thinned for a thumbnail, int16 (n,). Empty for a file that cannot be read."""
    import soundfile

    count = min(row.end - row.start, _PICTURE_SAMPLES)
    try:
        samples, _rate = soundfile.read(row.path, count, row.start, dtype="int16", always_2d=True)
    except (soundfile.LibsndfileError, OSError, RuntimeError):
        return np.zeros(0, np.int16)
    mono = np.ascontiguousarray(samples[:, 0])
    step = len(mono) // _PICTURE_POINTS
    if step < 2:
        return mono
    blocks = mono[: len(mono) // step * step].reshape(-1, step)
    return np.column_stack([blocks.min(axis=1), blocks.max(axis=1)]).ravel()
