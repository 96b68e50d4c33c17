"""Files of sound from elsewhere, whatever is in them."""

import io
import tempfile
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.core.errors import InvalidInput
from studio.dataset.measuring import measure
from studio.dataset.sound_files import bring_in, cut_out, look
from studio.features.windows import Clip, read_clip


def _encoded(container: str, subtype: str | None) -> bytes:
    file = io.BytesIO()
    samples = np.random.default_rng(5).normal(0, 0.1, 2_000)
    soundfile.write(file, samples, 16_000, format=container, subtype=subtype)
    return file.getvalue()


FORMS = [("WAV", "PCM_16"), ("WAV", "FLOAT"), ("WAVEX", "PCM_24"), ("FLAC", None), ("OGG", None), ("AIFF", None)]
SOUNDS = [_encoded(*form) for form in FORMS]
CHANGES = st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), max_size=12)


@settings(max_examples=150, deadline=None)
@given(st.integers(0, len(SOUNDS) - 1), CHANGES, st.integers(0, 10_000), st.booleans())
def test_a_mutated_file_is_refused_or_becomes_a_recording_that_can_be_read(form, changes, length, in_header):
    content = bytearray(SOUNDS[form][: max(1, length)])
    for place, value in changes:
        content[place % (min(60, len(content)) if in_header else len(content))] = value
    with tempfile.TemporaryDirectory() as name:
        source, target = Path(name) / "in.wav", Path(name) / "out.wav"
        source.write_bytes(content)
        try:
            brought = bring_in(source, target)
        except InvalidInput:
            assert sorted(path.name for path in Path(name).iterdir()) == ["in.wav"]
            return
        assert sorted(path.name for path in Path(name).iterdir()) == ["in.wav", "out.wav"]
        assert look(target) == brought.info
        assert measure(target).samples == brought.info.samples
        assert len(read_clip(Clip(target, rate_hz=brought.info.rate_hz), brought.info.rate_hz)) == brought.info.samples


def test_floating_point_beyond_all_limits_is_limited(tmp_path):
    values = np.array([0.5, 1e34, -1e34, np.nan, np.inf], np.float32)
    soundfile.write(tmp_path / "in.wav", values, 16_000, subtype="FLOAT")
    bring_in(tmp_path / "in.wav", tmp_path / "out.wav")
    expected = [16_384, 32_767, -32_768, 0, 32_767]
    assert soundfile.read(tmp_path / "out.wav", dtype="int16")[0].tolist() == expected
    assert read_clip(Clip(tmp_path / "in.wav"), 16_000).tolist() == expected


@pytest.mark.parametrize("subtype", ["PCM_U8", "PCM_16", "PCM_24", "PCM_32", "ULAW"])
def test_whole_numbers_of_any_width_stay_as_they_are(tmp_path, subtype):
    source = tmp_path / "in.wav"
    source.write_bytes(_encoded("WAV", subtype))
    assert bring_in(source, tmp_path / "out.wav").info.encoding == subtype
    assert (tmp_path / "out.wav").read_bytes() == source.read_bytes()


def test_a_span_is_cut_to_the_sample(tmp_path):
    source = tmp_path / "in.wav"
    source.write_bytes(_encoded("WAV", "PCM_16"))
    cut_out(source, 100, 350, tmp_path / "cut.wav")
    np.testing.assert_array_equal(
        soundfile.read(tmp_path / "cut.wav", dtype="int16")[0], soundfile.read(source, dtype="int16")[0][100:350]
    )


def test_channels_have_a_name_each(tmp_path):
    soundfile.write(tmp_path / "in.wav", np.zeros((100, 2), np.int16) + 3, 44_100)
    assert look(tmp_path / "in.wav").channel_names == ("audio1", "audio2")
