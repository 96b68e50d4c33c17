"""Collect: takes of each class, recorded from the board that the model will run on, checked as they are made."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QWidget

from studio.core.errors import StorageFailed, StudioError
from studio.core.text import gettext as _
from studio.dataset.script import Progress, Script, ScriptClass, keep_script, read_progress
from studio.ui import theme
from studio.ui.bridge import on_gui_thread, when_done
from studio.ui.class_styles import class_styles, is_unnamed
from studio.ui.icons import icon
from studio.ui.listening import Hearing, Listening, State, TakeMade
from studio.ui.pages.collect_script import ScriptColumn
from studio.ui.pages.collect_stage import Figures, Problem, Stage
from studio.ui.pages.collect_takes import ShownTake, TakesList, look_at_takes
from studio.ui.pages.hands_off import Beat, HandsOff, Step
from studio.ui.pages.page import Page, Shell
from studio.ui.playing import Player, Playing
from studio.ui.session import BoardStatus
from studio.ui.widgets.level_meter import LOWEST_DB
from studio.ui.widgets.live_trace import LiveMark
from studio.ui.widgets.painted import ClassStyle

if TYPE_CHECKING:
    from studio.dataset.project import Project

FRAME_MS = 20  # of the one timer that draws all live views
TELL_EVERY_S = 0.25  # figures, and the strip
COMING = 3  # classes shown as next
MICROPHONE = "mic"
VIRTUAL = "virtual:nano33ble"
CLASS_KEYS = 9


@dataclass(frozen=True)
class Seen:
    """What the catalogue says, read on its thread."""

    progress: Progress
    takes: list[ShownTake]


class CollectPage(Page):
    """It listens while it is shown, and goes on until the end of a take that is on when another page comes."""

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        self.listening = Listening(self.session)
        self.session.on_close(self._close)
        self._player = Player()
        self._project: Project | None = None
        self._is_shown = False
        self._source = ""  # as chosen: MICROPHONE, or "" for the session's board
        self._hearing = Hearing()
        self._progress = Progress()
        self._styles: dict[str, ClassStyle] = {}
        self._takes: list[ShownTake] = []
        self._label = self._person = ""
        self._cut: TakeMade | None = None  # the take that a problem ended, until it is kept or discarded
        self._redoing: str | None = None
        self._reading = self._stale = False
        self._told_s = 0.0
        self._marks: list[LiveMark] = []
        key = shell.commands.key
        self._choice = QComboBox()
        self._choice.setAccessibleName(_("What is recorded from"))
        self._choice.setMinimumWidth(250)
        self._choice.activated.connect(self._choose_source)
        self.header = [self._choice]
        self.script = ScriptColumn()
        self.stage = Stage({name: key(f"collect.{name}") for name in ("record", "hands_off", "keep")})
        self.takes = TakesList({name: key(f"collect.{name}") for name in ("play", "keep", "redo", "remove")})
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self.script)
        row.addWidget(self.stage, 1)
        row.addWidget(self.takes)
        self._clock = QTimer(self, interval=FRAME_MS)
        self._clock.setTimerType(Qt.TimerType.PreciseTimer)
        self._clock.timeout.connect(self._draw)
        self.hands_off = HandsOff(self._hands_off_step)
        self._connect()
        self._bind()
        self._show_sources()
        self._show_source_state()

    def _connect(self) -> None:
        session, run = self.session, self.shell.commands.run
        on_gui_thread(self.listening.hearing_changed, self._hearing_changed, owner=self)
        on_gui_thread(self.listening.take_made, self._take_made, owner=self)
        on_gui_thread(self._player.changed, self._show_playing, owner=self, latest=True)
        on_gui_thread(session.board_changed, lambda _address: self._board_changed(), owner=self, latest=True)
        theme.current().changed.connect(self._show_sources)
        on_gui_thread(session.catalogue_changed, lambda _touched: self._read(), owner=self, latest=True)
        self.script.class_chosen.connect(self.choose_class)
        self.script.person_chosen.connect(self._choose_person)
        self.script.class_added.connect(self._add_class)
        self.script.class_removed.connect(lambda label: self._change_script(self._script.without_class(label)))
        self.script.person_added.connect(self._add_person)
        self.script.wanted_changed.connect(lambda label, count: self._change_script(self._script.wanting(label, count)))
        self.takes.played.connect(self._play)
        self.takes.kept.connect(lambda _id: run("collect.keep"))
        self.takes.redone.connect(self._redo)
        self.takes.removed.connect(self._remove)
        stage = self.stage
        stage.recorded.connect(lambda: run("collect.record"))
        stage.hands_off_asked.connect(lambda: run("collect.hands_off"))
        stage.kept.connect(lambda: run("collect.keep"))
        stage.discarded.connect(self._discard)
        stage.other_asked.connect(lambda: self._use_source(MICROPHONE))
        stage.device_asked.connect(self._go_on)
        stage.virtual_asked.connect(lambda: session.choose_board(VIRTUAL, _("Arduino Nano 33 BLE Sense (virtual)")))

    def _bind(self) -> None:
        bind = self.shell.commands.bind
        bind("collect.record", self._record_or_stop, enabled=self._can_record)
        bind("collect.play", self._play_or_stop, enabled=self._has_chosen)
        bind("collect.keep", self._keep, enabled=lambda: bool(self.takes.pending) or self.stage.keep.isVisible())
        bind("collect.redo", self._redo, enabled=self._can_redo)
        bind("collect.remove", self._remove, enabled=lambda: self._has_chosen() and self._writable)
        bind("collect.hands_off", self._switch_hands_off, enabled=self._can_record)
        bind("collect.add_class", self.script.ask_for_class, enabled=lambda: self._writable)
        bind("collect.add_person", self.script.ask_for_person, enabled=lambda: self._writable)
        bind("collect.person", self._next_person, enabled=lambda: len(self._script.people) > 0)
        bind("collect.edit", self.script.edit.toggle, enabled=lambda: self._writable)
        bind("collect.source", self._open_sources)
        for place in range(CLASS_KEYS):
            bind(
                f"collect.class{place + 1}", partial(self._choose_place, place), enabled=partial(self._has_class, place)
            )

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
        self._listen()
        self._read()
        self._clock.start()

    def hidden(self) -> None:
        self._is_shown = False
        self.hands_off.stop()
        self._player.stop()
        if not self._is_recording:
            self._let_go()

    def _let_go(self) -> None:
        self._clock.stop()
        self.listening.stop()

    def _close(self) -> None:
        """The session ends: what is on is ended and entered."""
        self._player.stop()
        self.listening.close()

    def project_changed(self, project: "Project | None") -> None:
        self._project = project
        self.hands_off.stop()
        self.listening.stop()
        self._progress, self._takes, self._marks = Progress(), [], []
        self._label = self._person = ""
        self._cut = self._redoing = None
        self.takes.set_pending("")
        self._show_seen()
        if self._is_shown:
            self._listen()
            self._read()

    def place(self) -> dict[str, Any]:
        return {"source": self._source, "label": self._label, "person": self._person}

    def restore(self, place: dict[str, Any]) -> None:
        self._label, self._person = str(place.get("label", "")), str(place.get("person", ""))
        self._use_source(str(place.get("source", "")))
        self._show_seen()

    def first_focus(self) -> QWidget | None:
        rows = self.script.class_rows
        return next((row for row in rows if row.label == self._label), None) or (rows[0] if rows else None)

    # What the catalogue says

    @property
    def _script(self) -> Script:
        return self._progress.script

    @property
    def _writable(self) -> bool:
        return self._project is not None and self._project.writable

    def _read(self) -> None:
        """Script, counts and newest takes; once more where something changed meanwhile."""
        if self._project is None or not self._is_shown:
            return
        if self._reading:
            self._stale = True
            return
        self._reading, self._stale = True, False
        known = {take.id: take for take in self._takes}

        def look(project: "Project") -> tuple["Project", Seen]:
            progress = read_progress(project.catalogue)
            made: dict[str, int] = {}
            for (label, _person), count in progress.counts.items():
                made[label] = made.get(label, 0) + count
            return project, Seen(progress, look_at_takes(project, made, known))

        when_done(self.session.ask(look), self._read_done, owner=self, failed=self._read_failed)

    def _read_done(self, found: "tuple[Project, Seen]") -> None:
        self._reading = False
        project, seen = found
        if project is self._project:
            self._progress, self._takes = seen.progress, seen.takes
            self._show_seen()
        if self._stale or project is not self._project:
            self._read()

    def _read_failed(self, error: StudioError) -> None:
        self._reading = False
        self.session.fail(error)

    def _show_seen(self) -> None:
        script = self._script
        labels = [each.label for each in script.classes]
        self._styles = class_styles({*labels, *(take.label for take in self._takes if take.label)})
        if self._label not in labels and labels:
            self._label = next((label for label in labels if not is_unnamed(label)), labels[0])
        if self._person not in script.people and self._project is not None and script.people:
            self._person = script.people[0]
        self.script.show_progress(self._progress, self._styles)
        self.script.choose(self._label, self._person)
        self.takes.show_takes(self._takes, self._styles)
        if self.takes.pending and self.takes.pending not in {take.id for take in self._takes}:
            self.takes.set_pending("")
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

    def _add_class(self, text: str) -> None:
        try:
            changed = self._script.with_class(text)
        except StudioError as error:
            self.session.fail(error)
            return
        self._label = text.strip()
        self._change_script(changed)

    def _add_person(self, who: str) -> None:
        def enter(project: "Project") -> str:
            people = project.people()
            code = people.enter(who)
            people.save()
            return code

        when_done(self.session.ask(enter), self._person_added, owner=self, failed=self.session.fail)

    def _person_added(self, code: str) -> None:
        self._person = code
        self._change_script(self._script.with_person(code))

    def _change_script(self, script: Script) -> None:
        """Shown at once, and noted on the catalogue's thread."""
        self._progress = Progress(script, self._progress.counts)
        self._show_seen()
        kept = self.session.ask(lambda project: keep_script(project.catalogue, script))
        when_done(kept, lambda _none: None, owner=self, failed=self.session.fail)

    def _show_prompt(self) -> None:
        style = self._styles.get(self._label, ClassStyle(self._label))
        head = _("Record") if is_unnamed(self._label) else _("Say")
        if not self._label:
            head, style = "", ClassStyle("")
        coming = [label for label in self._progress.unfinished(self._label) if label != self._label][:COMING]
        self.stage.prompt.show_prompt(head, style, [self._styles[label] for label in coming])

    # The source

    @property
    def source(self) -> str:
        """An address, "" for none."""
        return self._source or self.session.board or ""

    def _board_changed(self) -> None:
        self._show_sources()
        if self._is_shown:
            self._listen()

    def _show_sources(self) -> None:
        self._choice.blockSignals(True)
        self._choice.clear()
        board = self.session.board
        name = self.session.status.name if self.session.status is not None else board
        self._choice.addItem(icon("devices"), name or _("No board chosen"), "")
        self._choice.addItem(icon("laptop"), _("This computer's microphone"), MICROPHONE)
        self._choice.addItem(icon("plus"), _("Another board…"), "devices")
        self._choice.setCurrentIndex(1 if self._source == MICROPHONE else 0)
        self._choice.blockSignals(False)

    def _choose_source(self, index: int) -> None:
        chosen = str(self._choice.itemData(index))
        if chosen == "devices":
            self._show_sources()
            self.shell.show_page("devices", by_key=True)
        else:
            self._use_source(chosen)

    def _use_source(self, source: str) -> None:
        self._source = source if source == MICROPHONE else ""
        self._show_sources()
        if self._is_shown:
            self._listen()

    def _open_sources(self) -> None:
        self._choice.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self._choice.showPopup()

    def _listen(self) -> None:
        if self._project is not None and self._writable and self.source:
            self.listening.listen(self.source, self._project)
        else:
            self.listening.stop()
        self._show_source_state()

    def _hearing_changed(self, hearing: Hearing) -> None:
        before, self._hearing = self._hearing, hearing
        if hearing.state is State.ON and hearing.origin is not None:
            self.stage.begin_stream(hearing.origin.format.rate_hz, self._source_name())
            self._marks = []
        if hearing.state is State.LOST and before.state is not State.LOST:
            self.hands_off.stop()
        self._show_source_state()

    def _source_name(self) -> str:
        return _("Microphone") if self._source == MICROPHONE else _("Board microphone")

    def _show_source_state(self) -> None:
        """Which of the ways to look at the middle is right now, and what the strip says."""
        state = self._hearing.state
        if self._project is None:
            self.stage.show_waiting(_("No project is open"), _("Open one, or make a new one, on Start."), offers=False)
        elif not self._project.writable:
            why = _("Another window or program holds it. You can look at its takes and record none.")
            self.stage.show_waiting(_("This project is open to look at"), why, offers=False)
        elif not self.source:
            self.stage.show_waiting("", "", offers=True)
        elif self.hands_off.is_on:
            self.stage.show_cue()
        else:
            self.stage.show_live()
        self._show_problem()
        self._show_state()
        if state is State.LOST and self._hearing.problem is not None and self._source != MICROPHONE:
            self.session.show_status(BoardStatus(self._board_name(), problem=_("does not answer")))
        elif state in (State.OFF, State.OPENING) and self.session.board is not None:
            self.session.show_status(BoardStatus(self._board_name()))
        self.shell.commands.refresh()

    def _board_name(self) -> str:
        if self._source == MICROPHONE:
            return _("This computer's microphone")
        return self.session.status.name if self.session.status is not None else self.source

    def _show_problem(self) -> None:
        problem = self._hearing.problem if self._hearing.state is State.LOST else None
        cut = self._cut
        if cut is not None:
            self.stage.show_problem(self._cut_problem(cut, back=problem is None))
        elif problem is not None:
            what_next = _("{advice} It is tried again every 2 s.").format(advice=problem.advice())
            self.stage.show_problem(Problem(str(problem), what_next, offers_other=self._source != MICROPHONE))
        else:
            self.stage.show_problem(None)

    def _cut_problem(self, made: TakeMade, *, back: bool) -> Problem:
        assert made.cut is not None  # noqa: S101  or it would not be kept here
        seconds = sum(each.seconds for each in made.recorded)
        cause = getattr(made.cut, "problem", made.cut)
        told = made.cut.advice()
        if not isinstance(cause, StorageFailed):
            again = _("It is there again: go on when you like.")
            told = again if back else _("Plug it in again to go on. It is looked for every 2 s.")
        if not made.recorded:
            return Problem(str(cause), told)
        samples = sum(each.sidecar.samples or 0 for each in made.recorded)
        saved = _("{seconds:.1f} s, all {samples:,} samples, on disk.").format(seconds=seconds, samples=samples)
        offers = not back and self._source != MICROPHONE and not isinstance(cause, StorageFailed)
        return Problem(str(cause), told, saved, _("{seconds:.1f} s").format(seconds=seconds), offers_other=offers)

    # Recording

    @property
    def _is_recording(self) -> bool:
        return self.listening.is_recording

    def _can_record(self) -> bool:
        return self._writable and self._hearing.state is State.ON and bool(self._label)

    def _record_or_stop(self) -> None:
        if self.hands_off.is_on:
            self.hands_off.stop()
        elif self._is_recording:
            self.listening.end()
        else:
            self._begin(self._label)

    def _begin(self, label: str, instead_of: str | None = None, person: str | None = None) -> None:
        from studio.capture.recorder import Take

        self._player.stop()
        self._cut = None
        self.takes.set_pending("")
        self._redoing = instead_of
        entry = self._script.of(label) or ScriptClass(label)
        take = Take(label, (self._person if person is None else person) or None)
        self.listening.begin(take, entry.seconds, instead_of=instead_of)
        self._show_problem()

    def _take_made(self, made: TakeMade) -> None:
        self._redoing = None
        if made.cut is not None:
            self._cut = made
            self._show_problem()
        if made.recorded:
            self.takes.set_pending(made.recorded[-1].sidecar.id)
            self._mark_take(made)
            self.hands_off.take_is_made()
        else:
            self.hands_off.stop()
        if not self._is_shown:
            self._let_go()
        self._show_state()
        self.shell.commands.refresh()

    def _mark_take(self, made: TakeMade) -> None:
        """The take's stretch in the traces, named."""
        recording, first = self.listening.recording, self.listening.recording_from
        if recording is None or first is None or recording.take is not made.take:
            return
        label = made.take.label or ""
        style = self._styles.get(label, ClassStyle(label))
        text = _("take {number}").format(number=self._progress.made(label) + 1)
        self._marks = [*self._marks[-5:], LiveMark(first, first + recording.samples, text, style)]
        self.stage.show_marks(self._marks)

    def _keep(self) -> None:
        self._cut = None
        self.takes.set_pending("")
        entry = self._script.of(self._label)
        if entry is not None and self._progress.made(self._label) >= entry.wanted:
            coming = self._progress.unfinished(self._label)
            if coming:
                self.choose_class(coming[0])
        self._show_source_state()

    def _redo(self, take_id: str | None = None) -> None:
        """The take goes as soon as the new one is there: one edit, so that one undo brings it back."""
        take = self._find(take_id)
        if take is not None and take.label and self._can_redo():
            self.choose_class(take.label)
            self._begin(take.label, take.id, take.person or "")

    def _remove(self, take_id: str | None = None) -> None:
        take = self._find(take_id)
        if take is None:
            return
        from studio.dataset.selection import of_recordings

        style = self._styles.get(take.label, ClassStyle(take.label or _("a recording")))
        title = _("Remove {label}, take {number}").format(label=style.name, number=take.number)
        said = _("{label}, take {number} is removed.").format(label=style.name, number=take.number)
        self.session.edit(title, lambda edit: edit.remove(of_recordings([take.id])), said=said)

    def _discard(self) -> None:
        """What a problem left of a take."""
        made, self._cut = self._cut, None
        if made is not None and made.recorded:
            from studio.dataset.selection import of_recordings

            ids = [each.sidecar.id for each in made.recorded]
            self.session.edit(_("Discard a take that was cut"), lambda edit: edit.remove(of_recordings(ids)))
        self._show_source_state()

    def _find(self, take_id: str | None) -> ShownTake | None:
        if not take_id:
            return self.takes.chosen
        return next((take for take in self._takes if take.id == take_id), None)

    # Hands off

    def _switch_hands_off(self) -> None:
        if self.hands_off.is_on:
            self.hands_off.stop()
        elif not self._is_recording:
            self.hands_off.start(self._progress.unfinished() or [each.label for each in self._script.classes])
        self._show_source_state()

    def _hands_off_step(self, beat: Beat) -> None:
        if beat.step is Step.COUNT:
            self.choose_class(beat.label)
        elif beat.step is Step.RECORD:
            self._begin(beat.label)
        else:
            if self._is_recording:
                self.listening.end()
            self._show_source_state()

    # Playing

    def _play_or_stop(self) -> None:
        take = self.takes.chosen
        if take is not None:
            self._play(take.id)

    def _play(self, take_id: str) -> None:
        if self._player.playing.what == take_id:
            self._player.stop()
            return
        take = self._find(take_id)
        if take is not None:
            self._player.play_file(take.id, take.path)

    def _show_playing(self, playing: Playing) -> None:
        self.takes.show_playing(playing.what, playing.at_s / playing.length_s if playing.length_s else 0.0)
        if playing.error is not None:
            self.session.fail(playing.error)

    # Drawing

    def _go_on(self) -> None:
        self.shell.show_page("devices", by_key=True)

    def _draw(self) -> None:
        """Everything that moves, once a frame: what was heard since the last one, and what is being recorded."""
        blocks = self.listening.take_blocks()
        start = 0
        for end in range(1, len(blocks) + 1):  # blocks that follow each other are drawn as one
            last = blocks[end - 1]
            follows = end < len(blocks) and blocks[end].first_index == last.first_index + len(last.samples)
            if not follows:
                self._hear(blocks[start:end])
                start = end
        self._show_state()
        now_s = time.monotonic()
        if now_s - self._told_s >= TELL_EVERY_S:
            self._told_s = now_s
            self._tell()

    def _hear(self, blocks: Sequence[Any]) -> None:
        samples = np.concatenate([block.samples[:, 0] for block in blocks])
        if len(samples):
            self.stage.hear(samples, blocks[0].first_index)

    def _show_state(self) -> None:
        recording = self.listening.recording
        if recording is not None and not recording.ended:
            entry = self._script.of(recording.take.label or "")
            seconds = entry.seconds if entry is not None else None
            note = "" if seconds is None else _("of {seconds:g} s").format(seconds=seconds)
            self.stage.show_recording(self.listening.recording_from)
            self.stage.prompt.show_state(_("Recording"), "err", note, recording.seconds)
            if self.hands_off.is_on:
                style = self._styles.get(recording.take.label or "", ClassStyle(""))
                self.stage.cue.show_cue(style, "", recording.seconds / seconds if seconds else 0.0)
        else:
            if self.stage.stream.recording_from is not None:
                self.stage.show_recording(None)
            self._show_idle()
        recording_now = self._is_recording or self.hands_off.is_on
        self._show_record_button(recording=recording_now)

    def _show_idle(self) -> None:
        if self.hands_off.is_on and self.hands_off.beat.step is Step.COUNT:
            beat = self.hands_off.beat
            self.stage.cue.show_cue(self._styles.get(beat.label, ClassStyle(beat.label)), str(beat.count), 0.0)
        state = self._hearing.state
        cut = self._cut
        if cut is not None:
            seconds = sum(each.seconds for each in cut.recorded)
            self.stage.prompt.show_state(_("Interrupted"), "err", "", seconds)
        elif state is State.OPENING:
            self.stage.prompt.show_state(_("Reaching {name}").format(name=self._board_name()), "plain", "", None)
        elif state is State.LOST:
            self.stage.prompt.show_state(_("Nothing is heard"), "err", "", None)
        elif state is State.ON:
            entry = self._script.of(self._label)
            note = _("a take is {seconds:g} s").format(seconds=entry.seconds) if entry is not None else ""
            self.stage.prompt.show_state(_("Listening"), "ok", note, None)
        else:
            self.stage.prompt.show_state("", "plain", "", None)

    def _show_record_button(self, *, recording: bool) -> None:
        button = self.stage.record
        words = _("Stop") if recording else _("Record")
        if button.text() != words:
            button.set_text(words)
            button.set_icon("stop" if recording else "record")
        button.setEnabled(self._can_record())
        self.stage.hands_off.setEnabled(self._can_record() and not (self._is_recording and not self.hands_off.is_on))

    def _tell(self) -> None:
        """A few times a second: figures, and what the strip says."""
        origin, tracker = self._hearing.origin, self.stage.meter.tracker
        if self._hearing.state is not State.ON or origin is None:
            return
        heard = self.listening.seen > 0
        floor_db = tracker.floor_db if heard and tracker.floor_db > LOWEST_DB else None
        peak_db = tracker.held_db if heard else None
        self.stage.show_figures(
            Figures(peak_db, floor_db if floor_db is not None else LOWEST_DB, self.listening.lost, self.listening.seen)
        )
        self.session.show_status(
            BoardStatus(
                self._board_name(),
                origin.format.rate_hz,
                self.listening.lost,
                self.listening.seen,
                tracker.level_db if heard else None,
            )
        )
