"""How much work a training is, and how it is done, for each template."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from studio.dataset.templates import GESTURE, IMAGE, KEYWORD, REGRESSION
from studio.training.presets import DEFAULT_PRESET, find_preset


@dataclass(frozen=True)
class Effort:
    """variants: stored of each take, one of which is drawn in each epoch. takes: of one class at most, None for all.

    recipe, architecture: the worker's own words (see its Recipe, and networks). steps: of descent at least: with few
    takes, there are more epochs than the recipe's.
    """

    variants: int
    takes: int | None
    recipe: Mapping[str, Any]
    architecture: dict[str, Any] = field(default_factory=lambda: find_preset(DEFAULT_PRESET).architecture)
    steps: int = 0

    def epochs(self, takes: int) -> int:
        """takes: that are trained on, background's among them."""
        batch = min(takes, int(self.recipe.get("batch", _BATCH)))
        steps = max(int(self.recipe.get("least_steps", 1)), takes // batch)
        return max(int(self.recipe["epochs"]), -(-self.steps // steps))


_BATCH = 32  # as the worker's Recipe has it

_ROWS = {"learning_rate": 5e-3, "warm_up": 2.0, "weight_decay": 1e-3, "last_rate": 0.05, "average": 0.99}
_PICTURES = {"learning_rate": 3e-3, "warm_up": 3.0, "weight_decay": 1e-3, "last_rate": 0.02, "average": 0.99}
_FEW = {"balanced": True, "least_steps": 6}  # of projects that begin with few takes, and unequally many of each class

FULL = Effort(variants=14, takes=None, recipe={"epochs": 48})
# The same code with less to do: proves the way, not the accuracy.
QUICK = Effort(variants=6, takes=40, recipe={"epochs": 20, "batch": 16})
_GESTURES = {"epochs": 30, "batch": 20, **_ROWS, **_FEW}
_SCENES = {"epochs": 20, "batch": 32, **_PICTURES, **_FEW, "label_smoothing": 0.05}
_VALUES = {"epochs": 30, "batch": 32, **_ROWS, "learning_rate": 3e-3, "weight_decay": 1e-4, "least_steps": 8}

_EFFORTS: dict[str, tuple[Effort, Effort]] = {
    KEYWORD: (FULL, QUICK),
    GESTURE: (Effort(96, None, _GESTURES, steps=1_600), Effort(12, 40, {**_GESTURES, "epochs": 15})),
    IMAGE: (Effort(16, None, _SCENES, steps=1_000), Effort(4, 40, {**_SCENES, "epochs": 15})),
    REGRESSION: (Effort(16, None, _VALUES, steps=2_000), Effort(6, 40, {**_VALUES, "epochs": 20})),
}


def effort_for(template: str, front_end_kind: str, *, quick: bool = False, preset: str | None = None) -> Effort:
    """preset: the size of the network, a name of presets.py. Raises NotFound for another."""
    usual = _EFFORTS[template][quick]
    architecture = find_preset(preset or DEFAULT_PRESET, template, front_end_kind).architecture
    return Effort(usual.variants, usual.takes, usual.recipe, architecture, usual.steps)
