"""When a long take begins: whether disk, battery and clock will do for it. The sources are heard already, and need no
test.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from studio.core.samples import NOTHING_LOST
from studio.core.text import gettext as _
from studio.ui.bridge import when_done
from studio.ui.heard import Heard
from studio.ui.session import Notice

if TYPE_CHECKING:
    from studio.capture.preflight import Preflight
    from studio.dataset.project import Project
    from studio.ui.session import Session

LONG_S = 60.0  # a take that is shorter needs none


def look_ahead(
    session: "Session", project: "Project", sources: Sequence[Heard], seconds: float | None, owner: QObject
) -> None:
    """In the background; what it finds is told in a notice. seconds: of the take, None where it has no end of its own;
    of a short one nothing is asked.
    """
    if seconds is not None and seconds < LONG_S:
        return
    known = [each for each in sources if each.hearing.origin is not None]

    def look() -> "Preflight":
        from studio.capture.preflight import Tested, preflight

        origins = [each.hearing.origin for each in known if each.hearing.origin is not None]
        pictures = [
            Tested(origin.address, each.seen, origin.format.rate_hz, None, 0.0, NOTHING_LOST, each.picture_bytes_per_s)
            for each, origin in zip(known, origins, strict=True)
            if each.picture_bytes_per_s
        ]
        return preflight(project.folder, origins, pictures)

    def tell(before: "Preflight") -> None:
        session.notify(notice_of(before, seconds))

    when_done(session.in_background(look), tell, owner=owner, failed=session.fail)


def bytes_per_s(sources: Sequence[Heard]) -> float:
    """That recording from all of them takes; 0 while none is there."""
    from studio.capture import preflight

    origins = [each.hearing.origin for each in sources]
    filed = sum(preflight.bytes_per_s(origin) for origin in origins if origin is not None)
    return filed + sum(each.picture_bytes_per_s for each in sources)


def notice_of(before: "Preflight", seconds: float | None) -> Notice:
    """A warning where something should be looked at, or where there is less room than the take needs."""
    found = before.found
    room = _("The disk has room for {room} of all that is recorded.")
    hours = before.hours
    if hours is None:
        told = _("{free:,.1f} GB are free on the disk.").format(free=before.free_bytes / 1e9)
    else:
        told = room.format(room=_("{hours:,.0f} h").format(hours=hours) if hours >= 2 else _minutes(hours))
        needed_h = None if seconds is None else seconds / 3600
        if (needed_h is not None and hours < needed_h) or (needed_h is None and hours < 1):
            found = [_("Recording ends, all kept, before the disk is full."), *found]
    if before.battery_percent is not None:
        told += " " + _("The battery is at {percent} %.").format(percent=before.battery_percent)
    return Notice(told, " ".join(found), "warn" if found else "info")


def _minutes(hours: float) -> str:
    return _("{minutes:,.0f} min").format(minutes=60 * hours)
