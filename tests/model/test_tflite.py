"""Reading graphs: what the converter wrote is found, and what is damaged or not int8 is refused with a reason."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.core.errors import InvalidInput, StudioError
from studio.model.image import build_image
from studio.model.operators import Unsupported
from studio.model.plan import plan
from studio.model.tflite import read_graph


def small_model(writer):
    tensors = [
        writer.Tensor([1, 4], [0.5], [3]),
        writer.Tensor([3, 4], [0.25], [0], values=np.arange(-6, 6).astype(np.int8)),
        writer.Tensor([3], [0.125], [0], values=np.arange(3).astype("<i4"), dtype="int32"),
        writer.Tensor([1, 3], [2.0], [-1]),
    ]
    return writer.write(tensors, [writer.Operator("FULLY_CONNECTED", [0, 1, 2], 3, [(0, "Int8", 1)])])


def test_reads_what_was_written(tflite_writer):
    graph = read_graph(small_model(tflite_writer))
    (operator,) = graph.operators
    assert (operator.kind, operator.options["activation"]) == ("FULLY_CONNECTED", 1)
    assert (graph.inputs[0].shape, graph.inputs[0].scales, graph.inputs[0].zero_points) == ((1, 4), (0.5,), (3,))
    weights = graph.tensors[1].values()
    assert weights.shape == (3, 4)
    assert weights.ravel().tolist() == list(range(-6, 6))
    assert graph.outputs[0].name == "tensor 3"


@settings(max_examples=400, deadline=None)
@given(st.data())
def test_damage_is_refused_and_never_more(tflite_writer, data):
    content = bytearray(small_model(tflite_writer))
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    end = data.draw(st.one_of(st.just(len(content)), st.integers(0, len(content))))
    refused: StudioError | None = None
    try:
        build_image(plan(bytes(content[:end])))
    except StudioError as error:
        refused = error
    assert refused is None or (str(refused) and refused.advice())


@pytest.mark.parametrize("content", [b"", b"TFL3", b"\0\0\0\0TFL3", b"\xff\xff\xff\xffTFL3" * 10, b"RIFF" * 100])
def test_what_is_no_model_is_refused(content):
    with pytest.raises(InvalidInput):
        read_graph(content)


def test_names_the_operator_that_the_engine_lacks(shared_data):
    with pytest.raises(Unsupported, match="SignalWindow"):
        plan((shared_data / "models/audio_preprocessor_int8.tflite").read_bytes())


def test_refuses_a_float_model(tflite_writer):
    tensors = [tflite_writer.Tensor([1, 4], dtype="float32"), tflite_writer.Tensor([1, 4], dtype="float32")]
    with pytest.raises(Unsupported, match="float32"):
        plan(tflite_writer.write(tensors, [tflite_writer.Operator("RELU", [0], 1)]))


def test_refuses_sums_that_may_not_fit_32_bits(tflite_writer):
    tensors = [
        tflite_writer.Tensor([1, 4], [1.0], [0]),
        tflite_writer.Tensor([1, 4], [1.0], [0], values=np.ones((1, 4), np.int8)),
        tflite_writer.Tensor([1], [1.0], [0], values=np.array([2**31 - 1], "<i4"), dtype="int32"),
        tflite_writer.Tensor([1, 1], [1.0], [0]),
    ]
    with pytest.raises(Unsupported, match="32 bits"):
        plan(tflite_writer.write(tensors, [tflite_writer.Operator("FULLY_CONNECTED", [0, 1, 2], 3)]))


def test_refuses_an_operator_that_writes_over_the_input(tflite_writer):
    tensors = [tflite_writer.Tensor([1, 4]), tflite_writer.Tensor([1, 4])]
    operators = [tflite_writer.Operator("RELU", [0], 1), tflite_writer.Operator("RELU", [1], 0)]
    with pytest.raises(InvalidInput, match="there already"):
        plan(tflite_writer.write(tensors, operators))


def test_a_model_of_views_alone_gives_its_input_back(tflite_writer):
    from studio.model.peers import run_core

    tensors = [
        tflite_writer.Tensor([1, 6]),
        tflite_writer.Tensor([2], values=np.array([1, 6], "<i4"), dtype="int32"),
        tflite_writer.Tensor([1, 2, 3]),
    ]
    tflite = tflite_writer.write(tensors, [tflite_writer.Operator("RESHAPE", [0, 1], 2)])
    row = np.arange(6).astype(np.int8)
    assert run_core(tflite, row[None]).tolist() == [[[0, 1, 2], [3, 4, 5]]]


def test_says_how_to_convert_a_dilated_filter_whose_batch_was_left_open(tflite_writer):
    """The converter then writes a batch of 1 where there are two, and TensorFlow Lite Micro half of the output."""
    tensors = [
        tflite_writer.Tensor([1, 8, 3]),
        tflite_writer.Tensor([1], values=np.array([2], "<i4"), dtype="int32"),
        tflite_writer.Tensor([1, 2], values=np.array([0, 0], "<i4"), dtype="int32"),
        tflite_writer.Tensor([1, 4, 3]),
    ]
    with pytest.raises(Unsupported, match="a batch of 1 that is fixed"):
        plan(tflite_writer.write(tensors, [tflite_writer.Operator("SPACE_TO_BATCH_ND", [0, 1, 2], 3)]))


@pytest.mark.parametrize(
    ("kind", "inputs", "options", "said"),
    [
        ("SUB", [1, 0], [(0, "Int8", 0)], "first operand is a constant"),
        ("CONCATENATION", [0, 1], [(0, "Int32", 3), (1, "Int8", 0)], "with a constant"),
        ("PAD", [0, 2], [], "not neighbours"),
        ("STRIDED_SLICE", [0, 3, 4, 5], [], "backwards"),
    ],
)
def test_names_what_the_engine_cannot_do_with_an_operator_it_has(tflite_writer, kind, inputs, options, said):
    def numbers(values):
        return tflite_writer.Tensor(np.shape(values), values=np.array(values, "<i4"), dtype="int32")

    shapes = {"CONCATENATION": [1, 2, 2, 6], "PAD": [1, 4, 2, 5]}
    tensors = [
        tflite_writer.Tensor([1, 2, 2, 3]),
        tflite_writer.Tensor([1, 2, 2, 3], values=np.ones((1, 2, 2, 3), np.int8)),
        numbers([[0, 0], [1, 1], [0, 0], [1, 1]]),
        *(numbers([value] * 4) for value in (0, 1, -1)),
        tflite_writer.Tensor(shapes.get(kind, [1, 2, 2, 3])),
    ]
    with pytest.raises(Unsupported, match=said):
        plan(tflite_writer.write(tensors, [tflite_writer.Operator(kind, inputs, 6, options)]))
