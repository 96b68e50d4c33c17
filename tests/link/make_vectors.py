"""Writes resources/firmware/vectors/link.json: `python tests/link/make_vectors.py`.

An independent party: nothing here is imported from studio/link or the C core. COBS and CRC-32 are written out again, a
byte and a bit at a time, from their definitions (Cheshire and Baker 1999; CRC-32/ISO-HDLC, polynomial 0xEDB88320
reflected), control messages are spelt out in CBOR (RFC 8949) by hand, and the rows marked `published` are others'.
"""

import json
import zlib
from pathlib import Path

VECTORS = Path(__file__).resolve().parents[2] / "resources/firmware/vectors/link.json"


def crc32(data: bytes) -> int:
    register = 0xFFFFFFFF
    for byte in data:
        for bit in range(8):
            feedback = (register ^ (byte >> bit)) & 1
            register = (register >> 1) ^ (0xEDB88320 if feedback else 0)
    return register ^ 0xFFFFFFFF


def cobs(data: bytes) -> bytes:
    out: list[int] = []
    group: list[int] = []
    for byte in data:
        if len(group) == 254:
            out += [255, *group]
            group = []
        if byte == 0:
            out += [len(group) + 1, *group]
            group = []
        else:
            group.append(byte)
    return bytes([*out, len(group) + 1, *group])


def wire(kind: int, sequence: int, time_us: int, payload: bytes) -> bytes:
    body = bytes([kind]) + sequence.to_bytes(2, "little") + time_us.to_bytes(8, "little") + payload
    return cobs(body + crc32(body).to_bytes(4, "little")) + b"\0"


# CBOR, as far as it is needed here: one byte of major type and value below 24, or followed by 1, 2, 4 or 8 bytes.
def head(major: int, value: int) -> bytes:
    if value < 24:
        return bytes([major << 5 | value])
    for info, width in ((24, 1), (25, 2), (26, 4), (27, 8)):
        if value < 1 << (8 * width):
            return bytes([major << 5 | info]) + value.to_bytes(width, "big")
    raise ValueError(value)


def text(value: str) -> bytes:
    return head(3, len(value.encode())) + value.encode()


def binary(value: bytes) -> bytes:
    return head(2, len(value)) + value


def number(value: int) -> bytes:
    return head(0, value) if value >= 0 else head(1, -1 - value)


def array(*items: bytes) -> bytes:
    return head(4, len(items)) + b"".join(items)


def mapping(**fields: bytes) -> bytes:
    return head(5, len(fields)) + b"".join(text(name) + value for name, value in fields.items())


YES = b"\xf5"

# Published: the table of examples in Wikipedia's "Consistent Overhead Byte Stuffing", without the final delimiter.
PUBLISHED_COBS = [
    ("00", "0101"),
    ("0000", "010101"),
    ("001100", "01021101"),
    ("11220033", "031122 0233"),
    ("11223344", "0511223344"),
    ("11000000", "0211010101"),
    (bytes(range(1, 255)).hex(), "ff" + bytes(range(1, 255)).hex()),
    (bytes(range(255)).hex(), "01ff" + bytes(range(1, 255)).hex()),
    (bytes(range(1, 256)).hex(), "ff" + bytes(range(1, 255)).hex() + "02ff"),
    (bytes([*range(2, 256), 0]).hex(), "ff" + bytes(range(2, 256)).hex() + "0101"),
    (bytes([*range(3, 256), 0, 1]).hex(), "fe" + bytes(range(3, 256)).hex() + "0201"),
]
# Published: the check value of CRC-32/ISO-HDLC in the catalogue of parametrised CRC algorithms, and two of zlib's own.
PUBLISHED_CRC = [(b"123456789", 0xCBF43926), (b"", 0), (b"a", 0xE8B7BE43)]

MICROPHONE = mapping(
    id=number(0),
    kind=text("microphone"),
    channels=array(text("audio")),
    unit=text("full scale"),
    scale_num=number(1),
    scale_den=number(32768),
    rates=array(number(16000), number(8000)),
)
IMU = mapping(
    id=number(1),
    kind=text("imu"),
    channels=array(*map(text, ("ax", "ay", "az", "gx", "gy", "gz"))),
    unit=array(*map(text, ("g", "g", "g", "degrees/s", "degrees/s", "degrees/s"))),
    scale_num=array(*map(number, (4, 4, 4, 2000, 2000, 2000))),
    scale_den=number(32768),
    rates=array(number(119)),
)
CAMERA = mapping(
    id=number(2),
    kind=text("camera"),
    channels=array(text("gray")),
    unit=text("white"),
    scale_num=number(1),
    scale_den=number(255),
    rates=array(number(10), number(5)),
    size=array(number(40), number(30)),
)
HELLO = mapping(
    magic=text("TINYML"),
    version=array(number(1), number(2)),
    board=text("nano33ble"),
    name=text("Nano"),
    firmware=text("0.1"),
    id=binary(bytes.fromhex("0102030405060708")),
    sensors=array(MICROPHONE),
    image_status=number(-1),
    slot_bytes=number(4096),
    arena_bytes=number(2048),
    window_bytes=number(1024),
    clock_hz=number(64_000_000),
)
SHA256 = bytes(range(32))


def message(name: str, sender: str, kind: int, payload: bytes, /, **meaning: object) -> dict[str, object]:
    return {"name": name, "from": sender, "type": kind, "payload": payload.hex(), "meaning": meaning}


def little(*numbers: tuple[int, int]) -> bytes:
    """Pairs of value and width in bytes."""
    return b"".join(value.to_bytes(width, "little", signed=value < 0) for value, width in numbers)


MESSAGES = [
    message("hello, with no model", "board", 1, HELLO, board="nano33ble", image=None, image_status=-1, slot_bytes=4096),
    message(
        "hello of a later minor version, with a model and fields that nobody knows yet",
        "board",
        1,
        mapping(
            later=array(mapping(a=b"\xfb\x3f\xf8\0\0\0\0\0\0", b=b"\xf6")),
            magic=text("TINYML"),
            version=array(number(1), number(7), number(3)),
            board=text("b"),
            name=text("N\N{LATIN SMALL LETTER E WITH ACUTE}"),
            firmware=text(""),
            id=binary(b""),
            sensors=array(),
            image=binary(SHA256),
            image_status=number(0),
            slot_bytes=number(1 << 32),
            arena_bytes=number(0),
            window_bytes=number(24),
            clock_hz=number(65536),
        ),
        board="b",
        name="N\N{LATIN SMALL LETTER E WITH ACUTE}",
        image=SHA256.hex(),
        slot_bytes=1 << 32,
        window_bytes=24,
    ),
    message(
        "hello of a board with an IMU and a camera",
        "board",
        1,
        mapping(
            magic=text("TINYML"),
            version=array(number(1), number(2)),
            board=text("nano33ble"),
            name=text("Nano"),
            firmware=text("0.1"),
            id=binary(bytes.fromhex("0102030405060708")),
            sensors=array(IMU, CAMERA),
            image_status=number(-1),
            slot_bytes=number(4096),
            arena_bytes=number(2048),
            window_bytes=number(1024),
            clock_hz=number(64_000_000),
        ),
        board="nano33ble",
    ),
    message("reply", "board", 2, mapping(id=number(7), status=number(0)), id=7, status=0),
    message("refusal", "board", 2, mapping(id=number(1000), status=number(-11)), id=1000, status=-11),
    message(
        "reply to selftest",
        "board",
        2,
        mapping(id=number(9), status=number(0), equal=YES, output=binary(b"\x80\x7f")),
        id=9,
        status=0,
    ),
    message(
        "samples",
        "board",
        3,
        little((0, 1), (1, 1), (3, 2), (0x01020304, 4), (5, 4), (1, 2), (-2, 2), (-32768, 2)),
        sensor=0,
        first_index=0x01020304,
        lost_board=5,
        samples=[[1], [-2], [-32768]],
    ),
    message(
        "samples of two channels",
        "board",
        3,
        little((2, 1), (2, 1), (2, 2), (0xFFFFFFFF, 4), (0, 4), (1, 2), (2, 2), (3, 2), (4, 2)),
        sensor=2,
        first_index=0xFFFFFFFF,
        lost_board=0,
        samples=[[1, 2], [3, 4]],
    ),
    message(
        "scores",
        "board",
        4,
        little(
            (3, 4),
            (48000, 4),
            (0xAABBCCDD, 4),
            (0x11223344, 4),
            (0x55667788, 4),
            (90210, 4),
            (2, 1),
            (-128, 1),
            (127, 1),
        ),
        window_index=3,
        first_sample=48000,
        samples_crc=0xAABBCCDD,
        features_crc=0x11223344,
        input_crc=0x55667788,
        run_us=90210,
        scores="807f",
    ),
    message("decision", "board", 5, little((3, 4), (1, 1), (200, 1)), window_index=3, class_index=1, score=200),
    message(
        "window part",
        "board",
        6,
        little((3, 4), (2, 1), (1960, 4), (1000, 4)) + b"\x01\xff",
        window_index=3,
        stage=2,
        total_bytes=1960,
        offset=1000,
        data="01ff",
    ),
    message("log", "board", 7, "Gr\N{LATIN SMALL LETTER U WITH DIAERESIS}n".encode(), text="Grün"),
    message(
        "picture part",
        "board",
        8,
        little((2, 1), (0, 1), (3, 2), (2, 2), (9, 4), (4, 4), (4, 4)) + b"\x00\xff",
        sensor=2,
        width=3,
        height=2,
        index=9,
        lost_board=4,
        offset=4,
        data="00ff",
    ),
    message(
        "mark",
        "board",
        9,
        little((1, 1), (0xFFFFFFFF, 4), (3, 4)),
        sensor=1,
        index=0xFFFFFFFF,
        number=3,
    ),
    message("hello?", "host", 0x41, mapping(id=number(1), do=text("hello")), id=1, do="hello"),
    message(
        "start",
        "host",
        0x41,
        mapping(id=number(2), do=text("start"), sensor=number(0), rate=number(16000)),
        id=2,
        do="start",
        sensor=0,
        rate=16000,
    ),
    message(
        "upload",
        "host",
        0x41,
        mapping(id=number(1 << 31), do=text("upload"), bytes=number(2500), sha256=binary(SHA256), token=text("c0ffee")),
        id=1 << 31,
        do="upload",
        bytes=2500,
        sha256=SHA256.hex(),
        token="c0ffee",  # noqa: S106
    ),
    message("chunk", "host", 0x42, little((1000, 4)) + b"\0\x01\x02", offset=1000, data="000102"),
]
# Whole frames, soundly made, whose payload is no message: type and payload.
MALFORMED = [
    ("an empty hello", 1, b""),
    ("a greeting of another protocol", 1, mapping(magic=text("tinyml"), version=array(number(1), number(0)))),
    ("a hello without its sizes", 1, mapping(magic=text("TINYML"), version=array(number(1), number(0)))),
    ("a reply that is an array", 2, array(number(1), number(0))),
    ("a reply cut short", 2, mapping(id=number(1), status=number(0))[:-1]),
    ("a reply with an id below zero", 2, mapping(id=number(-1), status=number(0))),
    ("a reply with a key twice", 2, b"\xa3" + 2 * (text("id") + number(1)) + text("status") + number(0)),
    ("a reply of indefinite length", 2, b"\xbf" + text("id") + number(1) + text("status") + number(0) + b"\xff"),
    ("a reply with a tag in it", 2, mapping(id=number(1), status=number(0), x=b"\xd8\x23" + text("a"))),
    ("samples that are fewer than they say", 3, little((0, 1), (1, 1), (2, 2), (0, 4), (0, 4), (1, 2))),
    ("samples of no channel", 3, little((0, 1), (0, 1), (2, 2), (0, 4), (0, 4))),
    ("scores that are fewer than they say", 4, bytes(24) + b"\x02\x00"),
    ("a window part beyond its window", 6, little((3, 4), (2, 1), (4, 4), (3, 4)) + b"\x01\xff"),
    ("a window part of a stage that is not", 6, little((3, 4), (4, 1), (4, 4), (0, 4)) + b"\x01\xff"),
    (
        "a sensor with another number of units than channels",
        1,
        HELLO.replace(text("full scale"), array(text("a"), text("b"))),
    ),
    ("a picture part beyond its picture", 8, little((2, 1), (0, 1), (3, 2), (2, 2), (0, 4), (0, 4), (5, 4)) + b"\0\0"),
    ("a picture without pixels", 8, little((2, 1), (0, 1), (0, 2), (2, 2), (0, 4), (0, 4), (0, 4))),
    ("a mark cut short", 9, little((1, 1), (7, 4), (1, 3))),
    ("a picture in colours", 8, little((2, 1), (1, 1), (3, 2), (2, 2), (0, 4), (0, 4), (0, 4)) + b"\0"),
    ("a type that nobody knows", 0x3F, b"x"),
]

GOOD = wire(7, 1, 2, b"good")
LONGEST = bytes(i % 251 for i in range(1024))
FRAMES = [
    ("no payload", 0x02, 0, 0, b""),
    ("every field at its largest", 0xFF, 0xFFFF, (1 << 64) - 1, b"\xff" * 4),
    ("only zeros", 0, 0, 0, bytes(20)),
    ("little-endian", 0x03, 0x0102, 0x1112131415161718, b"\x21\x22"),
    ("body and checksum of one full group", 0x01, 0x0101, 0x0101010101010101, b"\x01" * 239),
    ("a full group and one byte more", 0x01, 0x0101, 0x0101010101010101, b"\x01" * 240),
    ("a full group and then a zero", 0x01, 0x0101, 0x0101010101010101, b"\x01" * 243 + b"\0" + b"\x01" * 3),
    ("the longest", 0x03, 7, 123_456_789, LONGEST),
    ("the longest, without a zero", 0x03, 8, 123_456_790, b"\x55" * 1024),
]


def broken(encoded: bytes, at: int, value: int) -> bytes:
    return encoded[:at] + bytes([encoded[at] ^ value]) + encoded[at + 1 :]


too_long = bytes([3]) + bytes(10) + bytes(1025)
DISCARDED = [
    ("one bit differs in the payload", broken(GOOD, 14, 0x10)),
    ("one bit differs in the checksum", broken(GOOD, len(GOOD) - 2, 1)),
    ("its last byte is missing", GOOD[:-2] + b"\0"),
    ("its first byte is missing", GOOD[1:]),
    ("a group runs past the end", b"\x05\x11\x22\x00"),
    ("shorter than a header and checksum", cobs(b"123" + crc32(b"123").to_bytes(4, "little")) + b"\0"),
    ("a payload of 1,025 bytes with a sound checksum", cobs(too_long + crc32(too_long).to_bytes(4, "little")) + b"\0"),
    ("twice the longest frame", b"\x01" * 2100 + b"\0"),
    ("text", b"Hello from a boot loader\r\n\0"),
]

# An exchange with a board just reset, whose clock stands at 1,000,000 us. It hears 1, -1, 0, 256 after `start`.
SECOND = 1_000_000
EXCHANGE = [
    ("host", "hello", wire(0x41, 0, 0, mapping(id=number(1), do=text("hello")))),
    ("board", "HELLO", wire(0x01, 0, SECOND, HELLO)),
    ("board", "REPLY to 1", wire(0x02, 1, SECOND, mapping(id=number(1), status=number(0)))),
    (
        "host",
        "start",
        wire(0x41, 1, 0, mapping(id=number(2), do=text("start"), sensor=number(0), rate=number(16000))),
    ),
    ("board", "REPLY to 2", wire(0x02, 2, SECOND, mapping(id=number(2), status=number(0)))),
    ("host", "stop", wire(0x41, 2, 0, mapping(id=number(3), do=text("stop"), sensor=number(0)))),
    (
        "board",
        "SAMPLES",
        wire(0x03, 3, SECOND, little((0, 1), (1, 1), (4, 2), (0, 4), (0, 4), (1, 2), (-1, 2), (0, 2), (256, 2))),
    ),
    ("board", "REPLY to 3", wire(0x02, 4, SECOND, mapping(id=number(3), status=number(0)))),
    ("host", "run", wire(0x41, 3, 0, mapping(id=number(4), do=text("run")))),
    ("board", "REPLY to 4, STU_E_IMAGE", wire(0x02, 5, SECOND, mapping(id=number(4), status=number(-1)))),
    (
        "host",
        "upload",
        wire(0x41, 4, 0, mapping(id=number(5), do=text("upload"), bytes=number(3), sha256=binary(SHA256))),
    ),
    ("board", "HELLO", wire(0x01, 6, SECOND, HELLO.replace(b"image_status\x20", b"image_status\x29"))),
    ("board", "REPLY to 5", wire(0x02, 7, SECOND, mapping(id=number(5), status=number(0)))),
    ("host", "IMAGE_CHUNK", wire(0x42, 5, 0, little((0, 4)) + b"abc")),
    ("board", "REPLY to 0", wire(0x02, 8, SECOND, mapping(id=number(0), status=number(0)))),
    ("host", "commit", wire(0x41, 6, 0, mapping(id=number(6), do=text("commit")))),
    ("board", "HELLO", wire(0x01, 9, SECOND, HELLO.replace(b"image_status\x20", b"image_status\x29"))),
    ("board", "REPLY to 6, STU_E_HASH", wire(0x02, 10, SECOND, mapping(id=number(6), status=number(-4)))),
]


def vectors() -> dict[str, object]:
    for data, expected in PUBLISHED_CRC:
        assert crc32(data) == expected == zlib.crc32(data)
    for plain, stuffed in PUBLISHED_COBS:
        assert cobs(bytes.fromhex(plain)) == bytes.fromhex(stuffed)
    own = [b"", b"\x01" * 253, b"\x01" * 254 + b"\0", b"\x01" * 508, b"\x01" * 508 + b"\0", bytes(600)]
    return {
        "made_by": "tests/link/make_vectors.py; `published` rows are others'. Bytes are in hexadecimal.",
        "cobs": [
            *({"published": True, "plain": p, "stuffed": s.replace(" ", "")} for p, s in PUBLISHED_COBS),
            *({"published": False, "plain": data.hex(), "stuffed": cobs(data).hex()} for data in own),
        ],
        "crc32": [
            *({"published": True, "bytes": data.hex(), "crc": crc} for data, crc in PUBLISHED_CRC),
            {"published": False, "bytes": LONGEST.hex(), "crc": crc32(LONGEST)},
        ],
        "frames": [
            {"name": n, "type": k, "sequence": s, "time_us": t, "payload": p.hex(), "wire": wire(k, s, t, p).hex()}
            for n, k, s, t, p in FRAMES
        ],
        "discarded": [{"name": name, "wire": encoded.hex()} for name, encoded in DISCARDED],
        "messages": MESSAGES,
        "malformed": [{"name": name, "type": kind, "payload": payload.hex()} for name, kind, payload in MALFORMED],
        "exchange": [{"from": sender, "what": what, "wire": encoded.hex()} for sender, what, encoded in EXCHANGE],
    }


def rendered() -> str:
    return json.dumps(vectors(), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    VECTORS.write_text(rendered(), encoding="utf-8")
