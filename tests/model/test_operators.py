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
    complete = {operator.output: step for step, operator in enumerate(planned.operators)}
    for row in rows:
        interpreter.set_input(row.reshape(planned.input.shape), 0)
        interpreter.invoke()
        for step, (operator, ours) in enumerate(zip(planned.operators, engine.tap(row), strict=True)):
            if complete[operator.output] != step:
                continue
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


def weights_of(writer, rng, source, shape, axis):
    """Weights, quantised per channel or not, and biases."""
    channels = shape[axis]
    scales = [scale(rng) for _ in range(channels if rng.integers(0, 2) else 1)]
    weights = writer.Tensor(shape, scales, [0] * len(scales), axis, rng.integers(-127, 128, shape).astype(np.int8))
    bias_scales = [float(np.float32(source.scales[0] * s)) for s in scales]
    bias = writer.Tensor(
        [channels], bias_scales, [0] * len(scales), 0, rng.integers(-20000, 20000, channels).astype("<i4"), "int32"
    )
    return weights, bias


def weighted_result(writer, rng, shape, source, weights):
    """At a scale at which most outputs lie inside int8, or one that asks for a multiplier above 1."""
    taps = np.prod(weights.shape) // weights.shape[weights.axis]
    wide = 1 / 3 if rng.integers(0, 8) == 0 else np.sqrt(taps) * rng.uniform(10, 150)
    result = quantised(writer, rng, shape)
    result.scales = [float(np.float32(source.scales[0] * np.mean(weights.scales) * wide))]
    return result


def weighted(writer, rng, kind, in_shape, weight_shape, out_shape, axis, options):
    """A model of one operator with weights."""
    source = quantised(writer, rng, in_shape)
    weights, bias = weights_of(writer, rng, source, weight_shape, axis)
    result = weighted_result(writer, rng, out_shape, source, weights)
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


def pair_result(writer, rng, kind, shape, source, other):
    """A tensor at a scale at which many of a pair's results lie inside int8."""
    product = source.scales[0] * other.scales[0]
    wide = product * np.exp(rng.uniform(0, 6)) if kind == "MUL" else (source.scales[0] + other.scales[0])
    return writer.Tensor(shape, [float(np.float32(wide * rng.uniform(0.3, 2)))], [int(rng.integers(-128, 128))])


PAIRS = st.sampled_from(["ADD", "SUB", "MUL"])
ACTIVATIONS = st.sampled_from([0, 1, 3])


@quick
@given(PAIRS, SIZES, SIZES, SIZES, ACTIVATIONS, st.booleans(), SEEDS)
def test_two_tensors_of_one_shape_equal_tflm(
    tflite_writer, tflm, kind, height, width, channels, activation, same, seed
):
    """The input and itself at another scale, or the input twice."""
    rng = np.random.default_rng(seed)
    shape = [1, height, width, channels]
    source, other = quantised(tflite_writer, rng, shape), quantised(tflite_writer, rng, shape)
    other.scales = [float(np.float32(source.scales[0] * np.exp(rng.uniform(-3, 3))))]
    result = pair_result(tflite_writer, rng, kind, shape, source, source if same else other)
    operators = [
        tflite_writer.Operator("QUANTIZE", [0], 1),
        tflite_writer.Operator(kind, [0, 0 if same else 1], 2, [(0, "Int8", activation)]),
    ]
    assert_equal(tflite_writer.write([source, other, result], operators), tflm, seed)


@quick
@given(PAIRS, SIZES, SIZES, SIZES, st.booleans(), ACTIVATIONS, SEEDS)
def test_a_tensor_and_its_largest_of_each_channel_equal_tflm(
    tflite_writer, tflm, kind, height, width, channels, turned, activation, seed
):
    """As squeeze and excitation has it; turned, the one that is repeated comes first."""
    rng = np.random.default_rng(seed)
    shape = [1, height, width, channels]
    source = quantised(tflite_writer, rng, shape)
    axes = tflite_writer.Tensor([2], values=np.array([1, 2], "<i4"), dtype="int32")
    largest = tflite_writer.Tensor([1, 1, 1, channels], source.scales, source.zero_points)
    result = pair_result(tflite_writer, rng, kind, shape, source, largest)
    operators = [
        tflite_writer.Operator("REDUCE_MAX", [0, 1], 2, [(0, "Bool", True)]),
        tflite_writer.Operator(kind, [2, 0] if turned else [0, 2], 3, [(0, "Int8", activation)]),
    ]
    assert_equal(tflite_writer.write([source, axes, largest, result], operators), tflm, seed)


@quick
@given(
    PAIRS,
    st.lists(SIZES, min_size=1, max_size=3),
    st.tuples(*[st.booleans()] * 3),
    st.integers(0, 3),
    st.booleans(),
    ACTIVATIONS,
    SEEDS,
)
def test_a_tensor_and_a_constant_equal_tflm(
    tflite_writer, tflm, kind, sizes, repeated, missing, turned, activation, seed
):
    """A constant of the same shape, or of one pixel, one row, one value; of as many axes or fewer."""
    rng = np.random.default_rng(seed)
    shape = [1, *sizes]
    small = [1, *(1 if once else size for size, once in zip(sizes, repeated, strict=False))]
    while missing and len(small) > 1 and small[0] == 1:
        small, missing = small[1:], missing - 1
    source = quantised(tflite_writer, rng, shape)
    values = rng.integers(-128, 128, small).astype(np.int8)
    constant = quantised(tflite_writer, rng, small, values=values)
    result = pair_result(tflite_writer, rng, kind, shape, source, constant)
    order = [1, 0] if turned and kind != "SUB" else [0, 1]
    operator = tflite_writer.Operator(kind, order, 2, [(0, "Int8", activation)])
    assert_equal(tflite_writer.write([source, constant, result], [operator]), tflm, seed)


@quick
@given(st.lists(SIZES, min_size=1, max_size=3), st.data(), SEEDS)
def test_concatenation_equals_tflm(tflite_writer, tflm, sizes, data, seed):
    """The input beside itself longer by some padding, along any axis, named from either end."""
    rng = np.random.default_rng(seed)
    shape = [1, *sizes]
    rank = len(shape)
    axis = data.draw(st.integers(1, rank - 1))
    amounts = np.zeros((rank, 2), "<i4")
    amounts[axis] = data.draw(st.tuples(st.integers(0, 3), st.integers(0, 3)))
    source = quantised(tflite_writer, rng, shape)
    paddings = tflite_writer.Tensor([rank, 2], values=amounts, dtype="int32")
    padded, joined = list(shape), list(shape)
    padded[axis] += int(amounts.sum())
    parts = data.draw(st.lists(st.sampled_from([0, 2]), min_size=1, max_size=5))
    joined[axis] = sum(padded[axis] if part else shape[axis] for part in parts)
    tensors = [source, paddings] + [
        tflite_writer.Tensor(each, source.scales, source.zero_points) for each in (padded, joined)
    ]
    operators = [
        tflite_writer.Operator("PAD", [0, 1], 2),
        tflite_writer.Operator(
            "CONCATENATION", parts, 3, [(0, "Int32", axis - data.draw(st.sampled_from([0, rank]))), (1, "Int8", 0)]
        ),
    ]
    assert_equal(tflite_writer.write(tensors, operators), tflm, seed)


STAGES = st.sampled_from(["CONV_2D", "DEPTHWISE_CONV_2D", "MAX_POOL_2D", "AVERAGE_POOL_2D"])


@quick
@given(st.lists(st.tuples(STAGES, windows(), st.integers(1, 9)), min_size=2, max_size=5), SEEDS)
def test_chains_that_write_over_what_they_read_equal_tflm(tflite_writer, tflm, stages, seed):
    """What is drawn of the sizes is the first's; later ones take what they get, with a filter that fits."""
    rng = np.random.default_rng(seed)
    tensors, operators = [quantised(tflite_writer, rng, [1, 9, 8, 3])], []
    for kind, (_, filter_size, stride, dilation, same), filters in stages:
        at, source = len(tensors) - 1, tensors[-1]
        _, *size, depth = source.shape
        pool = "POOL" in kind
        f = [min(z) for z in zip(filter_size, size, strict=True)]
        d = (1, 1) if pool else [1 if f[i] == 1 or (f[i] - 1) * dilation[i] >= size[i] else dilation[i] for i in (0, 1)]
        out = [out_size(*z, same) for z in zip(size, f, stride, d, strict=True)]
        options = [(0, "Int8", 0 if same else 1), (1, "Int32", stride[1]), (2, "Int32", stride[0])]
        if pool:
            result = tflite_writer.Tensor([1, *out, depth], source.scales, source.zero_points)
            options += [(3, "Int32", f[1]), (4, "Int32", f[0]), (5, "Int8", 0)]
            operators.append(tflite_writer.Operator(kind, [at], at + 1, options))
            tensors.append(result)
            continue
        depthwise = kind == "DEPTHWISE_CONV_2D"
        channels = depth if depthwise else filters
        weight_shape = [1, *f, channels] if depthwise else [filters, *f, depth]
        weights, bias = weights_of(tflite_writer, rng, source, weight_shape, 3 if depthwise else 0)
        multiplier = [(3, "Int32", 1)] if depthwise else []
        first = 3 + len(multiplier)
        options += [*multiplier, (first, "Int8", 0), (first + 1, "Int32", d[1]), (first + 2, "Int32", d[0])]
        result = weighted_result(tflite_writer, rng, [1, *out, channels], source, weights)
        operators.append(tflite_writer.Operator(kind, [at, at + 1, at + 2], at + 3, options))
        tensors += [weights, bias, result]
    assert_equal(tflite_writer.write(tensors, operators), tflm, seed)


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
@given(st.lists(SIZES, min_size=1, max_size=3), st.booleans(), st.data(), SEEDS)
def test_slices_equal_tflm(tflite_writer, tflm, sizes, strided, data, seed):
    """From either end, open or not, a step or several apart, an axis alone."""
    shape = [1, *sizes]
    rank = len(shape)
    begins, ends, steps, out, masks = [], [], [], [], [0, 0, 0]
    for axis, size in enumerate(shape):
        first = data.draw(st.integers(0, size - 1))
        end = data.draw(st.integers(first + 1, size))
        step = data.draw(st.integers(1, 3)) if strided else 1
        choices = [data.draw(st.booleans()) if strided else False for _ in range(3)]
        one = choices[2] and axis > 0
        masks = [mask | chosen << axis for mask, chosen in zip(masks, (*choices[:2], one), strict=True)]
        begins.append(first - size if data.draw(st.booleans()) and strided else first)
        from_end = data.draw(st.booleans()) and strided and end < size
        ends.append(end - size if from_end else end if strided else end - first)
        steps.append(step)
        first, end = 0 if choices[0] else first, size if choices[1] else end
        if not one:
            out.append(-(-(end - first) // step))
    source = quantised(tflite_writer, np.random.default_rng(seed), shape)
    constants = [tflite_writer.Tensor([rank], values=np.array(z, "<i4"), dtype="int32") for z in (begins, ends, steps)]
    result = tflite_writer.Tensor(out, source.scales, source.zero_points)
    used = constants if strided else constants[:2]
    options = [(0, "Int32", masks[0]), (1, "Int32", masks[1]), (4, "Int32", masks[2])] if strided else []
    operator = tflite_writer.Operator(
        "STRIDED_SLICE" if strided else "SLICE", list(range(len(used) + 1)), len(used) + 1, options
    )
    assert_equal(tflite_writer.write([source, *used, result], [operator]), tflm, seed)


@quick
@given(st.lists(SIZES, min_size=1, max_size=3), st.integers(0, 2), st.data(), SEEDS)
def test_pad_equals_tflm(tflite_writer, tflm, sizes, first, data, seed):
    """Along one axis or two that are neighbours, of two to four; filled with nought, or with a value that is given."""
    rng = np.random.default_rng(seed)
    shape = [1, *sizes]
    amounts = np.zeros((len(shape), 2), "<i4")
    last = 1 + first % len(sizes)
    amounts[last] = data.draw(st.tuples(st.integers(0, 4), st.integers(0, 4)))
    if last == 2:  # the axis before it has no more than the batch before itself
        amounts[1] = data.draw(st.tuples(st.integers(0, 4), st.integers(0, 4)))
    source = quantised(tflite_writer, rng, shape)
    paddings = tflite_writer.Tensor(amounts.shape, values=amounts, dtype="int32")
    result = tflite_writer.Tensor(
        [size + int(more.sum()) for size, more in zip(shape, amounts, strict=True)], source.scales, source.zero_points
    )
    value = tflite_writer.Tensor([1], source.scales, source.zero_points, values=rng.integers(-128, 128, 1).astype("i1"))
    if data.draw(st.booleans()):
        tensors, operator = [source, paddings, value, result], tflite_writer.Operator("PADV2", [0, 1, 2], 3)
    else:
        tensors, operator = [source, paddings, result], tflite_writer.Operator("PAD", [0, 1], 2)
    assert_equal(tflite_writer.write(tensors, [operator]), tflm, seed)


@pytest.mark.parametrize("kind", ["RELU", "RELU6", "LEAKY_RELU", "LOGISTIC", "TANH", "HARD_SWISH", "QUANTIZE"])
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
