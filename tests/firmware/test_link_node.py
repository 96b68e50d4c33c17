"""The node of the core, driven byte by byte over a HAL in memory: it answers as the vectors and PROTOCOL.md say."""

import hashlib
import itertools
import json
from pathlib import Path

import pytest

from studio.core.samples import KINDS
from studio.link.decoder import Decoder
from studio.link.encoder import Frame, encode
from studio.link.messages import COMMAND, IMAGE_CHUNK, Hello, Log, Mark, Reply, command, image_chunk, parse
from studio.link.sample_block import SamplesBlock
from studio.native.library import load

ROOT = Path(__file__).resolve().parents[2]
VECTORS = json.loads((ROOT / "resources/firmware/vectors/link.json").read_text(encoding="utf-8"))
CDEF = """
typedef struct {
    void *port;
    uint64_t (*now_us)(void *);
    size_t (*send)(void *, const uint8_t *, size_t);
    size_t (*receive)(void *, uint8_t *, size_t);
    int (*start)(void *, int, uint32_t);
    void (*stop)(void *, int);
    size_t (*read)(void *, int, int16_t *, size_t, uint32_t *);
    const uint8_t *(*look)(void *, int, uint32_t *);
    int (*flash_erase)(void *, int);
    int (*flash_write)(void *, int, uint32_t, const uint8_t *, size_t);
    const uint8_t *(*flash_map)(void *, int);
    uint32_t (*flash_bytes)(void *, int);
    void (*unique_id)(void *, uint8_t *);
    bool (*pressed)(void *, uint64_t *);
} stu_hal;
typedef struct { int id; const uint32_t *rates_hz; uint32_t rates; uint16_t width, height; } stu_sensor;
typedef struct {
    const char *board, *name, *firmware, *token;
    const stu_sensor *sensors;
    uint32_t sensor_count, clock_hz;
    uint8_t *arena; size_t arena_bytes;
    uint8_t *window; size_t window_bytes;
    uint8_t *queue; size_t queue_bytes;
    bool source_waits;
} stu_node_config;
uint32_t stu_node_context_bytes(void);
void stu_node_init(void *node, const stu_hal *hal, const stu_node_config *config);
unsigned stu_node_step(void *node);
"""
OK, E_HASH, E_ARGUMENT, E_FLASH, E_TOO_LARGE, E_UNSUPPORTED, E_SENSOR, E_STATE, E_DENIED = 0, *range(-4, -12, -1)
SLOT_BYTES = 4096
# id, rates, width, height
MICROPHONE, IMU, CAMERA = (0, [16000, 8000], 0, 0), (1, [119], 0, 0), (2, [10, 5], 40, 30)


class Bench:
    """A board on the bench: what the host sends goes into `incoming`; what the board sends comes out in `sent`."""

    def __init__(self, *, token=None, queue_bytes=4096, sensors=(MICROPHONE,)):
        self.lib, self.ffi = core = load(CDEF)
        self.incoming, self.sent, self.heard, self.gaps = bytearray(), bytearray(), [], []
        self.room = 1 << 30  # bytes that the link takes
        self.now_us = 1_000_000
        self.flash = core.ffi.new("uint8_t[]", b"\xff" * SLOT_BYTES)
        self.flash_works = self.sensor_works = True
        self.decoder = Decoder()
        self.ids = itertools.count(1)
        self._kept = [core.ffi.new("char[]", t) for t in (b"nano33ble", b"Nano", b"0.1", token or b"")]
        self.pictures = []
        self.presses_us = []
        self._rates = [core.ffi.new("uint32_t[]", rates) for _, rates, _, _ in sensors]
        rows = zip(sensors, self._rates, strict=True)
        self._sensors = core.ffi.new("stu_sensor[]", [(id_, r, len(r), w, h) for (id_, _, w, h), r in rows])
        memory = [
            core.ffi.new("uint8_t[]", n + 16) for n in (2048, 1024, queue_bytes, core.lib.stu_node_context_bytes())
        ]
        self._memory = memory
        arena, window, queue, self.node = (
            core.ffi.addressof(m, -int(core.ffi.cast("intptr_t", m)) % 16) for m in memory
        )
        hal = [
            ("uint64_t(void *)", lambda _: self.now_us),
            ("size_t(void *, const uint8_t *, size_t)", self._send),
            ("size_t(void *, uint8_t *, size_t)", self._receive),
            ("int(void *, int, uint32_t)", lambda _port, _sensor, _rate: OK if self.sensor_works else E_SENSOR),
            ("void(void *, int)", lambda _port, _sensor: None),
            ("size_t(void *, int, int16_t *, size_t, uint32_t *)", self._read),
            ("const uint8_t *(void *, int, uint32_t *)", self._look),
            ("int(void *, int)", self._erase),
            ("int(void *, int, uint32_t, const uint8_t *, size_t)", self._write),
            ("const uint8_t *(void *, int)", lambda _port, _slot: self.flash),
            ("uint32_t(void *, int)", lambda _port, _slot: SLOT_BYTES),
            ("void(void *, uint8_t *)", lambda _port, out: core.ffi.memmove(out, bytes(range(1, 9)), 8)),
            ("bool(void *, uint64_t *)", self._pressed),
        ]
        self._calls = [core.ffi.callback(kind, call) for kind, call in hal]
        self._hal = core.ffi.new("stu_hal *", [core.ffi.NULL, *self._calls])
        texts = [*self._kept[:3], self._kept[3] if token else core.ffi.NULL]
        self._config = core.ffi.new(
            "stu_node_config *",
            [*texts, self._sensors, len(sensors), 64_000_000, arena, 2048, window, 1024, queue, queue_bytes, False],
        )
        core.lib.stu_node_init(self.node, self._hal, self._config)

    def _send(self, _port, data, count):
        taken = min(count, self.room)
        self.room -= taken
        self.sent += self.ffi.buffer(data, taken)[:]
        return taken

    def _receive(self, _port, out, most):
        piece = bytes(self.incoming[:most])
        del self.incoming[:most]
        self.ffi.memmove(out, piece, len(piece))
        return len(piece)

    def _read(self, _port, _sensor, out, most, lost):
        lost[0] = self.gaps.pop() if self.gaps else 0
        piece, self.heard = self.heard[:most], self.heard[most:]
        values = [value for row in piece for value in (row if isinstance(row, tuple) else (row,))]
        out[0 : len(values)] = values
        return len(piece)

    def _look(self, _port, _sensor, lost):
        lost[0] = self.gaps.pop() if self.gaps else 0
        if not self.pictures:
            return self.ffi.NULL
        self._seen = self.ffi.new("uint8_t[]", self.pictures.pop(0))
        return self._seen

    def _pressed(self, _port, time_us):
        pressed = bool(self.presses_us)
        if pressed:
            time_us[0] = self.presses_us.pop(0)
        return pressed

    def _erase(self, _port, _slot):
        if self.flash_works:
            self.ffi.memmove(self.flash, b"\xff" * SLOT_BYTES, SLOT_BYTES)
        return OK if self.flash_works else E_FLASH

    def _write(self, _port, _slot, offset, data, count):
        if not self.flash_works:
            return E_FLASH
        self.ffi.memmove(self.flash + offset, data, count)
        return OK

    def run(self):
        """Steps until there is nothing to do, or the link takes nothing."""
        while self.lib.stu_node_step(self.node) & 1:
            pass

    def bytes_after(self, data):
        self.incoming += data
        self.run()
        out = bytes(self.sent)
        self.sent.clear()
        return out

    def messages_after(self, data):
        events = self.decoder.feed(self.bytes_after(data))
        return [parse(frame) for frame in events if isinstance(frame, Frame)]

    def ask(self, do, **fields):
        number = next(self.ids)
        messages = self.messages_after(encode(Frame(COMMAND, 0, 0, command(number, do, **fields))))
        (reply,) = [message for message in messages if isinstance(message, Reply)]
        assert reply.id == number
        return reply.status, [message for message in messages if message is not reply]

    def chunk(self, offset, data):
        (reply,) = self.messages_after(encode(Frame(IMAGE_CHUNK, 0, 0, image_chunk(offset, data))))
        assert reply.id == offset
        return reply.status


@pytest.fixture
def bench():
    return Bench()


def test_the_exchange_of_the_specification_byte_for_byte(bench):
    asked = b""
    for sender, rows in itertools.groupby(VECTORS["exchange"], key=lambda row: row["from"]):
        wires = [bytes.fromhex(row["wire"]) for row in rows]
        if sender == "host":
            (asked,) = wires
            continue
        assert bench.bytes_after(asked) == b"".join(wires)
        if b"start" in asked:
            bench.heard = [1, -1, 0, 256]
            bench.run()
            assert bench.sent == b""  # four samples are no block yet


def test_garbage_costs_no_answer_once_a_delimiter_has_come(bench):
    for noise in (b"\x55" * 5000, b"\xff" * 300, bytes(40), encode(Frame(COMMAND, 0, 0, b"\xa1\x62id"))[:-3]):
        assert [m for m in bench.messages_after(noise) if not isinstance(m, Log)] == []
        bench.messages_after(b"\0")
        status, (hello,) = bench.ask("hello")
        assert status == OK
        assert isinstance(hello, Hello)


def test_frames_of_a_later_version_are_passed_over(bench):
    assert bench.bytes_after(encode(Frame(0x7E, 0, 0, b"x")) + encode(Frame(IMAGE_CHUNK, 0, 0, b"abcd"))) == b""
    assert bench.ask("dance") == (E_UNSUPPORTED, [])
    status, _ = bench.ask("start", later={"a": [None, 1.5, True]}, sensor=0, rate=16000)
    assert status == OK


def test_a_command_without_id_or_name_leaves_a_remark(bench):
    (remark,) = bench.messages_after(encode(Frame(COMMAND, 0, 0, b"\xa1\x62id\x01")))
    assert isinstance(remark, Log)
    assert "command" in remark.text


def test_ends_of_streams_keep_their_place_among_the_samples(bench):
    assert bench.ask("start", sensor=0, rate=16000)[0] == OK
    bench.room = 0
    bench.heard = list(range(700))
    bench.run()  # two blocks wait, 60 samples are gathered
    for number, do in ((100, "stop"), (101, "nonsense")):
        bench.incoming += encode(Frame(COMMAND, 0, 0, command(number, do)))
    bench.run()
    bench.room = 1 << 30
    kinds = [m.id if isinstance(m, Reply) else len(m.samples) for m in bench.messages_after(b"")]
    assert kinds.index(101) < kinds.index(320) or kinds.index(101) == 1  # it overtook what was not on the wire yet
    assert [kind for kind in kinds if kind != 101] == [320, 320, 60, 100]


def test_what_the_queue_cannot_hold_is_counted_and_the_index_goes_on(bench):
    assert bench.ask("start", sensor=0, rate=16000)[0] == OK
    bench.room = 0
    bench.heard = [7] * 320 * 20
    bench.run()
    bench.room = 1 << 30
    blocks = [m for m in bench.messages_after(b"") if isinstance(m, SamplesBlock)]
    bench.heard = [8] * 320
    (last,) = bench.messages_after(b"")
    assert last.first_index == 320 * 20
    assert last.lost_board == 320 * (20 - len(blocks)) > 0
    assert last.time_us == 1_000_000 + 20 * 20_000


def test_a_gap_of_the_sensor_ends_a_block_and_is_counted(bench):
    assert bench.ask("start", sensor=0, rate=8000)[0] == OK
    bench.heard = [1] * 100
    bench.run()
    bench.gaps, bench.heard = [50], [2] * 320
    first, second = bench.messages_after(b"")
    assert (first.first_index, len(first.samples), first.lost_board) == (0, 100, 0)
    assert (second.first_index, second.lost_board, set(second.samples[:, 0])) == (150, 50, {2})
    assert second.time_us == 1_000_000 + 150 * 125


def test_a_press_of_the_button_is_a_mark_at_the_sample_of_its_time(bench):
    """Whenever the loop comes to it, and whatever was lost meanwhile."""
    bench.presses_us = [999_000]
    assert bench.messages_after(b"") == []  # no stream is on
    assert bench.ask("start", sensor=0, rate=16000)[0] == OK
    assert bench.messages_after(b"") == []
    bench.gaps, bench.heard = [500], [1] * 100
    bench.presses_us = [1_000_000 + 40_000, 1_000_000 + 62_500 * 40 + 30, 999_999]
    assert bench.messages_after(b"") == [
        Mark(0, 640, 1, 1_040_000),
        Mark(0, 40_000, 2, 3_500_030),
        Mark(0, 0, 3, 999_999),
    ]
    bench.ask("stop")
    bench.presses_us = [5_000_000]
    assert bench.ask("start", sensor=0, rate=8000) == (OK, [])  # and what was before it is forgotten


def test_marks_wait_where_there_is_no_room_for_them(bench):
    assert bench.ask("start", sensor=0, rate=16000)[0] == OK
    bench.room = 0
    bench.presses_us = [1_000_000 + n for n in range(100)]
    bench.run()
    assert bench.presses_us  # left with the port
    bench.room = 1 << 30
    assert [m.number for m in bench.messages_after(b"")] == list(range(1, 101))


def test_what_the_board_says_of_its_sensors_is_what_the_vectors_say_of_them():
    (row,) = (row for row in VECTORS["messages"] if row["name"] == "hello of a board with an IMU and a camera")
    bench = Bench(sensors=(IMU, CAMERA))
    frames = bench.decoder.feed(bench.bytes_after(encode(Frame(COMMAND, 0, 0, command(1, "hello")))))
    assert isinstance(frames[0], Frame)
    assert frames[0].payload.hex() == row["payload"]


def test_a_board_with_every_sensor_and_long_names_can_say_so():
    every = [(id_, [50_000 + n for n in range(7)], 160 * (id_ == 2), 120 * (id_ == 2)) for id_ in range(5)]
    _, (hello,) = Bench(sensors=every).ask("hello")
    assert [sensor.kind for sensor in hello.sensors] == ["microphone", "imu", "camera", "environment", "colour"]
    for sensor in hello.sensors:
        kind = KINDS[sensor.kind]
        assert (sensor.channels, sensor.units) == (kind.channels, kind.units)
        assert [num / den for num, den in sensor.scales] == list(kind.scales)


def test_rows_of_an_imu_leave_in_time_and_none_is_cut():
    bench = Bench(sensors=(MICROPHONE, IMU))
    assert bench.ask("start", sensor=1, rate=119)[0] == OK
    rows = [tuple(range(6 * n, 6 * n + 6)) for n in range(10)]
    bench.heard = rows[:5]
    bench.run()
    bench.gaps, bench.heard = [3], rows[5:]
    blocks = bench.messages_after(b"") + bench.ask("stop")[1]
    assert [(block.sensor, block.first_index, len(block.samples)) for block in blocks] == [
        (1, 0, 4), (1, 4, 1), (1, 8, 4), (1, 12, 1),
    ]  # fmt: skip
    assert [tuple(row) for block in blocks for row in block.samples.tolist()] == rows
    assert blocks[-1].lost_board == 3
    assert blocks[2].time_us == 1_000_000 + 8 * 1_000_000 // 119


def test_a_picture_goes_out_in_parts_and_in_its_place():
    bench = Bench(sensors=(CAMERA,))
    first, second = bytes(i % 251 for i in range(1200)), bytes(1200)
    assert bench.ask("start", sensor=2, rate=10)[0] == OK
    bench.pictures = [first]
    parts = bench.messages_after(b"")
    assert [(p.index, p.offset, len(p.data), p.lost_board) for p in parts] == [(0, 0, 1000, 0), (0, 1000, 200, 0)]
    assert b"".join(p.data for p in parts) == first
    bench.gaps, bench.pictures = [2], [second]
    parts = bench.messages_after(b"")
    assert {(p.index, p.lost_board, p.width, p.height, p.time_us) for p in parts} == {(3, 2, 40, 30, 1_300_000)}
    assert b"".join(p.data for p in parts) == second


def test_no_picture_is_taken_while_one_waits_for_the_link():
    bench = Bench(sensors=(CAMERA,), queue_bytes=2048)
    assert bench.ask("start", sensor=2, rate=5)[0] == OK
    bench.room = 0
    bench.pictures = [bytes([n]) * 1200 for n in range(4)]
    bench.run()
    assert len(bench.pictures) == 1  # one on the wire, one in the queue, one being looked at
    bench.room = 1 << 30
    parts = bench.messages_after(b"")
    assert [part.index for part in parts] == [0, 0, 1, 1, 2, 2, 3, 3]
    assert all(set(part.data) == {part.index} for part in parts)


def test_a_picture_half_sent_ends_with_the_stream():
    bench = Bench(sensors=((2, [5], 60, 60),), queue_bytes=2048)
    assert bench.ask("start", sensor=2, rate=5)[0] == OK
    bench.room = 0
    bench.pictures = [bytes(3600)]
    bench.run()
    bench.incoming += encode(Frame(COMMAND, 0, 0, command(100, "stop")))
    bench.run()
    bench.room = 1 << 30
    *parts, reply = bench.messages_after(b"")
    assert reply.id == 100
    assert [part.offset for part in parts] == [0, 1000]
    assert bench.messages_after(b"") == []


def test_sequence_numbers_count_up_on_the_wire_and_wrap(bench):
    sequences = []
    one = encode(Frame(COMMAND, 0, 0, command(1, "x")))
    for _ in range(700):
        sequences += [event.sequence for event in bench.decoder.feed(bench.bytes_after(one * 100))]
    assert sequences == [n & 0xFFFF for n in range(70_000)]


def test_a_board_that_cannot_send_takes_no_more_than_it_can_answer(bench):
    bench.room = 0
    one = encode(Frame(COMMAND, 0, 0, command(1, "hello")))
    bench.bytes_after(one * 200)
    assert len(bench.incoming) > 100 * len(one)  # left with the link, which makes the host wait
    bench.room = 1 << 30
    messages = bench.messages_after(b"")
    assert sum(isinstance(m, Hello) for m in messages) == sum(isinstance(m, Reply) for m in messages) == 200


def test_a_sensor_that_does_not_start_is_told(bench):
    bench.sensor_works = False
    assert bench.ask("start", sensor=0, rate=16000)[0] == E_SENSOR
    assert bench.ask("start", sensor=0, rate=12345)[0] == E_ARGUMENT
    assert bench.ask("start", sensor=1, rate=16000)[0] == E_ARGUMENT
    assert bench.ask("start", sensor=0)[0] == E_ARGUMENT


def begin(bench, content, **fields):
    return bench.ask("upload", bytes=len(content), sha256=hashlib.sha256(content).digest(), **fields)


def test_an_upload_goes_in_order_and_a_chunk_may_come_twice(bench):
    content = bytes(i % 251 for i in range(2500))
    assert bench.chunk(0, content[:1000]) == E_STATE
    status, (hello,) = begin(bench, content)
    assert (status, hello.image, hello.image_status) == (OK, None, E_STATE)
    assert bench.chunk(1000, content[1000:2000]) == E_ARGUMENT  # the one before it was lost
    assert bench.chunk(0, content[:1000]) == OK
    assert bench.chunk(0, content[:1000]) == OK  # the answer was lost
    assert bench.chunk(0, content[1:1001]) == E_ARGUMENT
    assert bench.chunk(0, content[:1001]) == E_ARGUMENT
    assert bench.ask("commit")[0] == E_STATE
    assert bench.chunk(1000, content[1000:2000]) == OK
    assert bench.chunk(2000, content[2000:] + b"x") == E_ARGUMENT  # past the end
    assert bench.chunk(2000, content[2000:]) == OK
    assert bench.ffi.buffer(bench.flash, 2500)[:] == content
    assert bench.ask("commit")[0] == -1  # whole, and no model image
    assert bench.ask("commit")[0] == E_STATE
    assert bench.ask("selftest") == (E_STATE, [])


def test_an_upload_that_does_not_fit_leaves_the_flash_alone(bench):
    bench.flash[0] = 0x42
    for size in (SLOT_BYTES + 1, 1 << 32, (1 << 64) - 1, 0):
        assert bench.ask("upload", bytes=size, sha256=bytes(32))[0] == E_TOO_LARGE
    assert bench.ask("upload", bytes=5, sha256=bytes(31))[0] == E_ARGUMENT
    assert bench.ask("upload", bytes=5)[0] == E_ARGUMENT
    assert bench.flash[0] == 0x42


def test_flash_that_fails_ends_the_upload(bench):
    begin(bench, bytes(2000))
    bench.flash_works = False
    assert bench.chunk(0, bytes(1000)) == E_FLASH
    assert bench.chunk(0, bytes(1000)) == E_STATE
    assert begin(bench, bytes(10))[0] == E_FLASH


def test_a_damaged_image_is_refused_by_its_hash(bench):
    assert bench.ask("upload", bytes=3, sha256=bytes(32))[0] == OK
    assert bench.chunk(0, b"abc") == OK
    assert bench.ask("commit")[0] == E_HASH


@pytest.mark.parametrize("token", [None, "c0ffee!", "c0ffe", "C0FFEE", "", b"c0ffee", 1])
def test_no_upload_without_the_token(token):
    bench = Bench(token=b"c0ffee")
    bench.flash[0] = 0x42
    fields = {} if token is None else {"token": token}
    assert begin(bench, b"abc", **fields)[0] == E_DENIED
    assert bench.flash[0] == 0x42
    assert begin(bench, b"abc", token="c0ffee")[0] == OK  # noqa: S106
