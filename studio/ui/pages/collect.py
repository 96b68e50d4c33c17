"""Collect: takes of each class, recorded from the board that the model will run on, checked as they are made."""

from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QApplication, QHBoxLayout, QLineEdit, QWidget

from studio.core.samples import KINDS
from studio.core.text import gettext as _
from studio.dataset.script import Progress, Script
from studio.dataset.templates import KEYWORD
from studio.ui.bridge import on_gui_thread
from studio.ui.class_styles import class_styles, is_unnamed, value_styles
from studio.ui.hearing import Listening
from studio.ui.pages.collect_chosen import Chosen
from studio.ui.pages.collect_cutting import waiting_sign
from studio.ui.pages.collect_editing import ScriptEditor, remove_take
from studio.ui.pages.collect_kinds import WORDS
from studio.ui.pages.collect_live import LiveView
from studio.ui.pages.collect_plan import FAST, SHOT
from studio.ui.pages.collect_playing import Playback
from studio.ui.pages.collect_problem import cut_problem, idle_sign, lost_problem, why_no_takes
from studio.ui.pages.collect_reading import Seen, SeenReader, ShownTake
from studio.ui.pages.collect_script import ScriptColumn
from studio.ui.pages.collect_sources import Sources
from studio.ui.pages.collect_stage import Stage
from studio.ui.pages.collect_takes import TakesList
from studio.ui.pages.collect_taking import Taking
from studio.ui.pages.hands_off import Step
from studio.ui.pages.page import Page, Shell
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
        self.chosen = Chosen(self)
        self._is_shown = False
        self._is_read = False  # whether what is known of it is what the project has
        self._styles: dict[str, ClassStyle] = {}
        self._takes: list[ShownTake] = []
        self._words = WORDS[KEYWORD]
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
        circumstances = self.script.circumstances
        self.taking = Taking(self.session, self.listening, self.chosen, circumstances, self._playback, self)
        self._editor = ScriptEditor(self.session, self.script, self)
        self._editor.changed.connect(self._script_changed)
        self._reader = SeenReader(self.session, self)
        self._reader.seen.connect(self._take_in)
        self._connect()
        self._bind()
        self._show_source_state()

    def _connect(self) -> None:
        session, run = self.session, self.shell.commands.run
        on_gui_thread(session.catalogue_changed, lambda _touched: self._read(), owner=self, latest=True)
        self.script.class_chosen.connect(self.chosen.choose)
        self.script.person_chosen.connect(self.chosen.choose_person)
        self.chosen.changed.connect(self._show_chosen)
        self.chosen.counted.connect(self._show_seen)
        self.sources.changed.connect(self._show_source_state)
        self.sources.lost.connect(self.taking.hands_off.stop)
        self.taking.begun.connect(self._take_begun)
        self.taking.ended.connect(self._take_ended)
        self.taking.changed.connect(self._show_source_state)
        self.taking.holding.held.connect(self._hold)
        self.takes.kept.connect(lambda _id: run("collect.keep"))
        self.takes.redone.connect(self._redo)
        self.takes.removed.connect(self._remove)
        foot = self.stage.foot
        foot.recorded.connect(lambda: run("collect.record"))
        foot.record_on_asked.connect(lambda: run("collect.record_on"))
        foot.hands_off_asked.connect(lambda: run("collect.hands_off"))
        foot.cut_asked.connect(lambda: run("collect.cut"))
        foot.kept.connect(lambda: run("collect.keep"))
        foot.discarded.connect(self.taking.discard)
        foot.shot_asked.connect(lambda: run("collect.shot"))
        foot.burst_asked.connect(lambda: run("collect.burst"))

    def _bind(self) -> None:
        bind, taking, chosen = self.shell.commands.bind, self.taking, self.chosen
        bind("collect.record", taking.record_or_stop, enabled=taking.can_record)
        bind("collect.record_on", taking.record_on, enabled=lambda: taking.can_record() and not taking.is_busy)
        bind("collect.shot", partial(taking.take_pictures, SHOT), enabled=taking.can_take_pictures)
        bind("collect.burst", partial(taking.take_pictures, FAST), enabled=taking.can_take_pictures)
        bind("collect.mark", self._mark, enabled=lambda: taking.can_record() and not chosen.sensor.by_count)
        bind("collect.play", self._playback.play_or_stop, enabled=lambda: self._has_take() and chosen.sensor.plays)
        bind("collect.keep", self._keep, enabled=lambda: bool(self.takes.pending) or self.stage.foot.keep.isVisible())
        bind("collect.redo", self._redo, enabled=lambda: self._has_take() and taking.can_begin())
        bind("collect.remove", self._remove, enabled=lambda: self._has_take() and chosen.writable)
        bind("collect.hands_off", taking.switch_hands_off, enabled=taking.can_record)
        bind("collect.end", taking.stop_prompting, enabled=lambda: taking.is_prompting)
        bind("collect.cut", taking.switch_cutting, enabled=lambda: taking.can_record() and not chosen.sensor.by_count)
        bind("collect.add_class", self.script.ask_for_class, enabled=lambda: chosen.writable)
        bind("collect.add_person", self.script.ask_for_person, enabled=lambda: chosen.writable)
        bind("collect.consent", self.script.circumstances.ask, enabled=self._has_person)
        bind("collect.withdraw", self._withdraw, enabled=self._has_person)
        bind("collect.person", chosen.next_person, enabled=lambda: len(chosen.script.people) > 0)
        bind("collect.edit", self.script.edit.toggle, enabled=lambda: chosen.writable)
        bind("collect.source", self.sources.choice.open_list)
        bind("collect.beside", self.sources.open_menu, enabled=lambda: chosen.writable)
        for place in range(CLASS_KEYS):
            bind(
                f"collect.class{place + 1}",
                partial(self._choose_place, place),
                enabled=partial(self._has_class, place),
            )

    def _has_person(self) -> bool:
        return self.chosen.writable and self.chosen.person in self.chosen.script.people

    def _withdraw(self) -> None:
        self.script.withdrawn.emit(self.chosen.person)

    def _has_take(self) -> bool:
        return self.takes.chosen is not None

    def _has_class(self, place: int) -> bool:
        return bool(self.chosen.label_at(place))

    def _choose_place(self, place: int) -> None:
        self.chosen.choose(self.chosen.label_at(place))

    # The page's life

    def shown(self) -> None:
        self._is_shown = True
        before = self.script.edit.previousInFocusChain()
        if before is not None and before is not self.sources.choice:  # it is in the window's header, above the page
            QWidget.setTabOrder(before, self.sources.choice)
            QWidget.setTabOrder(self.sources.choice, self.script.edit)
        self.sources.listen(self.chosen.project)
        self._read()
        self._live.start()
        self.taking.holding.watch(self.window())

    def hidden(self) -> None:
        self._is_shown = False
        self.taking.stop_prompting()
        self.taking.holding.leave()
        self._playback.stop()
        self.sources.rest()
        if not self.listening.is_recording:
            self._let_go()

    def _let_go(self) -> None:
        self._live.stop()
        self.listening.stop()

    def _close(self) -> None:
        """The session ends: what is on is ended and entered."""
        self._playback.stop()
        self.listening.close()

    def project_changed(self, project: "Project | None") -> None:
        self.chosen.open(project)
        self.taking.forget()
        self.sources.forget()
        self._takes, self._is_read = [], False
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
        self._words = WORDS[project.settings.template]
        self.sentence = _(self._words.sentence)
        self.sources.first.show_sensor(kind)
        self.stage.show_sensor(kind)
        self.stage.foot.show_pictures(self.chosen.sensor.by_count)
        self.script.show_words(self._words)
        self._editor.values = project.settings.row.predicts_value

    def place(self) -> dict[str, Any]:
        return {
            **self.sources.place(),
            "label": self.chosen.label,
            "person": self.chosen.person,
            "where": self.script.circumstances.where,
        }

    def restore(self, place: dict[str, Any]) -> None:
        label, person = str(place.get("label", "")), str(place.get("person", ""))
        self.chosen.see(self.chosen.progress, label=label, person=person)
        self.script.circumstances.place.setText(str(place.get("where", "")))
        self.sources.restore(place)
        self._show_seen()

    def first_focus(self) -> QWidget | None:
        rows = self.script.class_rows
        if self.script.asks_for_class:
            return self.script.class_field
        return next((row for row in rows if row.label == self.chosen.label), None) or (rows[0] if rows else None)

    # What the catalogue says

    def _read(self) -> None:
        if self._is_shown:
            self._reader.read(self.chosen.project, self._takes)

    def _take_in(self, seen: Seen) -> None:
        if seen.project is self.chosen.project:
            begins = not self._is_read
            self.chosen.see(seen.progress)
            self._takes, self._is_read = seen.takes, True
            self.script.show_names(seen.names)
            self.script.show_consents(seen.consents)
            self._show_seen()
            if begins and self.script.asks_for_class and not isinstance(QApplication.focusWidget(), QLineEdit):
                self.script.class_field.setFocus()

    def _show_seen(self) -> None:
        chosen = self.chosen
        labels = {each.label for each in chosen.script.classes}
        known = labels | {take.label for take in self._takes if take.label}
        self._styles = value_styles(known) if self._editor.values else class_styles(known)
        self.script.show_progress(chosen.progress, self._styles, is_read=self._is_read)
        self.script.choose(chosen.label, chosen.person)
        self.takes.show_takes(self._takes, self._styles)
        self._show_prompt()
        self.shell.commands.refresh()

    # What is chosen

    def _script_changed(self, script: Script) -> None:
        """Shown at once; the editor has it noted."""
        added, who = self._editor.added_class, self._editor.added_person
        self.chosen.see(Progress(script, self.chosen.progress.counts), label=added or None, person=who or None)
        self._show_seen()

    def _show_chosen(self) -> None:
        self.script.choose(self.chosen.label, self.chosen.person)
        self._show_prompt()

    def _show_prompt(self) -> None:
        label = self.chosen.label
        style = self._styles.get(label, ClassStyle(label))
        head = _("Record") if is_unnamed(label) else _(self._words.head)
        if not label:
            asks = self.script.asks_for_class
            head, style = _("To begin") if asks else "", ClassStyle(_(self._words.first) if asks else "")
        if self.taking.is_recording and self.taking.plan.is_open:
            held = self.taking.holding.label
            head, style = _("Until you stop"), self._styles.get(held, ClassStyle(held or "…"))
            self.stage.prompt.show_prompt(head, style, [])
            return
        coming = [each for each in self.chosen.progress.unfinished(label) if each != label][:COMING]
        self.stage.prompt.show_prompt(head, style, [self._styles[each] for each in coming if label])

    # The sources

    def _show_source_state(self) -> None:
        """Which of the ways to look at the middle is right now, and what the strip says."""
        if not self.chosen.writable:
            self.stage.show_waiting(*why_no_takes(self.chosen.project), offers=False)
        elif not self.sources.first.address:
            self.stage.show_waiting("", "", offers=True)
        elif self.sources.is_taken:
            why = _("It serves one page at a time. Stop what runs there, and it is heard here again.")
            self.stage.show_waiting(_("Live or Deploy is using the board"), why, offers=False)
        elif self.taking.hands_off.is_on:
            self.stage.show_cue()
        else:
            self.stage.show_live()
        self._show_problem()
        self._show_state()
        if self._is_shown:  # else the strip is another page's
            self.sources.tell_strip()
        self.shell.commands.refresh()

    def _show_problem(self) -> None:
        problem, cut, first = self.sources.hearing.problem, self.taking.cut, self.sources.first
        own = "" if first.is_board else first.name
        if cut is not None:
            self.stage.show_problem(cut_problem(cut, back=problem is None, own=own))
        elif problem is not None:
            self.stage.show_problem(lost_problem(problem, own=own, goes_on=self.taking.is_recording))
        else:
            self.stage.show_problem(None)

    # Takes

    def _take_begun(self) -> None:
        self.takes.set_pending("")
        self._show_problem()

    def _take_ended(self, made: TakeMade, number: int) -> None:
        if made.recorded:
            if made.take.take == self.listening.newest:
                self.takes.set_pending(made.recorded[-1].sidecar.id)
            label = made.take.label
            if label:
                self._live.mark(made, self._styles.get(label, ClassStyle(label)), number)
        if not self._is_shown:
            self._let_go()
        self._show_prompt()

    def _mark(self) -> None:
        if self.listening.mark():
            self._live.flag()

    def _hold(self, label: str) -> None:
        """What comes is of it; of none, for an empty one."""
        self._live.hold(label, self._styles.get(label, ClassStyle(label)))
        self._show_prompt()

    def _keep(self) -> None:
        self.takes.set_pending("")
        self.taking.keep()

    def _redo(self, take_id: str | None = None) -> None:
        take = self._find(take_id)
        if take is not None:
            self.taking.redo(take)

    def _remove(self, take_id: str | None = None) -> None:
        take = self._find(take_id)
        if take is not None:
            remove_take(self.session, take, self._styles.get(take.label, ClassStyle(take.label or _("a recording"))))

    def _find(self, take_id: str | None) -> ShownTake | None:
        if not take_id:
            return self.takes.chosen
        return next((take for take in self._takes if take.id == take_id), None)

    # Showing

    def _show_state(self) -> None:
        recording, taking = self.listening.recording, self.taking
        if recording is not None and not recording.ended:
            label = recording.take.label or ""
            style = self._styles.get(label, ClassStyle(label))
            plan, since = taking.plan, self.listening.recording_from
            self.stage.show_take(since, plan.made(recording), plan.share(recording), plan.note, style)
            if plan.is_open:
                self._show_prompt()
        else:
            self._show_idle()
        can, cuts, prompts = taking.can_record(), taking.cutting.is_on, taking.hands_off.is_on
        can_prompt = can and (prompts or cuts or not taking.is_recording)
        self.stage.foot.show_buttons(
            stops=taking.is_busy, can_record=can, can_prompt=can_prompt, prompts=prompts, cuts=cuts
        )

    def _show_idle(self) -> None:
        self.stage.show_no_take()
        chosen, taking, beat = self.chosen, self.taking, self.taking.hands_off.beat
        if beat.step is Step.COUNT:
            self.stage.cue.show_cue(self._styles.get(beat.label, ClassStyle(beat.label)), str(beat.count), 0.0)
        note = "" if chosen.sensor.by_count or not chosen.label else _("a take is {seconds:g} s")
        note = note.format(seconds=chosen.plan_of(chosen.label).wanted_s)
        if taking.cutting.is_on and self.listening.main.is_on and taking.cut is None:
            kind, again = self.stage.kind.name, taking.cutting.instead_of is not None
            self.stage.prompt.show_state(*waiting_sign(kind, chosen.progress, chosen.label, again=again))
            return
        self.stage.prompt.show_state(*idle_sign(self.sources.hearing.state, taking.cut, self.sources.first.name, note))
