"""Who holds something, so that a message can name them; and whether they live, so that nothing is held for ever."""

import getpass
import os
import socket
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from studio.dataset.json_fields import Fields


@dataclass(frozen=True)
class Holder:
    """A process on some machine. `birth` tells it from a later one with its number; empty where that is unknown."""

    user: str
    host: str
    pid: int
    birth: str
    since_utc: str  # when it took hold

    def lives(self) -> bool:
        """Whether it still runs. A process of another machine counts as living: nothing here can tell."""
        if self.host != socket.gethostname():
            return True
        birth = _birth(self.pid)
        return birth is not None and (not self.birth or not birth or birth == self.birth)

    def is_this_process(self) -> bool:
        return self.pid == os.getpid() and self.lives() and self.host == socket.gethostname()

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def read(cls, fields: Fields) -> "Holder":
        """Raises BrokenFile."""
        return cls(
            user=fields.text("user"),
            host=fields.text("host"),
            pid=fields.integer("pid"),
            birth=fields.text("birth"),
            since_utc=fields.text("since_utc"),
        )


def this_process() -> Holder:
    return Holder(user_name(), socket.gethostname(), os.getpid(), _birth(os.getpid()) or "", utc_now())


def user_name() -> str:
    """The login name; `user` where there is none, as in a bare container."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "user"


def utc_now() -> str:
    """Wall time in UTC to the second, ISO 8601. For people; never in arithmetic."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


def _birth(pid: int) -> str | None:
    """When process `pid` began, as this system tells it; "" if it does not tell; None if there is no such process."""
    if Path("/proc/self/stat").exists():
        try:
            stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
            boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        except OSError:
            return None
        fields = stat.rpartition(")")[2].split()  # the name in brackets may hold anything
        return None if fields[0] in "ZX" else f"{boot}:{fields[19]}"  # a zombie holds nothing
    if os.name == "nt":
        return _birth_on_windows(pid)
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return None
    except PermissionError:
        return ""
    return ""


def _birth_on_windows(pid: int) -> str | None:
    """os.kill would end the process there; OpenProcess and GetExitCodeProcess only look."""
    import ctypes

    kernel = getattr(ctypes, "windll").kernel32  # noqa: B009  absent elsewhere, where mypy would complain
    query, still_active = 0x1000, 259
    handle = kernel.OpenProcess(query, 0, pid)
    if not handle:
        return None
    code = ctypes.c_ulong()
    kernel.GetExitCodeProcess(handle, ctypes.byref(code))
    kernel.CloseHandle(handle)
    return "" if code.value == still_active else None
