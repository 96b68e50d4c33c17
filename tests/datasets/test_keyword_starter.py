"""The starter data, made by whichever eSpeak NG is there."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray
from studio_datasets.keyword_starter import make as maker
from studio_datasets.keyword_starter.make import KEYWORDS, NoVoices, make

from studio.core.errors import Cancelled, InvalidInput, StorageFailed

SPEAK = Path(maker.__file__).with_name("speak.py")
QUICK_TAKES = 12 * (3 * 3 + 6)


def sound(path: Path) -> NDArray[np.int16]:
    samples: NDArray[np.int16]
    samples, rate_hz = soundfile.read(path, dtype="int16")
    assert rate_hz == 16_000
    return samples


def test_each_take_is_one_file_named_by_word_and_person(starter):
    takes = list(starter.takes_folder.glob("*/*_nohash_*.wav"))
    assert len(takes) == QUICK_TAKES == len(list(starter.takes_folder.rglob("*.wav")))
    assert {take.parent.name for take in takes} > set(KEYWORDS)
    assert {take.name[:3] for take in takes} == {f"V{n:02d}" for n in range(1, 13)}


def test_the_full_set_has_at_least_300_takes():
    full = maker.FULL
    assert full.people * (len(KEYWORDS) * full.takes + min(full.others, full.other_words)) >= 300


def test_voices_kept_apart_train_nowhere():
    def variant(voice: str) -> str:
        return voice.partition("+")[2]

    assert not {variant(v) for v in maker.PEOPLE} & {variant(v) for v in maker.PEOPLE_APART}
    assert len(set(maker.PEOPLE)) == maker.FULL.people
    assert len(set(maker.PEOPLE_APART)) == maker.FULL.people_apart


def test_the_held_out_folder_has_the_same_words_by_others(starter):
    words = {folder.name for folder in starter.takes_folder.iterdir()}
    assert {folder.name for folder in starter.held_out_folder.iterdir()} == words
    assert {p.name[:3] for p in starter.held_out_folder.glob("*/*.wav")} == {f"H{n:02d}" for n in range(1, 5)}


def test_takes_hold_a_word_at_many_levels_and_none_clips(starter):
    levels = []
    for path in starter.takes_folder.glob("*/*.wav"):
        samples = sound(path).astype(np.float64)
        assert 0.4 * 16_000 < len(samples) < 3 * 16_000, path
        assert np.abs(samples).max() < 32_000, path
        frames = samples[: len(samples) // 320 * 320].reshape(-1, 320)
        energy = np.sort(np.mean(frames**2, axis=1))
        assert energy[-5:].mean() > 5 * energy[:5].mean(), path  # it stands above the noise around it
        levels.append(10 * np.log10(energy[-5:].mean()))
    assert np.ptp(levels) > 15


def test_every_known_time_in_the_stream_is_a_word_and_pauses_are_quieter(starter):
    stream = sound(starter.stream_wav).astype(np.float64)
    rows = [line.split("\t") for line in starter.truth_file.read_text().splitlines()]
    spans = [(float(start), float(end), word) for start, end, word in rows]
    assert len(stream) == 60 * 16_000
    assert {word for _, _, word in spans} >= set(KEYWORDS)
    quiet = np.ones(len(stream), dtype=bool)
    loud = []
    for (start, end, _), later in zip(spans, [*spans[1:], (60.0, 60.0, "")], strict=True):
        assert start < end <= later[0]
        first, last = int(start * 16_000), int(end * 16_000)
        loud.append(np.sqrt(np.mean(stream[first:last] ** 2)))
        quiet[first : last + 8_000] = False
    assert min(loud) > 1.5 * np.sqrt(np.mean(stream[quiet] ** 2))


def test_what_is_there_is_not_made_again(starter, monkeypatch):
    monkeypatch.setenv("TINYML_STUDIO_HOME", str(starter.stream_wav.parents[3]))
    monkeypatch.setenv("PATH", "")
    before = starter.stream_wav.stat().st_mtime_ns
    assert make(quick=True) == starter
    assert starter.stream_wav.stat().st_mtime_ns == before
    assert [p.name for p in starter.stream_wav.parents[1].iterdir()] == [starter.stream_wav.parent.name]


@pytest.mark.parametrize("engine", ["program", "library"])
def test_the_same_seed_gives_the_same_data_with_either_engine(engine, tmp_path, monkeypatch, contents):
    if engine == "program" and not shutil.which("espeak-ng"):
        pytest.skip("needs espeak-ng on the path")
    made = []
    for home in ("a", "b"):
        monkeypatch.setenv("TINYML_STUDIO_HOME", str(tmp_path / home))
        made.append(contents(make(quick=True, engine=engine).takes_folder.parent))
    assert made[0] == made[1]
    assert len(made[0]) > QUICK_TAKES


def test_without_espeak_it_says_how_to_get_it(tmp_path, monkeypatch, contents):
    # A Python that has neither: nothing on the path, and a module in the way of the library's.
    (tmp_path / "espeakng_loader.py").write_text("raise ImportError('not installed')\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setenv("PATH", "")
    with pytest.raises(NoVoices) as caught:
        make(quick=True)
    assert "apt-get install espeak-ng" in caught.value.advice()
    assert not contents(tmp_path / "cache")


@pytest.mark.parametrize("engine", ["program", "library"])
def test_a_voice_that_is_not_known_is_refused_not_replaced(engine):
    if engine == "program" and not shutil.which("espeak-ng"):
        pytest.skip("needs espeak-ng on the path")
    jobs = b'[{"text": "lights", "voice": "tlh-xx+m3", "speed": 150, "pitch": 50}]'
    done = subprocess.run([sys.executable, SPEAK, "--engine", engine], input=jobs, capture_output=True, check=False)
    assert done.returncode == 1
    assert done.stderr


def test_a_failing_engine_is_told_and_leaves_nothing(tmp_path, monkeypatch):
    broken = tmp_path / "espeak-ng"
    broken.write_text("#!/bin/sh\necho 'no voice data' >&2\nexit 1\n")
    broken.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("TINYML_STUDIO_HOME", str(tmp_path / "home"))
    with pytest.raises(InvalidInput, match="no voice data"):
        make(quick=True)
    assert not list((tmp_path / "home/cache/keyword_starter").iterdir())


def test_a_cache_that_cannot_be_written_is_told(tmp_path, monkeypatch):
    (tmp_path / "home/cache").mkdir(parents=True)
    (tmp_path / "home/cache/keyword_starter").write_text("in the way")
    monkeypatch.setenv("TINYML_STUDIO_HOME", str(tmp_path / "home"))
    with pytest.raises(StorageFailed, match="keyword_starter"):
        make(quick=True)


def test_cancelled_it_leaves_nothing(tmp_path, monkeypatch):
    def cancel(fraction: float | None, text: str) -> None:
        if fraction is not None and fraction > 0.3:
            raise Cancelled("make")

    monkeypatch.setenv("TINYML_STUDIO_HOME", str(tmp_path))
    with pytest.raises(Cancelled):
        make(quick=True, report=cancel)
    assert not list((tmp_path / "cache/keyword_starter").iterdir())
