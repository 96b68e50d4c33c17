"""The virtual board as real processes over a real pty: what it hears arrives whole, and nothing outlives its parent."""

import hashlib
import itertools
import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from studio.boards.address import parse_address
from studio.boards.feed import in_chunks
from studio.boards.playback import play
from studio.boards.virtual import start_virtual_board
from studio.core.errors import StudioError
from studio.link.decoder import Decoder
from studio.link.encoder import Frame, encode
from studio.link.messages import COMMAND, HELLO, SAMPLES, command
from studio.link.sample_block import parse_samples

RATE_HZ = 16_000
ROOT = Path(__file__).resolve().parents[2]
OK, E_IMAGE, E_STATE, E_HASH, E_TOO_LARGE, E_ARGUMENT, E_UNSUPPORTED, E_DENIED = 0, -1, -10, -4, -7, -5, -8, -11
SLOT_BYTES = 524_288


def noise(seconds: float, seed: int = 0) -> NDArray[np.int16]:
    return np.random.default_rng(seed).integers(-32768, 32768, round(RATE_HZ * seconds), dtype=np.int16)


@pytest.fixture
def wav(tmp_path):
    def write(samples, name="noise.wav", rate_hz=RATE_HZ, subtype="PCM_16"):
        path = tmp_path / name
        soundfile.write(path, samples, rate_hz, subtype=subtype)
        return path

    return write


def assert_continuous(blocks: list[Any], rate_hz: int = RATE_HZ) -> None:
    """Neither index nor device time jumps."""
    for before, after in itertools.pairwise(blocks):
        assert after.first_index == before.first_index + len(before.samples)
        steps_us = after.time_us - before.time_us
        assert abs(steps_us - len(before.samples) * 1e6 / rate_hz) <= 1


@pytest.mark.parametrize(("pace", "seconds"), [("fast", 60.0), ("real", 2.0)])
def test_a_played_file_arrives_exact_and_whole_and_then_silence(start, wav, pace, seconds):
    expected = noise(seconds)
    with start("--play", str(wav(expected)), "--pace", pace) as board:
        assert board.link.ask("start", sensor=0, rate=RATE_HZ).status == OK
        samples, blocks = board.link.samples(len(expected) + RATE_HZ // 2)
        assert board.link.ask("stop", sensor=0).status == OK
    assert np.array_equal(samples[: len(expected)], expected)
    assert not samples[len(expected) :].any()
    assert blocks[0].first_index == 0
    assert blocks[-1].lost_board == 0
    assert_continuous(blocks)
    assert board.link.discarded == 0


def test_real_time_is_real_time(start, wav):
    with start("--play", str(wav(noise(3)))) as board:
        board.link.ask("start", sensor=0, rate=RATE_HZ)
        board.link.samples(1)
        began_s = time.monotonic()
        board.link.samples(RATE_HZ)
        assert time.monotonic() - began_s == pytest.approx(1, abs=0.2)


@pytest.mark.parametrize(("who", "away_s"), [("pid", 0.6), ("pid", 3.0), ("feed_pid", 0.6)])
def test_a_board_that_is_kept_from_the_processor_catches_up(start, wav, who, away_s):
    """Its driver holds a quarter of a second, but a real one's processor is not taken away. Pipe and pty hold 2 s."""
    played = noise(away_s + 1)
    with start("--play", str(wav(played))) as board:
        board.link.ask("start", sensor=0, rate=RATE_HZ)
        before, _ = board.link.samples(RATE_HZ // 4)
        os.kill(board.line[who], signal.SIGSTOP)
        time.sleep(away_s)  # how long it stands still
        os.kill(board.line[who], signal.SIGCONT)
        after, blocks = board.link.samples(len(played) - len(before))
    assert np.array_equal(np.concatenate([before, after])[: len(played)], played)
    assert blocks[-1].lost_board == 0
    assert_continuous(blocks)


def test_a_board_that_catches_up_goes_no_faster_than_its_link_lets_bytes_out(start, wav):
    rate_hz = 48_000
    played = np.resize(noise(1), 4 * rate_hz)
    with start("--play", str(wav(played, rate_hz=rate_hz)), "--jitter-ms", "5") as board:
        board.link.ask("start", sensor=0, rate=rate_hz)
        before, _ = board.link.samples(rate_hz // 4)
        os.kill(board.line["pid"], signal.SIGSTOP)
        time.sleep(1.2)  # as above
        os.kill(board.line["pid"], signal.SIGCONT)
        after, blocks = board.link.samples(2 * rate_hz)
    heard = np.concatenate([before, after])
    assert np.array_equal(heard, played[: len(heard)])
    assert blocks[-1].lost_board == 0


def test_a_board_whose_loop_is_busy_for_too_long_loses_what_its_driver_cannot_hold(start, wav):
    """A processor so slow that a turn of the loop takes longer than samples take to come."""
    played = noise(12)
    with start("--play", str(wav(played)), "--slower", "1500") as board:
        board.link.ask("start", sensor=0, rate=RATE_HZ)
        blocks: list[Any] = []
        while not blocks or (blocks[-1].lost_board == 0 and blocks[-1].first_index < 10 * RATE_HZ):
            blocks += board.link.samples(1)[1]
    assert blocks[-1].lost_board > 0
    for block in blocks:
        end = block.first_index + len(block.samples)
        assert np.array_equal(block.samples[:, 0], played[block.first_index : end])


def test_every_start_is_the_beginning_of_the_file(start, wav):
    expected = noise(1)
    with start("--play", str(wav(expected)), "--pace", "fast") as board:
        for _ in range(3):
            board.link.ask("start", sensor=0, rate=RATE_HZ)
            samples, blocks = board.link.samples(len(expected))
            assert np.array_equal(samples[: len(expected)], expected)
            assert blocks[0].first_index == 0


def test_after_the_reply_to_stop_there_are_no_samples(start):
    with start("--pace", "fast") as board:
        board.link.ask("start", sensor=0, rate=RATE_HZ)
        board.link.samples(RATE_HZ)
        board.link.ask("stop", sensor=0)
        assert board.link.ask("nonsense").status == E_UNSUPPORTED
        assert board.link.waiting == []


def test_device_time_goes_on_across_streams(start):
    with start("--pace", "fast") as board:
        board.link.ask("start", sensor=0, rate=RATE_HZ)
        _, first = board.link.samples(RATE_HZ)
        board.link.ask("start", sensor=0, rate=RATE_HZ)
        _, second = board.link.samples(1)
        assert second[0].time_us >= first[-1].time_us


def test_a_host_that_does_not_read_loses_samples_that_are_counted(start, wav):
    expected = noise(5)
    with start("--play", str(wav(expected))) as board:
        board.link.ask("start", sensor=0, rate=RATE_HZ)
        time.sleep(3.5)  # more than pty and queue hold
        board.link.samples(1)
        samples, blocks = board.link.samples(3 * RATE_HZ // 2)
    assert blocks[-1].lost_board > 0
    for block in blocks:  # what does arrive is where it says
        first = block.first_index
        part = expected[first : first + len(block.samples)]
        assert np.array_equal(block.samples[: len(part), 0], part)
    arrived = blocks[-1].first_index - blocks[0].first_index - (blocks[-1].lost_board - blocks[0].lost_board)
    assert arrived == len(samples) - len(blocks[-1].samples)


def test_a_fast_board_waits_for_a_host_that_does_not_read(start, wav):
    expected = noise(20)
    with start("--play", str(wav(expected)), "--pace", "fast") as board:
        board.link.ask("start", sensor=0, rate=RATE_HZ)
        time.sleep(0.5)
        samples, blocks = board.link.samples(len(expected))
    assert np.array_equal(samples[: len(expected)], expected)
    assert blocks[-1].lost_board == 0


def test_a_folder_plays_by_name_with_pauses_and_again(start, wav, tmp_path):
    second, first = noise(0.3, 2), noise(0.21, 1)
    wav(second, "b.wav")
    wav(first, "a.wav")
    (tmp_path / "notes.txt").write_text("not a sound")
    pause = np.zeros(RATE_HZ // 2, dtype=np.int16)
    expected = np.concatenate([first, pause, second, pause, first, pause])
    with start("--play", str(tmp_path), "--pace", "fast") as board:
        board.link.ask("start", sensor=0, rate=RATE_HZ)
        samples, _ = board.link.samples(len(expected))
    assert np.array_equal(samples[: len(expected)], expected)


def test_another_rate_is_resampled(wav):
    time_s = np.arange(48_000) / 48_000
    path = wav(0.5 * np.sin(2 * np.pi * 440 * time_s), rate_hz=48_000, subtype="FLOAT")
    heard = np.concatenate(list(play(path, RATE_HZ)))
    assert len(heard) == pytest.approx(RATE_HZ, abs=2)
    ideal = 16384 * np.sin(2 * np.pi * 440 * np.arange(len(heard)) / RATE_HZ)
    assert np.abs(heard[200:-200] - ideal[200:-200]).max() < 3


def test_several_channels_are_averaged_and_24_bits_lose_only_the_last_8(wav):
    left, right = noise(0.1, 3), noise(0.1, 4)
    stereo = np.stack([left, right], axis=1)
    heard = np.concatenate(list(play(wav(stereo, "stereo.wav"), RATE_HZ)))
    assert np.abs(heard - stereo.mean(axis=1)).max() <= 0.5
    deep = wav(left.astype(np.int32) << 16, "deep.wav", subtype="PCM_24")
    assert np.array_equal(np.concatenate(list(play(deep, RATE_HZ))), left)


@given(st.lists(st.lists(st.integers(-32768, 32767), max_size=50)), st.integers(1, 20))
def test_chunks_hold_the_same_samples(blocks, chunk):
    arrays = [np.array(block, dtype=np.int16) for block in blocks]
    chunks = list(in_chunks(iter(arrays), chunk))
    assert [int(v) for c in chunks for v in c] == [v for block in blocks for v in block]
    assert all(len(c) == chunk for c in chunks[:-1])


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (("--play", "/no/such/file.wav"), "/no/such/file.wav"),
        (("--flash", "/no/such/folder/x.flash"), "flash"),
    ],
)
def test_what_cannot_start_says_why(start, options, why):
    with start(*options) as board:
        assert why in board.line["error"]
        assert board.process.wait(5) is not None


@pytest.mark.parametrize(
    "option",
    ["ppm=fast", "ppm=1.5", "ppm=200000", "jitter=-1", "jitter=nan", "slower=0", "press=", "press=1,", "press=-1"],
)
def test_what_no_board_can_be_is_refused_before_it_starts(option):
    with pytest.raises(StudioError, match=option.partition("=")[0]):
        start_virtual_board(parse_address(f"virtual:nano33ble?{option}"), None)


def test_an_unknown_rate_or_sensor_is_refused(start):
    with start() as board:
        assert board.link.ask("start", sensor=0, rate=12_345).status == E_ARGUMENT
        assert board.link.ask("start", sensor=7, rate=RATE_HZ).status == E_ARGUMENT
        assert board.link.ask("start").status == E_ARGUMENT
        assert board.link.ask("run").status == E_IMAGE
        assert board.link.ask("echo", windows=1).status == E_STATE
        assert board.link.ask("commit").status == E_STATE
        assert board.link.ask("selftest").status == E_STATE


def test_noise_on_the_line_does_no_harm(start):
    rng = np.random.default_rng(5)
    with start() as board:
        for _ in range(50):
            board.link.write(rng.integers(0, 256, rng.integers(1, 3000), dtype=np.uint8).tobytes())
        board.link.write(b"\0")
        assert board.link.hello().board == "nano33ble"


@pytest.mark.fault
def test_a_killed_board_looks_like_a_pulled_cable(start, ends):
    with start("--pace", "fast") as board:
        board.link.ask("start", sensor=0, rate=RATE_HZ)
        os.kill(board.line["pid"], signal.SIGKILL)
        with pytest.raises(EOFError):
            board.link.to_the_end()
        ends(board.line["feed_pid"])


@pytest.mark.fault
@pytest.mark.parametrize("pace", ["real", "fast"])
def test_a_killed_sidecar_takes_the_board_with_it(start, ends, pace):
    with start("--pace", pace) as board:
        board.link.ask("start", sensor=0, rate=RATE_HZ)
        os.kill(board.line["feed_pid"], signal.SIGKILL)
        with pytest.raises(EOFError):
            board.link.to_the_end()
        ends(board.line["pid"])


@pytest.mark.fault
def test_both_end_when_their_parent_is_killed(ends):
    code = (
        "import subprocess, sys, time\n"
        "p = subprocess.Popen([sys.executable, '-m', 'studio.boards.feed', '--board', 'nano33ble'],"
        " stdin=subprocess.PIPE, stdout=subprocess.PIPE)\n"
        "print(p.stdout.readline().decode(), end='', flush=True)\n"
        "time.sleep(60)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, cwd=ROOT, text=True)
    assert parent.stdout is not None
    with parent, parent.stdout:
        line = json.loads(parent.stdout.readline())
        parent.kill()
    ends(line["feed_pid"])
    ends(line["pid"])


def upload(link: Any, image: bytes, chunk: int = 1000, **fields: Any) -> int:
    reply = link.ask("upload", bytes=len(image), sha256=hashlib.sha256(image).digest(), **fields)
    if reply.status != OK:
        return int(reply.status)
    for at in range(0, len(image), chunk):
        status = link.chunk(at, image[at : at + chunk]).status
        if status != OK:
            return int(status)
    return int(link.ask("commit").status)


def test_flash_outlives_the_board(start, tmp_path):
    flash = tmp_path / "nano.flash"
    content = np.random.default_rng(6).bytes(5432)
    with start("--flash", str(flash)) as board:
        assert flash.read_bytes() == b"\xff" * SLOT_BYTES
        assert upload(board.link, content) == E_IMAGE  # arrives whole, and is no model image
        first_id = board.link.hello().id
    assert flash.read_bytes() == content + b"\xff" * (SLOT_BYTES - len(content))
    with start("--flash", str(flash)) as board:
        hello = board.link.hello()
        assert hello.image is None
        assert hello.id == first_id
        os.kill(board.line["pid"], signal.SIGKILL)
    with start("--flash", str(flash)) as board:
        assert board.link.hello().id == first_id


def test_chunks_out_of_place_are_refused_and_repeated_ones_are_not(start):
    content = np.random.default_rng(7).bytes(3000)
    with start() as board:
        ask = board.link.ask
        assert ask("upload", bytes=SLOT_BYTES + 1, sha256=bytes(32)).status == E_TOO_LARGE
        assert ask("upload", bytes=10).status == E_ARGUMENT
        assert board.link.chunk(0, b"x").status == E_STATE
        assert ask("upload", bytes=3000, sha256=bytes(32)).status == OK
        assert board.link.chunk(1000, content[1000:2000]).status == E_ARGUMENT
        assert board.link.chunk(0, content[:1000]).status == OK
        assert board.link.chunk(0, content[:1000]).status == OK
        assert board.link.chunk(0, content[1000:2000]).status == E_ARGUMENT
        assert ask("commit").status == E_STATE
        assert board.link.chunk(1000, content[1000:2000]).status == OK
        assert board.link.chunk(2000, content[2000:] + b"!").status == E_ARGUMENT
        assert board.link.chunk(2000, content[2000:]).status == OK
        assert ask("commit").status == E_HASH


@pytest.mark.parametrize("content", [b"", b"\0" * 600_000, b"\xff" * 7, b"\0" * SLOT_BYTES, None])
def test_a_board_with_rubbish_in_flash_starts_without_a_model(start, tmp_path, content):
    flash = tmp_path / "rubbish.flash"
    flash.write_bytes(np.random.default_rng(8).bytes(SLOT_BYTES) if content is None else content)
    with start("--flash", str(flash)) as board:
        assert board.link.hello().image is None
        assert board.link.ask("run").status < 0


def test_one_flash_file_is_one_board(start, tmp_path):
    flash = tmp_path / "nano.flash"
    with start("--flash", str(flash)), start("--flash", str(flash)) as second:
        assert "another virtual board" in second.line["error"]


def test_an_upload_over_tcp_needs_the_token(start):
    content = np.random.default_rng(9).bytes(1500)
    with start("--link", "tcp") as board:
        assert upload(board.link, content) == E_DENIED
        assert upload(board.link, content, token="0" * 32) == E_DENIED
        assert upload(board.link, content, token=board.line["token"]) == E_IMAGE  # let in, and is no model image


def test_tcp_clients_may_come_and_go(start):
    with start("--link", "tcp", "--pace", "fast") as board:
        board.link.ask("start", sensor=0, rate=RATE_HZ)
        board.link.samples(RATE_HZ)
        os.close(board.link.file)
        board.link.file = socket.create_connection(("127.0.0.1", board.line["port"])).detach()
        board.link.decoder = Decoder()
        assert board.link.ask("stop", sensor=0).status == OK


def frames_with_arrivals(link: Any, seconds: float) -> list[tuple[Any, float]]:
    """Whatever comes in so long, and when."""
    end_s = time.monotonic() + seconds
    found = []
    while time.monotonic() < end_s:
        found.append((link.frame(), time.monotonic()))
    return found


def test_a_crystal_that_is_slow_makes_samples_and_device_time_fall_behind(start):
    ppm = -100_000
    with start("--ppm", str(ppm)) as board:
        board.link.ask("start", sensor=0, rate=RATE_HZ)
        frames = frames_with_arrivals(board.link, 3)[10:]
        ask_s = time.monotonic()
        first_us = hello_us(board.link)
        frames_with_arrivals(board.link, 1.5)
        second_us, asked_again_s = hello_us(board.link), time.monotonic()
    (first, first_s), (last, last_s) = frames[0], frames[-1]
    measured = (last.time_us - first.time_us) / 1e6 / (last_s - first_s)
    assert measured == pytest.approx(1 + ppm / 1e6, abs=0.02)
    assert (second_us - first_us) / 1e6 / (asked_again_s - ask_s) == pytest.approx(1 + ppm / 1e6, abs=0.04)


def hello_us(link: Any) -> int:
    """The board's clock, as it says in a greeting."""
    link.commands += 1
    link.write(encode(Frame(COMMAND, 0, 0, command(link.commands, "hello"))))
    while True:
        frame = link.frame()
        if frame.type == HELLO:
            return int(frame.time_us)


def test_a_link_that_jitters_delays_frames_by_up_to_twice_as_much_and_mixes_up_nothing(start, wav):
    """Looked at up to three times: a busy machine delays too."""
    played = noise(12)  # more than is listened to
    spreads = []
    for _ in range(3):
        with start("--play", str(wav(played)), "--jitter-ms", "50") as board:
            board.link.ask("start", sensor=0, rate=RATE_HZ)
            frames = [(frame, at_s) for frame, at_s in frames_with_arrivals(board.link, 4) if frame.type == SAMPLES]
        blocks = [parse_samples(frame) for frame, _ in frames]
        assert_continuous(blocks)
        heard = np.concatenate([block.samples[:, 0] for block in blocks])
        assert np.array_equal(heard, played[: len(heard)])
        late_ms = np.array([1000 * at_s - frame.time_us / 1000 for frame, at_s in frames])
        # Of an even spread from 0 to 100 ms, in which none overtakes another.
        least, middle, most = np.percentile(late_ms - late_ms.min(), [10, 50, 90])
        spreads.append((least, middle, most))
        if 35 < middle < 85 and most - least > 35 and most < 115:
            return
    pytest.fail(f"late by, in ms, at 10, 50 and 90 %: {spreads}")
