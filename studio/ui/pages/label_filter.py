"""What is shown of the project's segments: how they spread over classes and people, a filter, its words as chips."""

import contextlib
import shlex
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QLineEdit, QSizePolicy, QVBoxLayout, QWidget

from studio.core.text import gettext as _
from studio.core.text import mark
from studio.ui import theme
from studio.ui.controls import Button, Elided, Label, Segmented, draw_focus
from studio.ui.icons import SMALL, draw_icon, icon
from studio.ui.pages.label_list import NO_LABEL, style_of
from studio.ui.widgets.distribution import Distribution, Portion
from studio.ui.widgets.painted import ClassStyle, px

LIST, THUMBNAILS = 0, 1
_TYPED_AFTER_MS = 250
_FIELD, _FIELD_NARROW, _NARROW, _NARROWEST = 240, 150, 960, 720  # px
_KEYS = {
    "label": mark("Label"),
    "person": mark("Person"),
    "session": mark("Session"),
    "group": mark("Group"),
    "source": mark("Source"),
    "id": mark("Recording"),
    "is": mark("Label"),
}


class Counts(NamedTuple):
    """Segments by label, person and session; None: those without."""

    labels: Mapping[str | None, int]
    people: Mapping[str | None, int]
    sessions: Mapping[str | None, int]

    @property
    def total(self) -> int:
        return sum(self.people.values())


class FilterBar(QWidget):
    """`changed(text)`: what is to be shown, as `dataset.selection.parse` reads it. `view_chosen`: one of the two."""

    changed = Signal(str)
    view_chosen = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self._words: list[str] = []
        self._names: dict[str, str] = {}  # of recordings, by their key
        self._portions: dict[str, list[Portion]] = {}
        layout = QVBoxLayout(self)
        layout.setContentsMargins(theme.PAGE_MARGIN, 12, theme.PAGE_MARGIN, 12)
        layout.setSpacing(10)
        self.bars = {
            "label": Distribution(_("Class")),
            "person": Distribution(_("Person")),
            "session": Distribution(_("Session")),
        }
        self._bars_row = QWidget()
        bars = QHBoxLayout(self._bars_row)
        bars.setContentsMargins(0, 0, 0, 0)
        bars.setSpacing(theme.COLUMN_GAP)
        for key, bar in self.bars.items():
            bars.addWidget(bar, 1)
            bar.clicked.connect(lambda value, key=key: self._toggle(key, value))
        layout.addWidget(self._bars_row)
        self.field = QLineEdit()
        self.field.setPlaceholderText(_("Filter by name or label"))
        self.field.setAccessibleName(_("Filter"))
        self._glass = self.field.addAction(icon("search", "muted"), QLineEdit.ActionPosition.LeadingPosition)
        theme.current().changed.connect(self._dress)  # a lambda would outlive the field
        self._timer = QTimer(self, singleShot=True, interval=_TYPED_AFTER_MS)
        self._timer.timeout.connect(self._tell)
        self.field.textEdited.connect(lambda _text: self._timer.start())
        self.field.returnPressed.connect(self._take_typed)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.field)
        self._chips = QHBoxLayout()
        self._chips.setSpacing(8)
        row.addLayout(self._chips)
        self._clear = Button(_("Clear"), kind="link")
        self._clear.clicked.connect(lambda: self.show_filter("", tell=True))
        row.addWidget(self._clear)
        self._problem = Elided(role="err")
        row.addWidget(self._problem, 1)
        self.count = Label("", kind="muted")
        row.addWidget(self.count)
        row.addSpacing(4)
        self.view = Segmented([_("List"), _("Pictures")], name=_("Shown as"))
        self.view.chosen.connect(self.view_chosen)
        row.addWidget(self.view)
        layout.addLayout(row)
        self._refresh()

    def _dress(self) -> None:
        self._glass.setIcon(icon("search", "muted"))

    def show_classes(self, shown: bool) -> None:  # noqa: FBT001
        """Whether labels are classes, and not numbers, of which there may be as many as segments."""
        self.bars["label"].setVisible(shown)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.field.setFixedWidth(px(_FIELD if self.width() >= px(_NARROW) else _FIELD_NARROW))
        self.count.setVisible(self.width() >= px(_NARROWEST))

    @property
    def text(self) -> str:
        """The whole filter: its chips, and what is being typed."""
        typed = self.field.text().strip()
        return " ".join(filter(None, (shlex.join(self._words), typed)))

    def show_filter(self, text: str, *, tell: bool = False) -> None:
        """All words of `text` as chips. tell: `changed` follows."""
        self._words = _split(text)
        self.field.clear()
        self._refresh()
        if tell:
            self._tell()

    def show_counts(self, counts: Counts, styles: Mapping[str, ClassStyle]) -> None:
        labels = [
            Portion(label or "", style.name or _("no label"), count, style)
            for label, count in counts.labels.items()
            for style in (NO_LABEL if label is None else style_of(styles, label),)
        ]
        named = sorted(labels, key=lambda p: (p.key == "", p.style is None or p.style.hue is None))
        self._portions = {
            "label": named,
            "person": _portions(counts.people),
            "session": _portions(counts.sessions),
        }
        for key in ("person", "session"):
            self.bars[key].setVisible(bool(self._portions[key]))
        self._refresh()

    def show_shown(self, count: int, total: int) -> None:
        said = _("{count:,} of {total:,} segments") if self.text else _("{total:,} segments")
        self.count.setText(said.format(count=count, total=total))

    def show_problem(self, text: str) -> None:
        self._problem.set_text(text)
        self.field.setProperty("invalid", bool(text))
        self.field.style().unpolish(self.field)
        self.field.style().polish(self.field)

    def show_names(self, names: Mapping[str, str]) -> None:
        """What recordings are called that the filter names by their key."""
        self._names.update(names)
        self._refresh()

    def show_bars(self, shown: bool) -> None:  # noqa: FBT001
        self._bars_row.setVisible(shown)

    def _toggle(self, key: str, value: str) -> None:
        word = f"{key}:{value}"
        self._words = [w for w in self._words if w != word] if word in self._words else [*self._words, word]
        self._refresh()
        self._tell()

    def _take_typed(self) -> None:
        self._timer.stop()
        self.show_filter(self.text, tell=True)

    def _without(self, words: Sequence[str]) -> None:
        self._words = [word for word in self._words if word not in words]
        self._refresh()
        self.field.setFocus()
        self._tell()

    def _tell(self) -> None:
        self._timer.stop()
        self._clear.setVisible(bool(self.text))
        self.changed.emit(self.text)

    def _refresh(self) -> None:
        while (item := self._chips.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.deleteLater()
        before: QWidget = self.field
        for title, words in self._grouped():
            values = [self._shown(word) for word in words]
            chip = FilterChip(f"{title}: {', '.join(values)}" if title else values[0])
            chip.clicked.connect(lambda _checked=False, words=words: self._without(words))
            self._chips.addWidget(chip)
            self.setTabOrder(before, chip)  # as they are read
            before = chip
        self._clear.setVisible(bool(self.text))
        for key, shown in self._portions.items():
            selected = {word.partition(":")[2] for word in self._words if word.startswith(f"{key}:")}
            if key == "label" and any(word.startswith("is:unlab") for word in self._words):
                selected.add("")
            self.bars[key].show_portions(shown, frozenset(selected))

    def _grouped(self) -> list[tuple[str, list[str]]]:
        """Words by what their chip is called; a word without a key has a chip of its own, without a title."""
        groups: dict[tuple[str, str], list[str]] = {}
        for word in self._words:
            key, colon, _value = word.partition(":")
            title = _(_KEYS[key]) if colon and key in _KEYS else ""
            groups.setdefault((title, "" if title else word), []).append(word)
        return [(title, words) for (title, _word), words in groups.items()]

    def _shown(self, word: str) -> str:
        key, colon, value = word.partition(":")
        if not colon or key not in _KEYS:
            return word
        if key == "is" or not value:
            return _("none")
        return self._names.get(value, value) if key == "id" else style_of({}, value).name if key == "label" else value


def _portions(counts: Mapping[str | None, int]) -> list[Portion]:
    """None where nobody is named: a bar of one part says nothing."""
    if set(counts) <= {None}:
        return []
    return [Portion(key or "", key or _("none"), count) for key, count in counts.items()]


def _split(text: str) -> list[str]:
    with contextlib.suppress(ValueError):
        return shlex.split(text)
    return []


class FilterChip(QAbstractButton):
    """A part of the filter, with a cross that takes it away."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self._text = text
        self.setAccessibleName(_("Take away the filter {text}").format(text=self._text))
        self.setToolTip(self.accessibleName())
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)

    def sizeHint(self) -> QSize:
        width = QFontMetricsF(theme.font(theme.CAPTION, theme.HEAD)).horizontalAdvance(self._text)
        return QSize(round(width) + 12 + 8 + px(SMALL) + 8, px(26))

    def minimumSizeHint(self) -> QSize:
        return QSize(px(64), px(26))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect = QRectF(self.rect())
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.current().role("press" if self.underMouse() else "sel"))
        painter.drawRoundedRect(rect, rect.height() / 2, rect.height() / 2)
        font = theme.font(theme.CAPTION, theme.HEAD)
        painter.setFont(font)
        painter.setPen(theme.current().role("accent"))
        room = rect.adjusted(12, 0, -(8 + px(SMALL) + 4), 0)
        shown = QFontMetricsF(font).elidedText(self._text, Qt.TextElideMode.ElideRight, room.width() + 1)
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, shown)
        cross = QRectF(0, 0, px(SMALL), px(SMALL))
        cross.moveCenter(QPointF(rect.right() - 8 - px(SMALL) / 2, rect.center().y()))
        draw_icon(painter, "cross", cross, "accent")
        if self.hasFocus():
            draw_focus(painter, rect, rect.height() / 2)
