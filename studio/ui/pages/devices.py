"""Devices: the boards in reach, what they sense, which model they hold; and a doctor for the one that is not there."""

import time
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLineEdit, QScrollArea, QVBoxLayout, QWidget

from studio.boards.doctor import Finding, first_finding, reach
from studio.capture.link_state import LinkState
from studio.core.errors import StudioError
from studio.core.signal import Signal as Headless
from studio.core.text import gettext as _
from studio.ui import theme
from studio.ui.bridge import on_gui_thread, when_done
from studio.ui.controls import Button, Elided, Label
from studio.ui.link_signs import link_sign
from studio.ui.pages.devices_card import LEAST, BoardCard, Shown
from studio.ui.pages.devices_details import BoardDetails
from studio.ui.pages.devices_doctor import Doctor
from studio.ui.pages.devices_pair import PairPanel
from studio.ui.pages.hears import hears_menu, played_by, playing
from studio.ui.pages.page import Page, Shell
from studio.ui.theme import px

if TYPE_CHECKING:
    from studio.boards.board_table import BoardRow
    from studio.boards.registry import Lookout, Search
    from studio.dataset.edits import Touched
    from studio.dataset.project import Project

LOOK_EVERY_MS = 3_000
AWAY_EVERY_MS = 1_000  # for how long a board is lost is told so often
NEWEST = 200  # recordings among which the last of a board is looked for
MICROPHONE = "microphone"  # what is needed as long as no project says
LOW = 560  # px of height: the doctor is scrolled to


class DevicesPage(Page):
    """It looks at the ports and into the air every few seconds while it is shown, on a thread."""

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        self._boards: list[Shown] = []
        self._tried: list[Shown] = []  # which answered the doctor, and which no search finds
        self._chosen = ""
        self._sensor = MICROPHONE  # the kind that the project needs
        self._hears: dict[str, str] = {}  # what a virtual board plays, by its plain address
        self._lost: dict[str, float] = {}  # since when, by plain address, on the monotonic clock
        self._focus_due = True  # of the first card, once there is one, for whoever goes on by keys
        self._looking = False
        self._lookout: Lookout | None = None  # made by the first look: it brings NumPy
        self._use = Button(_("Use this board"), "tick", "primary", key=shell.commands.key("devices.use"))
        self._use.clicked.connect(lambda: shell.commands.run("devices.use"))
        self.header = [self._use]
        self._pair = PairPanel(self.session, shell.commands.key("devices.compare"))
        self._details = BoardDetails(shell.commands.key("devices.hears"), self._pair)
        self._details.hears_asked.connect(lambda: shell.commands.run("devices.hears"))
        self.inspector = self._details
        self.inspector_gives_way = True
        self._outside = outside = QVBoxLayout(self)
        outside.setContentsMargins(0, 0, 0, 0)
        outside.setSpacing(0)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        outside.addWidget(area, 1)
        holder = QWidget()
        holder.setObjectName("page")
        area.setWidget(holder)
        self._column = column = QVBoxLayout(holder)
        column.setContentsMargins(24, 18, 24, 18)
        column.setSpacing(12)
        head = QHBoxLayout()
        head.addWidget(Label(_("In reach"), weight=theme.TITLE))
        self._count = Elided(role="muted")
        head.addWidget(self._count, 1)
        self._again = Button(_("Look again"), kind="link")
        self._again.clicked.connect(lambda: shell.commands.run("devices.look"))
        head.addWidget(self._again)
        column.addLayout(head)
        self._grid = QGridLayout()
        self._grid.setSpacing(14)
        column.addLayout(self._grid)
        self._silent = QVBoxLayout()
        column.addLayout(self._silent)
        column.addStretch(1)
        self._doctor = Doctor()
        self._doctor.tried.connect(self._reach)
        outside.addWidget(self._doctor)
        self._columns = 0
        self._findings: Headless[Finding] = Headless()
        on_gui_thread(self._findings, self._doctor.show_finding, owner=self)
        on_gui_thread(self.session.board_changed, lambda _address: self._board_changed(), owner=self)
        on_gui_thread(self.session.links_changed, self._links_changed, owner=self, latest=True)
        on_gui_thread(self.session.catalogue_changed, self._catalogue_changed, owner=self, latest=True)
        self._clock = QTimer(self, interval=LOOK_EVERY_MS)
        self._clock.timeout.connect(lambda: self._look(anew=False))
        self._away = QTimer(self, interval=AWAY_EVERY_MS)
        self._away.timeout.connect(self._show)
        bind = shell.commands.bind
        bind("devices.use", self._use_chosen, enabled=self._can_use)
        bind("devices.look", self._look)
        bind("devices.hears", self._choose_sound, enabled=lambda: self._details.is_virtual)
        bind("devices.compare", self._pair.compare, enabled=lambda: self._pair.can_compare)
        bind("devices.address", self._doctor.focus_field)
        self._cards: dict[str, BoardCard] = {}

    def shown(self) -> None:
        self._look()
        self._look_up_drift()
        self._clock.start()

    def hidden(self) -> None:
        self._focus_due = False  # or what is found later takes it from the page that is shown
        self._clock.stop()
        self._away.stop()

    def project_changed(self, project: "Project | None") -> None:
        self._sensor = MICROPHONE if project is None else project.settings.sensor.kind
        self._show()
        self._look_up_drift()

    def place(self) -> dict[str, Any]:
        return {"chosen": self._chosen, "hears": self._hears}

    def restore(self, place: dict[str, Any]) -> None:
        hears = place.get("hears")
        self._hears = {str(k): str(v) for k, v in hears.items()} if isinstance(hears, dict) else {}
        self._chosen = str(place.get("chosen", self._chosen))
        self._board_changed()

    def first_focus(self) -> QWidget | None:
        self._focus_due = not self._cards
        return self._cards.get(self._chosen) or next(iter(self._cards.values()), None)

    # Looking

    def _look(self, *, anew: bool = True) -> None:
        if self._looking:
            return
        self._looking = True
        forget = anew and self._lookout is not None  # whoever asks again wants what is there now

        def find() -> "tuple[Search, dict[str, BoardRow]]":
            from studio.boards.board_table import load_boards
            from studio.boards.registry import Lookout

            self._lookout = self._lookout or Lookout()
            return self._lookout.look(anew=anew), load_boards()

        found = partial(self._found, forget=forget)
        when_done(self.session.in_background(find), found, owner=self, failed=self._not_found)

    def _found(self, found: "tuple[Search, dict[str, BoardRow]]", *, forget: bool) -> None:
        self._looking = False
        search, rows = found
        boards = []
        for board in search.boards:
            address = board.address
            row = rows.get(address.target) if address.scheme == "virtual" else None
            row = row or next((r for r in rows.values() if r.name == board.name), None)
            name = row.name if row is not None and address.scheme == "virtual" else board.name
            boards.append(Shown(str(address), name, address.scheme, address.target, board.image, row))
        boards.sort(key=_is_for_tests)
        in_reach = {board.address for board in boards}
        boards = [*(board for board in self._tried if board.address not in in_reach), *boards]
        boards = [*self._gone({board.address for board in boards}, forget=forget), *boards]
        self._show_silent(search.silent, search.radio)
        if boards != self._boards:
            self._boards = boards
            if self._chosen not in {board.address for board in boards} and boards:
                self._chosen = boards[0].address
            self._rebuild()
        self._show()

    def _not_found(self, error: StudioError) -> None:
        self._looking = False
        self.session.fail(error)

    def _gone(self, in_reach: set[str], *, forget: bool) -> list[Shown]:
        """The boards that were in reach and are no more: they stay until somebody has looked again."""
        for address in in_reach:
            if not self._is_away(address):
                self._lost.pop(address, None)
        if forget:
            self._lost = {address: since for address, since in self._lost.items() if address in in_reach}
            return []
        gone = [board for board in self._boards if board.address not in in_reach]
        for board in gone:
            self._lost.setdefault(board.address, time.monotonic())
        return gone

    def _show_silent(self, sentences: Sequence[str], radio: str) -> None:
        while (item := self._silent.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        for sentence in sentences:
            self._silent.addWidget(Label(sentence, kind="warn", wrap=True))
        if radio:
            self._silent.addWidget(Label(radio, theme.CAPTION, kind="muted", wrap=True))

    # Showing

    def _rebuild(self) -> None:
        focused = next((address for address, card in self._cards.items() if card.hasFocus()), None)
        for card in self._cards.values():
            self._grid.removeWidget(card)
            card.hide()
            card.deleteLater()
        self._cards = {}
        for board in self._boards:
            card = BoardCard(board)
            card.clicked.connect(partial(self._choose, board.address))
            card.used.connect(partial(self.shell.commands.run, "devices.use"))
            self._cards[board.address] = card
        self._arrange(anew=True)
        elsewhere = self.window().focusWidget()
        busy = elsewhere is not None and elsewhere is not self._again and self.isAncestorOf(elsewhere)
        if self._focus_due and not busy and not isinstance(elsewhere, QLineEdit):
            focused = self._chosen
        self._focus_due = self._focus_due and not self._cards
        if focused in self._cards:
            self._cards[focused].show()  # what is not shown yet takes no focus
            self._cards[focused].setFocus()
        self._look_up_drift()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self, *, anew: bool = False) -> None:
        """Two cards beside each other where there is room; the doctor at the foot, or below all that is scrolled."""
        columns = 2 if self.width() >= 2 * px(LEAST) + px(80) else 1
        if anew or columns != self._columns:
            self._columns = columns
            for place, card in enumerate(self._cards.values()):
                self._grid.removeWidget(card)
                self._grid.addWidget(card, place // columns, place % columns)
            for column in range(2):
                self._grid.setColumnStretch(column, 1 if column < columns else 0)
        home = self._outside if self.height() >= px(LOW) else self._column
        if home.indexOf(self._doctor) < 0:
            home.addWidget(self._doctor)

    def _choose(self, address: str, _checked: bool = False) -> None:  # noqa: FBT001, FBT002  as clicked gives it
        self._chosen = address
        self._show()
        self._look_up_drift()

    def _links_changed(self, links: dict[str, LinkState]) -> None:
        """Of what another page listens to, or listened to until it was lost."""
        for address in map(_plain, links):
            if self._is_away(address):
                self._lost.setdefault(address, time.monotonic())
            else:
                self._lost.pop(address, None)
        self._show()

    def _state(self, address: str) -> LinkState | None:
        return next((state for key, state in self.session.links.items() if _plain(key) == address), None)

    def _is_away(self, address: str) -> bool:
        return self._state(address) in (LinkState.LOST, LinkState.RECONNECTING)

    def _link(self, address: str) -> tuple[str, str, str] | None:
        """How a board's link is shown; None where nobody listens to it, and it is in reach."""
        state, since = self._state(address), self._lost.get(address)
        if state is None and since is None:
            return None
        away_s = None if since is None else time.monotonic() - since
        if state is LinkState.RECONNECTING or away_s is None:
            return link_sign(state or LinkState.LOST, away_s)
        _text, icon, tone = link_sign(LinkState.LOST)
        return _("lost {seconds:.0f} s ago").format(seconds=away_s), icon, tone

    def _show(self) -> None:
        count = len(self._boards)
        text = _("1 board") if count == 1 else _("{count} boards").format(count=count)
        self._count.set_text(
            _("{count}; the ports are looked at every 3 s").format(count=text) if count else _("looking")
        )
        used = _plain(self.session.board)
        for address, card in self._cards.items():
            card.show_state(
                chosen=address == self._chosen,
                used=address == used,
                hears=self._hears.get(address, ""),
                sensor=self._sensor,
                link=self._link(address),
            )
        if self._lost and self.isVisible():
            self._away.start()
        else:
            self._away.stop()
        board = next((board for board in self._boards if board.address == self._chosen), None)
        self._details.show_board(board, self._hears.get(self._chosen, ""), self._sensor, self._link(self._chosen))
        if board is None:
            self._pair.show_board("", "", "")
        else:
            self._pair.show_board(self._address_of(board), board.name, self._why_no_pair(board))
        in_use = board is not None and self._address_of(board) == self.session.board
        self._use.set_text(_("In use") if in_use else _("Use this board"))
        self._use.setEnabled(self._can_use())
        self.shell.commands.refresh()

    def _why_no_pair(self, board: Shown) -> str:
        if board.address in self._lost:
            return _("It is lost. Plug it in again, and compare then.")
        if not board.gives(MICROPHONE):
            return _("This board has no microphone.")
        if board.scheme == "virtual" and self._sensor == MICROPHONE and not self._hears.get(board.address):
            return _("It hears silence. Choose above what it senses, and compare then.")
        return ""

    def _catalogue_changed(self, _touched: "Touched") -> None:
        if self.isVisible():
            self._look_up_drift()

    def _look_up_drift(self) -> None:
        """Of the chosen board, by the last recording of it in the project."""
        address = self._chosen
        self._details.show_drift("")
        if self.session.project is not None and address:
            asked = self.session.ask(partial(_drift, address=address))
            when_done(asked, partial(self._drift_found, address), owner=self, failed=lambda _error: None)
        elif address:
            self._details.show_drift(_("not measured"))

    def _drift_found(self, address: str, words: str) -> None:
        if address == self._chosen:
            self._details.show_drift(words)

    def _address_of(self, board: Shown) -> str:
        plays = self._hears.get(board.address, "")
        return playing(board.address, plays) if plays and board.scheme == "virtual" else board.address

    def _can_use(self) -> bool:
        board = next((board for board in self._boards if board.address == self._chosen), None)
        return board is not None and self._address_of(board) != self.session.board

    def _use_chosen(self) -> None:
        self._use_board(self._chosen)

    def _use_board(self, address: str) -> None:
        board = next(board for board in self._boards if board.address == address)
        name = _("{name} (virtual)").format(name=board.name) if board.scheme == "virtual" else board.name
        self.session.choose_board(self._address_of(board), name)
        self._show()

    def _choose_sound(self) -> None:
        menu = hears_menu(self, self.session, partial(self._set_hears, self._chosen), self._sensor)
        menu.popup(self._details.hears.mapToGlobal(self._details.hears.rect().bottomLeft()))

    def _set_hears(self, address: str, plays: str) -> None:
        self._hears[address] = plays
        if _plain(self.session.board) == address:
            self._use_board(address)
        self._show()

    def _board_changed(self) -> None:
        """The one in use plays what the session has it play: another page, or the demo, may have chosen that."""
        plays = played_by(self.session.board)
        if plays is not None:
            self._hears[_plain(self.session.board)] = plays
        self._show()

    def _reach(self, text: str) -> None:
        self._doctor.show_finding(first_finding())

        def work() -> Finding:
            return reach(text, self._findings.emit)

        when_done(self.session.in_background(work), self._reached, owner=self)

    def _reached(self, finding: Finding) -> None:
        self._doctor.show_finding(finding)
        if finding.hello is None:
            return
        from studio.boards.address import parse_address

        address = parse_address(finding.address.strip())
        hello = finding.hello
        if not any(board.address == str(address) for board in self._boards):
            board = Shown(str(address), hello.name, address.scheme, address.target, hello.image, None)
            self._tried.append(board)
            self._boards = [board, *self._boards]
            self._rebuild()
        self._chosen = str(address)
        self._show()


def _drift(project: "Project", *, address: str) -> str:
    """How a board's clock went in the last recording that says so, beside this machine's."""
    from studio.dataset.json_fields import BrokenFile
    from studio.dataset.recordings import read_sidecar, sidecar_path

    for row in project.catalogue.newest(NEWEST):
        if row.source.partition("?")[0] != address.partition("?")[0]:
            continue
        try:
            clock = read_sidecar(sidecar_path(row.path)).clock
        except (BrokenFile, OSError):
            continue
        if clock is not None:
            told = _("{ppm:+.1f} ppm, within {error:.1f} ms")
            return told.format(ppm=-clock.drift_ppm, error=clock.error_us / 1000).replace("-", "\u2212")
    return _("not measured")


def _is_for_tests(board: Shown) -> bool:
    """A board that cannot be bought comes last."""
    return board.row is not None and board.row.mcu == "none"


def _plain(address: str | None) -> str:
    """Without what a virtual board plays; "" for none."""
    return playing(address, "") if address and played_by(address) else address or ""
