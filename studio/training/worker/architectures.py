"""Keras networks of the layers that studio.training.networks describes."""

import itertools
from collections.abc import Iterator, Sequence
from typing import Any

import keras
import tensorflow as tf
from keras import layers

from studio.training import networks
from studio.training.networks import Layer


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


def build(shape: tuple[int, ...], described: Sequence[Layer], *, seed: int = 1, fused: bool = False) -> keras.Model:
    """From inputs (rows, columns, channels) to logits (outputs,).

    fused: with faster batch normalisation, to train; its weights fit the same network without.
    """
    return _Builder(seed, fused=fused).model(shape, described)


def with_softmax(model: keras.Model) -> keras.Model:
    """The same network, sharing its weights, with scores 0..1 as output."""
    return keras.Model(model.inputs, layers.Softmax()(model.outputs[0]))


class _Builder:
    def __init__(self, seed: int, *, fused: bool) -> None:
        self._seeds: Iterator[int] = itertools.count(seed * 1000)
        self._normalisation = _FusedBatchNormalization if fused else layers.BatchNormalization

    def model(self, shape: tuple[int, ...], described: Sequence[Layer]) -> keras.Model:
        inputs = keras.Input(shape)
        x = inputs
        for layer in described:
            x = self._after(x, layer)
        return keras.Model(inputs, x)

    def _after(self, x: keras.KerasTensor, layer: Layer) -> keras.KerasTensor:
        if layer.kind == networks.CONVOLUTION:
            return self._convolved(x, layer.size, layer.kernel, layer.stride)
        if layer.kind == networks.SEPARABLE:
            return self._convolved(self._by_channel(x, layer.kernel, layer.stride), layer.size)
        if layer.kind == networks.INVERTED:
            return self._bottleneck(x, layer)
        if layer.kind == networks.POOL:
            return layers.MaxPooling2D(layer.kernel, layer.stride)(x)
        if layer.kind == networks.AVERAGE:
            return layers.GlobalAveragePooling2D()(x)
        if layer.kind == networks.FLATTEN:
            return layers.Flatten()(x)
        if layer.kind == networks.DROPOUT:
            return layers.Dropout(layer.rate, seed=next(self._seeds))(x)
        if layer.kind == networks.DENSE:
            start = keras.initializers.HeNormal(next(self._seeds))
            return layers.Dense(layer.size, "relu", kernel_initializer=start)(x)
        return layers.Dense(layer.size, kernel_initializer=keras.initializers.GlorotUniform(next(self._seeds)))(x)

    def _convolved(
        self,
        x: keras.KerasTensor,
        filters: int,
        kernel: tuple[int, int] = (1, 1),
        stride: tuple[int, int] = (1, 1),
        *,
        bent: bool = True,
    ) -> keras.KerasTensor:
        """bent: with ReLU."""
        start = keras.initializers.HeNormal(next(self._seeds))
        x = layers.Conv2D(filters, kernel, strides=stride, padding="same", use_bias=False, kernel_initializer=start)(x)
        x = self._normalisation(momentum=0.95)(x)
        return layers.ReLU()(x) if bent else x

    def _by_channel(self, x: keras.KerasTensor, kernel: tuple[int, int], stride: tuple[int, int]) -> keras.KerasTensor:
        start = keras.initializers.HeNormal(next(self._seeds))
        x = layers.DepthwiseConv2D(kernel, strides=stride, padding="same", use_bias=False, depthwise_initializer=start)(
            x
        )
        return layers.ReLU()(self._normalisation(momentum=0.95)(x))

    def _bottleneck(self, x: keras.KerasTensor, layer: Layer) -> keras.KerasTensor:
        channels = int(x.shape[-1])
        inside = self._convolved(x, channels * layer.times) if layer.times > 1 else x
        inside = self._convolved(self._by_channel(inside, layer.kernel, layer.stride), layer.size, bent=False)
        return layers.Add()([x, inside]) if layer.stride == (1, 1) and channels == layer.size else inside
