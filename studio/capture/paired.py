"""Two microphones that heard one sound: level, delay and frequency response of one against the other.

The response is the H1 estimate, cross-spectrum over the reference's spectrum, by Welch's method, with the coherence
that says how much of it to believe (Bendat and Piersol, "Random Data", 4th edition, chapters 6 and 9; Welch 1967).
Bands are the third-octaves of IEC 61260-1, to the base of ten. H1 is the truth where only the other microphone has
noise of its own; where only the reference has, H2 is, which is H1 over the coherence: it lies between the two.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio.capture.delay import LEAST_HZ, PIECE_S, TOP, Line, find_delay
from studio.core.errors import StudioError
from studio.core.job import Report, silent
from studio.core.text import mark

SEARCH_S = 1.0  # a sound server, a radio link and a room together delay by less
MOST_S = 60.0  # of what is compared: more says nothing new
LEAST_S = 2.0
KNOWN = 0.8  # coherence from which on a band's response is told: H1 and H2 are then within 2 dB
FRAME_S = 0.05
QUIET = 0.1  # share of frames, of which the loudest is the noise floor
STANDS_OUT_DB = 20.0  # of the reference over its own quietest windows: in that band there was a sound to be heard
ROUNDING = 1 / 32768 / math.sqrt(12)  # rms of what sixteen bits cannot tell
GAP_MARGIN_S = 0.01
_NAMES = (100, 125, 160, 200, 250, 315, 400, 500, 630, 800)  # nominal, of a decade


@dataclass(eq=False)
class NothingInCommon(StudioError):
    reference: str
    other: str
    explained: float
    message = mark(
        "{reference} and {other} heard nothing in common: {explained:.1%} of the one is explained by the other."
    )
    remedy = mark(
        "Put them beside each other, make a sound with many tones, such as speech or running water, and repeat."
    )


@dataclass(eq=False)
class TooShortToCompare(StudioError):
    seconds: float
    least_s: float = LEAST_S
    message = mark("There are {seconds:.1f} s that both heard without a gap; {least_s:.0f} s are needed.")
    remedy = mark("Record both together for ten seconds.")


@dataclass(eq=False)
class RateUnknown(StudioError):
    name: str
    message = mark("The sample rate of {name} is not known, so that it can be laid beside nothing.")
    remedy = mark("Record it anew, or correct `rate_hz` in its sidecar.")


@dataclass(frozen=True, eq=False)
class Heard:
    """What one microphone gave. samples: int16 (n,), with zeros for what was lost. rate_hz: nominal; measured_rate_hz:
    on this machine's clock, on which it began at began_ns; None: not known. gaps: (start, count) in samples.
    """

    name: str
    samples: NDArray[np.int16]
    rate_hz: float
    measured_rate_hz: float | None = None
    began_ns: int | None = None
    gaps: Sequence[tuple[int, int]] = ()


@dataclass(frozen=True)
class Alone:
    """What is said of one microphone without the other. Levels: dB re a full-scale square wave (rms 1). clipped: share
    of its samples. dc: share of full scale.
    """

    name: str
    rate_hz: float
    level_db: float
    noise_floor_db: float
    clipped: float
    dc: float


@dataclass(frozen=True)
class Band:
    """A third of an octave. hz: its nominal middle. response_db: H1, None where coherence is below KNOWN; at_most_db:
    H2, between which and H1 it lies. Where only the reference heard something, at_most_db alone is there: all the power
    of the other over the reference's, which the response cannot exceed.
    """

    hz: int
    coherence: float
    response_db: float | None
    at_most_db: float | None


@dataclass(frozen=True)
class Comparison:
    """`other` against `reference`. level_db: of what both heard, over the bands that are known. delay_ms, in the middle
    of it, and drift_ppm are what is left on one clock: above 0 where the other heard it later, and where its clock is
    the faster one. one_clock: whether both recordings say when they began; where not, delay_ms is between their first
    samples. explained: share of the power of the other, from 100 Hz on, that is the reference's, filtered.
    """

    reference: Alone
    other: Alone
    seconds: float
    rate_hz: float
    one_clock: bool
    level_db: float
    delay_ms: float
    drift_ppm: float
    explained: float
    bands: tuple[Band, ...]

    @property
    def known(self) -> tuple[Band, ...]:
        return tuple(band for band in self.bands if band.response_db is not None)


def compare(reference: Heard, other: Heard, *, search_s: float = SEARCH_S, report: Report = silent) -> Comparison:
    """search_s: how far the delay may be from what the clocks say, or from 0.

    Raises RateUnknown, TooShortToCompare, NothingInCommon.
    """
    for heard in (reference, other):
        if not (math.isfinite(heard.rate_hz) and heard.rate_hz > 0):
            raise RateUnknown(heard.name)
    report(None, mark("Comparing"))
    rate_hz = min(reference.rate_hz, other.rate_hz)
    x, x_whole, x_rate_hz = _at_rate(reference, rate_hz)
    y, y_whole, y_rate_hz = _at_rate(other, rate_hz)
    begin, one_clock = 0.0, reference.began_ns is not None and other.began_ns is not None
    if reference.began_ns is not None and other.began_ns is not None:
        begin = (reference.began_ns - other.began_ns) / 1e9 * y_rate_hz
    expected = Line(begin, y_rate_hz / x_rate_hz)
    size = round(PIECE_S * rate_hz)
    starts = _starts(x_whole, y_whole, expected, size, size // 2)
    starts = starts[starts < (starts[0] if len(starts) else 0) + MOST_S * rate_hz]
    if not len(starts) or starts[-1] + size - starts[0] < LEAST_S * rate_hz:
        raise TooShortToCompare(0.0 if not len(starts) else float(starts[-1] + size - starts[0]) / rate_hz)
    track = find_delay(x, y, rate_hz, expected, starts=starts, search_s=search_s)
    report(None, mark("Comparing"))
    window = 1 << round(math.log2(rate_hz / 8))
    within = slice(int(starts[0]), int(starts[-1]) + size)
    firsts = int(starts[0]) + _starts(
        x_whole[within], y_whole, Line(track.line.at(int(starts[0])), track.line.slope), window, window // 2
    )
    seconds = len(firsts) * window / 2 / rate_hz
    if seconds < LEAST_S * 0.9:
        raise TooShortToCompare(seconds)
    bands, level_db, explained = _transfer(x, y, rate_hz, track.line, firsts=firsts, window=window)
    if level_db is None:
        raise NothingInCommon(reference.name, other.name, explained)
    return Comparison(
        _alone(reference),
        _alone(other),
        seconds,
        rate_hz,
        one_clock,
        level_db,
        track.delay / y_rate_hz * 1e3,
        track.drift_ppm,
        explained,
        bands,
    )


def _at_rate(heard: Heard, rate_hz: float) -> tuple[NDArray[np.float64], NDArray[np.bool_], float]:
    """Samples at about rate_hz, which of them no gap is near, and their rate on this machine's clock."""
    from scipy import signal

    samples = heard.samples.astype(np.float64) / 32768
    samples -= samples.mean()
    ratio = Fraction(rate_hz / heard.rate_hz).limit_denominator(1000)
    if ratio != 1:
        # Steeper than scipy's own: 0 dB up to 0.95 of half the lower rate.
        longest = max(ratio.numerator, ratio.denominator)
        taps = signal.firwin(64 * longest + 1, 1 / longest, window=("kaiser", 5.0))
        window: Any = taps  # which the stubs do not know of
        samples = signal.resample_poly(samples, ratio.numerator, ratio.denominator, window=window)
    whole = np.ones(len(samples), np.bool_)
    for start, count in heard.gaps:
        first = (start / heard.rate_hz - GAP_MARGIN_S) * rate_hz
        last = ((start + count) / heard.rate_hz + GAP_MARGIN_S) * rate_hz
        whole[max(0, math.floor(first)) : max(0, math.ceil(last))] = False
    return samples, whole, float(ratio) * (heard.measured_rate_hz or heard.rate_hz)


def _starts(
    x_whole: NDArray[np.bool_], y_whole: NDArray[np.bool_], line: Line, size: int, step: int
) -> NDArray[np.int64]:
    """Of pieces of `size` that both have without a gap, a `step` apart."""
    found = []
    for start in range(0, len(x_whole) - size + 1, step):
        first = math.floor(line.at(start))
        last = first + size + 2
        inside = first >= 0 and last <= len(y_whole)
        if inside and x_whole[start : start + size].all() and y_whole[first:last].all():
            found.append(start)
    return np.array(found, np.int64)


def _transfer(
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    rate_hz: float,
    line: Line,
    *,
    firsts: NDArray[np.int64],
    window: int,
) -> tuple[tuple[Band, ...], float | None, float]:
    """Bands, level in dB over those that are known (None: there is none), explained share. Each window of y is taken
    where the line says, its whole samples by index and the rest as a turn of phase, so that no filter is applied to it.
    """
    from scipy import fft

    shape = np.hanning(window + 1)[:-1]
    turn = 2j * np.pi * np.arange(window // 2 + 1) / window
    of_x, of_y, cross = np.zeros(window // 2 + 1), np.zeros(window // 2 + 1), np.zeros(window // 2 + 1, np.complex128)
    frequencies = np.arange(window // 2 + 1) * rate_hz / window
    thirds_of = [(hz, (frequencies >= low) & (frequencies < high)) for hz, low, high in thirds(TOP * rate_hz / 2)]
    over_time = np.zeros((len(firsts), len(thirds_of)))  # of the reference
    for row, first in enumerate(firsts.tolist()):
        at = line.at(first + window / 2) - window / 2
        whole = math.floor(at)
        a = fft.rfft(x[first : first + window] * shape)
        b = fft.rfft(y[whole : whole + window] * shape) * np.exp(turn * (at - whole))
        power = np.abs(a) ** 2
        over_time[row] = [power[inside].sum() for _hz, inside in thirds_of]
        of_x += power
        of_y += np.abs(b) ** 2
        cross += np.conj(a) * b
    common = np.abs(cross) ** 2 / np.maximum(of_x, 1e-30)  # of y, what x explains
    quiet = np.quantile(over_time, QUIET, axis=0)
    sounded = over_time.mean(axis=0) > quiet * 10 ** (STANDS_OUT_DB / 10)
    bands: list[Band] = []
    known, listened = np.zeros(len(common), np.bool_), np.zeros(len(common), np.bool_)
    for (hz, inside), sound in zip(thirds_of, sounded.tolist(), strict=True):
        listened |= inside
        whole_power = float(of_y[inside].sum())
        coherence = float(common[inside].sum()) / whole_power if whole_power > 0 else 0.0
        if coherence >= KNOWN and of_x[inside].sum() > 0:
            known |= inside
            response = 10 * math.log10(float(common[inside].sum() / of_x[inside].sum()))
            bands.append(Band(hz, coherence, response, response - 20 * math.log10(coherence)))
        else:
            at_most = 10 * math.log10(max(whole_power, 1e-30) / float(of_x[inside].sum())) if sound else None
            bands.append(Band(hz, coherence, None, at_most))
    explained = float(common[listened].sum() / max(of_y[listened].sum(), 1e-30))
    level = 10 * math.log10(float(common[known].sum() / of_x[known].sum())) if known.any() else None
    return tuple(bands), level, explained


def thirds(most_hz: float) -> list[tuple[int, float, float]]:
    """Third-octave bands from LEAST_HZ on whose upper edge is not above most_hz: nominal middle, edges in Hz."""
    found = []
    for step in range(100):
        middle = LEAST_HZ * 10 ** (step / 10)
        low, high = middle * 10**-0.05, middle * 10**0.05
        if high > most_hz:
            break
        found.append((_NAMES[step % 10] * 10 ** (step // 10), low, high))
    return found


def _alone(heard: Heard) -> Alone:
    samples = heard.samples.astype(np.float64) / 32768
    whole = np.ones(len(samples), np.bool_)
    for start, count in heard.gaps:
        whole[start : start + count] = False
    dc = float(samples[whole].mean())
    frame = max(1, round(FRAME_S * heard.rate_hz))
    frames = (samples[whole] - dc)[: np.count_nonzero(whole) // frame * frame].reshape(-1, frame)
    powers = np.mean(frames**2, axis=1)
    limits = np.iinfo(np.int16)
    at_end = (heard.samples == limits.max) | (heard.samples == limits.min)
    return Alone(
        heard.name,
        heard.rate_hz,
        _decibels(float(powers.mean())),
        _decibels(float(np.quantile(powers, QUIET))),
        float(at_end.mean()),
        dc,
    )


def _decibels(power: float) -> float:
    return 20 * math.log10(max(math.sqrt(power), ROUNDING))
