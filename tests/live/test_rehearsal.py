"""Matching decisions to known times, and the host's rehearsal against a board that heard the same."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from studio.core.errors import InvalidInput, NotFound
from studio.live.live import Heard, LiveSession
from studio.live.rehearsal import Counts, TruthMark, count, read_truth, rehearse
from studio.model.image import Decision

LATE_S = 0.75


def heard(label: str, at_s: float) -> Heard:
    return Heard(label, 1.0, round(at_s * 1e6))


MUSIC = TruthMark(1.0, 1.5, "music")


@pytest.mark.parametrize(
    ("decisions", "found", "missed", "false_alarms"),
    [
        ([], 0, 1, 0),
        ([heard("music", 1.6)], 1, 0, 0),
        ([heard("music", 1.0)], 1, 0, 0),  # while it is being said
        ([heard("music", 2.25)], 1, 0, 0),
        ([heard("music", 0.9)], 0, 1, 1),  # before it
        ([heard("music", 2.3)], 0, 1, 1),  # too late
        ([heard("lights", 1.6)], 0, 1, 1),  # another word
        ([heard("music", 1.6), heard("music", 2.0)], 1, 0, 1),  # said once, heard twice
    ],
)
def test_a_decision_answers_its_word_in_its_time(decisions, found, missed, false_alarms):
    assert count(decisions, [MUSIC], ["music", "lights"], LATE_S) == Counts(found, missed, false_alarms)


def test_words_that_are_not_listened_for_are_not_missed_and_do_not_excuse_an_alarm():
    truth = [MUSIC, TruthMark(4.0, 4.5, "house")]
    assert count([heard("lights", 4.6)], truth, ["music", "lights"], LATE_S) == Counts(0, 1, 1)


def test_two_words_close_together_are_answered_one_each():
    truth = [MUSIC, TruthMark(1.6, 2.1, "music")]
    assert count([heard("music", 2.2), heard("music", 1.7)], truth, ["music"], LATE_S) == Counts(2, 0, 0)


marks = st.lists(
    st.builds(lambda start, length, label: TruthMark(start, start + length, label),
              st.floats(0, 50), st.floats(0, 1), st.sampled_from("abx")), max_size=20,
)  # fmt: skip
decisions = st.lists(st.builds(heard, st.sampled_from("ab"), st.floats(0, 55)), max_size=20)


@given(decisions, marks)
def test_every_word_and_every_decision_is_counted_once(said, truth):
    counts = count(said, truth, "ab", LATE_S)
    assert counts.present == sum(mark.label in "ab" for mark in truth)
    assert counts.found + counts.false_alarms == len(said)
    assert min(counts.found, counts.missed, counts.false_alarms) >= 0


def test_a_label_track_is_read_as_audacity_writes_it(tmp_path):
    path = tmp_path / "labels.txt"
    path.write_bytes(b"\xef\xbb\xbf2.500000\t3.100000\tmusic\r\n\\\t100.0\t4000.0\r\n\r\n1.0\t1.0\tgood morning\r\n")
    assert read_truth(path) == [TruthMark(1.0, 1.0, "good morning"), TruthMark(2.5, 3.1, "music")]


@pytest.mark.parametrize("line", ["music", "1.0\tmusic", "a\tb\tmusic", "2.0\t1.0\tmusic", "nan\tnan\tx", "-1\t2\tx"])
def test_a_line_that_is_no_label_is_named(tmp_path, line):
    path = tmp_path / "labels.txt"
    path.write_text(f"0.1\t0.2\tmusic\n{line}\n")
    with pytest.raises(InvalidInput, match="line 2"):
        read_truth(path)


def test_a_truth_that_is_absent_or_no_text_is_told(tmp_path):
    with pytest.raises(NotFound):
        read_truth(tmp_path / "labels.txt")
    (tmp_path / "labels.txt").write_bytes(bytes(range(128, 256)))
    with pytest.raises(InvalidInput):
        read_truth(tmp_path / "labels.txt")


def test_the_host_decides_what_a_board_decides(listening: Callable[..., Any], make_image: Any, speech_wav):
    image = make_image(rule=Decision(2, 60, 500, 1_600, background=0, unknown=1))
    with listening(image) as board:
        windows = list(LiveSession(board, image).windows(3.0))
    began_us = windows[0].t_us
    on_board = [(w.decision.label, w.decision.score, w.decision.t_us - began_us) for w in windows if w.decision]
    rehearsal = rehearse(image, speech_wav, [])
    assert [(h.label, h.score, h.t_us) for h in rehearsal.heard] == on_board
    assert on_board
    assert rehearsal.windows == len(windows) == 31
    assert rehearsal.counts == Counts(0, 0, len(on_board))
    assert rehearsal.hours == pytest.approx(4 / 3600)


def test_a_long_stream_is_cut_into_chunks_without_a_seam(image, speech, tmp_path):
    """The same as all windows at once, over several chunks and with a rest."""
    from studio.live.compare import Reference

    sound = np.resize(speech, 700_001)
    soundfile.write(tmp_path / "long.wav", sound, 16_000, subtype="PCM_16")
    reference = Reference(image)
    starts = range(0, len(sound) - 16_000 + 1, reference.hop_samples)
    rehearsal = rehearse(image, tmp_path / "long.wav", [])
    assert rehearsal.windows == len(starts)
    from studio.live.rehearsal import _all_scores

    scores, heard_samples = _all_scores(reference, tmp_path / "long.wav", lambda _fraction, _text: None)
    assert heard_samples == 700_001
    for index in (0, 127, 128, 129, len(starts) - 1):
        expected = reference.stages(sound[starts[index] :][:16_000]).scores
        assert np.array_equal(scores[index], expected)


def test_a_stream_shorter_than_a_window_is_refused(image, speech, tmp_path):
    soundfile.write(tmp_path / "short.wav", speech[:15_999], 16_000, subtype="PCM_16")
    with pytest.raises(InvalidInput, match="shorter"):
        rehearse(image, tmp_path / "short.wav", [])
    with pytest.raises(NotFound):
        rehearse(image, tmp_path / "absent.wav", [])
