"""Where an axis is marked, and what is written there."""

import math

_MINUTES = (60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 28800, 86400)
MINUS = "\N{MINUS SIGN}"


def nice_step(span: float, most: int) -> float:
    """1, 2 or 5 times a power of ten, so that span holds at most `most` (at least 1) of it."""
    least = span / max(most, 1)
    if least <= 0 or not math.isfinite(least):
        return 1.0
    power = 10.0 ** math.floor(math.log10(least))
    return next(f * power for f in (1, 2, 5, 10, 20) if f * power >= least * (1 - 1e-9))


def time_step(span_s: float, most: int) -> float:
    """As nice_step up to 30 s, and whole minutes and hours above."""
    step = nice_step(span_s, most)
    if step < 60:
        return 30.0 if step > 20 else step
    return next((float(s) for s in _MINUTES if s >= span_s / max(most, 1)), step)


def multiples(first: float, last: float, step: float) -> list[float]:
    """Of step, from first to last, both included."""
    begin, end = math.ceil(first / step - 1e-9), math.floor(last / step + 1e-9)
    return [i * step for i in range(begin, end + 1)]


def clock_text(seconds: float, step_s: float = 0.001) -> str:
    """A time within a recording, as fine as step_s: 24:35.620, 1:04:30, 0:00.5."""
    digits = 0 if step_s >= 1 else min(3, math.ceil(-math.log10(step_s) - 1e-9))
    scale = 10**digits
    units = round(abs(seconds) * scale)
    minutes, rest = divmod(units, 60 * scale)
    hours, minutes = divmod(minutes, 60)
    text = f"{hours}:{minutes:02d}" if hours else f"{minutes}"
    text += f":{rest // scale:02d}"
    if digits:
        text += f".{rest % scale:0{digits}d}"
    return (MINUS if seconds < 0 and units else "") + text


def number_text(value: float, step: float = 1.0, *, plus: bool = False) -> str:
    """A number as fine as step, with a true minus sign and commas; plus: with a sign where positive."""
    digits = next((d for d in range(6) if abs(step * 10**d - round(step * 10**d)) < 1e-6), 6)
    rounded = round(value, digits) + 0.0
    sign = MINUS if rounded < 0 else "+" if plus and rounded > 0 else ""
    return f"{sign}{abs(rounded):,.{digits}f}"


def share_text(value: float, step: float) -> str:
    """A signed share of full scale, never wider than "+0.25" is by much: fine steps are told in per cent."""
    if not value:
        return "0"
    return number_text(value, step, plus=True) if step >= 0.01 else f"{number_text(100 * value, 0.1, plus=True)}%"


def short_count(value: float) -> str:
    """2,624; 32,000; 1.28 M."""
    if value >= 1_000_000:
        return f"{value / 1_000_000:.2f} M"
    return f"{value:,.0f}"
