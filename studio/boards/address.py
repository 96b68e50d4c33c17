"""How to reach a board, as one line: serial:/dev/ttyACM0, ble:Nano, tcp:127.0.0.1:5000?token=T, or
virtual:nano33ble?play=a.wav.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType

from studio.core.errors import InvalidInput
from studio.core.text import gettext, mark

# The options that each scheme takes, in the order in which an address gives them.
OPTIONS: dict[str, tuple[str, ...]] = {
    "serial": ("baud",),
    "ble": (),
    "tcp": ("token",),
    "virtual": ("pace", "ppm", "jitter", "slower", "press", "play"),
}
LITERAL = "play"  # its value is everything up to the end, whatever is in it
EXAMPLES = mark(
    "Use serial:/dev/ttyACM0, ble:NAME, tcp:127.0.0.1:PORT or virtual:nano33ble; `boards` lists those in reach."
)


@dataclass(frozen=True)
class Address:
    """scheme: serial, ble, tcp or virtual. target: a port's path, a name or address in the air, HOST:PORT, or a key of
    boards.toml ("": the usual one).
    """

    scheme: str
    target: str = ""
    options: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}), hash=False)

    @property
    def token(self) -> str | None:
        """What the board printed, without which it takes no upload over TCP."""
        return self.options.get("token")

    @property
    def shown(self) -> str:
        """The address without its token, for messages and logs."""
        return str(replace(self, options={name: value for name, value in self.options.items() if name != "token"}))

    @property
    def named(self) -> str:
        """The board alone, for people: without token, pace or what it plays."""
        return str(replace(self, options={}))

    def playing(self, path: Path | str) -> "Address":
        """The same board, hearing `path`. Raises InvalidInput for a board with a microphone of its own."""
        if LITERAL not in OPTIONS[self.scheme]:
            raise InvalidInput(str(self), gettext("only a virtual board can be made to hear a file"))
        return replace(self, options={**self.options, LITERAL: str(path)})

    def __str__(self) -> str:
        options = "&".join(f"{name}={self.options[name]}" for name in OPTIONS[self.scheme] if name in self.options)
        return self.scheme + (f":{self.target}" if self.target else "") + (f"?{options}" if options else "")


def beginning_of(text: str) -> str:
    """What to write in place of a serial port's bare name; "" for what is none."""
    is_port = re.fullmatch(r"/dev/\S+|COM\d+", text, re.IGNORECASE) is not None
    return gettext("Write serial:{port}.").format(port=text) if is_port else ""


def parse_address(text: str) -> Address:
    """Raises InvalidInput, saying what an address looks like."""
    before, question, after = text.partition("?")
    scheme, _, target = before.partition(":")
    if scheme not in OPTIONS:
        raise InvalidInput(text, gettext("no board's address begins so"), beginning_of(text) or EXAMPLES)
    if scheme == "serial" and not target:
        raise InvalidInput(text, gettext("it names no port"), EXAMPLES)
    if scheme == "ble" and not target:
        raise InvalidInput(text, gettext("it names no board"), EXAMPLES)
    if scheme == "tcp":
        host, _, port = target.rpartition(":")
        if not host or not (port.isascii() and port.isdigit() and 0 < int(port) < 1 << 16):
            raise InvalidInput(text, gettext("it does not end in HOST:PORT"), EXAMPLES)
    options = _options(text, scheme, after) if question else {}
    baud = options.get("baud", "1")
    if not (baud.isascii() and baud.isdigit() and 0 < int(baud) < 1 << 31):
        raise InvalidInput(text, gettext("its speed is no number of bits a second"), EXAMPLES)
    return Address(scheme, target, options)


def _options(text: str, scheme: str, rest: str) -> dict[str, str]:
    options: dict[str, str] = {}
    while rest:
        name, equals, value = rest.partition("=")
        if name == LITERAL:
            rest = ""
        else:
            value, _, rest = value.partition("&")
        if name not in OPTIONS[scheme] or not equals or not value:
            known = ", ".join(f"{option}=" for option in OPTIONS[scheme]) or gettext("none")
            why = gettext("{name!r} is no option of it, or has no value").format(name=name)
            raise InvalidInput(text, why, gettext("Its options: {known}.").format(known=known))
        options[name] = value
    return options
