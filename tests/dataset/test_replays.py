"""A take that is a loudspeaker's: told from the last takes of the same person, which are like it and are not it."""

import itertools

import numpy as np
import pytest
import soundfile

from studio.dataset.edits import NewRecording
from studio.dataset.quality import check_takes
from studio.dataset.recordings import Sidecar, write_sidecar
from studio.dataset.replays import RATE_HZ, is_replay

COUNT = 3 * RATE_HZ // 2


def take_of(samples, rng, at=0):
    """A take of a second and a half in which it is heard, with the noise of a room."""
    take = rng.normal(0, 3.0, COUNT)
    count = min(len(samples), COUNT - at)
    take[at : at + count] += samples[:count]
    return take


def replayed(take, rng, *, room_s=0.05, signal_db=30.0):
    """As it is heard from a loudspeaker 100 ppm off, in a room, begun at another moment, and quieter."""
    heard = np.interp(np.arange(len(take)) * 1.0001, np.arange(len(take)), take)
    count = round(room_s * RATE_HZ)
    room = 0.15 * rng.normal(size=count) * np.exp(-6.9 * np.arange(count) / count)
    room[0] = 1.0
    heard = np.roll(np.convolve(heard, room)[: len(take)], int(rng.integers(-1_000, 1_000)))
    noise = rng.normal(size=len(take)) * np.std(heard) * 10 ** (-signal_db / 20)
    return 0.4 * (heard + noise)


@pytest.fixture(scope="module")
def digits(shared_data):
    """By word and person, takes."""
    rng = np.random.default_rng(5)
    found = {}
    for folder in sorted((shared_data / "speech-digits").iterdir()):
        if folder.is_dir():
            for person in ("george", "jackson", "nicolas", "yweweler"):
                paths = sorted(folder.glob(f"{person}_*.wav"))[:6]
                sounds = [soundfile.read(path, dtype="int16")[0].astype(np.float64) for path in paths]
                takes = [take_of(sound, rng, int(rng.integers(500, 3_000))) for sound in sounds]
                found[folder.name, person] = takes
    return found


def test_no_two_takes_of_a_word_by_one_person_are_one_played_again(digits):
    pairs = [pair for takes in digits.values() for pair in itertools.combinations(takes, 2)]
    assert len(pairs) >= 500
    assert [is_replay(*pair) for pair in pairs].count(True) == 0


def test_what_a_loudspeaker_near_by_plays_again_is_found(digits):
    rng = np.random.default_rng(6)
    takes = [takes[0] for takes in digits.values() if takes]
    found = [is_replay(take, replayed(take, rng)) for take in takes]
    assert np.mean(found) >= 0.95
    across = [is_replay(take, replayed(take, rng, room_s=0.1, signal_db=25.0)) for take in takes]
    assert np.mean(across) >= 0.6


def test_silence_and_what_is_too_short_to_tell_are_no_replays():
    rng = np.random.default_rng(1)
    noise = rng.normal(0, 500, 1_000)
    assert not is_replay(np.zeros(COUNT), np.zeros(COUNT))
    assert not is_replay(noise, noise)
    assert not is_replay(np.zeros(0), noise)


def test_a_take_names_the_one_of_its_label_that_was_played_again(project, shared_data):
    rng = np.random.default_rng(2)
    paths = sorted((shared_data / "speech-digits" / "seven").glob("nicolas_*.wav"))[:4]
    first, second, third, other = (
        take_of(soundfile.read(path, dtype="int16")[0].astype(np.float64), rng, 1_500) for path in paths
    )
    ids = []
    again = replayed(second, rng)
    with project.catalogue.edit("Enter") as edit:
        for number, (label, take) in enumerate(
            (("seven", first), ("seven", second), ("seven", third), ("six", other), ("seven", again))
        ):
            path = project.recordings_folder / f"{number}.wav"
            soundfile.write(path, take.astype(np.int16), RATE_HZ)
            sidecar = Sidecar("test", RATE_HZ, label=label, samples=len(take), finished=True)
            write_sidecar(path.with_suffix(".json"), sidecar)
            ids.append(sidecar.id)
            edit.add([NewRecording(f"recordings/{path.name}", sidecar, "[]")])
    rows = project.catalogue.newest(10)
    checks = check_takes(project.catalogue, rows[:3], rows)
    assert {key: check.kind for key, check in checks.items()} == {ids[4]: "copy", ids[3]: "good", ids[2]: "good"}
    assert checks[ids[4]].like == ids[1]
    assert "1.wav, played again" in checks[ids[4]].says
