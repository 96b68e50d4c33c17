"""What is recorded beside what the project senses: its rows under the traces, and the menu that adds one."""

import time
from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QHBoxLayout, QMenu, QVBoxLayout, QWidget

from studio.capture.link_state import LinkState
from studio.core.samples import CAMERA, KINDS
from studio.core.text import gettext as _
from studio.ui import theme
from studio.ui.bridge import when_done
from studio.ui.controls import Button, Chip, Elided
from studio.ui.hearing import Heard, Wanted
from studio.ui.link_signs import link_sign
from studio.ui.pages.collect_kinds import SENSORS
from studio.ui.pages.collect_views import SourceView
from studio.ui.pages.hears import hears_menu, playing
from studio.ui.theme import px
from studio.ui.widgets.live_stream import LiveMark

if TYPE_CHECKING:
    from studio.boards.registry import BoardInReach
    from studio.capture.source import Origin
    from studio.ui.session import Session

LEAST = {"imu": 176, "camera": 120}  # px of a row's view, by what it senses
LEAST_TRACES = 110
PICTURES_WIDTH = 220  # px of the cameras' column
LOOK_S = 3.0  # for boards, when the menu is opened


def title_of(wanted: Wanted, sensed: str) -> str:
    """What is recorded from, for people: "Motion, Arduino Nano 33 BLE Sense (virtual)". sensed: the project's kind."""
    from studio.boards.address import parse_address
    from studio.boards.board_table import load_boards

    row = SENSORS[wanted.kind or sensed]
    if row.own and wanted.address.partition(":")[0] == row.own:
        return _(row.own_title)
    address = parse_address(wanted.address)
    board = load_boards().get(address.target) if address.scheme == "virtual" else None
    name = address.named if board is None else _("{name} (virtual)").format(name=board.name)
    return f"{_(row.title)}, {name}"


class BesideRow(QWidget):
    """One source: its name, how its link is, what it has lost, a button that leaves it out, and what runs in it."""

    left_out = Signal()

    def __init__(self, title: str) -> None:
        super().__init__()
        self.title = title
        self.view: SourceView | None = None
        self.origin: Origin | None = None  # of what the view shows
        self._gone_s: float | None = None
        self._state: LinkState | None = None
        head = QHBoxLayout()
        head.setContentsMargins(0, 0, 0, 0)
        head.setSpacing(8)
        name = Elided(title, weight=theme.TITLE)
        name.setToolTip(title)
        self.chip = Chip()
        self.figures = Elided("", role="muted")
        self.remove = Button("", "cross", "ghost", name=_("Leave out {source}").format(source=title), slim=True)
        self.remove.setToolTip(self.remove.accessibleName())
        self.remove.clicked.connect(self.left_out)
        head.addWidget(name, 2)
        head.addWidget(self.chip)
        head.addWidget(self.figures, 1)
        head.addWidget(self.remove)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 6, 0, 0)
        self._column.setSpacing(2)
        self._column.addLayout(head)
        self.setAccessibleName(title)

    def begin(self, origin: "Origin") -> None:
        """The source is there."""
        self.origin = origin
        form = origin.format
        if self.view is not None:
            self.view.hide()
            self.view.deleteLater()
        row = SENSORS[form.kind.name]
        self.view = row.view(form, _(row.title))
        self.view.show_compact()
        self.view.setMinimumHeight(px(LEAST.get(form.kind.name, LEAST_TRACES)))
        self._column.addWidget(self.view, 1)

    def show_state(self, heard: Heard) -> None:
        state = heard.hearing.state
        away = state in (LinkState.LOST, LinkState.RECONNECTING)
        if not away:
            self._gone_s = None
        elif self._gone_s is None:
            self._gone_s = time.monotonic()
        self._state = state
        problem = heard.hearing.problem
        self.chip.setToolTip("" if problem is None else f"{problem} {problem.advice()}")
        self._show_chip()
        if not away and self.view is not None and self.view.stream.ended_at is not None:
            self.view.stream.set_ended(None)

    def draw(self, heard: Heard, recording_from: int | None) -> None:
        """What has come since the last frame. recording_from: of its stream, while a take is on."""
        items = heard.take_items()
        if self.view is None:
            return
        if items:
            self.view.hear(items)
        stream = self.view.stream
        if stream.recording_from != recording_from:
            stream.set_recording(recording_from)
        if self._gone_s is not None:
            if stream.ended_at is None:
                stream.set_ended(stream.end)
                self.view.rest()
            stream.wait(time.monotonic() - self._gone_s)

    def tell(self, heard: Heard) -> None:
        """A few times a second."""
        lost = _("{lost:,} of {seen:,} samples lost").format(lost=heard.lost, seen=heard.seen) if heard.seen else ""
        self.figures.set_text(lost)
        self._show_chip()

    def mark(self, marks: Sequence[LiveMark]) -> None:
        if self.view is not None:
            self.view.stream.set_marks(marks)

    def _show_chip(self) -> None:
        if self._state is not None:
            away_s = None if self._gone_s is None else time.monotonic() - self._gone_s
            shown = link_sign(self._state, away_s)
            if shown[0] != self.chip.text:
                self.chip.show_state(*shown)


class BesideRows(QObject):
    """A row for each source beside the first one, in the order in which they were added: `traces` go below the first
    one's, on the same axis of time, `pictures` to its right.
    """

    left_out = Signal(object)  # Wanted

    def __init__(self) -> None:
        super().__init__()
        self.rows: dict[Wanted, BesideRow] = {}
        self.traces, self.pictures = QWidget(), QWidget()
        self.pictures.setFixedWidth(theme.column(PICTURES_WIDTH))
        for holder in (self.traces, self.pictures):
            column = QVBoxLayout(holder)
            column.setContentsMargins(0, 0, 0, 0)
            column.setSpacing(4)
            holder.hide()

    def show_sources(self, wanted: Sequence[Wanted], sensed: str) -> None:
        for gone in [each for each in self.rows if each not in wanted]:
            row = self.rows.pop(gone)
            row.hide()
            row.setParent(None)
            row.deleteLater()
        for each in wanted:
            if each not in self.rows:
                row = self.rows[each] = BesideRow(title_of(each, sensed))
                row.left_out.connect(partial(self.left_out.emit, each))
                home = self.pictures if (each.kind or sensed) == CAMERA.name else self.traces
                layout = home.layout()
                assert layout is not None  # noqa: S101  it was made with one
                layout.addWidget(row)
        for holder in (self.traces, self.pictures):
            holder.setVisible(any(row.parent() is holder for row in self.rows.values()))

    def row_of(self, heard: Heard) -> BesideRow | None:
        return self.rows.get(heard.wanted)


class BesideMenu(QObject):
    """What can be recorded too: asked for from the ports and the air, off the GUI thread, when the menu is opened."""

    chosen = Signal(object)  # Wanted

    def __init__(self, session: "Session", button: Button, parent: QWidget) -> None:
        super().__init__(parent)
        self._session, self._button, self._page = session, button, parent
        self._taken: Sequence[Wanted] = ()

    def open(self, taken: Sequence[Wanted], sensed: str) -> None:
        """taken: sources that are heard already, of which a board gives one sensor at a time."""
        self._taken = taken

        def look() -> "Sequence[BoardInReach]":
            from studio.boards.registry import Lookout

            return Lookout().look(LOOK_S).boards

        menu = QMenu(self._page)
        menu.setToolTipsVisible(True)
        self._fill_own(menu, sensed)
        menu.addSeparator()
        waiting = menu.addAction(_("Looking for boards…"))
        waiting.setEnabled(False)
        menu.popup(self._button.mapToGlobal(self._button.rect().bottomLeft()))

        def found(boards: "Sequence[BoardInReach]") -> None:
            menu.removeAction(waiting)
            self._fill_boards(menu, boards)
            if menu.isVisible():
                menu.adjustSize()

        when_done(self._session.in_background(look), found, owner=menu, failed=self._session.fail)

    def _fill_own(self, menu: QMenu, sensed: str) -> None:
        for kind, row in SENSORS.items():
            if row.own:
                kept = "" if kind == sensed else kind
                wanted = Wanted(row.own, kept)
                taken = any(each.address.partition(":")[0] == row.own for each in self._taken)
                action = menu.addAction(_(row.own_title))
                action.setEnabled(not taken)
                action.triggered.connect(partial(self._choose, wanted))

    def _fill_boards(self, menu: QMenu, boards: "Sequence[BoardInReach]") -> None:
        from studio.boards.address import parse_address
        from studio.boards.board_table import load_boards

        in_use = {parse_address(each.address).named for each in self._taken if not _is_own(each.address)}
        rows = load_boards()
        for board in boards:
            row = rows.get(board.address.target) if board.address.scheme == "virtual" else None
            row = row or next((each for each in rows.values() if each.name == board.name), None)
            virtual = board.address.scheme == "virtual"
            name = _("{name} (virtual)").format(name=board.name) if virtual else board.name
            below = menu.addMenu(name)
            if not virtual and board.address.named in in_use:  # there may be several virtual ones of a kind
                below.setEnabled(False)
                below.setTitle(_("{name}: in use, and gives one sensor at a time").format(name=name))
                continue
            for kind in KINDS if row is None else row.rates:
                words = _(SENSORS[kind].title)
                if virtual:
                    take = partial(self._choose_playing, str(board.address), kind)
                    plays = hears_menu(self._page, self._session, take, kind)
                    plays.setTitle(words)
                    below.addMenu(plays)
                else:
                    below.addAction(words).triggered.connect(partial(self._choose, Wanted(str(board.address), kind)))

    def _choose_playing(self, address: str, kind: str, plays: str) -> None:
        self._choose(Wanted(playing(address, plays), kind))

    def _choose(self, wanted: Wanted, _checked: bool = False) -> None:  # noqa: FBT001, FBT002  as triggered gives it
        self.chosen.emit(wanted)


def _is_own(address: str) -> bool:
    return any(row.own and address.partition(":")[0] == row.own for row in SENSORS.values())


def wanted_of(place: Mapping[str, object]) -> list[Wanted]:
    """As a project's place remembers them; what makes no sense is left out."""
    kept = place.get("beside")
    found = []
    for each in kept if isinstance(kept, list) else ():
        match each:
            case [str(address), str(kind)] if address and kind in ("", *KINDS):
                found.append(Wanted(address, kind))
    return found
