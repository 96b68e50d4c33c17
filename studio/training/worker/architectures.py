"""Networks small enough for a microcontroller, of operators that the C engine has."""

import keras
from keras import layers


def ds_cnn(
    shape: tuple[int, int],
    classes: int,
    *,
    filters: int = 64,
    blocks: int = 4,
    reduced: int = 0,
    dropout: float = 0.2,
    seed: int = 1,
) -> keras.Model:
    """Depthwise separable convolutions (Zhang et al. 2017) from features (frames, mels, 1) to logits (classes,).

    The first block halves both axes once more: a third of the multiplications and of the time to train, and no loss of
    accuracy measured. Convolutions have no bias, which batch normalisation would take away again; the converter folds
    both into one.
    """
    draw = iter(range(seed * 1000, seed * 1000 + 999))
    inputs = keras.Input((*shape, 1))
    x = layers.Conv2D(filters, (10, 4), strides=2, padding="same", use_bias=False, kernel_initializer=_he(next(draw)))(
        inputs
    )
    x = _normalised(x)
    for block in range(blocks):
        x = layers.DepthwiseConv2D(
            3,
            strides=2 if block == reduced else 1,
            padding="same",
            use_bias=False,
            depthwise_initializer=_he(next(draw)),
        )(x)
        x = _normalised(x)
        x = layers.Conv2D(filters, 1, use_bias=False, kernel_initializer=_he(next(draw)))(x)
        x = _normalised(x)
    x = layers.GlobalAveragePooling2D()(x)
    x = layers.Dropout(dropout, seed=next(draw))(x)
    logits = layers.Dense(classes, kernel_initializer=keras.initializers.GlorotUniform(next(draw)))(x)
    return keras.Model(inputs, logits)


def with_softmax(model: keras.Model) -> keras.Model:
    """The same network, sharing its weights, with scores 0..1 as output."""
    return keras.Model(model.inputs, layers.Softmax()(model.outputs[0]))


def _normalised(x: keras.KerasTensor) -> keras.KerasTensor:
    return layers.ReLU()(layers.BatchNormalization(momentum=0.95)(x))


def _he(seed: int) -> keras.Initializer:
    return keras.initializers.HeNormal(seed)
