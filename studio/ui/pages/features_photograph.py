"""Pictures in Features: as taken, what of them is seen, brightness made even, int8; and what a variant is made with."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from studio.core.text import gettext as _
from studio.features.picture import UNITS
from studio.ui.pages.features_figures import Figures, TakeView
from studio.ui.pages.features_sound import signed
from studio.ui.widgets.gray_picture import GrayPicture
from studio.ui.widgets.painted import px

if TYPE_CHECKING:
    from studio.training.preview import Looked, Take
    from studio.ui.pages.features_work import Seen, Varied

_MIDDLE = 128  # gray, that int8's 0 is shown as


class PictureFigures(Figures):
    """cell: column and row of what the model sees."""

    def __init__(self) -> None:
        self._spec: Any = None
        self._steps: Any = None
        self._frame = (0, 0, 1, 1)
        self.whole, self.shrunk = GrayPicture(), GrayPicture(focusable=True)
        self.taken, self.input = GrayPicture(), GrayPicture(focusable=True)
        super().__init__(
            (_("Picture"), self.whole),
            (_("Cut and shrunk"), self.shrunk),
            (_("Mean removed"), self.taken),
            (_("Model's input"), self.input),
        )
        self.whole.setAccessibleName(_("The picture, and what of it is seen"))
        self.shrunk.setAccessibleName(_("Cut and shrunk to the model's size"))
        self.taken.setAccessibleName(_("Its mean brightness removed"))
        self.input.setAccessibleName(_("What the model sees"))
        self.whole.pointed.connect(self._point_in_whole)
        for view in (self.shrunk, self.taken, self.input):
            view.pointed.connect(self.point)

    def show_steps(self, looked: "Looked", steps: Any, seen: "Seen") -> None:
        spec: Any = seen.spec
        self._spec, self._steps = spec, steps
        whole = looked.whole if looked.whole is not None else steps.samples
        height, width = whole.shape
        self._frame = spec.seen_of(width, height)
        seen_whole = self._frame == (0, 0, width, height)
        self.whole.show_pixels(whole, frame=None if seen_whole else self._frame)
        self.shrunk.show_pixels(steps.samples)
        self.taken.show_pixels(as_gray(steps.features / UNITS))
        self.input.show_pixels(as_gray(steps.input))
        self.leave_out(2, left_out=spec.normalise == "none")
        size = f"{spec.width} × {spec.height}"
        mean = _("by {mean}").format(mean=signed(float(steps.samples.mean()) - _MIDDLE, 0))
        self.say_sizes((f"{width} × {height}", size, mean, "int8"))

    def show_nothing(self) -> None:
        self._steps = None
        for view in (self.whole, self.shrunk, self.taken, self.input):
            view.show_pixels(None)

    def first_cell(self, steps: Any) -> tuple[int, int]:
        return steps.input.shape[1] // 2, steps.input.shape[0] // 2

    def point(self, first: int, second: int) -> None:
        spec, steps = self._spec, self._steps
        if steps is None:
            return
        column, row = min(first, spec.width - 1), min(second, spec.height - 1)
        self.cell = (column, row)
        for view in (self.shrunk, self.taken, self.input):
            view.set_pixel(column, row)
        left, top, wide, high = self._frame
        x, y = left + int((column + 0.5) * wide / spec.width), top + int((row + 0.5) * high / spec.height)
        self.whole.set_pixel(x, y)
        self.say_values(
            (
                _("column {x}, row {y}").format(x=x, y=y),
                _("column {x}, row {y}: {value}").format(x=column, y=row, value=int(steps.samples[row, column])),
                signed(float(steps.features[row, column]) / UNITS, 1),
                f"{int(steps.input[row, column])}".replace("-", "−"),
            )
        )

    def _point_in_whole(self, column: int, row: int) -> None:
        if self._spec is None:
            return
        left, top, wide, high = self._frame
        x, y = (column - left) * self._spec.width // wide, (row - top) * self._spec.height // high
        self.point(min(max(x, 0), self._spec.width - 1), min(max(y, 0), self._spec.height - 1))


class PictureTake(TakeView):
    def __init__(self) -> None:
        self.stored, self.picture = GrayPicture(), GrayPicture()
        self.stored.setMinimumHeight(px(72))
        super().__init__(self.stored, self.picture, 1)


def show_takes(views: Sequence[PictureTake], varied: "Varied") -> None:
    for view, take in zip(views, varied.takes, strict=True):
        view.stored.show_pixels(take.samples)
        view.picture.show_pixels(as_gray(take.input))


def show_none(views: Sequence[PictureTake]) -> None:
    for view in views:
        view.stored.show_pixels(None)
        view.picture.show_pixels(None)


def words_of(take: "Take", _noises: Sequence[str]) -> list[str]:
    drawn: Any = take.drawn
    if drawn is None:
        return []
    turned = _("turned by {degrees}°").format(degrees=signed(drawn.rotation_deg, 0))
    kept = [
        _("mirrored, {turned}").format(turned=turned) if drawn.flipped else turned,
        _("{scale:.2f} × as large").format(scale=drawn.scale),
        _("contrast {contrast:.2f}, light {levels}").format(
            contrast=drawn.contrast, levels=signed(drawn.brightness, 0)
        ),
    ]
    more = [
        _("as a small camera sees") if drawn.board_camera else "",
        _("blurred") if drawn.blur_pixels else "",
        _("a part hidden") if drawn.hidden else "",
    ]
    told = ", ".join(text for text in more if text)
    return [*kept, *([told] if told else []), _("noise of {levels:.1f} levels").format(levels=drawn.noise)]


def as_gray(values: NDArray[Any]) -> NDArray[np.uint8]:
    """Signed levels about middle gray, limited. values: (height, width)."""
    levels: NDArray[np.uint8] = np.clip(np.rint(values.astype(np.float32)) + _MIDDLE, 0, 255).astype(np.uint8)
    return levels
