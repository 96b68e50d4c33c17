"""What `check` says of a project, whatever kind of recording it is about."""

from pathlib import Path
from typing import NamedTuple, Protocol

ERROR, WARNING, NOTE = "error", "warning", "note"


class Finding(NamedTuple):
    """kind: for programs. severity: ERROR (it will not work), WARNING (it will work worse), NOTE.

    where: a path or a class. says, remedy: sentences.
    """

    kind: str
    severity: str
    where: str
    says: str
    remedy: str


class Recorded(Protocol):
    """What a finding about a recording is made from, besides what was measured of it."""

    @property
    def path(self) -> Path: ...
    @property
    def gaps(self) -> tuple[tuple[int, int], ...]: ...
    @property
    def samples(self) -> int: ...
    @property
    def rate_hz(self) -> float: ...
