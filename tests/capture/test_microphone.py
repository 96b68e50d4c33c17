"""The microphone: its callback by itself, and as PortAudio over a PulseAudio of the test's own."""

import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from studio.capture.microphone import Microphone
from studio.capture.source import SourceLost
from studio.core.samples import NOTHING_LOST, Lost

RATE_HZ = 16_000
ROOT = Path(__file__).resolve().parents[2]
NO_STATUS = SimpleNamespace(input_overflow=False)
OVERFLOW = SimpleNamespace(input_overflow=True)
PLAYED_S = int(os.environ.get("TINYML_PLAYED_S", "10"))  # into a sink; CI says 60


def call(mic, samples, adc_s, status=NO_STATUS):
    mic._hear(samples.tobytes(), len(samples), SimpleNamespace(inputBufferAdcTime=adc_s), status)


@pytest.mark.parametrize("lengths", [[320, 320], [1, 417, 90], [7]])
def test_blocks_of_any_length_follow_one_another(noise, lengths):
    mic, index = Microphone(None, RATE_HZ), 0
    samples = noise(1000)
    for length in lengths:
        call(mic, samples[index : index + length], 5 + index / RATE_HZ)
        index += length
    mic.stop()
    blocks = list(mic._queue.blocks())
    assert [len(block.samples) for block in blocks] == lengths
    assert np.array_equal(np.concatenate([block.samples[:, 0] for block in blocks]), samples[:index])
    assert all(block.lost_before == NOTHING_LOST for block in blocks)
    assert blocks[0].device_time_us == 5_000_000


def test_an_overflow_is_a_loss_of_as_much_as_the_devices_clock_jumped(noise):
    mic = Microphone(None, RATE_HZ)
    call(mic, noise(320), 1.0)
    call(mic, noise(320), 1.5, OVERFLOW)
    call(mic, noise(320), 1.52)
    mic.stop()
    first, second, third = mic._queue.blocks()
    assert second.lost_before == Lost(host=RATE_HZ // 2 - 320)
    assert second.first_index == RATE_HZ // 2
    assert third.first_index == second.first_index + 320
    assert first.lost_before == third.lost_before == NOTHING_LOST


def test_an_overflow_without_a_clock_is_a_loss_of_at_least_one(noise):
    mic = Microphone(None, RATE_HZ)
    call(mic, noise(320), 0.0)
    call(mic, noise(320), 0.0, OVERFLOW)
    mic.stop()
    assert list(mic._queue.blocks())[1].lost_before == Lost(host=1)


def test_a_device_that_ends_by_itself_is_lost_after_what_it_gave(noise):
    mic = Microphone(None, RATE_HZ)
    call(mic, noise(320), 0.0)
    mic._device_finished()
    blocks = mic._queue.blocks()
    assert len(next(blocks).samples) == 320
    with pytest.raises(SourceLost, match="mic is gone"):
        next(blocks)


def test_ending_it_ourselves_is_no_loss(noise):
    mic = Microphone(None, RATE_HZ)
    call(mic, noise(320), 0.0)
    mic.stop()
    mic._device_finished()
    assert len(list(mic._queue.blocks())) == 1


@pytest.fixture
def record(pulse, project):
    """record(*arguments): `record` with the test's microphone, as a process."""
    project.close()
    processes = []

    def start(*arguments):
        command = [sys.executable, "-m", "studio", "record", str(project.folder), *arguments]
        processes.append(
            subprocess.Popen(
                command, cwd=ROOT, env=pulse.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
            )
        )
        return processes[-1]

    probe = "import sounddevice, sys; sys.exit(not any(d['name'] == 'pulse' for d in sounddevice.query_devices()))"
    if subprocess.run(
        [sys.executable, "-c", probe], env=pulse.environment, capture_output=True, check=False
    ).returncode:
        pytest.skip("needs libportaudio2 and ALSA's pulse plugin (libasound2-plugins)")
    yield start
    for process in processes:
        if process.poll() is None:
            process.kill()
        process.communicate()


def wait_until(true, process):
    end_s = time.monotonic() + 20
    while not true():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < end_s
        time.sleep(0.02)


def recorded_samples(folder):
    return max([0, *(path.stat().st_size // 2 for path in (folder / "recordings").glob("*.partial.wav"))])


def finish(process):
    """Exit code, the one recording, standard error."""
    out, err = process.communicate(timeout=20)
    assert out, err
    (recording,) = json.loads(out.splitlines()[-1])["recordings"]
    return process.returncode, recording, err


def test_what_comes_from_a_device_is_recorded_to_the_sample(pulse, record, noise, heard):
    samples = noise(4 * RATE_HZ)
    process = record("--source", "mic", "--label", "yes", "--seconds", "3", "--json")
    wait_until(lambda: pulse.is_heard_steadily("fifo"), process)
    writer = threading.Thread(target=(pulse.folder / "mic.fifo").write_bytes, args=(samples.tobytes(),), daemon=True)
    writer.start()
    code, recording, err = finish(process)
    assert code == 0, err
    assert (recording["source"], recording["rate_hz"], recording["gaps"]) == ("mic", RATE_HZ, [])
    assert np.array_equal(heard(recording["path"]), samples[: 3 * RATE_HZ])


@pytest.mark.parametrize(("how", "says"), [("suspended", "stopped delivering 1 s ago"), ("killed", "mic:pulse")])
def test_a_device_that_goes_away_ends_the_recording_which_is_saved(pulse, record, project, how, says):
    """PortAudio reports nothing in either case, and its `stop` would hang."""
    pulse.control("set-default-source", "mic")
    process = record("--source", "mic:pulse", "--label", "yes", "--seconds", "600", "--json")
    wait_until(lambda: recorded_samples(project.folder) > RATE_HZ // 2, process)
    if how == "killed":
        pulse.process.kill()
    else:
        pulse.control("suspend-source", "mic", "1")
    code, recording, err = finish(process)
    assert code == 1
    assert says in err
    assert f"{recording['samples'] / RATE_HZ:.1f} s are saved. Plug it in again" in err
    assert recording["samples"] >= RATE_HZ // 2


def test_a_name_that_no_device_has_is_told_with_those_there_are(record):
    process = record("--source", "mic:nonesuch")
    _, err = process.communicate(timeout=20)
    assert process.returncode == 1
    assert "mic:nonesuch was not found. There are: pulse, default." in err


@pytest.mark.timeout(90 + 2 * PLAYED_S)
def test_what_is_played_into_a_sink_is_what_is_recorded_from_its_monitor(pulse, record, project, noise, wav, heard):
    """Found by correlation, and then every sample of it: one that was lost or doubled would shift all after it."""
    import scipy.signal

    samples = noise(PLAYED_S * RATE_HZ) // 2
    path = wav(samples, "played.wav")
    pulse.control("set-default-source", "mic")
    process = record("--source", "mic:pulse", "--label", "yes", "--seconds", str(PLAYED_S + 5), "--json")
    wait_until(lambda: recorded_samples(project.folder) > RATE_HZ // 4, process)
    player = ["paplay", "--latency-msec=2000", str(path)]
    subprocess.run(player, env=pulse.environment, check=True, capture_output=True)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    (recording,) = json.loads(out.splitlines()[-1])["recordings"]
    assert recording["lost"] == {"board": 0, "link": 0, "host": 0, "parser": 0, "disk": 0}
    found = heard(recording["path"]).astype(np.float64)
    word = samples[:RATE_HZ].astype(np.float64)
    start = int(np.argmax(np.abs(scipy.signal.fftconvolve(found, word[::-1], mode="valid"))))
    same = found[start : start + len(samples)]
    assert len(same) == len(samples)
    assert np.abs(same - samples).max() <= 1


@pytest.mark.timeout(90)
def test_each_word_that_a_microphone_hears_becomes_a_take(pulse, record, project, wav, heard, shared_data):
    """Some people say a word, a pause after each: a take has the word of its turn, whole, found by correlation."""
    import scipy.signal
    import soundfile

    words = sorted((shared_data / "speech-commands-mini" / "go").glob("*.wav"))
    said = [soundfile.read(path, dtype="int16")[0] for path in words]
    pause = np.zeros(RATE_HZ * 4 // 5, np.int16)
    path = wav(np.concatenate([pause, *(part for word in said for part in (word, pause))]), "said.wav")
    pulse.control("set-default-source", "mic")
    options = ("--cut", "--label", "go", "--takes", str(len(said)), "--seconds", "1.2", "--json")
    process = record("--source", "mic:pulse", *options)
    wait_until(lambda: pulse.is_heard_steadily("mic"), process)
    player = ["paplay", "--latency-msec=2000", str(path)]
    subprocess.run(player, env=pulse.environment, check=True, capture_output=True)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    recordings = json.loads(out.splitlines()[-1])["recordings"]
    assert [recording["samples"] for recording in recordings] == [round(1.2 * RATE_HZ)] * len(said)
    for recording, word in zip(recordings, said, strict=True):
        take = np.pad(heard(recording["path"]).astype(np.float64), RATE_HZ)
        power = np.convolve(word.astype(np.float64) ** 2, np.ones(400), "same")
        loud = np.flatnonzero(power > 0.02 * power.max())
        core = word[loud[0] : loud[-1]].astype(np.float64)
        start = int(np.argmax(scipy.signal.fftconvolve(take, core[::-1], mode="valid")))
        assert np.abs(take[start : start + len(core)] - core).max() <= 1
