"""Streams of other makes: every row that was sent whole arrives, in order, whatever is around it."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.link import nordic_forwarder, simple_streaming, text_lines
from studio.link.encoder import Frame, encode
from studio.link.nordic_forwarder import NordicForwarder
from studio.link.recognise import Ours, Recogniser
from studio.link.row_events import Described, Rows
from studio.link.simple_streaming import SimpleStreaming
from studio.link.text_lines import TextLines
from tests.link import writers

NAMES = ("ax", "ay", "az")
DECODERS = (TextLines, SimpleStreaming, NordicForwarder)


def rows_of(count, seed=0, *, whole=False):
    rng = np.random.default_rng(seed)
    if whole:
        return rng.integers(-32768, 32768, (count, 3))
    return np.round(rng.normal(0, 4, (count, 3)), 4)


def heard(decoder, data, cuts=()):
    """All events, with the data cut up."""
    events, at = [], 0
    for cut in [*cuts, len(data)]:
        events += decoder.feed(data[at : at + cut])
        at += cut
    events += decoder.feed(data[at:])
    return events


def values_of(events):
    return np.concatenate([np.zeros((0, 3)), *(e.values for e in events if isinstance(e, Rows))])


def counted(events, what):
    return sum(getattr(e, what) for e in events if isinstance(e, Rows))


def described(events):
    return [e for e in events if isinstance(e, Described)]


cuts = st.lists(st.integers(1, 700), max_size=60)


@settings(max_examples=30, deadline=None)
@given(st.sampled_from([",", "\t", "", ";"]), st.booleans(), st.sampled_from(["\r\n", "\n"]), cuts)
def test_rows_of_text_arrive_as_printed_however_they_are_cut(separator, headed, ending, cuts):
    rows = rows_of(60)
    lines = writers.text(rows, separator=separator, header=NAMES if headed else None, ending=ending)
    started = 0 if headed else 1  # without a header, the first line may be the rest of one
    events = heard(TextLines(), b"".join(lines), cuts)
    assert np.array_equal(values_of(events), rows[started:])
    assert described(events) == [Described(NAMES if headed else ("c1", "c2", "c3"))]
    assert counted(events, "spoilt") == 0


@pytest.mark.parametrize("begin", range(1, 30, 3))
def test_text_that_is_joined_in_the_middle_of_a_row_begins_with_the_next(begin):
    rows = rows_of(40)
    data = b"".join(writers.text(rows, digits=4))
    skipped = data[:begin].count(b"\n") + 1
    events = heard(TextLines(), data[begin:])
    assert np.array_equal(values_of(events), rows[skipped:])
    assert counted(events, "spoilt") == 0


def test_each_bad_line_is_counted_and_no_row_beside_it_is_lost():
    rng = np.random.default_rng(5)
    rows = np.round(rows_of(400), 3)
    lines = writers.text(rows, header=NAMES, digits=3)
    spoil = [b"1,2\r\n", b"nan,1,2\r\n", b"9" * 3000 + b"\n", b"inf,1e999,0\r\n", b"1_0,2,3\n", b"1,2,3,4,5\n"]
    spoil += [writers.noise(rng, 30) + b"\xfe\n", lines[9][:-8] + b"\n", b"x" + lines[9], lines[9][:-2] + lines[8]]
    bad = sorted(rng.choice(np.arange(20, 400), 40, replace=False))
    for turn, place in enumerate(bad):
        lines[place] = spoil[turn % len(spoil)]
    events = heard(TextLines(), b"\r\n".join([b"", *lines]), [7] * 900)  # and blank lines, which are none
    kept = np.delete(rows, [place - 1 for place in bad], axis=0)
    assert np.array_equal(values_of(events), kept)
    assert counted(events, "spoilt") == len(bad)


@pytest.mark.parametrize(
    ("heading", "unit_us"),
    [("timestamp", None), ("time_ms", 1e3), ("t_us", 1.0), ("Time (s)", 1e6), ("millis", 1e3), ("t[us]", 1.0)],
)
def test_a_column_headed_as_time_is_no_channel(heading, unit_us):
    rows = rows_of(20)
    timed = np.column_stack([np.arange(20) * 10 + 5000, rows])
    decoder = TextLines()
    events = heard(decoder, b"".join(writers.text(timed, header=(heading, *NAMES))))
    assert described(events) == [Described(NAMES)]
    assert decoder.time_unit_us == unit_us
    assert np.concatenate([e.times for e in events if isinstance(e, Rows)]).tolist() == timed[:, 0].tolist()
    assert np.array_equal(values_of(events), rows)


def test_a_first_column_that_rises_evenly_is_taken_for_time_and_one_that_does_not_is_not():
    rows = rows_of(20)
    timed = np.column_stack([np.arange(20) * 20, rows])
    assert [e.channels for e in described(heard(TextLines(), b"".join(writers.text(timed))))] == [("c1", "c2", "c3")]
    assert [e.channels for e in described(heard(TextLines(), b"".join(writers.text(rows))))] == [("c1", "c2", "c3")]
    wild = np.column_stack([rows, rows])[:, :4]
    assert len(described(heard(TextLines(), b"".join(writers.text(wild))))[0].channels) == 4


def test_names_before_values_and_a_boards_greeting_are_understood():
    rows = rows_of(30)
    lines = [f"ax:{a} ay:{b} az:{c}\n".encode() for a, b, c in rows]
    events = heard(TextLines(), b"Booting, 3 sensors\nIMU ok\n" + b"".join(lines))
    assert described(events) == [Described(NAMES)]
    assert np.array_equal(values_of(events), rows)
    assert counted(events, "spoilt") == 0


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 4), cuts)
def test_simple_streaming_1_is_rows_after_the_description_however_often_that_comes(repeats, cuts):
    rows = rows_of(300, whole=True)
    line = writers.description(NAMES, 476)
    decoder = SimpleStreaming()
    assert decoder.answer() == b"disconnect"
    events = heard(decoder, line[5:] + line * repeats)
    assert decoder.answer() == b"connect"
    events += heard(decoder, rows.astype("<i2").tobytes(), cuts)
    assert decoder.answer() == b""
    assert described(events) == [Described(NAMES, 476.0)]
    assert np.array_equal(values_of(events), rows)


@settings(max_examples=30, deadline=None)
@given(st.sets(st.integers(3, 80), max_size=8), st.sets(st.integers(3, 80), max_size=8), cuts)
def test_simple_streaming_2_counts_what_is_damaged_and_what_is_missing(damaged, missing, cuts):
    rows = rows_of(100 * 6, whole=True)
    rng = np.random.default_rng(len(damaged))
    sent, kept = [], []
    for number, packet in enumerate(writers.simple_packets(rows)):
        if number in missing:
            continue
        broken = bytearray(packet)
        if number in damaged:
            broken[rng.integers(9, len(packet) - 1)] ^= 1 << int(rng.integers(8))
        else:
            kept.append(number)
        sent.append(bytes(broken) + writers.noise(rng, int(rng.integers(0, 4))))
    events = heard(SimpleStreaming(), writers.description(NAMES, 100, version=2) + b"".join(sent), cuts)
    expected = np.concatenate([rows[number * 6 : number * 6 + 6] for number in kept])
    assert np.array_equal(values_of(events), expected)
    assert counted(events, "spoilt") == 6 * len(damaged - missing)
    assert counted(events, "missing") == 6 * len(missing)


def test_simple_streaming_2_leaves_other_channels_alone_and_survives_a_cut_packet():
    rows = rows_of(60, whole=True)
    packets = writers.simple_packets(rows)
    packets[4] = packets[4][:20]
    packets.insert(6, writers.simple_packets(rows, channel=3)[0])
    events = heard(SimpleStreaming(), writers.description(NAMES, 100, version=2) + b"".join(packets))
    assert np.array_equal(values_of(events), np.delete(rows, range(24, 30), axis=0))
    assert counted(events, "spoilt") + counted(events, "missing") == 6


@settings(max_examples=20, deadline=None)
@given(st.sets(st.integers(3, 180), max_size=9), st.sets(st.integers(3, 180), max_size=9), cuts)
def test_the_nordic_forwarder_counts_what_is_damaged_and_what_is_missing(damaged, missing, cuts):
    rows = rows_of(200)
    messages = writers.nordic(rows, NAMES, 100, again_every=1000)
    sent, kept = [messages[0]], []
    for number, message in enumerate(messages[1:]):
        if number in missing:
            continue
        if number in damaged:
            sent.append(b"\x05" + message[:9] + b"\xf7\0")
        else:
            sent.append(message)
            kept.append(number)
    events = heard(NordicForwarder(), b"\x11rest\0" + b"".join(sent), cuts)
    assert described(events) == [Described(NAMES, 100.0, "Thingy")]
    assert np.array_equal(values_of(events), rows[kept])
    assert counted(events, "spoilt") == len(damaged - missing)
    assert counted(events, "missing") == len(missing)


def test_a_forwarder_that_does_not_describe_itself_again_gives_rows_without_names():
    rows = rows_of(100)
    messages = writers.nordic(rows, NAMES, 100, again_every=1000)[20:]
    events = heard(NordicForwarder(), b"".join(messages))
    assert described(events) == [Described(("c1", "c2", "c3"))]
    assert np.array_equal(values_of(events), rows[-len(values_of(events)) :])
    assert len(values_of(events)) > 40


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=4000), cuts)
@pytest.mark.parametrize("make", DECODERS)
def test_nonsense_neither_raises_nor_grows(make, data, cuts):
    decoder = make()
    starts = (writers.description(NAMES, 9, version=2), writers.nordic([(1, 2, 3)], NAMES, 9)[0], b"1,2\n" * 9)
    for start in (b"", *starts):
        heard(decoder, start + data, cuts)
        heard(decoder, data.replace(b"\0", b"\xff") * 6)
        assert len(decoder._held) <= max(
            text_lines.MOST_LINE, nordic_forwarder.MOST_MESSAGE, simple_streaming.MOST_HELD
        )


STREAMS = {
    TextLines: b"".join(writers.text(rows_of(20), header=NAMES)),
    SimpleStreaming: writers.description(NAMES, 100),
    NordicForwarder: b"".join(writers.nordic(rows_of(20), NAMES, 100)),
}


@settings(max_examples=20, deadline=None)
@given(cuts)
@pytest.mark.parametrize("kind", STREAMS)
def test_a_stream_is_recognised_from_its_first_bytes(kind, cuts):
    recogniser, at, found = Recogniser(), 0, None
    data = b"\x0erest of what was sent before\r\n" + STREAMS[kind]
    for cut in [*cuts, len(data)]:
        found = recogniser.feed(data[at : at + cut])
        at += cut
        if found is not None:
            break
    assert isinstance(found, kind)


def test_packets_without_their_description_are_recognised():
    rows = rows_of(60, whole=True)
    found = Recogniser().feed(b"".join(writers.simple_packets(rows))[13:])
    assert isinstance(found, SimpleStreaming)


def test_our_own_link_is_recognised_amid_what_a_board_prints_as_it_starts():
    assert Recogniser().feed(b"booting 1,2,3\r\n\0" + encode(Frame(1, 0, 0, b"\xa0"))) is Ours.LINK


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=3000))
def test_nothing_is_recognised_in_noise_that_no_stream_begins(data):
    found = Recogniser().feed(data.translate(None, b"0123456789{\xff"))
    assert found is None


@pytest.mark.parametrize(
    ("sent", "heard_at"), [(115_200, 921_600), (9600, 115_200), (115_200, 9600), (57_600, 115_200)]
)
def test_text_at_another_speed_is_garbled_and_nothing_else(sent, heard_at):
    data = b"".join(writers.text(rows_of(200), digits=3))
    recogniser = Recogniser()
    assert recogniser.feed(writers.garbled(data, sent, heard_at)) is None
    assert recogniser.garbled
    plain = Recogniser()
    plain.feed(b"Hello, I am a sketch that prints words.\r\n" * 9)
    assert not plain.garbled
