"""One window of Live as board and host have it, at the stage that is looked at, and the difference of the two."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from studio.core.text import gettext as _
from studio.features.picture import UNITS
from studio.ui import theme
from studio.ui.controls import Elided, Label
from studio.ui.pages.features_photograph import as_gray
from studio.ui.pages.features_rows import as_rows, upright
from studio.ui.widgets.feature_picture import FeaturePicture
from studio.ui.widgets.gray_picture import GrayPicture
from studio.ui.widgets.painted import px

if TYPE_CHECKING:
    from studio.live.live import LiveWindow

Values = NDArray[Any]
_LEAST_RANGE = {1: 48, 2: 1500}  # by bytes a value: less is not stretched over all levels


class StageKind(NamedTuple):
    """turned: values of the front end's shape as a feature picture takes them, (frames, bands). gray: whether they are
    a picture, to be seen as one.
    """

    turned: Callable[[Values], Values]
    gray: bool = False


STAGE_KINDS = {
    "log_mel": StageKind(lambda values: values),
    "motion_raw": StageKind(upright),
    "motion_statistics": StageKind(lambda values: upright(values.T)),
    "readings": StageKind(lambda values: upright(as_rows(values))),
    "picture": StageKind(lambda values: np.ascontiguousarray(values[::-1].T), gray=True),
}


class StagePictures(QWidget):
    """The int8 input of both; where they part at the features, the features."""

    def __init__(self, kind: str) -> None:
        """kind: of the front end."""
        super().__init__()
        self._kind = STAGE_KINDS[kind]
        self.board: Any = self._view()
        self.host: Any = self._view()
        self.difference = FeaturePicture()
        self._details: list[Elided] = []
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(12)
        for name, view in ((_("Board"), self.board), (_("Host"), self.host), (_("Difference"), self.difference)):
            view.setAccessibleName(_("{side}: features").format(side=name))
            view.setMinimumHeight(px(110))
            detail = Elided(role="muted", size=theme.CAPTION, right=True)
            self._details.append(detail)
            head = QHBoxLayout()
            head.addWidget(Label(name, weight=theme.TITLE))
            head.addWidget(detail, 1)
            column = QVBoxLayout()
            column.setSpacing(4)
            column.addLayout(head)
            column.addWidget(view, 1)
            row.addLayout(column, 1)

    def show_window(self, window: "LiveWindow") -> None:
        """A board that did not send its own has, by its checksums, the host's, unless they part."""
        from studio.live.compare import Stage

        host = window.host
        theirs = window.board_stages or (host if window.parted is None else None)
        raw = window.parted in (Stage.SAMPLES, Stage.FEATURES)
        ours = (host.features if raw else host.input) if host is not None else None
        board = (theirs.features if raw else theirs.input) if theirs is not None else None
        shown = ours if ours is not None else board
        if shown is None:
            return
        low, high = np.percentile(shown, (5, 99.7)).tolist()
        high = max(high, low + _LEAST_RANGE[shown.dtype.itemsize])
        text = _("{shape} × {kind}").format(shape=" × ".join(map(str, shown.shape)), kind=shown.dtype)
        for view, values, detail in zip((self.board, self.host), (board, ours), self._details, strict=False):
            self._show(view, values, low, high)
            detail.set_text(_("not sent") if values is None else text)
        if board is None or ours is None:
            self.difference.show_values(np.zeros((0, 0), np.int8))
            self._details[2].set_text(_("asked for"))
            return
        self.difference.show_difference(self._kind.turned(board), self._kind.turned(ours))
        count = int(np.count_nonzero(board != ours))
        self._details[2].set_text(_("{n} of {total}").format(n=f"{count:,}", total=f"{board.size:,}") if count else "")

    def _view(self) -> QWidget:
        return GrayPicture() if self._kind.gray else FeaturePicture()

    def _show(self, view: Any, values: Values | None, low: float, high: float) -> None:
        if self._kind.gray:
            levels = None if values is None else values if values.dtype == np.int8 else values / UNITS
            view.show_pixels(None if levels is None else as_gray(levels))
        else:
            turned = np.zeros((0, 0), np.int8) if values is None else self._kind.turned(values)
            view.show_values(turned, low, high)
