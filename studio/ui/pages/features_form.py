"""The front end's settings as a form drawn from the rows of its kind, and what they cost on a board."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QProgressBar, QSpinBox, QVBoxLayout, QWidget

from studio.core.energy import ADD_32_BIT_PJ, MULTIPLY_32_BIT_PJ
from studio.core.errors import InvalidInput
from studio.core.text import gettext as _
from studio.core.text import mark
from studio.features.choices import CHOICES, Choice, Value
from studio.features.front_ends import AnyFrontEnd, front_end_of
from studio.features.spectrum import PASSBAND
from studio.ui import theme
from studio.ui.controls import LINK_PADDING, Button, Elided, Icon, Label, Line, spin_box
from studio.ui.pages.features_kinds import KIND_VIEWS

if TYPE_CHECKING:
    from studio.boards.board_table import BoardRow
    from studio.features.cost import Cost
    from studio.native.engine import Listening
    from studio.training.preview import Heard

FORM_WIDTH = 280
_FIELD_WIDTH = 116


def rows_of(found: "Heard", kind: str) -> tuple[Choice, ...]:
    """The form's, of a front end of a project. A picture has no length."""
    template = found.settings.row
    if template.sees_pictures:
        return CHOICES[kind]
    window = Choice(
        "window_ms",
        mark("Window"),
        mark("How much the model sees at once."),
        lambda spec: round(spec.clip_samples * 1000 / spec.rate_hz),
        "ms",
        *template.windows_ms,
    )
    return (window, *CHOICES[kind])


@dataclass(frozen=True)
class Chosen:
    """What the form says, and the specification it gives. front_end: only what is not as it comes.

    window_ms: None where a window has no length.
    """

    kind: str
    window_ms: int | None
    front_end: Mapping[str, Value]
    spec: AnyFrontEnd


class FrontEndForm(QWidget):
    """`edited(Chosen)` comes with each edit that makes sense; for one that does not, its field says why."""

    edited = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._found: Any = None  # a Heard
        self._spec: AnyFrontEnd | None = None
        self._rows: tuple[Choice, ...] = ()
        self._writable = self._filling = False
        self.fields: dict[str, QSpinBox | QComboBox] = {}
        self.problems: dict[str, Label] = {}
        self.reset = Button(_("Reset"), kind="link")
        self.reset.setToolTip(_("All as it comes"))
        self.reset.setEnabled(False)  # until there is something to reset
        head = QHBoxLayout()
        head.addWidget(Label(_("Front end"), weight=theme.TITLE))
        head.addStretch(1)
        head.addWidget(self.reset)
        head.addSpacing(-LINK_PADDING)  # its text ends where the fields do
        self._column = layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addLayout(head)
        self._name = Label("", kind="muted")
        layout.addWidget(self._name)
        self.kind = QComboBox()
        self.kind.setAccessibleName(_("Kind of front end"))
        self.kind.activated.connect(lambda _index: self._choose_kind())
        layout.addWidget(self.kind)
        layout.addSpacing(2)
        self._fields = QWidget()
        layout.addWidget(self._fields)

    @property
    def first_field(self) -> QWidget | None:
        return next(iter(self.fields.values()), None)

    def _draw_rows(self, found: "Heard", kind: str) -> None:
        """The fields of a kind, in place of those that were there."""
        self._rows, self.fields, self.problems = rows_of(found, kind), {}, {}
        fields = QWidget()
        column = QVBoxLayout(fields)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        for row in self._rows:
            column.addLayout(self._row(row))
            column.addWidget(self.problems[row.key])
        self._column.replaceWidget(self._fields, fields)
        self._fields.deleteLater()
        self._fields = fields

    def _row(self, row: Choice) -> QHBoxLayout:
        title = Label(_(row.title))
        title.setToolTip(_(row.what))
        field = self._choice_field(row) if row.options else self._number_field(row)
        field.setAccessibleName(_(row.title))
        field.setAccessibleDescription(_(row.what))
        field.setToolTip(_(row.what))
        field.setFixedWidth(theme.px(_FIELD_WIDTH))
        title.setBuddy(field)
        self.fields[row.key] = field
        self.problems[row.key] = Label("", theme.CAPTION, kind="err", wrap=True)
        self.problems[row.key].hide()
        line = QHBoxLayout()
        line.addWidget(title, 1)
        line.addWidget(field)
        return line

    def _number_field(self, row: Choice) -> QSpinBox:
        low, high = (-999, 0) if row.least < 0 else (0, 99_999)  # wider than what is taken: the sentence tells that
        field = spin_box(low, high, 0, suffix=f" {row.unit}" if row.unit else "")
        field.setKeyboardTracking(False)
        field.setGroupSeparatorShown(True)
        field.valueChanged.connect(lambda _value, key=row.key: self._edited(key))
        return field

    def _choice_field(self, row: Choice) -> QComboBox:
        field = QComboBox()
        for option in row.options:
            field.addItem(_(option.title), option.value)
        field.currentIndexChanged.connect(lambda _index, key=row.key: self._edited(key))
        return field

    def show_spec(self, found: "Heard", spec: AnyFrontEnd, *, writable: bool) -> None:
        """found: the project, whose rate, ranges and kinds the form goes by."""
        self._filling = True
        if self._found is None or self._found.settings.row is not found.settings.row or self._kind_of() != spec.kind:
            self._show_kinds(found, spec.kind)
            self._draw_rows(found, spec.kind)
        self._found, self._spec, self._writable = found, spec, writable
        self.kind.setEnabled(writable)
        for row in self._rows:
            field, value = self.fields[row.key], row.of(spec)
            if isinstance(field, QSpinBox):
                field.setValue(int(value))
            else:
                field.setCurrentIndex(field.findData(value))
            field.setEnabled(writable)
            self._say(row.key, "")
        self._filling = False
        self.reset.setEnabled(writable and bool(self._front_end()))

    def _show_kinds(self, found: "Heard", kind: str) -> None:
        """Its name; where there is more than one, which."""
        kinds = found.settings.row.front_ends
        self.kind.clear()
        for each in kinds:
            self.kind.addItem(KIND_VIEWS[each].name, each)
        self.kind.setCurrentIndex(self.kind.findData(kind))
        self.kind.setVisible(len(kinds) > 1)
        self._name.setText(KIND_VIEWS[kind].name)
        self._name.setVisible(len(kinds) == 1)

    def _kind_of(self) -> str:
        return str(self.kind.currentData())

    def _choose_kind(self) -> None:
        """Another kind, all of it as it comes."""
        if self._spec is None or self._kind_of() == self._spec.kind:
            return
        window_ms = self._value("window_ms")
        self._draw_rows(self._found, self._kind_of())
        self._take(Chosen(self._kind_of(), window_ms, {}, self._made({}, window_ms)))

    def _take(self, chosen: Chosen) -> None:
        """It is shown, and told."""
        self.show_spec(self._found, chosen.spec, writable=self._writable)
        self.edited.emit(chosen)

    def _edited(self, key: str) -> None:
        if self._filling or self._spec is None:
            return
        for row in self._rows:
            self._say(row.key, "")
        try:
            for row in self._rows:
                self._check(row)
            window_ms = self._value("window_ms")
            chosen = Chosen(self._kind_of(), window_ms, self._front_end(), self._made(self._values(), window_ms))
        except _Wrong as wrong:
            self._say(wrong.key, wrong.why)
            return
        except InvalidInput as error:
            self._say(key, f"{error.why[:1].upper()}{error.why[1:]}.")
            return
        self._spec = chosen.spec
        self.reset.setEnabled(bool(chosen.front_end))
        self.edited.emit(chosen)

    def _check(self, row: Choice) -> None:
        value = self._value(row.key)
        if row.options:
            return
        if not row.least <= value <= row.most:
            raise _Wrong(
                row.key,
                _("From {least:,} to {most:,} {unit}.")
                .format(least=row.least, most=row.most, unit=row.unit)
                .replace(" .", ".")
                .replace("-", "−"),
            )
        if row.key == "high_hz":
            rate_hz = min(self._found.settings.rate_hz, self._found.lowest_rate_hz)
            most_hz = int(rate_hz / 2 * PASSBAND)
            words = _("Recordings at {rate:,} Hz hold nothing to rely on above {most:,} Hz.")
            if value > most_hz:
                raise _Wrong(row.key, words.format(rate=rate_hz, most=most_hz))

    def _say(self, key: str, why: str) -> None:
        label, field = self.problems[key], self.fields[key]
        label.setText(why)
        label.setVisible(bool(why))
        if bool(field.property("invalid")) != bool(why):
            field.setProperty("invalid", bool(why))
            field.style().unpolish(field)
            field.style().polish(field)

    def _value(self, key: str) -> Any:
        """None where there is no such field."""
        field = self.fields.get(key)
        return field.value() if isinstance(field, QSpinBox) else None if field is None else field.currentData()

    def _values(self) -> dict[str, Any]:
        return {row.key: self._value(row.key) for row in CHOICES[self._kind_of()]}

    def _front_end(self) -> dict[str, Value]:
        usual, values = self._made({}, None), self._values()
        return {row.key: values[row.key] for row in CHOICES[self._kind_of()] if values[row.key] != row.of(usual)}

    def _made(self, values: dict[str, Any], window_ms: int | None) -> AnyFrontEnd:
        """window_ms: None for the project's. Raises InvalidInput."""
        found, settings = self._found, self._found.settings
        return front_end_of(
            self._kind_of(),
            settings.rate_hz,
            window_ms if window_ms is not None else settings.window_ms,
            values,
            lowest_nyquist_hz=found.lowest_rate_hz / 2,
            sensor=settings.sensor.kind,
            ranges=found.ranges,
        )

    def show_usual(self) -> None:
        """All as it comes, in windows as long as now."""
        window_ms = self._value("window_ms")
        self._take(Chosen(self._kind_of(), window_ms, {}, self._made({}, window_ms)))


class _Wrong(Exception):
    def __init__(self, key: str, why: str) -> None:
        super().__init__(why)
        self.key, self.why = key, why


class CostPanel(QWidget):
    """One window's arithmetic, bytes and energy, as features/cost.py and the C core count them."""

    def __init__(self) -> None:
        super().__init__()
        self._figures: dict[str, Elided] = {}
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addWidget(Line())
        layout.addSpacing(8)
        layout.addWidget(Label(_("Cost on the board, a window"), weight=theme.TITLE))
        for key, title in (
            ("multiplications", _("Multiplications")),
            ("additions", _("Additions")),
            ("energy", _("Energy of these")),
            ("flash", _("Flash for tables")),
            ("ram", _("RAM for samples")),
        ):
            self._figures[key] = Elided(weight=theme.VALUE, right=True)
            line = QHBoxLayout()
            line.addWidget(Label(title))
            line.addWidget(self._figures[key], 1)
            layout.addLayout(line)
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setRange(0, 1000)
        layout.addWidget(self._bar)
        self._fit, self._fit_icon = Label("", theme.CAPTION, kind="muted", wrap=True), Icon("tick", "ok", 14)
        fit = QHBoxLayout()
        fit.setSpacing(6)
        fit.addWidget(self._fit_icon, 0, Qt.AlignmentFlag.AlignTop)
        fit.addWidget(self._fit, 1)
        layout.addLayout(fit)
        counted = _(
            "Counted from the specification. Energy at {add} pJ an addition and {multiply} pJ a "
            "multiplication of 32 bits: moving data and waiting are not in it, and nothing here was timed on a board."
        ).format(add=ADD_32_BIT_PJ, multiply=MULTIPLY_32_BIT_PJ)
        self._counted = counted
        self._told = Label("", theme.CAPTION, kind="muted", wrap=True)
        layout.addWidget(self._told)

    def show_cost(
        self, counted: "Cost", window: "Listening", boards: "Sequence[BoardRow]", board: str, not_counted: str = ""
    ) -> None:
        """board: the key of the one that RAM is compared with; where it is none of boards, the first is.

        not_counted: a sentence on what is left out besides.
        """
        self._told.setText(f"{self._counted} {not_counted}".strip())
        row = next((each for each in boards if each.key == board), boards[0])
        for key, text in (
            ("multiplications", f"{counted.window.multiplications:,}"),
            ("additions", f"{counted.window.additions:,}"),
            ("energy", _energy(counted.window.energy_pj)),
            ("flash", _("{n:,} bytes").format(n=counted.table_bytes)),
            ("ram", _("{n:,} bytes").format(n=window.window_bytes)),
        ):
            self._figures[key].set_text(text)
        share = window.window_bytes / row.window_bytes
        self._bar.setValue(min(1000, round(1000 * share)))
        self._bar.setAccessibleName(_("{share:.0%} of the RAM kept for it").format(share=share))
        small = [each.name for each in boards if each.window_bytes < window.window_bytes]
        self._fit_icon.show_icon("warn" if small else "tick", "warn" if small else "ok")
        of_board = _("{share} % of what {board} keeps for it").format(share=f"{100 * share:.0f}", board=row.name)
        if small:
            self._fit.setText(_("{of_board}. Too much for {small}.").format(of_board=of_board, small=", ".join(small)))
        else:
            self._fit.setText(_("{of_board}; it fits all {count} boards.").format(of_board=of_board, count=len(boards)))


def _energy(pj: float) -> str:
    return _("{n:.2f} million pJ").format(n=pj / 1e6) if pj >= 1e5 else _("{n:,.0f} pJ").format(n=pj)
