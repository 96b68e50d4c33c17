"""One window on its way from samples to the int8 picture, a figure for each step, and the windows to choose from."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, QSize, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from studio.core.text import gettext as _
from studio.ui import theme
from studio.ui.class_styles import class_styles, shown_label
from studio.ui.controls import LINK_PADDING, Button, Elided, Ground, Icon, Label
from studio.ui.widgets.feature_picture import FeaturePicture
from studio.ui.widgets.painted import ClassStyle, Painted, draw_swatch, draw_text, draw_well, px, text_width
from studio.ui.widgets.picture_strip import PictureStrip, StripCell
from studio.ui.widgets.spectrum import SpectrumView
from studio.ui.widgets.waveform import WaveThumbnail

if TYPE_CHECKING:
    from studio.features.blocks import LogMel
    from studio.features.steps import Steps
    from studio.training.preview import Looked
    from studio.ui.pages.features_work import Seen

_PADDING = theme.PAGE_MARGIN
_ROOM_FOR_SIZE = 150  # px of a figure's width: in less its title alone has room
_LEAST_FULL_SCALE = 0.02  # of a waveform's edge: fainter noise is shown as faint


class WavePicture(WaveThumbnail):
    """A waveform in a well; a click says at which share of it."""

    pointed = Signal(float)

    def paint(self, painter: QPainter) -> None:
        draw_well(painter, self.rect())
        super().paint(painter)

    def sizeHint(self) -> QSize:
        return QSize(px(168), px(52))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.pointed.emit(min(max(event.position().x() / max(self.width(), 1), 0.0), 1.0))


class ClassName(Painted):
    """A swatch, a name, and what else is said of it."""

    def __init__(self) -> None:
        super().__init__()
        self._style: ClassStyle | None = None
        self._text = ""
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def show_name(self, style: ClassStyle | None, text: str) -> None:
        self._style, self._text = style, text
        self.setAccessibleName(text)
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(px(18) + text_width(theme.font(), self._text) + 2, px(20))

    def paint(self, painter: QPainter) -> None:
        if self._style is not None:
            draw_swatch(painter, 1, self.height() / 2, self._style)
            draw_text(painter, QRectF(px(18), 0, self.width() - px(18), self.height()), self._text)


class _Figure(QWidget):
    """A picture with its title and size above, and what is pointed at below."""

    def __init__(self, title: str, picture: QWidget) -> None:
        super().__init__()
        self.dimensions = Elided(size=theme.CAPTION, role="muted", right=True)
        self.foot = Elided(size=theme.CAPTION, role="muted")
        self.title = Label(title, theme.CAPTION, theme.TITLE)
        head = QHBoxLayout()
        head.setSpacing(6)
        head.addWidget(self.title)
        head.addWidget(self.dimensions, 1)
        picture.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        picture.setMinimumHeight(px(88))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(5)
        layout.addLayout(head)
        layout.addWidget(picture, 1)
        layout.addWidget(self.foot)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.dimensions.setVisible(self.width() >= px(_ROOM_FOR_SIZE))


class StepsPanel(QWidget):
    """chosen(index): another window. play: the window is to be heard."""

    chosen = Signal(int)

    def __init__(self, play_key: str, others_key: str) -> None:
        super().__init__()
        self._looked: Sequence[Looked] = ()
        self._spec: LogMel | None = None
        self._styles: Mapping[str, ClassStyle] = {}
        self.cell: tuple[int, int] | None = None  # frame and band pointed at
        self.play = Button("", "play", "ghost", slim=True, name=_("Play the window"), key=play_key)
        self.others = Button("", "refresh", "ghost", slim=True, name=_("Look at other windows"), key=others_key)
        self.name = ClassName()
        self.wave, self.spectrum = WavePicture(), SpectrumView()
        self.raw, self.features, self.input = FeaturePicture(), FeaturePicture(), FeaturePicture()
        self.strip = PictureStrip()
        self.strip.chosen.connect(self._choose)
        self.problem = Elided(role="err")
        self.problem.hide()
        self.label = Button(_("Open in Label"), kind="link")
        self.wave.pointed.connect(self._point_at_share)
        for picture in (self.raw, self.features, self.input):
            picture.pointed.connect(self.point)
        self.raw.setAccessibleName(_("Log-mel energies"))
        self.features.setAccessibleName(_("Features, their mean removed"))
        self.input.setAccessibleName(_("What the model sees"))
        self._build()

    def _build(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(Label(_("One window, step by step"), weight=theme.TITLE))
        head.addWidget(self.play)
        head.addStretch(1)
        head.addWidget(self.name)
        head.addWidget(self.label)
        head.addSpacing(-LINK_PADDING)  # its text ends where the figures do
        self._figures = [
            _Figure(_("Samples"), self.wave),
            _Figure(_("Spectrum"), self.spectrum),
            _Figure(_("Log-mel"), self.raw),
            _Figure(_("Mean removed"), self.features),
            _Figure(_("Model's input"), self.input),
        ]
        row = QHBoxLayout()
        row.setSpacing(6)
        for figure in self._figures:
            if figure is not self._figures[0]:
                row.addWidget(Icon("right", size=16))
            row.addWidget(figure, 1)
        top = QVBoxLayout()
        top.setContentsMargins(_PADDING, 14, _PADDING, 10)
        top.setSpacing(8)
        top.addLayout(head)
        top.addWidget(self.problem)
        top.addLayout(row, 1)
        band = Ground("bg", "tb")
        below = QHBoxLayout(band)
        below.setContentsMargins(_PADDING - 5, 5, _PADDING - 12, 5)
        below.setSpacing(8)
        below.addWidget(self.strip, 1)
        below.addWidget(self.others)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(top, 1)
        layout.addWidget(band)

    def show_windows(self, seen: "Seen", styles: Mapping[str, ClassStyle], index: int) -> None:
        """styles: of each label there is, so that it looks as it does elsewhere."""
        self._looked, self._spec, self._styles = seen.looked, seen.spec, styles
        cells = [
            StripCell(self.style_of(each.example.label), title_of(each), picture)
            for each, picture in zip(seen.looked, seen.pictures, strict=True)
        ]
        self.strip.show_cells(cells, index)
        self._show()

    @property
    def index(self) -> int:
        return self.strip.index

    @property
    def looked(self) -> "Looked | None":
        return self._looked[self.index] if self.index < len(self._looked) else None

    def style_of(self, label: str) -> ClassStyle:
        return self._styles.get(label) or class_styles([label])[label]

    def point(self, frame: int, band: int) -> None:
        """Frame and band, in all figures at once."""
        spec, window = self._spec, self.looked
        if spec is None or window is None or window.steps is None:
            return
        steps = window.steps
        frame, band = min(frame, spec.frames - 1), min(band, spec.mels - 1)
        self.cell = (frame, band)
        middle_s = (frame * spec.stride_samples + spec.window_samples / 2) / spec.rate_hz
        self.wave.set_cursor(middle_s * spec.rate_hz / spec.clip_samples)
        for picture in (self.raw, self.features, self.input):
            picture.set_frame(frame)
        low, centre, high = spec.band_edges_hz[band : band + 3].tolist()
        self.spectrum.show_spectrum(steps.spectrum_db[frame], spec.rate_hz / 2, (low, centre, high))
        raw, taken = steps.raw[frame, band] * spec.scale, steps.features[frame, band] * spec.scale
        for figure, text in zip(
            self._figures,
            (
                _("frame {n} at {s:.2f} s").format(n=frame + 1, s=middle_s),
                _("band {n}, {hz:,.0f} Hz").format(n=band + 1, hz=centre),
                _("{db} dB").format(db=_signed(raw)),
                _("{db} dB").format(db=_signed(taken)),
                f"{int(steps.input[frame, band])}".replace("-", "−"),
            ),
            strict=True,
        ):
            figure.foot.set_text(text)

    def _show(self) -> None:
        window, spec = self.looked, self._spec
        if window is None or spec is None:
            return
        self.name.show_name(self.style_of(window.example.label), title_of(window))
        self.problem.setVisible(window.problem is not None)
        self.play.setEnabled(window.steps is not None)
        if window.problem is not None:
            path = window.example.clip.path
            self.problem.set_text(f"{window.problem} {window.problem.advice()}".replace(str(path), path.name))
        if window.steps is None:
            self._show_nothing(spec)
            return
        self._show_steps(window.steps, spec)
        loudest = np.unravel_index(int(window.steps.raw.argmax()), spec.shape)
        self.point(*(self.cell or (int(loudest[0]), int(loudest[1]))))

    def _show_steps(self, steps: "Steps", spec: "LogMel") -> None:
        self.wave.show_samples(steps.samples, full_scale=full_scale(steps.samples))
        self.raw.show_values(steps.raw)
        self.features.show_values(steps.features)
        self.input.show_values(steps.input)
        taken = {
            "none": _("nothing"),
            "level": _("{db} dB").format(db=_signed(float(steps.raw.mean()) * spec.scale)),
            "band": _("{n} means").format(n=spec.mels),
        }
        size = f"{spec.frames} × {spec.mels}"
        for figure, text in zip(
            self._figures,
            (
                _("{n:,} × int16").format(n=spec.clip_samples),
                _("{n} bins").format(n=spec.fft // 2 + 1),
                _("{size}, dB").format(size=size),
                taken[spec.normalise],
                "int8",
            ),
            strict=True,
        ):
            figure.dimensions.set_text(text)

    def _show_nothing(self, spec: "LogMel") -> None:
        empty = np.zeros((0, spec.mels), np.int16)
        self.wave.show_samples(np.zeros(0, np.int16))
        self.wave.set_cursor(None)
        self.spectrum.show_spectrum(np.zeros(0, np.float32), 1.0, None)
        for picture in (self.raw, self.features, self.input):
            picture.show_values(empty)
        for figure in self._figures:
            figure.dimensions.set_text("")
            figure.foot.set_text("")

    def _choose(self, index: int) -> None:
        self.cell = None
        self._show()
        self.chosen.emit(index)

    def _point_at_share(self, share: float) -> None:
        if self._spec is not None:
            frame = round((share * self._spec.clip_samples - self._spec.window_samples / 2) / self._spec.stride_samples)
            self.point(max(frame, 0), self.cell[1] if self.cell is not None else 0)


def title_of(window: "Looked") -> str:
    """A label, a take, and who said it where the take's name does not tell."""
    example = window.example
    person = example.person if example.person and example.person not in example.take else None
    return ", ".join(part for part in (shown_label(example.label), example.take, person) if part)


def full_scale(*windows: NDArray[np.int16]) -> float:
    """The share of full scale at the edge of waveforms that are shown together."""
    peak = max((float(np.abs(window.astype(np.int32)).max(initial=0)) for window in windows), default=0.0)
    return max(1.1 * peak / 32768, _LEAST_FULL_SCALE)


def _signed(value: float) -> str:
    return f"{value:.1f}".replace("-", "−")
