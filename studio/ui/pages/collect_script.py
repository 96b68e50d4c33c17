"""The script beside the traces: classes with their takes, people with theirs, and how much is left to do."""

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QEvent, QRectF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QDoubleSpinBox,
    QHBoxLayout,
    QLineEdit,
    QProgressBar,
    QScrollArea,
    QSizePolicy,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from studio.core.text import gettext as _
from studio.dataset.script import LEAST_S, MOST_S, MOST_WANTED, Progress, ScriptClass
from studio.ui import theme
from studio.ui.class_styles import is_unnamed
from studio.ui.controls import Button, Ground, Label, Line, draw_focus, draw_key_cap, spin_box
from studio.ui.widgets.dots import ProgressDots, SharePies
from studio.ui.widgets.painted import ClassStyle, draw_dot, draw_swatch, px

WIDTH = 248
PAUSE_S = 2.5  # between takes, for the time that is left
KEYED = 9  # classes that have a key
MOST_PIES = 7


class ScriptColumn(Ground):
    """Says by signal what is chosen and what is to be changed; it changes nothing itself."""

    class_chosen = Signal(str)
    person_chosen = Signal(str)
    class_added = Signal(str)
    class_removed = Signal(str)
    person_added = Signal(str)
    wanted_changed = Signal(str, int)
    seconds_changed = Signal(str, float)

    def __init__(self) -> None:
        super().__init__("surface", "r")
        self.setFixedWidth(WIDTH)
        self.setAccessibleName(_("Script"))
        self.progress = Progress()
        self.label = self.person = ""
        self._styles: Mapping[str, ClassStyle] = {}
        self._editing = self._asked = False
        self._class_rows: dict[str, ClassRow] = {}
        self._person_rows: dict[str, PersonRow] = {}
        outside = QVBoxLayout(self)
        outside.setContentsMargins(0, 0, 1, 0)
        outside.setSpacing(0)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        outside.addWidget(area, 1)
        holder = QWidget()
        holder.setObjectName("page")
        area.setWidget(holder)
        area.verticalScrollBar().rangeChanged.connect(self._leave_room)
        column = self._column = QVBoxLayout(holder)
        column.setContentsMargins(12, 16, 10, 8)
        column.setSpacing(0)
        self.edit = Button(_("Edit"), kind="link")
        self.edit.setCheckable(True)
        self.edit.setAccessibleName(_("Edit the script"))
        self.edit.toggled.connect(self._set_editing)
        self.add_class = Button(_("Add"), kind="link")
        self.add_class.setAccessibleName(_("Add a class"))
        self.add_class.clicked.connect(self.ask_for_class)
        column.addLayout(_head(_("Script"), self.edit, self.add_class))
        column.addSpacing(8)
        self._classes = QVBoxLayout()
        self._classes.setSpacing(0)
        column.addLayout(self._classes)
        self.class_field = InlineField(_("a word, such as yes"), _("Name of the new class"))
        self.class_field.entered.connect(self.class_added)
        column.addWidget(self.class_field)
        column.addSpacing(14)
        line = QHBoxLayout()
        line.setContentsMargins(12, 0, 12, 0)
        line.addWidget(Line())
        column.addLayout(line)
        column.addSpacing(12)
        self.add_person = Button(_("Add"), kind="link")
        self.add_person.setAccessibleName(_("Add a person"))
        self.add_person.clicked.connect(self.ask_for_person)
        column.addLayout(_head(_("People"), self.add_person))
        self._pies_head = _PiesHead()
        column.addWidget(self._pies_head)
        self._people = QVBoxLayout()
        self._people.setSpacing(0)
        column.addLayout(self._people)
        self._person_field = InlineField(_("a name; files say P01"), _("Name or code of the new person"))
        self._person_field.entered.connect(self.person_added)
        column.addWidget(self._person_field)
        why = _("Say whose voice it is: whole people are held out to test the model.")
        self._nobody = Label(why, theme.CAPTION, kind="muted", wrap=True)
        self._nobody.setContentsMargins(12, 4, 12, 0)
        column.addWidget(self._nobody)
        column.addStretch(1)
        outside.addLayout(self._make_foot())

    def show_progress(self, progress: Progress, styles: Mapping[str, ClassStyle]) -> None:
        self._styles = styles
        labels = [each.label for each in progress.script.classes]
        people = list(progress.script.people)
        rebuild = (labels, people) != (list(self._class_rows), list(self._person_rows))
        self.progress = progress
        if rebuild:
            self._rebuild(labels, people)
        self._refresh()

    def choose(self, label: str, person: str) -> None:
        """What the next take is of, and who says it; "" for nobody."""
        self.label, self.person = label, person
        self._refresh()

    def ask_for_class(self) -> None:
        self.class_field.ask()

    def ask_for_person(self) -> None:
        self._person_field.ask()

    @property
    def asks_for_class(self) -> bool:
        """Whether no class is there that the user named: then the field for one is always open."""
        return bool(self._class_rows) and all(is_unnamed(label) for label in self._class_rows)

    @property
    def class_rows(self) -> "Sequence[ClassRow]":
        return list(self._class_rows.values())

    def _rebuild(self, labels: Sequence[str], people: Sequence[str]) -> None:
        focused = next((label for label, row in self._class_rows.items() if row.hasFocus()), "")
        for row in (*self._class_rows.values(), *self._person_rows.values()):
            row.hide()
            row.setParent(None)
            row.deleteLater()
        self._class_rows, self._person_rows = {}, {}
        before: QWidget = self.add_class
        for place, label in enumerate(labels):
            row = ClassRow(label, place + 1 if place < KEYED else None)
            row.clicked.connect(lambda _checked=False, label=label: self.class_chosen.emit(label))
            row.removed.connect(lambda label=label: self.class_removed.emit(label))
            row.wanted_changed.connect(lambda count, label=label: self.wanted_changed.emit(label, count))
            row.seconds_changed.connect(lambda seconds, label=label: self.seconds_changed.emit(label, seconds))
            row.set_editing(self._editing)
            self._class_rows[label] = row
            self._classes.addWidget(row)
            QWidget.setTabOrder(before, row)
            before = row
        QWidget.setTabOrder(before, self.class_field)
        QWidget.setTabOrder(self.class_field, self.add_person)
        before = self.add_person
        for code in people:
            person = PersonRow(code)
            person.clicked.connect(lambda _checked=False, code=code: self.person_chosen.emit(code))
            self._person_rows[code] = person
            self._people.addWidget(person)
            QWidget.setTabOrder(before, person)
            before = person
        QWidget.setTabOrder(before, self._person_field)
        if focused in self._class_rows:
            self._class_rows[focused].setFocus()

    def _refresh(self) -> None:
        progress, script = self.progress, self.progress.script
        for each in script.classes:
            row = self._class_rows.get(each.label)
            if row is not None:
                style = self._styles.get(each.label, ClassStyle(each.label))
                row.show_takes(style, progress.made(each.label), each, chosen=each.label == self.label)
        shown = [each.label for each in script.classes[:MOST_PIES]]
        self._pies_head.show_styles([self._styles.get(label, ClassStyle(label)) for label in shown])
        for code, person in self._person_rows.items():
            shares = [(self._styles.get(of, ClassStyle(of)), progress.share(of, code)) for of in shown]
            person.show_shares(shares, chosen=code == self.person)
        if self.asks_for_class != self._asked:
            self._asked = self.asks_for_class
            self.class_field.setVisible(self._asked or self.class_field.hasFocus())
        self._pies_head.setVisible(bool(self._person_rows))
        self._nobody.setVisible(not self._person_rows)
        made, wanted = progress.total
        self._made.setText(_("{made:,} of {wanted:,} takes").format(made=made, wanted=wanted))
        minutes = progress.seconds_left(PAUSE_S) / 60
        self._left.setText(_("{minutes:.0f} min to go").format(minutes=max(minutes, 1)) if minutes else _("all made"))
        self._bar.setRange(0, max(wanted, 1))
        self._bar.setValue(made)
        self._bar.setAccessibleName(_("{made} of {wanted} takes").format(made=made, wanted=wanted))

    def _leave_room(self, _least: int, most: int) -> None:
        """A scroll bar takes the place of the margin."""
        self._column.setContentsMargins(12, 16, 0 if most else 10, 8)

    def _set_editing(self, editing: bool) -> None:  # noqa: FBT001  as toggled gives it
        self._editing = editing
        self.edit.set_text(_("Done") if editing else _("Edit"))
        for row in self._class_rows.values():
            row.set_editing(editing)

    def _make_foot(self) -> QVBoxLayout:
        foot = QVBoxLayout()
        foot.setContentsMargins(24, 8, 20, 18)
        foot.setSpacing(6)
        words = QHBoxLayout()
        self._made = Label("", weight=theme.TITLE)
        self._left = Label("", kind="muted")
        words.addWidget(self._made)
        words.addStretch(1)
        words.addWidget(self._left)
        foot.addLayout(words)
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        foot.addWidget(self._bar)
        return foot


def _head(title: str, *links: Button) -> QHBoxLayout:
    head = QHBoxLayout()
    head.setContentsMargins(12, 0, 8, 0)
    head.setSpacing(2)
    head.addWidget(Label(title, weight=theme.TITLE))
    head.addStretch(1)
    for link in links:
        head.addWidget(link)
    return head


class ClassRow(QAbstractButton):
    """A class: its key, its name, takes made of those wanted; being edited, how many are wanted and a way out."""

    removed = Signal()
    wanted_changed = Signal(int)
    seconds_changed = Signal(float)
    HEIGHT, EDITED = 54, 74

    def __init__(self, label: str, key: int | None) -> None:
        super().__init__()
        self.label = label
        self._key = key
        self._style = ClassStyle(label)
        self._done = self._wanted = 0
        self._is_chosen = False
        self._seconds = 0.0
        self._field: QSpinBox | None = None
        self._length: QDoubleSpinBox | None = None
        self._remove: Button | None = None
        self._dots = ProgressDots(self)
        self._dots.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(self.HEIGHT)

    def show_takes(self, style: ClassStyle, done: int, script: ScriptClass, *, chosen: bool) -> None:
        wanted = script.wanted
        self._style, self._done, self._wanted, self._is_chosen = style, done, wanted, chosen
        self._seconds = script.seconds
        self._dots.show_takes(style, done, wanted)
        told = _("{label}: {done} of {wanted} takes").format(label=style.name, done=done, wanted=wanted)
        self.setAccessibleName(told)
        self.setAccessibleDescription(_("selected") if chosen else "")
        self.setToolTip("" if self._key is None else _("{label}  ({key})").format(label=style.name, key=self._key))
        if self._field is not None and not self._field.hasFocus():
            self._field.setValue(wanted)
        if self._length is not None and not self._length.hasFocus():
            self._length.setValue(script.seconds)
        self.update()

    def set_editing(self, editing: bool) -> None:  # noqa: FBT001
        if editing and self._field is None:
            name = self._style.name
            self._field = spin_box(
                1, MOST_WANTED, max(self._wanted, 1), name=_("Takes wanted of {label}").format(label=name)
            )
            self._field.setSuffix(_(" takes"))
            self._field.setParent(self)
            self._field.setKeyboardTracking(False)
            self._field.valueChanged.connect(self._tell_wanted)
            self._length = QDoubleSpinBox(self)
            self._length.setRange(LEAST_S, MOST_S)
            self._length.setDecimals(1)
            self._length.setSingleStep(0.5)
            self._length.setSuffix(_(" s"))
            self._length.setValue(self._seconds)
            self._length.setKeyboardTracking(False)
            self._length.lineEdit().setTextMargins(9, 0, 8, 0)
            self._length.setAccessibleName(_("Length of a take of {label}").format(label=name))
            self._length.valueChanged.connect(self._tell_seconds)
            off = _("Take {label} off the script").format(label=name)
            self._remove = Button(icon="cross", kind="ghost", slim=True, name=off, parent=self)
            self._remove.clicked.connect(self.removed)
        self._dots.setVisible(not editing)
        self.setFixedHeight(self.EDITED if editing else self.HEIGHT)
        for widget in (self._field, self._length, self._remove):
            if widget is not None:
                widget.setVisible(editing)
        if self._remove is not None:
            self._remove.setEnabled(self._done == 0)
        self._place()
        self.update()

    def _tell_wanted(self, count: int) -> None:
        if count != self._wanted:
            self.wanted_changed.emit(count)

    def _tell_seconds(self, seconds: float) -> None:
        if abs(seconds - self._seconds) > 1e-6:
            self.seconds_changed.emit(seconds)

    @property
    def _editing(self) -> bool:
        return self._field is not None and not self._field.isHidden()

    def _place(self) -> None:
        self._dots.setGeometry(40, 36, self.width() - 52, 9)  # ends where the count above does
        if self._field is not None and self._length is not None and self._remove is not None:
            half = (self.width() - 40 - 12 - 8) // 2
            self._field.setGeometry(40, 34, half, 32)
            self._length.setGeometry(48 + half, 34, half, 32)
            self._remove.setGeometry(self.width() - 30, 4, 28, 28)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._place()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Up):
            self.focusNextPrevChild(event.key() == Qt.Key.Key_Down)
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colours, rect = theme.current(), QRectF(self.rect())
        _paint_ground(painter, self, rect.adjusted(0, 1, 0, -1), chosen=self._is_chosen)
        if self._key is not None:
            draw_key_cap(painter, 12, 18, str(self._key), "muted")
        draw_swatch(painter, 40, 18, self._style)
        side = Qt.AlignmentFlag.AlignVCenter
        count = "" if self._editing else f"{self._done:,} / {self._wanted:,}"
        painter.setFont(theme.font())
        room = rect.width() - 12 - painter.fontMetrics().horizontalAdvance(count)
        painter.setPen(colours.role("muted"))
        painter.drawText(QRectF(room, 8, rect.width() - 12 - room, 20), side, count)
        if self._editing:
            room = rect.width() - 40
        painter.setFont(theme.font(theme.BODY, theme.TITLE if self._is_chosen else theme.NAME))
        painter.setPen(colours.role("text"))
        name = painter.fontMetrics().elidedText(self._style.name, Qt.TextElideMode.ElideRight, int(room - 64))
        painter.drawText(QRectF(58, 8, room - 58, 20), side, name)
        if self.hasFocus():
            draw_focus(painter, rect.adjusted(0, 1, 0, -1), 6)


class PersonRow(QAbstractButton):
    """A person's code, and their share of each class."""

    def __init__(self, code: str) -> None:
        super().__init__()
        self.code = code
        self._is_chosen = False
        self._pies = SharePies(self)
        self._pies.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setFixedHeight(34)

    def show_shares(self, shares: Sequence[tuple[ClassStyle, float]], *, chosen: bool) -> None:
        self._is_chosen = chosen
        self._pies.show_shares(shares)
        self.setAccessibleName(_("Person {code}").format(code=self.code))
        told = self._pies.accessibleName()
        self.setAccessibleDescription(_("selected, {shares}").format(shares=told) if chosen else told)
        self._place()
        self.update()

    def _place(self) -> None:
        hint = self._pies.sizeHint()
        self._pies.setGeometry(
            self.width() - 8 - hint.width(), (self.height() - hint.height()) // 2, hint.width(), hint.height()
        )

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._place()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Up):
            self.focusNextPrevChild(event.key() == Qt.Key.Key_Down)
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colours, rect = theme.current(), QRectF(self.rect())
        _paint_ground(painter, self, rect, chosen=self._is_chosen)
        disc = QRectF(12, (rect.height() - 20) / 2, 20, 20)
        draw_dot(painter, disc.center(), 10, "accent" if self._is_chosen else "press")
        painter.setFont(theme.font(11, theme.TITLE))
        painter.setPen(colours.role("on_accent" if self._is_chosen else "muted"))
        painter.drawText(disc, Qt.AlignmentFlag.AlignCenter, "P")
        painter.setFont(theme.font(theme.BODY, theme.TITLE if self._is_chosen else theme.NAME))
        painter.setPen(colours.role("text"))
        painter.drawText(QRectF(40, 0, 60, rect.height()), Qt.AlignmentFlag.AlignVCenter, self.code)
        if self.hasFocus():
            draw_focus(painter, rect, 6)


def _paint_ground(painter: QPainter, row: QAbstractButton, rect: QRectF, *, chosen: bool) -> None:
    if not chosen and not row.underMouse():
        return
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.current().role("sel" if chosen else "hover"))
    painter.drawRoundedRect(rect, 6, 6)


class _PiesHead(QWidget):
    """The classes' swatches over the people's pies."""

    def __init__(self) -> None:
        super().__init__()
        self._styles: list[ClassStyle] = []
        self.setFixedHeight(20)

    def show_styles(self, styles: Sequence[ClassStyle]) -> None:
        self._styles = list(styles)
        self.setAccessibleName(", ".join(style.name for style in styles))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        left = self.width() - 8 - px(19) * len(self._styles)
        for place, style in enumerate(self._styles):
            draw_swatch(painter, left + (place + 0.5) * px(19) - 4, self.height() / 2, style, 8)


class InlineField(QLineEdit):
    """Hidden until it is asked for. Enter gives what was typed and stays for another; Escape, or nothing, ends it."""

    entered = Signal(str)

    def __init__(self, example: str, name: str) -> None:
        super().__init__()
        self.setPlaceholderText(example)
        self.setAccessibleName(name)
        self.hide()

    def ask(self) -> None:
        self.clear()
        self.show()
        self.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def event(self, event: QEvent) -> bool:
        # Enter and Escape have commands of their own in the window, which would take them first.
        own = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Escape)
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride and event.key() in own:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            text = self.text().strip()
            self.clear()
            if text:
                self.entered.emit(text)
            else:
                self._leave()
        elif event.key() == Qt.Key.Key_Escape:
            self._leave()
        else:
            super().keyPressEvent(event)

    def _leave(self) -> None:
        self.hide()
        page = self.parentWidget()
        if page is not None:
            page.setFocus()
