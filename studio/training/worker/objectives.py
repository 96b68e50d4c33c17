"""What a network is fitted to: telling classes apart, or predicting a value."""

from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from studio.training.worker.architectures import with_softmax

Floats = NDArray[np.float32]


class Objective(Protocol):
    """outputs: of the network. classes: how many there are to tell apart, 0 for a value."""

    @property
    def outputs(self) -> int: ...
    @property
    def classes(self) -> int: ...
    def targets(self, truth: NDArray[Any]) -> Floats:
        """float32 (n, outputs) of what is stored for each take."""

    def loss(self, wanted: tf.Tensor, given: tf.Tensor) -> tf.Tensor:
        """A scalar, of (n, outputs)."""

    def right(self, wanted: tf.Tensor, given: tf.Tensor) -> tf.Tensor:
        """A scalar: the share that is right, 1 the best."""

    def finished(self, model: keras.Model) -> keras.Model:
        """The network as it is scored and converted, sharing or changing its weights."""


@dataclass(frozen=True)
class TellApart:
    """truth: the class of each take, int64. smoothing: what all classes share of a target."""

    classes: int
    smoothing: float = 0.0

    @property
    def outputs(self) -> int:
        return self.classes

    def targets(self, truth: NDArray[Any]) -> Floats:
        targets = np.full((len(truth), self.classes), self.smoothing / self.classes, np.float32)
        targets[np.arange(len(truth)), truth] += 1 - self.smoothing
        return targets

    def loss(self, wanted: tf.Tensor, given: tf.Tensor) -> tf.Tensor:
        return tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(wanted, given))

    def right(self, wanted: tf.Tensor, given: tf.Tensor) -> tf.Tensor:
        return tf.reduce_mean(tf.cast(tf.argmax(given, 1) == tf.argmax(wanted, 1), tf.float32))

    def finished(self, model: keras.Model) -> keras.Model:
        return with_softmax(model)


@dataclass(frozen=True)
class Predict:
    """truth: a value for each take. The network learns it less `mean`, over `deviation`; both go into its last layer.

    What is right is the share of the values' variance that is explained.
    """

    mean: float
    deviation: float
    outputs: ClassVar[int] = 1
    classes: ClassVar[int] = 0

    @classmethod
    def of(cls, truth: NDArray[Any]) -> "Predict":
        return cls(float(truth.mean()), float(truth.std()) or 1.0)

    def targets(self, truth: NDArray[Any]) -> Floats:
        return ((truth[:, None] - self.mean) / self.deviation).astype(np.float32)

    def loss(self, wanted: tf.Tensor, given: tf.Tensor) -> tf.Tensor:
        """Huber's: a value that is far off, perhaps a wrong label, counts in proportion only."""
        off = tf.abs(wanted - given)
        return tf.reduce_mean(tf.where(off < 1, off * off / 2, off - 0.5))

    def right(self, wanted: tf.Tensor, given: tf.Tensor) -> tf.Tensor:
        spread = tf.reduce_mean(tf.square(wanted - tf.reduce_mean(wanted)))
        return tf.maximum(0.0, 1 - tf.reduce_mean(tf.square(wanted - given)) / tf.maximum(spread, 1e-6))

    def finished(self, model: keras.Model) -> keras.Model:
        last = model.layers[-1]
        kernel, bias = last.get_weights()
        last.set_weights([kernel * self.deviation, bias * self.deviation + self.mean])
        return model
