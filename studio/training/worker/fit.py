"""Fitting a network to stored variants of each take, one of which is drawn in each epoch."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from studio.features.front_ends import AnyFrontEnd
from studio.features.vary import AnyChance, Chance, masked, mixed, varied
from studio.training.worker.objectives import Objective

Floats = NDArray[np.float32]

_STATISTICS_BATCHES = 40


@dataclass(frozen=True)
class Recipe:
    """How to fit; each value is stored with the run.

    learning_rate: the highest, after `warm_up` epochs; it falls as a half cosine to `last_rate` of it, so that the
    weights still move while they are averaged. average: of the weights over steps, exponentially; the averaged ones are
    kept: they lie amid others that do as well, which is what new people need. mixing: a share of each batch. balanced:
    whether all classes are drawn alike, however many takes each has. least_steps: of an epoch, for few takes.
    """

    epochs: int = 40
    batch: int = 32
    learning_rate: float = 2e-2
    warm_up: float = 1.0
    weight_decay: float = 1e-4
    label_smoothing: float = 0.1
    last_rate: float = 0.2
    average: float = 0.997
    mixing: float = 0.0
    balanced: bool = False
    least_steps: int = 1
    seed: int = 1


def fit(
    model: keras.Model,
    takes: NDArray[np.int16],
    truth: NDArray[Any],
    recipe: Recipe,
    *,
    objective: Objective,
    spec: AnyFrontEnd,
    chance: AnyChance,
    report: Callable[[int, dict[str, float]], None],
    judged: tuple[NDArray[np.int16], NDArray[Any]] | None = None,
) -> None:
    """Fits logits in place.

    takes: int16 (takes, variants, *spec.shape), variants of a take being alike in all but chance. truth: (takes,), of
    the objective. spec: of the features. report: called after each epoch with its number from 1 and its figures.
    judged: rows (n, *spec.shape) and their truth, to be watched after each epoch; they change nothing.
    """
    rng = np.random.default_rng(recipe.seed)
    shape = tuple(model.inputs[0].shape[1:])
    count, variants = takes.shape[:2]
    rows = np.asarray(takes).reshape(-1, *takes.shape[2:])  # a file is mapped, perhaps
    draws = _balanced(truth) if recipe.balanced and objective.classes else _each_once(count)
    batch = min(recipe.batch, count)
    steps = max(count // batch, recipe.least_steps)
    step = _training_step(model, objective, _optimizer(recipe, steps), recipe)
    watched = None
    if judged is not None and len(judged[1]):
        watched = _watched(model, objective, spec.to_float(judged[0]).reshape(-1, *shape), objective.targets(judged[1]))
    for epoch in range(recipe.epochs):
        order = draws(rng, max(count, steps * batch))
        chosen = order * variants + rng.integers(variants, size=len(order))
        loss = right = 0.0
        for index in range(steps):
            part = slice(index * batch, (index + 1) * batch)
            inputs = varied(rows[chosen[part]], spec, chance, rng)
            if isinstance(chance, Chance):
                inputs = masked(inputs, chance.time_mask, chance.band_mask, rng)
            targets = objective.targets(truth[order[part]])
            if recipe.mixing:
                inputs, targets = mixed(inputs, targets, recipe.mixing, rng)
            figures = step(inputs.reshape(-1, *shape), targets)
            loss, right = loss + float(figures[0]), right + float(figures[1])
        report(epoch + 1, {"loss": loss / steps, "accuracy": right / steps, **(watched() if watched else {})})
    step.keep_average()
    # Of all takes alike, not of classes: a mixture as boards meet it, with which the rarer class is found more often.
    drawn = (rows[rng.integers(len(rows), size=batch)] for _ in range(_STATISTICS_BATCHES))
    _measure_statistics(model, (varied(part, spec, chance, rng).reshape(-1, *shape) for part in drawn))


def _each_once(count: int) -> Callable[[np.random.Generator, int], NDArray[np.int64]]:
    """Draws of takes: each once before any comes again. Of the last round, as many as are wanted."""

    def draws(rng: np.random.Generator, wanted: int) -> NDArray[np.int64]:
        return np.concatenate([rng.permutation(count) for _ in range(-(-wanted // count))])[:wanted]

    return draws


def _balanced(labels: NDArray[np.int64]) -> Callable[[np.random.Generator, int], NDArray[np.int64]]:
    """The same with all classes in turn, so that a batch has as many of each."""
    members = [np.flatnonzero(labels == label) for label in np.unique(labels)]

    def draws(rng: np.random.Generator, wanted: int) -> NDArray[np.int64]:
        each = -(-wanted // len(members))
        columns = [own[_each_once(len(own))(rng, each)] for own in members]
        order: NDArray[np.int64] = np.stack(columns, axis=1).reshape(-1)[:wanted]
        return order

    return draws


class _training_step:  # noqa: N801  called like a function
    """One step of gradient descent, compiled once, and the running average of all weights."""

    def __init__(
        self, model: keras.Model, objective: Objective, optimizer: keras.optimizers.Optimizer, recipe: Recipe
    ) -> None:
        self._weights = [w.value for w in model.weights]
        self._averages = [tf.Variable(w) for w in self._weights]
        self._taken = 0
        self._step = tf.function(self._compiled(model, objective, optimizer, recipe))

    def __call__(self, inputs: Floats, targets: Floats) -> Any:
        self._taken += 1
        return self._step(tf.constant(inputs), tf.constant(targets), tf.constant(float(self._taken)))

    def keep_average(self) -> None:
        for weight, average in zip(self._weights, self._averages, strict=True):
            weight.assign(average)

    def _compiled(
        self, model: keras.Model, objective: Objective, optimizer: keras.optimizers.Optimizer, recipe: Recipe
    ) -> Any:
        variables = model.trainable_variables
        optimizer.build(variables)

        def step(inputs: tf.Tensor, targets: tf.Tensor, taken: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            with tf.GradientTape() as tape:
                logits = model(inputs, training=True)
                loss = objective.loss(targets, logits)
            optimizer.apply(tape.gradient(loss, variables), variables)
            # Early steps count less long than the average's own memory.
            keep = tf.minimum(recipe.average, (1.0 + taken) / (10.0 + taken))
            for weight, average in zip(self._weights, self._averages, strict=True):
                average.assign(keep * average + (1.0 - keep) * weight)
            return loss, objective.right(targets, logits)

        return step


def _watched(
    model: keras.Model, objective: Objective, inputs: Floats, targets: Floats
) -> Callable[[], dict[str, float]]:
    """How the weights of the moment do on takes that are not trained on, unmasked and unmixed."""

    @tf.function  # type: ignore[untyped-decorator]
    def figures(rows: tf.Tensor, wanted: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        logits = model(rows, training=False)
        return objective.loss(wanted, logits), objective.right(wanted, logits)

    rows, wanted = tf.constant(inputs), tf.constant(targets)

    def watched() -> dict[str, float]:
        loss, right = figures(rows, wanted)
        return {"val_loss": float(loss), "val_accuracy": float(right)}

    return watched


def _measure_statistics(model: keras.Model, batches: Iterable[Floats]) -> None:
    """Batch normalisation's means and variances for the averaged weights, which no training step has seen."""
    normalisations = [layer for layer in model.layers if isinstance(layer, keras.layers.BatchNormalization)]
    momentum = [layer.momentum for layer in normalisations]
    for seen, inputs in enumerate(batches):
        for layer in normalisations:
            layer.momentum = seen / (seen + 1)  # so that all batches count alike
        model(inputs, training=True)
    for layer, before in zip(normalisations, momentum, strict=True):
        layer.momentum = before


def _optimizer(recipe: Recipe, steps: int) -> keras.optimizers.Optimizer:
    schedule = keras.optimizers.schedules.CosineDecay(
        initial_learning_rate=recipe.learning_rate / 20,
        decay_steps=max(1, int((recipe.epochs - recipe.warm_up) * steps)),
        warmup_target=recipe.learning_rate,
        warmup_steps=max(1, int(recipe.warm_up * steps)),
        alpha=recipe.last_rate,
    )
    return keras.optimizers.AdamW(schedule, weight_decay=recipe.weight_decay)
