"""What is recorded beside what the project senses: its rows under the traces, and the menu that adds one."""

import time
from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QHBoxLayout, QMenu, QVBoxLayout, QWidget

from studio.capture.link_state import LinkState
from studio.core.errors import InvalidInput
from studio.core.samples import CAMERA, KINDS, Item
from studio.core.text import gettext as _
from studio.ui import theme
from studio.ui.bridge import when_done
from studio.ui.controls import Button, Chip, Elided, Label
from studio.ui.heard import Heard, Wanted
from studio.ui.link_signs import link_sign
from studio.ui.pages.collect_kinds import SENSORS
from studio.ui.pages.collect_views import SourceView
from studio.ui.pages.hears import hears_menu, playing

if TYPE_CHECKING:
    from studio.boards.registry import BoardInReach
    from studio.capture.source import Origin
    from studio.ui.session import Session

PICTURES_WIDTH = 220  # px of the cameras' column
LOOK_S = 3.0  # for boards, when the menu is opened


def title_of(wanted: Wanted, sensed: str) -> tuple[str, str]:
    """What is recorded from, for people: what it senses, and where. sensed: the project's kind."""
    from studio.boards.address import parse_address
    from studio.boards.board_table import load_boards

    row = SENSORS[wanted.kind or sensed]
    if _is_own(wanted.address):
        return _(row.title), _("this computer's")
    address = parse_address(wanted.address)
    board = load_boards().get(address.target) if address.scheme == "virtual" else None
    return _(row.title), address.named if board is None else _("{name} (virtual)").format(name=board.name)


class SourceHead(QWidget):
    """Above what runs of a source: what it senses and where, what it has lost, and how its link is."""

    def __init__(self, *buttons: QWidget, narrow: bool = False) -> None:
        """narrow: on two lines."""
        super().__init__()
        self._state: LinkState | None = None
        self._since_s: float | None = None  # when it was lost
        self._title = Label("", weight=theme.TITLE)
        self._where = Elided("", role="muted")
        self._lost = Label("", kind="muted")
        self.chip = Chip()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        row, below = QHBoxLayout(), QHBoxLayout()
        column.addLayout(row)
        for line in (row, below):
            line.setSpacing(8)
        row.addWidget(self._title)
        row.addWidget(self._where)
        if narrow:
            column.addLayout(below)
            below.addWidget(self.chip)
            below.addStretch(1)
            below.addWidget(self._lost)
        else:
            row.addWidget(self._lost)
            row.addWidget(self.chip)
        for button in buttons:
            row.addWidget(button)

    @property
    def away_s(self) -> float | None:
        """For how long it has been lost; None: it is there."""
        return None if self._since_s is None else time.monotonic() - self._since_s

    def show_title(self, title: str, where: str) -> None:
        self._title.setText(title)
        self._where.set_text(where)
        self.setAccessibleName(f"{title}, {where}")

    def show_state(self, heard: Heard) -> None:
        self._state, problem = heard.hearing.state, heard.hearing.problem
        if self._state not in (LinkState.LOST, LinkState.RECONNECTING):
            self._since_s = None
        elif self._since_s is None:
            self._since_s = time.monotonic()
        self.chip.setToolTip("" if problem is None else f"{problem} {problem.advice()}")
        self.tell(heard)

    def tell(self, heard: Heard) -> None:
        """A few times a second."""
        lost = _("{lost:,} lost").format(lost=heard.lost) if heard.seen else ""
        if lost != self._lost.text():
            self._lost.setText(lost)
            self._lost.set_kind("warn" if heard.lost else "muted")
            self._lost.setToolTip(_("{lost:,} of {seen:,} samples").format(lost=heard.lost, seen=heard.seen))
        if self._state is not None:
            shown = link_sign(self._state, self.away_s)
            if shown[0] != self.chip.text:
                self.chip.show_state(*shown)


class BesideRow(QWidget):
    """One source beside the first one: its head, with a button that leaves it out, and what runs in it."""

    left_out = Signal()

    def __init__(self, title: str, where: str, *, narrow: bool) -> None:
        super().__init__()
        self.view: SourceView | None = None
        self.origin: Origin | None = None  # of what the view shows
        leave = _("Leave out {source}").format(source=f"{title}, {where}")
        self.remove = Button("", "cross", "ghost", name=leave, slim=True)
        self.remove.clicked.connect(self.left_out)
        self.head = SourceHead(self.remove, narrow=narrow)
        self.head.show_title(title, where)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(2)
        self._column.addWidget(self.head)
        self.setAccessibleName(f"{title}, {where}")

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
        self.view.show_title("")
        self._column.addWidget(self.view, 1)

    def show_state(self, heard: Heard) -> None:
        self.head.show_state(heard)
        if self.head.away_s is None and self.view is not None and self.view.stream.ended_at is not None:
            self.view.stream.set_ended(None)

    def draw(self, items: Sequence[Item], recording_from: int | None) -> None:
        """items: what has come since the last frame. recording_from: of its stream, while a take is on."""
        if self.view is None:
            return
        if items:
            self.view.hear(items)
        stream = self.view.stream
        if stream.recording_from != recording_from:
            stream.set_recording(recording_from)
        away_s = self.head.away_s
        if away_s is not None:
            if stream.ended_at is None:
                stream.set_ended(stream.end)
                self.view.rest()
            stream.wait(away_s)


class BesideRows(QObject):
    """A row for each source beside the first one, in the order in which they were added: `traces` go below the first
    one's, on the same axis of time, `pictures` to its right.
    """

    left_out = Signal(object)  # Wanted
    changed = Signal()  # there are more rows, or fewer, or another view in one of them

    def __init__(self) -> None:
        super().__init__()
        self.rows: dict[Wanted, BesideRow] = {}
        self.traces, self.pictures = QWidget(), QWidget()
        self.pictures.setFixedWidth(theme.column(PICTURES_WIDTH))
        self._traces, self._pictures = QVBoxLayout(self.traces), QVBoxLayout(self.pictures)
        for holder, column in ((self.traces, self._traces), (self.pictures, self._pictures)):
            column.setContentsMargins(0, 0, 0, 0)
            column.setSpacing(8)
            holder.hide()
        self._pictures.addStretch(1)

    def show_sources(self, wanted: Sequence[Wanted], sensed: str) -> None:
        for gone in [each for each in self.rows if each not in wanted]:
            row = self.rows.pop(gone)
            row.hide()
            row.setParent(None)
            row.deleteLater()
        for each in wanted:
            if each not in self.rows:
                sees = (each.kind or sensed) == CAMERA.name
                row = self.rows[each] = BesideRow(*title_of(each, sensed), narrow=sees)
                row.left_out.connect(partial(self.left_out.emit, each))
                if sees:
                    self._pictures.insertWidget(self._pictures.count() - 1, row)
                else:
                    self._traces.addWidget(row, 1)
        for holder in (self.traces, self.pictures):
            holder.setVisible(any(row.parent() is holder for row in self.rows.values()))
        self.changed.emit()

    def begin(self, heard: Heard, origin: "Origin") -> None:
        """A source is there."""
        row = self.rows.get(heard.wanted)
        if row is not None and row.origin is not origin:
            row.begin(origin)
            self.changed.emit()

    def traced(self) -> list[SourceView]:
        """Views below the first source's, from above to below."""
        return [row.view for row in self.rows.values() if row.view is not None and row.parent() is self.traces]

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
            case [str(address), str(kind)] if kind in ("", *KINDS) and _can_be(address):
                found.append(Wanted(address, kind))
    return list(dict.fromkeys(found))


def _can_be(address: str) -> bool:
    from studio.boards.address import parse_address

    if not _is_own(address):
        try:
            parse_address(address)
        except InvalidInput:
            return False
    return True
