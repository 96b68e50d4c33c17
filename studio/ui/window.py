"""The window: title row, rail, pages with their header and inspector, notices, strip. It holds the session's view."""

import contextlib
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QByteArray, QEvent, QObject, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QKeyEvent, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QMainWindow,
    QMenu,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)
from shiboken6 import isValid

from studio.core.job import Job
from studio.core.settings import save_setting
from studio.core.text import gettext as _
from studio.ui import places, theme
from studio.ui.bridge import on_gui_thread
from studio.ui.class_styles import use_classes
from studio.ui.commands import Commands
from studio.ui.controls import Ground
from studio.ui.focus import focus_on, next_in_reading
from studio.ui.header import Header
from studio.ui.icons import icon
from studio.ui.learn import LearnPanel
from studio.ui.notices import Notices
from studio.ui.page_holder import PageHolder
from studio.ui.pages.page import Page
from studio.ui.pages.rows import PAGES, START, START_ROW
from studio.ui.panels import Panels
from studio.ui.progress import PageState
from studio.ui.rail import Rail
from studio.ui.session import History, Notice, Session
from studio.ui.strip import Strip
from studio.ui.text_size import TextSize
from studio.ui.title_row import TitleRow

if TYPE_CHECKING:
    from studio.dataset.project import Project
    from studio.ui.palette import Palette

LOOK_EVERY_MS = 10_000  # at the disk
SMALLEST = QSize(1000, 600)
USUAL = QSize(1440, 900)
NARROW_BELOW = 1150  # px of width at 100 % of text: the rail folds by itself
ROOMY = QSize(1200, 800)  # likewise: in less an inspector that gives way is closed, until somebody opens it


class MainWindow(QMainWindow):
    """`painted` comes once, after the first paint; only then does anything slow begin."""

    painted = Signal()

    def __init__(self, session: Session, folder: Path | None = None) -> None:
        super().__init__()
        self.session = session
        self.commands = Commands(self, self.show_page)
        self._rows = {row.name: row for row in (START_ROW, *PAGES)}
        self._pages: dict[str, Page] = {}
        self._page = ""
        self._folder = folder
        self._place: dict[str, Any] = places.load_place(folder)
        use_classes([])
        self._was_painted = False
        self._text = TextSize(self)
        self.opens_again = False  # once it is closed: whoever opened it looks
        self._panels = Panels(self, self._text.choose)
        self.setWindowTitle("TinyML Studio")
        self.setMinimumSize(SMALLEST)
        self.setAcceptDrops(True)
        self._build()
        self._bind()
        self._listen()
        self._restore_window()
        self._title.show_project(folder.name if folder is not None else "")
        self._dress()
        self.show_page(self._first_page())

    # Building

    def _build(self) -> None:
        self._title = TitleRow(self.commands)
        self._title.project_menu_asked.connect(self._open_menu)
        self._rail = Rail(PAGES)
        self._rail.page_chosen.connect(self.show_page)
        self._rail.fold_asked.connect(lambda: self.commands.run("rail"))
        self._header = Header()
        self._stack = QStackedWidget()
        self._inspector = QFrame()
        self._inspector.setObjectName("inspector")
        self._inspector.setFixedWidth(theme.px(theme.INSPECTOR))
        self._inspector.setAccessibleName(_("Inspector"))
        self._inspector_box = QVBoxLayout(self._inspector)
        self._inspector_box.setContentsMargins(0, 0, 0, 0)
        self._notices = Notices()
        self._notices.changed.connect(self.commands.refresh)
        self._strip = Strip()
        self._strip.board_opened.connect(lambda: self.show_page("devices"))
        self._strip.disk_opened.connect(self.session.refresh)
        self._strip.jobs_opened.connect(lambda: self.commands.run("jobs"))
        self._strip.cancel_asked.connect(lambda: self.commands.run("jobs.cancel"))
        content = QHBoxLayout()
        content.setSpacing(0)
        content.addWidget(self._stack, 1)
        content.addWidget(self._inspector)
        self._learn = LearnPanel(self.session, lambda name: _(self._rows[name].title), self._show_learn)
        content.addWidget(self._learn)
        right = QVBoxLayout()
        right.setSpacing(0)
        right.addWidget(self._header)
        right.addLayout(content, 1)
        middle = QHBoxLayout()
        middle.setSpacing(0)
        middle.addWidget(self._rail)
        middle.addLayout(right, 1)
        frame = self._frame = _Frame()
        frame.painted.connect(self._after_first_paint, Qt.ConnectionType.QueuedConnection)
        whole = QVBoxLayout(frame)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(self._title)
        whole.addLayout(middle, 1)
        whole.addWidget(self._notices)
        whole.addWidget(self._strip)
        self.setCentralWidget(frame)
        frame.setFocus()

    def _bind(self) -> None:
        bind, session = self.commands.bind, self.session
        bind("palette", self._panels.open_palette)
        bind("keys", self._panels.open_keys)
        bind("undo", session.undo, enabled=lambda: session.history.undo is not None)
        bind("redo", session.redo, enabled=lambda: session.history.redo is not None)
        bind("project.new", self._new_project)
        bind("project.open", self._ask_for_project)
        bind("project.close", session.close_project, enabled=lambda: session.project is not None)
        bind("demo", self._start_demo)
        bind("theme", self._switch_theme)
        bind("text.larger", partial(self._text.step, 1), enabled=self._text.can_grow)
        bind("text.smaller", partial(self._text.step, -1), enabled=self._text.can_shrink)
        bind("text.usual", partial(self._text.choose, 100), enabled=lambda: self._text.wanted != 100)
        bind("settings", self._panels.open_settings)
        bind("inspector", self._switch_inspector, enabled=self._has_inspector)
        bind("learn", self._learn.switch, enabled=lambda: self._page != START)
        bind("rail", self._switch_rail)
        bind("jobs", self._panels.open_jobs)
        bind("jobs.cancel", self._cancel_jobs, enabled=lambda: bool(session.jobs))
        bind("notice.act", self._notices.act, enabled=lambda: bool(self._notices.notice and self._notices.notice.acts))
        bind("notice.close", self._notices.dismiss, enabled=lambda: self._notices.notice is not None)
        bind("report", self._copy_report)
        bind("quit", self.close)
        for name in self._rows:
            bind(f"page.{name}", partial(self.show_page, name, by_key=True))

    def _listen(self) -> None:
        session = self.session
        on_gui_thread(session.project_changed, self._project_changed, owner=self)
        on_gui_thread(session.states_changed, self._show_states, owner=self, latest=True)
        on_gui_thread(session.history_changed, self._history_changed, owner=self, latest=True)
        on_gui_thread(session.board_changed, lambda _address: self._save_place(), owner=self)  # a kill forgets no board
        on_gui_thread(session.status_changed, self._strip.show_board, owner=self, latest=True)
        on_gui_thread(session.jobs_changed, self._jobs_changed, owner=self, latest=True)
        on_gui_thread(session.disk_changed, self._strip.show_disk, owner=self, latest=True)
        on_gui_thread(session.noticed, self._notices.add, owner=self)
        on_gui_thread(session.settled, self._notices.withdraw, owner=self)
        theme.current().changed.connect(self._dress)
        application = QApplication.instance()
        assert isinstance(application, QApplication)  # noqa: S101  or there could be no window
        application.focusChanged.connect(self._watch_focus)
        clock = QTimer(self, interval=LOOK_EVERY_MS)
        clock.timeout.connect(session.refresh)
        clock.start()

    def _dress(self) -> None:
        self.setWindowIcon(icon("app", "accent"))

    # Pages

    def page(self, name: str) -> Page:
        """The page, made if this is the first time."""
        if name not in self._pages:
            made = self._rows[name].make(self)
            self._pages[name] = made
            self._header.take(name, made.header)
            if made.inspector is not None:
                made.inspector.setParent(self._inspector)
            self._stack.addWidget(holder := PageHolder())
            holder.hold(made)  # now: each time that a page comes into another widget, all of it is styled anew
            made.project_changed(self.session.project)
            made.restore(self._place.get("pages", {}).get(name, {}))
        return self._pages[name]

    def show_page(self, name: str, *, by_key: bool = False, place: dict[str, Any] | None = None) -> None:
        """Brings a page to the front. by_key: the focus goes to where its work begins. place: what it shows there."""
        if name in self._rows and name != self._page:
            self._bring_to_front(name, by_key=by_key)
        if name in self._rows and place is not None:
            self._pages[name].restore(place)

    def _bring_to_front(self, name: str, *, by_key: bool) -> None:
        if self._page:
            left, focused = self._pages[self._page], self.focusWidget()
            left.hidden()
            if focused is not None and left.isAncestorOf(focused):
                self._frame.setFocus()  # or Qt gives it to whatever button is next, which Space would press
        page = self.page(name)
        self._page = name
        row = self._rows[name]
        started = name != START
        self._rail.setVisible(started)
        self._header.setVisible(started)
        self._rail.choose(name)
        self._header.show_page(name, _(row.title), page.sentence or _(row.sentence))
        self._stack.setCurrentIndex(list(self._pages).index(name))
        self._learn.show_page(name)
        self._fill_inspector(page)
        self.commands.refresh(name)
        if self._was_painted:
            page.shown()
        focus = page.first_focus() if by_key else None
        if focus is not None:
            focus.setFocus(Qt.FocusReason.ShortcutFocusReason)

    @property
    def folder(self) -> Path | None:
        """Of the project, also when the window is closed."""
        return self._folder

    @property
    def page_name(self) -> str:
        """Of the page in front."""
        return self._page

    def _first_page(self) -> str:
        if self._folder is None:
            return START
        remembered = str(self._place.get("page", ""))
        return remembered if remembered in self._rows and remembered != START else PAGES[0].name

    def _fill_inspector(self, page: Page) -> None:
        while (item := self._inspector_box.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
        if page.inspector is not None:
            self._inspector_box.addWidget(page.inspector)
            page.inspector.show()
        self._title.show_inspector_button(page.inspector is not None)
        self._show_inspector_if_wanted()

    def show_inspector(self, shown: bool) -> None:  # noqa: FBT001
        self._place["inspector_closed"] = not shown
        self._inspector.setVisible(shown and self._has_inspector())

    def _show_inspector_if_wanted(self) -> None:
        small = self._room() < theme.px(ROOMY.width()) or self.height() < theme.px(ROOMY.height())
        closed = small and bool(self._page) and self._pages[self._page].inspector_gives_way
        self._inspector.setVisible(self._has_inspector() and not self._place.get("inspector_closed", closed))

    def _show_learn(self, shown: bool) -> None:  # noqa: FBT001
        self._title.show_learn(shown)
        self._fit_rail()
        self._show_inspector_if_wanted()

    def _room(self) -> int:
        """Px of the width that Learn leaves."""
        return self.width() - (self._learn.width() if self._learn.isVisibleTo(self) else 0)

    def _fit_rail(self) -> None:
        narrow = self._room() < theme.px(NARROW_BELOW) or bool(self._place.get("rail_narrow", False))
        if narrow != self._rail.narrow:
            self._rail.set_narrow(narrow)

    def _has_inspector(self) -> bool:
        return bool(self._page) and self._pages[self._page].inspector is not None

    def _switch_inspector(self) -> None:
        self.show_inspector(not self._inspector.isVisible())

    def _switch_rail(self) -> None:
        self._place["rail_narrow"] = not self._rail.narrow
        self._rail.set_narrow(not self._rail.narrow)

    # What the session says

    def notify(self, notice: Notice) -> None:
        self._notices.add(notice)

    @property
    def notices(self) -> Notices:
        return self._notices

    def _project_changed(self, project: "Project | None") -> None:
        self._save_place()
        self._folder = project.folder if project is not None else None
        window = {key: value for key, value in self._place.items() if key in ("geometry", "rail_narrow")}
        self._place = {**places.load_place(self._folder), **window}
        template = project.settings.template if project is not None else ""
        use_classes(self.session.class_order, self.session.note_classes, template)
        self._title.show_project(project.settings.name if project is not None else "")
        self.setWindowTitle(f"{project.settings.name} – TinyML Studio" if project is not None else "TinyML Studio")
        for name, page in self._pages.items():
            page.project_changed(project)
            page.restore(self._place.get("pages", {}).get(name, {}))
        if project is None:
            self.show_page(START)
        else:
            self._remember(project)
            if (board := self._board_place()) and self.session.board is None:
                self.session.choose_board(board.get("address"), str(board.get("name", "")))
            if self._page in ("", START):
                self.show_page(self._first_page())
        self.commands.refresh()

    def _history_changed(self, history: History) -> None:
        self._title.show_history(history)
        self.commands.refresh()

    def _jobs_changed(self, _job: Job[Any]) -> None:
        self._strip.show_jobs(list(self.session.jobs))
        self._panels.refresh_jobs()
        self.commands.refresh()

    def _show_states(self, states: dict[str, PageState]) -> None:
        self._rail.show_states(states)
        if self.session.project is not None:
            self._remember(self.session.project)  # its classes and its board may be others now

    def _board_place(self) -> dict[str, Any]:
        """The board that the project was used with last."""
        board = self._place.get("board")
        return board if isinstance(board, dict) else {}

    def _remember(self, project: "Project") -> None:
        """Puts it at the head of Start's list, with its class balance."""
        board = self.session.board_name or str(self._board_place().get("name", ""))

        def keep(opened: "Project") -> None:
            counts = {label: n for label, n in opened.catalogue.label_counts().items() if label is not None}
            settings = opened.settings
            places.remember_recent(
                places.Recent(str(opened.folder), settings.name, time.time(), settings.template, board, counts)
            )

        self.session.ask(keep)

    # Commands

    def _open_menu(self) -> None:
        menu = QMenu(self)
        for name in ("project.new", "project.open"):
            menu.addAction(self.commands.action(name))
        recent = [row for row in places.load_recent() if Path(row.folder) != self._folder][:6]
        if recent:
            menu.addSeparator()
        for row in recent:
            action = menu.addAction(row.name)
            action.triggered.connect(lambda _checked=False, row=row: self.session.open(Path(row.folder)))
        menu.addSeparator()
        for name in ("project.close", "page.start", "keys", "report", "quit"):
            menu.addAction(self.commands.action(name))
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        place = self._title.menu_place
        menu.popup(place.mapToGlobal(place.rect().bottomLeft()))

    def _new_project(self) -> None:
        self.show_page(START)
        page = self._pages[START]
        focus = page.first_focus()
        if focus is not None:
            focus.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _ask_for_project(self) -> None:
        chosen = QFileDialog.getExistingDirectory(self, _("Open a project"), str(self._folder or Path.home()))
        if chosen:
            self.session.open(Path(chosen))

    def _start_demo(self) -> None:
        from studio.ui.demo import start_demo

        start_demo(self.session, self.commands, self.show_page, self)

    def _switch_theme(self) -> None:
        choice = theme.Choice.LIGHT if theme.current().is_dark else theme.Choice.DARK
        save_setting("theme", choice.value)
        theme.current().choose(choice)

    def open_again(self) -> None:
        """Closes it, for another to be opened in its place."""
        self.opens_again = True
        self.close()

    def _cancel_jobs(self) -> None:
        if self.session.jobs:
            self.session.jobs[-1].cancel()

    def _copy_report(self) -> None:
        from studio.ui.report import report

        QApplication.clipboard().setText(report())
        self.notify(
            Notice(_("The report is copied."), _("Versions and the end of the log; no samples, no names."), "ok")
        )

    def palette_panel(self) -> "Palette":
        return self._panels.made_palette()

    # Places

    def _restore_window(self) -> None:
        place = self._place if "geometry" in self._place else places.load_place(None)
        self.resize(USUAL)
        geometry = place.get("geometry")
        if isinstance(geometry, str):
            with contextlib.suppress(ValueError):
                self.restoreGeometry(QByteArray(bytes.fromhex(geometry)))
        screen = self.screen().availableGeometry() if self.screen() is not None else None
        if screen is not None and (self.width() > screen.width() or self.height() > screen.height()):
            self.resize(self.size().boundedTo(screen.size()).expandedTo(SMALLEST))
        self._place["rail_narrow"] = bool(place.get("rail_narrow", False))
        self._rail.set_narrow(self._place["rail_narrow"])

    def _save_place(self) -> None:
        geometry = bytes(self.saveGeometry().data()).hex()
        pages = self._place.get("pages", {}) | {name: page.place() for name, page in self._pages.items()}
        kept = {"geometry": geometry, "rail_narrow": bool(self._place.get("rail_narrow", False))}
        places.save_place(None, kept)
        if self._folder is not None:
            board = {"address": self.session.board, "name": self.session.board_name}
            place = {**self._place, **kept, "page": self._page, "pages": pages, "board": board}
            places.save_place(self._folder, place)

    # Qt's events

    def _after_first_paint(self) -> None:
        self._was_painted = True
        self.painted.emit()
        if not self.isVisible():
            return  # it was only to be timed
        self.session.refresh()
        self._pages[self._page].shown()
        if self._folder is not None:
            folder, self._folder = self._folder, None
            self.session.open(folder)
        self.session.in_background(lambda: [row.load() for row in PAGES])  # so that showing one need not

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._panels.close_up()
        self._fit_rail()
        self._show_inspector_if_wanted()

    def focusNextPrevChild(self, forward: bool) -> bool:  # noqa: FBT001
        there = next_in_reading(self, QApplication.focusWidget(), forward=forward)
        if there is not None:
            focus_on(there, Qt.FocusReason.TabFocusReason if forward else Qt.FocusReason.BacktabFocusReason)
        return there is not None

    def _watch_focus(self, before: QWidget | None, now: QWidget | None) -> None:
        """Only what has the focus is filtered: a filter on the application would see every event there is."""
        if isinstance(before, QAbstractButton):
            before.removeEventFilter(self)
        if isinstance(now, QAbstractButton) and self.isAncestorOf(now):
            now.installEventFilter(self)
        if before is not None and now is not None and self._title.isAncestorOf(now):
            QTimer.singleShot(0, self, partial(self._bring_focus_back, before, now))

    def _bring_focus_back(self, before: QWidget, now: QWidget) -> None:
        """To the page, from the title, which Qt gave it to because what had it went: a card, a popover, a button."""
        gone = not isValid(before) or not before.isVisible() or not before.isEnabled()
        if gone and self._page and QApplication.focusWidget() is now:
            there = self._pages[self._page].first_focus()
            if there is not None:
                focus_on(there, Qt.FocusReason.OtherFocusReason)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Space presses a button that has the focus, even where a command has Space for its key."""
        if (
            event.type() == QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and isinstance(watched, QAbstractButton)
            and event.key() in (Qt.Key.Key_Space, Qt.Key.Key_Select)
        ):
            event.accept()
            return True
        return super().eventFilter(watched, event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if event.mimeData().hasUrls():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        paths = [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
        if paths:
            event.acceptProposedAction()
            self.take_in(paths[0])

    def take_in(self, path: Path) -> None:
        """A dropped folder or file: a project is opened, of anything else it is shown what the open one would get."""
        from studio.ui.importing import look_into

        if (path / "project.toml").is_file():
            self.session.open(path)
        elif self.session.project is None:
            self.show_page(START)
            self.notify(Notice(_("Open a project first, then drop it again."), str(path), "warn"))
        else:
            look_into(self, self.session, path)

    def closeEvent(self, event: QCloseEvent) -> None:
        if self._page:
            self._pages[self._page].hidden()
        if self.session.project is not None:
            self._folder = self.session.project.folder
        self._save_place()
        self.hide()
        self.session.close()
        event.accept()


class _Frame(Ground):
    """Holds everything. `painted` comes once; queued, it is heard when the children are painted too."""

    painted = Signal()

    def __init__(self) -> None:
        super().__init__("bg")
        self._was_painted = False
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self._was_painted:
            self._was_painted = True
            self.painted.emit()
