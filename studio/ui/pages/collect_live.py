"""From what is listened to, to what is drawn: one timer for all that moves on Collect."""

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from studio.core.samples import Block
from studio.core.text import gettext as _
from studio.ui.heard import Heard
from studio.ui.hearing import Listening
from studio.ui.latest import Latest
from studio.ui.pages.collect_aligned import Alignment
from studio.ui.pages.collect_camera import Facts, PictureView, look_at
from studio.ui.pages.collect_preflight import bytes_per_s
from studio.ui.pages.collect_stage import Stage
from studio.ui.pages.collect_views import Figure, SourceView
from studio.ui.session import BoardStatus
from studio.ui.together import TakeMade
from studio.ui.widgets.live_stream import LiveMark
from studio.ui.widgets.painted import ClassStyle

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from studio.core.samples import Item, SampleFormat
    from studio.ui.session import Session

FRAME_MS = 20
TELL_EVERY_S = 0.25  # figures, and the strip


class LiveView(QObject):
    """`drawn` comes once a frame, after the samples: for what else changes with time."""

    drawn = Signal()

    def __init__(self, session: "Session", listening: Listening, stage: Stage, parent: QObject) -> None:
        super().__init__(parent)
        self._session, self._listening, self._stage = session, listening, stage
        self._name = ""
        self._rate_hz: float | None = None  # while a source is there
        self._gone_s: float | None = None  # since when it is not any more
        self._told_s = 0.0
        self._alignment = Alignment()
        self._held = ""  # the label of what comes now
        self._growing: list[tuple[SourceView, LiveMark]] = []  # of it
        self._before: NDArray[np.uint8] | None = None  # the picture that was looked at last
        self._closer: Latest[Facts] = Latest(session, self._show_facts, lambda _error: None, owner=self)
        self._clock = QTimer(self, interval=FRAME_MS)
        self._clock.setTimerType(Qt.TimerType.PreciseTimer)
        self._clock.timeout.connect(self._draw)

    def start(self) -> None:
        self._clock.start()

    def stop(self) -> None:
        self._clock.stop()

    @property
    def is_running(self) -> bool:
        return self._clock.isActive()

    def begin(self, form: "SampleFormat", title: str, name: str) -> None:
        """A source is there. title: of its traces; name: in the strip."""
        self._rate_hz, self._name, self._gone_s = form.rate_hz, name, None
        self._closer.forget()
        self._before = None
        self._stage.begin_stream(form, title, name)

    def resume(self, rate_hz: float) -> None:
        """It is back, and its stream goes on."""
        self._rate_hz, self._gone_s = rate_hz, None
        self._stage.show_gone(None)

    def end(self) -> None:
        """It is gone: the traces stand, with what is missing growing behind them."""
        self._draw()
        self._stage.show_figures(self._figures(), live=False)
        self._rate_hz, self._gone_s = None, time.monotonic()

    def mark(self, made: TakeMade, style: ClassStyle, number: int) -> None:
        """The take's stretch in the traces of all, named."""
        text = _("take {number}").format(number=number)
        for view, heard in self._views():
            recording, first = heard.recording, heard.recording_from
            if recording is not None and first is not None and recording.take.take == made.take.take:
                view.stream.add_mark(LiveMark(first, first + recording.samples, text, style))

    def flag(self) -> None:
        """The take that is on was marked at this moment."""
        for view, heard in self._views():
            recording, first = heard.recording, heard.recording_from
            if recording is not None and first is not None and not recording.ended:
                _flag(view, first + recording.samples)

    def hold(self, label: str, style: ClassStyle) -> None:
        """What comes is of that class, in the recordings and the traces of all; "": of none any more."""
        if self._held:
            self._listening.release(self._held)
        self._held, self._growing = label, []
        if not label:
            return
        self._listening.hold(label)
        for view, heard in self._views():
            recording, first = heard.recording, heard.recording_from
            if recording is not None and first is not None and not recording.ended:
                at = first + recording.samples
                mark = LiveMark(at, at, style.name, style, window=True)
                view.stream.add_mark(mark)
                self._growing.append((view, mark))

    def _views(self) -> list[tuple[SourceView, Heard]]:
        """Of each source what is drawn of it."""
        rows = [(self._stage.beside.row_of(heard), heard) for heard in self._listening.beside]
        beside = [(row.view, heard) for row, heard in rows if row is not None and row.view is not None]
        return [(self._stage.view, self._listening.main), *beside]

    def _draw(self) -> None:
        """What has come since the last frame."""
        items = self._listening.main.take_items()
        if items:
            self._stage.hear(items)
            self._take_in(self._stage.view, items)
        now_s = time.monotonic()
        if self._gone_s is not None:
            self._stage.show_gone(now_s - self._gone_s)
        tells = now_s - self._told_s >= TELL_EVERY_S
        self._told_s = now_s if tells else self._told_s
        for heard in self._listening.beside:
            self._draw_beside(heard, tells=tells)
        if self._growing:
            shown = [view for view, _heard in self._views()]
            self._growing = [(view, view.stream.grow_mark(mark)) for view, mark in self._growing if view in shown]
        self._alignment.align(self._stage.views)
        if tells and self._rate_hz is not None:
            self._tell(self._rate_hz)
        if tells:
            self._stage.head.tell(self._listening.main)
        self._look_closer()
        self.drawn.emit()

    def _draw_beside(self, heard: Heard, *, tells: bool) -> None:
        row, items = self._stage.beside.row_of(heard), heard.take_items()
        if row is None:
            return
        row.draw(items, heard.recording_from if heard.is_recording else None)
        if row.view is not None:
            self._take_in(row.view, items)
        if tells:
            row.head.tell(heard)

    def _take_in(self, view: SourceView, items: "Sequence[Item]") -> None:
        self._alignment.hear(view, items)
        for block in (item for item in items if isinstance(item, Block)):
            for mark in block.marks:  # by the board's button
                _flag(view, block.first_index + mark)

    def _look_closer(self) -> None:
        """At a picture: what the model sees of it, and how good it is."""
        view, project = self._stage.view, self._session.project
        pixels = view.picture if isinstance(view, PictureView) else None
        if pixels is None or project is None or self._closer.busy or pixels is self._before:
            return
        before, self._before = self._before, pixels
        settings = project.settings
        self._closer.ask(lambda: look_at(pixels, before, settings))

    def _show_facts(self, facts: Facts) -> None:
        if isinstance(self._stage.view, PictureView):
            self._stage.view.show_facts(facts)

    def _tell(self, rate_hz: float) -> None:
        """A few times a second: figures, and what the strip says."""
        seen = self._listening.main.seen
        self._stage.show_figures(self._figures())
        level_db = self._stage.view.level_db if seen else None
        rate = bytes_per_s(self._listening.sources)
        if rate:
            self._session.show_recorded(rate)
        lost = sum(heard.lost for heard in self._listening.sources)
        others = len(self._listening.beside)
        name = _("{name} + {count}").format(name=self._name, count=others) if others else self._name
        away = sum(heard.hearing.problem is not None for heard in self._listening.beside)
        told = _("{count} of {all} sources lost").format(count=away, all=1 + others) if away else ""
        self._session.show_status(BoardStatus(name, rate_hz, lost, seen, level_db, told))

    def _figures(self) -> list[Figure]:
        lost, seen = self._listening.main.lost, self._listening.main.seen
        if not seen:
            return []
        of_all = _("{lost:,} of {seen:,} samples").format(lost=lost, seen=seen)
        return [*self._stage.view.figures(), Figure(_("Lost"), of_all, "warn" if lost else "text")]


def _flag(view: SourceView, at: int) -> None:
    """at: the sample of its stream at which it was marked."""
    view.stream.add_mark(LiveMark(at, at, _("mark"), ClassStyle(""), window=True))
