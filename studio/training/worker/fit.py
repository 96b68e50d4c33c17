"""Fitting a network to stored variants of each take, one of which is drawn in each epoch."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

Floats = NDArray[np.float32]

_STATISTICS_BATCHES = 40


@dataclass(frozen=True)
class Recipe:
    """How to fit; each value is stored with the run.

    learning_rate: the highest, after `warm_up` epochs, falling to 0 as a half cosine. average: of the weights over
    steps, exponentially; the averaged ones are kept. time_mask, band_mask: the longest of the two masks of each axis
    (SpecAugment, Park et al. 2019), in frames and bands. band_shift: bands by which a spectrum moves at most, as
    another length of the vocal tract would move it. mixing: share of each batch that is mixed with another take
    (mixup, Zhang et al. 2018).
    """

    epochs: int = 40
    batch: int = 32
    learning_rate: float = 2e-2
    warm_up: float = 1.0
    weight_decay: float = 1e-4
    label_smoothing: float = 0.1
    average: float = 0.98
    time_mask: int = 6
    band_mask: int = 4
    band_shift: int = 0
    mixing: float = 0.0
    seed: int = 1


def fit(
    model: keras.Model,
    takes: Floats | NDArray[np.int16],
    labels: NDArray[np.int64],
    recipe: Recipe,
    *,
    to_float: Callable[[NDArray[np.int16]], Floats],
    report: Callable[[int, dict[str, float]], None],
    judged: tuple[NDArray[np.int16], NDArray[np.int64]] | None = None,
) -> None:
    """Fits logits in place.

    takes: int16 (takes, variants, frames, mels), variants of a take being alike in all but chance. labels: (takes,).
    to_float: features to the model's input. report: called after each epoch with its number from 1 and its figures.
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
        watched = _watched(model, to_float(judged[0]), _smoothed(judged[1], classes, recipe.label_smoothing))
    for epoch in range(recipe.epochs):
        order = rng.permutation(count)
        chosen = order * variants + rng.integers(variants, size=count)
        loss = right = 0.0
        for index in range(steps):
            part = slice(index * batch, (index + 1) * batch)
            inputs = _masked(to_float(rows[chosen[part]]), recipe, rng)
            targets = _smoothed(labels[order[part]], classes, recipe.label_smoothing)
            if recipe.mixing:
                inputs, targets = _mixed(inputs, targets, recipe.mixing, rng)
            figures = step(inputs[..., None], targets)
            loss, right = loss + float(figures[0]), right + float(figures[1])
        report(epoch + 1, {"loss": loss / steps, "accuracy": right / steps, **(watched() if watched else {})})
    step.keep_average()
    _measure_statistics(
        model, (to_float(rows[rng.integers(len(rows), size=batch)]) for _ in range(_STATISTICS_BATCHES))
    )


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
    )
    return keras.optimizers.AdamW(schedule, weight_decay=recipe.weight_decay)


def _smoothed(labels: NDArray[np.int64], classes: int, smoothing: float) -> Floats:
    targets = np.full((len(labels), classes), smoothing / classes, np.float32)
    targets[np.arange(len(labels)), labels] += 1 - smoothing
    return targets


def _masked(inputs: Floats, recipe: Recipe, rng: np.random.Generator) -> Floats:
    """SpecAugment and a shift along the bands. inputs: (batch, frames, mels), a copy that may be changed."""
    batch, frames, mels = inputs.shape
    if recipe.band_shift:
        shift = rng.integers(-recipe.band_shift, recipe.band_shift + 1, (batch, 1))
        source = np.clip(np.arange(mels) - shift, 0, mels - 1)
        inputs = np.take_along_axis(inputs, source[:, None, :], axis=2)
    for axis, size, longest in ((1, frames, recipe.time_mask), (2, mels, recipe.band_mask)):
        for _ in range(2):
            length = rng.integers(0, longest + 1, (batch, 1))
            start = rng.integers(0, size - length + 1)
            place = np.arange(size)
            hidden = (place >= start) & (place < start + length)
            inputs[np.broadcast_to(np.expand_dims(hidden, 3 - axis), inputs.shape)] = 0
    return inputs


def _mixed(inputs: Floats, targets: Floats, share: float, rng: np.random.Generator) -> tuple[Floats, Floats]:
    other = rng.permutation(len(inputs))
    weight = np.where(rng.random(len(inputs)) < share, rng.beta(0.4, 0.4, len(inputs)), 1).astype(np.float32)
    inputs = inputs * weight[:, None, None] + inputs[other] * (1 - weight[:, None, None])
    return inputs, targets * weight[:, None] + targets[other] * (1 - weight[:, None])
