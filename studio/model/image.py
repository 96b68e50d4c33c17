"""Model images: a plan packed into the bytes that a board runs. resources/firmware/MODEL_IMAGE.md specifies them."""

import hashlib
import struct
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio.core.errors import InvalidInput
from studio.core.text import gettext
from studio.model.operators import Planned
from studio.model.plan import Plan
from studio.native.engine import Engine, check_image

VERSION = 1
NO_CLASS = 255
MOST_CLASSES = 64
LONGEST_CLASS_BYTES = 255

_HEADER = struct.Struct("<4sHHII32s")
_ENTRY = struct.Struct("<4sII")
_GRAPH = struct.Struct("<5I")
_OPERATOR = struct.Struct("<BBBxIII14H4bIIii")
_DECISION = struct.Struct("<BBHIBBH")
_LENGTHS = struct.Struct("<II")
_DIGEST_AT = 16


@dataclass(frozen=True)
class Decision:
    """The rule that turns scores into decisions, which the board applies: stu_decision.h.

    smooth: windows averaged, 1..16. threshold: of the smoothed score, 0..255. refractory_ms: after a decision in which
    there is no other. hop_samples: from one window to the next. background, unknown: classes that are never decided
    for, or None. Raises InvalidInput for other values.
    """

    smooth: int
    threshold: int
    refractory_ms: int
    hop_samples: int
    background: int | None = None
    unknown: int | None = None

    def __post_init__(self) -> None:
        ranges = {
            "smooth": (1, 16),
            "threshold": (0, 255),
            "refractory_ms": (0, 65_535),
            "hop_samples": (1, 2**32 - 1),
            "background": (0, MOST_CLASSES - 1),
            "unknown": (0, MOST_CLASSES - 1),
        }
        for name, (low, high) in ranges.items():
            value = getattr(self, name)
            if value is None and name in ("background", "unknown"):
                continue
            if type(value) is not int or not low <= value <= high:
                why = gettext("{name} is {value!r} and should be {low}..{high}")
                raise InvalidInput(gettext("The decision rule"), why.format(name=name, value=value, low=low, high=high))

    def to_dict(self) -> dict[str, int | None]:
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "Decision":
        """Raises InvalidInput for missing, unknown or wrong values."""
        try:
            return cls(**values)
        except TypeError as error:
            raise InvalidInput(gettext("The decision rule"), str(error)) from error

    def pack(self) -> bytes:
        """The section "DECI"."""
        background, unknown = (NO_CLASS if index is None else index for index in (self.background, self.unknown))
        return _DECISION.pack(self.smooth, self.threshold, self.refractory_ms, self.hop_samples, background, unknown, 0)

    @classmethod
    def unpack(cls, section: bytes) -> "Decision":
        """Raises InvalidInput where it is not one."""
        if len(section) < _DECISION.size:
            raise _broken(gettext("its decision rule is too short"))
        smooth, threshold, refractory_ms, hop_samples, *classes, _ = _DECISION.unpack_from(section)
        background, unknown = (None if index == NO_CLASS else index for index in classes)
        return cls(smooth, threshold, refractory_ms, hop_samples, background, unknown)


@dataclass(frozen=True, eq=False)
class ImageContent:
    """What an image holds besides its operators. golden: the input and the output that it should give, flat int8."""

    front_end: bytes | None
    classes: tuple[str, ...]
    decision: Decision | None
    golden: tuple[NDArray[np.int8], NDArray[np.int8]] | None
    arena_bytes: int
    sections: dict[str, int]  # bytes by tag


def build_image(
    planned: Plan,
    *,
    front_end: bytes | None = None,
    classes: Sequence[str] = (),
    decision: Decision | None = None,
    golden_input: NDArray[np.int8] | None = None,
) -> bytes:
    """Packs a plan, with what a listening board needs besides.

    front_end: a "FEND" section. classes: one name an output, or none. golden_input: int8, any shape with as many
    values as the model's input; the expected output is what the engine gives for it here.
    Raises InvalidInput where these do not fit the model.
    """
    _check_classes(classes, planned.output.bytes)
    sections = {"OPER": _operators(planned), "DATA": planned.data}
    if front_end is not None:
        sections["FEND"] = front_end
    if classes:
        sections["CLAS"] = _pack_classes(classes)
    if decision is not None:
        if any(
            index is not None and index >= planned.output.bytes for index in (decision.background, decision.unknown)
        ):
            raise InvalidInput(gettext("The decision rule"), gettext("it names a class that the model does not have"))
        sections["DECI"] = decision.pack()
    image = _assemble(sections, planned.arena_bytes)
    if golden_input is not None:
        row = golden_input.reshape(1, -1)
        output = Engine(image).run(row)
        lengths = _LENGTHS.pack(planned.input.bytes, planned.output.bytes)
        sections["GOLD"] = lengths + row.tobytes() + output.tobytes()
        image = _assemble(sections, planned.arena_bytes)
    Engine(image)  # what the core would refuse on a board, it refuses here
    return image


def read_image(image: bytes) -> ImageContent:
    """Raises RefusedImage where the core refuses it, InvalidInput where one of its sections is wrong."""
    arena_bytes = check_image(image)
    sections = _sections(image)
    return ImageContent(
        sections.get("FEND"),
        _unpack_classes(sections["CLAS"]) if "CLAS" in sections else (),
        Decision.unpack(sections["DECI"]) if "DECI" in sections else None,
        _unpack_golden(sections["GOLD"]) if "GOLD" in sections else None,
        arena_bytes,
        {tag: len(content) for tag, content in sections.items()},
    )


def _operators(planned: Plan) -> bytes:
    source, result = planned.input, planned.output
    head = _GRAPH.pack(len(planned.operators), source.at, source.bytes, result.at, result.bytes)
    return head + b"".join(_operator(operator, planned.places) for operator in planned.operators)


def _operator(operator: Planned, places: dict[int, int]) -> bytes:
    return _OPERATOR.pack(
        operator.kind,
        operator.other_constant,
        operator.backwards,
        places[operator.input],
        0 if operator.other is None else places[operator.other],
        places[operator.output],
        *operator.in_shape,
        *operator.out_shape,
        *operator.filter,
        *operator.stride,
        *operator.dilation,
        *operator.pad,
        operator.input_zero_point,
        operator.output_zero_point,
        operator.low,
        operator.high,
        operator.weights_at,
        operator.parameters_at,
        operator.multiplier,
        operator.shift,
    )


def _assemble(sections: dict[str, bytes], arena_bytes: int) -> bytes:
    at = _HEADER.size + _ENTRY.size * len(sections)
    table, body = b"", b""
    for tag, content in sections.items():
        table += _ENTRY.pack(tag.encode(), at + len(body), len(content))
        body += content + bytes(-len(content) % 4)
    total = at + len(body)
    head = _HEADER.pack(b"STUM", VERSION, len(sections), total, arena_bytes, bytes(32))[:_DIGEST_AT]
    digest = hashlib.sha256(head + table + body).digest()
    return head + digest + table + body


def _sections(image: bytes) -> dict[str, bytes]:
    """By tag; the core has checked that they lie inside."""
    count = _HEADER.unpack_from(image)[2]
    entries = [_ENTRY.unpack_from(image, _HEADER.size + i * _ENTRY.size) for i in range(count)]
    found: dict[str, bytes] = {}
    for tag, at, length in entries:
        found.setdefault(tag.decode("latin-1"), image[at : at + length])
    return found


def _check_classes(classes: Sequence[str], outputs: int) -> None:
    if classes and len(classes) != outputs:
        why = gettext("there are {n} of them and the model has {outputs} outputs")
        raise InvalidInput(gettext("The class names"), why.format(n=len(classes), outputs=outputs))
    for name in classes:
        if not 0 < len(name.encode()) <= LONGEST_CLASS_BYTES:
            raise InvalidInput(gettext("The class name {name!r}").format(name=name), gettext("it is empty or too long"))


def _pack_classes(classes: Sequence[str]) -> bytes:
    """Their number (u16), then each as its length (u8) and UTF-8."""
    names = [name.encode() for name in classes]
    return struct.pack("<H", len(names)) + b"".join(bytes([len(name)]) + name for name in names)


def _unpack_classes(section: bytes) -> tuple[str, ...]:
    try:
        (count,) = struct.unpack_from("<H", section)
        at, names = 2, []
        for _ in range(count):
            (name,) = struct.unpack_from(f"{section[at]}s", section, at + 1)
            names.append(name.decode())
            at += 1 + len(name)
    except (struct.error, IndexError, UnicodeDecodeError) as error:
        raise _broken(gettext("its class names are damaged")) from error
    return tuple(names)


def _unpack_golden(section: bytes) -> tuple[NDArray[np.int8], NDArray[np.int8]]:
    if len(section) < _LENGTHS.size:
        raise _broken(gettext("its golden input is too short"))
    inputs, outputs = _LENGTHS.unpack_from(section)
    if _LENGTHS.size + inputs + outputs > len(section):
        raise _broken(gettext("its golden input is too short"))
    values = np.frombuffer(section, np.int8, inputs + outputs, _LENGTHS.size)
    return values[:inputs], values[inputs:]


def _broken(why: str) -> InvalidInput:
    return InvalidInput(gettext("The model image"), why, gettext("Build the model image again."))
