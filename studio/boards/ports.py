"""Serial ports: what is plugged in by its USB numbers, who else uses one, and why one cannot be opened."""

import contextlib
import errno
import os
import stat
from dataclasses import dataclass
from pathlib import Path

from studio.boards.obstacles import BoardNotReached, Case
from studio.core.text import gettext


@dataclass(frozen=True)
class UsbName:
    """bootloader: it waits for new firmware, and runs none."""

    name: str
    bootloader: bool = False


# By vendor and product, as their makers give them. A bridge chip says nothing of the board behind it: a board is known
# by what it answers, and these are for what does not answer.
USB_NAMES: dict[tuple[int, int | None], UsbName] = {
    (0x2341, 0x805A): UsbName("Arduino Nano 33 BLE Sense"),
    (0x2341, 0x005A): UsbName("Arduino Nano 33 BLE Sense", bootloader=True),
    (0x2341, 0x025F): UsbName("Arduino Nicla Vision"),
    (0x2341, 0x035F): UsbName("Arduino Nicla Vision", bootloader=True),
    (0x2341, 0x025B): UsbName("Arduino Portenta H7"),
    (0x2341, 0x035B): UsbName("Arduino Portenta H7", bootloader=True),
    (0x2886, 0x8045): UsbName("Seeed XIAO nRF52840 Sense"),
    (0x2886, 0x0045): UsbName("Seeed XIAO nRF52840 Sense", bootloader=True),
    (0x239A, 0x8029): UsbName("Adafruit Feather nRF52840"),
    (0x239A, 0x0029): UsbName("Adafruit Feather nRF52840", bootloader=True),
    (0x2E8A, 0x000A): UsbName("Raspberry Pi Pico"),
    (0x2E8A, 0x0003): UsbName("Raspberry Pi Pico", bootloader=True),
    (0x303A, 0x1001): UsbName("Espressif chip with USB of its own"),
    (0x0D28, 0x0204): UsbName("micro:bit, or another board with DAPLink"),
    (0x1366, 0x1015): UsbName("J-Link of a Nordic kit"),
    (0x0483, 0x374B): UsbName("ST-Link of a Nucleo or Discovery"),
    (0x10C4, 0xEA60): UsbName("CP210x bridge, as on ESP-EYE"),
    (0x1A86, 0x7523): UsbName("CH340 bridge, as on SparkFun Edge"),
    (0x1A86, 0x55D4): UsbName("CH9102 bridge"),
    (0x0403, 0x6001): UsbName("FTDI bridge"),
    (0x0403, 0x6010): UsbName("FTDI bridge, as on Himax WE-I Plus"),
    (0x0403, 0x6014): UsbName("FTDI bridge, as on Himax WE-I Plus"),
    (0x0403, 0x6015): UsbName("FTDI bridge"),
}
# What the first stage in a chip's ROM prints while it waits for firmware, in lower case.
BOOTLOADER_WORDS = (b"waiting for download", b"download_boot", b"dnload", b"(download(")
MOST_NAMED = 3  # programs, or ports


@dataclass(frozen=True)
class UsbPort:
    """usb: what its numbers say, None where they are not known here."""

    device: str
    vid: int
    pid: int | None
    usb: UsbName | None


def usb_ports() -> list[UsbPort]:
    """Serial ports with something in them. One that is not USB is left alone, since nothing says what hears us there;
    its address can still be given by hand.
    """
    from serial.tools import list_ports

    found = [
        UsbPort(port.device, port.vid, port.pid, USB_NAMES.get((port.vid, port.pid)))
        for port in list_ports.comports()
        if port.vid is not None
    ]
    return sorted(found, key=lambda port: port.device)


def usb_port(device: str) -> UsbPort | None:
    """That one; None where it is not USB, or not there."""
    return next((port for port in usb_ports() if port.device == device), None)


def users_of(device: str) -> list[str]:
    """Other programs that have it open, as far as this user may see: "picocom (process 123)"."""
    found: list[str] = []
    try:
        wanted = Path(device).stat().st_rdev
    except OSError:
        return found
    for process in Path("/proc").glob("[0-9]*"):
        if process.name == str(os.getpid()):
            continue
        with contextlib.suppress(OSError):  # it ended, or is another user's
            if any(_is_device(file, wanted) for file in (process / "fd").iterdir()):
                name = (process / "comm").read_text().strip()
                found.append(gettext("{name} (process {pid})").format(name=name, pid=process.name))
    return found[:MOST_NAMED]


def _is_device(file: Path, wanted: int) -> bool:
    with contextlib.suppress(OSError):
        status = file.stat()
        return stat.S_ISCHR(status.st_mode) and status.st_rdev == wanted
    return False


def not_opened(device: str, shown: str, error: Exception) -> BoardNotReached:
    """What stands in the way, by the driver's error."""
    number = getattr(error, "errno", None)
    if number is None and error.__context__ is not None:  # pyserial keeps the driver's error to itself
        number = next(iter(error.__context__.args), None)
    if number in (errno.ENOENT, errno.ENODEV, errno.ENXIO):
        return _no_port(shown)
    if number in (errno.EACCES, errno.EPERM):
        return BoardNotReached(shown, gettext("you may not use this port"), _permit(device), Case.NO_PERMISSION)
    if number in (errno.EAGAIN, errno.EBUSY):
        return in_use(shown, users_of(device))
    if number == errno.ENOTTY:
        advise = gettext("Choose a port that `boards` lists.")
        return BoardNotReached(shown, gettext("it is no serial port"), advise, Case.NO_PORT)
    advise = gettext("Unplug the board, plug it in again, and try again.")
    return BoardNotReached(shown, str(error).rstrip("."), advise)


def in_use(shown: str, users: list[str]) -> BoardNotReached:
    """users: as `users_of` names them; none where this user may not see them."""
    by = ", ".join(users) or gettext("another program")
    why = gettext("{program} is using it").format(program=by)
    return BoardNotReached(shown, why, gettext("Close it (a serial monitor, perhaps), and try again."), Case.BUSY)


def in_bootloader(shown: str, name: str) -> BoardNotReached:
    why = gettext("{name} is in its bootloader and waits for new firmware").format(name=name)
    advise = gettext("Press its reset button once, or upload this program's firmware to it now.")
    return BoardNotReached(shown, why, advise, Case.BOOTLOADER)


def _no_port(shown: str) -> BoardNotReached:
    there = [f"{port.device} ({port.usb.name})" if port.usb else port.device for port in usb_ports()]
    advise = gettext("Plug the board in with a cable that carries data; many charge only.")
    if there:
        advise += " " + gettext("There is: {ports}.").format(ports=", ".join(there[:MOST_NAMED]))
    why = gettext("there is no such port; nothing is plugged in, or its cable carries no data")
    return BoardNotReached(shown, why, advise, Case.NO_PORT)


def _permit(device: str) -> str:
    """How this user gets at it: by its group, or by a rule where no group of it may."""
    group = _group_of(device)
    if group is not None:
        return gettext("Run `sudo usermod -aG {group} $USER`, log out and in again, and try again.").format(group=group)
    port = usb_port(device)
    which = f'KERNEL=="{Path(device).name}"'
    if port is not None and port.pid is not None:
        which = f'ATTRS{{idVendor}}=="{port.vid:04x}", ATTRS{{idProduct}}=="{port.pid:04x}"'
    rule = f'SUBSYSTEM=="tty", {which}, TAG+="uaccess"'
    told = gettext("Write the line `{rule}` to /etc/udev/rules.d/70-tinyml-studio.rules, and plug the board in again.")
    return told.format(rule=rule)


def _group_of(device: str) -> str | None:
    """The group that may read and write it, unless that is root's."""
    try:
        import grp

        status = Path(device).stat()
        may = status.st_mode & stat.S_IRGRP and status.st_mode & stat.S_IWGRP
        return grp.getgrgid(status.st_gid).gr_name if may and status.st_gid else None
    except (ImportError, OSError, KeyError):
        return "dialout"
