"""How it stands with what is listened to; what went wrong: what happened, what is saved, what next."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from studio.capture.link_state import LinkState
from studio.core.errors import InvalidInput, StorageFailed, StudioError
from studio.core.text import gettext as _
from studio.ui import theme
from studio.ui.controls import Label, Line
from studio.ui.icons import NORMAL, draw_icon
from studio.ui.link_signs import link_sign
from studio.ui.together import TakeMade

if TYPE_CHECKING:
    from studio.dataset.project import Project

ABOVE = 8  # px between the figures and the card


@dataclass(frozen=True)
class Problem:
    """what, next: sentences. saved: what is on the disk, in words, and `length` of it; "" where nothing was recorded.

    offers_other: whether this computer's microphone is a way on.
    """

    what: str
    next: str
    saved: str = ""
    length: str = ""
    offers_other: bool = False


def lost_problem(error: StudioError, *, own: str, goes_on: bool) -> Problem:
    """A source that is gone or could not be reached. own: what this computer's is called; "" for a board's. goes_on: a
    take that is on waits for it.
    """
    from studio.boards.connection import BoardLost
    from studio.capture.source import SourceLost

    told = _("Plug it in again to go on. It is looked for every 2 s.")
    if not isinstance(error, BoardLost | SourceLost):
        told = _("{advice} It is tried again every 2 s.").format(advice=error.advice())
    if goes_on:
        told = _("Plug it in again: the take goes on, with a gap. Stop ends it with what there is.")
    return Problem(_told(error, own), told, offers_other=not own and not goes_on)


def cut_problem(made: TakeMade, *, back: bool, own: str) -> Problem:
    """A take that ended before its time. back: the source is there again. own: as of lost_problem."""
    error: StudioError | None = getattr(made.cut, "problem", made.cut)
    assert error is not None  # noqa: S101  or it would be no problem
    full_disk = isinstance(error, StorageFailed)
    again = _("It is there again: go on when you like.")
    told = again if back else _("Plug it in again to go on. It is looked for every 2 s.")
    if full_disk:
        told = error.advice()
    if not made.recorded:
        return Problem(_told(error, own), told)
    seconds = sum(each.seconds for each in made.recorded)
    samples = sum(each.sidecar.samples or 0 for each in made.recorded)
    lost = sum(each.sidecar.lost.total for each in made.recorded)
    words = _("{seconds:.1f} s, all {samples:,} samples, on disk.")
    if lost:
        words = _("{seconds:.1f} s are on disk; {lost:,} of {samples:,} samples were lost on the way.")
    saved = words.format(seconds=seconds, samples=samples, lost=lost)
    length = _("{seconds:.1f} s").format(seconds=seconds)
    return Problem(_told(error, own), told, saved, length, offers_other=not own and not back and not full_disk)


def _told(error: StudioError, own: str) -> str:
    from studio.capture.source import SourceLost

    if own and isinstance(error, SourceLost):
        return str(replace(error, source=own))
    return str(replace(error, what=own) if own and isinstance(error, InvalidInput) else error)


def idle_sign(state: LinkState, cut: TakeMade | None, name: str, note: str) -> tuple[str, str, str, str]:
    """What Prompt.show_state says while nothing is recorded. name: of the source; note: of the take to come."""
    if cut is not None:
        return _("Interrupted"), "err", "", seconds_text(sum(each.seconds for each in cut.recorded))
    if state is LinkState.CONNECTING:
        return _("Reaching {name}").format(name=name), "plain", "", ""
    if state in (LinkState.LOST, LinkState.RECONNECTING):
        text, _icon, tone = link_sign(state)
        return text.capitalize(), tone, _("nothing is heard"), ""
    if state is LinkState.STREAMING:
        return _("Listening"), "ok", note, ""
    return "", "plain", "", ""


def seconds_text(seconds: float) -> str:
    return _("{seconds:.2f} s").format(seconds=seconds)


def why_no_takes(project: "Project | None") -> tuple[str, str]:
    """Of a project in which none can be recorded: that, and what to do."""
    if project is None:
        return _("No project is open"), _("Open one, or make a new one, on Start.")
    why = _("Another window or program holds it. You can look at its takes and record none.")
    return _("This project is open to look at"), why


class ProblemCard(QWidget):
    """What happened, what is saved, what next: under the traces, while they stand still."""

    def __init__(self) -> None:
        super().__init__()
        self.shown: Problem | None = None
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 16 + ABOVE, 20, 16)
        layout.setSpacing(10)
        top = QHBoxLayout()
        top.setSpacing(14)
        top.addSpacing(36)
        self._what = Label("", theme.SECTION, theme.TITLE, wrap=True)
        top.addWidget(self._what, 1)
        layout.addLayout(top)
        self._line = Line()
        layout.addWidget(self._line)
        columns = QHBoxLayout()
        columns.setSpacing(20)
        self._saved_side = QWidget()
        left = QVBoxLayout(self._saved_side)
        left.setContentsMargins(0, 0, 0, 0)
        left.setSpacing(3)
        left.addWidget(Label(_("What is saved"), theme.CAPTION, theme.HEAD, "muted"))
        self._saved = Label("", weight=theme.TITLE, wrap=True)
        left.addWidget(self._saved)
        left.addStretch(1)
        right = QVBoxLayout()
        right.setSpacing(3)
        right.addWidget(Label(_("What next"), theme.CAPTION, theme.HEAD, "muted"))
        self._next = Label("", weight=theme.TITLE, wrap=True)
        right.addWidget(self._next)
        right.addStretch(1)
        columns.addWidget(self._saved_side, 1)
        columns.addLayout(right, 1)
        layout.addLayout(columns)

    def show_problem(self, problem: Problem) -> None:
        self.shown = problem
        self._what.setText(problem.what)
        self._next.setText(problem.next)
        self._saved.setText(problem.saved)
        self._saved_side.setVisible(bool(problem.saved))
        self.setAccessibleName(problem.what)
        self.setAccessibleDescription(f"{problem.saved} {problem.next}".strip())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colours = theme.current()
        painter.setPen(QPen(colours.role("err"), 1.5))
        painter.setBrush(colours.role("surface"))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.75, 0.75 + ABOVE, -0.75, -0.75), 8, 8)
        disc = QRectF(18, self._what.y() + self._what.height() / 2 - 16, 32, 32)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colours.role("err_ground"))
        painter.drawEllipse(disc)
        draw_icon(painter, "warn", QRectF(disc.left() + 6, disc.top() + 6, NORMAL, NORMAL), "err")
