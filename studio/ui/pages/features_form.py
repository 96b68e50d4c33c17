"""The front end's settings as a form drawn from its specification, and what they cost on a board."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QProgressBar, QSpinBox, QVBoxLayout, QWidget

from studio.core.energy import ADD_32_BIT_PJ, MULTIPLY_32_BIT_PJ
from studio.core.errors import InvalidInput
from studio.core.text import gettext as _
from studio.core.text import mark
from studio.dataset.settings import WINDOWS_MS
from studio.features.blocks import LogMel
from studio.features.choices import FRONT_END, Choice, Value
from studio.features.spectrum import PASSBAND
from studio.ui import theme
from studio.ui.controls import LINK_PADDING, Button, Elided, Icon, Label, Line, spin_box

if TYPE_CHECKING:
    from studio.boards.board_table import BoardRow
    from studio.features.cost import Cost
    from studio.native.engine import Listening

FORM_WIDTH = 280
_FIELD_WIDTH = 116
_WINDOW = Choice(
    "window_ms",
    mark("Window"),
    mark("How much sound the model sees at once."),
    lambda spec: round(spec.clip_samples * 1000 / spec.rate_hz),
    "ms",
    *WINDOWS_MS,
)
ROWS: tuple[Choice, ...] = (_WINDOW, *FRONT_END)


@dataclass(frozen=True)
class Chosen:
    """What the form says, and the specification it gives. front_end: only what is not as it comes."""

    window_ms: int
    front_end: Mapping[str, Value]
    spec: LogMel


class FrontEndForm(QWidget):
    """`edited(Chosen)` comes with each edit that makes sense; for one that does not, its field says why."""

    edited = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._rate_hz, self._lowest_hz = 16_000, 16_000
        self._spec: LogMel | None = None
        self._filling = False
        self.fields: dict[str, QSpinBox | QComboBox] = {}
        self.problems: dict[str, Label] = {}
        self.reset = Button(_("Reset"), kind="link")
        self.reset.setToolTip(_("All as it comes"))
        head = QHBoxLayout()
        head.addWidget(Label(_("Front end"), weight=theme.TITLE))
        head.addStretch(1)
        head.addWidget(self.reset)
        head.addSpacing(-LINK_PADDING)  # its text ends where the fields do
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addLayout(head)
        self._kind = Label(_("Log-mel energies"), kind="muted")
        layout.addWidget(self._kind)
        layout.addSpacing(2)
        for row in ROWS:
            layout.addLayout(self._row(row))
            layout.addWidget(self.problems[row.key])

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

    def show_spec(self, spec: LogMel, lowest_hz: int, *, writable: bool) -> None:
        """lowest_hz: the lowest sample rate among the recordings that train."""
        self._rate_hz, self._lowest_hz, self._spec = spec.rate_hz, lowest_hz, spec
        self._filling = True
        for row in ROWS:
            field, value = self.fields[row.key], row.of(spec)
            if isinstance(field, QSpinBox):
                field.setValue(int(value))
            else:
                field.setCurrentIndex(field.findData(value))
            field.setEnabled(writable)
            self._say(row.key, "")
        self._filling = False
        self.reset.setEnabled(writable and bool(self._front_end()))

    def _edited(self, key: str) -> None:
        if self._filling or self._spec is None:
            return
        for row in ROWS:
            self._say(row.key, "")
        try:
            for row in ROWS:
                self._check(row)
            chosen = Chosen(self._value("window_ms"), self._front_end(), self._made(self._values()))
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
        most_hz = int(min(self._rate_hz, self._lowest_hz) / 2 * PASSBAND)
        if row.key == "high_hz" and value > most_hz:
            raise _Wrong(
                row.key,
                _("Recordings at {rate:,} Hz hold nothing to rely on above {most:,} Hz.").format(
                    rate=min(self._rate_hz, self._lowest_hz), most=most_hz
                ),
            )

    def _say(self, key: str, why: str) -> None:
        label, field = self.problems[key], self.fields[key]
        label.setText(why)
        label.setVisible(bool(why))
        if bool(field.property("invalid")) != bool(why):
            field.setProperty("invalid", bool(why))
            field.style().unpolish(field)
            field.style().polish(field)

    def _value(self, key: str) -> Any:
        field = self.fields[key]
        return field.value() if isinstance(field, QSpinBox) else field.currentData()

    def _values(self) -> dict[str, Any]:
        return {row.key: self._value(row.key) for row in FRONT_END}

    def _front_end(self) -> dict[str, Value]:
        usual = LogMel.for_data(self._rate_hz, self._lowest_hz / 2)
        values = self._values()
        return {row.key: values[row.key] for row in FRONT_END if values[row.key] != row.of(usual)}

    def _made(self, values: dict[str, Any]) -> LogMel:
        return LogMel.for_data(self._rate_hz, self._lowest_hz / 2, window_ms=self._value("window_ms"), **values)

    def usual(self) -> Chosen:
        """All as it comes, in windows as long as now."""
        window_ms = self._value("window_ms")
        return Chosen(window_ms, {}, LogMel.for_data(self._rate_hz, self._lowest_hz / 2, window_ms=window_ms))


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
            "Counted from the specification, every frame once. Energy at {add} pJ an addition and {multiply} pJ a "
            "multiplication of 32 bits: moving data and waiting are not in it, and nothing here was timed on a board."
        ).format(add=ADD_32_BIT_PJ, multiply=MULTIPLY_32_BIT_PJ)
        layout.addWidget(Label(counted, theme.CAPTION, kind="muted", wrap=True))

    def show_cost(self, counted: "Cost", window: "Listening", boards: "Sequence[BoardRow]", board: str) -> None:
        """board: the key of the one that RAM is compared with; where it is none of boards, the first is."""
        row = next((each for each in boards if each.key == board), boards[0])
        for key, text in (
            ("multiplications", f"{counted.window.multiplications:,}"),
            ("additions", f"{counted.window.additions:,}"),
            ("energy", _("{n:.2f} million pJ").format(n=counted.window.energy_pj / 1e6)),
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
