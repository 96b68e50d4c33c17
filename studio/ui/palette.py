"""Ctrl+K: commands, labels and recordings by name, from the table of the keys. It grows out of the search field."""

from collections.abc import Callable
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, NamedTuple

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPersistentModelIndex, QRectF, QSize, Qt, QTimer
from PySide6.QtGui import (
    QFontMetricsF,
    QKeyEvent,
    QPainter,
    QStandardItem,
    QStandardItemModel,
    QTextCharFormat,
    QTextLayout,
)
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLineEdit,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from studio.core.text import gettext as _
from studio.ui import theme
from studio.ui.bridge import when_done
from studio.ui.commands import Commands
from studio.ui.controls import Ground, Icon, Label, draw_key_cap, key_cap_width
from studio.ui.icons import NORMAL, draw_icon
from studio.ui.popover import SHADOW, Popover
from studio.ui.theme import px

if TYPE_CHECKING:
    from studio.dataset.project import Project
    from studio.ui.session import Session

ROW, HEAD = 36, 28
MOST_ROWS = 11
MOST_FOUND = 6  # of labels and of recordings
SEARCH_AFTER_MS = 60
_FIELD_KEYS = (Qt.Key.Key_Down, Qt.Key.Key_Up, Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Escape)
_ENTRY = Qt.ItemDataRole.UserRole + 1
_Index = QModelIndex | QPersistentModelIndex


class Entry(NamedTuple):
    """A row of the palette; a head where `run` is None."""

    text: str
    run: Callable[[], object] | None = None
    icon: str = ""
    more: str = ""
    key: str = ""
    cli: str = ""


class Palette(Popover):
    """`add_source` lets a page offer what it knows: source(text, project) runs on the catalogue's thread."""

    def __init__(self, window: QWidget, commands: Commands, session: "Session") -> None:
        super().__init__(window, _("Find a command, a recording, a label"), 640)
        self._commands, self._session = commands, session
        self._sources: list[tuple[str, Callable[[str, Project], list[Entry]]]] = []
        top = QWidget()
        row = QHBoxLayout(top)
        row.setContentsMargins(8, 8, 8, 4)
        self._field = QLineEdit()
        self._field.setPlaceholderText(_("Find a command, a recording, a label"))
        self._field.setAccessibleName(_("Find"))
        self._field.setTextMargins(px(NORMAL) + 8, 0, px(80), 0)
        self._field.setFont(theme.font())
        self._field.textChanged.connect(self._search)
        self._field.installEventFilter(self)
        row.addWidget(self._field)
        Icon("search", parent=self._field).move(9, (px(theme.CONTROL) - px(NORMAL)) // 2)
        self._found = Label("", theme.CAPTION, kind="muted", parent=self._field)
        self._model = QStandardItemModel(self)
        self._list = QListView()
        self._list.setModel(self._model)
        self._list.setItemDelegate(_Rows(self))
        self._list.setAccessibleName(_("Found"))
        self._list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._list.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._list.setMouseTracking(True)
        self._list.clicked.connect(lambda _index: self._do())
        self._list.entered.connect(self._point)
        inside = QWidget()
        box = QHBoxLayout(inside)
        box.setContentsMargins(1, 4, 1, 4)
        box.addWidget(self._list)
        foot = Ground("bg", "t")
        foot.setFixedHeight(px(44))
        foot_row = QHBoxLayout(foot)
        foot_row.setContentsMargins(16, 0, 12, 0)
        self._cli_head = Label(_("On the command line"), theme.CAPTION, kind="muted")
        self._cli = Label("", theme.CAPTION)
        self._cli.setFont(theme.font(theme.CAPTION, mono=True))
        foot_row.addWidget(self._cli_head)
        foot_row.addWidget(self._cli)
        foot_row.addStretch(1)
        foot_row.addWidget(_KeyHint("Enter", _("do it")))
        foot_row.addWidget(_KeyHint("Esc", _("close")))
        foot_box = QWidget()
        foot_layout = QHBoxLayout(foot_box)
        foot_layout.setContentsMargins(1, 0, 1, 1)
        foot_layout.addWidget(foot)
        for widget in (top, inside, foot_box):
            self.body.addWidget(widget)
        self._later = QTimer(self, singleShot=True, interval=SEARCH_AFTER_MS)
        self._later.timeout.connect(self._search_project)
        self.text_asked = ""
        self.setFocusProxy(self._field)

    def add_source(self, head: str, source: "Callable[[str, Project], list[Entry]]") -> None:
        self._sources.append((head, source))

    def open_with(self, text: str = "") -> None:
        self._field.setText(text)
        self._search(text)
        self.open_at(top=2)  # all of the field that it grows out of is under it
        self._field.setFocus()
        self._field.selectAll()

    def entries(self) -> list[Entry]:
        """What is listed now, heads included."""
        return [self._model.item(row).data(_ENTRY) for row in range(self._model.rowCount())]

    def _search(self, text: str) -> None:
        self.text_asked = text.strip()
        rows = [row for row in self._commands.found(self.text_asked) if row.name != "palette"]  # it is open
        if not self.text_asked:
            rows.sort(key=lambda row: row.page != self._commands.page)  # what is at hand comes first
        self._show([(_("Commands"), [self._entry(row) for row in rows])])
        if self.text_asked and self._session.project is not None:
            self._later.start()

    def _entry(self, row: Any) -> Entry:
        folder = self._session.project.folder.name if self._session.project is not None else "PROJECT"
        cli = f"tinyml-studio {row.cli.format(project=folder, board=self._session.board or 'ADDR')}" if row.cli else ""
        key = self._commands.key(row.name)
        return Entry(_(row.title), lambda: self._commands.run(row.name), row.icon, "", key, cli)

    def _search_project(self) -> None:
        asked = self.text_asked
        sources = list(self._sources)

        def look(project: "Project") -> list[tuple[str, list[Entry]]]:
            return [(head, source(asked, project)[:MOST_FOUND]) for head, source in sources]

        future: Future[list[tuple[str, list[Entry]]]] = self._session.ask(look)
        when_done(future, lambda found: self._add(asked, found), owner=self, failed=lambda _error: None)

    def _add(self, asked: str, found: list[tuple[str, list[Entry]]]) -> None:
        if asked == self.text_asked and self.isVisible():
            commands = [entry for entry in self.entries() if entry.run is not None]
            self._show([(_("Commands"), commands), *found])

    def _show(self, groups: list[tuple[str, list[Entry]]]) -> None:
        self._model.clear()
        count = 0
        for head, entries in groups:
            if entries:
                for entry in (Entry(head), *entries):
                    item = QStandardItem(entry.text)
                    item.setData(entry, _ENTRY)
                    item.setEditable(False)
                    item.setSelectable(entry.run is not None)
                    self._model.appendRow(item)
                count += len(entries)
        self._found.setText(_("{count} found").format(count=count) if self.text_asked else "Ctrl+K")
        self._found.adjustSize()
        self._place_found()
        rows = self._model.rowCount()
        heads = rows - count
        height = min(count, MOST_ROWS) * px(ROW) + heads * px(HEAD) + 2 if rows else px(ROW)
        self._list.setFixedHeight(min(height, self.window().height() - px(140)))
        first = next((row for row, entry in enumerate(self.entries()) if entry.run is not None), -1)
        self._list.setCurrentIndex(self._model.index(first, 0))
        self._tell_cli()
        if self.isVisible():
            self.setFixedHeight(min(self.body.sizeHint().height(), self.window().height() + 2 * SHADOW - 16))

    def _place_found(self) -> None:
        self._found.move(
            self._field.width() - self._found.width() - 12, (px(theme.CONTROL) - self._found.height()) // 2
        )

    def _point(self, index: QModelIndex) -> None:
        if self._entry_at(index).run is not None:
            self._list.setCurrentIndex(index)
            self._tell_cli()

    def _entry_at(self, index: _Index) -> Entry:
        entry = index.data(_ENTRY)
        return entry if isinstance(entry, Entry) else Entry("")

    def _step(self, by: int) -> None:
        entries = self.entries()
        row = self._list.currentIndex().row() + by
        while 0 <= row < len(entries) and entries[row].run is None:
            row += by
        if 0 <= row < len(entries):
            self._list.setCurrentIndex(self._model.index(row, 0))
            self._tell_cli()

    def _tell_cli(self) -> None:
        entry = self._entry_at(self._list.currentIndex())
        self._cli.setText(entry.cli)
        self._cli_head.setVisible(bool(entry.cli))
        self._field.setAccessibleDescription(entry.text)

    def _do(self) -> None:
        entry = self._entry_at(self._list.currentIndex())
        if entry.run is not None:
            self.close_up()
            entry.run()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._field:
            if isinstance(event, QKeyEvent) and event.key() in _FIELD_KEYS:
                if event.type() == QEvent.Type.KeyPress:
                    self._press(Qt.Key(event.key()))
                event.accept()  # also as ShortcutOverride: commands that have these keys wait
                return True
            if event.type() == QEvent.Type.Resize:
                self._place_found()
        return super().eventFilter(watched, event)

    def _press(self, key: Qt.Key) -> None:
        if key in (Qt.Key.Key_Down, Qt.Key.Key_Up):
            self._step(1 if key == Qt.Key.Key_Down else -1)
        elif key == Qt.Key.Key_Escape:
            self.close_up()
        else:
            self._do()


class _KeyHint(QWidget):
    def __init__(self, key: str, words: str) -> None:
        super().__init__()
        self._key, self._words = key, words
        width = key_cap_width(key) + QFontMetricsF(theme.font(theme.CAPTION)).horizontalAdvance(words) + 18
        self.setFixedSize(round(width), px(24))

    def paintEvent(self, event: QEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        draw_key_cap(painter, 2, self.height() / 2, self._key, "muted")
        painter.setFont(theme.font(theme.CAPTION))
        painter.setPen(theme.current().role("muted"))
        left = key_cap_width(self._key) + 8
        painter.drawText(QRectF(left, 0, self.width(), self.height()), Qt.AlignmentFlag.AlignVCenter, self._words)


class _Rows(QStyledItemDelegate):
    """Heads, and rows with icon, the match in accent, what more there is, and the key."""

    def __init__(self, palette: Palette) -> None:
        super().__init__(palette)
        self._palette = palette

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        entry: Entry = index.data(_ENTRY)
        return QSize(100, px(ROW if entry.run is not None else HEAD))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        entry: Entry = index.data(_ENTRY)
        rect: QRectF = QRectF(option.rect)
        colours = theme.current()
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if entry.run is None:
            painter.setFont(theme.font(theme.CAPTION, theme.HEAD))
            painter.setPen(colours.role("muted"))
            painter.drawText(rect.adjusted(18, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, entry.text)
            painter.restore()
            return
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        if chosen:
            painter.fillRect(rect, colours.role("sel"))
            painter.fillRect(QRectF(rect.left() + 7, rect.top(), 3, rect.height()), colours.role("accent"))
        middle = rect.center().y()
        role = "accent" if chosen else "muted"
        sign = px(NORMAL)
        if entry.icon:
            draw_icon(painter, entry.icon, QRectF(rect.left() + 18, middle - sign / 2, sign, sign), role)
        x = self._draw_match(painter, rect.left() + 28 + sign, middle, entry.text, chosen=chosen)
        if entry.more:
            painter.setFont(theme.font(theme.CAPTION))
            painter.setPen(colours.role("muted"))
            painter.drawText(QRectF(x + 12, rect.top(), 400, rect.height()), Qt.AlignmentFlag.AlignVCenter, entry.more)
        if entry.key:
            draw_key_cap(painter, rect.right() - 16 - key_cap_width(entry.key), middle, entry.key, "muted")
        painter.restore()

    def _draw_match(self, painter: QPainter, x: float, middle: float, text: str, *, chosen: bool) -> float:
        layout = QTextLayout(text, theme.font(theme.BODY, theme.TITLE if chosen else theme.NAME))
        base = QTextCharFormat()
        base.setForeground(theme.current().role("text"))
        ranges = []
        whole = QTextLayout.FormatRange()
        whole.start, whole.length, whole.format = 0, len(text), base
        ranges.append(whole)
        for word in self._palette.text_asked.lower().split():
            at = text.lower().find(word)
            if at >= 0:
                found = QTextLayout.FormatRange()
                hit = QTextCharFormat()
                hit.setForeground(theme.current().role("accent"))
                hit.setFontWeight(650)
                found.start, found.length, found.format = at, len(word), hit
                ranges.append(found)
        layout.setFormats(ranges)
        layout.beginLayout()
        line = layout.createLine()
        line.setLineWidth(1000)
        layout.endLayout()
        layout.draw(painter, QRectF(x, middle - line.height() / 2, 0, 0).topLeft())
        return x + line.naturalTextWidth()
