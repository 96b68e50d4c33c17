"""Scoring a regression: how far a predicted value is from the one that was measured, in the project's unit."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio.dataset.catalogue import Example
from studio.dataset.values import value_of
from studio.model.tflite import read_graph

VALUE = "value"  # the one output of a regression, where a run names its classes
_BARS = 21  # of the histogram of errors
NOBODY = "unknown"  # in per_person, for segments of no named person

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class ValueMetrics:
    """n: segments. Means of absolute errors, in `unit`; None where n is 0. rmse_int8: root of the mean square.
    usual_error: that of always saying the middle one of these values, which any model has to beat. errors: a histogram
    of said less true, counts between edges. per_person: {code: {n, mae_float, mae_int8}}.
    """

    n: int
    unit: str
    mae_float: float | None
    mae_int8: float | None
    rmse_int8: float | None
    usual_error: float | None
    errors: dict[str, list[float]]
    per_person: dict[str, dict[str, Any]]

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, eq=False)
class ValueWindow:
    """A segment as it was answered, in the project's unit: a point of a scatter."""

    example: Example
    truth: float
    said: float
    said_float: float

    def as_dict(self) -> dict[str, Any]:
        """As a run keeps it: by the segment's key."""
        return {
            "segment": self.example.id,
            "truth": self.truth,
            "said": round(self.said, 6),
            "said_float": round(self.said_float, 6),
        }


@dataclass(frozen=True)
class ValueEvaluation(ValueMetrics):
    """Of one run. scored: what was scored: `test`, `validation`, `all` or the folder. windows: one by one."""

    run: str
    scored: str
    windows: tuple[ValueWindow, ...] = field(default=(), repr=False, compare=False)

    def as_dict(self) -> dict[str, Any]:
        """All but the windows, of which `scatter` has what was measured and what was said in int8."""
        values = {f.name: getattr(self, f.name) for f in fields(self) if f.name != "windows"}
        return {**values, "scatter": [[w.truth, round(w.said, 6)] for w in self.windows]}


def truths(examples: Sequence[Example]) -> Floats:
    """(n,), NaN for a label that is no number."""
    found = (value_of(example.label) for example in examples)
    return np.array([np.nan if value is None else value for value in found], np.float64)


def dequantised(tflite: bytes, int8: NDArray[np.int8]) -> Floats:
    """(n,): what a model's one int8 output stands for."""
    output = read_graph(tflite).outputs[0]
    return (int8.astype(np.float64)[:, 0] - output.zero_points[0]) * output.scales[0]


def value_windows(examples: Sequence[Example], floats: Floats, int8: Floats) -> list[ValueWindow]:
    """floats, int8: (n,), in the unit."""
    return [
        ValueWindow(example, float(truth), float(said), float(said_float))
        for example, truth, said, said_float in zip(examples, truths(examples), int8, floats, strict=True)
    ]


def measure_values(unit: str, examples: Sequence[Example], floats: Floats, int8: Floats) -> ValueMetrics:
    """floats, int8: (n,), in the unit."""
    truth = truths(examples)
    off_float, off = floats - truth, int8 - truth
    by_person: dict[str, list[int]] = defaultdict(list)
    for index, example in enumerate(examples):
        by_person[example.person or NOBODY].append(index)
    reach = float(np.max(np.abs(off), initial=0.0)) or 1.0
    counts, edges = np.histogram(off, _BARS, (-reach, reach))
    return ValueMetrics(
        n=len(examples),
        unit=unit,
        mae_float=_mean(np.abs(off_float)),
        mae_int8=_mean(np.abs(off)),
        rmse_int8=float(np.sqrt(np.mean(off**2))) if len(off) else None,
        usual_error=_mean(np.abs(truth - np.median(truth))) if len(truth) else None,
        errors={"edges": [round(float(edge), 6) for edge in edges], "counts": counts.tolist()},
        per_person={
            person: {"n": len(rows), "mae_float": _mean(np.abs(off_float[rows])), "mae_int8": _mean(np.abs(off[rows]))}
            for person, rows in sorted(by_person.items())
        },
    )


def _mean(values: Floats) -> float | None:
    return round(float(np.mean(values)), 6) if len(values) else None
