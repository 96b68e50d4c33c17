"""A camera on Collect: its picture with what the model sees of it framed, and below it brightness and checks."""

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRect, QRectF, QSize
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from studio.core.samples import Item, Picture, SampleFormat, SensorKind
from studio.core.text import gettext as _
from studio.ui import theme
from studio.ui.controls import Chip, Label, Line
from studio.ui.pages.collect_views import Figure, Ghost, SourceView
from studio.ui.widgets.gray_picture import fitted, paint_pixels
from studio.ui.widgets.live_stream import LiveTimeline
from studio.ui.widgets.painted import CENTRE, Painted, draw_box, draw_hatch, draw_text, draw_well, px, text_width

if TYPE_CHECKING:
    from studio.dataset.settings import ProjectSettings
    from studio.features.picture import PictureInput

LOOK_EVERY_MS = 200  # at what the model sees, and at the checks
BARS = 24
MOST_CHECKED = 125  # % of text above which the checks give way
STILL = 6.0  # levels of gray that pixels differ by from the picture before, at most, when nothing moves
_JUDGED = 96  # pixels a side
_EDGE = 7  # px around the picture
_GROUND = "#0E1116"  # around a picture, in both themes: it is to be judged against black


@dataclass(frozen=True, eq=False)
class Facts:
    """Of one picture. seen: uint8 (height, width), as the model sees it; frame: what of the picture that is, in its
    pixels: left, top, width, height. bars: pixels by brightness, shares of the highest. moved: levels of gray.
    """

    seen: NDArray[np.uint8]
    frame: tuple[int, int, int, int]
    bars: NDArray[np.float64]
    mean: float
    saturated: float
    sharpness: float
    moved: float


def look_at(pixels: NDArray[np.uint8], before: NDArray[np.uint8] | None, settings: "ProjectSettings") -> Facts:
    """Beside the window. pixels: uint8 (height, width). before: the picture before it, None for the first."""
    import cv2

    from studio.native.frontend import fit_picture

    spec = _spec_of(settings)
    judged = cv2.resize(pixels, (_JUDGED, _JUDGED), interpolation=cv2.INTER_AREA)
    moved = 0.0
    if before is not None and before.shape == pixels.shape:
        earlier = cv2.resize(before, (_JUDGED, _JUDGED), interpolation=cv2.INTER_AREA)
        moved = float(np.abs(judged.astype(np.int16) - earlier).mean())
    counts = np.histogram(pixels, BARS, (0, 256))[0].astype(np.float64)
    return Facts(
        fit_picture(pixels, spec),
        spec.seen_of(pixels.shape[1], pixels.shape[0]),
        counts / max(counts.max(), 1.0),
        float(pixels.mean()),
        float(np.mean(pixels >= 250)),
        float(cv2.Laplacian(judged, cv2.CV_64F).var()),
        moved,
    )


def _spec_of(settings: "ProjectSettings") -> "PictureInput":
    return _spec(settings.rate_hz, tuple(sorted(settings.front_end.items())))


@functools.lru_cache(maxsize=1)
def _spec(rate_hz: int, chosen: "tuple[tuple[str, object], ...]") -> "PictureInput":
    from studio.features.front_ends import front_end_of
    from studio.features.picture import PictureInput

    spec = front_end_of(PictureInput.kind, rate_hz, 0, dict(chosen))
    assert isinstance(spec, PictureInput)  # noqa: S101  it was asked for by its kind
    return spec


class LivePictures(LiveTimeline):
    """The newest picture alone; what is past is in the takes."""

    newest: Picture | None = None

    @property
    def end(self) -> int:
        return self._end

    def show(self, picture: Picture) -> None:
        self.newest, self._end = picture, picture.index + 1
        self.advanced.emit()

    def skip_to(self, index: int) -> None:
        self._end = index
        self.advanced.emit()

    def x_of(self, _index: float, plot: QRect, _ratio: float) -> float:
        """There is no axis: what is shown is now."""
        return plot.right() + 1.0

    _end = 0


class PictureView(SourceView):
    """`asked`: who looks closer, beside the window; its Facts come back by `show_facts`."""

    stream: LivePictures

    def __init__(self, form: SampleFormat, title: str) -> None:
        super().__init__()
        self.stream = LivePictures(form.rate_hz, 1.0, self)
        self.preview = Preview(self.stream, title, _("{rate:g} a second").format(rate=form.rate_hz))
        self.facts: Facts | None = None
        self._compact = False
        self._below = _Below()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 7, 0, 0)
        column.setSpacing(14)
        column.addWidget(self.preview, 1)
        column.addWidget(self._below)

    def show_title(self, title: str) -> None:
        self.preview.show_title(title)

    def show_compact(self) -> None:
        self._compact = True
        self._below.hide()

    @staticmethod
    def ghost(_kind: SensorKind) -> Ghost:
        return Preview(LivePictures(1.0, 1.0), "", ""), None

    def hear(self, items: Sequence[Item]) -> None:
        pictures = [item for item in items if isinstance(item, Picture)]
        if pictures:
            self.stream.show(pictures[-1])
            if self._compact:
                self.preview.fit(pictures[-1].pixels)

    @property
    def picture(self) -> NDArray[np.uint8] | None:
        """The newest, uint8 (height, width)."""
        return None if self.stream.newest is None else self.stream.newest.pixels

    def show_facts(self, facts: Facts) -> None:
        self.facts = facts
        self.preview.show_frame(facts.frame)
        self._below.show_facts(facts)

    def figures(self) -> list[Figure]:
        pixels = self.picture
        if pixels is None:
            return []
        size = _("{width} × {height} pixels").format(width=pixels.shape[1], height=pixels.shape[0])
        return [Figure(_("Picture"), size), Figure(_("Rate"), _("{rate:g} a second").format(rate=self.stream.rate_hz))]


class Preview(Painted):
    """The newest picture, as large as there is room for; what the model does not see of it is dimmed."""

    def __init__(self, stream: LivePictures, title: str, detail: str) -> None:
        super().__init__()
        self.stream = stream
        self._title, self._detail = title, detail
        self._frame: tuple[int, int, int, int] | None = None
        self.setAccessibleName(_("What the camera sees"))
        self.setMinimumHeight(px(120))
        stream.advanced.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(px(480), px(360))

    def show_title(self, title: str) -> None:
        self._title = title
        self.update()

    def fit(self, pixels: NDArray[np.uint8]) -> None:
        """As high as the picture needs at the width there is."""
        edges = 2 * _EDGE
        high = edges + round((self.width() - edges) * pixels.shape[0] / pixels.shape[1])
        if high != self.height():
            self.setFixedHeight(high)

    def show_frame(self, frame: tuple[int, int, int, int]) -> None:
        self._frame = frame

    def paint(self, painter: QPainter) -> None:
        rect, picture = QRectF(self.rect()), self.stream.newest
        if picture is None:
            draw_well(painter, self.rect())
            self._paint_ghost(painter, rect)
            return
        draw_box(painter, rect, ground=QColor(_GROUND), radius=theme.RADIUS)
        pixels = np.ascontiguousarray(picture.pixels)
        box = fitted(rect.adjusted(_EDGE, _EDGE, -_EDGE, -_EDGE), pixels)
        paint_pixels(painter, box, pixels)
        if self._frame is not None:
            self._paint_frame(painter, box, self._frame, pixels.shape[1])
        if self.stream.ended_at is not None:
            painter.fillRect(box, theme.current().tint("well", 0.75))
            draw_hatch(painter, box, theme.current().tint("err", 0.3))
        self._paint_title(painter)
        if self.stream.recording_from is not None:
            draw_box(painter, rect, ground=None, edge="record", radius=theme.RADIUS, width=2)

    def _paint_frame(self, painter: QPainter, box: QRectF, frame: tuple[int, int, int, int], width: int) -> None:
        scale = box.width() / width
        left, top, wide, high = (side * scale for side in frame)
        seen = QRectF(box.left() + left, box.top() + top, wide, high)
        dim = QColor(_GROUND)
        dim.setAlphaF(0.55)
        for outside in (
            QRectF(box.left(), box.top(), left, box.height()),
            QRectF(seen.right(), box.top(), box.right() - seen.right(), box.height()),
            QRectF(seen.left(), box.top(), wide, top),
            QRectF(seen.left(), seen.bottom(), wide, box.bottom() - seen.bottom()),
        ):
            if outside.width() > 0.5 and outside.height() > 0.5:
                painter.fillRect(outside, dim)
        draw_box(painter, seen, ground=None, edge=QColor("#FFFFFF"), radius=0, width=1.5)

    def _paint_title(self, painter: QPainter) -> None:
        text = f"{self._title}, {self._detail}" if self._title else self._detail
        box = QRectF(14, 14, text_width(theme.font(theme.CAPTION, theme.VALUE), text) + 16, px(22))
        ground = QColor(_GROUND)
        ground.setAlphaF(0.8)
        draw_box(painter, box, ground=ground, radius=4)
        painter.setFont(theme.font(theme.CAPTION, theme.VALUE))
        painter.setPen(QColor("#FFFFFF"))
        painter.drawText(box, CENTRE, text)

    @staticmethod
    def _paint_ghost(painter: QPainter, rect: QRectF) -> None:
        """Somebody in a picture, faint."""
        side = min(rect.width(), rect.height()) * 0.8
        box = QRectF(0, 0, side, side)
        box.moveCenter(rect.center())
        soft = theme.current().tint("wave_soft", 0.3)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        draw_box(painter, box, ground=None, edge=soft, radius=2, width=1.5)
        head = QRectF(0, 0, side * 0.26, side * 0.3)
        head.moveCenter(box.center())
        head.translate(0, -side * 0.12)
        painter.setPen(soft)
        painter.setBrush(soft)
        painter.drawEllipse(head)
        shoulders = QRectF(box.center().x() - side * 0.3, head.bottom() + side * 0.05, side * 0.6, side * 0.52)
        painter.setClipRect(box.adjusted(2, 2, -2, -2))
        painter.drawRoundedRect(shoulders, side * 0.2, side * 0.2)
        painter.restore()


class _Below(QWidget):
    """What the model sees, how bright it is, and the checks that a take would be given."""

    def __init__(self) -> None:
        super().__init__()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(18)
        self._seen = _Seen()
        row.addWidget(self._seen)
        self._words = QWidget()
        words = QVBoxLayout(self._words)
        words.setContentsMargins(0, 0, 0, 0)
        words.setSpacing(4)
        words.addWidget(Label(_("What the model sees"), weight=theme.TITLE))
        self._size = Label("", kind="muted")
        words.addWidget(self._size)
        words.addStretch(1)
        row.addWidget(self._words)
        row.addWidget(Line(upright=True))
        middle = QVBoxLayout()
        middle.setSpacing(4)
        head = QHBoxLayout()
        head.addWidget(Label(_("Brightness"), weight=theme.TITLE))
        head.addStretch(1)
        self._light = Chip()
        head.addWidget(self._light)
        middle.addLayout(head)
        self._bars = _Bars()
        middle.addWidget(self._bars, 1)
        row.addLayout(middle, 1)
        self._line = Line(upright=True)
        row.addWidget(self._line)
        self._checked = QWidget()
        checks = QVBoxLayout(self._checked)
        checks.setContentsMargins(0, 0, 0, 0)
        checks.setSpacing(6)
        checks.addWidget(Label(_("Checks"), weight=theme.TITLE))
        self._checks: dict[str, Label] = {}
        for name in (_("Sharpness"), _("Movement")):
            line = QHBoxLayout()
            line.addWidget(Label(name, kind="muted"))
            line.addStretch(1)
            self._checks[name] = Label("", weight=theme.VALUE)
            line.addWidget(self._checks[name])
            checks.addLayout(line)
        checks.addStretch(1)
        row.addWidget(self._checked, 1)
        theme.current().changed.connect(self._fit)
        self._fit()

    def _fit(self) -> None:
        """Where text is large there is no room for all: a take says what is wrong with it, too."""
        for widget in (self._line, self._checked, self._words):
            widget.setVisible(theme.current().text_percent <= MOST_CHECKED)

    def show_facts(self, facts: Facts) -> None:
        from studio.dataset.picture_quality import BLURRED, BRIGHT, DARK, SATURATED_SHARE

        self._seen.show_pixels(facts.seen)
        height, width = facts.seen.shape
        self._size.setText(_("{width} × {height}, gray").format(width=width, height=height))
        self._bars.show_bars(facts.bars)
        if facts.mean < DARK:
            self._light.show_state(_("dark"), "warn", "warn")
        elif facts.mean > BRIGHT or facts.saturated > SATURATED_SHARE:
            self._light.show_state(_("too bright"), "warn", "warn")
        else:
            self._light.show_state(_("good"), "tick", "ok")
        sharp, still = self._checks.values()
        sharp.setText(_("good") if facts.sharpness >= BLURRED else _("blurred"))
        still.setText(_("still") if facts.moved < STILL else _("moving"))


class _Seen(Painted):
    def __init__(self) -> None:
        super().__init__()
        self._pixels: NDArray[np.uint8] | None = None
        self.setAccessibleName(_("What the model sees"))
        self.restyle()

    def restyle(self) -> None:
        self.setFixedSize(px(96), px(96))

    def show_pixels(self, pixels: NDArray[np.uint8]) -> None:
        self._pixels = np.ascontiguousarray(pixels)
        self.update()

    def paint(self, painter: QPainter) -> None:
        draw_well(painter, self.rect())
        if self._pixels is not None:
            paint_pixels(painter, fitted(QRectF(self.rect()), self._pixels), self._pixels)


class _Bars(Painted):
    def __init__(self) -> None:
        super().__init__()
        self._bars = np.zeros(BARS)
        self.setAccessibleName(_("Pixels by brightness, dark to bright"))
        self.setMinimumSize(px(100), px(48))

    def show_bars(self, bars: NDArray[np.float64]) -> None:
        self._bars = bars
        self.update()

    def paint(self, painter: QPainter) -> None:
        foot = px(18)
        wide, high = self.width() / len(self._bars), self.height() - foot
        for place, share in enumerate(self._bars.tolist()):
            tall = max(share * high, 1.0)
            painter.fillRect(QRectF(place * wide, high - tall, wide - 1, tall), theme.current().role("wave_soft"))
        text = QRectF(0, high + 2, self.width(), foot - 2)
        draw_text(painter, text, _("dark"), role="muted", size=theme.CAPTION)
        bright = _("bright")
        left = self.width() - text_width(theme.font(theme.CAPTION), bright)
        draw_text(painter, text.adjusted(left, 0, 0, 0), bright, role="muted", size=theme.CAPTION)
