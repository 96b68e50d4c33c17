"""Boards of other makes, as bytes: written from the formats' descriptions, with none of the studio's code."""

import functools
import json
import struct

import cbor2
import numpy as np


def text(rows, *, separator=",", header=None, ending="\r\n", digits=None):
    """A bytes object a line. digits: decimals printed, None: as short as they are."""
    lines = [] if header is None else [(separator or " ").join(header)]
    for row in rows:
        fields = [f"{value:.{digits}f}" if digits is not None else f"{value:g}" for value in row]
        lines.append((separator or " ").join(fields))
    return [(line + ending).encode() for line in lines]


def description(names, rate_hz, *, version=1, packet_rows=6):
    """SensiML's, as an Arduino prints it."""
    columns = {name: place for place, name in enumerate(names)}
    fields = {"sample_rate": rate_hz, "samples_per_packet": packet_rows, "column_location": columns}
    if version != 1:
        fields["version"] = version
    return json.dumps(fields, separators=(",", ":")).encode() + b"\r\n"


def simple_packets(rows, *, packet_rows=6, channel=0, first=0):
    """Packets of version 2."""
    packets = []
    for number, start in enumerate(range(0, len(rows) - packet_rows + 1, packet_rows)):
        data = b"".join(struct.pack("<h", value) for row in rows[start : start + packet_rows] for value in row)
        body = struct.pack("<BBI", 0, channel, first + number) + data
        check = functools.reduce(lambda a, b: a ^ b, body)
        packets.append(b"\xff" + struct.pack("<H", len(body)) + body + bytes([check]))
    return packets


def cobs(data):
    """Byte by byte, as the paper tells it."""
    out, block = bytearray(), bytearray()
    for byte in data:
        if byte == 0:
            out += bytes([len(block) + 1]) + block
            block.clear()
        else:
            block.append(byte)
            if len(block) == 254:
                out += b"\xff" + block
                block.clear()
    return bytes(out + bytes([len(block) + 1]) + block)


def nordic(rows, names, rate_hz, *, name="Thingy", again_every=50):
    """A message a row, described at first and now and then."""
    info = {"sid": 1, "hz": rate_hz, "ch": len(names), "ch_n": list(names), "st": "imu", "dr": 2, "name": name}
    messages = []
    for number, row in enumerate(rows):
        if number % again_every == 0:
            messages.append(cobs(cbor2.dumps({"t": "si", "d": info})) + b"\0")
        content = {"sid": 1, "seq": number, "ts": round(number * 1000 / rate_hz), "val": [float(v) for v in row]}
        messages.append(cobs(cbor2.dumps({"t": "sd", "d": content})) + b"\0")
    return messages


def noise(rng, size):
    """Of a worn cable: any byte but those that end lines, packets or messages."""
    data = rng.integers(0, 256, size, dtype=np.uint8).tobytes()
    return data.translate(None, b"\n\r\0\xff{")


def garbled(data, sent_baud, heard_baud):
    """What a UART at heard_baud makes of bytes sent at sent_baud, 8N1, with idle line after them: each start bit
    is waited for, then the line is looked at in the middle of each bit of the other length.
    """
    levels = []
    for byte in data:
        levels += [0, *((byte >> bit) & 1 for bit in range(8)), 1]
    ratio = sent_baud / heard_baud
    heard, at = bytearray(), 0.0
    while at < len(levels):
        if levels[int(at)]:
            at = int(at) + 1  # idle until the next edge
            continue
        places = [at + (bit + 1.5) * ratio for bit in range(8)]
        heard.append(sum((levels[int(p)] if p < len(levels) else 1) << bit for bit, p in enumerate(places)))
        at += 9.5 * ratio
    return bytes(heard)
