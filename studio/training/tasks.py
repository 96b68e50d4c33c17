"""What a project's model is for: telling classes apart, or predicting a value. Whoever trains asks a Task."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from studio.core.errors import InvalidInput
from studio.core.text import gettext as _
from studio.dataset.catalogue import Example
from studio.dataset.settings import ProjectSettings
from studio.features.front_ends import AnyFrontEnd
from studio.features.window_kinds import Windows
from studio.model.image import Decision
from studio.training.classes import Classes, is_background
from studio.training.evaluate import Metrics, Window, int8_scores, measure, scored_windows
from studio.training.presets import HOP_MS, hops_ms
from studio.training.threshold import Floats, Streams, choose_threshold, cut_streams
from studio.training.values import VALUE, ValueMetrics, ValueWindow, dequantised, measure_values, truths, value_windows

SMOOTHED_MS = 300  # two windows at least: one alone gave two to six times the false alarms of two (decisions/006)
SMOOTHED_PICTURES = 2
REFRACTORY_MS = 1_000
_UNKNOWN_SHARE = 2.0  # takes of other words, over the mean number of takes of a chosen one
_BACKGROUND_SHARE = 1.0  # likewise
_LEAST_BACKGROUND = 20


class Task(Protocol):
    """names: of the model's outputs. classes: how many are told apart, 0 for a value."""

    @property
    def names(self) -> list[str]: ...
    @property
    def classes(self) -> int: ...
    @property
    def settings(self) -> dict[str, Any]:
        """What a run says of it."""

    def chosen(self, train: list[Example], takes: int | None, seed: int) -> list[Example]:
        """Who trains; takes: of one class at most, None for all. Empty where nothing is left."""

    def truth(self, examples: Sequence[Example]) -> NDArray[Any]:
        """(n,), as the worker takes it. Of examples that `has_truth` alone."""

    def has_truth(self, example: Example) -> bool:
        """Whether the model can be right about it."""

    def background(self, chosen: Sequence[Example]) -> int:
        """How many takes of background are made for training; 0: none are."""

    def streams(self, examples: Sequence[Example], windows: Windows, seed: int) -> Streams | None:
        """What the rule is chosen by; None where there is nothing to choose."""

    def rules(self, spec: AnyFrontEnd, streams: Streams | None, scores: Floats) -> list[Decision]:
        """A rule for each hop there is, the shortest first: a board takes the first that it can keep up with."""

    def answers(self, tflite: bytes, features: NDArray[np.int16], spec: AnyFrontEnd) -> NDArray[Any]:
        """(n, outputs) of the int8 model, by the engine that boards run."""

    def measured(self, examples: Sequence[Example], floats: Floats, int8: NDArray[Any]) -> Metrics | ValueMetrics: ...

    def windows(
        self, examples: Sequence[Example], floats: Floats, int8: NDArray[Any]
    ) -> Sequence[Window | ValueWindow]: ...


@dataclass(frozen=True)
class TellApart:
    """makes_background: whether it is trained on what is none of the words, besides what is recorded of that."""

    of: Classes
    makes_background: bool

    @property
    def names(self) -> list[str]:
        return self.of.names

    @property
    def classes(self) -> int:
        return len(self.of.names)

    @property
    def settings(self) -> dict[str, Any]:
        return {"labels": list(self.of.words)}

    def chosen(self, train: list[Example], takes: int | None, seed: int) -> list[Example]:
        """As many takes of each word as are wanted, and not too many other words."""
        by_label: dict[str, list[Example]] = defaultdict(list)
        for example in train:
            by_label[example.label].append(example)
        rng = np.random.default_rng(seed)
        words = [_some(by_label[w], takes, rng) for w in self.of.words]
        if not any(words):
            return []
        mean = sum(map(len, words)) / max(1, len(words))
        others = [by_label[label] for label in sorted(by_label) if self.of.is_unknown(label)]
        each = int(np.ceil(mean * _UNKNOWN_SHARE / len(others))) if others else 0
        background = [e for e in train if is_background(e.label)]
        return [e for part in (*words, *(_some(other, each, rng) for other in others), background) for e in part]

    def truth(self, examples: Sequence[Example]) -> NDArray[Any]:
        return np.array([self.of.index(e.label) for e in examples], np.int64)

    def has_truth(self, example: Example) -> bool:
        return self.of.index(example.label) is not None

    def background(self, chosen: Sequence[Example]) -> int:
        if not self.makes_background:
            return 0
        counts = Counter(e.label for e in chosen if e.label in self.of.words)
        return max(_LEAST_BACKGROUND, round(_BACKGROUND_SHARE * sum(counts.values()) / max(1, len(counts))))

    def streams(self, examples: Sequence[Example], windows: Windows, seed: int) -> Streams | None:
        words = [e for e in examples if e.label in self.of.words]
        return cut_streams(words, windows, self.of, hop_samples(windows.spec), seed)

    def rules(self, spec: AnyFrontEnd, streams: Streams | None, scores: Floats) -> list[Decision]:
        assert streams is not None  # noqa: S101  this task has them
        if spec.clip_samples == 1:  # a picture: one after another, each looked at
            return [self._rule(streams, scores, SMOOTHED_PICTURES, 1, 1)]
        hops = hops_ms(1000 * spec.clip_samples // spec.rate_hz)
        return [
            self._rule(streams, scores, max(2, round(SMOOTHED_MS / hop)), hop // HOP_MS, hop_samples(spec))
            for hop in hops
        ]

    def answers(self, tflite: bytes, features: NDArray[np.int16], spec: AnyFrontEnd) -> NDArray[Any]:
        return int8_scores(tflite, features, spec)

    def measured(self, examples: Sequence[Example], floats: Floats, int8: NDArray[Any]) -> Metrics:
        return measure(self.names, examples, floats, int8)

    def windows(self, examples: Sequence[Example], floats: Floats, int8: NDArray[Any]) -> Sequence[Window]:
        return scored_windows(self.names, examples, floats, int8)

    def _rule(self, streams: Streams, scores: Floats, smooth: int, every: int, hop: int) -> Decision:
        return Decision(
            smooth=smooth,
            threshold=round(choose_threshold(streams, scores, smooth, every) * 255),
            refractory_ms=REFRACTORY_MS,
            hop_samples=hop * every,
            background=self.of.background,
            unknown=self.of.unknown,
        )


@dataclass(frozen=True)
class Predict:
    """unit: of the value."""

    unit: str

    @property
    def names(self) -> list[str]:
        return [VALUE]

    @property
    def classes(self) -> int:
        return 0

    @property
    def settings(self) -> dict[str, Any]:
        return {"labels": [], "predicts": VALUE, "unit": self.unit}

    @classmethod
    def choose(cls, examples: Sequence[Example], unit: str) -> "Predict":
        """Raises InvalidInput where labels are no numbers, or fewer than two differ."""
        values = truths(examples)
        odd = next((e.label for e, value in zip(examples, values, strict=True) if np.isnan(value)), None)
        if odd is not None:
            why = _("it is no number, and this project predicts one")
            raise InvalidInput(_("The label {label}").format(label=odd), why, _("Change it with `label`."))
        if len(set(values.tolist())) < 2:
            why = _("its recordings have not two different values to learn from")
            raise InvalidInput(_("This project"), why, _("Bring some in with `import` or `record`."))
        return cls(unit)

    def chosen(self, train: list[Example], takes: int | None, seed: int) -> list[Example]:
        """takes: of all values together, ten times as many."""
        return _some(train, None if takes is None else 10 * takes, np.random.default_rng(seed))

    def truth(self, examples: Sequence[Example]) -> NDArray[Any]:
        return truths(examples)

    def has_truth(self, example: Example) -> bool:
        return bool(np.isfinite(truths([example])[0]))

    def background(self, chosen: Sequence[Example]) -> int:
        del chosen
        return 0

    def streams(self, examples: Sequence[Example], windows: Windows, seed: int) -> Streams | None:
        del examples, windows, seed
        return None

    def rules(self, spec: AnyFrontEnd, streams: Streams | None, scores: Floats) -> list[Decision]:
        """One that never decides: a value is told, window after window."""
        del streams, scores
        return [Decision(smooth=1, threshold=255, refractory_ms=0, hop_samples=spec.clip_samples, background=0)]

    def answers(self, tflite: bytes, features: NDArray[np.int16], spec: AnyFrontEnd) -> NDArray[Any]:
        return dequantised(tflite, int8_scores(tflite, features, spec))[:, None]

    def measured(self, examples: Sequence[Example], floats: Floats, int8: NDArray[Any]) -> ValueMetrics:
        return measure_values(self.unit, examples, floats[:, 0].astype(np.float64), int8[:, 0])

    def windows(self, examples: Sequence[Example], floats: Floats, int8: NDArray[Any]) -> Sequence[ValueWindow]:
        return value_windows(examples, floats[:, 0].astype(np.float64), int8[:, 0])


def task_for(settings: ProjectSettings, examples: Sequence[Example], labels: Sequence[str] = ()) -> Task:
    """labels: the classes; the project's, or all there are, without. Raises InvalidInput where there are none."""
    if settings.row.predicts_value:
        return Predict.choose(examples, settings.unit)
    makes = settings.row.has_background
    return TellApart(Classes.choose(examples, labels or settings.labels, has_background=makes), makes)


def hop_samples(spec: AnyFrontEnd) -> int:
    """From one window to the next, where a board is quick enough."""
    return max(1, spec.rate_hz * HOP_MS // 1000) if spec.clip_samples > 1 else 1


def _some(examples: list[Example], count: int | None, rng: np.random.Generator) -> list[Example]:
    if count is None or len(examples) <= count:
        return examples
    return [examples[i] for i in sorted(rng.permutation(len(examples))[:count])]
