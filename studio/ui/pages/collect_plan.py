"""How much a take is: so many seconds, or so many pictures, one after another or one every so often."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from studio.core.text import gettext as _
from studio.ui.pages.collect_problem import seconds_text

if TYPE_CHECKING:
    from studio.capture.recorder import Recording

SERIES, EVERY_S = 20, 0.5  # pictures of a timed series, and how often
BURST = 10  # pictures, as fast as they come


@dataclass(frozen=True)
class Plan:
    """wanted_s: None for as long as nobody stops it. pictures: None for what is measured in seconds."""

    wanted_s: float | None
    pictures: int | None = None
    every_s: float | None = None

    def seconds(self, rate_hz: float) -> float | None:
        """As a recorder counts it, of a source with so many samples or pictures a second."""
        return self.wanted_s if self.pictures is None else self.pictures / rate_hz

    @property
    def is_open(self) -> bool:
        """Whether it has no end of its own."""
        return self.wanted_s is None and self.pictures is None

    @property
    def note(self) -> str:
        """Beside what is made of it."""
        if self.every_s is not None:
            return _("one every {seconds:g} s").format(seconds=self.every_s)
        if self.wanted_s is None:
            return _("hold 1 to 9 while it happens") if self.is_open else ""
        return _("of {seconds:g} s").format(seconds=self.wanted_s)

    def made(self, recording: "Recording") -> str:
        """In words."""
        if self.pictures is None:
            return seconds_text(recording.seconds)
        return _("{made} of {count}").format(made=recording.samples, count=self.pictures)

    def share(self, recording: "Recording") -> float:
        """0..1; 0 where there is no end to it."""
        made, wanted = (
            (recording.seconds, self.wanted_s or 0.0)
            if self.pictures is None
            else (float(recording.samples), float(self.pictures))
        )
        return made / wanted if wanted else 0.0


SHOT = Plan(None, 1)
TIMED = Plan(None, SERIES, EVERY_S)
FAST = Plan(None, BURST)
OPEN = Plan(None)
