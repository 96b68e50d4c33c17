"""What a recording says of itself, as JSON and in a line."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from studio.core.samples import CAMERA
from studio.core.text import gettext as _

if TYPE_CHECKING:
    from studio.capture.recording_file import Recorded


def recording_json(recorded: "Recorded") -> dict[str, Any]:
    sidecar = recorded.sidecar
    return {
        "path": str(recorded.path),
        "source": sidecar.source,
        "samples": sidecar.samples,
        "rate_hz": sidecar.rate_hz,
        "measured_rate_hz": sidecar.measured_rate_hz,
        "declared_rate_hz": sidecar.declared_rate_hz,
        "stream": sidecar.stream,
        "session": sidecar.session,
        "began_ns": sidecar.began_ns,
        "clock": None if sidecar.clock is None else asdict(sidecar.clock),
        "lost": sidecar.lost.as_dict(),
        "gaps": [list(gap) for gap in sidecar.gaps],
        "marks": list(sidecar.marks),
        "spans": [list(span) for span in sidecar.spans],
        "label": sidecar.label,
        "person": sidecar.person,
        "consent": sidecar.consent,
        "place": sidecar.place,
    }


def recordings_text(recorded: Sequence["Recorded"]) -> str:
    if not recorded:
        return _("Nothing was recorded.")
    pictures = [each for each in recorded if each.sidecar.kind == CAMERA.name]
    lines = [
        f"{each.path}: {_told(each)}{_rates(each)}{_clock(each)}"
        for each in recorded
        if each.sidecar.kind != CAMERA.name
    ]
    if pictures:
        lost = sum(each.sidecar.lost.total for each in pictures)
        told = _("{count:,} pictures, {lost:,} lost").format(count=len(pictures), lost=lost)
        lines.append(f"{pictures[0].path.parent}: {told}")
    return "\n".join(lines)


def _told(recorded: "Recorded") -> str:
    samples, lost = recorded.sidecar.samples or 0, recorded.sidecar.lost.total
    if not lost:
        return _("{seconds:.2f} s, nothing lost").format(seconds=recorded.seconds)
    where = ", ".join(f"{name} {count:,}" for name, count in recorded.sidecar.lost.as_dict().items() if count)
    return _("{seconds:.2f} s, {percent:.1f} % lost ({lost:,} of {samples:,} samples: {where})").format(
        seconds=recorded.seconds, percent=100 * lost / max(samples, lost), lost=lost, samples=samples, where=where
    )


def _rates(recorded: "Recorded") -> str:
    """Of a board with other firmware: what it prints, the rate that it declares and the one that was measured."""
    sidecar = recorded.sidecar
    if sidecar.stream is None:
        return ""
    declared = _("none") if sidecar.declared_rate_hz is None else f"{sidecar.declared_rate_hz:g} Hz"
    measured = _("not yet") if sidecar.measured_rate_hz is None else f"{sidecar.measured_rate_hz:.1f} Hz"
    told = _("; {stream}, declared rate {declared}, measured {measured}")
    return told.format(stream=sidecar.stream, declared=declared, measured=measured)


def _clock(recorded: "Recorded") -> str:
    """How the device's clock went beside this machine's."""
    clock = recorded.sidecar.clock
    if clock is None:
        return ""
    told = _("; its clock {speed:+.1f} ppm, within {error:.2f} ms")
    return told.format(speed=-clock.drift_ppm, error=clock.error_us / 1000)
