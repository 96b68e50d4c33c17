"""Learn: a panel beside any page. What this step does, on the project's own figures; one thing to try, what to watch.

Texts are in `resources/learn/PAGE.toml`, a card each; they pass gettext as all others. Off until somebody wants it, and
then on for that person in every project.
"""

import tomllib
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from studio.core.settings import load_settings, save_setting
from studio.core.text import counted
from studio.core.text import gettext as _
from studio.ui import theme
from studio.ui.bridge import on_gui_thread, when_done
from studio.ui.class_styles import shown_label
from studio.ui.controls import Button, Ground, Icon, Label
from studio.ui.session import Session

if TYPE_CHECKING:
    from studio.dataset.project import Project

WIDTH = 304
PAGES = ("devices", "collect", "label", "features", "train", "evaluate", "deploy", "live")
_SETTING = "learn"


class Card(NamedTuple):
    """yours: has facts of the project in it, as {names}. doing, watch: one thing to try, and what to look at then."""

    title: str
    text: str
    yours: str
    doing: str
    watch: str


def cards_of(page: str) -> list[Card]:
    """As they are written, not translated; none for a page that is not among PAGES."""
    if page not in PAGES:
        return []
    cards = tomllib.loads(theme.resource(f"learn/{page}.toml").read_text(encoding="utf-8"))["card"]
    return [Card(c["title"], c["text"], c["yours"], c["try"], c["watch"]) for c in cards]


def facts_of(project: "Project") -> dict[str, str]:
    """What cards can say of a project, worded. On the catalogue's thread."""
    from studio.core.errors import StudioError
    from studio.dataset.background import is_background
    from studio.dataset.runs import list_runs
    from studio.features.blocks import LogMel
    from studio.training.preparation import front_end_at

    catalogue, settings = project.catalogue, project.settings
    counts = {label: n for label, n in catalogue.label_counts().items() if label is not None}
    words = {label: n for label, n in counts.items() if not label.startswith("_")}
    people = len({code for code in catalogue.counts_by("person") if code is not None})
    who = counted("{n:,} person", "{n:,} people", people)
    facts = {
        "segments": counted("{n:,} segment", "{n:,} segments", sum(catalogue.label_counts().values())),
        "labelled": f"{sum(counts.values()):,}",
        "labels": counted("{n} word", "{n} words", len(words)),
        "words": ", ".join(words) or _("none yet"),
        "people": who if people else _("nobody named"),
        "people_sentence": _("Your takes are by {people}.").format(people=who)
        if people > 1
        else _("Your takes are by one voice, as far as anybody said: record others to know more."),
        "background": counted(
            "{n:,} segment", "{n:,} segments", sum(n for label, n in counts.items() if is_background(label))
        ),
        "most": max(words, key=lambda label: words[label], default=_("none yet")),
        "least": min(words, key=lambda label: words[label], default=_("none yet")),
        "runs": counted("{n:,} model", "{n:,} models", sum(1 for _run in list_runs(project.runs_folder))),
        "window_ms": f"{settings.window_ms:,}",
    }
    facts |= dict.fromkeys(("frames", "bands", "low_hz", "high_hz"), "?")
    try:
        spec = front_end_at(settings, catalogue.lowest_rate_hz() or settings.rate_hz)
    except StudioError:
        return facts  # Features says what is wrong with it
    if not isinstance(spec, LogMel):
        return facts
    return facts | {
        "frames": f"{spec.frames}",
        "bands": f"{spec.mels}",
        "low_hz": f"{spec.low_hz:,}",
        "high_hz": f"{spec.high_hz:,}",
    }


def wanted() -> bool:
    return load_settings().get(_SETTING, False) is True


class LearnPanel(Ground):
    """It is there for each page that has cards. on_shown: told when it comes or goes."""

    def __init__(self, session: Session, title_of: Callable[[str], str], on_shown: Callable[[bool], None]) -> None:
        super().__init__("bg", "l")
        self._session, self._title_of, self._on_shown = session, title_of, on_shown
        self._page, self._place = "", 0
        self._cards: list[Card] = []
        self._facts: dict[str, str] = {}
        self._wanted = wanted()
        self.setFixedWidth(theme.px(WIDTH))
        self.setAccessibleName(_("Learn"))
        self._where = Label("", kind="muted")
        close = Button("", "cross", "ghost", slim=True, name=_("Close Learn"))
        close.clicked.connect(self.switch)
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(Icon("book", "accent"))
        head.addWidget(Label(_("Learn"), weight=theme.TITLE))
        head.addWidget(self._where, 1)
        head.addWidget(close)
        self._title = Label("", theme.SECTION, theme.TITLE, wrap=True)
        self._text = Label("", wrap=True)
        self._yours = Label("", kind="muted", wrap=True)
        self._doing, self._watch = Label("", wrap=True), Label("", wrap=True)
        box = _Card()
        inside = QVBoxLayout(box)
        inside.setContentsMargins(14, 12, 14, 14)
        inside.setSpacing(4)
        for name, words in ((_("Try this"), self._doing), (_("Watch"), self._watch)):
            inside.addWidget(Label(name, theme.CAPTION, theme.TITLE, kind="muted"))
            inside.addWidget(words)
            inside.addSpacing(6)
        self._back = Button("", "left", "ghost", slim=True, name=_("The card before"))
        self._on = Button("", "right", "ghost", slim=True, name=_("The next card"))
        self._back.clicked.connect(lambda: self._turn(-1))
        self._on.clicked.connect(lambda: self._turn(1))
        self._next = Label("", kind="muted")
        self._next.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        foot = QHBoxLayout()
        foot.addWidget(self._back)
        foot.addWidget(self._next, 1)
        foot.addWidget(self._on)
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(20, 8, 20, 12)
        column.setSpacing(12)
        for widget in (self._title, self._text, self._yours, box):
            column.addWidget(widget)
        column.addStretch(1)
        area = QScrollArea()
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidgetResizable(True)
        area.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Expanding)
        area.setWidget(content)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(1, 12, 0, 8)  # beside the line at its left
        layout.setSpacing(4)
        for row, margins in ((head, (20, 0, 10, 0)), (foot, (14, 0, 14, 0))):
            row.setContentsMargins(*margins)
        layout.addLayout(head)
        layout.addWidget(area, 1)
        layout.addLayout(foot)
        self._read_soon = QTimer(self, singleShot=True, interval=200)
        self._read_soon.timeout.connect(self._read)
        on_gui_thread(session.catalogue_changed, lambda _touched: self._read_soon.start(), owner=self, latest=True)
        on_gui_thread(session.runs_changed, lambda _run: self._read_soon.start(), owner=self, latest=True)
        on_gui_thread(session.project_changed, lambda _project: self._read_soon.start(), owner=self, latest=True)
        self.hide()

    def show_page(self, page: str) -> None:
        """The cards of another page, if it has any and they are wanted."""
        self._page, self._place = page, 0
        self._cards = cards_of(page) if self._wanted else []
        self._show()
        if self._cards:
            self._read()

    def switch(self) -> None:
        """On or off, for every project."""
        self._wanted = not self._wanted
        save_setting(_SETTING, self._wanted)
        self.show_page(self._page)

    def _turn(self, way: int) -> None:
        self._place = min(max(self._place + way, 0), len(self._cards) - 1)
        self._show()

    def _show(self) -> None:
        there = bool(self._cards)
        if there:
            self._show_card(self._cards[self._place])
        if there == self.isHidden():
            self.setVisible(there)
            self._on_shown(there)

    def _show_card(self, card: Card) -> None:
        count = len(self._cards)
        where = _("{place} of {count} on {page}")
        self._where.setText(where.format(place=self._place + 1, count=count, page=self._title_of(self._page)))
        for label, text in (
            (self._title, card.title),
            (self._text, card.text),
            (self._doing, card.doing),
            (self._watch, card.watch),
        ):
            label.setText(_(text))
        self._yours.setText(filled(_(card.yours), self._facts))
        self._yours.setVisible(bool(self._facts))
        self._back.setEnabled(self._place > 0)
        self._on.setEnabled(self._place < count - 1)
        self._next.setText(_(self._cards[self._place + 1].title) if self._place < count - 1 else "")

    def _read(self) -> None:
        if self._session.project is None:
            self._facts = {}
            self._show()
        elif self._cards:

            def show(facts: dict[str, str]) -> None:
                self._facts = facts
                self._show()

            when_done(self._session.ask(facts_of), show, owner=self, failed=self._session.fail)


class _Card(QWidget):
    """What one can do now, on a ground of its own."""

    def paintEvent(self, _event: QPaintEvent) -> None:
        from studio.ui.widgets.painted import draw_box  # with numpy, which the first paint does without

        painter = QPainter(self)
        draw_box(painter, self.rect(), ground="surface", edge="line2", radius=theme.CARD_RADIUS)


def filled(text: str, facts: Mapping[str, str]) -> str:
    """The sentence with its facts; "" while they are not known."""
    return text.format(**{name: shown_label(fact) for name, fact in facts.items()}) if facts else ""
