"""What Live says of a window: a mark for each stage, and where board and host part the first value that differs."""

import math
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtWidgets import QVBoxLayout, QWidget

from studio.core.text import gettext as _
from studio.ui.controls import Button
from studio.ui.pages.live_kinds import SENSING
from studio.ui.widgets.difference_panel import DifferencePanel, FirstDifference
from studio.ui.widgets.runs_table import with_unit
from studio.ui.widgets.stages_row import StageMark, StageState

if TYPE_CHECKING:
    from studio.live.causes import Cause
    from studio.live.compare import Stage, Stages
    from studio.live.listening import Begun, News
    from studio.live.live import LiveWindow
    from studio.ui.commands import Commands

NAMES = (_("Samples"), _("Features"), _("Quantised"), _("Kernels"), _("Scores"))


def stage_marks(begun: "Begun | None", window: "LiveWindow | None") -> list[StageMark]:
    """Five, in the order of the computation. What comes after the stage that parts follows from it."""
    from studio.live.compare import Stage

    details = ["", "", "", "", ""]
    if begun is not None:
        spec = begun.spec
        details = [
            f"{math.prod(spec.window_shape):,} {np.dtype(spec.window_dtype).name}",
            _("{n} int16").format(n=f"{math.prod(spec.shape):,}"),
            _("{n} int8").format(n=f"{math.prod(spec.shape):,}"),
            _("{n} operators").format(n=begun.operators),
            _("1 value") if len(begun.classes) == 1 else _("{n} values").format(n=len(begun.classes)),
        ]
    states = [StageState.WAITING] * len(NAMES)
    if window is not None:
        parted = len(NAMES) if window.parted is None else list(Stage).index(window.parted)
        states = [
            StageState.EQUAL if place < parted else StageState.PARTED if place == parted else StageState.FOLLOWS
            for place in range(len(NAMES))
        ]
    return [StageMark(*mark) for mark in zip(NAMES, details, states, strict=True)]


def summary(
    news: "News", window: "LiveWindow | None", begun: "Begun | None", *, ended: bool = False
) -> tuple[str, str]:
    """How many windows are equal, or were; and what else there is to say."""
    if window is None or begun is None:
        return "", ""
    text = _("Was equal in {equal} of {windows} windows") if ended else _("Equal in {equal} of {windows} windows")
    said = text.format(equal=f"{news.equal:,}", windows=f"{news.windows:,}")
    more = []
    if news.equal < news.windows:
        more.append(_("{n} of them part").format(n=f"{news.windows - news.equal:,}"))
    if news.samples_lost:
        more.append(_(SENSING[begun.spec.sensor].lost).format(n=f"{news.samples_lost:,}"))
    if news.windows_skipped:
        more.append(_("{n} windows passed over").format(n=f"{news.windows_skipped:,}"))
    if not more:
        virtual = begun.origin.address.startswith("virtual:")  # then its time says nothing of a real one
        takes = _("{ms} ms a window, at this computer's speed") if virtual else _("{ms} ms a window on the board")
        ms = window.run_us / 1000
        more.append(takes.format(ms=f"{ms:,.1f}" if ms >= 0.1 else f"{ms:.2f}"))
    return said, ", ".join(more)


def place_of(window: "LiveWindow") -> int:
    """Of the stage at which a window parts, among NAMES."""
    from studio.live.compare import Stage

    return 0 if window.parted is None else list(Stage).index(window.parted)


def first_difference_of(window: "LiveWindow", begun: "Begun", cause: "Cause | None") -> FirstDifference:
    """window: one that has parted; its values are told where the board sent it whole. cause: None while it is looked
    for.
    """
    from studio.live.compare import CAUSES, REMEDIES, Stage

    stage, place = window.parted or Stage.SAMPLES, place_of(window)
    title = _("Board and host part at {stage}").format(stage=NAMES[place].lower())
    why = (_(CAUSES[stage]), _(REMEDIES[stage])) if cause is None else (cause.sentence, cause.remedy, cause.settings)
    found = window.difference
    if found is None or window.board_stages is None or window.host is None:
        said = _("Samples of this window were lost on the way, so the host could not compute it.")
        return FirstDifference(title, said, "", 0, None, None, "", "", *why)
    ours, theirs = _values(window.board_stages, stage).ravel(), _values(window.host, stage).ravel()
    before = _("{stages} are equal. ").format(stages=_(", ").join(NAMES[:place])) if place else ""
    count = _("{n} of {total} values differ, by at most {most}.").format(
        n=f"{np.count_nonzero(ours != theirs):,}",
        total=f"{ours.size:,}",
        most=f"{int(np.abs(ours.astype(int) - theirs.astype(int)).max()):,}",
    )
    where, meanings = _meaning(stage, found.index, (found.device, found.host), begun)
    return FirstDifference(title, before + count, where, found.index, found.device, found.host, *meanings, *why)


def _values(stages: "Stages", stage: "Stage") -> NDArray[Any]:
    from studio.live.compare import Stage

    if stage is Stage.SAMPLES:
        return stages.samples
    if stage is Stage.FEATURES:
        return stages.features
    return stages.input if stage is Stage.QUANTISED else stages.scores


def _meaning(stage: "Stage", index: int, values: tuple[int, int], begun: "Begun") -> tuple[str, tuple[str, str]]:
    """Where the value is, and what each of the two stands for."""
    from studio.features.places import of_feature, of_sample
    from studio.live.compare import Stage

    spec = begun.spec
    if stage is Stage.SAMPLES:
        where, (device, host) = of_sample(spec, index, *values)
        return where, (device, host)
    if stage is Stage.KERNELS:
        if begun.measure is not None:
            told = [with_unit(begun.measure.of(np.array([value], np.int8)), begun.measure.unit) for value in values]
            return _("the value"), (told[0], told[1])
        scores = [f"{(value + 128) / 256:.3f}" for value in values]
        return _("score of “{label}”").format(label=begun.classes[index]), (scores[0], scores[1])
    if stage is Stage.FEATURES:
        where, (device, host) = of_feature(spec, index, *values)
        return where, (device, host)
    return of_feature(spec, index)[0], ("", "")


class OpenedDifference(QWidget):
    """The panel below the stage that parts, with what can be done at its foot."""

    def __init__(self, commands: "Commands") -> None:
        super().__init__()
        key = commands.key
        again = Button(_("Send it again"), "deploy", "primary", key=key("live.again"), slim=True)
        self._save = Button(_("Save window"), key=key("live.save"), slim=True)
        close = Button(icon="cross", kind="ghost", name=_("Close"), key=key("live.details"), slim=True)
        for button, name in ((again, "live.again"), (self._save, "live.save"), (close, "live.details")):
            button.clicked.connect(partial(commands.run, name))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 2, 24, 12)
        self._margins = layout.contentsMargins()
        self._panel = DifferencePanel((again, self._save), close)
        layout.addWidget(self._panel)

    def show_window(self, window: "LiveWindow", begun: "Begun", cause: "Cause | None", points_at: float) -> None:
        """points_at: where along the panel the stage is, above."""
        self._panel.show_difference(first_difference_of(window, begun, cause), points_at)
        self._save.setVisible(window.board_stages is not None or window.host is not None)

    def height_for(self, width: int) -> int:
        """What it takes where it is so wide."""
        margins = self._margins
        return self._panel.height_for(width - margins.left() - margins.right()) + margins.top() + margins.bottom()

    @property
    def said(self) -> str:
        """All that the panel says, as a screen reader hears it."""
        return f"{self._panel.accessibleName()}. {self._panel.accessibleDescription()}"
