"""The Python side agrees with vectors that it did not make."""

import json
import runpy
from pathlib import Path

import cbor2
import pytest

from studio.link.decoder import Decoder, Discarded
from studio.link.encoder import Frame, encode, stuff, unstuff
from studio.link.messages import Hello, Malformed, command, image_chunk, parse
from studio.link.sample_block import SamplesBlock, samples_payload

ROOT = Path(__file__).resolve().parents[2]
VECTORS = json.loads((ROOT / "resources/firmware/vectors/link.json").read_text(encoding="utf-8"))


def by_name(rows):
    return pytest.mark.parametrize("row", rows, ids=lambda row: row.get("name") or row.get("what"))


def test_the_vectors_are_those_of_their_maker():
    made = runpy.run_path(str(ROOT / "tests/link/make_vectors.py"))["rendered"]()
    assert made == (ROOT / "resources/firmware/vectors/link.json").read_text(encoding="utf-8")


def test_cobs():
    for row in VECTORS["cobs"]:
        plain, stuffed = bytes.fromhex(row["plain"]), bytes.fromhex(row["stuffed"])
        assert stuff(plain) == stuffed
        assert unstuff(stuffed) == plain


@by_name(VECTORS["frames"])
def test_frames(row):
    frame = Frame(row["type"], row["sequence"], row["time_us"], bytes.fromhex(row["payload"]))
    assert encode(frame) == bytes.fromhex(row["wire"])
    assert Decoder().feed(bytes.fromhex(row["wire"])) == [frame]


@by_name(VECTORS["discarded"])
def test_discarded_and_the_next_frame_arrives(row):
    good = VECTORS["frames"][0]
    discarded, frame = Decoder().feed(bytes.fromhex(row["wire"]) + bytes.fromhex(good["wire"]))
    assert isinstance(frame, Frame)
    assert isinstance(discarded, Discarded)
    assert discarded.count == len(row["wire"]) // 2 - 1


def plain(value):
    """A message's field as the vectors write it."""
    if isinstance(value, bytes):
        return value.hex()
    return value.tolist() if hasattr(value, "tolist") else value


@by_name([row for row in VECTORS["messages"] if row["from"] == "board"])
def test_messages_from_the_board(row):
    message = parse(Frame(row["type"], 0, 77, bytes.fromhex(row["payload"])))
    assert {name: plain(getattr(message, name)) for name in row["meaning"]} == row["meaning"]
    assert getattr(message, "time_us", 77) == 77
    if isinstance(message, SamplesBlock):
        again = samples_payload(message.sensor, message.first_index, message.lost_board, message.samples)
        assert again == bytes.fromhex(row["payload"])


def test_the_hello_describes_its_sensor():
    hello = parse(Frame(1, 0, 0, bytes.fromhex(VECTORS["messages"][0]["payload"])))
    assert isinstance(hello, Hello)
    (microphone,) = hello.sensors
    assert (microphone.kind, microphone.channels, microphone.units) == ("microphone", ("audio",), ("full scale",))
    assert (microphone.scales, microphone.rates_hz, microphone.size) == (((1, 32768),), (16000, 8000), None)


def test_the_hello_describes_each_channel_and_the_size_of_pictures():
    (row,) = (row for row in VECTORS["messages"] if row["name"] == "hello of a board with an IMU and a camera")
    hello = parse(Frame(1, 0, 0, bytes.fromhex(row["payload"])))
    assert isinstance(hello, Hello)
    imu, camera = hello.sensors
    assert imu.channels == ("ax", "ay", "az", "gx", "gy", "gz")
    assert imu.units == (*["g"] * 3, *["degrees/s"] * 3)
    assert imu.scales == (*[(4, 32768)] * 3, *[(2000, 32768)] * 3)
    assert (camera.kind, camera.scales, camera.rates_hz, camera.size) == ("camera", ((1, 255),), (10, 5), (40, 30))


@by_name([row for row in VECTORS["messages"] if row["type"] == 0x41])
def test_commands(row):
    meaning = row["meaning"]
    rest = {name: value for name, value in meaning.items() if name not in ("id", "do")}
    if "sha256" in rest:
        rest["sha256"] = bytes.fromhex(rest["sha256"])
    payload = command(meaning["id"], meaning["do"], **rest)
    assert payload == bytes.fromhex(row["payload"])


@by_name([row for row in VECTORS["messages"] if row["type"] == 0x42])
def test_chunks(row):
    payload = image_chunk(row["meaning"]["offset"], bytes.fromhex(row["meaning"]["data"]))
    assert payload == bytes.fromhex(row["payload"])


@by_name(VECTORS["malformed"])
def test_malformed_messages_are_told_apart_and_raise_nothing(row):
    assert isinstance(parse(Frame(row["type"], 0, 0, bytes.fromhex(row["payload"]))), Malformed)


def test_the_control_messages_are_cbor_to_another_reader_too():
    for row in VECTORS["messages"]:
        if row["type"] in (1, 2, 0x41):
            assert cbor2.dumps(cbor2.loads(bytes.fromhex(row["payload"]))) == bytes.fromhex(row["payload"])


def test_the_specification_shows_the_exchange_as_it_is():
    specification = "".join((ROOT / "resources/firmware/PROTOCOL.md").read_text(encoding="utf-8").split())
    for row in VECTORS["exchange"]:
        if row["what"] in ("hello", "start", "stop", "SAMPLES", "REPLY to 1", "REPLY to 2", "REPLY to 3"):
            assert row["wire"] in specification, row["what"]
