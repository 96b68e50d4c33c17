"""What the inspector says of the chosen segment, or of many: label and person to set, and where it comes from."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtWidgets import QComboBox, QGridLayout, QLineEdit, QScrollArea, QVBoxLayout, QWidget

from studio.core.text import gettext as _
from studio.ui import theme
from studio.ui.controls import Chip, Elided, Label, Line
from studio.ui.pages.label_kinds import kind_of
from studio.ui.pages.label_list import QUALITIES
from studio.ui.widgets.lanes import unit_text
from studio.ui.widgets.painted import ClassStyle, draw_swatch, px
from studio.ui.widgets.ticks import clock_text, number_text

if TYPE_CHECKING:
    from studio.dataset.segments import Change, ListedSegment

_SWATCH = 16


class SegmentInspector(QScrollArea):
    """`label_set` and `person_set` say what was entered; "" takes it off."""

    label_set = Signal(str)
    person_set = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        content = QWidget()
        self.setWidget(content)
        layout = QVBoxLayout(content)
        layout.setContentsMargins(20, 16, 20, 16)
        layout.setSpacing(8)
        self._title = Label(_("Segment"), theme.BODY, theme.TITLE)
        layout.addWidget(self._title)
        self._nothing = Label(
            _("Nothing selected. A segment shows its label, times, person and quality here."), kind="muted", wrap=True
        )
        layout.addWidget(self._nothing)
        self._body = QWidget()
        body = QVBoxLayout(self._body)
        body.setContentsMargins(0, 4, 0, 0)
        body.setSpacing(8)
        self.label = Field(_("Label"), _("no label yet"))
        self.person = Field(_("Person"), _("nobody named"))
        self._captions: list[Label] = []
        for field, name, signal in (
            (self.label, _("Label"), self.label_set),
            (self.person, _("Person"), self.person_set),
        ):
            caption = Label(name, theme.CAPTION, kind="muted")
            caption.setBuddy(field)
            self._captions.append(caption)
            body.addWidget(caption)
            body.addWidget(field)
            field.entered.connect(signal)
        body.addSpacing(4)
        self._times = _Facts()
        self._from = _Facts()
        self._quality = _Facts()
        self._check = Chip()
        self._history = Label("", theme.CAPTION, kind="muted", wrap=True)
        body.addWidget(self._times)
        body.addWidget(Line())
        body.addWidget(self._from)
        self._quality_line = Line()
        body.addWidget(self._quality_line)
        self._quality_title = Label("", weight=theme.TITLE)
        body.addWidget(self._quality_title)
        body.addWidget(self._check)
        body.addWidget(self._quality)
        self._history_line = Line()
        self._history_title = Label(_("History"), weight=theme.TITLE)
        for widget in (self._history_line, self._history_title, self._history):
            body.addWidget(widget)
        layout.addWidget(self._body)
        layout.addStretch(1)
        self._ones = [
            self._times,
            self._quality_line,
            self._quality_title,
            self._quality,
            self._history_line,
            self._history_title,
            self._history,
        ]
        self._styles: dict[str, ClassStyle] = {}
        self._unreadable = False
        theme.current().changed.connect(self._dress)
        self.show_rows([], 0)

    def show_choices(self, styles: Mapping[str, ClassStyle], people: Sequence[str]) -> None:
        """What the two fields offer."""
        self._styles = dict(styles)
        self._dress()
        self.person.show_choices([(code, code, None) for code in people])

    def show_unit(self, unit: str | None) -> None:
        """Of labels that are numbers; None: they are classes."""
        name = _("Label") if unit is None else _("Value, {unit}").format(unit=unit_text(unit)) if unit else _("Value")
        self._captions[0].setText(name)
        self.label.setAccessibleName(name)
        self.label.line.setAccessibleName(name)

    def _dress(self) -> None:
        """Swatches are pictures in the theme's colours."""
        self.label.show_choices([(label, style.name, _swatch(style)) for label, style in self._styles.items()])

    def show_rows(self, rows: "Sequence[ListedSegment]", count: int, *, unreadable: bool = False) -> None:
        """rows: those selected that are at hand, of `count`. unreadable: the file is not there, or no sound."""
        self._unreadable = unreadable
        self._nothing.setVisible(not rows)
        self._body.setVisible(bool(rows))
        many = count > 1
        self._title.setText(_("{count:,} segments").format(count=count) if many else _("Segment"))
        if not rows:
            return
        self.label.show_values({row.label for row in rows}, all_known=count == len(rows))
        self.person.show_values({row.person for row in rows}, all_known=count == len(rows))
        for widget in self._ones:
            widget.setVisible(not many)
        self._check.hide()
        if many:
            seconds = sum(row.seconds for row in rows)
            self._from.show_facts([(_("Together"), clock_text(seconds, 0.1) if count == len(rows) else "…")])
        else:
            self._show_one(rows[0])

    def _show_one(self, row: "ListedSegment") -> None:
        rate = row.rate_hz
        times = [
            (_("Start"), clock_text(row.start / rate)),
            (_("End"), clock_text(row.end / rate)),
            (_("Length"), f"{row.seconds:.3f} s"),
        ]
        self._times.show_facts(times if kind_of(row).has_time else [])
        facts = [
            (_("Set by"), row.annotator),
            (_("Session"), row.session),
            (_("Place"), row.place),
            (_("Source"), row.source),
            (_("Board"), row.board),
            (_("Recorded"), (row.started_utc or "")[:16].replace("T", " ")),
            (_("Imported from"), (row.imported_from or "").replace("\\", "/").rpartition("/")[2]),
            (_("Consent"), row.consent),
        ]
        self._from.show_facts([(name, value) for name, value in facts if value])
        self.show_quality(row)
        self.show_history([])

    def show_quality(self, row: "ListedSegment") -> None:
        """Again, when what was measured of the chosen segment's recording is known."""
        m = row.measured
        self._quality_title.setText(_("Quality") if row.whole else _("Quality of the recording"))
        lost = f"{row.lost_inside:,} of {row.end - row.start:,}" if row.lost_inside else _("none in this segment")
        facts = [(_("Gaps"), lost)] if kind_of(row).has_time else []
        if m is not None:
            share = m.clipped / max(m.samples, 1)
            clipped = f"{share:.2%}".replace("%", " %") if m.clipped else _("nothing")
            facts = [(_("Peak"), _db(m.peak_db)), (_("Mean level"), _db(m.rms_db)), (_("Clipped"), clipped), *facts]
        self._quality.show_facts([] if self._unreadable else facts)
        self._check.setVisible(self._unreadable or row.quality in QUALITIES)
        if self._unreadable:
            self._check.show_state(_("cannot be read"), "warn", "err")
        elif row.quality in QUALITIES:
            word, tone = QUALITIES[row.quality]
            self._check.show_state(_(word), "warn" if tone else "tick", tone or "ok")

    def show_history(self, changes: "Sequence[Change]") -> None:
        self._history.setText("\n".join(f"{change.made_utc[11:16]}  {change.title}" for change in changes))
        for widget in (self._history_line, self._history_title, self._history):
            widget.setVisible(bool(changes))


class _Facts(QWidget):
    """Names and values, a row each."""

    def __init__(self) -> None:
        super().__init__()
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setVerticalSpacing(6)
        self._grid.setColumnStretch(1, 1)
        self._cells: list[tuple[Label, Elided]] = []

    def show_facts(self, facts: Sequence[tuple[str, str]]) -> None:
        while len(self._cells) < len(facts):
            cells = Label("", theme.CAPTION, kind="muted"), Elided(right=True)
            for column, cell in enumerate(cells):
                self._grid.addWidget(cell, len(self._cells), column)
            self._cells.append(cells)
        for place, (name, value) in enumerate(self._cells):
            shown = place < len(facts)
            name.setVisible(shown)
            value.setVisible(shown)
            if shown:
                name.setText(facts[place][0])
                value.set_text(facts[place][1])


class Field(QComboBox):
    """One of a few, or a new one that is typed. `entered(value)`: "" for none."""

    entered = Signal(str)

    def __init__(self, name: str, empty: str) -> None:
        super().__init__()
        self._empty, self._shown = empty, ""
        self.line = QLineEdit()
        self.line.setAccessibleName(name)
        self.setEditable(True)
        self.setLineEdit(self.line)
        self.setAccessibleName(name)
        self.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(8)
        self.setIconSize(QSize(_SWATCH, _SWATCH))
        self.activated.connect(lambda _index: self._enter())
        self.line.returnPressed.connect(self._enter)

    def show_choices(self, choices: "Sequence[tuple[str, str, QIcon | None]]") -> None:
        """Keys, names and pictures."""
        self.clear()
        for key, name, picture in choices:
            self.addItem(picture or QIcon(), name, key)
        self._show(self._shown)

    def show_values(self, values: set[str | None], *, all_known: bool) -> None:
        """What the selected ones have."""
        several = len(values) > 1 or not all_known
        self.line.setPlaceholderText(_("several") if several else self._empty)
        self._show("" if several else next(iter(values)) or "")
        if several:
            self._shown = "\0"  # whatever is entered is another

    def _show(self, value: str) -> None:
        self._shown = value
        at = self.findData(value) if value else -1
        self.setCurrentIndex(at)
        self.line.setText(self.itemText(at) if at >= 0 else value.strip("\0"))

    def _enter(self) -> None:
        """Tells what was entered, once: both a choice and Enter come here."""
        text = self.line.text().strip()
        at = self.findText(text, Qt.MatchFlag.MatchExactly | Qt.MatchFlag.MatchCaseSensitive)
        value = str(self.itemData(at)) if at >= 0 else text
        if value != self._shown:
            self._shown = value
            self.entered.emit(value)


def _swatch(style: ClassStyle) -> QIcon:
    side = px(_SWATCH)
    picture = QPixmap(2 * side, 2 * side)
    picture.setDevicePixelRatio(2)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    draw_swatch(painter, px(3), side / 2, style)
    painter.end()
    return QIcon(picture)


def _db(value: float) -> str:
    return f"{number_text(value, 0.1)} dBFS"
