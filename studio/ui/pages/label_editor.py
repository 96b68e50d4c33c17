"""The editor of the recording that is chosen: its facts, its plots, and below them what plays, labels and goes on."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QStackedWidget, QVBoxLayout, QWidget

from studio.core.errors import StudioError
from studio.core.text import gettext as _
from studio.ui import theme
from studio.ui.bridge import on_gui_thread
from studio.ui.controls import Button, Elided, Ground, Label, Line, draw_key_cap, key_cap_width
from studio.ui.pages.label_kinds import kind_of
from studio.ui.pages.label_list import style_of
from studio.ui.pages.label_picture import PicturePanel
from studio.ui.playing import Player, Playing
from studio.ui.session import Session
from studio.ui.widgets.painted import ClassStyle, Painted, draw_box, draw_swatch, draw_text, px, text_width
from studio.ui.widgets.picture_reader import PictureSamples
from studio.ui.widgets.sample_reader import SampleReader
from studio.ui.widgets.segment_editor import SegmentEditor
from studio.ui.widgets.segments import Band
from studio.ui.widgets.ticks import clock_text
from studio.ui.widgets.time_axis import ZOOM_STEP

if TYPE_CHECKING:
    from studio.dataset.segments import ListedSegment
    from studio.ui.commands import Commands

_CONTEXT = 6.0  # a segment of a long recording is shown with so much of its length about it
_WHOLE_BELOW_S = 20.0  # shorter recordings are shown whole
MOST_KEYS = 9
LEAST_NAME = 24  # px; less shows of a name hardly more than that there is one
NUDGE_S = 0.01
Bind = Callable[[str, Callable[[], object], Callable[[], bool]], None]  # a command's name, its act, whether it can be
_OVERVIEW_FROM = 330  # px of the panel's height
_PLOTS, _MESSAGE, _PICTURE = range(3)  # in the panel's stack
_IN_TIME = ("label.split", "label.join", "label.zoom_out", "label.zoom_in", "label.zoom_all")


class EditorPanel(QWidget):
    """A view: what is asked of it goes out as signals of `plots.tool`, or runs a command."""

    def __init__(self, commands: "Commands", styles: Mapping[str, ClassStyle]) -> None:
        super().__init__()
        self._styles = styles
        self.rows: list[ListedSegment] = []
        self._buttons: dict[str, Button] = {}  # by their command
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._make_head(commands))
        self.plots = SegmentEditor()
        self.keys = LabelKeys()
        self._stack = QStackedWidget()
        holder = QWidget()
        inner = QVBoxLayout(holder)
        inner.setContentsMargins(theme.PAGE_MARGIN - 8, 0, theme.PAGE_MARGIN, 4)
        inner.addWidget(self.plots)
        self._stack.addWidget(holder)
        self._stack.addWidget(self._make_message())
        self.picture = PicturePanel(commands.key("label.preceding"), commands.key("label.following"))
        self._stack.addWidget(self.picture)
        layout.addWidget(self._stack, 1)
        layout.addWidget(self._make_foot(commands))
        self.setMinimumHeight(px(300))
        self.plots.axis.playhead_changed.connect(self._show_time)
        self.show_message(_("Choose a segment above to see and hear it."))

    def _make_head(self, commands: "Commands") -> QWidget:
        head = QWidget()
        row = QHBoxLayout(head)
        row.setContentsMargins(theme.PAGE_MARGIN, 6, theme.PAGE_MARGIN, 6)
        row.setSpacing(2)
        self._name = Label("", theme.BODY, theme.TITLE)
        self._facts = Elided(size=theme.CAPTION, role="muted")
        row.addWidget(self._name)
        row.addSpacing(8)
        row.addWidget(self._facts, 1)
        for name, text, icon in (
            ("label.split", _("Split"), ""),
            ("label.join", _("Join"), ""),
            ("label.discard", _("Remove"), ""),
            ("label.zoom_out", "", "zoom-out"),
            ("label.zoom_in", "", "zoom-in"),
            ("label.zoom_all", "", "fit"),
        ):
            title = _(commands.rows[name].title)
            button = Button(text, icon, "ghost", key=commands.key(name), name="" if text else title, slim=True)
            button.clicked.connect(lambda _checked=False, name=name: commands.run(name))
            self._buttons[name] = button
            row.addWidget(button)
            if name == "label.discard":
                row.addSpacing(4)
                self._before_zoom = Line(upright=True)
                self._before_zoom.setFixedHeight(20)
                row.addWidget(self._before_zoom)
                row.addSpacing(4)
        return head

    def _make_message(self) -> QWidget:
        holder = QWidget()
        column = QVBoxLayout(holder)
        column.setContentsMargins(theme.PAGE_MARGIN, 0, theme.PAGE_MARGIN, 0)
        column.addStretch(1)
        middle = Qt.AlignmentFlag.AlignHCenter
        self._message = Label("", wrap=True)
        self._advice = Label("", kind="muted", wrap=True)
        for label in (self._message, self._advice):
            label.setAlignment(middle)
            column.addWidget(label)
        self.remedy = Button(_("Remove it from the project"), "trash")
        self.remedy.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        column.addSpacing(8)
        column.addWidget(self.remedy, alignment=middle)
        column.addStretch(1)
        return holder

    def _make_foot(self, commands: "Commands") -> QWidget:
        foot = Ground("surface", "t")
        row = QHBoxLayout(foot)
        row.setContentsMargins(theme.PAGE_MARGIN, 10, theme.PAGE_MARGIN, 10)
        row.setSpacing(10)
        self.play = Button(icon="play", name=_("Play"), key=commands.key("label.play"))
        self.play.clicked.connect(lambda: commands.run("label.play"))
        self.loop = Button(icon="loop", kind="ghost", name=_("Play again and again"), key=commands.key("label.loop"))
        self.loop.setCheckable(True)
        self.time = Label("0:00.000", weight=theme.HEAD)
        self.time.setMinimumWidth(px(74))
        self.next = Button(_("Next unlabelled"), "arrow", "primary", key=commands.key("label.next"))
        self.next.clicked.connect(lambda: commands.run("label.next"))
        self._buttons |= {"label.play": self.play, "label.loop": self.loop, "label.next": self.next}
        row.addWidget(self.play)
        row.addWidget(self.time)
        row.addWidget(self.loop)
        row.addSpacing(8)
        row.addWidget(self.keys, 1)
        row.addWidget(self.next)
        return foot

    @property
    def has_time(self) -> bool:
        """Whether what is open is more than a moment."""
        return bool(self.rows) and kind_of(self.rows[0]).has_time

    @property
    def plays(self) -> bool:
        """Whether what is open can be heard."""
        return bool(self.rows) and kind_of(self.rows[0]).plays

    @property
    def first_plot(self) -> QWidget:
        """For the focus."""
        return self.plots.first_plot if self._stack.currentIndex() != _PICTURE else self.picture.view

    def bind(self, bind: Bind, opened: Callable[[], bool], editable: Callable[[], bool]) -> None:
        """What can be done in the plots by key."""
        axis, tool = self.plots.axis, self.plots.tool
        bind("loop", self.loop.toggle, lambda: opened() and self.plays)
        bind("split", lambda: tool.split(axis.playhead_s), editable)
        bind("join", tool.join, editable)
        bind("begin", lambda: tool.mark_start(axis.playhead_s), editable)
        bind("end", lambda: tool.mark_end(axis.playhead_s), editable)
        for name, edges_s in (
            ("start_earlier", (-NUDGE_S, 0.0)),
            ("start_later", (NUDGE_S, 0.0)),
            ("end_earlier", (0.0, -NUDGE_S)),
            ("end_later", (0.0, NUDGE_S)),
        ):
            bind(name, partial(tool.nudge, *edges_s), editable)
        for name, by in (("following", 1), ("preceding", -1)):
            bind(name, partial(self._step, by), lambda: bool(self.rows))
        bind("zoom_in", lambda: axis.zoom(ZOOM_STEP), opened)
        bind("zoom_out", lambda: axis.zoom(1 / ZOOM_STEP), opened)
        bind("zoom_all", axis.show_all, opened)

    def _step(self, by: int) -> None:
        """To another segment of the recording; from a picture to another one."""
        if self.has_time:
            self.plots.tool.step(by, self.plots.axis.playhead_s or 0.0)
        else:
            self.picture.stepped.emit(by)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Where there is little room, the plots have it and the overview gives way."""
        super().resizeEvent(event)
        self.plots.overview.setVisible(self.height() >= px(_OVERVIEW_FROM))

    # What is shown

    def open(self, rows: "Sequence[ListedSegment]", reader: SampleReader) -> None:
        """Another recording, with all its segments."""
        self.rows = list(rows)
        first = rows[0]
        is_picture = isinstance(reader, PictureSamples)
        self.plots.open(None if is_picture else reader, first.gaps)
        if isinstance(reader, PictureSamples):
            self.picture.show_picture(reader.pixels)
        self._name.setText(first.path.stem)
        self._facts.set_text(_facts(first))
        self._stack.setCurrentIndex(_PICTURE if is_picture else _PLOTS)
        self._show_kind()
        self.show_rows(rows)

    def _show_kind(self) -> None:
        """What there is no use for gives way."""
        self.play.setVisible(self.plays)
        self.loop.setVisible(self.plays)
        self.time.setVisible(self.has_time)
        self._before_zoom.setVisible(self.has_time)
        for name in _IN_TIME:
            self._buttons[name].setVisible(self.has_time)

    def show_rows(self, rows: "Sequence[ListedSegment]") -> None:
        """The same recording's segments after an edit, or in other colours."""
        self.rows = list(rows)
        if self.rows and not self.has_time:
            self.picture.show_label(self._style(rows[0]))
            return
        bands = [
            Band(row.id, row.start / row.rate_hz, row.end / row.rate_hz, self._style(row))
            for row in rows
            if not (row.whole and row.label is None)  # as long as it has no label there is nothing to see of it
        ]
        self.plots.show_bands(bands)

    def show_message(self, text: str, advice: str = "", *, name: str = "", remedy: bool = False) -> None:
        """Words in place of the plots. remedy: with a button to take the recording out."""
        self.rows = []
        self.plots.open(None)
        self._name.setText(name)
        self._facts.set_text("")
        self._message.setText(text)
        self._advice.setText(advice)
        self._advice.setVisible(bool(advice))
        self.remedy.setVisible(remedy)
        self._stack.setCurrentIndex(_MESSAGE)

    def show_error(self, error: StudioError, name: str) -> None:
        self.show_message(str(error), error.advice(), name=name, remedy=True)

    def show_enabled(self, can: Callable[[str], bool]) -> None:
        """can: whether a command can be done now."""
        for name, button in self._buttons.items():
            button.setEnabled(can(name))

    def bring_into_view(self, row: "ListedSegment") -> None:
        """Selected; short recordings whole, of a long one the segment, with what lies about it."""
        if not self.has_time:
            return
        tool = self.plots.tool
        tool.select(row.id if any(band.id == row.id for band in tool.bands) else "")
        axis = self.plots.axis
        start_s, end_s = row.start / row.rate_hz, row.end / row.rate_hz
        if axis.length_s <= _WHOLE_BELOW_S or row.whole:
            axis.show_all()
        elif not (axis.first_s <= start_s and end_s <= axis.last_s) or axis.span_s >= axis.length_s:
            about = max((end_s - start_s) * _CONTEXT, _WHOLE_BELOW_S / 2)
            middle = (start_s + end_s) / 2
            axis.show(middle - about / 2, middle + about / 2)

    def show_playing(self, playing: bool) -> None:  # noqa: FBT001
        self.play.set_icon("pause" if playing else "play")
        self.play.setAccessibleName(_("Stop") if playing else _("Play"))

    def _show_time(self) -> None:
        self.time.setText(clock_text(self.plots.axis.playhead_s or 0.0))

    def _style(self, row: "ListedSegment") -> ClassStyle:
        return ClassStyle(_("no label"), None, ring=True) if row.label is None else style_of(self._styles, row.label)


def _facts(row: "ListedSegment") -> str:
    kind = kind_of(row)
    parts = [*([clock_text(row.samples / row.rate_hz)] if kind.has_time else []), *kind.facts(row)]
    if row.gaps:
        parts.append(_("{count:,} gaps").format(count=len(row.gaps)))
    return " · ".join(parts)


def _fair_width(widths: Sequence[float], room: float) -> float:
    """The most that each may have so that all have room together; the narrow ones keep theirs."""
    left = max(room, 0.0)
    for place, width in enumerate(sorted(widths)):
        share = left / (len(widths) - place)
        if width > share:
            return share
        left -= width
    return max(widths, default=0.0)


class LabelKeys(Painted):
    """The classes with the keys that set them; a click does so too. `chosen(place)`, from 0."""

    chosen = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self._styles: list[ClassStyle] = []
        self._hovered = -1
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(_("Keys of the labels"))
        self.setMouseTracking(True)

    def show_styles(self, styles: Sequence[ClassStyle]) -> None:
        self._styles = list(styles)[:MOST_KEYS]
        self.describe(", ".join(f"{place} {style.name}" for place, style in enumerate(self._styles, 1)))
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(px(200), px(28))

    def minimumSizeHint(self) -> QSize:
        return QSize(0, px(28))

    def rects(self) -> list[QRectF]:
        """Where each is. Where there is little room the longest names give way, in too little all; never a key."""
        font = theme.font(theme.CAPTION, theme.HEAD)
        fixed = [key_cap_width(str(place)) + px(30) for place in range(1, len(self._styles) + 1)]
        names = [text_width(font, style.name) for style in self._styles]
        most = _fair_width(names, self.width() - sum(fixed) - px(6) * (len(names) - 1))
        if most < px(LEAST_NAME):
            most = 0
        rects, x = [], 0.0
        for part, name in zip(fixed, names, strict=True):
            rects.append(QRectF(x, 0, part + min(name, most), self.height()))
            x = rects[-1].right() + px(6)
        return rects

    def paint(self, painter: QPainter) -> None:
        for place, (rect, style) in enumerate(zip(self.rects(), self._styles, strict=False)):
            if place == self._hovered:
                draw_box(painter, rect, ground="hover")
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            draw_key_cap(painter, rect.left() + 4, rect.center().y(), str(place + 1), "muted")
            left = rect.left() + 4 + key_cap_width(str(place + 1)) + 6
            draw_swatch(painter, left, rect.center().y(), style)
            text = rect.adjusted(left + px(15) - rect.left(), 0, 0, 0)
            if text.width() >= px(8):
                draw_text(painter, text, style.name, size=theme.CAPTION, weight=theme.HEAD)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        place = self._at(event)
        if place >= 0:
            self.chosen.emit(place)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._hovered = self._at(event)
        self.setToolTip(self._styles[self._hovered].name if self._hovered >= 0 else "")
        self.setCursor(Qt.CursorShape.PointingHandCursor if self._hovered >= 0 else Qt.CursorShape.ArrowCursor)
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        self._hovered = -1
        self.update()

    def _at(self, event: QMouseEvent) -> int:
        return next((i for i, rect in enumerate(self.rects()) if rect.contains(event.position())), -1)


class EditorPlaying(QObject):
    """A segment plays to its end and the playhead returns to where it began; stopped, it stays where it was."""

    def __init__(self, session: Session, editor: EditorPanel) -> None:
        super().__init__(editor)
        self._session, self._editor = session, editor
        self._player = Player()
        self._stretch = (0.0, 0.0)  # seconds of the recording
        self._stopped = True
        session.on_close(self._player.stop)
        on_gui_thread(self._player.changed, self._show, owner=self, latest=True)

    def switch(self) -> None:
        """Play, or stop."""
        if not self._stopped:
            self.stop()
        elif self._editor.rows:
            self._stretch = self._next_stretch()
            self._begin()

    def stop(self) -> None:
        self._stopped = True
        self._player.stop()
        self._editor.show_playing(False)

    def _begin(self) -> None:
        row, (from_s, to_s) = self._editor.rows[0], self._stretch
        self._stopped = False
        self._editor.show_playing(True)
        self._player.play_file(
            row.recording, row.path, round(from_s * row.rate_hz), min(round(to_s * row.rate_hz), row.samples)
        )

    def _next_stretch(self) -> tuple[float, float]:
        axis, band = self._editor.plots.axis, self._editor.plots.tool.selected
        at_s = axis.playhead_s
        if band is not None:
            inside = at_s is not None and band.start_s <= at_s < band.end_s
            return (at_s if at_s is not None and inside else band.start_s), band.end_s
        return (at_s if at_s is not None and at_s < axis.length_s else 0.0), axis.length_s

    def _show(self, playing: Playing) -> None:
        if self._stopped:
            return
        axis = self._editor.plots.axis
        if playing.error is not None:
            self.stop()
            self._session.fail(playing.error)
        elif playing.what is not None:
            axis.follow(self._stretch[0] + playing.at_s)
        elif self._editor.loop.isChecked() and self._editor.rows:
            self._begin()
        else:
            self.stop()
            axis.set_playhead(self._stretch[0])
