"""An org.bluez with an adapter and peripherals, as a process of its own: each a Nordic UART before a board's port, or
for the port simple:FILE SensiML's service, whose description is the file's first line and whose rows are the rest.

`python bluez.py NAME ADDRESS PORT ...`, with DBUS_SYSTEM_BUS_ADDRESS set. Says `ready`, then obeys lines: `drop NAME`
(the link ends), `gone NAME` (it is switched off too), `back NAME`, `off` and `on` (the adapter), `packets NAME` (says
the size of the largest that was written to it).
"""

import asyncio
import os
import select
import sys
import termios
import tty
from pathlib import Path

from dbus_fast import BusType, Message, MessageType, Variant
from dbus_fast.aio import MessageBus

ADAPTER = "/org/bluez/hci0"
PACKET_BYTES = 100  # of the peripherals' MTU of 103, less than usual, so that much is cut
AT_ONCE = 4096


def say(line):
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def uart(number):
    return f"6e40000{number}-b5a3-f393-e0a9-e50e24dcca9e"


def simple(number):
    return f"1648000{number}-0525-4ad5-b4fb-6dd83f49546b"


class Peripheral:
    def __init__(self, name, address, port):
        self.name, self.address = name, address
        self.path = f"{ADAPTER}/dev_{address.replace(':', '_')}"
        self.service = f"{self.path}/service0001"
        self.sends, self.listens = f"{self.service}/char0002", f"{self.service}/char0004"
        self.connected = self.notifying = False
        self.on = True
        self.largest = 0
        self.description = b""
        if port.startswith(
            "simple:"
        ):  # of SensiML's service; a file's first line is its description, the rest its rows
            port = port.removeprefix("simple:")
            with Path(port).open("rb") as source:
                self.description = source.readline().strip()
        self.file = os.open(port, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        if self.description:
            os.lseek(self.file, len(self.description) + 1, os.SEEK_SET)
        else:
            tty.setraw(self.file)

    def device(self):
        return {
            "org.bluez.Device1": {
                "Address": Variant("s", self.address),
                "AddressType": Variant("s", "random"),
                "Adapter": Variant("o", ADAPTER),
                "Name": Variant("s", self.name),
                "Alias": Variant("s", self.name),
                "RSSI": Variant("n", -60),
                "UUIDs": Variant("as", [uart(1)]),
                "Connected": Variant("b", self.connected),
                "ServicesResolved": Variant("b", self.connected),
                **{key: Variant("b", False) for key in ("Paired", "Bonded", "Trusted", "Blocked", "LegacyPairing")},
            }
        }

    def attributes(self):
        def characteristic(uuid, *flags):
            return {
                "org.bluez.GattCharacteristic1": {
                    "UUID": Variant("s", uuid),
                    "Service": Variant("o", self.service),
                    "Flags": Variant("as", list(flags)),
                    "Value": Variant("ay", b""),
                    "MTU": Variant("q", PACKET_BYTES + 3),
                    "Notifying": Variant("b", False),
                }
            }

        service = {
            "UUID": Variant("s", simple(0) if self.description else uart(1)),
            "Device": Variant("o", self.path),
            "Primary": Variant("b", True),
            "Includes": Variant("ao", []),
        }
        return {
            self.service: {"org.bluez.GattService1": service},
            self.sends: characteristic(simple(2) if self.description else uart(3), "notify"),
            self.listens: characteristic(simple(1), "read")
            if self.description
            else characteristic(uart(2), "write-without-response", "write"),
        }

    def objects(self):
        if not self.on:
            return {}
        return {self.path: self.device(), **(self.attributes() if self.connected else {})}


class Bluez:
    def __init__(self, bus, peripherals):
        self.bus = bus
        self.peripherals = peripherals
        self.powered, self.discovering = True, False
        self.loop = asyncio.get_running_loop()

    def adapter(self):
        return {
            "org.bluez.Adapter1": {
                "Address": Variant("s", "00:00:00:00:00:01"),
                "AddressType": Variant("s", "public"),
                "Name": Variant("s", "here"),
                "Alias": Variant("s", "here"),
                "Powered": Variant("b", self.powered),
                "Discovering": Variant("b", self.discovering),
                "UUIDs": Variant("as", []),
                "Roles": Variant("as", ["central"]),
            }
        }

    def signal(self, path, interface, member, signature, body):
        self.bus.send(
            Message(
                message_type=MessageType.SIGNAL,
                path=path,
                interface=interface,
                member=member,
                signature=signature,
                body=body,
            )
        )

    def changed(self, path, interface, **values):
        body = [f"org.bluez.{interface}", values, []]
        self.signal(path, "org.freedesktop.DBus.Properties", "PropertiesChanged", "sa{sv}as", body)

    def added(self, objects):
        for path, interfaces in objects.items():
            body = [path, interfaces]
            self.signal("/", "org.freedesktop.DBus.ObjectManager", "InterfacesAdded", "oa{sa{sv}}", body)

    def removed(self, objects):
        for path, interfaces in reversed(objects.items()):
            body = [path, list(interfaces)]
            self.signal("/", "org.freedesktop.DBus.ObjectManager", "InterfacesRemoved", "oas", body)

    def connect(self, each):
        each.connected = True
        self.changed(each.path, "Device1", Connected=Variant("b", True))
        self.added(each.attributes())
        self.changed(each.path, "Device1", ServicesResolved=Variant("b", True))

    def disconnect(self, each):
        if not each.connected:
            return
        self.notify(each, on=False)
        each.connected = False
        self.removed(each.attributes())
        off = Variant("b", False)
        self.changed(each.path, "Device1", ServicesResolved=off, Connected=off)

    def notify(self, each, *, on):
        if on and not each.notifying and each.description:
            self.loop.call_later(0.01, self.from_file, each)
        elif on and not each.notifying:
            termios.tcflush(each.file, termios.TCIFLUSH)  # nobody heard it
            self.loop.add_reader(each.file, self.from_board, each)
        elif each.notifying and not on and not each.description:
            self.loop.remove_reader(each.file)
        each.notifying = on
        self.changed(each.sends, "GattCharacteristic1", Notifying=Variant("b", on))

    def from_board(self, each):
        try:
            data = os.read(each.file, AT_ONCE)
        except OSError:
            self.disconnect(each)  # the board has ended
            return
        for start in range(0, len(data), PACKET_BYTES):
            value = Variant("ay", data[start : start + PACKET_BYTES])
            self.changed(each.sends, "GattCharacteristic1", Value=value)
        self.loop.remove_reader(each.file)
        self.loop.call_later(0.002, self.read_on, each)

    def from_file(self, each):
        """A packet every ten milliseconds."""
        data = os.read(each.file, PACKET_BYTES) if each.notifying else b""
        if data:
            self.changed(each.sends, "GattCharacteristic1", Value=Variant("ay", data))
            self.loop.call_later(0.01, self.from_file, each)

    def read_on(self, each):
        """Once the bus takes more: dbus-fast closes one that is full."""
        _, takes_more, _ = select.select([], [self.bus._fd], [], 0)  # three quarters of its buffer are free
        if each.notifying and takes_more:
            self.loop.add_reader(each.file, self.from_board, each)
        elif each.notifying:
            self.loop.call_later(0.002, self.read_on, each)

    def advertise(self):
        if not self.discovering:
            return
        for each in self.peripherals:
            if each.on:
                self.added({each.path: each.device()})
                self.changed(each.path, "Device1", RSSI=Variant("n", -60))
        self.loop.call_later(0.1, self.advertise)

    def answer(self, message):
        """A method call. True: it is answered later."""
        if message.message_type is not MessageType.METHOD_CALL or not (message.path or "").startswith("/"):
            return None

        def good(signature="", body=()):
            return Message.new_method_return(message, signature, list(body))

        def bad(name, text=""):
            return Message.new_error(message, f"org.bluez.Error.{name}", text)

        if message.member == "GetManagedObjects":
            objects = {ADAPTER: self.adapter()}
            for each in self.peripherals:
                objects |= each.objects()
            return good("a{oa{sa{sv}}}", [objects])
        if message.path == ADAPTER:
            return self.of_adapter(message.member, good, bad)
        each = next((p for p in self.peripherals if message.path.startswith(p.path) and p.on), None)
        if each is None:
            return Message.new_error(message, "org.freedesktop.DBus.Error.UnknownObject", "no such object")
        if message.member == "Connect":
            self.connect(each)
        elif message.member == "Disconnect":
            self.disconnect(each)
        elif message.member in ("StartNotify", "StopNotify"):
            self.notify(each, on=message.member == "StartNotify")
        elif message.member == "ReadValue":
            return good("ay", [each.description])
        elif message.member == "WriteValue":
            data = bytes(message.body[0])
            each.largest = max(each.largest, len(data))
            if len(data) > PACKET_BYTES:
                return bad("InvalidValueLength")
            os.write(each.file, data)
        return good()

    def of_adapter(self, member, good, bad):
        if member == "StartDiscovery":
            if not self.powered:
                return bad("NotReady", "Resource Not Ready")
            self.discovering = True
            self.changed(ADAPTER, "Adapter1", Discovering=Variant("b", True))
            self.loop.call_later(0.03, self.advertise)
        elif member == "StopDiscovery":
            self.discovering = False
            self.changed(ADAPTER, "Adapter1", Discovering=Variant("b", False))
        return good()

    def obey(self, line):
        what, _, name = line.strip().partition(" ")
        these = [each for each in self.peripherals if not name or each.name == name]
        for each in these:
            if what in ("drop", "gone", "off"):
                self.disconnect(each)
            if what == "gone":
                each.on = False
                self.removed({each.path: each.device()})
            if what == "back":
                each.on = True
            if what == "packets":
                say(str(each.largest))
        if what in ("off", "on"):
            self.powered = what == "on"
            self.changed(ADAPTER, "Adapter1", Powered=Variant("b", self.powered))


async def serve(arguments):
    bus = await MessageBus(bus_type=BusType.SYSTEM).connect()
    bluez = Bluez(bus, [Peripheral(*arguments[at : at + 3]) for at in range(0, len(arguments), 3)])
    bus.add_message_handler(bluez.answer)
    await bus.request_name("org.bluez")
    lines = asyncio.StreamReader()
    await bluez.loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    say("ready")
    while line := await lines.readline():
        bluez.obey(line.decode())


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1:]))
