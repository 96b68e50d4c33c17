"""Before a long recording: is there room for it, does power last, is the clock right, and does each source deliver?"""

import contextlib
import datetime as dt
import shutil
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from studio.capture.recording_file import form_of
from studio.capture.source import Origin, Source
from studio.core.picture_file import png
from studio.core.samples import CAMERA, NOTHING_LOST, Block, Item, Lost, Picture
from studio.core.text import gettext as _

TEST_S = 1.0
LEAST_SAMPLES = 3  # that a test waits for, of a sensor slower than that
POWER = Path("/sys/class/power_supply")
LOW_BATTERY_PERCENT = 20
OFF_RATE = 0.1  # in a second a rate is not measured better
MOST_CLIPPED = 0.01
CLOCK_BEHIND_S = 60.0
# `--until disk` leaves so much, or this share of a disk that is too small for that; any recording leaves a tenth of it.
LEAVE_FREE_BYTES = 200_000_000
LEAVE_FREE_SHARE = 0.02


@dataclass(frozen=True)
class Tested:
    """What a source gave in a second. peak: 0..1 of full scale; measured_hz: None where too little came. found: what a
    user should look at before he goes away.
    """

    source: str
    samples: int
    rate_hz: float
    measured_hz: float | None
    peak: float
    lost: Lost
    bytes_per_s: float
    found: tuple[str, ...] = ()


@dataclass(frozen=True)
class Preflight:
    """free_bytes: but for what `--until disk` leaves. bytes_per_s: of all sources together, 0 where that is not known.
    hours: for which that is enough; None: not known. battery_percent: None where this machine runs on none.
    """

    free_bytes: int
    bytes_per_s: float
    hours: float | None
    battery_percent: int | None
    clock_behind_s: float
    tested: tuple[Tested, ...] = field(default=())

    @property
    def found(self) -> list[str]:
        """All that a user should look at, a sentence each."""
        found = [sentence for tested in self.tested for sentence in tested.found]
        if self.battery_percent is not None and self.battery_percent < LOW_BATTERY_PERCENT:
            found.append(_("The battery is at {percent} %. Plug this machine in.").format(percent=self.battery_percent))
        if self.clock_behind_s > CLOCK_BEHIND_S:
            told = _("This machine's clock is behind: the project was last changed {ahead} later. Set it.")
            found.append(told.format(ahead=dt.timedelta(seconds=round(self.clock_behind_s))))
        return found


def preflight(folder: Path, origins: Sequence[Origin], tested: Sequence[Tested] = ()) -> Preflight:
    """folder: the project's. origins: of the sources, which are open; tested: what they gave before, if they were."""
    free_bytes = max(0, shutil.disk_usage(folder).free - free_enough_bytes(folder))
    known = {each.source: each.bytes_per_s for each in tested}
    rates = [known.get(origin.address) or bytes_per_s(origin) for origin in origins]
    together = sum(rates) if all(rates) else 0.0
    return Preflight(
        free_bytes=free_bytes,
        bytes_per_s=together,
        hours=free_bytes / together / 3600 if together else None,
        battery_percent=battery_percent(),
        clock_behind_s=max(0.0, _newest_s(folder) - time.time()),
        tested=tuple(tested),
    )


def free_enough_bytes(folder: Path) -> int:
    """What `--until disk` leaves free."""
    return round(min(LEAVE_FREE_BYTES, shutil.disk_usage(folder).total * LEAVE_FREE_SHARE))


def bytes_per_s(origin: Origin) -> float:
    """That its recording takes; 0 of pictures, whose size shows when there is one."""
    if origin.format.kind.name == CAMERA.name:
        return 0.0
    return form_of(origin.format).sample_bytes * origin.format.rate_hz


def battery_percent(power: Path = POWER) -> int | None:
    """What is left in the battery that this machine runs on; None where it runs on none."""
    with contextlib.suppress(OSError, ValueError):
        for supply in sorted(power.iterdir()):
            if _read(supply / "type") == "Battery" and _read(supply / "status") == "Discharging":
                return int(_read(supply / "capacity"))
    return None


def self_test(source: Source, seconds: float = TEST_S) -> Tested:
    """Opens the source, listens for `seconds`, closes it. Raises StudioError where it cannot be opened or is lost."""
    with source:
        origin = source.origin
        rate_hz = origin.format.rate_hz
        items = list(_for(source, max(seconds, LEAST_SAMPLES / rate_hz)))
    blocks = [item for item in items if isinstance(item, Block)]
    pictures = [item for item in items if isinstance(item, Picture)]
    samples = sum(len(block.samples) for block in blocks) + len(pictures)
    lost = sum((item.lost_before for item in items[1:]), NOTHING_LOST)
    per_s = bytes_per_s(origin)
    peak, found = 0.0, []
    if blocks:
        values = np.concatenate([block.samples for block in blocks])
        peak = float(np.abs(values.astype(np.float64)).max()) / 32768
        limits = np.iinfo(np.int16)
        clipped = np.mean((values == limits.max) | (values == limits.min))
        if values.min() == values.max():
            found.append(_("{source} delivers the same value all the time.").format(source=origin.address))
        if clipped > MOST_CLIPPED:
            told = _("{source} is at the end of its range in {percent:.0f} % of its samples.")
            found.append(told.format(source=origin.address, percent=100 * clipped))
    elif pictures:
        per_s = len(png(pictures[-1].pixels)) * rate_hz
        peak = float(pictures[-1].pixels.max()) / 255
        if pictures[-1].pixels.min() == pictures[-1].pixels.max():
            found.append(_("{source} shows nothing but one shade.").format(source=origin.address))
    measured_hz = _measured_hz(items, samples + lost.total)
    if measured_hz is not None and measured_hz < rate_hz * (1 - OFF_RATE):
        told = _("{source} delivers {measured:.1f} samples a second instead of {rate:g}.")
        found.append(told.format(source=origin.address, measured=measured_hz, rate=rate_hz))
    if lost.total:
        told = _("{source} lost {lost:,} of {samples:,} samples in this second.")
        found.append(told.format(source=origin.address, lost=lost.total, samples=samples + lost.total))
    return Tested(origin.address, samples, rate_hz, measured_hz, peak, lost, per_s, tuple(found))


def _for(source: Source, seconds: float) -> Iterator[Item]:
    """What comes in so many seconds after the first of it."""
    end_s: float | None = None
    for item in source.blocks():
        yield item
        end_s = time.monotonic() + seconds if end_s is None else end_s
        if time.monotonic() >= end_s:
            source.stop()
            return


def _measured_hz(items: Sequence[Item], instants: int) -> float | None:
    """By when they came; the first of them came before it was looked at."""
    if len(items) < 2 or items[-1].arrived_ns <= items[0].arrived_ns:
        return None
    first = len(items[0].samples) if isinstance(items[0], Block) else 1
    return (instants - first) / ((items[-1].arrived_ns - items[0].arrived_ns) / 1e9)


def _newest_s(folder: Path) -> float:
    """When the project was last changed, by the wall clock of then."""
    return max((path.stat().st_mtime for path in (folder, folder / "recordings") if path.exists()), default=0.0)


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8").strip()
