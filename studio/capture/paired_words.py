"""A comparison of two microphones in a sentence, and what can be done about what it says."""

from collections.abc import Sequence

from studio.capture.paired import Band, Comparison
from studio.core.text import gettext

ALIKE_DB = 1.0
DEAF_DB = 12.0  # below what it hears otherwise
OFTEN_CLIPPED = 1e-4
HUM_DC = 0.01
LOUDER_FLOOR_DB = 6.0
ODD_DRIFT_PPM = 30.0
MUCH_EXPLAINED = 0.9


def judgement(found: Comparison) -> str:
    """What a user should know first, as one sentence."""
    parts = [_level(found)]
    above, below = _deaf(found)
    if above is not None:
        parts.append(gettext("little over {hz}").format(hz=in_hertz(above)))
    if below is not None:
        parts.append(gettext("little below {hz}").format(hz=in_hertz(below)))
    said = gettext(" and ").join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)
    heard = _heard(found)
    if len(heard) < 2:
        return f"{said}."
    told = gettext("{said}; from {low} to {high} it varies by {db:.0f} dB.")
    return told.format(said=said, low=in_hertz(heard[0].hz), high=in_hertz(heard[-1].hz), db=_span_db(heard))


def unknown_words(found: Comparison) -> str:
    """Where nothing is known; empty: nowhere."""
    unknown = [band.hz for band in found.bands if band.response_db is None and band.at_most_db is None]
    faint = [band for band in found.bands if band.response_db is None and band.at_most_db is not None]
    said = []
    if unknown:
        told = gettext("Not known at {where}: there the two heard too little in common.")
        said.append(told.format(where=_where(found, unknown)))
    if faint:
        told = gettext("Too faint to measure at {where}: {db} dB at most.")
        most = f"{max(band.at_most_db or 0.0 for band in faint):.0f}".replace("-", "\u2212")
        said.append(told.format(where=_where(found, [band.hz for band in faint]), db=most))
    return " ".join(said)


def _where(found: Comparison, wanted: list[int]) -> str:
    """Bands, those that touch joined."""
    spans: list[list[int]] = []
    order = [band.hz for band in found.bands]
    for hz in wanted:
        if spans and order.index(hz) == order.index(spans[-1][-1]) + 1:
            spans[-1].append(hz)
        else:
            spans.append([hz])
    return ", ".join(
        in_hertz(span[0])
        if len(span) == 1
        else gettext("{low} to {high}").format(low=in_hertz(span[0]), high=in_hertz(span[-1]))
        for span in spans
    )


def advice(found: Comparison) -> list[str]:
    """What can be done, the most important first; each a sentence."""
    said = []
    for side in (found.other, found.reference):
        if side.clipped > OFTEN_CLIPPED:
            told = gettext("{name} is at the end of its range: turn its gain down, or move away from it.")
            said.append(told.format(name=side.name))
    if found.explained < MUCH_EXPLAINED:
        told = gettext(
            "Only {share:.0%} of what {other} heard is what {reference} heard: move them together, or make it quieter."
        )
        said.append(told.format(share=found.explained, other=found.other.name, reference=found.reference.name))
    if abs(found.level_db) > LOUDER_FLOOR_DB:
        told = gettext("Record with {other} itself what it is to recognise, or vary the level when you train.")
        said.append(told.format(other=found.other.name))
    if _deaf(found) != (None, None) or _span_db(found.known) > DEAF_DB:
        said.append(
            gettext("What one of them does not hear, a model must not need: record with the board you deploy to.")
        )
    noisier = found.other.noise_floor_db - found.level_db - found.reference.noise_floor_db
    if noisier > LOUDER_FLOOR_DB:
        told = gettext("{other} has {db:.0f} dB more noise for the same sound: speak nearer to it.")
        said.append(told.format(other=found.other.name, db=noisier))
    for side in (found.other, found.reference):
        if abs(side.dc) > HUM_DC:
            told = gettext("{name} is off by {share:.1%} of its range while nothing moves: take the mean away.")
            said.append(told.format(name=side.name, share=side.dc))
    if found.one_clock and abs(found.drift_ppm) > ODD_DRIFT_PPM:
        told = gettext("Its clock wanders by {ppm:.0f} ppm beside what was measured: record longer, and compare again.")
        said.append(told.format(ppm=abs(found.drift_ppm)))
    return said or [gettext("Nothing needs to be done.")]


def in_hertz(hz: float) -> str:
    return gettext("{khz:g} kHz").format(khz=hz / 1000) if hz >= 1000 else gettext("{hz:g} Hz").format(hz=hz)


def _level(found: Comparison) -> str:
    names = {"other": found.other.name, "reference": found.reference.name}
    if abs(found.level_db) < ALIKE_DB:
        return gettext("{other} hears as loudly as {reference}").format(**names)
    less = gettext("{other} hears {db:.0f} dB less than {reference}")
    more = gettext("{other} hears {db:.0f} dB more than {reference}")
    return (less if found.level_db < 0 else more).format(db=abs(found.level_db), **names)


def _heard(found: Comparison) -> list[Band]:
    """The known bands from the lowest to the highest that it hears not DEAF_DB less than its median one."""
    known = found.known
    least_db = _usual_db(found) - DEAF_DB
    places = [place for place, band in enumerate(known) if _response(band) > least_db]
    return list(known[places[0] : places[-1] + 1])


def _deaf(found: Comparison) -> tuple[int | None, int | None]:
    """Above and below which it hears little of what is known; None: nowhere."""
    heard = _heard(found)
    least_db = _usual_db(found) - DEAF_DB
    faint = [
        band.hz
        for band in found.bands
        if (most_db := band.at_most_db if band.response_db is None else band.response_db) is not None
        and most_db <= least_db
    ]
    above = heard[-1].hz if any(hz > heard[-1].hz for hz in faint) else None
    below = heard[0].hz if any(hz < heard[0].hz for hz in faint) else None
    return above, below


def _usual_db(found: Comparison) -> float:
    return sorted(_response(band) for band in found.known)[len(found.known) // 2]


def _span_db(bands: Sequence[Band]) -> float:
    values = [_response(band) for band in bands]
    return max(values) - min(values)


def _response(band: Band) -> float:
    assert band.response_db is not None  # noqa: S101  asked of known bands only
    return band.response_db
