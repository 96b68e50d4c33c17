"""A virtual board that listens: what its messages say of a window is true of the window that it sends."""

import hashlib
import runpy
import zlib
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import soundfile

from studio.boards.address import parse_address
from studio.boards.connection import BoardRefused, open_board
from studio.link.messages import SamplesBlock, Scores, WindowPart

ROOT = Path(__file__).resolve().parents[2]
RATE_HZ = 16_000
CLIP, HOP = 1600, 480  # of the small model
STAGE_BYTES = {3: 3, 2: 80, 1: 160, 0: 2 * CLIP}


@pytest.fixture(scope="module")
def image():
    return runpy.run_path(str(ROOT / "tests/firmware/fuzz.py"))["listening_image"]()


@pytest.fixture
def board(tmp_path, image):
    """Hears noise, and holds the model."""
    noise = np.random.default_rng(3).integers(-8000, 8000, 4 * RATE_HZ, dtype=np.int16)
    soundfile.write(tmp_path / "noise.wav", noise, RATE_HZ)
    with open_board(parse_address(f"virtual?pace=fast&play={tmp_path / 'noise.wav'}"), tmp_path) as opened:
        opened.command("upload", bytes=len(image), sha256=hashlib.sha256(image).digest())
        assert opened.hello.image is None
        for offset in range(0, len(image), 1000):
            opened.send_chunk(offset, image[offset : offset + 1000])
            opened.chunk_accepted(offset)
        opened.command("commit")
        yield opened


def test_the_board_says_which_model_it_has_as_soon_as_it_has_it(board, image):
    assert board.hello.image == hashlib.sha256(image).digest()
    assert board.hello.image_status == 0
    tested = board.command("selftest").fields
    assert tested["equal"] is True
    whole = bytes(tested["output"])
    assert len(whole) == STAGE_BYTES[3]
    assert bytes(board.command("selftest", **{"from": 1}).fields["output"]) == whole[1:]
    with pytest.raises(BoardRefused) as refused:
        board.command("selftest", **{"from": len(whole) + 1})
    assert refused.value.status == -5


def listen(board, windows):
    """So many scores, and all that came meanwhile."""
    scores: list[Scores] = []
    parts: list[WindowPart] = []
    blocks: list[SamplesBlock] = []
    for message in board.messages(10):
        if isinstance(message, Scores):
            scores.append(message)
        elif isinstance(message, WindowPart):
            parts.append(message)
        elif isinstance(message, SamplesBlock):
            blocks.append(message)
        if len(scores) > windows:
            break
    return scores[:windows], parts, blocks


def test_every_window_that_is_echoed_has_the_checksums_of_its_scores(board):
    board.command("run", echo=1)
    scores, parts, _ = listen(board, 20)
    board.command("halt")
    assert [s.window_index for s in scores] == list(range(20))
    assert [s.first_sample for s in scores] == [HOP * n for n in range(20)]
    assert [s.time_us - scores[0].time_us for s in scores] == [HOP * n * 1_000_000 // RATE_HZ for n in range(20)]
    for score in scores:
        stages = {stage: bytearray(size) for stage, size in STAGE_BYTES.items()}
        mine = [part for part in parts if part.window_index == score.window_index]
        assert [part.stage for part in mine] == sorted((part.stage for part in mine), reverse=True)
        for part in mine:
            assert part.total_bytes == STAGE_BYTES[part.stage]
            stages[part.stage][part.offset : part.offset + len(part.data)] = part.data
        assert sum(len(part.data) for part in mine) == sum(STAGE_BYTES.values())
        assert zlib.crc32(stages[0]) == score.samples_crc
        assert zlib.crc32(stages[1]) == score.features_crc
        assert zlib.crc32(stages[2]) == score.input_crc
        assert bytes(stages[3]) == score.scores


def test_the_checksums_are_those_of_the_samples_that_were_sent(board):
    board.command("run")
    scores, parts, blocks = listen(board, 20)
    board.command("halt")
    heard = np.concatenate([block.samples[:, 0] for block in blocks])
    assert parts == []
    checked = [s for s in scores if s.first_sample + CLIP <= len(heard)]
    assert len(checked) > 10
    for score in checked:
        window = heard[score.first_sample : score.first_sample + CLIP]
        assert zlib.crc32(window.astype("<i2").tobytes()) == score.samples_crc


def test_samples_may_stay_on_the_board_and_windows_may_be_asked_for_one_by_one(board):
    board.command("run", samples=0)
    listen(board, 3)
    board.command("echo", windows=2)
    received: Counter[int] = Counter()
    for message in board.messages(10):
        assert not isinstance(message, SamplesBlock)
        if isinstance(message, WindowPart):
            received[message.window_index] += len(message.data)
        if sum(received.values()) == 2 * sum(STAGE_BYTES.values()):
            break
    board.command("halt")
    assert set(received.values()) == {sum(STAGE_BYTES.values())}
    assert not [m for m in board.messages(0.2) if isinstance(m, WindowPart)]
    with pytest.raises(BoardRefused):
        board.command("echo", windows=1)


def test_a_new_upload_ends_the_listening(board, image):
    board.command("run")
    listen(board, 3)
    board.command("upload", bytes=len(image), sha256=hashlib.sha256(image).digest())
    assert board.hello.image is None
    list(board.messages(0.2))
    with pytest.raises(BoardRefused):
        board.command("run")
