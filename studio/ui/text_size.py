"""How large text is, by its commands: kept in the settings at once, seen when the window is opened next."""

from typing import TYPE_CHECKING

from studio.core.settings import save_setting
from studio.core.text import gettext as _
from studio.ui import theme
from studio.ui.session import Act, Notice

if TYPE_CHECKING:
    from studio.ui.window import MainWindow


class TextSize:
    """All is laid out by its text, so another size needs another window, which comes back as this one was.

    wanted: percent, as chosen last; the window shows theme.current().text_percent.
    """

    def __init__(self, window: "MainWindow") -> None:
        self._window = window
        self.wanted = theme.current().text_percent

    def choose(self, percent: int) -> None:
        """Keeps it, and offers to open the window again with it."""
        save_setting("text_percent", percent)
        self.wanted = percent
        stops = bool(self._window.session.jobs)
        running = _("What is running is stopped by that.") if stops else _("It comes back as it is.")
        what = _("Text is {percent} % large when the window is opened next.").format(percent=percent)
        self._window.notify(Notice(what, running, acts=(Act(_("Open it again now"), self._window.open_again),)))

    def step(self, by: int) -> None:
        """by: sizes of theme.TEXT_PERCENTS, counted from the nearest; stays within them."""
        steps = theme.TEXT_PERCENTS
        place = min(range(len(steps)), key=lambda place: abs(steps[place] - self.wanted)) + by
        self.choose(steps[min(max(place, 0), len(steps) - 1)])

    def can_grow(self) -> bool:
        return self.wanted < theme.TEXT_PERCENTS[-1]

    def can_shrink(self) -> bool:
        return self.wanted > theme.TEXT_PERCENTS[0]
