"""Byte pipes to boards: a serial port, a radio link, a TCP connection on this machine, or a virtual board's pty.

Every failure of a pipe that is open is an OSError; what stands in the way of opening one is a BoardNotReached.
"""

import contextlib
import errno
import ipaddress
import socket
from pathlib import Path
from typing import Protocol

from studio.boards.address import Address
from studio.boards.obstacles import BoardNotReached as BoardNotReached  # noqa: PLC0414  what opening one raises
from studio.boards.ports import not_opened
from studio.boards.virtual import VirtualBoard, start_virtual_board
from studio.core.text import gettext

# What a bridge between USB and a UART runs at; a port that is USB to the end has no such thing, and ignores it.
BAUD = 921_600
WRITE_TIMEOUT_S = 3.0
CONNECT_TIMEOUT_S = 3.0
READ_BYTES = 65_536


class Transport(Protocol):
    """Used by one reader and one writer at a time, and closed when neither is in a call."""

    def read(self, timeout_s: float) -> bytes:
        """What has come, at once; b"" where nothing does within timeout_s. Raises OSError when the link has ended."""

    def write(self, data: bytes) -> None:
        """Raises OSError when the link has ended, or takes nothing for WRITE_TIMEOUT_S."""

    def close(self) -> None:
        """Never raises, never hangs."""


def open_transport(address: Address, folder: Path | None) -> Transport:
    """folder: the project's, where a virtual board keeps its flash. Raises BoardNotReached; NotFound and
    VirtualBoardFailed for a virtual board.
    """
    match address.scheme:
        case "serial":
            return SerialPort(address.target, address.shown, int(address.options.get("baud", BAUD)))
        case "tcp":
            return Tcp(address)
        case "ble":
            from studio.boards.ble import BleLink

            return BleLink(address)
        case _:
            return VirtualLink(address, folder)


class SerialPort:
    def __init__(self, port: str, shown: str, speed: int = BAUD) -> None:
        import serial

        self.speed = speed
        try:
            # exclusive: a second program would take every other byte, silently.
            self._port = serial.Serial(port, speed, write_timeout=WRITE_TIMEOUT_S, exclusive=True)
        except (OSError, ValueError) as error:
            raise not_opened(port, shown, error) from error

    def set_speed(self, speed: int) -> None:
        """What came at another one is dropped. Raises OSError."""
        try:
            self._port.baudrate = self.speed = speed
            self._port.reset_input_buffer()
        except ValueError as error:
            raise OSError(errno.EINVAL, str(error)) from error

    def read(self, timeout_s: float) -> bytes:
        if self._port.timeout != timeout_s:
            self._port.timeout = timeout_s
        try:
            # pyserial waits until all that it was asked for is there, so the first byte is asked for alone.
            first: bytes = self._port.read(1)
            return first + self._port.read(min(self._port.in_waiting, READ_BYTES)) if first else b""
        except TypeError as error:  # what pyserial makes of a port that is closed meanwhile
            raise OSError(errno.EBADF, "closed") from error

    def write(self, data: bytes) -> None:
        self._port.write(data)

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._port.close()


class Tcp:
    """To this machine only: the link is neither encrypted nor does it ask who is there."""

    def __init__(self, address: Address) -> None:
        host, _, port = address.target.rpartition(":")
        shown = address.shown
        try:
            found = socket.getaddrinfo(host.strip("[]"), int(port), type=socket.SOCK_STREAM)
        except OSError as error:
            raise BoardNotReached(shown, str(error), gettext("Correct the address and try again.")) from error
        family, kind, _protocol, _name, where = found[0]
        if not ipaddress.ip_address(where[0]).is_loopback:
            advise = gettext(
                "Connect the board to this machine, or forward its port: `ssh -L PORT:127.0.0.1:PORT HOST`."
            )
            raise BoardNotReached(shown, gettext("it is on another machine, and the link is not protected"), advise)
        self._socket = socket.socket(family, kind)
        try:
            self._socket.settimeout(CONNECT_TIMEOUT_S)
            self._socket.connect(where)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except OSError as error:
            self._socket.close()
            advise = gettext("Start the board, and use the port that it printed.")
            raise BoardNotReached(shown, error.strerror or str(error), advise) from error
        # The timeout belongs to the socket, not to a call, and reader and writer are two threads.
        self._reader = self._socket.dup()
        self._socket.settimeout(WRITE_TIMEOUT_S)

    def read(self, timeout_s: float) -> bytes:
        self._reader.settimeout(timeout_s)
        try:
            data = self._reader.recv(READ_BYTES)
        except TimeoutError:
            return b""
        if not data:
            raise OSError(errno.ECONNRESET, "the board closed the connection")
        return data

    def write(self, data: bytes) -> None:
        self._socket.sendall(data)

    def close(self) -> None:
        for end in (self._socket, self._reader):
            with contextlib.suppress(OSError):
                end.close()


class VirtualLink:
    """A virtual board and the port to it, which live and end together."""

    def __init__(self, address: Address, folder: Path | None) -> None:
        self._board = start_virtual_board(address, folder)
        try:
            self._port = SerialPort(self._board.link_path, address.shown)
        except BaseException:
            self._board.close()
            raise

    @property
    def board(self) -> VirtualBoard:
        return self._board

    def read(self, timeout_s: float) -> bytes:
        return self._port.read(timeout_s)

    def write(self, data: bytes) -> None:
        self._port.write(data)

    def close(self) -> None:
        self._port.close()
        self._board.close()
