"""Labels of a regression: numbers, written as text like all labels. The unit is the project's."""

import math


def value_of(label: str) -> float | None:
    """The number that a label stands for; None for what is no finite number."""
    try:
        value = float(label)
    except ValueError:
        return None
    return value if math.isfinite(value) and "_" not in label else None


def as_label(value: float) -> str:
    """Six digits: `value_of` gives it back but for rounding."""
    return f"{value:.6g}"
