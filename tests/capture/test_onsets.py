"""Where a sound or a movement begins: told soon, once, and not for noise, for gravity or for a knock."""

import numpy as np
import pytest
import soundfile

from studio.capture.onsets import HELD_WITHIN_S, Cuts, Onsets
from studio.capture.recorder import HELD_S
from studio.core.samples import IMU, MICROPHONE, Block, SampleFormat

SOUND, MOTION = SampleFormat(MICROPHONE, 16_000), SampleFormat(IMU, 119)


def told(form, samples, block=320):
    """The indices that are told of samples in [-1, 1), by the index of the block's end at which each is told."""
    onsets = Onsets(form)
    counts = np.clip(samples * 32768, -32768, 32767).astype(np.int16).reshape(len(samples), -1)
    found = []
    for start in range(0, len(counts), block):
        part = counts[start : start + block]
        index = onsets.hear(Block(part, start, round(start * 1e6 / form.rate_hz), 0))
        found += [(each, start + len(part)) for each in index]
    return found


def noise(count, level_db, seed=1, channels=1):
    return np.random.default_rng(seed).normal(0, 10 ** (level_db / 20), (count, channels))


def with_bursts(sound, starts, seconds, level_db, rate_hz=16_000):
    for start in starts:
        count = round(seconds * rate_hz)
        sound[start : start + count, 0] += 10 ** (level_db / 20) * np.sqrt(2) * np.sin(np.arange(count) * 0.2)
    return sound


@pytest.mark.parametrize("floor_db", [-75, -60, -45])
@pytest.mark.parametrize("block", [160, 320, 4096])
def test_every_sound_well_over_the_noise_is_told_once_where_it_begins(floor_db, block):
    starts = [16_000 * n for n in (2, 4, 6, 9)]
    found = told(SOUND, with_bursts(noise(16_000 * 11, floor_db), starts, 0.4, max(floor_db + 20, -40)), block)
    assert len(found) == len(starts)
    for start, (index, heard) in zip(starts, found, strict=True):
        assert abs(index - start) <= 0.02 * 16_000
        assert heard - start <= HELD_WITHIN_S * 16_000 + block


@pytest.mark.parametrize("floor_db", [-75, -45, -25])
def test_noise_alone_is_nothing_however_loud_it_is(floor_db):
    assert told(SOUND, noise(16_000 * 20, floor_db)) == []


def test_a_click_and_an_offset_are_nothing():
    sound = noise(16_000 * 8, -60) + 0.1
    sound[16_000 * 4 : 16_000 * 4 + 40] += 0.5
    assert told(SOUND, sound) == []


def test_the_stop_within_a_word_does_not_cut_it():
    sound = with_bursts(noise(16_000 * 6, -60), [32_000, 32_000 + 6_400], 0.25, -20)
    assert len(told(SOUND, sound)) == 1


def test_a_gap_in_the_stream_is_no_event_and_indices_go_on_behind_it():
    onsets = Onsets(SOUND)
    sound = with_bursts(noise(16_000 * 6, -60), [48_000], 0.4, -20)
    counts = (sound * 32768).astype(np.int16)
    jump, found = 5_000, []
    for start in range(0, len(counts), 320):
        index = start if start < 16_000 else start + jump
        found += onsets.hear(Block(counts[start : start + 320], index, 0, 0))
    assert [round((each - jump - 48_000) / 320) for each in found] == [0]


def test_a_movement_out_of_rest_is_told_and_gravity_is_not():
    rows = noise(119 * 12, -62, channels=6)
    rows[:, 2] += 0.25  # 1 g
    for start in (357, 714, 1071):
        rows[start : start + 119, :3] += 0.2 * np.sin(np.arange(119) * 0.3)[:, np.newaxis]
    found = [index for index, _heard in told(MOTION, rows, 4)]
    assert len(found) == 3
    assert all(abs(index - start) <= 12 for index, start in zip(found, (357, 714, 1071), strict=True))


@pytest.mark.parametrize("seconds", [0.3, 1.5, 600.0])
def test_a_take_begins_before_its_onset_and_by_no_more_than_a_recorder_holds(seconds):
    begins = Cuts(16_000).begins(160_000, seconds)
    assert begins is not None
    assert 0 < 160_000 - begins < 0.5 * seconds * 16_000
    assert 160_000 - begins < (HELD_S - HELD_WITHIN_S) * 16_000


def test_no_take_has_samples_of_another_and_what_begins_in_one_makes_none():
    cuts = Cuts(16_000)
    first = cuts.begins(16_000, 1.0)
    assert first == 16_000 - 4_800
    assert cuts.begins(first + 15_999, 1.0) is None
    assert cuts.begins(first + 16_100, 1.0) == first + 16_000


def test_real_words_over_a_room_are_found(shared_data):
    """145 words of many people, half a second to more than one apart, over noise at -46 dBFS: what a laptop hears."""
    random = np.random.default_rng(1)
    parts, spans, at = [np.zeros(16_000)], [], 16_000
    for path in sorted((shared_data / "speech-commands-mini").glob("*/*.wav")):
        sound, _rate = soundfile.read(path)
        loud = np.convolve(sound**2, np.ones(320) / 320, "same")
        where = np.flatnonzero(loud > 0.05 * loud.max())
        spans.append((at + where[0], at + where[-1]))
        parts += [sound, np.zeros(round(random.uniform(0.5, 1.2) * 16_000))]
        at += len(parts[-2]) + len(parts[-1])
    sound = np.concatenate(parts) + noise(at, -46)[:, 0]
    found = np.array([index for index, _heard in told(SOUND, sound)])
    own = [np.count_nonzero((found >= first - 8_000) & (found <= last)) for first, last in spans]
    assert np.count_nonzero(own) >= 0.95 * len(spans)
    assert len(found) - np.count_nonzero(own) <= 0.05 * len(spans)
