"""Board and host on the same windows: equal where they are, and parted at the right stage where something is wrong."""

import hashlib
import itertools
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from studio.boards.connection import Board, BoardLost
from studio.core.errors import InvalidInput
from studio.deploy.upload import SelfTestFailed, upload
from studio.features.blocks import LogMel
from studio.features.logmel_reference import log_mel as log_mel_model
from studio.features.logmel_reference import quantise as quantise_model
from studio.link.messages import Scores
from studio.link.sample_block import SamplesBlock
from studio.live.compare import Reference, Stage
from studio.live.live import LiveSession, LiveWindow, save_window
from studio.model.image import Decision, build_image
from studio.native.engine import Engine

HOP = 3_200  # the rule's 3,300 samples, rounded down to whole strides
Start = Callable[..., AbstractContextManager[Board]]


def rehashed(image: bytearray) -> bytes:
    image[16:48] = hashlib.sha256(image[:16] + image[48:]).digest()
    return bytes(image)


class Tampered:
    """A board whose messages pass through hands that may keep or change them."""

    def __init__(self, board: Board, change: Callable[[Any], Any]) -> None:
        self._board = board
        self._change = change

    def __getattr__(self, name: str) -> Any:
        return getattr(self._board, name)

    def messages(self, timeout_s: float) -> Iterator[Any]:
        for message in self._board.messages(timeout_s):
            changed = self._change(message)
            if changed is not None:
                yield changed


def windows_of(board: Any, image: bytes, seconds: float = 2.5, **options: bool) -> list[LiveWindow]:
    return list(LiveSession(board, image, **options).windows(seconds))


def test_every_window_is_equal_and_none_is_left_out(listening: Start, image: bytes, speech: NDArray[np.int16]):
    with listening(image) as board:
        windows = windows_of(board, image, 3.0)
    assert [w.index for w in windows] == list(range(16))
    assert [w.first_sample for w in windows] == [HOP * n for n in range(16)]
    assert [w.t_us - windows[0].t_us for w in windows] == [200_000 * n for n in range(16)]
    for window in windows:
        assert window.equal
        assert window.host is not None
        assert np.array_equal(window.host.samples, speech[window.first_sample :][:16_000])
        assert window.host.scores.tobytes() == window.device_scores
    assert len({w.device_scores for w in windows}) > 3


def test_the_board_decides_and_the_host_hears_of_it_with_the_window_it_ended_in(listening: Start, make_image: Any):
    image = make_image(rule=Decision(1, 1, 0, HOP, background=0, unknown=1))
    with listening(image) as board:
        windows = windows_of(board, image)
    for window in windows:
        assert window.decision is not None
        assert window.decision.label in ("yes", "no")
        assert window.decision.t_us == window.t_us + 1_000_000


def test_a_window_that_was_asked_for_is_the_one_that_the_board_used(
    listening: Start, image: bytes, speech: NDArray[np.int16]
):
    with listening(image) as board:
        windows = windows_of(board, image, keep_windows=True)
    assert len(windows) == 13
    for window in windows:
        assert window.board_stages is not None
        assert window.equal
        assert window.difference is None
        assert np.array_equal(window.board_stages.samples, speech[window.first_sample :][:16_000])


def test_saved_windows_are_what_others_compute_from_them(
    listening: Start, image: bytes, tflite: bytes, tflm: Callable[[bytes], Any], tmp_path
):
    """The front end by the NumPy model, the scores by TensorFlow Lite Micro; neither is our C core."""
    with listening(image) as board:
        paths = [save_window(w, tmp_path) for w in windows_of(board, image, keep_windows=True)]
    section = LogMel().pack()
    interpreter = tflm(tflite)
    assert len(paths) == 13
    for path in paths:
        saved = np.load(path)
        assert {name: (saved[name].dtype, saved[name].shape) for name in saved.files} == {
            "samples": (np.int16, (16_000,)),
            "features": (np.int16, (49, 40)),
            "input": (np.int8, (49, 40)),
            "scores": (np.int8, (4,)),
            "t_us": (np.int64, ()),
        }
        features = log_mel_model(saved["samples"][None], section)
        assert np.array_equal(features[0], saved["features"])
        assert np.array_equal(quantise_model(features, section)[0], saved["input"])
        interpreter.set_input(saved["input"].reshape(interpreter.get_input_details(0)["shape"]), 0)
        interpreter.invoke()
        assert np.array_equal(interpreter.get_output(0).ravel(), saved["scores"])


def check_parted(windows: list[LiveWindow], stage: Stage) -> None:
    """All parted there, and the first differing value is the first that differs."""
    assert len(windows) == 13
    assert {w.parted for w in windows} == {stage}
    for window in windows:
        difference, device, host = window.difference, window.board_stages, window.host
        assert difference is not None
        assert device is not None
        assert host is not None
        assert difference.stage is stage
        ours = getattr(device, {"kernels": "scores", "quantised": "input"}.get(stage, stage.value)).ravel()
        theirs = getattr(host, {"kernels": "scores", "quantised": "input"}.get(stage, stage.value)).ravel()
        assert np.array_equal(ours[: difference.index], theirs[: difference.index])
        assert (difference.device, difference.host) == (ours[difference.index], theirs[difference.index])
        assert difference.device != difference.host


def test_one_changed_weight_fails_the_self_test_and_parts_at_the_kernels(
    listening: Start, image: bytes, sections: Any, speech: NDArray[np.int16]
):
    at, length = sections(image)["DATA"]
    inputs = np.stack([Reference(image).stages(speech[n * HOP :][:16_000]).input.ravel() for n in range(13)])
    right = Engine(image).run(inputs)
    for place in range(at, at + length):
        changed = bytearray(image)
        changed[place] ^= 0x40
        tampered = rehashed(changed)
        if (Engine(tampered).run(inputs) != right).any(axis=1).all():
            break
    with listening(image) as board:
        with pytest.raises(SelfTestFailed):
            upload(board, tampered)
        check_parted(windows_of(board, image, keep_windows=True), Stage.KERNELS)


def test_another_table_in_the_front_end_parts_at_the_features(listening: Start, image: bytes, sections: Any):
    at, _length = sections(image)["FEND"]
    changed = bytearray(image)
    window_table = at + 52 + 4 * 40  # after the header and the floor of each band
    changed[window_table + 2 * 240 + 1] ^= 0x10  # the middle of the Hann window
    with listening(rehashed(changed)) as board:
        check_parted(windows_of(board, image, keep_windows=True), Stage.FEATURES)


def test_a_window_is_asked_for_after_one_has_parted(listening: Start, image: bytes, make_image: Any):
    other = make_image(front_end=replace(LogMel(), input_zero_point=1).pack())
    with listening(other, "virtual:nano33ble") as board:  # in real time, so that it has not gone far ahead
        windows = LiveSession(board, image).windows()
        for window in itertools.islice(windows, 8):
            assert window.parted is Stage.QUANTISED
            if window.difference is not None:
                break
    assert window.difference is not None
    assert window.difference.device == window.difference.host + 1 or window.difference.host == 127
    assert window.index > 0


def test_another_zero_point_parts_at_the_quantised_input(listening: Start, image: bytes, make_image: Any):
    other = make_image(front_end=replace(LogMel(), input_zero_point=1).pack())
    with listening(other) as board:
        check_parted(windows_of(board, image, keep_windows=True), Stage.QUANTISED)


def test_samples_lost_on_the_link_part_the_windows_that_had_them_and_no_others(listening: Start, image: bytes):
    def without_one(message: Any) -> Any:
        return None if isinstance(message, SamplesBlock) and message.first_index == 24_000 else message

    with listening(image) as board:
        session = LiveSession(Tampered(board, without_one), image)  # type: ignore[arg-type]
        windows = list(session.windows(2.5))
    assert session.samples_lost == 320
    assert session.windows_skipped == 0
    for window in windows:
        touched = window.first_sample < 24_320 and window.first_sample + 16_000 > 24_000
        assert window.parted is (Stage.SAMPLES if touched else None)
        assert (window.host is None) == touched


def test_a_window_whose_scores_never_came_is_counted(listening: Start, image: bytes):
    def without_two(message: Any) -> Any:
        return None if isinstance(message, Scores) and message.window_index in (0, 5) else message

    with listening(image) as board:
        session = LiveSession(Tampered(board, without_two), image)  # type: ignore[arg-type]
        windows = list(session.windows(2.0))
    assert [w.index for w in windows] == [1, 2, 3, 4, 6, 7, 8, 9, 10, 11]
    assert session.windows_skipped == 2
    assert all(window.equal for window in windows)


def test_a_sample_altered_on_the_link_is_found(listening: Start, image: bytes):
    def louder(message: Any) -> Any:
        if isinstance(message, SamplesBlock):
            samples = message.samples.copy()
            samples[7] ^= 1
            return replace(message, samples=samples)
        return message

    with listening(image) as board:
        windows = windows_of(Tampered(board, louder), image, keep_windows=True)
    check_parted(windows, Stage.SAMPLES)
    assert {w.difference.index for w in windows if w.difference} <= set(range(7, 16_000, 320))


def test_a_board_that_is_gone_is_told_after_what_had_come(listening: Start, image: bytes):
    with listening(image) as board:
        windows = LiveSession(board, image).windows()
        heard = [next(windows) for _ in range(3)]
        os.kill(board._transport._board.board_pid, signal.SIGKILL)  # type: ignore[attr-defined]
        with pytest.raises(BoardLost):
            heard += windows
    assert all(window.equal for window in heard)


def test_leaving_early_stops_the_board_and_it_can_listen_again(listening: Start, image: bytes):
    with listening(image) as board:
        first = next(LiveSession(board, image).windows())
        again = windows_of(board, image, 1.0)
    assert first.index == again[0].index == 0
    assert first.device_scores == again[0].device_scores
    assert all(window.equal for window in again)


def test_an_image_without_a_front_end_cannot_listen(planned: Any):
    with pytest.raises(InvalidInput, match="front end"):
        Reference(build_image(planned))
