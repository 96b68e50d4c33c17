"""Every action of the window, as data: keys, the palette and the key map all come from the one table below.

A page binds what its rows do when it is made; a row of another page brings that page to the front first.
`python -m studio.ui.commands` prints the key map of docs/KEYS.md.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from studio.core.text import gettext as _
from studio.core.text import mark

if TYPE_CHECKING:
    from PySide6.QtGui import QAction
    from PySide6.QtWidgets import QWidget


@dataclass(frozen=True)
class Command:
    """name: PAGE.VERB, or a verb. keys: as Qt writes them, the first is shown; none for what must not happen by a
    slip of the finger. page: where it acts; "": everywhere.

    cli: the same from the command line, where there is one; {project} and {board} are filled in. also: words by which
    the palette finds it too.
    """

    name: str
    title: str
    keys: tuple[str, ...]
    icon: str = ""
    page: str = ""
    cli: str = ""
    also: str = ""


COMMANDS: tuple[Command, ...] = (
    Command("palette", mark("Find a command, a recording, a label"), ("Ctrl+K",), "search"),
    Command("keys", mark("Show all keys"), ("F1",), "keyboard", also="help shortcuts"),
    Command("undo", mark("Undo"), ("Ctrl+Z",), "undo", cli="undo {project}"),
    Command("redo", mark("Redo"), ("Ctrl+Shift+Z", "Ctrl+Y"), "redo"),
    Command("project.new", mark("New project"), ("Ctrl+N",), "plus", cli="new FOLDER"),
    Command("project.open", mark("Open a project"), ("Ctrl+O",), "folder", cli="gui {project}"),
    Command("project.close", mark("Close the project"), ("Ctrl+W",), "cross"),
    Command("demo", mark("Start the demo"), ("Ctrl+D",), "play", cli="demo", also="try virtual board"),
    Command("theme", mark("Light or dark"), ("Ctrl+Shift+L",), "theme", also="theme colours night"),
    Command("text.larger", mark("Larger text"), ("Ctrl++", "Ctrl+="), "zoom-in", also="size big zoom accessibility"),
    Command("text.smaller", mark("Smaller text"), ("Ctrl+-",), "zoom-out", also="size zoom"),
    Command("text.usual", mark("Text of the usual size"), ("Ctrl+Alt+0",), "fit", also="reset zoom 100 %"),
    Command("settings", mark("Settings"), ("Ctrl+,",), "settings", also="preferences text size"),
    Command("inspector", mark("Show or hide the inspector"), ("Ctrl+I",), "panel"),
    Command("learn", mark("Learn: what this page does"), ("F2",), "book", also="help explain tutorial"),
    Command("rail", mark("Narrow or widen the rail"), ("Ctrl+B",), "rail"),
    Command("jobs", mark("Show what is running"), ("Ctrl+J",), "list", also="progress jobs"),
    Command("jobs.cancel", mark("Cancel what is running"), ("Ctrl+.",), "stop"),
    Command("notice.act", mark("Do what the notice offers"), ("Ctrl+Return",), "arrow"),
    Command("notice.close", mark("Dismiss the notice"), ("Esc",), "cross"),
    Command(
        "report", mark("Copy a report about this program"), ("Ctrl+Shift+R",), "copy", cli="doctor", also="bug log"
    ),
    Command("quit", mark("Quit"), ("Ctrl+Q",), "cross", also="exit close"),
    Command("page.start", mark("Go to Start"), ("Ctrl+0",), "app"),
    Command("page.devices", mark("Go to Devices"), ("Ctrl+1",), "devices"),
    Command("page.collect", mark("Go to Collect"), ("Ctrl+2",), "collect", also="record takes"),
    Command("page.label", mark("Go to Label"), ("Ctrl+3",), "label", also="segments recordings"),
    Command("page.features", mark("Go to Features"), ("Ctrl+4",), "features", also="mel augmentation"),
    Command("page.train", mark("Go to Train"), ("Ctrl+5",), "train", also="network runs"),
    Command("page.evaluate", mark("Go to Evaluate"), ("Ctrl+6",), "evaluate", also="confusion rehearsal"),
    Command("page.deploy", mark("Go to Deploy"), ("Ctrl+7",), "deploy"),
    Command("page.live", mark("Go to Live"), ("Ctrl+8",), "live", also="listen compare"),
    # Devices
    Command("devices.use", mark("Use this board"), ("U",), "tick", "devices"),
    Command("devices.look", mark("Look for boards again"), ("F5",), "refresh", "devices", cli="boards"),
    Command("devices.hears", mark("Choose what the virtual board hears"), ("H",), "speaker", "devices"),
    Command(
        "devices.compare",
        mark("Compare with this computer's microphone"),
        ("C",),
        "wave",
        "devices",
        "pair {project} --source mic --source {board}",
        "pair response level delay frequency",
    ),
    Command("devices.address", mark("Reach a board by its address"), ("A",), "usb", "devices", also="tcp serial"),
    # Features
    Command(
        "features.extract", mark("Extract features"), ("E",), "features", "features", "features {project}", "export"
    ),
    Command("features.play", mark("Play the window, or stop"), ("Space",), "play", "features", also="listen hear"),
    Command("features.play1", mark("Play variant 1"), ("1",), "play", "features", also="listen hear"),
    Command("features.play2", mark("Play variant 2"), ("2",), "play", "features", also="listen hear"),
    Command("features.play3", mark("Play variant 3"), ("3",), "play", "features", also="listen hear"),
    Command("features.play4", mark("Play variant 4"), ("4",), "play", "features", also="listen hear"),
    Command("features.next", mark("Next window"), ("N",), "right", "features"),
    Command("features.previous", mark("Previous window"), ("P",), "left", "features"),
    Command("features.label", mark("Open the window in Label"), ("L",), "label", "features"),
    Command("features.others", mark("Look at other windows"), ("O",), "refresh", "features"),
    Command(
        "features.dice",
        mark("Other variants"),
        ("D",),
        "dice",
        "features",
        "augment {project} --preview N --to DIR",
        "seed",
    ),
    Command("features.stronger", mark("Stronger augmentation"), ("+", "="), "plus", "features"),
    Command("features.weaker", mark("Weaker augmentation"), ("-",), "minus", "features"),
    Command("features.form", mark("Change the front end"), ("F",), "settings", "features", also="settings mel frame"),
    Command("features.reset", mark("Reset the front end"), ("Ctrl+Backspace",), "undo", "features"),
    # Train
    Command("train.start", mark("Train"), ("T",), "train", "train", "train {project}", "fit learn"),
    Command("train.stop", mark("Stop training"), ("Shift+T",), "stop", "train", also="cancel"),
    Command("train.small", mark("Small network"), ("1",), "train", "train", also="preset size"),
    Command("train.medium", mark("Medium network"), ("2",), "train", "train", also="preset size"),
    Command("train.large", mark("Large network"), ("3",), "train", "train", also="preset size"),
    Command("train.fourth", mark("Fourth network"), ("4",), "train", "train", also="preset mobilenet dense"),
    Command("train.fifth", mark("Fifth network"), ("5",), "train", "train", also="preset mobilenet"),
    Command("train.words", mark("Choose the words or classes to train"), ("W",), "label", "train", also="gestures"),
    Command("train.keep_out", mark("Choose who is kept out of training"), ("K",), "person", "train", also="hold out"),
    Command("train.seed", mark("Set the seed of training"), ("S",), "dice", "train"),
    Command("train.quick", mark("Train quickly, or fully"), ("Q",), "bolt", "train"),
    Command("train.runs", mark("Go to the runs"), ("R",), "list", "train", also="compare choose model"),
    # Evaluate
    Command("evaluate.run", mark("Evaluate the run"), ("E",), "evaluate", "evaluate", "evaluate {project}", "score"),
    Command("evaluate.stop", mark("Stop evaluating"), ("Shift+E",), "stop", "evaluate", also="cancel"),
    Command("evaluate.choose", mark("Choose the run to evaluate"), ("R",), "list", "evaluate", also="model"),
    Command("evaluate.unheard", mark("Evaluate on what the run did not train on"), ("1",), "person", "evaluate"),
    Command("evaluate.all", mark("Evaluate on all takes of the project"), ("2",), "grid", "evaluate"),
    Command("evaluate.folder", mark("Evaluate on a folder"), ("3",), "folder", "evaluate", also="other data"),
    Command("evaluate.matrix", mark("Go to the confusion matrix"), ("M",), "grid", "evaluate"),
    Command("evaluate.play", mark("Play the chosen window"), ("Space",), "play", "evaluate", also="hear listen"),
    Command("evaluate.label", mark("Open the chosen window in Label"), ("L",), "label", "evaluate"),
    Command("evaluate.tab", mark("Confusion or rehearsal"), ("G",), "loop", "evaluate", also="stream tab"),
    Command("evaluate.stream", mark("Choose a recording to rehearse with"), ("O",), "file", "evaluate", also="wav"),
    Command("evaluate.truth", mark("Choose the times of what is said in it"), ("W",), "flag", "evaluate", also="truth"),
    Command("evaluate.threshold", mark("Go to the threshold"), ("H",), "target", "evaluate", also="slider"),
    # Collect
    Command(
        "collect.record",
        mark("Record a take, or stop"),
        ("R",),
        "record",
        "collect",
        "record {project} --source {board}",
    ),
    Command("collect.shot", mark("Take one picture"), ("C",), "camera", "collect", also="shot photograph camera"),
    Command("collect.burst", mark("Take pictures as fast as they come"), ("B",), "grid", "collect", also="burst"),
    Command("collect.mark", mark("Mark this moment of the take"), ("M",), "flag", "collect", also="flag point"),
    Command(
        "collect.press",
        mark("Press the virtual board's button"),
        ("V",),
        "press",
        "collect",
        also="mark flag push",
    ),
    Command("collect.play", mark("Play the take, or stop"), ("Space",), "play", "collect"),
    Command("collect.keep", mark("Keep the take"), ("Return", "Enter"), "tick", "collect"),
    Command("collect.redo", mark("Record the take again"), ("Backspace",), "redo", "collect"),
    Command(
        "collect.remove",
        mark("Remove the take"),
        ("Delete",),
        "trash",
        "collect",
        "label {project} --remove --filter F",
    ),
    Command(
        "collect.hands_off",
        mark("Hands off: prompt after prompt"),
        ("H",),
        "target",
        "collect",
        "record {project} --source {board} --script --hands-off",
    ),
    Command(
        "collect.cut",
        mark("Cut takes by itself, at the sound or the movement"),
        ("T",),
        "split",
        "collect",
        "record {project} --source {board} --cut --label LABEL",
        "automatic trigger onset voice wait",
    ),
    Command(
        "collect.end",
        mark("End hands off, or takes by itself"),
        ("Esc",),
        "stop",
        "collect",
        also="escape stop prompts automatic",
    ),
    Command(
        "collect.record_on",
        mark("Record until I stop; keys 1 to 9 label what happens"),
        ("Shift+R",),
        "clock",
        "collect",
        "record {project} --source {board} --live-labels",
        "long open live labelling hold",
    ),
    Command(
        "collect.beside",
        mark("Record another source beside it"),
        ("A",),
        "plus",
        "collect",
        also="microphone camera board",
    ),
    Command("collect.add_class", mark("Add a class to the script"), ("N",), "plus", "collect", also="word label new"),
    Command(
        "collect.edit",
        mark("Edit the script: how many takes"),
        ("E",),
        "list",
        "collect",
        "script {project}",
        "target count text paste",
    ),
    Command("collect.person", mark("Next person"), ("P",), "person", "collect", also="speaker voice"),
    Command("collect.add_person", mark("Add a person"), ("Shift+P",), "person", "collect", also="speaker voice"),
    Command(
        "collect.consent",
        mark("Note what the person agrees to"),
        ("Y",),
        "tick",
        "collect",
        "people {project} consent PERSON --scope TEXT",
        "consent permission scope",
    ),
    Command(
        "collect.withdraw",
        mark("Take all recordings of the person out"),
        (),
        "trash",
        "collect",
        "people {project} withdraw PERSON",
        "consent remove leave",
    ),
    Command(
        "collect.source", mark("Choose what is recorded from"), ("S",), "devices", "collect", also="microphone board"
    ),
    *(
        Command(f"collect.class{place}", title, (str(place),), "label", "collect")
        for place, title in enumerate(
            (
                mark("Choose the first class"),
                mark("Choose the second class"),
                mark("Choose the third class"),
                mark("Choose the fourth class"),
                mark("Choose the fifth class"),
                mark("Choose the sixth class"),
                mark("Choose the seventh class"),
                mark("Choose the eighth class"),
                mark("Choose the ninth class"),
            ),
            start=1,
        )
    ),
    # Label
    Command("label.play", mark("Play the segment, or stop"), ("Space",), "play", "label", also="listen hear"),
    Command("label.loop", mark("Play again and again"), ("O",), "loop", "label", also="repeat"),
    Command("label.next", mark("Next unlabelled segment"), ("Tab", "N"), "arrow", "label", also="unlabeled"),
    Command("label.split", mark("Split the segment at the playhead"), ("S",), "split", "label"),
    Command("label.join", mark("Join the segment with the next"), ("J",), "join", "label"),
    Command(
        "label.discard",
        mark("Remove what is selected"),
        ("Delete",),
        "trash",
        "label",
        "label {project} --remove --filter F",
    ),
    Command("label.unlabel", mark("Take the label off"), ("U",), "cross", "label"),
    Command(
        "label.name",
        mark("Label with a word you type"),
        ("L",),
        "label",
        "label",
        "label {project} LABEL --filter F",
        "new class",
    ),
    Command("label.person", mark("Give to a person"), ("P",), "person", "label", also="speaker"),
    Command("label.begin", mark("Begin a segment at the playhead"), ("[",), "left", "label", also="start edge"),
    Command("label.end", mark("End the segment at the playhead"), ("]",), "right", "label", also="edge"),
    Command("label.start_earlier", mark("Start 10 ms earlier"), ("Alt+Left",), "left", "label", also="trim nudge"),
    Command("label.start_later", mark("Start 10 ms later"), ("Alt+Right",), "right", "label", also="trim nudge"),
    Command("label.end_earlier", mark("End 10 ms earlier"), ("Alt+Shift+Left",), "left", "label", also="trim nudge"),
    Command("label.end_later", mark("End 10 ms later"), ("Alt+Shift+Right",), "right", "label", also="trim nudge"),
    Command("label.following", mark("Next segment of the recording"), ("Ctrl+Right",), "right", "label"),
    Command("label.preceding", mark("Previous segment of the recording"), ("Ctrl+Left",), "left", "label"),
    Command("label.zoom_in", mark("Zoom in"), ("+", "="), "zoom-in", "label"),
    Command("label.zoom_out", mark("Zoom out"), ("-",), "zoom-out", "label"),
    Command("label.zoom_all", mark("Show the whole recording"), ("0",), "fit", "label", also="zoom"),
    Command("label.view", mark("List or pictures"), ("G",), "grid", "label", also="thumbnails table"),
    Command(
        "label.filter", mark("Filter what is listed"), ("Ctrl+F", "/"), "filter", "label", "list {project}", "find"
    ),
    Command("label.clear", mark("Clear the filter"), ("Ctrl+Backspace",), "cross", "label", also="show all"),
    Command("label.across", mark("Between list, editor and filter"), ("F6",), "panel", "label", also="focus"),
    Command(
        "label.import",
        mark("Import a folder of recordings"),
        ("Ctrl+Shift+I",),
        "import",
        "label",
        "import {project} FOLDER",
    ),
    *(
        Command(f"label.give{place}", title, (str(place),), "label", "label")
        for place, title in enumerate(
            (
                mark("Give the first label"),
                mark("Give the second label"),
                mark("Give the third label"),
                mark("Give the fourth label"),
                mark("Give the fifth label"),
                mark("Give the sixth label"),
                mark("Give the seventh label"),
                mark("Give the eighth label"),
                mark("Give the ninth label"),
            ),
            start=1,
        )
    ),
    # Deploy
    Command(
        "deploy.put", mark("Put it on the board"), ("P",), "deploy", "deploy", "deploy {project} --to {board}", "upload"
    ),
    Command("deploy.run", mark("Choose the run to deploy"), ("R",), "list", "deploy"),
    Command("deploy.radio", mark("Change what the radio takes for a bit"), ("E",), "radio", "deploy", also="energy"),
    Command(
        "deploy.tflite",
        mark("Export as TensorFlow Lite"),
        ("T",),
        "file",
        "deploy",
        "build {project} --board BOARD --to DIR",
    ),
    Command(
        "deploy.c", mark("Export as a C array"), ("C",), "copy", "deploy", "build {project} --board BOARD --to DIR"
    ),
    Command(
        "deploy.image",
        mark("Export the model image"),
        ("I",),
        "devices",
        "deploy",
        "build {project} --board BOARD --to DIR",
    ),
    # Live
    Command("live.start", mark("Start listening"), ("S",), "play", "live", "live {project} --board {board}", "run"),
    Command("live.stop", mark("Stop listening"), ("X",), "stop", "live"),
    Command("live.hears", mark("Choose what the virtual board hears in Live"), ("H",), "speaker", "live", also="play"),
    Command("live.false_alarm", mark("A false alarm: make it a recording of noise"), ("F",), "warn", "live"),
    Command("live.keep", mark("A false alarm: keep it unlabelled"), ("K",), "keep", "live"),
    Command("live.details", mark("Show or hide where board and host part"), ("D",), "info", "live", also="difference"),
    Command("live.again", mark("Put the model on the board again"), ("A",), "deploy", "live", also="firmware"),
    Command("live.save", mark("Save the window that parts"), ("W",), "disk", "live"),
)


class Commands:
    """The table, bound to one window: QActions with their keys, and whether each can be done now. A key is its page's,
    where that has something to do with it, before it is everywhere's.
    """

    def __init__(self, window: "QWidget", show_page: Callable[[str], None]) -> None:
        from PySide6.QtGui import QAction, QKeySequence

        self._show_page = show_page
        self._acts: dict[str, Callable[[], object]] = {}
        self._enabled: dict[str, Callable[[], bool]] = {}
        self._page = ""
        self._actions: dict[str, QAction] = {}
        self.rows = {row.name: row for row in COMMANDS}
        self._first = {row.name: [] if row.page else _of_pages(row.keys) for row in COMMANDS}
        for row in COMMANDS:
            action = QAction(_(row.title), window)
            action.setShortcuts([QKeySequence(key) for key in row.keys])
            action.triggered.connect(lambda _checked=False, name=row.name: self.run(name))
            window.addAction(action)
            self._actions[row.name] = action
        self.refresh()

    def bind(self, name: str, act: Callable[[], object], *, enabled: Callable[[], bool] | None = None) -> None:
        """Says what a row does, and when it can be done; asked again by `refresh`."""
        self._acts[name] = act
        self._enabled[name] = enabled or _always
        self._actions[name].setEnabled(self._is_live(self.rows[name]))

    @property
    def page(self) -> str:
        """That is in front."""
        return self._page

    def run(self, name: str) -> None:
        """Does it, on its page. What cannot be done now is left."""
        row = self.rows[name]
        if row.page and row.page != self._page:
            self._show_page(row.page)
        if name in self._acts and self._enabled[name]():
            self._acts[name]()

    def can(self, name: str) -> bool:
        """Whether it can be done now. A page that was not shown yet may still say no when it is."""
        return self._enabled.get(name, _always)() if name in self._acts else bool(self.rows[name].page)

    def refresh(self, page: str | None = None) -> None:
        """Asks all again what can be done now; `page` is the one that is shown from now on."""
        self._page = self._page if page is None else page
        for name, action in self._actions.items():
            action.setEnabled(self._is_live(self.rows[name]))

    def action(self, name: str) -> "QAction":
        """For menus."""
        return self._actions[name]

    def key(self, name: str) -> str:
        """The key as it is shown on a button; "" for none."""
        return next(map(shown_key, self.rows[name].keys), "")

    def found(self, text: str) -> list[Command]:
        """Rows whose title has every word of `text`, those that begin with it first; all for ""."""
        return [row for row in match(COMMANDS, text) if self.can(row.name)]

    def _is_live(self, row: Command) -> bool:
        return self._is_doable(row) and not any(map(self._is_doable, self._first[row.name]))

    def _is_doable(self, row: Command) -> bool:
        return row.name in self._acts and row.page in ("", self._page) and self._enabled[row.name]()


def _of_pages(keys: Iterable[str]) -> list[Command]:
    """Rows of pages that have one of these keys."""
    return [row for row in COMMANDS if row.page and set(row.keys) & set(keys)]


def match(rows: Iterable[Command], text: str) -> list[Command]:
    """The rows that `text` finds, best first: its words in the title in any order, or in the row's other words."""
    words = text.lower().split()
    ranked = []
    for place, row in enumerate(rows):
        title = _(row.title).lower()
        where = f"{title} {row.also.lower()}"
        if all(word in where for word in words):
            starts = sum(any(part.startswith(word) for part in title.split()) for word in words)
            ranked.append((not title.startswith(text.lower()), -starts, place, row))
    return [row for *_rank, row in sorted(ranked, key=lambda entry: entry[:3])]


def shown_key(key: str) -> str:
    """A key as it is printed: Bksp rather than Backspace."""
    names = {"Backspace": "Bksp", "Return": "Enter", "Delete": "Del"}
    if key.endswith("+"):
        return key
    return "+".join(names.get(part, part) for part in key.split("+"))


def key_map() -> str:
    """docs/KEYS.md: every action and its keys, from the table."""
    lines = ["# Keys", "", "Made from `studio/ui/commands.py` by `python -m studio.ui.commands`.", ""]
    pages = list(dict.fromkeys(row.page for row in COMMANDS))
    for page in pages:
        lines += [f"## {page.capitalize() or 'Everywhere'}", "", "| key | action | command line |", "|---|---|---|"]
        for row in COMMANDS:
            if row.page == page:
                keys = ", ".join(shown_key(key) for key in row.keys)
                cli = f"`tinyml-studio {row.cli.format(project='PROJECT', board='ADDR')}`" if row.cli else ""
                lines.append(f"| {keys} | {row.title} | {cli} |")
        lines.append("")
    return "\n".join(lines)


def _always() -> bool:
    return True


if __name__ == "__main__":
    import sys

    sys.stdout.write(key_map())
