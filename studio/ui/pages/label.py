"""Label: what is in each recording. A list of segments, the editor of the one in hand, edits that undo takes back."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QApplication, QFileDialog, QScrollArea, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from studio.core.errors import StudioError
from studio.core.text import gettext as _
from studio.ui import theme
from studio.ui.bridge import on_gui_thread, when_done
from studio.ui.class_styles import class_styles, is_unnamed
from studio.ui.controls import Button, Ground
from studio.ui.pages.label_editor import MOST_KEYS, EditorPanel
from studio.ui.pages.label_edits import LabelEdits, Target, target_of_one, target_of_rows
from studio.ui.pages.label_empty import EmptyLabel
from studio.ui.pages.label_filter import LIST, THUMBNAILS, Counts, FilterBar
from studio.ui.pages.label_hand import SegmentInHand
from studio.ui.pages.label_inspector import Field, SegmentInspector
from studio.ui.pages.label_list import SegmentList
from studio.ui.pages.label_playing import EditorPlaying
from studio.ui.pages.label_rows import segment_source
from studio.ui.pages.page import Page, Shell
from studio.ui.session import Notice
from studio.ui.widgets.painted import ClassStyle

if TYPE_CHECKING:
    from studio.dataset.edits import Touched
    from studio.dataset.project import Project
    from studio.dataset.segments import ListedSegment
    from studio.dataset.selection import Selection

BARS_FROM = 680  # px of the page's height: below, the distributions give way to rows
ZOOM_STEP, NUDGE_S = 1.25, 0.01


class LabelPage(Page):
    """It shows what the catalogue holds, and asks it for edits; each is one step that undo takes back."""

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        self._styles: dict[str, ClassStyle] = {}  # by label, in the order of their keys; shared with the views
        self._filter = ""
        self._selection: Selection | None = None
        self._total = 0
        self._stale = False  # edited while another page was shown
        self._files = ThreadPoolExecutor(1, thread_name_prefix="label")
        self.session.on_close(lambda: self._files.shutdown(wait=False, cancel_futures=True))
        self._edits = LabelEdits(self.session)
        self._build()
        self._playing = EditorPlaying(self.session, self._editor)
        self._hand = SegmentInHand(self.session, self._editor, self._inspector, self._files)
        self._connect()
        self._bind()

    # Building

    def _build(self) -> None:
        commands = self.shell.commands
        importing = Button(_("Import"), "import")
        importing.clicked.connect(lambda: commands.run("label.import"))
        self.header = [importing]
        self._inspector = SegmentInspector()
        self.inspector = area = QScrollArea()
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setWidget(self._inspector)
        self._bar = FilterBar()
        self._list = SegmentList(self._styles, self._files)
        self._editor = EditorPanel(commands, self._styles)
        self._splitter = QSplitter(Qt.Orientation.Vertical)
        self._splitter.setChildrenCollapsible(False)
        self._splitter.setHandleWidth(1)  # Qt lets one take hold of some px beside it too
        for place, (part, share) in enumerate(((self._list, 2), (self._editor, 3))):
            self._splitter.addWidget(part)
            self._splitter.setStretchFactor(place, share)
        self._splitter.setSizes([200, 460])
        filled = Ground("surface")
        column = QVBoxLayout(filled)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._bar)
        column.addWidget(self._splitter, 1)
        self._empty = EmptyLabel(commands)
        self._stack = QStackedWidget()
        self._stack.addWidget(filled)
        self._stack.addWidget(self._empty)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._stack)

    def _connect(self) -> None:
        self._bar.changed.connect(self._filter_changed)
        self._bar.view_chosen.connect(self._show_view)
        self._list.counted.connect(self._counted)
        self._list.current_changed.connect(self._take_in_hand)
        self._list.current_edited.connect(self._current_edited)
        self._list.chosen_changed.connect(self._show_chosen)
        self._list.opened.connect(self._playing.switch)
        self._hand.opened.connect(self._refresh)
        self._hand.measured.connect(self._measured)
        self._editor.keys.chosen.connect(self._give)
        self._editor.remedy.clicked.connect(self._remove_recording)
        self._inspector.label_set.connect(self._relabel)
        self._inspector.person_set.connect(self._set_person)
        tool = self._editor.plots.tool
        tool.selection_changed.connect(self._band_chosen)
        tool.create_asked.connect(self._create)
        tool.move_asked.connect(self._trim)
        tool.split_asked.connect(lambda band, at_s: self._edits.split(band, self._samples(at_s)))
        tool.join_asked.connect(self._edits.join)
        on_gui_thread(self.session.catalogue_changed, self._edited, owner=self)

    def _bind(self) -> None:
        axis, tool = self._editor.plots.axis, self._editor.plots.tool

        def bind(name: str, act: Callable[[], object], enabled: Callable[[], bool]) -> None:
            self.shell.commands.bind(f"label.{name}", act, enabled=enabled)

        def some() -> bool:
            return self._total > 0

        def opened() -> bool:
            return bool(self._editor.rows)

        def changeable() -> bool:
            project = self.session.project
            return bool(self._hand.recording) and project is not None and project.writable

        def editable() -> bool:
            return opened() and changeable()

        bind("play", self._playing.switch, opened)
        bind("loop", self._editor.loop.toggle, opened)
        bind("next", self._next_unlabelled, some)
        bind("split", lambda: tool.split(axis.playhead_s), editable)
        bind("join", tool.join, editable)
        bind("discard", self._discard, changeable)
        bind("unlabel", partial(self._relabel, ""), changeable)
        for place in range(MOST_KEYS):
            bind(f"give{place + 1}", partial(self._give, place), changeable)
        bind("name", lambda: self._enter(self._inspector.label), changeable)
        bind("person", lambda: self._enter(self._inspector.person), changeable)
        bind("begin", lambda: tool.mark_start(axis.playhead_s), editable)
        bind("end", lambda: tool.mark_end(axis.playhead_s), editable)
        bind("start_earlier", lambda: tool.nudge(-NUDGE_S, 0.0), editable)
        bind("start_later", lambda: tool.nudge(NUDGE_S, 0.0), editable)
        bind("end_earlier", lambda: tool.nudge(0.0, -NUDGE_S), editable)
        bind("end_later", lambda: tool.nudge(0.0, NUDGE_S), editable)
        bind("following", lambda: tool.step(1, axis.playhead_s or 0.0), opened)
        bind("preceding", lambda: tool.step(-1, axis.playhead_s or 0.0), opened)
        bind("zoom_in", lambda: axis.zoom(ZOOM_STEP), opened)
        bind("zoom_out", lambda: axis.zoom(1 / ZOOM_STEP), opened)
        bind("zoom_all", axis.show_all, opened)
        bind("view", lambda: self._show_view(1 - self._list.currentIndex()), some)
        bind("filter", self._bar.field.setFocus, some)
        bind("clear", lambda: self._bar.show_filter("", tell=True), lambda: bool(self._filter))
        bind("across", self._go_across, some)
        bind("import", self._ask_for_import, lambda: self.session.project is not None)

    # The page

    def shown(self) -> None:
        self.setTabOrder(self._editor.next, self._inspector.label)  # as they are read
        self.setTabOrder(self._inspector.label, self._inspector.person)
        if self._stale:
            self._read_again()
        QApplication.instance().installEventFilter(self)  # type: ignore[union-attr]

    def hidden(self) -> None:
        QApplication.instance().removeEventFilter(self)  # type: ignore[union-attr]
        self._playing.stop()

    def project_changed(self, project: "Project | None") -> None:
        self._playing.stop()
        self._total = 0
        self._hand.let_go()
        self._editor.show_message("")
        self._list.show_source(None)
        self._inspector.show_rows([], 0)
        if project is not None:
            QTimer.singleShot(0, self, self._count_all)  # after the rows, which `restore` asks for

    def place(self) -> dict[str, Any]:
        axis = self._editor.plots.axis
        return {
            "filter": self._filter,
            "view": self._list.currentIndex(),
            "chosen": self._list.key,
            "splitter": self._splitter.sizes(),
            "zoom": [axis.first_s, axis.last_s] if self._hand.recording and axis.span_s < axis.length_s else [],
        }

    def restore(self, place: dict[str, Any]) -> None:
        zoom, sizes = place.get("zoom"), place.get("splitter")
        if isinstance(zoom, list) and len(zoom) == 2 and all(isinstance(at, float | int) for at in zoom):
            self._hand.zoom = zoom[0], zoom[1]
        if isinstance(sizes, list) and len(sizes) == 2 and all(isinstance(size, int) and size > 0 for size in sizes):
            self._splitter.setSizes(sizes)
        self._show_view(THUMBNAILS if place.get("view", self._list.currentIndex()) == THUMBNAILS else LIST)
        self._bar.show_filter(str(place.get("filter", "")))
        self._show_filtered(self._bar.text, str(place.get("chosen", "")))

    def first_focus(self) -> QWidget | None:
        return self._list.view if self._stack.currentIndex() == 0 else self._empty.button

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._bar.show_bars(self.height() >= theme.px(BARS_FROM))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Tab is for the next unlabelled in list and editor only; elsewhere it moves the focus, as always."""
        if (
            event.type() == QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and event.key() == Qt.Key.Key_Tab
        ):
            focus = QApplication.focusWidget() or self
            if not any(part.isAncestorOf(focus) for part in (self._list, self._editor.plots)):
                event.accept()
                return True
        return False

    # What is shown

    def _filter_changed(self, text: str) -> None:
        self._show_filtered(text, self._list.key)

    def _show_filtered(self, text: str, key: str) -> None:
        from studio.dataset.selection import everything, parse

        self._filter = text
        self._refresh()
        try:
            self._selection = parse(text) if text else everything()
        except StudioError as error:
            self._bar.show_problem(str(error))
            return
        self._bar.show_problem("")
        if self.session.project is not None:
            self._list.show_source(segment_source(self.session.ask, self._selection), key)

    def _count_all(self) -> None:
        """How segments spread, and which classes and people there are."""

        def read(project: "Project") -> tuple[Counts, set[str]]:
            from studio.dataset.script import script_labels

            catalogue = project.catalogue
            counts = Counts(catalogue.label_counts(), catalogue.counts_by("person"), catalogue.counts_by("session"))
            return counts, {*project.settings.labels, *script_labels(catalogue)}

        when_done(self.session.ask(read), self._show_counts, owner=self, failed=self.session.fail)

    def _show_counts(self, found: tuple[Counts, set[str]]) -> None:
        counts, expected = found
        styles = class_styles({label for label in counts.labels if label is not None} | expected)
        recoloured = styles != self._styles
        self._styles.clear()
        self._styles.update(sorted(styles.items(), key=lambda item: (is_unnamed(item[0]), item[0])))
        self._total = counts.total
        self._stack.setCurrentIndex(0 if self._total else 1)
        self._bar.show_counts(counts, self._styles)
        self._bar.show_shown(self._list.model.rowCount(), self._total)
        self._editor.keys.show_styles(list(self._styles.values()))
        self._inspector.show_choices(self._styles, [code for code in counts.people if code is not None])
        if recoloured:
            self._editor.show_rows(self._editor.rows)
            self._show_chosen()
            self._list.view.viewport().update()
        self._refresh()

    def _counted(self, count: int) -> None:
        self._bar.show_shown(count, self._total)
        if not count:
            self._hand.let_go()
            self._editor.show_message(_("No segment is like this filter."), _("Change it, or clear it."))
            self._inspector.show_rows([], 0)
            self._refresh()

    def _show_view(self, view: int) -> None:
        self._list.show_view(view)
        self._bar.view.set_index(view)

    def _show_chosen(self) -> None:
        self._inspector.show_rows(self._list.chosen(), sum(count for _first, count in self._list.spans()))
        self._refresh()

    def _refresh(self) -> None:
        """What can be done now, by keys and buttons alike."""
        self.shell.commands.refresh()
        self._editor.show_enabled(self.shell.commands.can)
        for field in (self._inspector.label, self._inspector.person):
            field.setEnabled(self.session.project is None or self.session.project.writable)

    # What is in hand

    def _take_in_hand(self, row: "ListedSegment") -> None:
        if row.recording != self._hand.recording:
            self._playing.stop()
        if f"id:{row.recording}" in self._filter:
            self._bar.show_names({row.recording: row.path.stem})
        self._hand.take(row)

    def _current_edited(self, row: "ListedSegment") -> None:
        self._show_chosen()
        self._hand.edited(row)

    def _measured(self, row: "ListedSegment") -> None:
        self._list.model.put(row)
        if self._list.key == row.key and len(self._list.chosen()) == 1:
            self._inspector.show_quality(row)

    def _band_chosen(self, segment_id: str) -> None:
        """A segment taken in the editor is the one in hand in the list too."""
        found = next((row for row in self._editor.rows if row.id == segment_id), None)
        if found is not None and found.key != self._list.key:
            self._list.go_to(found.key)

    def _edited(self, _touched: "Touched") -> None:
        """From whatever page, undo included: editor, list and counts are asked for again, once they are looked at."""
        self._stale = True
        if self.isVisible():
            self._read_again()

    def _read_again(self) -> None:
        self._stale = False
        self._hand.read_again()
        self._list.model.refresh()
        self._count_all()

    # Acts

    def _target(self) -> Target | None:
        """The rows that are selected, where there are several; or the segment that the editor has in hand."""
        spans = self._list.spans()
        if self._selection is not None and sum(count for _first, count in spans) > 1:
            return target_of_rows(spans, self._selection, self._list.model.rowCount())
        band = self._editor.plots.tool.selected_id
        row = next((row for row in self._editor.rows if row.id == band), None) or self._list.current()
        return None if row is None else target_of_one(row)

    def _give(self, place: int) -> None:
        labels = list(self._styles)
        if place < len(labels):
            self._relabel(labels[place])
        else:
            what = _("There is no label on key {key}.").format(key=place + 1)
            self.shell.notify(Notice(what, _("L names a new one.")))

    def _relabel(self, label: str) -> None:
        target = self._target()
        if target is not None:
            self._edits.relabel(target, label)
            self._leave_inspector()

    def _set_person(self, who: str) -> None:
        target = self._target()
        if target is not None:
            self._edits.set_person(target, who)
            self._leave_inspector()

    def _discard(self) -> None:
        target = self._target()
        if target is not None:
            self._edits.discard(target)

    def _remove_recording(self) -> None:
        if self._hand.row is not None:
            self._edits.remove_recording(self._hand.row)

    def _create(self, start_s: float, end_s: float) -> None:
        if self._editor.rows:
            self._hand.await_new()
            self._edits.create(self._editor.rows[0], self._samples(start_s), self._samples(end_s))

    def _trim(self, segment_id: str, start_s: float, end_s: float) -> None:
        """Shown at once, and as it was again where the catalogue refuses."""
        start, end = self._samples(start_s), self._samples(end_s)
        self._editor.show_rows(
            [
                replace(row, start=start, end=end, whole=False) if row.id == segment_id else row
                for row in self._editor.rows
            ]
        )
        done = self._edits.trim(segment_id, start, end)
        when_done(done, lambda _count: None, owner=self, failed=lambda _error: self._hand.read_again())

    def _samples(self, at_s: float) -> int:
        row = self._editor.rows[0]
        return min(max(round(at_s * row.rate_hz), 0), row.samples)

    def _next_unlabelled(self) -> None:
        """The first after the row in hand, and from the top again after the last."""
        from studio.dataset.selection import unlabelled

        selection, after = self._selection, self._list.key
        if selection is None:
            return
        wanted = selection.and_also(unlabelled())

        def find(project: "Project") -> "list[ListedSegment]":
            catalogue = project.catalogue
            return catalogue.segments(wanted, limit=1, after=after or None) or catalogue.segments(wanted, limit=1)

        def go(rows: "list[ListedSegment]") -> None:
            if rows:
                self._list.go_to(rows[0].key)
            else:
                where = _("Clear the filter to look at the others.") if self._filter else ""
                self.shell.notify(Notice(_("Every segment shown has a label."), where, "ok"))

        when_done(self.session.ask(find), go, owner=self, failed=self.session.fail)

    def _enter(self, field: Field) -> None:
        self.shell.show_inspector(True)
        field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        field.line.selectAll()

    def _leave_inspector(self) -> None:
        if self._inspector.isAncestorOf(QApplication.focusWidget() or self):
            self._list.view.setFocus()

    def _go_across(self) -> None:
        """Focus: list, editor, filter, and round again."""
        stops = [self._list.view, self._editor.plots.waveform, self._bar.field]
        at = next((i for i, stop in enumerate(stops) if stop.hasFocus()), -1)
        stops[(at + 1) % len(stops)].setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _ask_for_import(self) -> None:
        from studio.ui.importing import import_into

        chosen = QFileDialog.getExistingDirectory(self, _("Import a folder of recordings"), str(Path.home()))
        if chosen:
            import_into(self.session, Path(chosen))
