"""Other people's models: every operator's output for 20 inputs, as the tflite-micro wheel gave it in November 2026.

The hashes were made with the wheel alone, so the engine is held to them where the wheel cannot be installed, too.
"""

import hashlib
import math
from dataclasses import replace

import numpy as np
import pytest

from studio.model.image import build_image
from studio.model.operators import CONV, DEPTHWISE
from studio.model.peers import compare_outputs, compare_with_tflm, probing_inputs, run_core
from studio.model.plan import plan
from studio.native.engine import Engine, RefusedImage

INPUTS = 20
GOLDEN = {
    "ad01_int8": "f100aaa5aa6d5ad03d641bda0f7b5243aa16213052db17493be7d3ebf1890fef",
    "hello_world_int8": "ef17e047537f7d3823e95867037d128e13b2f7de63ffb9b4015bb07355d1a3cd",
    "ic_resnet_int8": "3f4398e2828fc570db8a76a369fbc6f9589f2df506f4477b9d49538f6adaed11",
    "kws_ref_model": "5082758ce47c1d3bfb6caf080a34970aa8144cf071d0166fd6474574074a38e9",
    "micro_speech_quantized": "8209af9d4eceda1b57c0d56e7ae2406ab97beac56b5d2b9b38ce50cf0ef6a527",
    "vww_96_int8": "c500848794de42ab678cc4ba829f3d50f62eae0cda8a961213d649faacd582db",
    "wand_gestures_int8": "3c817055c2f175fa2ca156200ec92862f389a7ae9abbbb48c430c316aed63817",
}


@pytest.fixture(params=GOLDEN)
def model(request, shared_data):
    name = request.param
    return name, (shared_data / "models" / f"{name}.tflite").read_bytes()


def test_every_operator_gives_what_tflm_gave(model):
    name, tflite = model
    planned = plan(tflite)
    engine = Engine(build_image(planned))
    digest = hashlib.sha256()
    for row in probing_inputs(planned.input, INPUTS):
        taps = engine.tap(row)
        for values in taps:
            digest.update(values.tobytes())
        assert np.array_equal(taps[-1], engine.run(row[None])[0])
    assert digest.hexdigest() == GOLDEN[name]


def test_the_wheel_still_gives_what_it_gave(model, tflm):
    name, tflite = model
    planned = plan(tflite)
    interpreter = tflm(tflite)
    digest = hashlib.sha256()
    for row in probing_inputs(planned.input, INPUTS):
        interpreter.set_input(row.reshape(planned.input.shape), 0)
        interpreter.invoke()
        for operator in planned.operators:
            digest.update(interpreter.GetTensor(operator.output, 0)["tensor_data"].tobytes())
    assert digest.hexdigest() == GOLDEN[name]


def test_compare_finds_the_value_that_differs(shared_data, tflm, monkeypatch):
    tflite = (shared_data / "models/micro_speech_quantized.tflite").read_bytes()
    planned = plan(tflite)
    inputs = probing_inputs(planned.input, 3)
    assert compare_with_tflm(planned, tflite, inputs).differing == 0
    honest = Engine.tap

    def lying(self, row):
        taps = honest(self, row)
        taps[1][3] += 1
        return taps

    monkeypatch.setattr(Engine, "tap", lying)
    found = compare_with_tflm(planned, tflite, inputs)
    assert found.differing == 3
    assert found.first is not None
    assert (found.first.operator, found.first.index) == ("2 FULLY_CONNECTED", 3)
    assert abs(found.first.engine - found.first.reference) in {1, 255}


def test_compare_names_the_first_output_that_a_board_gives_otherwise(shared_data):
    planned = plan((shared_data / "models/kws_ref_model.tflite").read_bytes())
    inputs = probing_inputs(planned.input, 3)
    theirs = Engine(build_image(planned)).run(inputs)
    assert compare_outputs(planned, theirs, inputs).differing == 0
    theirs[1, 7] ^= 1
    found = compare_outputs(planned, theirs, inputs)
    assert (found.values, found.differing) == (36, 1)
    assert found.first is not None
    assert (found.first.operator, found.first.index, found.first.reference) == ("12 SOFTMAX", 7, theirs[1, 7])


@pytest.mark.parametrize(
    ("name", "arena_bytes", "apart_bytes"),
    [("kws_ref_model", 8_448, 16_000), ("vww_96_int8", 36_880, 55_296), ("ic_resnet_int8", 33_312, 49_152),
     ("wand_gestures_int8", 3_826, 5_696)],
)  # fmt: skip
def test_the_arena_is_the_least_that_operators_can_do_with(shared_data, name, arena_bytes, apart_bytes):
    """apart_bytes: where no output lies over its input, as ANCHORS.md has it, found there by another planner."""
    planned = plan((shared_data / "models" / f"{name}.tflite").read_bytes())
    assert planned.arena_bytes == planned.arena_lower_bound_bytes == arena_bytes < apart_bytes


def test_the_core_refuses_an_output_that_lies_over_what_is_still_to_be_read(shared_data):
    """Of each operator whose output lies over its input, moved by 4 bytes towards it."""
    planned = plan((shared_data / "models/kws_ref_model.tflite").read_bytes())
    moved = 0
    for operator in planned.operators:
        if operator.lead is None or operator.kind not in (CONV, DEPTHWISE):
            continue
        source, result = planned.places[operator.input], planned.places[operator.output]
        nearer = result - 4 if operator.backwards else result + 4
        needed = operator.lead.backwards if operator.backwards else operator.lead.forwards
        assert needed is not None
        ends = result + operator.output_bytes - source - math.prod(operator.in_shape)
        if (ends if operator.backwards else source - result) - needed >= 4:
            continue  # it has room
        wrong = replace(
            planned, places={**planned.places, operator.output: nearer}, arena_bytes=planned.arena_bytes + 4
        )
        with pytest.raises(RefusedImage):
            build_image(replace(wrong, operators=(operator,)))
        moved += 1
    assert moved > 4


def test_a_row_does_not_depend_on_the_rows_before(shared_data):
    tflite = (shared_data / "models/kws_ref_model.tflite").read_bytes()
    rows = probing_inputs(plan(tflite).input, 6)
    together = run_core(tflite, rows)
    assert together.shape == (6, 12)
    assert np.array_equal(together[::-1], run_core(tflite, rows[::-1]))
