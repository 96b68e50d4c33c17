"""Fitting a network to stored variants of each take, one of which is drawn in each epoch."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from studio.features.blocks import LogMel
from studio.features.vary import Chance, draw, masked, mixed, said_so

Floats = NDArray[np.float32]

_STATISTICS_BATCHES = 40


@dataclass(frozen=True)
class Recipe(Chance):
    """How to fit; each value is stored with the run.

    learning_rate: the highest, after `warm_up` epochs; it falls as a half cosine to `last_rate` of it, so that the
    weights still move while they are averaged. average: of the weights over steps, exponentially; the averaged ones are
    kept: they lie amid others that do as well, which is what new people need. mixing: a share of each batch.
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
    seed: int = 1


def fit(
    model: keras.Model,
    takes: Floats | NDArray[np.int16],
    labels: NDArray[np.int64],
    recipe: Recipe,
    *,
    spec: LogMel,
    report: Callable[[int, dict[str, float]], None],
    judged: tuple[NDArray[np.int16], NDArray[np.int64]] | None = None,
) -> None:
    """Fits logits in place.

    takes: int16 (takes, variants, frames, mels), variants of a take being alike in all but chance. labels: (takes,).
    spec: of the features. report: called after each epoch with its number from 1 and its figures.
    judged: rows (n, frames, mels) and their labels, to be watched after each epoch; they change nothing.
    """
    rng = np.random.default_rng(recipe.seed)
    classes = int(model.outputs[0].shape[-1])
    count, variants = takes.shape[:2]
    rows = takes.reshape(-1, *takes.shape[2:])
    batch = min(recipe.batch, count)
    steps = count // batch
    step = _training_step(model, _optimizer(recipe, steps), recipe)
    watched = None
    if judged is not None and len(judged[1]):
        watched = _watched(model, spec.to_float(judged[0]), _smoothed(judged[1], classes, recipe.label_smoothing))
    for epoch in range(recipe.epochs):
        order = rng.permutation(count)
        chosen = order * variants + rng.integers(variants, size=count)
        loss = right = 0.0
        for index in range(steps):
            part = slice(index * batch, (index + 1) * batch)
            inputs = _varied(rows[chosen[part]], recipe, spec, rng)
            inputs = masked(inputs, recipe.time_mask, recipe.band_mask, rng)
            targets = _smoothed(labels[order[part]], classes, recipe.label_smoothing)
            if recipe.mixing:
                inputs, targets = mixed(inputs, targets, recipe.mixing, rng)
            figures = step(inputs[..., None], targets)
            loss, right = loss + float(figures[0]), right + float(figures[1])
        report(epoch + 1, {"loss": loss / steps, "accuracy": right / steps, **(watched() if watched else {})})
    step.keep_average()
    drawn = (rows[rng.integers(len(rows), size=batch)] for _ in range(_STATISTICS_BATCHES))
    _measure_statistics(model, (_varied(part, recipe, spec, rng) for part in drawn))


def _varied(rows: NDArray[np.int16], recipe: Recipe, spec: LogMel, rng: np.random.Generator) -> Floats:
    """The model's input for these features as other people would have said them."""
    return said_so(rows, draw(len(rows), recipe, rng), spec)


class _training_step:  # noqa: N801  called like a function
    """One step of gradient descent, compiled once, and the running average of all weights."""

    def __init__(self, model: keras.Model, optimizer: keras.optimizers.Optimizer, recipe: Recipe) -> None:
        self._weights = [w.value for w in model.weights]
        self._averages = [tf.Variable(w) for w in self._weights]
        self._taken = 0
        self._step = tf.function(self._compiled(model, optimizer, recipe))

    def __call__(self, inputs: Floats, targets: Floats) -> Any:
        self._taken += 1
        return self._step(tf.constant(inputs), tf.constant(targets), tf.constant(float(self._taken)))

    def keep_average(self) -> None:
        for weight, average in zip(self._weights, self._averages, strict=True):
            weight.assign(average)

    def _compiled(self, model: keras.Model, optimizer: keras.optimizers.Optimizer, recipe: Recipe) -> Any:
        variables = model.trainable_variables
        optimizer.build(variables)

        def step(inputs: tf.Tensor, targets: tf.Tensor, taken: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            with tf.GradientTape() as tape:
                logits = model(inputs, training=True)
                loss = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(targets, logits))
            optimizer.apply(tape.gradient(loss, variables), variables)
            # Early steps count less long than the average's own memory.
            keep = tf.minimum(recipe.average, (1.0 + taken) / (10.0 + taken))
            for weight, average in zip(self._weights, self._averages, strict=True):
                average.assign(keep * average + (1.0 - keep) * weight)
            right = tf.reduce_mean(tf.cast(tf.argmax(logits, 1) == tf.argmax(targets, 1), tf.float32))
            return loss, right

        return step


def _watched(model: keras.Model, inputs: Floats, targets: Floats) -> Callable[[], dict[str, float]]:
    """How the weights of the moment do on takes that are not trained on, unmasked and unmixed."""

    @tf.function  # type: ignore[untyped-decorator]
    def figures(rows: tf.Tensor, wanted: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        logits = model(rows, training=False)
        loss = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(wanted, logits))
        return loss, tf.reduce_mean(tf.cast(tf.argmax(logits, 1) == tf.argmax(wanted, 1), tf.float32))

    rows, wanted = tf.constant(inputs[..., None]), tf.constant(targets)

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
        model(inputs[..., None], training=True)
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


def _smoothed(labels: NDArray[np.int64], classes: int, smoothing: float) -> Floats:
    targets = np.full((len(labels), classes), smoothing / classes, np.float32)
    targets[np.arange(len(labels)), labels] += 1 - smoothing
    return targets
