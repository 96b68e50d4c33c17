"""Collect: takes of each class, recorded from the board that the model will run on, checked as they are made."""

from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QApplication, QHBoxLayout, QLineEdit, QWidget

from studio.core.samples import KINDS, MICROPHONE
from studio.core.text import gettext as _
from studio.dataset.script import Progress, Script, ScriptClass
from studio.dataset.templates import KEYWORD
from studio.ui.bridge import on_gui_thread
from studio.ui.class_styles import class_styles, is_unnamed, value_styles
from studio.ui.hearing import Listening
from studio.ui.pages.collect_cutting import Cutting, waiting_sign
from studio.ui.pages.collect_editing import ScriptEditor, discard_cut, remove_take
from studio.ui.pages.collect_holding import Holding
from studio.ui.pages.collect_kinds import SENSORS, WORDS
from studio.ui.pages.collect_live import LiveView
from studio.ui.pages.collect_plan import FAST, OPEN, SHOT, TIMED, Plan
from studio.ui.pages.collect_playing import Playback
from studio.ui.pages.collect_preflight import look_ahead
from studio.ui.pages.collect_problem import cut_problem, idle_sign, lost_problem, why_no_takes
from studio.ui.pages.collect_reading import Seen, SeenReader, ShownTake
from studio.ui.pages.collect_script import ScriptColumn
from studio.ui.pages.collect_sources import Sources
from studio.ui.pages.collect_stage import Stage
from studio.ui.pages.collect_takes import TakesList
from studio.ui.pages.hands_off import Beat, HandsOff, Step
from studio.ui.pages.page import Page, Shell
from studio.ui.session import Notice
from studio.ui.together import TakeMade
from studio.ui.widgets.painted import ClassStyle

if TYPE_CHECKING:
    from studio.dataset.project import Project

COMING = 3  # classes shown as next
CLASS_KEYS = 9


class CollectPage(Page):
    """It listens while it is shown, and goes on until the end of a take that is on when another page comes."""

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        self.listening = Listening(self.session)
        self.session.on_close(self._close)
        self._project: Project | None = None
        self._is_shown = False
        self._progress = Progress()
        self._is_read = False  # whether that is what the project has
        self._styles: dict[str, ClassStyle] = {}
        self._takes: list[ShownTake] = []
        self._label = self._person = ""
        self._cut: TakeMade | None = None  # the take that a problem ended, until it is kept or discarded
        self._redoing: str | None = None
        self._plan = Plan(None)  # of the take that is on, or was last
        self._sensor, self._words = SENSORS[MICROPHONE.name], WORDS[KEYWORD]
        key = shell.commands.key
        self.script = ScriptColumn()
        foot_keys = ("record", "record_on", "hands_off", "cut", "keep", "shot", "burst")
        self.stage = Stage({name: key(f"collect.{name}") for name in foot_keys})
        self.takes = TakesList({name: key(f"collect.{name}") for name in ("play", "keep", "redo", "remove")})
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self.script)
        row.addWidget(self.stage, 1)
        row.addWidget(self.takes)
        self._playback = Playback(self.session, self.takes, self)
        self._live = LiveView(self.session, self.listening, self.stage, self)
        self._live.drawn.connect(self._show_state)
        self.sources = Sources(shell, self.listening, self.stage, self._live, self)
        self.header = self.sources.header
        self.hands_off = HandsOff(self._hands_off_step)
        self.cutting = Cutting(self.listening, self._seconds_to_cut, self)
        self.holding = Holding(self._label_to_hold, self)
        self._editor = ScriptEditor(self.session, self.script, self)
        self._editor.changed.connect(self._script_changed)
        self._reader = SeenReader(self.session, self)
        self._reader.seen.connect(self._take_in)
        self._connect()
        self._bind()
        self._show_source_state()

    def _connect(self) -> None:
        session, run = self.session, self.shell.commands.run
        on_gui_thread(self.listening.take_made, self._take_made, owner=self)
        on_gui_thread(session.catalogue_changed, lambda _touched: self._read(), owner=self, latest=True)
        self.script.class_chosen.connect(self.choose_class)
        self.script.person_chosen.connect(self._choose_person)
        self.sources.changed.connect(self._show_source_state)
        self.sources.lost.connect(self.hands_off.stop)
        self.cutting.begins.connect(self._cut_take)
        self.cutting.changed.connect(self._show_source_state)
        self.holding.held.connect(self._hold)
        self.takes.kept.connect(lambda _id: run("collect.keep"))
        self.takes.redone.connect(self._redo)
        self.takes.removed.connect(self._remove)
        foot = self.stage.foot
        foot.recorded.connect(lambda: run("collect.record"))
        foot.record_on_asked.connect(lambda: run("collect.record_on"))
        foot.hands_off_asked.connect(lambda: run("collect.hands_off"))
        foot.cut_asked.connect(lambda: run("collect.cut"))
        foot.kept.connect(lambda: run("collect.keep"))
        foot.discarded.connect(self._discard)
        foot.shot_asked.connect(lambda: run("collect.shot"))
        foot.burst_asked.connect(lambda: run("collect.burst"))

    def _bind(self) -> None:
        bind = self.shell.commands.bind
        bind("collect.record", self._record_or_stop, enabled=self._can_record)
        bind("collect.record_on", self._record_on, enabled=lambda: self._can_record() and not self._is_busy)
        bind("collect.shot", partial(self._take_pictures, SHOT), enabled=self._can_take_pictures)
        bind("collect.burst", partial(self._take_pictures, FAST), enabled=self._can_take_pictures)
        bind("collect.mark", self._mark, enabled=lambda: self._can_record() and not self._sensor.by_count)
        bind("collect.play", self._playback.play_or_stop, enabled=lambda: self._has_chosen() and self._sensor.plays)
        bind("collect.keep", self._keep, enabled=lambda: bool(self.takes.pending) or self.stage.foot.keep.isVisible())
        bind("collect.redo", self._redo, enabled=self._can_redo)
        bind("collect.remove", self._remove, enabled=lambda: self._has_chosen() and self._writable)
        bind("collect.hands_off", self._switch_hands_off, enabled=self._can_record)
        bind("collect.cut", self._switch_cutting, enabled=lambda: self._can_record() and not self._sensor.by_count)
        bind("collect.add_class", self.script.ask_for_class, enabled=lambda: self._writable)
        bind("collect.add_person", self.script.ask_for_person, enabled=lambda: self._writable)
        bind("collect.consent", self.script.circumstances.ask, enabled=self._has_person)
        bind("collect.withdraw", self._withdraw, enabled=self._has_person)
        bind("collect.person", self._next_person, enabled=lambda: len(self._script.people) > 0)
        bind("collect.edit", self.script.edit.toggle, enabled=lambda: self._writable)
        bind("collect.source", self.sources.choice.open_list)
        bind("collect.beside", self.sources.open_menu, enabled=lambda: self._writable)
        for place in range(CLASS_KEYS):
            bind(
                f"collect.class{place + 1}", partial(self._choose_place, place), enabled=partial(self._has_class, place)
            )

    def _has_person(self) -> bool:
        return self._writable and self._person in self._script.people

    def _withdraw(self) -> None:
        self.script.withdrawn.emit(self._person)

    def _has_chosen(self) -> bool:
        return self.takes.chosen is not None

    def _can_redo(self) -> bool:
        return self._has_chosen() and self._can_record() and not self._is_recording

    def _has_class(self, place: int) -> bool:
        return place < len(self._script.classes)

    def _choose_place(self, place: int) -> None:
        self.choose_class(self._script.classes[place].label)

    # The page's life

    def shown(self) -> None:
        self._is_shown = True
        before = self.script.edit.previousInFocusChain()
        if before is not None and before is not self.sources.choice:  # it is in the window's header, above the page
            QWidget.setTabOrder(before, self.sources.choice)
            QWidget.setTabOrder(self.sources.choice, self.script.edit)
        self.sources.listen(self._project)
        self._read()
        self._live.start()
        self.holding.watch(self.window())

    def hidden(self) -> None:
        self._is_shown = False
        self._stop_prompting()
        self.holding.leave()
        self._playback.stop()
        self.sources.rest()
        if not self._is_recording:
            self._let_go()

    def _let_go(self) -> None:
        self._live.stop()
        self.listening.stop()

    def _close(self) -> None:
        """The session ends: what is on is ended and entered."""
        self._playback.stop()
        self.listening.close()

    def project_changed(self, project: "Project | None") -> None:
        self._project = project
        self._stop_prompting()
        self.listening.stop()
        self.sources.forget()
        self._progress, self._takes, self._is_read = Progress(), [], False
        self._label = self._person = ""
        self._cut = self._redoing = None
        self.takes.set_pending("")
        if project is not None:
            self._show_kind(project)
        self._show_seen()
        if self._is_shown:
            self.sources.listen(project)
            self._read()

    def _show_kind(self, project: "Project") -> None:
        """What its sensor gives, in its template's words."""
        kind = KINDS[project.settings.sensor.kind]
        self._sensor, self._words = SENSORS[kind.name], WORDS[project.settings.template]
        self.sentence = _(self._words.sentence)
        self.sources.first.show_sensor(kind)
        self.stage.show_sensor(kind)
        self.stage.foot.show_pictures(self._sensor.by_count)
        self.script.show_words(self._words)
        self._editor.values = project.settings.row.predicts_value

    def place(self) -> dict[str, Any]:
        return {
            **self.sources.place(),
            "label": self._label,
            "person": self._person,
            "where": self.script.circumstances.where,
        }

    def restore(self, place: dict[str, Any]) -> None:
        self._label, self._person = str(place.get("label", "")), str(place.get("person", ""))
        self.script.circumstances.place.setText(str(place.get("where", "")))
        self.sources.restore(place)
        self._show_seen()

    def first_focus(self) -> QWidget | None:
        rows = self.script.class_rows
        if self.script.asks_for_class:
            return self.script.class_field
        return next((row for row in rows if row.label == self._label), None) or (rows[0] if rows else None)

    # What the catalogue says

    @property
    def _script(self) -> Script:
        return self._progress.script

    @property
    def _writable(self) -> bool:
        return self._project is not None and self._project.writable

    def _read(self) -> None:
        if self._is_shown:
            self._reader.read(self._project, self._takes)

    def _take_in(self, seen: Seen) -> None:
        if seen.project is self._project:
            begins = not self._is_read
            self._progress, self._takes, self._is_read = seen.progress, seen.takes, True
            self.script.show_names(seen.names)
            self.script.show_consents(seen.consents)
            self._show_seen()
            if begins and self.script.asks_for_class and not isinstance(QApplication.focusWidget(), QLineEdit):
                self.script.class_field.setFocus()

    def _show_seen(self) -> None:
        script = self._script
        labels = [each.label for each in script.classes]
        known = {*labels, *(take.label for take in self._takes if take.label)}
        self._styles = value_styles(known) if self._editor.values else class_styles(known)
        if self._label not in labels and labels:
            self._label = next((label for label in labels if not is_unnamed(label)), "")
        if self._person not in script.people and self._project is not None and script.people:
            self._person = script.people[0]
        self.script.show_progress(self._progress, self._styles, is_read=self._is_read)
        self.script.choose(self._label, self._person)
        self.takes.show_takes(self._takes, self._styles)
        self._show_prompt()
        self.shell.commands.refresh()

    # The script

    def choose_class(self, label: str) -> None:
        self._label = label
        self.script.choose(label, self._person)
        self._show_prompt()

    def _choose_person(self, code: str) -> None:
        self._person = code
        self.script.choose(self._label, code)

    def _next_person(self) -> None:
        people = self._script.people
        place = people.index(self._person) + 1 if self._person in people else 0
        self._choose_person(people[place % len(people)])

    def _script_changed(self, script: Script) -> None:
        """Shown at once; the editor has it noted."""
        self._progress = Progress(script, self._progress.counts)
        self._label = self._editor.added_class or self._label
        self._person = self._editor.added_person or self._person
        self._show_seen()

    def _show_prompt(self) -> None:
        style = self._styles.get(self._label, ClassStyle(self._label))
        head = _("Record") if is_unnamed(self._label) else _(self._words.head)
        if not self._label:
            asks = self.script.asks_for_class
            head, style = _("To begin") if asks else "", ClassStyle(_(self._words.first) if asks else "")
        if self._is_recording and self._plan.is_open:
            held = self.holding.label
            head, style = _("Until you stop"), self._styles.get(held, ClassStyle(held or "…"))
            self.stage.prompt.show_prompt(head, style, [])
            return
        coming = [label for label in self._progress.unfinished(self._label) if label != self._label][:COMING]
        self.stage.prompt.show_prompt(head, style, [self._styles[label] for label in coming if self._label])

    # The sources

    def _show_source_state(self) -> None:
        """Which of the ways to look at the middle is right now, and what the strip says."""
        if not self._writable:
            self.stage.show_waiting(*why_no_takes(self._project), offers=False)
        elif not self.sources.first.address:
            self.stage.show_waiting("", "", offers=True)
        elif self.sources.is_taken:
            why = _("It serves one page at a time. Stop what runs there, and it is heard here again.")
            self.stage.show_waiting(_("Live or Deploy is using the board"), why, offers=False)
        elif self.hands_off.is_on:
            self.stage.show_cue()
        else:
            self.stage.show_live()
        self._show_problem()
        self._show_state()
        if self._is_shown:  # else the strip is another page's
            self.sources.tell_strip()
        self.shell.commands.refresh()

    def _show_problem(self) -> None:
        problem, cut, first = self.sources.hearing.problem, self._cut, self.sources.first
        own = "" if first.is_board else first.name
        if cut is not None:
            self.stage.show_problem(cut_problem(cut, back=problem is None, own=own))
        elif problem is not None:
            self.stage.show_problem(lost_problem(problem, own=own, goes_on=self._is_recording))
        else:
            self.stage.show_problem(None)

    # Recording

    @property
    def _is_recording(self) -> bool:
        return self.listening.is_recording

    def _can_record(self) -> bool:
        """Or stop: a long take goes on, and may be ended, while its source is away."""
        on = self.listening.main.is_on or self._is_recording  # not as shown: another source may be on its way here
        return self._writable and on and bool(self._label)

    @property
    def _is_busy(self) -> bool:
        """Whether there is something to be stopped."""
        return self._is_recording or self.hands_off.is_on or self.cutting.is_on

    def _stop_prompting(self) -> None:
        self.hands_off.stop()
        self.cutting.stop()

    def _record_or_stop(self) -> None:
        if self.hands_off.is_on or self.cutting.is_on:
            self._stop_prompting()
        elif self._is_recording:
            self.listening.end()
        else:
            self._begin(self._label)

    def _record_on(self) -> None:
        """Until it is stopped, of no class: what is held meanwhile are its segments."""
        self._begin(None, plan=OPEN)

    def _label_to_hold(self, place: int) -> str:
        holds = self._is_recording and self._plan.is_open and self._has_class(place)
        return self._script.classes[place].label if holds else ""

    def _hold(self, label: str) -> None:
        """What comes is of it; of none, for an empty one."""
        self._live.hold(label, self._styles.get(label, ClassStyle(label)))
        self._show_prompt()

    def _can_take_pictures(self) -> bool:
        return self._sensor.by_count and self._can_record() and not self._is_recording

    def _take_pictures(self, plan: Plan) -> None:
        self._begin(self._label, plan=plan)

    def _mark(self) -> None:
        if self.listening.mark():
            self._live.flag()

    def _begin(
        self,
        label: str | None,
        instead_of: str | None = None,
        person: str | None = None,
        plan: Plan | None = None,
        from_index: int | None = None,
    ) -> None:
        from studio.capture.recorder import Take

        self._playback.stop()
        self._cut = None
        self.takes.set_pending("")
        self._redoing = instead_of
        self._plan = plan or self._plan_of(label or "")
        who = (self._person if person is None else person) or None
        agreed = None if who is None else self.script.circumstances.consent_of(who)
        take = Take(label, who, consent=agreed, place=self.script.circumstances.where or None)
        origin = self.listening.hearing.origin
        if origin is not None:
            seconds = self._plan.seconds(origin.format.rate_hz)
            every_s = self._plan.every_s
            self.listening.begin(take, seconds, every_s=every_s, instead_of=instead_of, from_index=from_index)
            if self._project is not None:
                look_ahead(self.session, self._project, self.listening.sources, seconds, self)
        self._show_problem()

    def _take_made(self, made: TakeMade) -> None:
        again, self._redoing = self._redoing, None
        self.holding.release()
        if made.cut is not None:
            self._cut = made
            self.cutting.stop()
            self._show_problem()
        elif made.beside_cut is not None:
            told = _("The others recorded the whole take.")
            self.session.notify(Notice(str(made.beside_cut), told, "warn"))
        if made.recorded:
            self.takes.set_pending(made.recorded[-1].sidecar.id)
            label = made.take.label or ""
            number = self._progress.made(label) + (0 if again else 1)
            if label:
                self._live.mark(made, self._styles.get(label, ClassStyle(label)), number)
            self.hands_off.take_is_made()
            if self.cutting.is_on:
                self._go_on_cutting(made, again=again is not None)
        else:
            self.hands_off.stop()
        if not self._is_shown:
            self._let_go()
        self._show_prompt()
        self._show_state()
        self.shell.commands.refresh()

    def _keep(self) -> None:
        self._cut = None
        self.takes.set_pending("")
        self._go_on()
        self._show_source_state()

    def _go_on(self) -> bool:
        """To the next class, where the chosen one has its takes. False: all have."""
        coming = self._progress.unfinished(self._label)
        if coming and self._label not in coming:
            self.choose_class(coming[0])
        return bool(coming)

    def _redo(self, take_id: str | None = None) -> None:
        """The take goes as soon as the new one is there: one edit, so that one undo brings it back."""
        take = self._find(take_id)
        if take is not None and take.label and self._can_redo():
            self.choose_class(take.label)
            if self.cutting.is_on:
                self.cutting.instead_of = take.id
                self._show_state()
                return
            self._begin(take.label, take.id, take.person or "", SHOT if self._sensor.by_count else None)

    def _remove(self, take_id: str | None = None) -> None:
        take = self._find(take_id)
        if take is not None:
            remove_take(self.session, take, self._styles.get(take.label, ClassStyle(take.label or _("a recording"))))

    def _discard(self) -> None:
        """What a problem left of a take."""
        made, self._cut = self._cut, None
        if made is not None:
            discard_cut(self.session, made)
        self._show_source_state()

    def _find(self, take_id: str | None) -> ShownTake | None:
        if not take_id:
            return self.takes.chosen
        return next((take for take in self._takes if take.id == take_id), None)

    # Cut by itself

    def _switch_cutting(self) -> None:
        if self.cutting.is_on:
            self.cutting.stop()
        elif not self._is_recording:
            self.hands_off.stop()
            self._go_on()
            self.cutting.start()
        self._show_source_state()

    def _seconds_to_cut(self) -> float | None:
        """How long a take is; None where none can begin, and what is played is none."""
        can = self._can_record() and not self._is_recording and not self._playback.is_on
        return self._plan_of(self._label).wanted_s if can else None

    def _cut_take(self, begins: int) -> None:
        again, self.cutting.instead_of = self.cutting.instead_of, None
        person = next((take.person or "" for take in self._takes if take.id == again), None)
        self._begin(self._label, again, person, from_index=begins)

    def _go_on_cutting(self, made: TakeMade, *, again: bool) -> None:
        """Counts before the catalogue is read again, so that no class has more than it is to have."""
        if not again:
            self._progress = self._progress.with_take(made.take.label or "", made.take.person)
            self._show_seen()
        if not self._go_on():
            self.cutting.stop()

    # Hands off

    def _switch_hands_off(self) -> None:
        if self.hands_off.is_on:
            self.hands_off.stop()
        elif not self._is_recording:
            self.cutting.stop()
            self.hands_off.start(self._progress.unfinished() or [each.label for each in self._script.classes])
        self._show_source_state()

    def _hands_off_step(self, beat: Beat) -> None:
        if beat.step is Step.COUNT:
            self.choose_class(beat.label)
        elif beat.step is Step.BEEP:
            self._playback.beep()
        elif beat.step is Step.RECORD:
            self._begin(beat.label)
        else:
            if self._is_recording:
                self.listening.end()
            self._show_source_state()

    # Showing

    def _show_state(self) -> None:
        recording = self.listening.recording
        if recording is not None and not recording.ended:
            label = recording.take.label or ""
            style = self._styles.get(label, ClassStyle(label))
            plan, since = self._plan, self.listening.recording_from
            self.stage.show_take(since, plan.made(recording), plan.share(recording), plan.note, style)
            if plan.is_open:
                self._show_prompt()
        else:
            self._show_idle()
        can, cuts, prompts = self._can_record(), self.cutting.is_on, self.hands_off.is_on
        can_prompt = can and (prompts or cuts or not self._is_recording)
        self.stage.foot.show_buttons(
            stops=self._is_busy, can_record=can, can_prompt=can_prompt, prompts=prompts, cuts=cuts
        )

    def _plan_of(self, label: str) -> Plan:
        """How much a take of it is to be."""
        return TIMED if self._sensor.by_count else Plan((self._script.of(label) or ScriptClass(label)).seconds)

    def _show_idle(self) -> None:
        self.stage.show_no_take()
        beat = self.hands_off.beat
        if beat.step is Step.COUNT:
            self.stage.cue.show_cue(self._styles.get(beat.label, ClassStyle(beat.label)), str(beat.count), 0.0)
        note = "" if self._sensor.by_count or not self._label else _("a take is {seconds:g} s")
        note = note.format(seconds=self._plan_of(self._label).wanted_s)
        if self.cutting.is_on and self.listening.main.is_on and self._cut is None:
            kind, again = self.stage.kind.name, self.cutting.instead_of is not None
            self.stage.prompt.show_state(*waiting_sign(kind, self._progress, self._label, again=again))
            return
        self.stage.prompt.show_state(*idle_sign(self.sources.hearing.state, self._cut, self.sources.first.name, note))
