"""The C side of the link agrees with the vectors, and with the Python side on whatever bytes."""

import json
import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.link.decoder import Decoder
from studio.link.encoder import DELIMITER, MAX_ENCODED, MAX_PAYLOAD, Frame, encode, stuff
from studio.native.library import load

ROOT = Path(__file__).resolve().parents[2]
VECTORS = json.loads((ROOT / "resources/firmware/vectors/link.json").read_text(encoding="utf-8"))
CDEF = """
typedef struct { uint8_t type; uint16_t sequence; uint64_t time_us; const uint8_t *payload; size_t payload_bytes; }
    stu_frame;
typedef struct { uint8_t decoded[1039]; size_t count; uint8_t run, zero_next, broken, any; } stu_link_decoder;
void stu_link_decoder_init(stu_link_decoder *decoder);
size_t stu_link_decode(stu_link_decoder *decoder, const uint8_t *bytes, size_t count, int *event, stu_frame *frame);
size_t stu_link_encode(const stu_frame *frame, uint8_t *out, size_t out_bytes);
uint32_t stu_crc32(uint32_t crc, const uint8_t *bytes, size_t count);
"""
NOTHING, FRAME, DISCARDED = range(3)


@pytest.fixture(scope="module")
def core():
    return load(CDEF)


class CDecoder:
    """The C decoder, fed in pieces; a discarded stretch is None."""

    def __init__(self, core):
        self._core = core
        self._decoder = core.ffi.new("stu_link_decoder *")
        core.lib.stu_link_decoder_init(self._decoder)

    def feed(self, data):
        ffi, lib = self._core.ffi, self._core.lib
        event, frame = ffi.new("int *"), ffi.new("stu_frame *")
        at = 0
        events: list[Frame | None] = []
        while at < len(data):
            left = data[at:]
            taken = lib.stu_link_decode(self._decoder, ffi.from_buffer(left), len(left), event, frame)
            assert 0 < taken <= len(left)
            assert event[0] != NOTHING or taken == len(left)
            at += taken
            if event[0] == FRAME:
                payload = ffi.buffer(frame.payload, frame.payload_bytes)[:]
                events.append(Frame(frame.type, frame.sequence, frame.time_us, payload))
            elif event[0] == DISCARDED:
                events.append(None)
        return events


def c_encode(core, frame, room=MAX_ENCODED + 1):
    payload = core.ffi.from_buffer(frame.payload)
    out = core.ffi.new("uint8_t[]", room)
    given = core.ffi.new("stu_frame *", (frame.type, frame.sequence, frame.time_us, payload, len(frame.payload)))
    return core.ffi.buffer(out, core.lib.stu_link_encode(given, out, room))[:]


def as_c(events):
    return [event if isinstance(event, Frame) else None for event in events]


def in_pieces(data, cuts):
    at = 0
    for cut in cuts:
        yield data[at : at + cut]
        at += cut
    yield data[at:]


def test_crc32(core):
    for row in VECTORS["crc32"]:
        data = bytes.fromhex(row["bytes"])
        assert core.lib.stu_crc32(0, data, len(data)) == row["crc"]
        half = len(data) // 2
        assert core.lib.stu_crc32(core.lib.stu_crc32(0, data, half), data[half:], len(data) - half) == row["crc"]


def test_frames(core):
    for row in VECTORS["frames"]:
        frame = Frame(row["type"], row["sequence"], row["time_us"], bytes.fromhex(row["payload"]))
        assert c_encode(core, frame) == bytes.fromhex(row["wire"]), row["name"]
        assert CDecoder(core).feed(bytes.fromhex(row["wire"])) == [frame], row["name"]


def test_discarded_and_the_next_frame_arrives(core):
    good = VECTORS["frames"][0]
    for row in VECTORS["discarded"]:
        events = CDecoder(core).feed(bytes.fromhex(row["wire"]) + bytes.fromhex(good["wire"]))
        assert [event is None for event in events] == [True, False], row["name"]


def test_what_does_not_fit_is_not_encoded(core):
    frame = Frame(1, 2, 3, b"\x01" * 100)
    exact = len(encode(frame))
    assert c_encode(core, frame, exact) == encode(frame)
    assert c_encode(core, frame, exact - 1) == b""
    assert c_encode(core, Frame(1, 2, 3, bytes(MAX_PAYLOAD + 1)), 4096) == b""


payloads = st.one_of(
    st.binary(max_size=60),
    st.binary(min_size=230, max_size=270).map(lambda data: data.replace(b"\0", b"\1")),
    st.integers(0, MAX_PAYLOAD).map(lambda n: b"\x07" * n),
    st.integers(0, MAX_PAYLOAD).map(bytes),
)
frames = st.builds(Frame, st.integers(0, 255), st.integers(0, 65535), st.integers(0, (1 << 64) - 1), payloads)


@given(frames)
def test_both_sides_encode_alike(core, frame):
    assert c_encode(core, frame) == encode(frame)


@st.composite
def damaged(draw):
    """A frame's bytes with some changed, cut out or put in."""
    data = bytearray(encode(draw(frames)))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(data)))
        data[at : at + draw(st.integers(0, 3))] = draw(st.binary(max_size=3))
    return bytes(data)


def soundly_made(payload_bytes):
    """As a frame is made, of zeros, but of any length."""
    body = bytes(11 + payload_bytes)
    return stuff(body + zlib.crc32(body).to_bytes(4, "little")) + DELIMITER


stretches = st.one_of(
    frames.map(encode),
    damaged(),
    st.binary(max_size=40),
    # Around the longest frame, where both must call the same one too long: any number of groups of any length.
    st.lists(
        st.sampled_from([b"\x01", b"\x02\x55", b"\xff" + b"\x55" * 254, b"\xfe" + b"\x55" * 253]), max_size=1100
    ).map(lambda groups: b"".join(groups) + DELIMITER),
    st.integers(MAX_PAYLOAD - 2, MAX_PAYLOAD + 20).map(soundly_made),
)


@given(st.lists(stretches, max_size=6), st.lists(st.integers(1, 300), max_size=20))
def test_both_sides_find_the_same_events_however_the_bytes_are_cut(core, pieces, cuts):
    stream = b"".join(pieces)
    whole = Decoder().feed(stream)
    assert CDecoder(core).feed(stream) == as_c(whole)
    c, python = CDecoder(core), Decoder()
    cut = list(in_pieces(stream, cuts))
    assert [event for piece in cut for event in c.feed(piece)] == as_c(whole)
    assert [event for piece in cut for event in python.feed(piece)] == whole
