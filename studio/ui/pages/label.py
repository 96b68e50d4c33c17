"""Label: what is in each recording. A list of segments, the editor of the one in hand, edits that undo takes back."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QApplication, QFileDialog, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from studio.core.errors import StudioError
from studio.core.text import gettext as _
from studio.dataset.values import value_of
from studio.ui import theme
from studio.ui.bridge import on_gui_thread
from studio.ui.class_styles import class_styles, is_unnamed
from studio.ui.controls import Button, Ground
from studio.ui.pages.label_editor import MOST_KEYS, EditorPanel, EditorPlaying
from studio.ui.pages.label_empty import EmptyLabel
from studio.ui.pages.label_filter import LIST, THUMBNAILS, Counts, FilterBar
from studio.ui.pages.label_inspector import Field, SegmentInspector
from studio.ui.pages.label_list import SegmentList, TabWithin, segment_source
from studio.ui.pages.label_model import Labelling, Target
from studio.ui.pages.page import Page, Shell
from studio.ui.session import Notice
from studio.ui.widgets.painted import ClassStyle

if TYPE_CHECKING:
    from studio.dataset.edits import Touched
    from studio.dataset.project import Project
    from studio.dataset.segments import ListedSegment
    from studio.ui.widgets.sample_reader import SampleReader

BARS_FROM = 680  # px of the page's height: below, the distributions give way to rows


class LabelPage(Page):
    """It shows what the catalogue holds, and asks it for edits; each is one step that undo takes back."""

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        self._styles: dict[str, ClassStyle] = {}  # by label, in the order of their keys; shared with the views
        self._filter = ""
        self._total = 0
        self._stale = False  # edited while another page was shown
        self._values = False  # whether labels are numbers
        self._zoom: tuple[float, float] | None = None  # to be shown of the recording that comes next
        self._files = ThreadPoolExecutor(1, thread_name_prefix="label")
        self.session.on_close(lambda: self._files.shutdown(wait=False, cancel_futures=True))
        self._model = Labelling(self.session, self._files, self)
        self._build()
        self._playing = EditorPlaying(self.session, self._editor)
        self._tab = TabWithin(self._list, self._editor.plots)
        self._connect()
        self._bind()

    # Building

    def _build(self) -> None:
        commands = self.shell.commands
        importing = Button(_("Import"), "import")
        importing.clicked.connect(lambda: commands.run("label.import"))
        self.header = [importing]
        self.inspector = self._inspector = SegmentInspector()
        self.inspector_gives_way = True  # keys and list do what it does
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
        self._list.current_edited.connect(lambda _row: self._show_chosen())
        self._list.current_edited.connect(self._model.edited)
        self._list.chosen_changed.connect(self._show_chosen)
        self._list.opened.connect(lambda: self.shell.commands.run("label.play"))
        self._model.counted.connect(self._show_counts)
        self._model.opened.connect(self._open)
        self._model.refused.connect(self._show_refused)
        self._model.in_view.connect(self._bring_into_view)
        self._model.rows_changed.connect(self._editor.show_rows)
        self._model.made.connect(self._editor.plots.tool.select)
        self._model.history.connect(self._inspector.show_history)
        self._model.measured.connect(self._measured)
        self._editor.keys.chosen.connect(self._give)
        self._editor.picture.stepped.connect(self._list.step)
        self._editor.remedy.clicked.connect(self._model.remove_recording)
        self._inspector.label_set.connect(self._relabel)
        self._inspector.person_set.connect(self._set_person)
        tool = self._editor.plots.tool
        tool.selection_changed.connect(self._band_chosen)
        tool.create_asked.connect(self._model.create)
        tool.move_asked.connect(self._model.trim)
        tool.split_asked.connect(self._model.split)
        tool.join_asked.connect(self._model.join)
        on_gui_thread(self.session.catalogue_changed, self._edited, owner=self)

    def _bind(self) -> None:
        def bind(name: str, act: Callable[[], object], enabled: Callable[[], bool]) -> None:
            self.shell.commands.bind(f"label.{name}", act, enabled=enabled)

        def some() -> bool:
            return self._total > 0

        def opened() -> bool:
            return bool(self._model.rows) and self._editor.has_time

        def changeable() -> bool:
            project = self.session.project
            return bool(self._model.recording) and project is not None and project.writable

        def editable() -> bool:
            return opened() and changeable()

        self._editor.bind(bind, opened, editable)
        bind("play", self._playing.switch, lambda: opened() and self._editor.plays)
        bind("next", self._next_unlabelled, some)
        bind("discard", self._discard, changeable)
        bind("unlabel", partial(self._relabel, ""), changeable)
        for place in range(MOST_KEYS):
            bind(f"give{place + 1}", partial(self._give, place), changeable)
        bind("name", lambda: self._enter(self._inspector.label), changeable)
        bind("person", lambda: self._enter(self._inspector.person), changeable)
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
        self._tab.listen()

    def hidden(self) -> None:
        self._tab.let_be()
        self._playing.stop()

    def project_changed(self, project: "Project | None") -> None:
        self._playing.stop()
        self._total = 0
        self._model.let_go()
        self._zoom = None
        self._editor.show_message("")
        self._list.show_source(None)
        self._inspector.show_rows([], 0)
        if project is not None:
            self._show_kind(project)
            QTimer.singleShot(0, self, self._model.count_all)  # after the rows, which `restore` asks for

    def _show_kind(self, project: "Project") -> None:
        """What its template has: pictures have no times, values no classes."""
        row = project.settings.row
        self._values = row.predicts_value
        self._list.show_times(not row.sees_pictures)
        self._bar.show_classes(not self._values)
        self._inspector.show_unit(project.settings.unit if self._values else None)

    def place(self) -> dict[str, Any]:
        axis = self._editor.plots.axis
        return {
            "filter": self._filter,
            "view": self._list.currentIndex(),
            "chosen": self._list.key,
            "splitter": self._splitter.sizes(),
            "zoom": [axis.first_s, axis.last_s] if self._model.rows and axis.span_s < axis.length_s else [],
        }

    def restore(self, place: dict[str, Any]) -> None:
        zoom, sizes = place.get("zoom"), place.get("splitter")
        if isinstance(zoom, list) and len(zoom) == 2 and all(isinstance(at, float | int) for at in zoom):
            self._zoom = zoom[0], zoom[1]
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

    # What is shown

    def _filter_changed(self, text: str) -> None:
        self._show_filtered(text, self._list.key)

    def _show_filtered(self, text: str, key: str) -> None:
        from studio.dataset.selection import everything, parse

        self._filter = text
        self._refresh()
        try:
            selection = parse(text) if text else everything()
        except StudioError as error:
            self._bar.show_problem(f"{error} {error.advice()}")
            return
        self._bar.show_problem("")
        self._model.selection = selection
        if self.session.project is not None:
            self._list.show_source(segment_source(self.session.ask, selection), key)

    def _show_counts(self, counts: Counts, expected: set[str]) -> None:
        """expected: labels there may be takes of, which have a colour and a key already."""
        classes = {label for label in counts.labels if label is not None} | expected
        styles = {} if self._values else class_styles(classes)
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
            self._editor.show_rows(self._model.rows)
            self._show_chosen()
            self._list.view.viewport().update()
        self._refresh()

    def _counted(self, count: int) -> None:
        self._bar.show_shown(count, self._total)
        if not count:
            self._model.let_go()
            self._editor.show_message(_("No segment is like this filter."), _("Change it, or clear it."))
            self._inspector.show_rows([], 0)
            self._refresh()

    def _show_view(self, view: int) -> None:
        self._list.show_view(view)
        self._bar.view.set_index(view)

    def _show_chosen(self) -> None:
        rows = self._list.chosen()
        unreadable = self._model.unreadable and any(row.recording == self._model.recording for row in rows)
        count = sum(count for _first, count in self._list.spans())
        self._inspector.show_rows(rows, count, unreadable=unreadable)
        self._refresh()

    def _refresh(self) -> None:
        """What can be done now, by keys and buttons alike."""
        self.shell.commands.refresh()
        self._editor.show_enabled(self.shell.commands.can)
        for field in (self._inspector.label, self._inspector.person):
            field.setEnabled(self.session.project is None or self.session.project.writable)

    # What is in hand

    def _take_in_hand(self, row: "ListedSegment") -> None:
        if row.recording != self._model.recording:
            self._playing.stop()
        if f"id:{row.recording}" in self._filter:
            self._bar.show_names({row.recording: row.path.stem})
        self._model.take(row)

    def _open(self, rows: "list[ListedSegment]", reader: "SampleReader") -> None:
        self._editor.open(rows, reader)
        self._refresh()

    def _bring_into_view(self, row: "ListedSegment") -> None:
        self._editor.bring_into_view(row)
        if self._zoom is not None:
            self._editor.plots.axis.show(*self._zoom)
        self._zoom = None

    def _show_refused(self, error: StudioError, row: "ListedSegment") -> None:
        self._editor.show_error(error, row.path.stem)
        self._show_chosen()

    def _measured(self, row: "ListedSegment") -> None:
        self._list.model.put(row)
        if self._list.key == row.key and len(self._list.chosen()) == 1:
            self._inspector.show_quality(row)

    def _band_chosen(self, segment_id: str) -> None:
        """A segment taken in the editor is the one in hand in the list too."""
        found = next((row for row in self._model.rows if row.id == segment_id), None)
        if found is not None and found.key != self._list.key:
            self._list.go_to(found.key)

    def _edited(self, _touched: "Touched") -> None:
        """From whatever page, undo included: editor, list and counts are asked for again, once they are looked at."""
        self._stale = True
        if self.isVisible():
            self._read_again()

    def _read_again(self) -> None:
        self._stale = False
        self._model.read_again()
        self._list.model.refresh()
        self._model.count_all()

    # Acts

    def _target(self) -> Target | None:
        """The rows that are selected, where there are several; or the segment that the editor has in hand."""
        spans = self._list.spans()
        if sum(count for _first, count in spans) > 1:
            return self._model.target_of_rows(spans, self._list.model.rowCount())
        return self._model.target_of_one(self._editor.plots.tool.selected_id, self._list.current())

    def _give(self, place: int) -> None:
        labels = list(self._styles)
        if place < len(labels):
            self._relabel(labels[place])
        else:
            what = _("There is no label on key {key}.").format(key=place + 1)
            self.shell.notify(Notice(what, _("L names a new one.")))

    def _relabel(self, label: str) -> None:
        target = self._target()
        if self._values and label and value_of(label.replace(",", ".")) is None:
            self.shell.notify(Notice(_("A value is a number, such as 21.5."), tone="warn"))
            self._show_chosen()
        elif target is not None:
            self._model.relabel(target, label.replace(",", ".") if self._values else label)
            self._leave_inspector()

    def _set_person(self, who: str) -> None:
        target = self._target()
        if target is not None:
            self._model.set_person(target, who)
            self._leave_inspector()

    def _discard(self) -> None:
        target = self._target()
        if target is not None:
            self._model.discard(target)

    def _next_unlabelled(self) -> None:
        def go(row: "ListedSegment | None") -> None:
            if row is not None:
                self._list.go_to(row.key)
            else:
                where = _("Clear the filter to look at the others.") if self._filter else ""
                self.shell.notify(Notice(_("Every segment shown has a label."), where, "ok"))

        self._model.next_unlabelled(self._list.key, go)

    def _enter(self, field: Field) -> None:
        self.shell.show_inspector(True)
        field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        field.line.selectAll()

    def _leave_inspector(self) -> None:
        if self._inspector.isAncestorOf(QApplication.focusWidget() or self):
            self._list.view.setFocus()

    def _go_across(self) -> None:
        """Focus: list, editor, filter, and round again."""
        stops = [self._list.view, self._editor.first_plot, self._bar.field]
        at = next((i for i, stop in enumerate(stops) if stop.hasFocus()), -1)
        stops[(at + 1) % len(stops)].setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _ask_for_import(self) -> None:
        chosen = QFileDialog.getExistingDirectory(self, _("Import a folder of recordings"), str(Path.home()))
        if chosen:
            self.shell.take_in(Path(chosen))
