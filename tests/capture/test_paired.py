"""Two microphones that heard one sound: what was done to it on the way is what is found; what never met is refused."""

import json
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
import soundfile

from studio.capture import paired_take
from studio.capture.paired import Heard, NothingInCommon, RateUnknown, TooShortToCompare, compare, thirds
from studio.capture.paired_take import GaveNothing, heard_in, keep, record_both
from studio.capture.paired_words import advice, judgement, unknown_words
from studio.capture.recorder import Recorder
from studio.capture.source import Origin, SourceLost, make_source
from studio.core.errors import Cancelled, InvalidInput
from studio.core.samples import MICROPHONE, SampleFormat
from studio.dataset.recordings import find_unfinished, read_sidecar, sidecar_path

RATE_HZ = 16_000
FINE_HZ = 96_000  # at which the sound is made that both hear
ROOT = Path(__file__).resolve().parents[2]
RESPONSE = ([0, 300, 1000, 3000, 5000, RATE_HZ / 2], [0.5, 1, 1, 1.6, 0.5, 0.35])


@pytest.fixture(scope="module")
def spoken():
    """spoken(seconds, seed): float64 at RATE_HZ, shaped as speech is: loud and low in bursts, quiet and high."""
    from scipy import signal

    def make(seconds, seed=1):
        noise = np.random.default_rng(seed).standard_normal((3, round(seconds * RATE_HZ)))
        voice = signal.sosfilt(signal.butter(1, [150, 2500], "bandpass", fs=RATE_HZ, output="sos"), noise[0])
        bursts = np.clip(40 * signal.sosfilt(signal.butter(2, 4, fs=RATE_HZ, output="sos"), noise[1]), 0.02, 1)
        sound = (voice + 0.1 * noise[2]) * bursts
        return 0.25 * sound / np.abs(sound).max()

    return make


@pytest.fixture(scope="module")
def heard_at(spoken):
    """heard_at(rate_hz, late_s, seconds): one spoken sound as a perfect microphone of that rate hears it."""
    from scipy import signal
    from scipy.interpolate import CubicSpline

    fine = signal.resample_poly(spoken(13), FINE_HZ // RATE_HZ, 1)
    curve = CubicSpline(np.arange(len(fine)) / FINE_HZ, fine)
    return lambda rate_hz, late_s, seconds=11.0: curve(0.5 + np.arange(round(seconds * rate_hz)) / rate_hz - late_s)


def counts(sound):
    return np.clip(np.round(sound * 32768), -32768, 32767).astype(np.int16)


def with_noise(sound, below_db, seed):
    rms = np.sqrt(np.mean(sound**2)) * 10 ** (below_db / 20)
    return sound + rms * np.random.default_rng(seed).standard_normal(len(sound))


def band_power(sound, hz_low, hz_high, rate_hz):
    """By the transform of the whole, its ends faded, which shares nothing with Welch's method."""
    from scipy.signal.windows import tukey

    power = np.abs(np.fft.rfft(sound * tukey(len(sound), 0.02))) ** 2
    frequencies = np.fft.rfftfreq(len(sound), 1 / rate_hz)
    return power[(frequencies >= hz_low) & (frequencies < hz_high)].sum()


@pytest.mark.parametrize(
    ("other_hz", "ppm", "late_ms", "gain_db", "noise_db"),
    [(16_000, 80, 7.3, -6.0, -40), (48_000, -200, -31.25, 4.0, -20), (16_000, 0, 0.0, 0.0, -60)],
)
def test_filter_gain_delay_and_drift_are_found_in_spite_of_noise(heard_at, other_hz, ppm, late_ms, gain_db, noise_db):
    """late_ms in the middle of the recording, where a comparison tells it."""
    from scipy import signal

    true_hz = other_hz * (1 + ppm * 1e-6)
    middle_s = 5.25
    reference = heard_at(RATE_HZ, 0.0)
    clean = heard_at(true_hz, late_ms / 1e3 - ppm * 1e-6 * middle_s, 11.0)
    edges, gains = RESPONSE
    taps = signal.firwin2(1023, [*edges[:-1], RATE_HZ / 2, other_hz / 2][: len(edges) + (other_hz > RATE_HZ)],
                          [*gains, gains[-1]][: len(edges) + (other_hz > RATE_HZ)], fs=other_hz)  # fmt: skip
    clean = signal.fftconvolve(clean, taps, "same") * 10 ** (gain_db / 20)
    found = compare(
        Heard("laptop", counts(with_noise(reference, noise_db, 2)), RATE_HZ),
        Heard("board", counts(with_noise(clean, noise_db, 3)), other_hz),
    )
    assert found.delay_ms == pytest.approx(late_ms, abs=0.1)
    assert found.drift_ppm == pytest.approx(ppm, abs=3)
    assert len(found.known) >= 14
    powers = np.array(
        [
            [
                band_power(reference, low, high, RATE_HZ),
                band_power(clean, low, high, true_hz) / (other_hz / RATE_HZ) ** 2,
            ]
            for (_, low, high), band in zip(thirds(0.95 * RATE_HZ / 2), found.bands, strict=True)
            if band.response_db is not None
        ]
    )
    truth = 10 * np.log10(powers[:, 1] / powers[:, 0])
    assert np.abs(np.array([band.response_db for band in found.known]) - truth).max() < 1
    assert found.level_db == pytest.approx(10 * np.log10(powers[:, 1].sum() / powers[:, 0].sum()), abs=0.2)
    assert all(band.coherence >= 0.8 for band in found.known)
    known = np.array([(band.response_db, band.at_most_db) for band in found.known], float)
    assert (known[:, 0] <= known[:, 1]).all()


def test_what_the_clocks_say_is_taken_away_from_delay_and_drift(heard_at):
    """The other began 0.8 s later, on a clock that the fit found 300 ppm fast; 2 ms are the way of the sound."""
    fast_hz = RATE_HZ * (1 + 300e-6)
    found = compare(
        Heard("laptop", counts(heard_at(RATE_HZ, 0.0)), RATE_HZ, RATE_HZ, 5_000_000_000),
        Heard("board", counts(heard_at(fast_hz, 0.002 - 0.8, 9.0)), RATE_HZ, fast_hz, 5_800_000_000),
        search_s=0.1,
    )
    assert found.one_clock
    assert found.delay_ms == pytest.approx(2.0, abs=0.1)
    assert found.drift_ppm == pytest.approx(0, abs=3)


def test_a_band_that_neither_heard_is_not_known(heard_at):
    from scipy import signal

    sound = signal.sosfiltfilt(signal.butter(8, 3000, fs=RATE_HZ, output="sos"), heard_at(RATE_HZ, 0.0))
    noisy = [counts(with_noise(sound, -30, seed)) for seed in (3, 4)]
    found = compare(Heard("laptop", noisy[0], RATE_HZ), Heard("board", noisy[1], RATE_HZ))
    unknown = [band for band in found.bands if band.response_db is None]
    assert {band.hz for band in unknown} >= {5000, 6300}
    assert all(band.at_most_db is None and band.coherence < 0.8 for band in unknown)
    assert {band.hz for band in found.known} >= {500, 1000, 2000}
    assert "to 6.3 kHz: there the two heard too little" in unknown_words(found)
    assert "little over" not in judgement(found)


def test_of_a_band_that_the_board_alone_did_not_hear_it_is_known_how_much_it_is_at_most(heard_at):
    from scipy import signal

    low = signal.butter(8, 3000, fs=RATE_HZ, output="sos")
    clean = signal.sosfiltfilt(low, heard_at(RATE_HZ, 0.0))
    other = counts(with_noise(clean, -50, 3))
    found = compare(Heard("laptop", counts(heard_at(RATE_HZ, 0.0)), RATE_HZ), Heard("board", other, RATE_HZ))
    (top,) = [band for band in found.bands if band.hz == 6300]
    assert top.response_db is None
    edges = next((low, high) for hz, low, high in thirds(RATE_HZ / 2) if hz == 6300)
    reference = band_power(heard_at(RATE_HZ, 0.0), *edges, RATE_HZ)
    assert top.at_most_db == pytest.approx(10 * np.log10(band_power(other / 32768, *edges, RATE_HZ) / reference), abs=1)
    assert top.at_most_db is not None
    assert top.at_most_db < -12
    assert "and little over 3.15 kHz" in judgement(found)
    assert "6.3 kHz: \u2212" in unknown_words(found)


def test_a_board_that_is_quiet_and_dull_is_told_so_with_what_to_do(heard_at):
    from scipy import signal

    dull = signal.sosfiltfilt(signal.butter(3, 2200, fs=RATE_HZ, output="sos"), heard_at(RATE_HZ, 0.0)) / 4
    found = compare(Heard("the laptop", counts(heard_at(RATE_HZ, 0.0)), RATE_HZ), Heard("Nano", counts(dull), RATE_HZ))
    said = judgement(found)
    assert said.startswith(
        "Nano hears 14 dB less than the laptop and little over 2.5 kHz; from 100 Hz to 2.5 kHz it varies by "
    )
    assert any("board you deploy to" in sentence for sentence in advice(found))


def test_noise_clipping_and_dc_are_told_of_each(heard_at):
    sound = heard_at(RATE_HZ, 0.0)
    loud = counts(np.clip(sound * 40, -1, 1))
    other = counts(with_noise(sound, -40, 1) + 0.05)
    found = compare(Heard("laptop", loud, RATE_HZ), Heard("board", other, RATE_HZ))
    assert found.reference.clipped == pytest.approx(np.mean((loud == 32767) | (loud == -32768)))
    assert found.other.clipped == 0
    assert found.other.dc == pytest.approx(0.05, abs=1e-3)
    assert -90 < found.other.noise_floor_db < found.other.level_db - 3


def test_unrelated_sounds_are_refused(spoken):
    with pytest.raises(NothingInCommon, match="heard nothing in common"):
        compare(Heard("a", counts(spoken(10, 1)), RATE_HZ), Heard("b", counts(spoken(10, 2)), RATE_HZ))


def test_silence_is_refused(spoken):
    with pytest.raises(NothingInCommon):
        compare(Heard("a", counts(spoken(5)), RATE_HZ), Heard("b", np.zeros(5 * RATE_HZ, np.int16), RATE_HZ))


def test_what_is_too_short_or_has_no_rate_is_refused(spoken):
    sound = counts(spoken(5))
    with pytest.raises(TooShortToCompare, match=r"There are 1\.\d s"):
        compare(Heard("a", sound[: RATE_HZ * 3 // 2], RATE_HZ), Heard("b", sound, RATE_HZ))
    with pytest.raises(RateUnknown, match="of b is not known"):
        compare(Heard("a", sound, RATE_HZ), Heard("b", sound, 0))


def test_what_was_lost_is_left_out(heard_at):
    """Zeros for a second and a half in the middle of one; they would cost the response a decibel."""
    sound = counts(heard_at(RATE_HZ, 0.0))
    torn = sound.copy()
    gap = (4 * RATE_HZ, 3 * RATE_HZ // 2)
    torn[gap[0] : sum(gap)] = 0
    found = compare(Heard("a", sound, RATE_HZ), Heard("b", torn, RATE_HZ, gaps=[gap]))
    assert found.explained > 0.999
    assert found.level_db == pytest.approx(0, abs=0.01)
    assert found.seconds < 9


@pytest.fixture
def two_boards(spoken, wav):
    """Sources of two virtual boards that play one sound."""
    path = wav(counts(spoken(12)))
    return [make_source(f"virtual:{key}?play={path}", rate_hz=None) for key in ("espeye", "nano33ble")]


def test_two_sources_are_recorded_together_and_kept_as_one_edit(two_boards, project, tmp_path):
    heard: list[float] = []
    (tmp_path / "beside").mkdir()
    recorded = record_both(two_boards, tmp_path / "beside", 4.0, report=lambda share, _text: heard.append(share))
    assert heard == sorted(heard)
    assert project.catalogue.recordings() == []
    first, second = (heard_in(each.path, each.sidecar) for each in recorded)
    found = compare(first, second, search_s=3)
    assert found.explained > 0.99
    keep(project, recorded, "Keep both")
    listed = project.catalogue.recordings()
    assert len(listed) == 2
    assert len({row.session for row in listed}) == 1
    assert list(find_unfinished(project.recordings_folder)) == []
    for row, each in zip(sorted(listed, key=lambda row: row.path.name), recorded, strict=True):
        assert read_sidecar(sidecar_path(row.path)).session == each.sidecar.session
        assert np.array_equal(soundfile.read(row.path)[0], soundfile.read(each.path)[0])
    project.catalogue.undo()
    assert project.catalogue.recordings() == []


def test_what_was_kept_and_undone_can_be_kept_again(two_boards, project, tmp_path):
    (tmp_path / "beside").mkdir()
    recorded = record_both(two_boards, tmp_path / "beside", 1.0)
    for _time in range(2):
        keep(project, recorded, "Keep both")
        assert len(project.catalogue.recordings()) == 2
        project.catalogue.undo()
    project.catalogue.redo()
    assert len(project.catalogue.recordings()) == 2


class Silent:
    """A source that is there and gives nothing, until it is stopped."""

    origin = Origin("mic:deaf", SampleFormat(MICROPHONE, RATE_HZ))

    def __init__(self):
        self._stopped = threading.Event()

    def blocks(self):
        self._stopped.wait()
        yield from ()

    def stop(self):
        self._stopped.set()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


def test_a_source_that_gives_nothing_is_named_and_half_a_pair_is_not_left(two_boards, tmp_path, monkeypatch):
    monkeypatch.setattr(paired_take, "OPEN_S", 1.0)
    made = tmp_path / "made"
    made.mkdir()
    with pytest.raises(GaveNothing, match="mic:deaf gave no sound in 2 s"):
        record_both([two_boards[0], Silent()], made, 1.0)
    assert list(made.iterdir()) == []


def test_recording_both_can_be_cancelled(two_boards, tmp_path):
    def stop(_share, _text):
        raise Cancelled("x")

    began_s = time.monotonic()
    with pytest.raises(Cancelled):
        record_both(two_boards, tmp_path, 60.0, report=stop)
    assert time.monotonic() - began_s < 20
    assert [path.name for path in tmp_path.iterdir() if path.name != "noise.wav"] == []


def test_pair_leaves_nothing_in_the_project_where_one_source_is_lost(studio, project, spoken, wav, monkeypatch):
    lost = SourceLost("virtual:espeye", 4.0)
    begin = Recorder.begin

    def begins(recorder, *args, **kwargs):
        recording = begin(recorder, *args, **kwargs)
        if "espeye" in recorder.origin.address:
            recording.end(lost)
        return recording

    monkeypatch.setattr(Recorder, "begin", begins)
    path = wav(counts(spoken(12)))
    project.close()
    sources = [part for key in ("nano33ble", "espeye") for part in ("--source", f"virtual:{key}?play={path}")]
    said = studio("pair", project.folder, *sources, "--seconds", "2")
    assert said.code == 1
    assert str(lost) in said.err
    assert list((project.folder / "recordings").iterdir()) == []


def test_pair_compares_recordings_that_are_there(studio, project, spoken, wav):
    sound = spoken(6)
    quiet = wav(counts(sound / 2), "quiet.wav")
    loud = wav(counts(sound), "loud.wav")
    project.close()
    said = studio("record", project.folder, "--source", f"file:{loud}", "--source", f"file:{quiet}", "--json")
    session = said.result["recordings"][0]["session"]
    compared = studio("pair", project.folder, "--recordings", session, "--json").result
    assert abs(compared["level_db"]) == pytest.approx(6.02, abs=0.05)
    assert compared["known"] == len(compared["bands"])
    text = studio("pair", project.folder, "--recordings", session).out
    assert "file:quiet.wav hears 6 dB" in text or "file:loud.wav hears 6 dB" in text
    assert len([line for line in text.splitlines() if line.strip().startswith("1,000 ")]) == 1


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([], "either --source twice or --recordings"),
        (["--source", "mic"], "given 1 times"),
        (["--recordings", "nonesuch"], "nonesuch was not found"),
        (["--source", "mic", "--source", "mic:a", "--seconds", "1"], "2 s are needed"),
    ],
)
def test_pair_says_what_it_needs(studio, project, arguments, says):
    project.close()
    said = studio("pair", project.folder, *arguments)
    assert said.code == 1
    assert says in said.err


def test_a_recording_that_is_no_sound_is_refused(tmp_path):
    from studio.dataset.recordings import Sidecar

    with pytest.raises(InvalidInput, match="no sound"):
        heard_in(tmp_path / "a.csv", Sidecar("x", 119.0, kind="imu"))


@pytest.mark.timeout(120)
def test_a_board_and_a_microphone_that_hear_one_file_are_alike(pulse, project, spoken, wav):
    """A virtual board plays a file, and PortAudio hears the same one by way of a sink, begun a while later."""
    sound = counts(spoken(16))
    path = wav(sound)
    pulse.control("set-default-source", "mic")
    project.close()
    command = [
        sys.executable,
        "-m",
        "studio",
        "pair",
        str(project.folder),
        "--seconds",
        "12",
        "--within",
        "5",
        "--json",
    ]
    command += ["--source", "mic:pulse", "--source", f"virtual:nano33ble?play={path}"]
    process = subprocess.Popen(
        command, cwd=ROOT, env=pulse.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        end_s = time.monotonic() + 30
        while not any(p.stat().st_size > 1000 for p in (project.folder / "recordings").glob("*.partial.wav")):
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < end_s
            time.sleep(0.02)
        player = subprocess.Popen(["paplay", str(path)], env=pulse.environment)
        try:
            out, err = process.communicate(timeout=60)
        finally:
            player.kill()
            player.wait()
    finally:
        process.kill()
        process.wait()
    if process.returncode and "No input device" in err:
        pytest.skip("needs libportaudio2 and ALSA's pulse plugin (libasound2-plugins)")
    assert process.returncode == 0, err
    found = json.loads(out.splitlines()[-1])
    assert found["one_clock"]
    assert found["explained"] > 0.99
    assert found["level_db"] == pytest.approx(0, abs=0.2)
    assert found["known"] == len(found["bands"])
    assert max(abs(band["response_db"]) for band in found["bands"]) < 1
    assert abs(found["drift_ppm"]) < 500
    assert found["delay_ms"] == pytest.approx(delay_by_hand(project.folder / "recordings", sound), abs=0.3)


def delay_by_hand(folder, sound):
    """When each recording's clock says that one moment of the file was heard, found by plain correlation."""
    from scipy import signal

    sidecars = [read_sidecar(path) for path in folder.glob("*.json")]
    paths = [path.with_suffix(".wav") for path in folder.glob("*.json")]
    # Near the middle of what both have, where a comparison tells the delay.
    word = sound[4 * RATE_HZ : 5 * RATE_HZ].astype(np.float64)
    at_ns: dict[bool, int] = {}
    for path, sidecar in zip(paths, sidecars, strict=True):
        samples = soundfile.read(path, dtype="int16")[0].astype(np.float64)
        place = int(np.argmax(np.abs(signal.fftconvolve(samples, word[::-1], "valid"))))
        place_ns = sidecar.host_ns(place)
        assert place_ns is not None
        at_ns[sidecar.board is not None] = place_ns
    return (at_ns[True] - at_ns[False]) / 1e6
