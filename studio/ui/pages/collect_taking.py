"""A take's life in Collect: begun by hand, by a countdown or by what is heard; ended, kept, done again or discarded."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from studio.core.text import gettext as _
from studio.ui.bridge import on_gui_thread
from studio.ui.hearing import Listening
from studio.ui.pages.collect_chosen import Chosen
from studio.ui.pages.collect_circumstances import Circumstances
from studio.ui.pages.collect_cutting import Cutting
from studio.ui.pages.collect_editing import discard_cut
from studio.ui.pages.collect_holding import Holding
from studio.ui.pages.collect_plan import OPEN, SHOT, Plan
from studio.ui.pages.collect_playing import Playback
from studio.ui.pages.collect_preflight import look_ahead
from studio.ui.pages.collect_reading import ShownTake
from studio.ui.pages.hands_off import Beat, HandsOff, Step
from studio.ui.session import Notice
from studio.ui.together import TakeMade

if TYPE_CHECKING:
    from studio.ui.session import Session


class Taking(QObject):
    """Has what is listened to recorded as what is chosen. plan: of the take that is on, or was last. cut: the take that
    a problem ended, until it is kept or discarded.

    begun: a take is asked for. ended: as a TakeMade, with its number among those of its class, before what follows it
    is chosen. changed: something else of this is another, such as whether takes begin by themselves.
    """

    begun = Signal()
    ended = Signal(object, int)
    changed = Signal()

    def __init__(
        self,
        session: "Session",
        listening: Listening,
        chosen: Chosen,
        circumstances: Circumstances,
        playback: Playback,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self.plan = Plan(None)
        self.cut: TakeMade | None = None
        self.hands_off = HandsOff(self._follow)
        self._goes_round = False  # hands off, in a script that is complete
        self.cutting = Cutting(listening, self._seconds_to_cut, self)
        self.holding = Holding(self._label_to_hold, self)
        self._session, self._listening, self._chosen = session, listening, chosen
        self._circumstances, self._playback = circumstances, playback
        self.cutting.begins.connect(self._cut_take)
        self.cutting.changed.connect(self.changed)
        on_gui_thread(listening.take_made, self._take_made, owner=self)

    @property
    def is_recording(self) -> bool:
        return self._listening.is_recording

    @property
    def is_prompting(self) -> bool:
        """Whether takes begin by themselves."""
        return self.hands_off.is_on or self.cutting.is_on

    @property
    def is_busy(self) -> bool:
        """Whether there is something to be stopped."""
        return self.is_recording or self.is_prompting

    def can_record(self) -> bool:
        """Or stop: a long take goes on, and may be ended, while its source is away."""
        on = self._listening.main.is_on or self.is_recording  # not as shown: another source may be on its way here
        return self._chosen.writable and on and bool(self._chosen.label)

    def can_begin(self) -> bool:
        return self.can_record() and not self.is_recording

    def can_take_pictures(self) -> bool:
        return self._chosen.sensor.by_count and self.can_begin()

    def forget(self) -> None:
        """Another project is open: what is on ends, and nothing waits for an answer."""
        self.stop_prompting()
        self._listening.stop()
        self.cut = None

    # By hand

    def record_or_stop(self) -> None:
        if self.is_prompting:
            self.stop_prompting()
        elif self.is_recording:
            self._listening.end()
        else:
            self._begin(self._chosen.label)

    def record_on(self) -> None:
        """Until it is stopped, of no class: what is held meanwhile are its segments."""
        self._begin(None, OPEN)

    def take_pictures(self, plan: Plan) -> None:
        self._begin(self._chosen.label, plan)

    def keep(self) -> None:
        """What was made, and on to what is missing."""
        self.cut = None
        self._chosen.go_on()
        self.changed.emit()

    def redo(self, take: ShownTake) -> None:
        """The take goes as soon as the new one is there: one edit, so that one undo brings it back."""
        if not take.label or not self.can_begin():
            return
        self._chosen.choose(take.label)
        if self.cutting.is_on:
            self.cutting.instead_of = take
            self.changed.emit()
        else:
            self._begin(take.label, SHOT if self._chosen.sensor.by_count else None, instead_of=take)

    def discard(self) -> None:
        """What a problem left of a take."""
        made, self.cut = self.cut, None
        if made is not None:
            discard_cut(self._session, made)
        self.changed.emit()

    def _label_to_hold(self, place: int) -> str:
        holds = self.is_recording and self.plan.is_open
        return self._chosen.label_at(place) if holds else ""

    # From beginning to end

    def _begin(
        self,
        label: str | None,
        plan: Plan | None = None,
        *,
        instead_of: ShownTake | None = None,
        from_index: int | None = None,
    ) -> None:
        from studio.capture.recorder import Take

        chosen, circumstances = self._chosen, self._circumstances
        self._playback.stop()
        self.cut = None
        self.plan = plan or chosen.plan_of(label or "")
        who = (chosen.person if instead_of is None else instead_of.person) or None
        agreed = None if who is None else circumstances.consent_of(who)
        take = Take(label, who, consent=agreed, place=circumstances.where or None)
        origin = self._listening.hearing.origin
        if origin is not None:
            seconds = self.plan.seconds(origin.format.rate_hz)
            key = self._listening.begin(
                take,
                seconds,
                every_s=self.plan.every_s,
                instead_of=None if instead_of is None else instead_of.id,
                from_index=from_index,
            )
            if key is not None and label is not None and instead_of is None:
                chosen.begin(key, label, who)
            if chosen.project is not None:
                look_ahead(self._session, chosen.project, self._listening.sources, seconds, self)
        self.begun.emit()

    def _take_made(self, made: TakeMade) -> None:
        if made.take.take == self._listening.newest:  # else the next one began before this one was entered
            self.holding.release()
        if made.cut is not None:
            self.cut = made
            self.cutting.stop()
        elif made.beside_cut is not None:
            told = _("The others recorded the whole take.")
            self._session.notify(Notice(str(made.beside_cut), told, "warn"))
        more = 0 if made.instead_of is not None else 1
        self.ended.emit(made, self._chosen.progress.made(made.take.label or "") + more)
        self._chosen.end(made.take.take or "", len(made.recorded) if made.entered else 0)
        if not made.recorded:
            self.hands_off.stop()
        else:
            self._go_on()
        self.changed.emit()

    # By themselves

    def _go_on(self) -> None:
        """To what is still wanted, by what takes begin, or to its end."""
        chosen, beat, was_prompting = self._chosen, self.hands_off.beat, self.is_prompting
        self.hands_off.take_is_made(chosen.following(beat.label, round_again=self._goes_round))
        if self.cutting.is_on and not chosen.go_on():
            self.cutting.stop()
        if was_prompting and not self.is_prompting:
            self._session.notify(Notice(_("The script is complete."), tone="ok"))

    def stop_prompting(self) -> None:
        """No take begins by itself any more. Twice does no harm."""
        self.hands_off.stop()
        self.cutting.stop()

    def switch_cutting(self) -> None:
        if self.cutting.is_on:
            self.cutting.stop()
        elif not self.is_recording:
            self.hands_off.stop()
            self._chosen.go_on()
            self.cutting.start()
        self.changed.emit()

    def _seconds_to_cut(self) -> float | None:
        """How long a take is; None where none can begin. What is played is none, nor what is heard once the last take
        that the class wants was begun: which one comes next is not told before that take is made.
        """
        chosen = self._chosen
        can = self.can_begin() and not self._playback.is_on
        is_last_begun = (
            chosen.label in chosen.progress.unfinished() and chosen.label not in chosen.expected.unfinished()
        )
        if not can or (is_last_begun and self.cutting.instead_of is None):
            return None
        return chosen.plan_of(chosen.label).wanted_s

    def _cut_take(self, begins: int) -> None:
        instead_of, self.cutting.instead_of = self.cutting.instead_of, None
        self._begin(self._chosen.label, instead_of=instead_of, from_index=begins)

    def switch_hands_off(self) -> None:
        if self.hands_off.is_on:
            self.hands_off.stop()
        elif not self.is_recording:
            self.cutting.stop()
            self._goes_round = not self._chosen.progress.unfinished()
            self.hands_off.start(self._chosen.following("", round_again=self._goes_round))
        self.changed.emit()

    def _follow(self, beat: Beat) -> None:
        """Hands off."""
        if beat.step is Step.COUNT:
            self._chosen.choose(beat.label)
        elif beat.step is Step.BEEP:
            self._playback.beep()
        elif beat.step is Step.RECORD:
            self._begin(beat.label)
        else:
            if self.is_recording:
                self._listening.end()
            self.changed.emit()
