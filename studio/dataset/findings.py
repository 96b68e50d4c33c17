"""What `check` says of a project, whatever kind of recording it is about."""

from typing import NamedTuple

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
