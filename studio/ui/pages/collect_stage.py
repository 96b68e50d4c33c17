"""What comes from a source: the prompt, its live view, figures, what went wrong, and the record button."""

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from studio.core.samples import MICROPHONE, Item, SampleFormat, SensorKind
from studio.core.text import gettext as _
from studio.ui import theme
from studio.ui.controls import Button, Ground
from studio.ui.pages.collect_beside import BesideRows, SourceHead
from studio.ui.pages.collect_foot import Foot
from studio.ui.pages.collect_kinds import SENSORS
from studio.ui.pages.collect_problem import Problem, ProblemCard
from studio.ui.pages.collect_prompt import Cue, Prompt
from studio.ui.pages.collect_views import Figure, SourceView
from studio.ui.widgets.empty_state import EmptyState
from studio.ui.widgets.painted import ClassStyle, draw_text, draw_well, px, text_width
from studio.ui.widgets.time_plot import gutter

FIRST, OTHER = 3, 2  # shares of the height: of the first source, of each beside it


class Stage(Ground):
    """It shows what it is told. `view` is of the source; what runs in it is `view.stream`."""

    device_asked = Signal()
    own_asked = Signal()
    virtual_asked = Signal()

    def __init__(self, keys: "dict[str, str]") -> None:
        """keys: as shown, of record, hands off and keep."""
        super().__init__("surface")
        outside = QVBoxLayout(self)
        outside.setContentsMargins(0, 0, 0, 0)
        outside.setSpacing(0)
        column = QVBoxLayout()
        column.setContentsMargins(24, 16, 24, 12)
        column.setSpacing(0)
        self.prompt = Prompt()
        column.addWidget(self.prompt)
        column.addSpacing(12)
        self.kind = MICROPHONE
        self.view: SourceView = SENSORS[self.kind.name].view(SampleFormat(self.kind, 16_000), "")
        self._live = QWidget()
        self._title = ""  # of what the first source senses
        self.beside = BesideRows()
        across = QHBoxLayout(self._live)
        across.setContentsMargins(0, 0, 0, 0)
        across.setSpacing(14)
        self._live_column = QVBoxLayout()
        self._live_column.setSpacing(4)
        self.head = SourceHead()
        self._live_column.addWidget(self.head)
        self._live_column.addWidget(self.view, FIRST)
        self._live_column.addWidget(self.beside.traces)
        self.beside.changed.connect(self._share)
        across.addLayout(self._live_column, 1)
        across.addWidget(self.beside.pictures)
        self._waiting = Waiting()
        self._waiting.device_asked.connect(self.device_asked)
        self._waiting.own_asked.connect(self.own_asked)
        self._waiting.virtual_asked.connect(self.virtual_asked)
        self.cue = Cue()
        self._stack = _OneOf()
        for widget in (self._live, self._waiting, self.cue):
            self._stack.addWidget(widget)
        column.addWidget(self._stack, 1)
        self._numbers = _Numbers()
        column.addWidget(self._numbers)
        self.problem = ProblemCard()
        self.problem.hide()
        column.addWidget(self.problem)
        outside.addLayout(column, 1)
        self.foot = Foot(keys)
        outside.addWidget(self.foot)
        self.show_problem(None)

    # What comes

    def show_sensor(self, kind: SensorKind) -> None:
        """What the project senses, while no source is there."""
        self.kind = kind
        self._waiting.show_sensor(kind)

    def begin_stream(self, form: SampleFormat, title: str, where: str) -> None:
        """Another source: nothing of the last one is shown. title: what it senses; where: whose that is."""
        old = self.view
        self.view = SENSORS[form.kind.name].view(form, title)
        self._live_column.replaceWidget(old, self.view)
        old.hide()
        old.deleteLater()
        self.head.show_title(title, where)
        self._title = title
        self._share()
        if self.view.meter is not None:
            QWidget.setTabOrder(_before(self.foot.hands_off), self.view.meter)

    @property
    def views(self) -> list[SourceView]:
        """Of all sources with an axis of time, from above to below."""
        return [self.view, *self.beside.traced()]

    def _share(self) -> None:
        """The height among the sources: the first has more than any other, and the lowest the axis of all."""
        views = self.views
        has_head = bool(self.beside.rows)
        self.head.setVisible(has_head)
        self.view.show_title("" if has_head else self._title)
        self._live_column.setStretchFactor(self.view, FIRST)
        self._live_column.setStretchFactor(self.beside.traces, OTHER * (len(views) - 1))
        framed = [view for view in views if view.frame is not None]
        for view in framed:
            view.stream.leader = None if view is framed[0] else framed[0].stream
            view.show_axis(view is framed[-1])

    def hear(self, items: "Sequence[Item]") -> None:
        """items: at least one."""
        self.view.hear(items)

    def show_figures(self, figures: Sequence[Figure], *, live: bool = True) -> None:
        """live: whether they still change."""
        self._numbers.show_figures(figures, live=live)

    def show_gone(self, seconds: float | None) -> None:
        """The source has given nothing for so long; None: it is there."""
        stream = self.view.stream
        if seconds is None:
            if stream.ended_at is not None:
                stream.set_ended(None)
            return
        if stream.ended_at is None:
            stream.set_ended(stream.end)
            self.view.rest()
        stream.wait(seconds)

    def show_take(self, from_index: int | None, made: str, share: float, note: str, style: ClassStyle) -> None:
        """A take is on: from where in the stream, how much of it is made, in words and as a share, of how much."""
        self.view.stream.set_recording(from_index)
        self.prompt.show_state(_("Recording"), "err", note, made)
        if self._stack.currentWidget() is self.cue:
            self.cue.show_cue(style, "", share)

    def show_no_take(self) -> None:
        if self.view.stream.recording_from is not None:
            self.view.stream.set_recording(None)

    # What is shown instead

    def show_live(self) -> None:
        self._stack.setCurrentWidget(self._live)
        self._numbers.setVisible(not SENSORS[self.kind.name].by_count)

    def show_waiting(self, title: str, why: str, *, offers: bool) -> None:
        """Nothing can be heard yet. offers: whether a board can be chosen from here."""
        self._waiting.show_words(title, why, offers=offers)
        self._stack.setCurrentWidget(self._waiting)
        self._numbers.hide()

    def show_cue(self) -> None:
        """Hands off: the prompt, large."""
        self._stack.setCurrentWidget(self.cue)

    @property
    def shows_live(self) -> bool:
        return self._stack.currentWidget() is self._live

    def show_problem(self, what: Problem | None) -> None:
        """Under the traces; then Record gives way to Keep where something was saved."""
        self.problem.setVisible(what is not None)
        if what is not None:
            self.problem.show_problem(what)
        self.foot.show_problem(what)


def _before(widget: QWidget) -> QWidget:
    """What Tab comes from."""
    before = widget.previousInFocusChain()
    while before is not None and before.focusPolicy() == Qt.FocusPolicy.NoFocus:
        before = before.previousInFocusChain()
    return before or widget


class _OneOf(QStackedWidget):
    """It asks for no more room than what is shown needs."""

    def minimumSizeHint(self) -> QSize:
        shown = self.currentWidget()
        return super().minimumSizeHint() if shown is None else shown.minimumSizeHint()


class Waiting(QWidget):
    """Wells with the ghost of what will run in them, and what is needed first."""

    device_asked = Signal()
    own_asked = Signal()
    virtual_asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 7, 0, 0)
        row.setSpacing(14)
        self._row = row
        self._layout = layout = QVBoxLayout()
        layout.setSpacing(12)
        row.addLayout(layout, 1)
        self._ghost: QWidget = QWidget()
        self._meter: QWidget | None = None
        layout.addWidget(self._ghost, 1)
        well = _Well()
        self._column = QVBoxLayout(well)
        self._column.setContentsMargins(gutter(), 8, 0, 0)
        layout.addWidget(well)
        device = Button(_("Choose a board"), "devices", "primary")
        device.clicked.connect(self.device_asked)
        self._own = Button(_(SENSORS[MICROPHONE.name].own_title), kind="ghost")
        self._own.clicked.connect(self.own_asked)
        virtual = Button(_("Start the virtual board"), kind="ghost")
        virtual.clicked.connect(self.virtual_asked)
        self._offer = EmptyState(
            "devices",
            _("No board yet"),
            "",
            device,
            self._own,
            virtual,
        )
        self._plain = EmptyState("collect", "", "")
        self._column.addWidget(self._offer)
        self._column.addWidget(self._plain)
        self.show_sensor(MICROPHONE)

    def show_sensor(self, kind: SensorKind) -> None:
        row = SENSORS[kind.name]
        for old in (self._ghost, self._meter):
            if old is not None:
                old.hide()
                old.deleteLater()
        self._ghost, self._meter = row.ghost(kind)
        self._layout.insertWidget(0, self._ghost, 1)
        self._ghost.setAccessibleName(_("Nothing is heard yet"))
        if self._meter is not None:
            self._meter.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            self._row.addWidget(self._meter)
        self._own.setVisible(bool(row.own))
        self._own.set_text(_(row.own_title) if row.own else "")
        self._offer.show_words(_("No board yet"), _(row.waits))

    def show_words(self, title: str, why: str, *, offers: bool) -> None:
        self._offer.setVisible(offers)
        self._plain.setVisible(not offers)
        self._plain.show_words(title, why)


class _Well(QWidget):
    def paintEvent(self, event: QPaintEvent) -> None:
        draw_well(QPainter(self), self.rect().adjusted(gutter(), 0, -1, 0))


class _Numbers(QWidget):
    """What the view says of its source, in words and figures."""

    def __init__(self) -> None:
        super().__init__()
        self._figures: list[Figure] = []
        self._live = True
        self.setFixedHeight(px(30))
        self.setAccessibleName(_("Figures"))

    def show_figures(self, figures: Sequence[Figure], *, live: bool) -> None:
        if (list(figures), live) == (self._figures, self._live):
            return
        self._figures, self._live = list(figures), live
        self.setAccessibleDescription(", ".join(f"{each.name} {each.value}" for each in figures))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        x = float(gutter())
        words, figure = theme.font(), theme.font(theme.BODY, theme.TITLE)
        for each in self._figures:
            width = text_width(words, each.name) + 7 + text_width(figure, each.value)
            if x + width > self.width():
                return
            draw_text(painter, QRectF(x, px(6), width, px(20)), each.name, role="muted")
            left = x + text_width(words, each.name) + 7
            ink = each.role if self._live else "muted"
            draw_text(painter, QRectF(left, px(6), width, px(20)), each.value, role=ink, weight=theme.TITLE)
            x += width + 18
