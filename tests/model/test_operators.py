"""Each operator of the engine against TensorFlow Lite Micro, in any shape and at any scale. The wheel is the judge."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from studio.model.image import build_image
from studio.model.plan import plan
from studio.native.engine import Engine

ROWS = 6
SEEDS = st.integers(0, 2**32 - 1)
SIZES = st.integers(1, 9)
# The writer is one for the whole session on purpose: it holds nothing.
quick = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def assert_equal(tflite, tflm, seed=0):
    """Every operator's output, for noise, for walks and for the two extremes."""
    planned = plan(tflite)
    engine = Engine(build_image(planned))
    rng = np.random.default_rng(seed)
    rows = rng.integers(-128, 128, (ROWS, planned.input.bytes)).astype(np.int8)
    rows[0], rows[1] = -128, 127
    rows[2] = np.clip(np.cumsum(rng.normal(0, 6, planned.input.bytes)), -128, 127)
    interpreter = tflm(tflite)
    for row in rows:
        interpreter.set_input(row.reshape(planned.input.shape), 0)
        interpreter.invoke()
        for operator, ours in zip(planned.operators, engine.tap(row), strict=True):
            theirs = interpreter.GetTensor(operator.output, 0)["tensor_data"].ravel()
            assert np.array_equal(ours, theirs), operator
        assert np.array_equal(engine.run(row[None])[0], interpreter.get_output(0).ravel())


def scale(rng):
    return float(np.float32(np.exp(rng.uniform(-7, 1))))


def quantised(writer, rng, shape, **fields):
    return writer.Tensor(shape, [scale(rng)], [int(rng.integers(-128, 128))], **fields)


def out_size(size, filter_size, stride, dilation, same):
    return -(-size // stride) if same else (size - (filter_size - 1) * dilation - 1) // stride + 1


@st.composite
def windows(draw, dilated=True):
    """Height, width, filter, stride, dilation, whether the padding is SAME; such that there is an output."""
    same = draw(st.booleans())
    filters, strides = (
        (draw(st.integers(1, 5)), draw(st.integers(1, 5))),
        (draw(st.integers(1, 3)), draw(st.integers(1, 3))),
    )
    dilations = (draw(st.integers(1, 3)), draw(st.integers(1, 3))) if dilated else (1, 1)
    sizes = []
    for f, d in zip(filters, dilations, strict=True):
        least = 1 if same else (f - 1) * d + 1
        sizes.append(draw(st.integers(least, least + 8)))
    return tuple(sizes), filters, strides, dilations, same


def weighted(writer, rng, kind, in_shape, weight_shape, out_shape, axis, options):
    """A model of one operator with weights, scaled so that most outputs lie inside int8, per channel or not."""
    channels = weight_shape[axis]
    per_channel = bool(rng.integers(0, 2))
    scales = [scale(rng) for _ in range(channels if per_channel else 1)]
    taps = np.prod(weight_shape) // channels
    source = quantised(writer, rng, in_shape)
    result = quantised(writer, rng, out_shape)
    result.scales = [float(np.float32(source.scales[0] * np.mean(scales) * np.sqrt(taps) * rng.uniform(10, 150)))]
    if rng.integers(0, 8) == 0:
        result.scales = [float(np.float32(source.scales[0] * np.mean(scales) / 3))]  # a multiplier above 1
    weights = writer.Tensor(
        weight_shape, scales, [0] * len(scales), axis, rng.integers(-127, 128, weight_shape).astype(np.int8)
    )
    bias_scales = [float(np.float32(source.scales[0] * s)) for s in scales]
    bias = writer.Tensor(
        [channels], bias_scales, [0] * len(scales), 0, rng.integers(-20000, 20000, channels).astype("<i4"), "int32"
    )
    # The wheel crashes on a depthwise convolution without a bias, which the converter never writes.
    has_bias = kind == "DEPTHWISE_CONV_2D" or rng.integers(0, 4) > 0
    operator = writer.Operator(kind, [0, 1, 2 if has_bias else -1], 3, options)
    return writer.write([source, weights, bias, result], [operator])


@quick
@given(windows(), SIZES, SIZES, st.sampled_from([0, 1, 2, 3]), SEEDS)
def test_convolution_equals_tflm(tflite_writer, tflm, window, depth, filters, activation, seed):
    sizes, filter_size, stride, dilation, same = window
    out = [out_size(*z, same) for z in zip(sizes, filter_size, stride, dilation, strict=True)]
    options = [(0, "Int8", 0 if same else 1), (1, "Int32", stride[1]), (2, "Int32", stride[0]),
               (3, "Int8", activation), (4, "Int32", dilation[1]), (5, "Int32", dilation[0])]  # fmt: skip
    tflite = weighted(
        tflite_writer, np.random.default_rng(seed), "CONV_2D", [1, *sizes, depth], [filters, *filter_size, depth],
        [1, *out, filters], 0, options,
    )  # fmt: skip
    assert_equal(tflite, tflm, seed)


@quick
@given(windows(), st.integers(1, 20), st.integers(1, 3), st.sampled_from([0, 1, 3]), SEEDS)
def test_depthwise_convolution_equals_tflm(tflite_writer, tflm, window, depth, multiplier, activation, seed):
    sizes, filter_size, stride, dilation, same = window
    out = [out_size(*z, same) for z in zip(sizes, filter_size, stride, dilation, strict=True)]
    channels = depth * multiplier
    options = [(0, "Int8", 0 if same else 1), (1, "Int32", stride[1]), (2, "Int32", stride[0]),
               (3, "Int32", multiplier), (4, "Int8", activation), (5, "Int32", dilation[1]),
               (6, "Int32", dilation[0])]  # fmt: skip
    tflite = weighted(
        tflite_writer, np.random.default_rng(seed), "DEPTHWISE_CONV_2D", [1, *sizes, depth],
        [1, *filter_size, channels], [1, *out, channels], 3, options,
    )  # fmt: skip
    assert_equal(tflite, tflm, seed)


@quick
@given(st.integers(1, 200), st.integers(1, 30), st.sampled_from([0, 1, 3]), SEEDS)
def test_fully_connected_equals_tflm(tflite_writer, tflm, depth, outputs, activation, seed):
    options = [(0, "Int8", activation), (1, "Int8", 0)]
    rng = np.random.default_rng(seed)
    tflite = weighted(tflite_writer, rng, "FULLY_CONNECTED", [1, depth], [outputs, depth], [1, outputs], 0, options)
    assert_equal(tflite, tflm, seed)


@quick
@given(
    windows(dilated=False),
    SIZES,
    st.sampled_from(["AVERAGE_POOL_2D", "MAX_POOL_2D"]),
    st.sampled_from([0, 1, 3]),
    SEEDS,
)
def test_pooling_equals_tflm(tflite_writer, tflm, window, channels, kind, activation, seed):
    sizes, filter_size, stride, dilation, same = window
    out = [out_size(*z, same) for z in zip(sizes, filter_size, stride, dilation, strict=True)]
    source = quantised(tflite_writer, np.random.default_rng(seed), [1, *sizes, channels])
    result = tflite_writer.Tensor([1, *out, channels], source.scales, source.zero_points)
    options = [(0, "Int8", 0 if same else 1), (1, "Int32", stride[1]), (2, "Int32", stride[0]),
               (3, "Int32", filter_size[1]), (4, "Int32", filter_size[0]), (5, "Int8", activation)]  # fmt: skip
    assert_equal(tflite_writer.write([source, result], [tflite_writer.Operator(kind, [0], 1, options)]), tflm, seed)


@quick
@given(st.integers(1, 30), st.integers(1, 30), SIZES, st.booleans(), SEEDS)
def test_mean_equals_tflm(tflite_writer, tflm, height, width, channels, keep, seed):
    rng = np.random.default_rng(seed)
    source = quantised(tflite_writer, rng, [1, height, width, channels])
    result = quantised(tflite_writer, rng, [1, 1, 1, channels] if keep else [1, channels])
    result.scales = [float(np.float32(source.scales[0] * rng.uniform(0.2, 2)))]
    axes = tflite_writer.Tensor([2], values=np.array([1, 2], "<i4"), dtype="int32")
    operator = tflite_writer.Operator("MEAN", [0, 1], 2, [(0, "Bool", keep)])
    assert_equal(tflite_writer.write([source, axes, result], [operator]), tflm, seed)


@quick
@given(st.integers(1, 30), st.integers(1, 30), SIZES, SEEDS)
def test_the_largest_of_a_picture_equals_tflm(tflite_writer, tflm, height, width, channels, seed):
    source = quantised(tflite_writer, np.random.default_rng(seed), [1, height, width, channels])
    result = tflite_writer.Tensor([1, channels], source.scales, source.zero_points)
    axes = tflite_writer.Tensor([2], values=np.array([1, 2], "<i4"), dtype="int32")
    operator = tflite_writer.Operator("REDUCE_MAX", [0, 1], 2, [(0, "Bool", False)])
    assert_equal(tflite_writer.write([source, axes, result], [operator]), tflm, seed)


@quick
@given(st.integers(1, 3), st.integers(1, 60), st.floats(-9, 2), st.sampled_from([1.0, 0.5]), SEEDS)
def test_softmax_equals_tflm(tflite_writer, tflm, rows, channels, log_scale, beta, seed):
    source = tflite_writer.Tensor([1, rows, channels], [float(np.float32(np.exp(log_scale)))], [7])
    result = tflite_writer.Tensor([1, rows, channels], [1 / 256], [-128])
    operator = tflite_writer.Operator("SOFTMAX", [0], 1, [(0, "Float32", beta)])
    assert_equal(tflite_writer.write([source, result], [operator]), tflm, seed)


@quick
@given(SIZES, SIZES, SIZES, st.sampled_from([0, 1, 3]), SEEDS)
def test_add_equals_tflm(tflite_writer, tflm, height, width, channels, activation, seed):
    """The input and its maximum of 2 x 2, each at a scale of its own."""
    rng = np.random.default_rng(seed)
    shape = [1, height, width, channels]
    source = quantised(tflite_writer, rng, shape)
    table = quantised(tflite_writer, rng, shape)
    table.scales = [float(np.float32(source.scales[0] * np.exp(rng.uniform(-3, 3))))]
    result = quantised(tflite_writer, rng, shape)
    result.scales = [float(np.float32((source.scales[0] + table.scales[0]) * rng.uniform(0.3, 2)))]
    operators = [
        tflite_writer.Operator("QUANTIZE", [0], 1),
        tflite_writer.Operator("ADD", [0, 1], 2, [(0, "Int8", activation)]),
    ]
    assert_equal(tflite_writer.write([source, table, result], operators), tflm, seed)


@quick
@given(SIZES, SIZES, SIZES, st.permutations([0, 1, 2, 3]), SEEDS)
def test_transpose_equals_tflm(tflite_writer, tflm, height, width, channels, order, seed):
    shape = [1, height, width, channels]
    source = quantised(tflite_writer, np.random.default_rng(seed), shape)
    permutation = tflite_writer.Tensor([4], values=np.array(order, "<i4"), dtype="int32")
    result = tflite_writer.Tensor([shape[axis] for axis in order], source.scales, source.zero_points)
    operator = tflite_writer.Operator("TRANSPOSE", [0, 1], 2)
    assert_equal(tflite_writer.write([source, permutation, result], [operator]), tflm, seed)


@quick
@given(SIZES, SIZES, SIZES, st.tuples(*[st.integers(0, 4)] * 4), SEEDS)
def test_pad_equals_tflm(tflite_writer, tflm, height, width, channels, amounts, seed):
    top, bottom, left, right = amounts
    source = quantised(tflite_writer, np.random.default_rng(seed), [1, height, width, channels])
    paddings = np.array([[0, 0], [top, bottom], [left, right], [0, 0]], "<i4")
    constant = tflite_writer.Tensor([4, 2], values=paddings, dtype="int32")
    shape = [1, height + top + bottom, width + left + right, channels]
    result = tflite_writer.Tensor(shape, source.scales, source.zero_points)
    operator = tflite_writer.Operator("PAD", [0, 1], 2)
    assert_equal(tflite_writer.write([source, constant, result], [operator]), tflm, seed)


@pytest.mark.parametrize("kind", ["RELU", "RELU6", "LEAKY_RELU", "LOGISTIC", "TANH", "QUANTIZE"])
@quick
@given(st.floats(-8, 1), st.floats(-2, 2), st.integers(-128, 127), st.integers(-128, 127), st.floats(0.01, 0.9))
def test_a_function_of_one_value_equals_tflm_on_every_value(
    tflite_writer, tflm, kind, log_scale, log_ratio, source_zero, result_zero, slope
):
    source_scale = float(np.float32(np.exp(log_scale)))
    source = tflite_writer.Tensor([1, 16, 16], [source_scale], [source_zero])
    result_of = {"LOGISTIC": (1 / 256, -128), "TANH": (1 / 128, 0), "RELU6": (source_scale, source_zero)}
    given_scale = float(np.float32(source_scale * np.exp(log_ratio)))
    result_scale, zero = result_of.get(kind, (given_scale, result_zero))
    result = tflite_writer.Tensor([1, 16, 16], [result_scale], [zero])
    operator = tflite_writer.Operator(kind, [0], 1, [(0, "Float32", slope)])
    tflite = tflite_writer.write([source, result], [operator])
    interpreter = tflm(tflite)
    every = np.arange(-128, 128).astype(np.int8)
    interpreter.set_input(every.reshape(1, 16, 16), 0)
    interpreter.invoke()
    ours = Engine(build_image(plan(tflite))).run(every[None])[0]
    assert np.array_equal(ours, interpreter.get_output(0).ravel())
