"""The title row: which project, undo and redo, the search field, theme and settings."""

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QGridLayout, QHBoxLayout, QSizePolicy, QWidget

from studio.core.text import gettext as _
from studio.ui import theme
from studio.ui.commands import Commands
from studio.ui.controls import Button, Ground, draw_focus
from studio.ui.icons import CHIP, NORMAL, draw_icon
from studio.ui.session import History
from studio.ui.theme import px

_HEIGHT, _NAME_WIDTH = 30, 260


class _ProjectButton(QAbstractButton):
    """The program's sign and the project's name; opens the menu."""

    def __init__(self) -> None:
        super().__init__()
        self._name = ""
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.show_name("")

    def show_name(self, name: str) -> None:
        self._name = name or "TinyML Studio"
        self.setAccessibleName(_("Project: {name}").format(name=self._name))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        words = QFontMetricsF(theme.font(theme.BODY, theme.TITLE)).horizontalAdvance(self._name)
        return QSize(round(min(words, px(_NAME_WIDTH))) + 18 + px(NORMAL) + px(CHIP) + 12, px(_HEIGHT))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.underMouse():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.current().role("hover"))
            painter.drawRoundedRect(QRectF(self.rect()), theme.RADIUS, theme.RADIUS)
        middle = self.height() / 2
        sign, arrow = px(NORMAL), px(CHIP)
        draw_icon(painter, "app", QRectF(8, middle - sign / 2, sign, sign), "accent")
        font = theme.font(theme.BODY, theme.TITLE)
        painter.setFont(font)
        painter.setPen(theme.current().role("text"))
        left, room = 18 + sign, self.width() - 18 - sign - arrow - 10
        shown = QFontMetricsF(font).elidedText(self._name, Qt.TextElideMode.ElideRight, room)
        painter.drawText(QRectF(left, 0, room + 2, self.height()), Qt.AlignmentFlag.AlignVCenter, shown)
        x = left + QFontMetricsF(font).horizontalAdvance(shown) + 5
        draw_icon(painter, "down", QRectF(round(x), middle - arrow / 2, arrow, arrow), "muted")
        if self.hasFocus():
            draw_focus(painter, QRectF(self.rect()), theme.RADIUS)


class _SearchField(QAbstractButton):
    """Looks like a field, and opens the palette, which grows out of it."""

    def __init__(self, words: str) -> None:
        super().__init__()
        self._words = words
        self.setFixedHeight(px(_HEIGHT))
        self.setMaximumWidth(px(420))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.IBeamCursor)
        self.setAccessibleName(words)

    def sizeHint(self) -> QSize:
        return QSize(px(420), px(_HEIGHT))

    def minimumSizeHint(self) -> QSize:
        return QSize(120, px(_HEIGHT))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colours = theme.current()
        painter.setPen(QPen(colours.role("edge"), 1))
        painter.setBrush(colours.role("field"))
        rect = QRectF(self.rect())
        painter.drawRoundedRect(rect.adjusted(0.5, 0.5, -0.5, -0.5), theme.RADIUS, theme.RADIUS)
        sign = px(NORMAL)
        draw_icon(painter, "search", QRectF(9, round((self.height() - sign) / 2), sign, sign), "muted")
        painter.setPen(colours.role("muted"))
        painter.setFont(theme.font())
        metrics = QFontMetricsF(painter.font())
        key = "Ctrl+K"
        left = 14 + sign
        room = rect.width() - left - metrics.horizontalAdvance(key) - 22
        shown = metrics.elidedText(self._words, Qt.TextElideMode.ElideRight, room)
        painter.drawText(rect.adjusted(left, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, shown)
        painter.setFont(theme.font(theme.CAPTION))
        side = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
        painter.drawText(rect.adjusted(0, 0, -12, 0), side, key)
        if self.hasFocus():
            draw_focus(painter, rect, theme.RADIUS)


class TitleRow(Ground):
    project_menu_asked = Signal()

    def __init__(self, commands: Commands) -> None:
        super().__init__("bg", "b")
        self.setFixedHeight(px(theme.TITLE_ROW))
        self._commands = commands
        self._project = _ProjectButton()
        self._project.clicked.connect(self.project_menu_asked)
        self._undo = self._button("undo", _("Undo"))
        self._redo = self._button("redo", _("Redo"))
        search = _SearchField(_("Find a command, a recording, a label"))
        search.clicked.connect(lambda: commands.run("palette"))
        left, right = QWidget(), QWidget()
        left_row, right_row = QHBoxLayout(left), QHBoxLayout(right)
        for row in (left_row, right_row):
            row.setContentsMargins(0, 0, 0, 0)
            row.setSpacing(2)
        for widget in (self._project, self._undo, self._redo):
            left_row.addWidget(widget)
        left_row.addStretch(1)
        right_row.addStretch(1)
        self._inspector = self._button("inspector", _("Show or hide the inspector"))
        keys = self._button("keys", _("All keys"))
        self._learn = self._button("learn", _("Learn"))
        for widget in (
            self._inspector,
            self._learn,
            keys,
            self._button("theme", _("Light or dark")),
            self._button("settings", _("Settings")),
        ):
            right_row.addWidget(widget)
        layout = QGridLayout(self)
        layout.setContentsMargins(8, 0, 12, 1)
        layout.setHorizontalSpacing(8)
        layout.addWidget(left, 0, 0)
        layout.addWidget(search, 0, 1)
        layout.addWidget(right, 0, 2)
        layout.setColumnStretch(0, 1)
        layout.setColumnStretch(2, 1)
        self.show_history(History())

    @property
    def menu_place(self) -> QAbstractButton:
        return self._project

    def show_project(self, name: str) -> None:
        self._project.show_name(name)
        for button in (self._undo, self._redo):
            button.setVisible(bool(name))

    def show_inspector_button(self, shown: bool) -> None:  # noqa: FBT001
        """Only beside pages that have an inspector."""
        self._inspector.setVisible(shown)

    def show_learn(self, shown: bool) -> None:  # noqa: FBT001
        self._learn.setProperty("on", shown)
        self._learn.style().unpolish(self._learn)
        self._learn.style().polish(self._learn)

    def show_history(self, history: History) -> None:
        for button, title, name in (
            (self._undo, history.undo, _("Undo")),
            (self._redo, history.redo, _("Redo")),
        ):
            button.setEnabled(title is not None)
            words = f"{name}: {title}" if title else name
            button.setAccessibleName(words)
            button.setToolTip(f"{words}  ({button.key})")

    def _button(self, command: str, words: str) -> Button:
        row = self._commands.rows[command]
        button = Button(icon=row.icon, kind="ghost", name=words, key=self._commands.key(command), slim=True)
        button.clicked.connect(lambda: self._commands.run(command))
        return button
