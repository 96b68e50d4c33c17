"""Features: from samples to the small picture that the model sees, its cost, and what training makes of a take."""

import random
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from studio.core.errors import StudioError
from studio.core.text import gettext as _
from studio.ui import theme
from studio.ui.bridge import on_gui_thread, when_done
from studio.ui.class_styles import styles_of
from studio.ui.controls import Button, Label
from studio.ui.latest import Latest
from studio.ui.pages.features_asks import found_in, key_of, seen_of, varied_of
from studio.ui.pages.features_extracting import Extracting
from studio.ui.pages.features_form import FORM_WIDTH, Chosen, CostPanel, FrontEndForm
from studio.ui.pages.features_ghost import StepsGhost
from studio.ui.pages.features_kinds import KIND_VIEWS
from studio.ui.pages.features_settings import SettingsKeeper
from studio.ui.pages.features_steps import StepsPanel
from studio.ui.pages.features_variants import MOST_SEED, VARIANTS, VariantsPanel
from studio.ui.pages.page import Page, Shell
from studio.ui.playing import Player, Playing
from studio.ui.widgets.empty_state import EmptyState
from studio.ui.widgets.side_by_side import SideBySide

if TYPE_CHECKING:
    from studio.dataset.edits import Touched
    from studio.dataset.project import Project
    from studio.features.front_ends import AnyFrontEnd
    from studio.training.preview import Heard
    from studio.ui.pages.features_work import Seen, Varied

EMPTY, PROBLEM, CONTENT = range(3)


class FeaturesPage(Page):
    """It computes nothing: features_work.py does, on other threads, of which only the newest is shown."""

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        self._folder: Path | None = None
        self._writable = False
        self._found: Heard | None = None
        self._spec: AnyFrontEnd | None = None
        self._seen: Seen | None = None
        self._varied: Varied | None = None
        self._keep: str | None = None  # the segment to come back to
        self._windows_seed = 1
        self._front = self._stale = False
        self._player = Player()
        self._finding: Latest[Heard] = Latest(self.session, self._show_found, self._show_problem, owner=self)
        self._seeing: Latest[Seen] = Latest(self.session, self._show_seen, self._show_problem, owner=self)
        self._varying: Latest[Varied] = Latest(self.session, self._show_varied, self._no_variants, owner=self)
        self._keeper = SettingsKeeper(self.session, self)
        self._keeper.replaced.connect(self._find)
        self._keeper.saved.connect(self._saved)
        self._build()
        self._bind()
        on_gui_thread(self.session.catalogue_changed, self._catalogue_changed, owner=self, latest=True)
        on_gui_thread(self.session.runs_changed, lambda _run: self._vary(), owner=self, latest=True)
        on_gui_thread(self.session.board_changed, lambda _board: self._show_cost(), owner=self, latest=True)
        on_gui_thread(self._player.changed, self._show_playing, owner=self, latest=True)
        self.session.on_close(self._player.stop)

    # Building

    def _build(self) -> None:
        key = self.shell.commands.key
        self._count = Label("", kind="muted")
        self._extract = Button(_("Extract features"), "features", "primary", key=key("features.extract"))
        self._extract.clicked.connect(lambda: self.shell.commands.run("features.extract"))
        self._extracting = Extracting(self.session, self._extract, self)
        self.header = [self._count, self._extract]
        collect = Button(_("Go to Collect"), "collect", "primary")
        collect.clicked.connect(lambda: self.shell.show_page("collect"))
        empty = EmptyState(
            "features",
            _("Windows will be here"),
            _(
                "Each labelled recording, step by step on its way to the small picture that the model sees, and what "
                "training makes of it. There is none yet: no recording has a label."
            ),
            collect,
            picture=StepsGhost(),
        )
        self._way_on = Button(_("Look again"), "refresh")
        self._way_on.clicked.connect(self._go_on)
        self._problem = EmptyState("warn", "", "", self._way_on)
        self._states = QStackedWidget()
        for state in (empty, self._problem, self._content()):
            self._states.addWidget(state)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._states)

    def _content(self) -> QWidget:
        key = self.shell.commands.key
        self.form, self.cost = FrontEndForm(), CostPanel()
        self.steps = StepsPanel(key("features.play"), key("features.others"))
        keys = [key("features.play"), *(key(f"features.play{n}") for n in range(1, VARIANTS + 1))]
        self.variants = VariantsPanel(keys, key("features.dice"))
        self._read_only = Label(_("This project is open to be read only: the settings stay."), kind="muted", wrap=True)
        self._read_only.hide()
        self.form.edited.connect(self._edited)
        self.form.reset.clicked.connect(lambda: self.shell.commands.run("features.reset"))
        self.steps.chosen.connect(lambda _index: self._chosen())
        self.steps.play.clicked.connect(lambda: self._play(0))
        self.steps.label.clicked.connect(lambda: self.shell.commands.run("features.label"))
        self.steps.others.clicked.connect(lambda: self.shell.commands.run("features.others"))
        self.variants.play.connect(self._play)
        self.variants.changed.connect(self._variants_changed)
        self.variants.dice.clicked.connect(lambda: self.shell.commands.run("features.dice"))
        left = QVBoxLayout()
        left.setContentsMargins(theme.PAGE_MARGIN, 16, theme.PAGE_MARGIN - 8, 16)
        left.setSpacing(12)
        for widget in (self.form, self._read_only, self.cost):
            left.addWidget(widget)
        left.addStretch(1)
        right = QVBoxLayout()
        right.setContentsMargins(0, 0, 0, 0)
        right.setSpacing(0)
        right.addWidget(self.steps, 5)
        right.addWidget(self.variants, 6)
        return SideBySide(left, right, theme.px(FORM_WIDTH))

    def _bind(self) -> None:
        bind, able = self.shell.commands.bind, self._has_window
        bind("features.extract", self._extract_all, enabled=self._can_extract)
        bind("features.play", lambda: self._play(0), enabled=self._is_heard)
        for number in range(1, VARIANTS + 1):
            bind(f"features.play{number}", partial(self._play, number), enabled=self._is_heard)
        bind("features.next", lambda: self.steps.strip.choose(self.steps.index + 1), enabled=able)
        bind("features.previous", lambda: self.steps.strip.choose(self.steps.index - 1), enabled=able)
        bind("features.others", self._other_windows, enabled=able)
        bind("features.label", self._label, enabled=able)
        bind("features.dice", self._roll, enabled=able)
        bind("features.stronger", lambda: self._strengthen(1), enabled=able)
        bind("features.weaker", lambda: self._strengthen(-1), enabled=able)
        bind("features.form", self._focus_form, enabled=lambda: self._spec is not None and self._writable)
        bind("features.reset", self._reset, enabled=self._can_reset)

    # The window's page

    def shown(self) -> None:
        self._front = True
        if self._stale:
            self._find()

    def hidden(self) -> None:
        self._front = False
        self._player.stop()
        self._keeper.save()

    def project_changed(self, project: "Project | None") -> None:
        self._keeper.leave(self._folder, project)
        self._player.stop()
        for work in (self._finding, self._seeing, self._varying):
            work.forget()
        self._folder = None if project is None else project.folder
        self._writable = project is not None and project.writable
        self._found = self._spec = self._seen = self._varied = None
        self._keep, self._windows_seed = None, 1
        self._count.setText(_("Reading…") if project is not None else "")
        self._states.setCurrentIndex(CONTENT if project is not None else EMPTY)
        self._stale = project is not None
        if self._front and self._stale:
            self._find()

    def place(self) -> dict[str, Any]:
        window = self.steps.looked
        kept = window.example.id if window is not None else self._keep
        return {"segment": kept, "windows": self._windows_seed, "seed": self.variants.seed, "cell": self.steps.cell}

    def restore(self, place: dict[str, Any]) -> None:
        self._keep = place["segment"] if isinstance(place.get("segment"), str) else None
        windows, seed, cell = place.get("windows"), place.get("seed"), place.get("cell")
        self._windows_seed = windows if isinstance(windows, int) and windows >= 0 else 1
        self.variants.seed_box.setValue(seed if isinstance(seed, int) else 1)
        whole = isinstance(cell, list) and len(cell) == 2 and all(isinstance(n, int) and n >= 0 for n in cell)
        self.steps.cell = (cell[0], cell[1]) if isinstance(cell, list) and whole else None

    def first_focus(self) -> QWidget | None:
        return self.steps.strip

    # Reading the project

    def _catalogue_changed(self, _touched: "Touched") -> None:
        self._stale = True
        if self._front:
            self._find()

    def _find(self) -> None:
        if self._folder is None:
            return
        self._stale = False
        window = self.steps.looked if self._seen is not None else None
        keep = window.example.id if window is not None else self._keep
        self._finding.ask(partial(found_in, self._folder, self._windows_seed, keep))

    def _show_found(self, found: "Heard") -> None:
        self._found = found
        self._keeper.take(found.settings)
        self._count.setText(_("1 window") if found.count == 1 else _("{n:,} windows").format(n=found.count))
        if not found.examples:
            self._count.setText("")
            self._states.setCurrentIndex(EMPTY)
        elif found.spec is None:
            self._show_problem(found.problem)
        else:
            self._states.setCurrentIndex(CONTENT)
            if not self._keeper.holds("strength"):
                self.variants.set_strength(found.settings.strength)
            if not self._keeper.holds("window_ms", "front_end_kind", "front_end"):
                self._spec = found.spec
                self.form.show_spec(found, found.spec, writable=self._writable)
            self._read_only.setVisible(not self._writable)
            self._see()
        self._extract.setEnabled(self._can_extract())
        self.shell.commands.refresh()

    def _show_problem(self, error: StudioError | None) -> None:
        if self._found is None:
            self._count.setText("")
        self._problem.show_words(str(error or ""), error.advice() if error is not None else "")
        self._way_on.set_text(_("Reset the front end") if self._can_mend() else _("Look again"))
        self._way_on.set_icon("undo" if self._can_mend() else "refresh")
        self._states.setCurrentIndex(PROBLEM)

    def _can_mend(self) -> bool:
        """Whether what project.toml says of the front end is the problem."""
        return self._writable and self._found is not None and self._found.problem is not None

    def _go_on(self) -> None:
        (self._reset if self._can_mend() else self._find)()

    # One window

    def _see(self) -> None:
        if self._found is not None and self._spec is not None:
            self._seeing.ask(partial(seen_of, self._found, self._spec))

    def _show_seen(self, seen: "Seen") -> None:
        if self._found is None or not seen.looked:
            return
        keep = self.steps.looked.example.id if self._seen is not None and self.steps.looked is not None else self._keep
        self._seen = seen
        index = next((i for i, each in enumerate(seen.looked) if each.example.id == keep), 0)
        self.variants.styles = styles_of(self._found.labels, self._found.settings)
        self.variants.show_kind(seen.spec.kind)
        self.steps.show_windows(seen, self.variants.styles, index)
        self._show_cost()
        self._vary()
        self.shell.commands.refresh()

    def _show_cost(self) -> None:
        from studio.ui.pages.deploy_work import board_in_use

        seen = self._seen
        if seen is not None:
            left_out = KIND_VIEWS[seen.spec.kind].not_counted
            self.cost.show_cost(seen.cost, seen.listening, seen.boards, board_in_use(self.session), left_out)

    def _has_window(self) -> bool:
        window = self.steps.looked
        return self._seen is not None and window is not None

    def _is_heard(self) -> bool:
        return self._has_window() and self.variants.heard

    def _chosen(self) -> None:
        self._player.stop()
        self._vary()

    def _other_windows(self) -> None:
        self._windows_seed += 1
        self._seen, self._keep, self.steps.cell = None, None, None
        self._find()

    # Variants

    def _variants_changed(self) -> None:
        if self._found is not None and self._writable:
            self._keeper.edit(strength=self.variants.strength)
        self._vary()

    def _vary(self) -> None:
        window = self.steps.looked
        if self._folder is None or self._found is None or self._seen is None or window is None:
            return
        if window.steps is None:
            self._varying.forget()
            self._no_variants(window.problem)
            return
        self._varying.ask(
            partial(
                varied_of,
                self._found,
                window.example,
                self._seen.spec,
                seed=self.variants.seed,
                strength=self.variants.strength,
                runs_folder=self._folder / "runs",
                run_id=self.session.run,
            )
        )

    def _show_varied(self, varied: "Varied") -> None:
        window = self.steps.looked
        if window is not None:
            self._varied = varied
            self.variants.show_takes(varied, window.example.label)

    def _no_variants(self, _error: StudioError | None) -> None:
        self._varied = None
        self.variants.show_nothing()

    def _roll(self) -> None:
        self.variants.seed_box.setValue(random.randrange(MOST_SEED))

    def _strengthen(self, steps: int) -> None:
        self.variants.slider.setValue(self.variants.slider.value() + steps)

    # All windows

    def _can_extract(self) -> bool:
        return self._spec is not None

    def _extract_all(self) -> None:
        self._keeper.save()
        if self._folder is not None:
            self._extracting.switch(self._folder)

    def _label(self) -> None:
        """The window's segment in Label."""
        looked = self.steps.looked
        if looked is None:
            return

        def show(key: str) -> None:
            self.shell.show_page("label", place={"filter": "", "chosen": key})

        found = self.session.ask(partial(key_of, looked.example.id))
        when_done(found, show, owner=self, failed=self.session.fail)

    # Hearing

    def _play(self, index: int) -> None:
        """Stops what is heard; begins with another take."""
        heard = self._player.playing.what
        self._player.stop()
        if self._varied is not None and heard != str(index):
            self._player.play_samples(str(index), self._varied.takes[index].samples, self._varied.spec.rate_hz)

    def _show_playing(self, playing: Playing) -> None:
        if playing.error is not None:
            self.session.fail(playing.error)
        index = None if playing.what is None else int(playing.what)
        share = playing.at_s / playing.length_s if playing.length_s else None
        self.variants.show_playing(index, share)
        self.steps.play.set_icon("stop" if index == 0 else "play")

    # The settings

    def _focus_form(self) -> None:
        field = self.form.first_field
        if field is not None:
            field.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _edited(self, chosen: Chosen) -> None:
        self._spec = chosen.spec
        length = {} if chosen.window_ms is None else {"window_ms": chosen.window_ms}
        self._keeper.edit(front_end_kind=chosen.kind, front_end=dict(chosen.front_end), **length)
        self._see()

    def _can_reset(self) -> bool:
        return self.form.reset.isEnabled() or self._can_mend()

    def _saved(self) -> None:
        if self._can_mend():
            self._find()

    def _reset(self) -> None:
        if self._can_mend():
            self._keeper.edit(front_end={})
            self._keeper.save()
            return
        self.form.show_usual()
        self.shell.commands.refresh()
