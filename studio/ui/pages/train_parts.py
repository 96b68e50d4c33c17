"""Parts of Train: the network with what fits, the options, and the card that says what is happening."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QMenu,
    QProgressBar,
    QScrollArea,
    QSizePolicy,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from studio.core.text import gettext as _
from studio.model.fit import Pace, pace
from studio.training.presets import Block
from studio.ui import theme
from studio.ui.controls import Button, Elided, Ground, Label, Segmented, Toggle, spin_box
from studio.ui.icons import SMALL, draw_icon
from studio.ui.pages.train_words import WORDS
from studio.ui.training_facts import TrainingFacts
from studio.ui.widgets.bars import Budget, BudgetBars
from studio.ui.widgets.network import INSET, NetworkBlock, NetworkDiagram
from studio.ui.widgets.painted import px

if TYPE_CHECKING:
    from studio.boards.board_table import BoardRow
    from studio.training.presets import Preset, Sizes

SEEDS = 9_999
_SEEN = 3  # presets: of more, the names have no room beside each other


def blocks_of(sizes: "Sizes") -> list[NetworkBlock]:
    """A described network, as the diagram shows it."""
    shown, numbers = [], Counter[str]()
    for block in sizes.blocks:
        numbers[block.kind] += 1
        name = _block_name(block, numbers[block.kind])
        shown.append(NetworkBlock(name, block.shape, block.bytes, block.weights, block.macs))
    return shown


def _block_name(block: Block, number: int) -> str:
    names = {
        "input": _("Input"),
        "convolution": _("Convolution {height} × {width}"),
        "separable": _("Separable block {number}"),
        "inverted": _("Inverted block {number}"),
        "pool": _("Average pool") if block.kernel == (1, 1) else _("Largest of {height} × {width}"),
        "dense": _("Fully connected"),
        "softmax": _("Softmax"),
    }
    return names[block.kind].format(height=block.kernel[0], width=block.kernel[1], stride=block.stride, number=number)


def budgets_of(sizes: "Sizes", board: "BoardRow", found: Pace) -> list[Budget]:
    """Flash, RAM and time of one window on a board. found: how often it decides."""
    flash, ram = board.image_slot_bytes, board.arena_bytes
    figures = _of(found.window_ms, found.hop_ms, "ms")
    slower = "" if found.is_finest else _("it decides every {hop} ms").format(hop=f"{found.hop_ms:,.0f}")
    return [
        Budget(_("Flash"), sizes.image_bytes, flash, _of(sizes.image_bytes / 1024, flash / 1024, "kB")),
        Budget(_("Arena"), sizes.arena_bytes, ram, _of(sizes.arena_bytes / 1024, ram / 1024, "kB")),
        Budget(
            _("Time"), found.window_ms, found.hop_ms, _("about {figures}").format(figures=figures),
            gives_way=slower, over=not found.keeps_up,
        ),
    ]  # fmt: skip


def _of(used: float, limit: float, unit: str) -> str:
    return _("{used} of {limit} {unit}").format(used=f"{used:,.0f}", limit=f"{limit:,.0f}", unit=unit)


class PresetChoice(QWidget):
    """Networks by name: all seen where they are three, a list where they are more. `chosen(index)`."""

    chosen = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self._titles: list[str] = []
        self._choice: Segmented | QComboBox | None = None
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)

    @property
    def index(self) -> int:
        choice = self._choice
        return choice.currentIndex() if isinstance(choice, QComboBox) else -1 if choice is None else choice.index

    def show_presets(self, presets: "Sequence[Preset]", chosen: int) -> None:
        titles = [_(preset.title) for preset in presets]
        if titles != self._titles:
            if self._choice is not None:
                self._choice.hide()
                self._choice.deleteLater()
            self._titles, self._choice = titles, self._made(titles)
            self._choice.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            self._layout.addWidget(self._choice)
        if isinstance(self._choice, QComboBox):
            self._choice.setCurrentIndex(chosen)
        elif self._choice is not None:
            self._choice.set_index(chosen)

    def _made(self, titles: list[str]) -> "Segmented | QComboBox":
        name = _("Size of the network")
        if len(titles) <= _SEEN:
            segmented = Segmented(titles, name=name)
            segmented.chosen.connect(self.chosen)
            return segmented
        listed = QComboBox()
        listed.setAccessibleName(name)
        listed.addItems(titles)
        listed.activated.connect(self.chosen)
        return listed


class NetworkColumn(QScrollArea):
    """Presets, what of them fits on the board, and the network block by block. `preset_chosen(name)`."""

    preset_chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setWidgetResizable(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._holder = holder = QWidget()
        holder.setObjectName("page")
        self.setWidget(holder)
        whole = QVBoxLayout(holder)
        whole.setContentsMargins(theme.PAGE_MARGIN - INSET, 18, theme.PAGE_MARGIN - INSET, 14)
        whole.setSpacing(8)
        column = QVBoxLayout()
        column.setContentsMargins(INSET, 0, INSET, 0)
        column.setSpacing(8)
        whole.addLayout(column)
        column.addWidget(Label(_("Network"), weight=theme.TITLE))
        self._names: list[str] = []
        self.presets = PresetChoice()
        self.presets.chosen.connect(lambda index: self.preset_chosen.emit(self._names[index]))
        column.addWidget(self.presets)
        self._board = Elided(role="muted", size=theme.CAPTION, weight=theme.HEAD)
        column.addWidget(self._board)
        self.bars = BudgetBars()
        column.addWidget(self.bars)
        self._note = Label(size=theme.CAPTION, kind="muted", wrap=True)
        column.addWidget(self._note)
        self.diagram = NetworkDiagram()
        whole.addWidget(self.diagram, 1)

    def sizeHint(self) -> QSize:
        return self._holder.sizeHint()

    def show_network(
        self,
        presets: "Sequence[Preset]",
        preset: "Preset",
        sizes: "Sizes",
        board: "BoardRow",
        hops_ms: Sequence[int],
        *,
        chosen: bool,
    ) -> None:
        """preset: one of presets. board: what it would run on; `chosen`: whether the user chose it. hops_ms: how often
        it may decide.
        """
        self._names = [known.name for known in presets]
        self.presets.show_presets(presets, self._names.index(preset.name))
        on = _("On {board}") if chosen else _("On {board}, as no board is chosen")
        self._board.set_text(on.format(board=board.name))
        found = pace(sizes.macs, board.clock_hz, hops_ms)
        budgets = budgets_of(sizes, board, found)
        self.bars.show_budgets(budgets)
        self._note.setText(_verdict(budgets, found))
        foot = _("Arena {bytes} bytes").format(bytes=f"{sizes.arena_bytes:,}")
        self.diagram.show_blocks(blocks_of(sizes), foot)
        self.updateGeometry()


def _verdict(budgets: Sequence[Budget], found: Pace) -> str:
    over = [budget.name for budget in budgets[:2] if not budget.fits]
    if over:
        return _("Too large for this board: {parts}. Choose a smaller network.").format(parts=", ".join(over).lower())
    return _("It fits. {pace}").format(pace=found) if found.keeps_up else str(found)


class _StayingMenu(QMenu):
    """Stays open while entries are ticked."""

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        action = self.activeAction()
        if action is not None and action.isCheckable() and action.isEnabled():
            action.trigger()
        else:
            super().mouseReleaseEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        action = self.activeAction()
        if event.key() in (Qt.Key.Key_Space, Qt.Key.Key_Return) and action is not None and action.isCheckable():
            action.trigger()
        else:
            super().keyPressEvent(event)


class Several(Button):
    """A button whose menu ticks several of a few names; `changed` comes with each tick. none: its text without any."""

    changed = Signal()

    def __init__(self, name: str, none: str) -> None:
        super().__init__(none, name=f"{name}: {none}")
        self._name, self._none = name, none
        self._names: tuple[str, ...] = ()
        self._ticked: tuple[str, ...] = ()
        self.menu_shown = _StayingMenu(self)
        self.clicked.connect(self.open)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        right = QRectF(self.width() - SMALL - 8, (self.height() - SMALL) / 2, SMALL, SMALL)
        draw_icon(QPainter(self), "down", right, "muted" if self.isEnabled() else "faint")

    def _parts_width(self) -> float:
        return super()._parts_width() + SMALL + 6

    def set_names(self, name: str, none: str) -> None:
        """What is chosen from, and its text where nothing is."""
        self._name, self._none = name, none

    def show_names(self, names: Iterable[str], ticked: Iterable[str]) -> None:
        self._names = tuple(names)
        wanted = set(ticked)
        self._ticked = tuple(name for name in self._names if name in wanted)
        self._say()

    @property
    def ticked(self) -> tuple[str, ...]:
        return self._ticked

    def open(self) -> None:
        self.menu_shown.clear()
        for name in self._names:
            action = self.menu_shown.addAction(name)
            action.setCheckable(True)
            action.setChecked(name in self._ticked)
            action.toggled.connect(lambda on, name=name: self._tick(name, on=on))
        self.menu_shown.popup(self.mapToGlobal(self.rect().bottomLeft()))

    def _tick(self, name: str, *, on: bool) -> None:
        chosen = {*self._ticked, name} if on else {*self._ticked} - {name}
        self._ticked = tuple(known for known in self._names if known in chosen)
        self._say()
        self.changed.emit()

    def _say(self) -> None:
        text = ", ".join(self._ticked)
        if len(text) > 16:
            text = _("{count} of {total}").format(count=len(self._ticked), total=len(self._names))
        self.set_text(text or self._none)
        self.setAccessibleName(f"{self._name}: {text or self._none}")
        self.setEnabled(bool(self._names))


class Options(QWidget):
    """Words, people kept out, seed, quick. `changed` comes with any of them."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.words = Several(_("Words"), _("all words"))
        self._classes = Label(size=theme.CAPTION, weight=theme.HEAD, kind="muted")
        self._classes.setBuddy(self.words)
        self.people = Several(_("Keep out"), _("nobody"))
        self.seed = spin_box(0, SEEDS, 1, name=_("Seed"))
        self.seed.setFixedWidth(px(64))
        self.quick = Toggle(_("Quick"))
        self.people.setToolTip(_("People who are only scored, so that you see how it does on somebody new."))
        self.seed.setToolTip(_("The same seed and data give the same model."))
        self.quick.setToolTip(_("Few takes and epochs: to see that it works, not how well."))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self._classes)
        row.addWidget(self.words)
        for name, field in (
            (_("Keep out"), self.people),
            (_("Seed"), self.seed),
            (_("Quick"), self.quick),
        ):
            label = Label(name, size=theme.CAPTION, weight=theme.HEAD, kind="muted")
            label.setBuddy(field)
            row.addSpacing(4)
            row.addWidget(label)
            row.addWidget(field)
        row.addStretch(1)
        self.words.changed.connect(self.changed)
        self.people.changed.connect(self.changed)
        self.seed.valueChanged.connect(lambda _value: self.changed.emit())
        self.quick.toggled.connect(lambda _on: self.changed.emit())

    def show_facts(self, facts: TrainingFacts, labels: Iterable[str], people: Iterable[str]) -> None:
        words = WORDS[facts.template]
        for widget in (self._classes, self.words):
            widget.setVisible(bool(words.classes))
        if words.classes:
            self._classes.setText(_(words.classes))
            self.words.set_names(_(words.classes), _(words.all))
            self.words.setToolTip(_(words.tip))
            self.words.show_names(facts.words, labels)
        self.people.show_names(facts.people, people)


class StateCard(Ground):
    """One place for what is happening: the options at rest, the epoch while it trains, what went wrong.

    `again` is asked for by its button after a failure.
    """

    again = Signal()

    def __init__(self, options: Options) -> None:
        super().__init__("bg")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        box = QVBoxLayout(self)
        box.setContentsMargins(12, 10, 12, 10)
        box.setSpacing(6)
        self._head = QStackedWidget()
        self._head.addWidget(options)
        running = QWidget()
        row = QHBoxLayout(running)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(12)
        self.title = Label(weight=theme.TITLE, wrap=True)
        self._left = Label(kind="muted")
        row.addWidget(self.title, 1)
        row.addWidget(self._left)
        self._again = Button(_("Train again"), "refresh", slim=True)
        self._again.clicked.connect(self.again)
        row.addWidget(self._again)
        self._head.addWidget(running)
        box.addWidget(self._head)
        self.sentence = Label(kind="muted", wrap=True)
        box.addWidget(self.sentence)
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName(_("Progress of training"))
        box.addWidget(self._bar)

    def rest(self, sentence: str, *, kind: str = "muted") -> None:
        self._head.setCurrentIndex(0)
        self._say(sentence, kind)
        self._bar.hide()

    def run(self, title: str, sentence: str, fraction: float | None, left: str) -> None:
        self._head.setCurrentIndex(1)
        self.title.setText(title)
        self.title.set_kind("text")
        self._left.setText(left)
        self._again.hide()
        self._say(sentence, "muted")
        self._bar.setRange(0, 0 if fraction is None else 1000)
        self._bar.setValue(round((fraction or 0) * 1000))
        self._bar.show()

    def fail(self, what: str, advice: str) -> None:
        self._head.setCurrentIndex(1)
        self.title.setText(what)
        self.title.set_kind("err")
        self._left.setText("")
        self._again.show()
        self._say(advice, "muted")
        self._bar.hide()

    def _say(self, sentence: str, kind: str) -> None:
        self.sentence.setText(sentence)
        self.sentence.set_kind(kind)
        self.setAccessibleName(sentence)
