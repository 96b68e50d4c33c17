"""`record --live-labels`: the keys 1 to 9 label what happens while it is recorded."""

import argparse
import contextlib
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from studio.cli.keys import keys_without_enter, pressed, require_terminal
from studio.cli.output import Output
from studio.core.errors import InvalidInput
from studio.core.text import gettext as _
from studio.core.text import mark

if TYPE_CHECKING:
    from studio.capture.recorder import Recording
    from studio.dataset.project import Project

KEYS = "123456789"
LOOK_EVERY_S = 0.05


def configure_live_labels(ways: "argparse._MutuallyExclusiveGroup") -> None:
    """ways: of which one only is taken."""
    ways.add_argument(
        "--live-labels",
        action="store_true",
        help=_("keys 1 to 9 begin and end a segment of a class of the script while it is recorded"),
    )


@contextlib.contextmanager
def held_by_keys(recordings: "Sequence[Recording]", project: "Project", output: Output) -> Iterator[None]:
    """While it is on, a digit holds its class in all recordings, and releases it when it comes again. recordings: may
    still begin. Raises InvalidInput where there is no terminal, or no class.
    """
    from studio.dataset.script import read_progress

    require_terminal("--live-labels", mark("Run it in a terminal."))
    row = project.settings.row
    progress = read_progress(project.catalogue, with_background=row.has_background)
    labels = dict(zip(KEYS, (each.label for each in progress.script.classes), strict=False))
    if not labels:
        why = mark("the script has no class")
        raise InvalidInput("--live-labels", why, mark("Add one on Collect, or record a take with --label first."))
    names = ", ".join(f"{key} {label}" for key, label in labels.items())
    output.warn(_("Press a key where it begins, and again where it ends: {names}. Ctrl+C stops.").format(names=names))
    toggles = _Toggles(recordings, labels, output)
    over = threading.Event()
    reader = threading.Thread(target=_read, args=(toggles.press, over), name="keys", daemon=True)
    with keys_without_enter():
        reader.start()
        try:
            yield
        finally:
            over.set()
            reader.join()


class _Toggles:
    def __init__(self, recordings: "Sequence[Recording]", labels: dict[str, str], output: Output) -> None:
        self._recordings, self._labels, self._output = recordings, labels, output
        self._held: str | None = None

    def press(self, key: str) -> None:
        label = self._labels.get(key)
        if label is None:
            return
        seconds = max((recording.seconds for recording in self._recordings), default=0.0)
        if label == self._held:
            self._held = None
            for recording in self._recordings:
                recording.release(label)
            told = _("{label} ends at {seconds:.2f} s")
        else:
            self._held = label
            for recording in self._recordings:
                recording.hold(label)
            told = _("{label} begins at {seconds:.2f} s")
        self._output.warn(told.format(label=label, seconds=seconds))


def _read(press: Callable[[str], None], over: threading.Event) -> None:
    """Keys as they are pressed, until `over`."""
    while not over.is_set():
        for key in pressed(LOOK_EVERY_S):
            press(key)
