"""Model images: what goes in comes out, damage is told, and what does not belong together is refused."""

import hashlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.core.errors import InvalidInput
from studio.model.image import Decision, build_image, read_image
from studio.model.plan import plan
from studio.native.engine import Engine, RefusedImage, listening

decisions = st.builds(
    Decision,
    smooth=st.integers(1, 16),
    threshold=st.integers(0, 255),
    refractory_ms=st.integers(0, 65_535),
    hop_samples=st.integers(1, 2**32 - 1),
    background=st.one_of(st.none(), st.integers(0, 63)),
    unknown=st.one_of(st.none(), st.integers(0, 63)),
)
RULE = Decision(3, 200, 700, 1600, background=0, unknown=1)
CLASSES = ["silence", "unknown", "yes", "nö"]


@pytest.fixture(scope="module")
def planned(shared_data):
    return plan((shared_data / "models/micro_speech_quantized.tflite").read_bytes())


@given(decisions)
def test_a_decision_rule_survives_the_image_and_json(rule):
    assert Decision.unpack(rule.pack()) == rule
    assert Decision.from_dict(rule.to_dict()) == rule


@pytest.mark.parametrize(
    "wrong", [{"smooth": 0}, {"smooth": 17}, {"threshold": 256}, {"hop_samples": 0}, {"unknown": 64}, {"smooth": 1.5}]
)
def test_a_rule_outside_its_ranges_is_refused(wrong):
    with pytest.raises(InvalidInput, match=next(iter(wrong))):
        Decision.from_dict({**RULE.to_dict(), **wrong})


def test_what_went_in_comes_out(planned):
    golden = np.arange(1960).astype(np.int8).reshape(49, 40)
    image = build_image(planned, front_end=b"front", classes=CLASSES, decision=RULE, golden_input=golden)
    content = read_image(image)
    assert (content.front_end, content.classes, content.decision) == (b"front", tuple(CLASSES), RULE)
    assert content.arena_bytes == planned.arena_bytes
    assert content.golden is not None
    given_input, expected = content.golden
    assert np.array_equal(given_input, golden.ravel())
    assert np.array_equal(Engine(image).run(given_input[None])[0], expected)
    assert build_image(planned, front_end=b"front", classes=CLASSES, decision=RULE, golden_input=golden) == image


def test_the_digest_covers_all_but_itself(planned):
    image = build_image(planned)
    assert image[16:48] == hashlib.sha256(image[:16] + image[48:]).digest()
    for at in (5, 13, 20, 60, len(image) // 2, len(image) - 1):
        damaged = bytearray(image)
        damaged[at] ^= 1
        with pytest.raises(RefusedImage):
            read_image(bytes(damaged))


@pytest.mark.parametrize("end", [0, 1, 47, 48, 100, -1])
def test_a_part_of_an_image_is_refused(planned, end):
    with pytest.raises(RefusedImage):
        Engine(build_image(planned)[:end])


def test_a_newer_image_is_refused_as_newer(planned):
    image = bytearray(build_image(planned))
    image[4] = 2
    with pytest.raises(RefusedImage) as refused:
        Engine(bytes(image))
    assert refused.value.status == -3


@pytest.mark.parametrize(
    "fields",
    [
        {"classes": ["a", "b"]},
        {"classes": ["a", "b", "", "d"]},
        {"classes": ["a", "b", "c", "x" * 256]},
        {"decision": Decision(1, 1, 1, 1, background=4)},
        {"golden_input": np.zeros(5, np.int8)},
        {"golden_input": np.zeros(1960, np.int16)},
    ],
)
def test_what_does_not_go_with_the_model_is_refused(planned, fields):
    with pytest.raises(InvalidInput):
        build_image(planned, **fields)


def test_a_damaged_front_end_is_refused():
    with pytest.raises(RefusedImage):
        listening(b"front")
