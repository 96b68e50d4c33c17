"""Frames to messages and back. Nothing that a board sends can raise here: what does not parse is Malformed."""

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import cbor2

from studio.link.encoder import Frame
from studio.link.sample_block import SamplesBlock as SamplesBlock  # noqa: PLC0414  one of the messages
from studio.link.sample_block import parse_samples

HELLO, REPLY, SAMPLES, SCORES, DECISION, WINDOW, LOG, PICTURE, MARK = range(0x01, 0x0A)
COMMAND, IMAGE_CHUNK = 0x41, 0x42
MAGIC = "TINYML"
VERSION = 1  # the major version that this side speaks; a board's higher minor version is fine
CHUNK_BYTES = 1000
WINDOW_STAGES = 4  # samples, features, input, scores
MAX_DEPTH = 8  # of nesting in a control message
NOT_PLAIN = (ValueError, TypeError, LookupError, cbor2.CBORError, RecursionError, OverflowError)
MAX_WINDOW_BYTES = 1 << 20  # no stage of a window is larger on any board that we know of
MAX_PICTURE_BYTES = 1 << 22  # nor a picture
SENSOR_IDS = {"microphone": 0, "imu": 1, "camera": 2, "environment": 3, "colour": 4}  # by the name of a SensorKind
GRAY = 0  # the format of a picture: a byte a pixel, row by row

_SCORES = struct.Struct("<IIIIIIB")
_DECISION = struct.Struct("<IBB")
_WINDOW = struct.Struct("<IBII")
_PICTURE = struct.Struct("<BBHHIII")
_MARK = struct.Struct("<BII")


@dataclass(frozen=True)
class SensorDescription:
    """One count of channel c stands for scales[c], numerator and denominator, of units[c]. size: width and height of a
    camera's pictures.
    """

    id: int
    kind: str
    channels: tuple[str, ...]
    units: tuple[str, ...]
    scales: tuple[tuple[int, int], ...]
    rates_hz: tuple[int, ...]  # the usual one first
    size: tuple[int, int] | None = None


@dataclass(frozen=True)
class Hello:
    """A board introduces itself. `image` is the SHA-256 of the model image it runs, or None; image_status a stu_status:
    that it has none, or why the one it has does not listen. Sizes in bytes.
    """

    version: tuple[int, int]
    board: str  # the key of its row in boards.toml
    name: str
    firmware: str
    id: bytes
    sensors: tuple[SensorDescription, ...]
    image: bytes | None
    image_status: int
    slot_bytes: int
    arena_bytes: int
    window_bytes: int
    clock_hz: int


@dataclass(frozen=True)
class OtherVersion:
    """A board that introduces itself in a version of the protocol of which we know no more than that."""

    version: tuple[int, int]


@dataclass(frozen=True)
class Reply:
    """Answers the command (or image chunk) of the same id. status 0 is success, negative a stu_status."""

    id: int
    status: int
    fields: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Scores:
    """One inference. CRC-32s are of the little-endian bytes of the window's samples, features and input."""

    window_index: int
    first_sample: int
    samples_crc: int
    features_crc: int
    input_crc: int
    run_us: int
    scores: bytes  # int8 each
    time_us: int  # device time of the window's first sample


@dataclass(frozen=True)
class Decision:
    window_index: int
    class_index: int
    score: int  # 0..255
    time_us: int  # device time of the window's end


@dataclass(frozen=True)
class WindowPart:
    window_index: int
    stage: int  # 0 samples, 1 features, 2 input, 3 scores
    total_bytes: int
    offset: int
    data: bytes


@dataclass(frozen=True)
class PicturePart:
    """A part of a camera's picture: gray, a byte a pixel. lost_board: low 32 bits of how many pictures the board itself
    has dropped since the camera started; index: of this one, those included.
    """

    sensor: int
    width: int
    height: int
    index: int
    lost_board: int
    offset: int
    data: bytes
    time_us: int  # device time of the picture


@dataclass(frozen=True)
class Mark:
    """The board's button was pressed. index: low 32 bits of that of the sample, or picture, of that moment; number:
    presses since the stream began, this one included.
    """

    sensor: int
    index: int
    number: int
    time_us: int  # device time of the press


@dataclass(frozen=True)
class Log:
    text: str


@dataclass(frozen=True)
class Malformed:
    """A whole frame with a sound checksum whose content makes no sense."""

    type: int
    reason: str


Message = (
    Hello | OtherVersion | Reply | SamplesBlock | Scores | Decision | WindowPart | PicturePart | Mark | Log | Malformed
)


def parse(frame: Frame) -> Message:
    """The message in a frame from a board."""
    parser = _PARSERS.get(frame.type)
    if parser is None:
        return Malformed(frame.type, "unknown type")
    try:
        return parser(frame)
    except (struct.error, *NOT_PLAIN) as error:
        return Malformed(frame.type, f"{type(error).__name__}: {error}")


def command(command_id: int, do: str, **fields: Any) -> bytes:
    """The payload of a COMMAND frame."""
    return cbor2.dumps({"id": command_id, "do": do, **fields})


def image_chunk(offset: int, data: bytes) -> bytes:
    """The payload of an IMAGE_CHUNK frame."""
    return struct.pack("<I", offset) + data


def _parse_hello(frame: Frame) -> Hello | OtherVersion:
    fields = plain_map(frame.payload)
    if fields.get("magic") != MAGIC:
        raise ValueError("another protocol's greeting")
    version = _count(fields["version"][0]), _count(fields["version"][1])
    if version[0] != VERSION:
        return OtherVersion(version)
    image = fields.get("image")
    if image is not None and (not isinstance(image, bytes) or len(image) != 32):
        raise ValueError("image is not a SHA-256")
    return Hello(
        version=version,
        board=_text(fields["board"]),
        name=_text(fields["name"]),
        firmware=_text(fields["firmware"]),
        id=_bytes(fields["id"]),
        sensors=tuple(_sensor(sensor) for sensor in fields["sensors"]),
        image=image,
        image_status=_status(fields["image_status"]),
        slot_bytes=_count(fields["slot_bytes"]),
        arena_bytes=_count(fields["arena_bytes"]),
        window_bytes=_count(fields["window_bytes"]),
        clock_hz=_count(fields["clock_hz"]),
    )


def _sensor(fields: Mapping[str, Any]) -> SensorDescription:
    channels = tuple(_text(channel) for channel in fields["channels"])
    nums, dens = (_of_each(fields[key], len(channels)) for key in ("scale_num", "scale_den"))
    size = fields.get("size")
    return SensorDescription(
        _count(fields["id"]),
        _text(fields["kind"]),
        channels,
        tuple(_text(unit) for unit in _of_each(fields["unit"], len(channels))),
        tuple((_count(num), _count(den, least=1)) for num, den in zip(nums, dens, strict=True)),
        tuple(_count(rate) for rate in fields["rates"]),
        None if size is None else (_count(size[0], least=1), _count(size[1], least=1)),
    )


def _of_each(value: Any, channels: int) -> Sequence[Any]:
    """What is said once for all channels, or of each."""
    if not isinstance(value, list):
        return [value] * channels
    if len(value) != channels:
        raise ValueError(f"{len(value)} values for {channels} channels")
    return value


def _parse_reply(frame: Frame) -> Reply:
    fields = plain_map(frame.payload)
    return Reply(
        _count(fields["id"]), _status(fields["status"]), {k: v for k, v in fields.items() if k not in ("id", "status")}
    )


def _parse_scores(frame: Frame) -> Scores:
    *numbers, count = _SCORES.unpack_from(frame.payload)
    scores = frame.payload[_SCORES.size : _SCORES.size + count]
    if not count or len(scores) != count:
        raise ValueError("scores are missing")
    window, first, samples_crc, features_crc, input_crc, run_us = numbers
    return Scores(window, first, samples_crc, features_crc, input_crc, run_us, scores, frame.time_us)


def _parse_decision(frame: Frame) -> Decision:
    window, class_index, score = _DECISION.unpack_from(frame.payload)
    return Decision(window, class_index, score, frame.time_us)


def _parse_window(frame: Frame) -> WindowPart:
    index, stage, total, offset = _WINDOW.unpack_from(frame.payload)
    data = frame.payload[_WINDOW.size :]
    if stage >= WINDOW_STAGES or total > MAX_WINDOW_BYTES or offset + len(data) > total:
        raise ValueError("a part outside its window")
    return WindowPart(index, stage, total, offset, data)


def _parse_picture(frame: Frame) -> PicturePart:
    sensor, pixels, width, height, index, lost_board, offset = _PICTURE.unpack_from(frame.payload)
    data = frame.payload[_PICTURE.size :]
    if pixels != GRAY or not 0 < width * height <= MAX_PICTURE_BYTES or not 0 < len(data) <= width * height - offset:
        raise ValueError("a part outside its picture")
    return PicturePart(sensor, width, height, index, lost_board, offset, data, frame.time_us)


def _parse_mark(frame: Frame) -> Mark:
    sensor, index, number = _MARK.unpack_from(frame.payload)
    return Mark(sensor, index, number, frame.time_us)


def _parse_log(frame: Frame) -> Log:
    return Log(frame.payload.decode("utf-8", "replace"))


_PARSERS = {
    HELLO: _parse_hello,
    REPLY: _parse_reply,
    SAMPLES: parse_samples,
    SCORES: _parse_scores,
    DECISION: _parse_decision,
    WINDOW: _parse_window,
    LOG: _parse_log,
    PICTURE: _parse_picture,
    MARK: _parse_mark,
}


def plain_map(payload: bytes, *, allow_indefinite: bool = False) -> dict[str, Any]:
    """A CBOR map of plain values with text keys. Raises what NOT_PLAIN lists."""
    value = cbor2.loads(
        payload,
        semantic_decoders=_NoTags(),
        allow_indefinite=allow_indefinite,
        allow_duplicate_keys=False,
        strict_hashable_types=True,
        max_depth=MAX_DEPTH,
    )
    if not isinstance(value, dict) or not all(isinstance(key, str) for key in value):
        raise ValueError("not a map with text keys")
    return value


def _refuse(*_: object) -> None:
    raise ValueError("a tag")


class _NoTags(dict[int, Any]):
    """A decoder for every tag, which refuses it. Our messages have none, and what cbor2 makes of some is no plain
    value: a pattern to compile, an object that contains itself.
    """

    def __missing__(self, _tag: int) -> Any:
        return _refuse


def _count(value: object, least: int = 0) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value < 1 << 64:
        raise ValueError(f"{value!r:.40} is not a count")
    return value


def _status(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not -(1 << 31) <= value < 1 << 31:
        raise ValueError(f"{value!r:.40} is not a status")
    return value


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r:.40} is not text")
    return value


def _bytes(value: object) -> bytes:
    if not isinstance(value, bytes):
        raise TypeError(f"{value!r:.40} is not bytes")
    return value
