"""What the demo of each template begins with: its starter data, and what is done with it before training."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from studio.core.job import Report
from studio.core.text import mark
from studio.dataset.formats.layout import How
from studio.dataset.templates import GESTURE, IMAGE, KEYWORD, REGRESSION

if TYPE_CHECKING:
    from studio.live.rehearsal import TruthMark


@dataclass(frozen=True)
class Starter:
    """takes, held_out: folders, read as `how` says. stream: what the board is given in the end; truth: what is said or
    done in it and when, None where nothing is decided for. labels: the classes, empty for all. rest: recorded first, as
    background.
    """

    takes: Path
    held_out: Path
    stream: Path
    how: How = field(default_factory=How)
    truth: "tuple[TruthMark, ...] | None" = None
    labels: tuple[str, ...] = ()
    unit: str = ""
    rest: Path | None = None


@dataclass(frozen=True)
class Row:
    """make: of a little less where `quick`. made, apart, noticed: what the data is, who is kept apart, and what the
    board does in the end; marked for translation. records_rest: whether what is heard between is recorded first.
    """

    make: Callable[[bool, Report], Starter]
    made: str
    apart: str
    noticed: str
    records_rest: bool = False


def _words(quick: bool, report: Report) -> Starter:  # noqa: FBT001  by place, as all of them
    from studio_datasets.keyword_starter.make import make

    from studio.live.rehearsal import read_truth

    found = make(quick=quick, report=report)
    truth = tuple(read_truth(found.truth_file))
    return Starter(
        found.takes_folder, found.held_out_folder, found.stream_wav,
        truth=truth, labels=tuple(found.keywords), rest=found.room_wav,
    )  # fmt: skip


def _gestures(quick: bool, report: Report) -> Starter:  # noqa: FBT001
    from studio_datasets.gesture_starter.make import make

    from studio.live.rehearsal import read_truth

    found = make(quick=quick, report=report)
    truth = tuple(read_truth(found.truth_file))
    how = How(rate_hz=found.rate_hz)
    return Starter(found.takes_folder, found.held_out_folder, found.stream_csv, how, truth, tuple(found.gestures))


def _scenes(quick: bool, report: Report) -> Starter:  # noqa: FBT001
    from studio_datasets.image_starter.make import make

    found = make(quick=quick, report=report)
    how = How(group_from=found.group_from)
    return Starter(found.takes_folder, found.held_out_folder, found.stream_folder, how)


def _values(quick: bool, report: Report) -> Starter:  # noqa: FBT001
    from studio_datasets.regression_starter.make import make

    found = make(quick=quick, report=report)
    how = How(group_from=found.group_from)
    return Starter(found.takes_folder, found.held_out_folder, found.stream_csv, how, unit=found.unit)


ROWS: dict[str, Row] = {
    KEYWORD: Row(
        _words,
        mark("Making starter data: words in many synthesised voices"),
        mark("Voices kept apart"),
        mark("Listening: the board beside the host"),
        records_rest=True,
    ),
    GESTURE: Row(
        _gestures,
        mark("Making starter data: gestures of many simulated arms"),
        mark("Arms kept apart"),
        mark("Moving: the board beside the host"),
    ),
    IMAGE: Row(
        _scenes,
        mark("Making starter data: drawn scenes"),
        mark("Scenes kept apart"),
        mark("Looking: the board beside the host"),
    ),
    REGRESSION: Row(
        _values,
        mark("Making starter data: a simulated slow sensor in many places"),
        mark("Places kept apart"),
        mark("Measuring: the board beside the host"),
    ),
}
