"""The lane above linked plots: a tab for each segment, with its label."""

from PySide6.QtCore import QPointF, QRect, QRectF
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import QWidget

from studio.core.text import gettext
from studio.ui import theme
from studio.ui.widgets.painted import LEFT, dashed, draw_box, draw_focus, draw_hatch, draw_text, px, text_width
from studio.ui.widgets.segments import Band, SegmentTool
from studio.ui.widgets.ticks import clock_text
from studio.ui.widgets.time_axis import TimeAxis
from studio.ui.widgets.time_plot import TimePlot

_TAB = 23
_BAR = 4


class SegmentLane(TimePlot):
    """Tabs over the waveform's columns. A click selects; the keys are those of the plots below."""

    def __init__(self, axis: TimeAxis, tool: SegmentTool, parent: QWidget | None = None) -> None:
        super().__init__(axis, tool, parent)
        self.setAccessibleName(gettext("Segments"))
        self.setFixedHeight(px(_TAB) + 4)
        self._tool = tool
        tool.selection_changed.connect(self._tell)

    def restyle(self) -> None:
        self.setFixedHeight(px(_TAB) + 4)

    def paint(self, painter: QPainter) -> None:
        plot = self.plot()
        for band in self._bands():
            self._paint_tab(painter, plot, band)
        if self.hasFocus():
            draw_focus(painter, plot.adjusted(0, 0, 0, -1), 4)

    def _paint_tab(self, painter: QPainter, plot: QRect, band: Band) -> None:
        rect = self.band_rect(plot, band)
        rect.setHeight(px(_TAB))
        chosen = band.id == self._tool.selected_id
        colour, tint = band.style.colour, band.style.colour
        tint.setAlphaF(0.05 if band.proposed and not chosen else 0.34 if chosen else 0.18)
        draw_box(painter, rect, ground=tint, radius=4)
        if band.proposed:
            hatch = band.style.colour
            hatch.setAlphaF(0.30)
            draw_hatch(painter, rect, hatch)
            painter.setPen(dashed(colour, 2.0 if chosen else 1.2, 3, 2))
            painter.drawRoundedRect(rect.adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
        else:
            draw_box(
                painter,
                QRectF(rect.left(), rect.top(), min(_BAR, rect.width()), rect.height()),
                ground=colour,
                radius=1.5,
            )
            if chosen:
                draw_box(painter, rect, ground=None, edge=colour, radius=4, width=2)
        painter.setPen(QPen(colour, 1))
        self._paint_name(painter, rect, band)

    def _paint_name(self, painter: QPainter, rect: QRectF, band: Band) -> None:
        room = QRectF(rect.left() + px(9), rect.top(), rect.width() - px(11), rect.height())
        if room.width() < px(8):
            return
        if band.proposed:  # a patch, so that the hatch does not run through the name
            width = min(text_width(theme.font(theme.CAPTION, theme.TITLE), band.style.name), room.width()) + 6
            patch = QRectF(room.left() - 3, rect.top() + 4, width, rect.height() - 8)
            painter.fillRect(patch, theme.current().role("surface"))
        draw_text(painter, room, band.style.name, size=theme.CAPTION, weight=theme.TITLE, align=LEFT)

    def _tell(self, band_id: str) -> None:
        band = next((b for b in self._tool.bands if b.id == band_id), None)
        if band is None:
            self.describe(gettext("{count} segments, none selected").format(count=len(self._tool.bands)))
            return
        template = (
            gettext("{label}, proposed, {start} to {end}") if band.proposed else gettext("{label}, {start} to {end}")
        )
        self.describe(
            template.format(label=band.style.name, start=clock_text(band.start_s), end=clock_text(band.end_s))
        )

    def tab_centre(self, band: Band) -> QPointF:
        """Where a page puts Accept and Reject beside a proposal."""
        return QPointF(self.band_rect(self.plot(), band).center().x(), px(_TAB) / 2)
