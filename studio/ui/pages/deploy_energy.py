"""Think here, or send it: a window's energy on the board beside its input sent by radio, and the sums behind both."""

from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from studio.boards.board_table import BoardRow
from studio.core.settings import load_settings, save_setting
from studio.core.text import gettext as _
from studio.model.fit import Fit, compute_terms, energy_pj
from studio.ui import theme
from studio.ui.controls import Button, Elided, Ground, Label, spin_box
from studio.ui.session import Session
from studio.ui.widgets.bars import EnergyBars, EnergyRow
from studio.ui.widgets.painted import px

SETTING = "radio_pj_per_bit"  # of the user; boards.toml has the assumption that it replaces
MOST_PJ = 10_000_000


class EnergyPanel(QWidget):
    """One linear scale for both. `changed`: the radio's figure was edited; it is kept as the user's setting."""

    changed = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        saved = load_settings().get(SETTING)
        self._own: int | None = saved if isinstance(saved, int) and 0 < saved <= MOST_PJ else None
        self._shown: tuple[Fit, BoardRow, int, str] | None = None
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        head = QHBoxLayout()
        head.addWidget(Label(_("Think here, or send it"), weight=theme.TITLE))
        head.addWidget(Elided(_("energy of one decision, in picojoules"), role="muted", right=True), 1)
        layout.addLayout(head)
        self._bars = EnergyBars()
        layout.addWidget(self._bars)
        why = Ground("bg")
        inside = QHBoxLayout(why)
        inside.setContentsMargins(16, 12, 16, 12)
        inside.setSpacing(24)
        sums = QVBoxLayout()
        sums.setSpacing(4)
        sums.addWidget(Label(_("Why"), weight=theme.TITLE))
        self._sums = QGridLayout()
        self._sums.setHorizontalSpacing(16)
        self._sums.setVerticalSpacing(3)
        self._sums.setColumnStretch(1, 1)
        self._cells = [[Label("", theme.CAPTION, kind=kind) for kind in ("text", "muted", "text")] for _row in range(4)]
        for place, cells in enumerate(self._cells):
            for column, cell in enumerate(cells):
                self._sums.addWidget(cell, place, column)
            cells[2].setAlignment(Qt.AlignmentFlag.AlignRight)
            cells[2].setFont(theme.font(theme.CAPTION, theme.TITLE))
        sums.addLayout(self._sums)
        sums.addStretch(1)
        inside.addLayout(sums, 6)
        told = QVBoxLayout()
        told.setSpacing(6)
        self._sentence = Label("", theme.CAPTION, kind="text", wrap=True)
        told.addWidget(self._sentence)
        self._assumed = Label(
            _("The radio's figure is an assumption: the table of energies has none. Change it to your radio's."),
            theme.CAPTION,
            kind="muted",
            wrap=True,
        )
        told.addWidget(self._assumed)
        row = QHBoxLayout()
        row.setSpacing(8)
        self.radio = spin_box(1, MOST_PJ, 10_000, suffix=_(" pJ a bit"), name=_("What the radio takes for a bit"))
        self.radio.setGroupSeparatorShown(True)
        self.radio.setKeyboardTracking(False)
        self.radio.setSingleStep(500)
        self.radio.setFixedWidth(px(150))
        self.radio.valueChanged.connect(self._edit)
        row.addWidget(self.radio)
        self._reset = Button(_("As assumed"), kind="link")
        self._reset.clicked.connect(self._forget)
        row.addWidget(self._reset)
        row.addStretch(1)
        told.addLayout(row)
        told.addStretch(1)
        inside.addLayout(told, 5)
        layout.addWidget(why)

    def set_height(self, bars: int) -> None:
        """bars: px at 100 % of text, as there is height to spare."""
        self._bars.setFixedHeight(px(bars))

    def show_board(self, fit: Fit, board: BoardRow, macs: int, sensor: str) -> None:
        """macs: of the model. sensor: the name of the SensorKind whose window it would send."""
        self._shown = (fit, board, macs, sensor)
        assumed = board.radio_pj_per_bit
        figure = None if assumed is None else self._own if self._own is not None else assumed
        for widget in (self._assumed, self.radio):
            widget.setVisible(assumed is not None)
        self._reset.setVisible(assumed is not None and figure != assumed)
        if figure is not None:
            before = self.radio.blockSignals(True)
            self.radio.setValue(round(figure))
            self.radio.blockSignals(before)
        energy = energy_pj(macs, fit.input_bits, figure)
        here, sent = energy["compute"] or 0.0, energy["communicate"]
        self._bars.show_rows(
            [
                EnergyRow(
                    _("This inference on the board"),
                    _("{macs} multiply-adds, {words} reads").format(macs=_count(macs), words=_count(macs / 2)),
                    here,
                    pj_text(here),
                ),
                EnergyRow(
                    _("Sending its input by radio"),
                    _sent(fit.input_bits, sensor),
                    sent,
                    _("no radio") if sent is None else pj_text(sent),
                ),
            ]
        )
        self._show_sums(macs, fit.input_bits, figure, sent)
        self._sentence.setText(_comparison(here, sent))
        self._sentence.setVisible(bool(self._sentence.text()))

    def _show_sums(self, macs: int, input_bits: int, figure: float | None, sent: float | None) -> None:
        rows = [
            (_(term.operation), f"{term.each_pj:g} pJ × {_count(term.times)}", pj_text(term.pj))
            for term in compute_terms(macs)
        ]
        if figure is not None and sent is not None:
            rows.append((_("Radio, per bit (assumed)"), f"{figure:,g} pJ × {input_bits:,}", pj_text(sent)))
        for place, cells in enumerate(self._cells):
            texts = rows[place] if place < len(rows) else ("", "", "")
            for cell, text in zip(cells, texts, strict=True):
                cell.setText(text)
                cell.setVisible(bool(text))

    def _edit(self, value: int) -> None:
        self._own = value
        self._keep()

    def _forget(self) -> None:
        if self._shown is not None and self._shown[1].radio_pj_per_bit is not None:
            self._own = round(self._shown[1].radio_pj_per_bit)
            self._keep()

    def _keep(self) -> None:
        self._session.in_background(partial(save_setting, SETTING, self._own))
        if self._shown is not None:
            self.show_board(*self._shown)
        self.changed.emit()


def pj_text(pj: float) -> str:
    """29.8 million pJ: three figures, or two places where it is small; 1,234 pJ."""
    if pj < 1e5:
        return _("{n} pJ").format(n=f"{pj:,.0f}")
    millions = pj / 1e6
    return _("{n} million pJ").format(
        n=f"{millions:,.0f}" if millions >= 100 else f"{millions:.{1 if millions >= 10 else 2}f}"
    )


def _sent(input_bits: int, sensor: str) -> str:
    if sensor == "camera":
        return _("{pixels} pixels × 8 bits").format(pixels=f"{input_bits // 8:,}")
    return _("{samples} samples × 16 bits").format(samples=f"{input_bits // 16:,}")


def _count(n: float) -> str:
    return _("{n} M").format(n=f"{n / 1e6:,.2f}") if n >= 1e5 else f"{n:,.0f}"


def _comparison(here: float, sent: float | None) -> str:
    if sent is None or here <= 0:
        return _("Without a radio there is nothing to compare: it decides here, or not at all.")
    ratio = sent / here
    if ratio >= 1:
        return _("Deciding here takes {n} times less than sending the window away.").format(n=f"{ratio:,.0f}")
    return _("Sending the window away would take {n} times less.").format(n=f"{1 / ratio:,.1f}")
