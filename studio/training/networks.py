"""Networks small enough for a microcontroller, layer by layer, of operators that the C engine has.

Described without TensorFlow: the worker builds Keras layers by it, and `presets` says what each takes. Convolutions
have no bias, which the batch normalisation after them would take away again; the converter folds both into one.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from studio.core.errors import InvalidInput
from studio.core.text import gettext

CONVOLUTION, SEPARABLE, INVERTED = "convolution", "separable", "inverted"
POOL, AVERAGE, FLATTEN, DROPOUT, DENSE, OUTPUT = "pool", "average", "flatten", "dropout", "dense", "output"

Shape = tuple[int, ...]


@dataclass(frozen=True)
class Layer:
    """kind: convolution (with batch normalisation and ReLU), separable (by channel, then across; likewise), inverted
    (MobileNetV2's bottleneck), pool (the highest), average (over the whole picture), flatten, dropout, dense (with
    ReLU) or output (as many numbers as there are to say).

    size: filters or units, or how many times as many an inverted layer has inside. kernel, stride: rows, columns.
    """

    kind: str
    size: int = 0
    kernel: tuple[int, int] = (1, 1)
    stride: tuple[int, int] = (1, 1)
    times: int = 1
    rate: float = 0.0


def layers_of(architecture: dict[str, Any], outputs: int) -> list[Layer]:
    """architecture: a network's name, `ds_cnn` where there is none, and its options. outputs: how many numbers it says.

    Raises InvalidInput for an unknown name or option.
    """
    options = dict(architecture)
    name = options.pop("name", "ds_cnn")
    if name not in _NETWORKS:
        raise InvalidInput(gettext("The network {name}").format(name=name), gettext("there is none of that name"))
    try:
        return [*_NETWORKS[name](**options), Layer(OUTPUT, outputs)]
    except TypeError as error:
        raise InvalidInput(gettext("The network {name}").format(name=name), str(error)) from error


def input_shape(architecture: dict[str, Any], shape: Shape) -> Shape:
    """(rows, columns, channels) that features of `shape` are for the network: the same values in the same order.

    A convolution over time has its channels side by side; one over pictures and spectrograms has one.
    """
    if architecture.get("name") == "conv1d" and len(shape) == 2:
        return shape[0], 1, shape[1]
    rows, columns = shape if len(shape) == 2 else (1, *shape)
    return rows, columns, 1


def _ds_cnn(filters: int = 64, blocks: int = 4, reduced: int = 0, dropout: float = 0.2) -> list[Layer]:
    """Depthwise separable convolutions (Zhang et al. 2017). reduced: the block that halves both axes once more."""
    separable = [Layer(SEPARABLE, filters, (3, 3), (2, 2) if block == reduced else (1, 1)) for block in range(blocks)]
    return [Layer(CONVOLUTION, filters, (10, 4), (2, 2)), *separable, Layer(AVERAGE), Layer(DROPOUT, rate=dropout)]


def _conv1d(filters: Sequence[int] = (16, 32, 32), taps: int = 5, pool: int = 3, dropout: float = 0.3) -> list[Layer]:
    """Convolutions over time, each halving it. Where in the window something happens still counts at the end."""
    halving = [Layer(CONVOLUTION, size, (taps, 1), (2, 1)) for size in filters]
    return [*halving, Layer(POOL, kernel=(pool, 1), stride=(pool, 1)), Layer(FLATTEN), Layer(DROPOUT, rate=dropout)]


def _small_cnn(filters: Sequence[int] = (16, 24, 32, 48), dropout: float = 0.3) -> list[Layer]:
    """Plain convolutions, of which the first halves the picture and each other one is followed by a pool."""
    layers = [Layer(CONVOLUTION, filters[0], (3, 3), (2, 2))]
    for size in filters[1:]:
        layers += [Layer(CONVOLUTION, size, (3, 3)), Layer(POOL, kernel=(2, 2), stride=(2, 2))]
    return [*layers, Layer(AVERAGE), Layer(DROPOUT, rate=dropout)]


_V1 = ((64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), *((512, 1),) * 5, (1024, 2), (1024, 1))


def _mobilenet_v1(width: float = 0.25, dropout: float = 0.2) -> list[Layer]:
    """Howard et al. 2017. width: so many times as many filters."""
    separable = [Layer(SEPARABLE, _wide(size, width), (3, 3), (stride, stride)) for size, stride in _V1]
    first = Layer(CONVOLUTION, _wide(32, width), (3, 3), (2, 2))
    return [first, *separable, Layer(AVERAGE), Layer(DROPOUT, rate=dropout)]


# Times, filters, how many, and the stride of the first of them.
_V2 = ((1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1))


def _mobilenet_v2(width: float = 0.35, last: int = 320, dropout: float = 0.2) -> list[Layer]:
    """Sandler et al. 2018, with a narrower last convolution: a few classes need no thousand figures."""
    layers = [Layer(CONVOLUTION, _wide(32, width), (3, 3), (2, 2))]
    for times, size, count, first in _V2:
        for number in range(count):
            stride = first if number == 0 else 1
            layers.append(Layer(INVERTED, _wide(size, width), (3, 3), (stride, stride), times))
    return [*layers, Layer(CONVOLUTION, last), Layer(AVERAGE), Layer(DROPOUT, rate=dropout)]


def _dense(units: Sequence[int] = (50, 15), dropout: float = 0.0) -> list[Layer]:
    """What tutorials begin with."""
    dropped = [Layer(DROPOUT, rate=dropout)] if dropout else []
    return [Layer(FLATTEN), *(Layer(DENSE, size) for size in units), *dropped]


def _wide(size: int, width: float) -> int:
    """A multiple of 8, as both papers' authors have it."""
    wide = max(8, int(size * width + 4) // 8 * 8)
    return wide if wide >= 0.9 * size * width else wide + 8


_NETWORKS: dict[str, Callable[..., list[Layer]]] = {
    "ds_cnn": _ds_cnn,
    "conv1d": _conv1d,
    "small_cnn": _small_cnn,
    "mobilenet_v1": _mobilenet_v1,
    "mobilenet_v2": _mobilenet_v2,
    "dense": _dense,
}
