"""Boards by radio: the Nordic UART Service over Bluetooth LE, all of them on one asyncio thread; and SensiML's service,
whose description and rows read as its serial stream does.
"""

import asyncio
import concurrent.futures
import contextlib
import errno
import functools
import logging
import threading
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from studio.boards.address import Address
from studio.boards.obstacles import BoardNotReached, Case
from studio.core.text import gettext

if TYPE_CHECKING:
    from bleak import BleakClient
    from bleak.backends.characteristic import BleakGATTCharacteristic
    from bleak.backends.device import BLEDevice
    from bleak.backends.scanner import AdvertisementData

_log = logging.getLogger(__name__)
Result = TypeVar("Result")

# Nordic's: the board listens on the first and sends on the second.
SERVICE, LISTENS, SENDS = (f"6e40000{number}-b5a3-f393-e0a9-e50e24dcca9e" for number in (1, 2, 3))
DESCRIPTION, ROWS = (f"1648000{number}-0525-4ad5-b4fb-6dd83f49546b" for number in (1, 2))
SCAN_S = 5.0  # for a board that is named
LOOK_AROUND_S = 2.5  # for those that are not: they advertise once a second or more often
CONNECT_S = 10.0
WRITE_S = 3.0
CLOSE_S = 2.0
MOST_HELD = 1 << 20  # bytes that nobody reads; half a minute of sound


@dataclass(frozen=True)
class InAir:
    """A board that advertises the service."""

    address: str
    name: str
    signal_dbm: int


def look_around(timeout_s: float = LOOK_AROUND_S) -> list[InAir]:
    """Which boards advertise, the nearest first. Raises BoardNotReached where there is no radio to hear them with."""
    _need_bleak("Bluetooth")
    return _wait(_look_around(timeout_s), timeout_s + CLOSE_S, "Bluetooth")


class BleLink:
    """A Transport. What the board sends while nobody reads is held, up to MOST_HELD."""

    def __init__(self, address: Address) -> None:
        """Raises BoardNotReached."""
        self._shown = address.shown
        _need_bleak(self._shown)
        self._changed = threading.Condition()
        self._received = bytearray()
        self._ended = False
        self._client, self._listens = _wait(self._open(address.target), SCAN_S + CONNECT_S, self._shown)

    @property
    def packet_bytes(self) -> int:
        """What one packet to the board carries, as it was agreed on; 0 to one that only sends."""
        return 0 if self._listens is None else self._listens.max_write_without_response_size

    def read(self, timeout_s: float) -> bytes:
        with self._changed:
            self._changed.wait_for(lambda: self._received or self._ended, timeout_s)
            data = bytes(self._received)
            self._received.clear()
            if not data and self._ended:
                raise OSError(errno.ECONNRESET, "the radio link ended")
            return data

    def write(self, data: bytes) -> None:
        from bleak.exc import BleakError

        try:
            _on_loop(self._write(data)).result(WRITE_S)
        except TimeoutError as error:
            raise OSError(errno.ETIMEDOUT, "the radio takes nothing") from error
        except (BleakError, EOFError) as error:
            raise OSError(errno.EIO, str(error)) from error

    def close(self) -> None:
        with contextlib.suppress(Exception):  # of a link that has ended anyhow
            _on_loop(self._client.disconnect()).result(CLOSE_S)

    async def _open(self, target: str) -> "tuple[BleakClient, BleakGATTCharacteristic | None]":
        from bleak import BleakClient, BleakScanner

        wanted = target.casefold()

        def is_it(device: "BLEDevice", advertised: "AdvertisementData") -> bool:
            return wanted in {device.address.casefold(), (advertised.local_name or device.name or "").casefold()}

        device = await BleakScanner.find_device_by_filter(is_it, timeout=SCAN_S)
        if device is None:
            advise = gettext("Switch it on and bring it nearer; a board that talks to another machine cannot be heard.")
            raise BoardNotReached(self._shown, gettext("nothing of that name is in the air"), advise, Case.NO_PORT)
        client = BleakClient(device, self._gone, timeout=CONNECT_S)
        await client.connect()
        find = client.services.get_characteristic
        listens, sends, description = find(LISTENS), find(SENDS) or find(ROWS), find(DESCRIPTION)
        if sends is not None and listens is None and description is not None:
            self._came(sends, await client.read_gatt_char(description) + b"\n")
        elif listens is None or sends is None:
            await client.disconnect()
            advise = gettext("Put this program's firmware on the board, with its radio on.")
            raise BoardNotReached(self._shown, gettext("it has no Nordic UART service"), advise, Case.FOREIGN)
        await client.start_notify(sends, self._came)
        return client, listens

    async def _write(self, data: bytes) -> None:
        if self._ended:  # what bleak says then is about something else
            raise EOFError
        if self._listens is None:
            return
        size = self.packet_bytes
        for start in range(0, len(data), size):
            await self._client.write_gatt_char(self._listens, data[start : start + size], response=False)

    def _came(self, _from: "BleakGATTCharacteristic", data: bytearray) -> None:
        with self._changed:
            if len(self._received) + len(data) > MOST_HELD:
                _log.warning("%s: %d bytes that nobody read are dropped", self._shown, len(self._received))
                self._received.clear()
            self._received += data
            self._changed.notify_all()

    def _gone(self, _client: "BleakClient") -> None:
        with self._changed:
            self._ended = True
            self._changed.notify_all()


async def _look_around(timeout_s: float) -> list[InAir]:
    from bleak import BleakScanner

    found = await BleakScanner.discover(timeout_s, return_adv=True, service_uuids=[SERVICE])
    boards = [
        InAir(device.address, advertised.local_name or device.name or device.address, advertised.rssi)
        for device, advertised in found.values()
        if SERVICE in advertised.service_uuids  # some systems tell of others too
    ]
    return sorted(boards, key=lambda board: -board.signal_dbm)


@functools.cache
def _loop() -> asyncio.AbstractEventLoop:
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, name="radio", daemon=True).start()
    return loop


def _on_loop(work: Coroutine[None, None, Result]) -> "concurrent.futures.Future[Result]":
    return asyncio.run_coroutine_threadsafe(work, _loop())


def _wait(work: Coroutine[None, None, Result], timeout_s: float, shown: str) -> Result:
    """What it gives, within timeout_s. Raises BoardNotReached for what the radio said."""
    from bleak.exc import BleakBluetoothNotAvailableError, BleakBluetoothNotAvailableReason, BleakError

    future = _on_loop(work)
    try:
        return future.result(timeout_s)
    except BleakBluetoothNotAvailableError as error:
        if error.reason is BleakBluetoothNotAvailableReason.POWERED_OFF:
            advise = gettext("Turn it on: `bluetoothctl power on`, or in the system's settings.")
            raise BoardNotReached(shown, gettext("Bluetooth is off"), advise, Case.NO_RADIO) from error
        raise _no_radio(shown) from error
    except TimeoutError as error:
        future.cancel()
        raise BoardNotReached(shown, gettext("it did not answer by radio"), _nearer(), Case.SILENT) from error
    except OSError as error:  # of the system's message bus, which may end at any moment
        raise _no_radio(shown) from error
    except BleakError as error:
        if "ServiceUnknown" in str(error):
            raise _no_radio(shown) from error
        raise BoardNotReached(shown, str(error).rstrip("."), _nearer(), Case.OTHER) from error


def _need_bleak(shown: str) -> None:
    """Raises BoardNotReached where it is not installed, or not for this system."""
    try:
        import bleak.exc  # noqa: F401
    except ImportError as error:
        advise = gettext("Install it: `pip install bleak`; or use a cable.")
        raise BoardNotReached(
            shown, gettext("bleak, by which Bluetooth is reached, is not installed"), advise, Case.NO_RADIO
        ) from error


def _nearer() -> str:
    return gettext("Bring the board nearer, reset it, and try again.")


def _no_radio(shown: str) -> BoardNotReached:
    advise = gettext("Plug in a Bluetooth adapter, and see that the system's Bluetooth service runs; or use a cable.")
    return BoardNotReached(shown, gettext("this machine has no Bluetooth in use"), advise, Case.NO_RADIO)
