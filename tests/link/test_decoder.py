"""Whatever comes over the wire: frames arrive, garbage is counted, and nothing raises."""

import cbor2
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from studio.link.decoder import Decoder, Discarded
from studio.link.encoder import DELIMITER, MAX_ENCODED, MAX_PAYLOAD, Frame, encode, stuff, unstuff
from studio.link.messages import HELLO, LOG, MAGIC, REPLY, SAMPLES, Log, Malformed, OtherVersion, Reply, parse
from studio.link.sample_block import parse_samples, samples_payload

any_frame = st.builds(
    Frame, st.integers(0, 255), st.integers(0, 65535), st.integers(0, (1 << 64) - 1), st.binary(max_size=MAX_PAYLOAD)
)


def feed_in_pieces(decoder, stream, cuts):
    at, events = 0, []
    for cut in cuts:
        events += decoder.feed(stream[at : at + cut])
        at += cut
    return events + decoder.feed(stream[at:])


@given(st.binary(max_size=2000))
def test_stuffing_has_no_zero_and_an_inverse(data):
    stuffed = stuff(data)
    assert DELIMITER not in stuffed
    assert len(data) < len(stuffed) <= len(data) + len(data) // 254 + 1
    assert unstuff(stuffed) == data


@given(st.lists(any_frame, min_size=1, max_size=5), st.binary(max_size=40), st.lists(st.integers(1, 50)))
def test_every_frame_after_line_noise_arrives_however_the_bytes_are_cut(frames, noise, cuts):
    stream = noise + DELIMITER + b"".join(map(encode, frames))
    received = [e for e in feed_in_pieces(Decoder(), stream, cuts) if isinstance(e, Frame)]
    assert received[-len(frames) :] == frames


@given(st.lists(st.binary(max_size=300), max_size=10), st.lists(st.integers(1, 50)))
def test_every_byte_of_noise_is_counted_and_the_events_do_not_depend_on_the_cuts(pieces, cuts):
    stream = DELIMITER.join(pieces) + DELIMITER
    events = Decoder().feed(stream)
    assert feed_in_pieces(Decoder(), stream, cuts) == events
    discarded = [event for event in events if isinstance(event, Discarded)]
    assert len(discarded) == len(events)  # a sound CRC-32 does not come about by chance
    assert sum(event.count for event in discarded) == len(stream) - stream.count(DELIMITER)


@given(any_frame, st.data())
def test_a_frame_cut_anywhere_costs_itself_and_no_other(frame, data):
    encoded = encode(frame)
    cut = data.draw(st.integers(1, len(encoded) - 1))
    after = Frame(1, 2, 3, b"after")
    events = Decoder().feed(encoded[:cut] + DELIMITER + encode(after))
    if cut == len(encoded) - 1:  # only the delimiter was cut off
        assert events == [frame, after]
    else:
        assert [type(event) for event in events] == [Discarded, Frame]
        assert events[-1] == after


@given(any_frame, st.integers(0, 7), st.data())
def test_no_single_flipped_bit_passes_as_a_frame(frame, bit, data):
    encoded = bytearray(encode(frame))
    encoded[data.draw(st.integers(0, len(encoded) - 1))] ^= 1 << bit
    assert not any(isinstance(event, Frame) for event in Decoder().feed(bytes(encoded) + DELIMITER))


def test_a_line_that_never_ends_is_not_kept():
    decoder = Decoder()
    for _ in range(1000):
        assert decoder.feed(b"\x55" * 5000) == []
    assert len(decoder._held) <= MAX_ENCODED
    (event,) = decoder.feed(DELIMITER)
    assert event == Discarded(5_000_000, "longer than a frame")


def test_idle_delimiters_are_no_event():
    assert Decoder().feed(DELIMITER * 100) == []


def test_too_long_a_payload_is_not_encoded():
    with pytest.raises(ValueError, match="1025"):
        encode(Frame(0, 0, 0, bytes(MAX_PAYLOAD + 1)))


plain_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(1 << 64), (1 << 64) - 1)
    | st.floats()
    | st.text(max_size=8)
    | st.binary(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=8,
)
hello_fields = st.fixed_dictionaries(
    {"magic": st.just(MAGIC), "version": st.lists(st.integers(0, 3), min_size=2, max_size=3) | plain_values},
    optional=dict.fromkeys(
        ("board", "name", "firmware", "id", "sensors", "image", "image_status", "slot_bytes", "clock_hz"), plain_values
    ),
)


@given(
    st.integers(0, 8), st.one_of(st.binary(max_size=80), plain_values.map(cbor2.dumps), hello_fields.map(cbor2.dumps))
)
@example(HELLO, cbor2.dumps({"magic": MAGIC, "version": []}))  # once an IndexError
def test_whatever_a_board_sends_parses_to_a_message(kind, payload):
    parse(Frame(kind, 0, 0, payload[:MAX_PAYLOAD]))


@given(st.integers(0, (1 << 64) - 1), st.integers(-(1 << 31), 0), st.dictionaries(st.text(max_size=6), plain_values))
def test_a_reply_keeps_the_fields_it_has_beside_id_and_status(number, status, fields):
    fields = {name: value for name, value in fields.items() if name not in ("id", "status")}
    payload = cbor2.dumps({"id": number, "status": status, **fields})
    message = parse(Frame(REPLY, 0, 0, payload))
    if isinstance(message, Malformed):
        assert "nesting" in message.reason
    else:
        assert isinstance(message, Reply)
        assert (message.id, message.status, set(message.fields)) == (number, status, set(fields))


@pytest.mark.parametrize("tag", [0, 1, 2, 3, 4, 5, 25, 28, 29, 30, 35, 36, 37, 258, 55799, 1 << 40])
def test_no_tag_is_followed(tag):
    payload = cbor2.dumps({"id": 1, "status": 0, "x": cbor2.CBORTag(tag, [1])})
    assert isinstance(parse(Frame(REPLY, 0, 0, payload)), Malformed)


def test_another_major_version_is_known_by_that_alone():
    payload = cbor2.dumps({"magic": MAGIC, "version": [2, 1], "everything": "else"})
    assert parse(Frame(HELLO, 0, 0, payload)) == OtherVersion((2, 1))


def test_a_log_that_is_no_utf_8_is_shown_as_far_as_it_is():
    assert parse(Frame(LOG, 0, 0, b"ok \xff")) == Log("ok \N{REPLACEMENT CHARACTER}")


@given(
    st.integers(0, 255),
    st.integers(0, (1 << 32) - 1),
    st.integers(1, 4).flatmap(
        lambda c: st.lists(st.lists(st.integers(-32768, 32767), min_size=c, max_size=c), min_size=1, max_size=50)
    ),
)
def test_samples_come_back_as_they_were(sensor, index, rows):
    samples = np.array(rows, dtype=np.int16)
    block = parse_samples(Frame(SAMPLES, 0, 9, samples_payload(sensor, index, index ^ 5, samples)))
    assert (block.sensor, block.first_index, block.lost_board, block.time_us) == (sensor, index, index ^ 5, 9)
    assert np.array_equal(block.samples, samples)
    assert block.samples.dtype == np.int16
