"""CBOR and queue of the core, against cbor2 and a list."""

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.native.library import load

CDEF = """
typedef struct { uint8_t type; uint16_t sequence; uint64_t time_us; const uint8_t *payload; size_t payload_bytes; }
    stu_frame;
typedef struct { uint8_t *bytes; size_t size, at, used; } stu_queue;
void stu_queue_init(stu_queue *queue, uint8_t *memory, size_t size);
size_t stu_queue_room(const stu_queue *queue);
bool stu_queue_put(stu_queue *queue, uint8_t type, uint64_t time_us, const uint8_t *head, size_t head_count,
                   const uint8_t *body, size_t body_count);
bool stu_queue_take(stu_queue *queue, stu_frame *frame, uint8_t *payload);
typedef struct { uint8_t *out; size_t size, used; bool overflow; } stu_cbor_writer;
void stu_cbor_begin(stu_cbor_writer *writer, uint8_t *out, size_t size);
void stu_cbor_put_map(stu_cbor_writer *writer, uint32_t pairs);
void stu_cbor_put_int(stu_cbor_writer *writer, int64_t value);
void stu_cbor_put_uint(stu_cbor_writer *writer, uint64_t value);
void stu_cbor_put_text(stu_cbor_writer *writer, const char *text);
void stu_cbor_put_bytes(stu_cbor_writer *writer, const uint8_t *bytes, size_t count);
bool stu_cbor_map_uint(const uint8_t *message, size_t count, const char *key, uint64_t *value);
bool stu_cbor_map_bytes(const uint8_t *message, size_t count, const char *key, const uint8_t **bytes, size_t *length);
bool stu_cbor_map_text(const uint8_t *message, size_t count, const char *key, const char **text, size_t *length);
"""
LARGEST_PAYLOAD = 1024
OVERHEAD = 11


@pytest.fixture(scope="module")
def core():
    return load(CDEF)


def looked_up(core, message, key):
    """What the three look-ups say of a key: whichever finds it, or None."""
    lib, ffi = core
    number, start, text, length = ffi.new("uint64_t *"), ffi.new("uint8_t **"), ffi.new("char **"), ffi.new("size_t *")
    found = []
    if lib.stu_cbor_map_uint(message, len(message), key, number):
        found.append(number[0])
    if lib.stu_cbor_map_bytes(message, len(message), key, start, length):
        found.append(ffi.buffer(start[0], length[0])[:])
    if lib.stu_cbor_map_text(message, len(message), key, text, length):
        found.append(ffi.buffer(text[0], length[0])[:].decode())
    assert len(found) <= 1
    return found[0] if found else None


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(1 << 64), (1 << 64) - 1)
    | st.floats()
    | st.text(max_size=30)
    | st.binary(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=4,  # flat enough for STU_CBOR_MAX_DEPTH
)
keys = st.sampled_from(["id", "do", "i", "idx", "rate", ""])


@given(st.dictionaries(keys, values), keys)
def test_a_key_is_found_behind_whatever_else_the_map_holds(core, fields, key):
    expected = fields.get(key)
    if (
        isinstance(expected, bool)
        or not isinstance(expected, int | bytes | str)
        or (isinstance(expected, int) and expected < 0)
    ):
        expected = None
    assert looked_up(core, cbor2.dumps(fields), key.encode()) == expected


@given(st.dictionaries(keys, values, min_size=1), st.data())
def test_a_message_cut_short_gives_what_is_whole_or_nothing(core, fields, data):
    message = cbor2.dumps(fields)
    cut = data.draw(st.integers(0, len(message) - 1))
    last = list(fields)[-1]
    found = looked_up(core, message[:cut], last.encode())
    assert found is None or found == fields[last]


@given(
    st.integers(-(1 << 63), (1 << 63) - 1), st.integers(0, (1 << 64) - 1), st.binary(max_size=300), st.integers(0, 400)
)
def test_what_is_written_is_cbor_or_an_overflow(core, signed, unsigned, content, room):
    lib, ffi = core
    writer, out = ffi.new("stu_cbor_writer *"), ffi.new("uint8_t[]", room + 1)
    lib.stu_cbor_begin(writer, out, room)
    lib.stu_cbor_put_map(writer, 3)
    lib.stu_cbor_put_text(writer, b"a")
    lib.stu_cbor_put_int(writer, signed)
    lib.stu_cbor_put_text(writer, b"b")
    lib.stu_cbor_put_uint(writer, unsigned)
    lib.stu_cbor_put_text(writer, b"c")
    lib.stu_cbor_put_bytes(writer, content, len(content))
    expected = cbor2.dumps({"a": signed, "b": unsigned, "c": content})
    assert writer.overflow == (len(expected) > room)
    if not writer.overflow:
        assert ffi.buffer(out, writer.used)[:] == expected
    assert out[room] == 0


steps = st.lists(
    st.none() | st.tuples(st.integers(0, 255), st.integers(0, (1 << 64) - 1), st.binary(max_size=60)), max_size=60
)


@given(st.integers(12, 200), steps)
def test_frames_come_out_of_the_queue_as_they_went_in_or_were_refused(core, size, steps):
    lib, ffi = core
    queue, memory = ffi.new("stu_queue *"), ffi.new("uint8_t[]", size + 8)
    ffi.memmove(memory + size, b"\x5a" * 8, 8)
    frame, payload = ffi.new("stu_frame *"), ffi.new("uint8_t[]", LARGEST_PAYLOAD)
    lib.stu_queue_init(queue, memory, size)
    model: list[tuple[int, int, bytes]] = []
    for step in steps:
        used = sum(OVERHEAD + len(waiting[2]) for waiting in model)
        assert lib.stu_queue_room(queue) == max(0, size - used - OVERHEAD)
        if step is None:
            assert lib.stu_queue_take(queue, frame, payload) == bool(model)
            if model:
                taken = (frame.type, frame.time_us, ffi.buffer(frame.payload, frame.payload_bytes)[:])
                assert taken == model.pop(0)
            continue
        kind, time_us, content = step
        half = len(content) // 2
        fits = used + OVERHEAD + len(content) <= size
        assert fits == lib.stu_queue_put(
            queue, kind, time_us, content[:half], half, content[half:], len(content) - half
        )
        if fits:
            model.append(step)
    assert ffi.buffer(memory + size, 8)[:] == b"\x5a" * 8
