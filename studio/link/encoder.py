"""Frames to bytes: COBS over type, sequence number, device time, payload and CRC-32."""

import struct
import zlib
from dataclasses import dataclass

DELIMITER = b"\0"
HEADER = struct.Struct("<BHQ")
CRC = struct.Struct("<I")
MAX_PAYLOAD = 1024
MAX_DECODED = HEADER.size + MAX_PAYLOAD + CRC.size
MAX_ENCODED = MAX_DECODED + MAX_DECODED // 254 + 1  # without the delimiter
_GROUP = 254


@dataclass(frozen=True)
class Frame:
    """type: 0..255. sequence: 0..65535, wraps. time_us: the sender's clock, 64 bits. payload: at most MAX_PAYLOAD."""

    type: int
    sequence: int
    time_us: int
    payload: bytes


def encode(frame: Frame) -> bytes:
    """The frame on the wire, with its delimiter. Raises ValueError for a payload over MAX_PAYLOAD."""
    if len(frame.payload) > MAX_PAYLOAD:
        raise ValueError(f"a payload of {len(frame.payload)} bytes; a frame carries {MAX_PAYLOAD}")
    body = HEADER.pack(frame.type, frame.sequence, frame.time_us) + frame.payload
    return stuff(body + CRC.pack(zlib.crc32(body))) + DELIMITER


def stuff(data: bytes) -> bytes:
    """Consistent Overhead Byte Stuffing (Cheshire and Baker 1999), without a delimiter."""
    out = bytearray()
    for piece in data.split(DELIMITER):
        full, rest = divmod(len(piece), _GROUP)
        for group in range(full):
            out.append(0xFF)
            out += piece[group * _GROUP : (group + 1) * _GROUP]
        out.append(rest + 1)
        out += piece[full * _GROUP :]
    if full and not rest:
        del out[-1]  # a full group that ends the data needs no empty one after it
    return bytes(out)


def unstuff(data: bytes) -> bytes | None:
    """The inverse of `stuff`; None where a group runs past the end or a zero lies inside."""
    out = bytearray()
    at = 0
    while at < len(data):
        code = data[at]
        if code == 0 or at + code > len(data):
            return None
        out += data[at + 1 : at + code]
        at += code
        if code != 0xFF and at < len(data):
            out.append(0)
    return bytes(out)
