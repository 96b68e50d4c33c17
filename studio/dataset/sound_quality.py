"""What is odd about recordings of sound: about one by itself, two that hold the same, classes that differ in band."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from statistics import median

from studio.core.errors import StudioError
from studio.core.text import gettext as _
from studio.dataset.catalogue import Listed
from studio.dataset.findings import NOTE, WARNING, Finding
from studio.dataset.measuring import Measured, are_copies, likely_copies
from studio.features.windows import Clip

SHORTEST_S = 0.1
SILENT_PEAK_DB = -50.0
CLIPPED_SHARE = 0.001
MOST_DC = 0.02
BAND_RATIO = 0.75
COMPARED_S = 10.0  # of two recordings that may be copies
REPLAYED_AMONG = 12  # last takes of a label


@dataclass(frozen=True)
class CheckedSound:
    """A recording of sound, with what was measured of its file."""

    row: Listed
    measured: Measured

    def findings(self) -> Iterator[Finding]:
        """The worst first."""
        row, m = self.row, self.measured
        where = str(row.path)
        if m.peak_db < SILENT_PEAK_DB:
            says = _("It is nearly silent: its peak is {peak:.0f} dB below full scale.").format(peak=-m.peak_db)
            remedy = _("Listen to it; take its label off if the word is not there.")
            yield Finding("silent", WARNING, where, says, remedy)
        if m.clipped / m.samples > CLIPPED_SHARE:
            says = _(
                "It is clipped: {share:.1%} of its samples ({clipped:,.0f} of {samples:,.0f}) are at the limit."
            ).format(share=m.clipped / m.samples, clipped=m.clipped, samples=m.samples)
            yield Finding("clipped", WARNING, where, says, _("Record it again, further away or with less gain."))
        if row.seconds < SHORTEST_S:
            says = _("It is only {ms:.0f} ms long.").format(ms=row.seconds * 1000)
            yield Finding("short", WARNING, where, says, _("Take its label off if the word is cut."))
        if abs(m.dc) > MOST_DC:
            says = _("Its mean is {dc:.1%} of full scale away from zero.").format(dc=abs(m.dc))
            remedy = _("The front end takes no notice; the microphone's circuit may be wrong.")
            yield Finding("dc-offset", NOTE, where, says, remedy)
        if row.gaps:
            says = _("{lost:,} of {samples:,} samples are missing ({share:.1%}), in {gaps:,} gaps.").format(
                lost=sum(count for _start, count in row.gaps),
                samples=row.samples,
                share=sum(count for _start, count in row.gaps) / max(1, row.samples),
                gaps=len(row.gaps),
            )
            remedy = _("Training keeps away from the gaps. Many of them: look at the cable.")
            yield Finding("gaps", NOTE, where, says, remedy)


def likely_pairs(checked: Sequence[CheckedSound]) -> list[tuple[Listed, Listed]]:
    """Those that may hold the same sound, most alike first; same_sound has to tell."""
    pairs = likely_copies([c.measured for c in checked], [c.row.rate_hz for c in checked])
    return [(checked[i].row, checked[j].row) for i, j in pairs]


def same_sound(first: Listed, second: Listed) -> bool:
    """Whether two recordings begin with one sound, whatever the level and a small shift."""
    try:
        return are_copies(_beginning(first), _beginning(second))
    except StudioError:
        return False  # told as unreadable


def played_again(row: Listed, among: Iterable[Listed]) -> Listed | None:
    """The newest that `row` is a replay of, through a loudspeaker: of the last with its label, entered before it."""
    from studio.dataset.replays import replayed_among

    alike = [e for e in among if e.id < row.id and e.labels == row.labels and e.kind == row.kind and e.path.exists()]
    last = sorted(alike, key=lambda e: e.id, reverse=True)[:REPLAYED_AMONG]
    try:
        place = replayed_among(_beginning(row), [_beginning(each) for each in last])
    except StudioError:
        return None  # told as unreadable
    return None if place is None else last[place]


def _beginning(row: Listed) -> Clip:
    rate_hz = round(row.rate_hz)
    return Clip(row.path, end=round(COMPARED_S * rate_hz), rate_hz=rate_hz)


def narrow_bands(checked: Sequence[CheckedSound], labels: Iterable[str]) -> Iterator[Finding]:
    """Classes without high frequencies that others have: a network learns the microphone instead of the word."""
    by_label = defaultdict[str, list[CheckedSound]](list)
    for item in checked:
        for label in set(item.row.labels):
            if label is not None:
                by_label[label].append(item)
    bands = {label: median(item.measured.band_hz for item in by_label[label]) for label in labels if by_label[label]}
    widest = max(bands.values(), default=0.0)
    low = sorted(label for label, band in bands.items() if band < BAND_RATIO * widest)
    if low:
        says = _("No sound above {band:,.0f} Hz, where other classes reach {widest:,.0f} Hz.").format(
            band=max(bands[label] for label in low), widest=widest
        )
        remedy = _("Record all classes with one microphone and rate, or the model may tell those apart instead.")
        yield Finding("band", WARNING, ", ".join(low), says, remedy)
