"""Live's left half: what the board senses, as it comes, and below it the window that was used, at board and host."""

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from studio.core.samples import KINDS, SampleFormat
from studio.core.text import gettext as _
from studio.features.blocks import LogMel
from studio.ui import theme
from studio.ui.controls import Elided, Label
from studio.ui.pages.live_kinds import SENSING
from studio.ui.pages.live_sensed import SensedView
from studio.ui.pages.live_stages import StagePictures

if TYPE_CHECKING:
    from studio.features.front_ends import AnyFrontEnd
    from studio.live.listening import Begun, News
    from studio.live.live import LiveWindow
    from studio.ui.widgets.feature_picture import FeaturePicture
    from studio.ui.widgets.painted import ClassStyle


class SensedPanel(QWidget):
    """Made anew for each session: what is sensed, and at which rate, is known when it begins."""

    def __init__(self) -> None:
        super().__init__()
        self._box = QVBoxLayout(self)
        self._box.setContentsMargins(0, 0, 0, 0)
        self._box.setSpacing(6)
        head = QHBoxLayout()
        self._title = Label("", weight=theme.TITLE)
        head.addWidget(self._title)
        self._where = Elided(role="muted", size=theme.CAPTION, right=True)
        head.addWidget(self._where, 1)
        self._box.addLayout(head)
        self._kind = (LogMel.kind, LogMel.sensor)
        self._begin_with(LogMel(), SampleFormat(KINDS[LogMel.sensor], LogMel().rate_hz))

    def clear(self) -> None:
        """Nothing has come yet, of what came last."""
        self._where.set_text("")
        self._begin_with(self.sensed.spec, self.sensed.form)

    def begin(self, begun: "Begun") -> None:
        self._begin_with(begun.spec, begun.origin.format)
        self._where.set_text(_("{board}, {rate}").format(board=begun.board, rate=self.sensed.rate))

    def add(self, news: "News") -> None:
        self.sensed.add(news.blocks, news.pictures)

    def show_window(self, window: "LiveWindow", style: "ClassStyle") -> None:
        """Marks the window that was used. style: of what the board made of it."""
        self.sensed.show_window(window.first_sample, style)

    def show_pictures(self, window: "LiveWindow") -> None:
        self.stages.show_window(window)

    @property
    def difference(self) -> "FeaturePicture":
        return self.stages.difference

    def _begin_with(self, spec: "AnyFrontEnd", form: SampleFormat) -> None:
        """A new stream, in new views."""
        while self._box.count() > 1:
            item = self._box.takeAt(1)
            widget = item.widget() if item is not None else None
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        sensing = SENSING[spec.sensor]
        self._title.setText(_(sensing.title))
        self.sensed: SensedView = sensing.view(spec, form)
        self.stages = StagePictures(spec.kind)
        self._box.addWidget(self.sensed, 0 if spec.sensor == LogMel.sensor else 4)
        self._box.addWidget(self.stages, 3)
