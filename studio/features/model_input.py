"""What all front ends have in common: int16 features, of which a model sees int8, and plain values to keep them by."""

import struct
from abc import ABC, abstractmethod
from dataclasses import fields
from typing import Any, ClassVar, Self, get_origin

import numpy as np
from numpy.typing import NDArray

from studio.core.errors import InvalidInput
from studio.core.text import gettext

_VERSION = 1  # of every kind's section
UNIT = 1024  # feature units for 1.0 of the model's float input


class ModelInput(ABC):
    """Base of the specifications, which are frozen dataclasses of whole numbers, texts, and tuples of whole numbers."""

    kind: ClassVar[str]
    code: ClassVar[int]  # of the kind, in a section
    input_shift: int
    input_zero_point: int
    _section: bytes | None

    @property
    def input_scale(self) -> float:
        """The scale of the model's int8 input: one step is 2**input_shift feature units. Exact in float32."""
        return float(2**self.input_shift / UNIT)

    @property
    def input_limits(self) -> tuple[float, float]:
        """The model's float input at int8 -128 and 127. Calibration includes both, and so finds input_scale."""
        return (-128 - self.input_zero_point) * self.input_scale, (127 - self.input_zero_point) * self.input_scale

    def to_float(self, features: NDArray[np.int16] | NDArray[np.float32]) -> NDArray[np.float32]:
        """The model's float input for features of any shape, limited to input_limits."""
        low, high = self.input_limits
        values: NDArray[np.float32] = features.astype(np.float32) / np.float32(UNIT)
        return np.clip(values, np.float32(low), np.float32(high), out=values)

    def to_dict(self) -> dict[str, Any]:
        """Plain values, `kind` among them; from_dict gives an equal specification back."""
        values = {name: getattr(self, name) for name in self._types()}
        return {"kind": self.kind, **{k: list(v) if isinstance(v, tuple) else v for k, v in values.items()}}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Self:
        """Raises InvalidInput for another kind, an unknown or a missing key, or a value of another type."""
        what = gettext("The front end")
        if values.get("kind") != cls.kind:
            raise InvalidInput(what, gettext("its kind is {kind}").format(kind=values.get("kind")))
        types = cls._types()
        if set(values) != {"kind", *types}:
            odd = ", ".join(sorted(set(values) ^ {"kind", *types}))
            raise InvalidInput(what, gettext("these keys are unknown or missing: {odd}").format(odd=odd))
        chosen = {name: tuple(v) if isinstance(v := values[name], list) else v for name in types}
        for name, of in types.items():
            whole = of is not tuple or all(type(item) is int for item in chosen[name])
            if type(chosen[name]) is not of or not whole:
                raise InvalidInput(what, gettext("{name} is of another type").format(name=name))
        return cls(**chosen)

    def pack(self) -> bytes:
        """The section `FEND` of a model image."""
        if self._section is None:
            object.__setattr__(self, "_section", self._packed())
        assert self._section is not None  # noqa: S101  set just now
        return self._section

    @classmethod
    def unpack(cls, section: bytes) -> Self:
        """The specification in a section, keeping its very tables: `pack` gives these bytes back.

        Reads the parameters only; the C core checks the tables when it opens them. Raises InvalidInput.
        """
        spec = cls._unpacked(section)
        (size,) = struct.unpack_from("<I", section, 4)
        object.__setattr__(spec, "_section", bytes(section[:size]))
        return spec

    @abstractmethod
    def _packed(self) -> bytes:
        """The section, its tables made anew."""

    @classmethod
    @abstractmethod
    def _unpacked(cls, section: bytes) -> Self:
        """The parameters of a section. Raises InvalidInput."""

    def _section_of(self, header: struct.Struct, *values: int, tables: bytes = b"") -> bytes:
        """header: of kind, version, length, and then these values."""
        size = header.size + len(tables)
        padding = -size % 4
        return header.pack(self.code, _VERSION, size + padding, *values) + tables + bytes(padding)

    @classmethod
    def _header_of(cls, section: bytes, header: struct.Struct) -> list[int]:
        """The values after kind, version and length. Raises InvalidInput where it is not a section of this kind."""
        if len(section) < header.size:
            raise damaged(gettext("it is cut short"))
        code, version, size, *values = header.unpack_from(section)
        if (code, version) != (cls.code, _VERSION):
            raise damaged(gettext("it is of a kind that this version does not know"))
        if size > len(section):
            raise damaged(gettext("it is damaged"))
        return values

    @classmethod
    def _types(cls) -> dict[str, type]:
        """int, tuple or str, by the name of each field."""
        known = {field.name: field.type for field in fields(cls) if field.init}  # type: ignore[arg-type]
        return {name: of if of is int else tuple if get_origin(of) is tuple else str for name, of in known.items()}

    def _refuse(self, why: str) -> None:
        """Raises InvalidInput where there is something wrong with the numbers."""
        if why:
            raise InvalidInput(gettext("The front end"), why)

    def _fault_of_input(self) -> str:
        if not (0 <= self.input_shift <= 8 and -128 <= self.input_zero_point <= 127):
            return gettext("the input's shift must be from 0 to 8 and its zero point an int8")
        return ""


def damaged(why: str) -> InvalidInput:
    return InvalidInput(gettext("The front end of this model"), why)
