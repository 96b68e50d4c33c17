"""What can be done with what is heard: record or stop, keep or discard what a problem left, hands off."""

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from studio.core.text import gettext as _
from studio.ui.controls import Button, Ground
from studio.ui.pages.collect_problem import Problem

_MARGIN, _GAP = 16, 8  # px


class Foot(Ground):
    """The record button is in the middle as long as there is room; where there is little, keys go first, then icons."""

    recorded = Signal()
    hands_off_asked = Signal()
    cut_asked = Signal()
    record_on_asked = Signal()
    kept = Signal()
    discarded = Signal()
    other_asked = Signal()
    shot_asked = Signal()
    burst_asked = Signal()

    def __init__(self, keys: "dict[str, str]") -> None:
        """keys: as shown, of record, record_on, hands_off, cut, keep, shot and burst."""
        super().__init__("surface", "t")
        self.hands_off = Button(_("Hands off"), "target", "ghost", key=keys["hands_off"])
        self.hands_off.setCheckable(True)
        self.hands_off.clicked.connect(self.hands_off_asked)
        self.cut = Button(_("Cut by itself"), "split", "ghost", key=keys["cut"])
        self.cut.setCheckable(True)
        self.cut.setToolTip(_("A take of the chosen class at each sound or movement"))
        self.cut.clicked.connect(self.cut_asked)
        self.discard = Button(_("Discard"), "trash", "ghost")
        self.discard.clicked.connect(self.discarded)
        self.record = Button(_("Record"), "record", "record", key=keys["record"])
        self.record.clicked.connect(self.recorded)
        self.record_on = Button(_("Until I stop"), "clock", "ghost", key=keys["record_on"])
        self.record_on.setToolTip(_("Records until you stop it; hold 1 to 9 while something happens to label it"))
        self.record_on.clicked.connect(self.record_on_asked)
        self.keep = Button(_("Keep"), "tick", key=keys["keep"])
        self.keep.clicked.connect(self.kept)
        self.other = Button(_("Use the microphone"), "laptop", "ghost")
        self.other.clicked.connect(self.other_asked)
        self.shot = Button(_("One picture"), "camera", "ghost", key=keys["shot"])
        self.shot.clicked.connect(self.shot_asked)
        self.burst = Button(_("Burst"), "grid", "ghost", key=keys["burst"])
        self.burst.clicked.connect(self.burst_asked)
        self._short = {self.other: _("Microphone"), self.cut: _("Cut"), self.record_on: _("Long")}
        self._takes_pictures = False
        left, right = QWidget(), QWidget()
        sides = {
            left: (self.hands_off, self.cut, self.discard),
            right: (self.other, self.record_on, self.burst, self.shot),
        }
        self._buttons = {
            button: (button.key, button.icon_name) for button in (*sides[left], self.record, self.keep, *sides[right])
        }
        for holder, buttons in sides.items():
            holder.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
            box = QHBoxLayout(holder)
            box.setContentsMargins(0, 0, 0, 0)
            box.setSpacing(_GAP)
            if holder is right:
                box.addStretch(1)
            for button in buttons:
                box.addWidget(button)
            if holder is left:
                box.addStretch(1)
        self._sides = left, right
        row = QHBoxLayout(self)
        row.setContentsMargins(_MARGIN, 11, _MARGIN, 10)
        row.setSpacing(_GAP)
        for widget, stretch in ((left, 1), (self.record, 0), (self.keep, 0), (right, 1)):
            row.addWidget(widget, stretch)

    def show_pictures(self, taken: bool) -> None:  # noqa: FBT001
        """Whether there are pictures to be taken one by one."""
        self._takes_pictures = taken
        self.shot.setVisible(taken)
        self.burst.setVisible(taken)
        self.cut.setVisible(not taken)
        self._fit()

    def show_buttons(self, *, stops: bool, can_record: bool, can_prompt: bool, prompts: bool, cuts: bool) -> None:
        """stops: whether the record button ends what is on. prompts: whether it is hands off. cuts: whether takes are
        cut by themselves.
        """
        words = _("Stop") if stops else _("Record")
        if self.record.text() != words:
            self.record.set_text(words)
            self._buttons[self.record] = (self._buttons[self.record][0], "stop" if stops else "record")
            self._fit()
        self.record.setEnabled(can_record)
        self.hands_off.setEnabled(can_prompt)
        self.hands_off.setChecked(prompts)
        self.cut.setEnabled(can_prompt)
        self.cut.setChecked(cuts)
        self.record_on.setEnabled(can_record and not stops)
        for button in (self.shot, self.burst):
            button.setEnabled(can_record and not stops)

    def show_problem(self, what: Problem | None) -> None:
        """Record gives way to Keep where something was saved."""
        saved = what is not None and bool(what.saved)
        self.keep.setVisible(saved)
        self.discard.setVisible(saved)
        self.record.setVisible(not saved)
        self.hands_off.setVisible(not saved)
        self.record_on.setVisible(not saved)
        self.cut.setVisible(not self._takes_pictures and not saved)
        self.shot.setVisible(self._takes_pictures and not saved)
        self.burst.setVisible(self._takes_pictures and not saved)
        self.other.setVisible(what is not None and what.offers_other)
        if what is not None and saved:
            self.keep.set_text(_("Keep {length}").format(length=what.length))
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """As much of each button as there is room for."""
        shown = [button for button in self._buttons if not button.isHidden()]
        for keyed, with_icons, short in ((True, True, False), (False, True, False), (False, False, True)):
            for button in shown:
                key, icon = self._buttons[button]
                button.key = key if keyed else ""
                button.set_icon(icon if with_icons or button is self.record else "")
            for button, words in self._short.items():
                button.setText(words if short else button.accessibleName())
            needed = sum(button.sizeHint().width() + _GAP for button in shown)
            if needed + 2 * _MARGIN + _GAP <= self.width():
                break
        wide = [sum(b.sizeHint().width() + _GAP for b in shown if b.parent() is side) for side in self._sides]
        middle = sum(b.sizeHint().width() for b in shown if b.parent() is self) + 2 * _GAP
        least = max(wide) if 2 * max(wide) + middle + 2 * _MARGIN <= self.width() else 0
        for side in self._sides:  # as wide as each other where that leaves room for all
            side.setMinimumWidth(least)
