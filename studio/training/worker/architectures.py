"""Networks small enough for a microcontroller, of operators that the C engine has."""

import itertools
from typing import Any

import keras
import tensorflow as tf
from keras import layers


class _FusedBatchNormalization(layers.BatchNormalization):  # type: ignore[misc]  # Keras is untyped
    """The same layer in TensorFlow's one operator for it, which Keras 3 does not use: half the time to train."""

    def call(self, inputs: Any, training: bool | None = None, mask: Any = None) -> Any:  # noqa: FBT001  as Keras calls it
        if not training:
            return super().call(inputs, training=False, mask=mask)
        outputs, mean, variance = tf.compat.v1.nn.fused_batch_norm(
            inputs, self.gamma, self.beta, epsilon=self.epsilon, is_training=True
        )
        for moving, now in ((self.moving_mean, mean), (self.moving_variance, variance)):
            moving.assign(moving * self.momentum + now * (1 - self.momentum))
        return outputs


def ds_cnn(
    shape: tuple[int, int],
    classes: int,
    *,
    filters: int = 64,
    blocks: int = 4,
    reduced: int = 0,
    dropout: float = 0.2,
    seed: int = 1,
    fused: bool = False,
) -> keras.Model:
    """Depthwise separable convolutions (Zhang et al. 2017) from features (frames, mels, 1) to logits (classes,).

    reduced: the block that halves both axes once more. fused: with faster batch normalisation, to train; its weights
    fit the same network without. Convolutions have no bias, which batch normalisation would take away again; the
    converter folds both into one.
    """
    seeds = itertools.count(seed * 1000)
    normalisation = _FusedBatchNormalization if fused else layers.BatchNormalization

    def convolved(x: keras.KerasTensor, kernel: int | tuple[int, int], strides: int) -> keras.KerasTensor:
        start = keras.initializers.HeNormal(next(seeds))
        x = layers.Conv2D(filters, kernel, strides=strides, padding="same", use_bias=False, kernel_initializer=start)(x)
        return layers.ReLU()(normalisation(momentum=0.95)(x))

    def convolved_by_channel(x: keras.KerasTensor, strides: int) -> keras.KerasTensor:
        start = keras.initializers.HeNormal(next(seeds))
        x = layers.DepthwiseConv2D(3, strides=strides, padding="same", use_bias=False, depthwise_initializer=start)(x)
        return layers.ReLU()(normalisation(momentum=0.95)(x))

    inputs = keras.Input((*shape, 1))
    x = convolved(inputs, (10, 4), 2)
    for block in range(blocks):
        x = convolved_by_channel(x, 2 if block == reduced else 1)
        x = convolved(x, 1, 1)
    x = layers.GlobalAveragePooling2D()(x)
    x = layers.Dropout(dropout, seed=next(seeds))(x)
    logits = layers.Dense(classes, kernel_initializer=keras.initializers.GlorotUniform(next(seeds)))(x)
    return keras.Model(inputs, logits)


def with_softmax(model: keras.Model) -> keras.Model:
    """The same network, sharing its weights, with scores 0..1 as output."""
    return keras.Model(model.inputs, layers.Softmax()(model.outputs[0]))
