"""WAV files that can be read at any moment, and are repaired after a kill at any byte."""

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from studio.capture import wav_file
from studio.capture.wav_file import HEADER_BYTES, WavFormat, WavWriter, header, repair
from studio.core.errors import InvalidInput

FORM = WavFormat(16_000, 1)


@pytest.fixture
def written(tmp_path, noise):
    """written(n, form): a file of n samples that was closed, and its samples."""

    def write(count, form=FORM):
        path = tmp_path / f"{count}.wav"
        writer = WavWriter(path, form)
        samples = noise(count * form.channels).reshape(count, form.channels)
        writer.append(samples)
        writer.close()
        return path, samples

    return write


@pytest.mark.parametrize("form", [FORM, WavFormat(44_100, 1), WavFormat(48_000, 3)])
def test_another_program_reads_what_was_written(written, form):
    path, samples = written(1000, form)
    read, rate_hz = soundfile.read(path, dtype="int16", always_2d=True)
    assert rate_hz == form.rate_hz
    assert np.array_equal(read, samples)


def test_a_file_can_be_read_while_it_is_written(tmp_path, noise, monkeypatch):
    monkeypatch.setattr(wav_file, "HEADER_EVERY_S", 0)
    path, samples = tmp_path / "a.wav", noise(640).reshape(-1, 1)
    writer = WavWriter(path, FORM)
    for end in range(160, 641, 160):
        writer.append(samples[end - 160 : end])
        read, _ = soundfile.read(path, dtype="int16")
        assert np.array_equal(read, samples[:end, 0])
    writer.close()


def test_an_existing_file_is_never_written_over(written):
    path, samples = written(10)
    with pytest.raises(FileExistsError):
        WavWriter(path, FORM)
    assert np.array_equal(soundfile.read(path, dtype="int16")[0], samples[:, 0])


@given(length=st.integers(HEADER_BYTES, HEADER_BYTES + 400), behind=st.integers(0, 100), channels=st.integers(1, 3))
def test_a_file_cut_at_any_byte_and_with_any_header_is_repaired(tmp_path_factory, length, behind, channels):
    form = WavFormat(16_000, channels)
    path = tmp_path_factory.mktemp("cut") / "a.wav"
    data = bytes(range(1, 251)) * 2
    path.write_bytes((header(form, behind) + data)[:length])
    form_found, samples = repair(path)
    whole = (length - HEADER_BYTES) // form.frame_bytes
    assert (form_found, samples) == (form, whole)
    assert path.read_bytes() == header(form, whole) + data[: whole * form.frame_bytes]


def test_a_file_that_is_right_is_not_touched(written):
    path, _ = written(100)
    before = path.stat().st_mtime_ns
    assert repair(path).samples == 100
    assert path.stat().st_mtime_ns == before


@pytest.mark.parametrize("content", [b"", b"RIFF", b"\0" * 100, header(FORM, 5).replace(b"WAVE", b"AVI ")])
def test_what_is_no_recording_of_ours_is_refused_and_left_as_it_is(tmp_path, content):
    path = tmp_path / "a.wav"
    path.write_bytes(content)
    with pytest.raises(InvalidInput):
        repair(path)
    assert path.read_bytes() == content
