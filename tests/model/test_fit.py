"""Fit and cost: what is too big is named with by how much, and the energies follow from the table of the slides."""

from dataclasses import replace

import pytest

from studio.boards.board_table import load_board
from studio.features.blocks import LogMel
from studio.model.fit import NETWORK_SHARE, DoesNotFit, about_ms, energy_pj, fit, pace
from studio.model.image import build_image
from studio.model.plan import plan
from studio.native.engine import listening


@pytest.fixture(scope="module")
def bundle(shared_data):
    planned = plan((shared_data / "models/micro_speech_quantized.tflite").read_bytes())
    return build_image(planned, front_end=LogMel().pack()), planned


def test_a_board_that_has_exactly_enough_fits(bundle):
    image, planned = bundle
    window = listening(LogMel().pack()).window_bytes
    board = replace(
        load_board("nano33ble"),
        image_slot_bytes=len(image),
        arena_bytes=planned.arena_bytes,
        window_bytes=window,
    )
    found = fit(image, planned, board)
    assert found.fits
    assert found.reasons == ()
    found.require()


@pytest.mark.parametrize(
    ("part", "said"), [("image_slot_bytes", "flash"), ("arena_bytes", "activations"), ("window_bytes", "samples")]
)
def test_says_what_is_too_big_and_by_how_much(bundle, part, said):
    image, planned = bundle
    needed = {
        "image_slot_bytes": len(image),
        "arena_bytes": planned.arena_bytes,
        "window_bytes": listening(LogMel().pack()).window_bytes,
    }[part]
    found = fit(image, planned, replace(load_board("nano33ble"), **{part: needed - 1_234}))
    assert not found.fits
    (reason,) = found.reasons
    assert said in reason
    assert "1,234 bytes" in reason
    with pytest.raises(DoesNotFit) as refused:
        found.require()
    assert refused.value.over_bytes == 1_234


@pytest.mark.parametrize(
    ("macs", "clock_hz", "hop_ms", "keeps_up"),
    [
        (1_000_000, 64_000_000, 100, True),  # 62.5 ms
        (1_300_000, 64_000_000, 200, True),  # 81.25 ms: more than 80 of 100
        (3_709_760, 64_000_000, 300, True),  # 231.9 ms
        (3_709_760, 400_000_000, 100, True),
        (8_000_000, 64_000_000, 500, False),  # 500 ms
    ],
)
def test_a_board_decides_as_often_as_it_keeps_up_with(macs, clock_hz, hop_ms, keeps_up):
    found = pace(macs, clock_hz, (100, 200, 300, 400, 500))
    assert (found.hop_ms, found.keeps_up, found.finest_ms) == (hop_ms, keeps_up, 100)
    assert found.window_ms == about_ms(macs, clock_hz) == macs * 4 / clock_hz * 1000
    assert keeps_up == (found.window_ms <= NETWORK_SHARE * hop_ms)
    assert f"{hop_ms} ms" in str(found)


def test_a_window_needs_ring_frame_features_and_input():
    """One second in frames of 480 samples and 49 x 40 features, reckoned by hand; 320 more samples in the ring."""
    spec = LogMel()
    ring, frame = 16_000 + 320, 480
    assert listening(spec.pack()) == (2 * (ring + frame + 49 * 40 + 49 * 40) + 49 * 40, 32_000)


def test_energy_follows_the_table():
    assert energy_pj(1_000, 256_000, 10_000) == {"compute": 2_800.0, "communicate": 2_560_000_000}
    assert energy_pj(1_000, 256_000, None)["communicate"] is None


def test_what_would_be_sent_is_the_raw_samples(bundle):
    image, planned = bundle
    found = fit(image, planned, load_board("nano33ble"))
    assert found.energy_pj["communicate"] == 16_000 * 16 * 10_000
    without = build_image(planned)
    assert fit(without, planned, load_board("nano33ble")).energy_pj["communicate"] == 1_960 * 8 * 10_000
