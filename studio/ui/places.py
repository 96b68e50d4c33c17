"""Where things were: page, zoom, splitter and window of each project, and the projects opened last.

They are this user's, so they lie in the state folder and not in the project, which may be read-only or another's.
"""

import hashlib
import json
import logging
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from studio.core.errors import StorageFailed
from studio.core.files import write_json
from studio.core.settings import state_folder

log = logging.getLogger(__name__)
RECENT_KEPT = 12


@dataclass(frozen=True)
class Recent:
    """A project as Start shows it. counts: segments by label, background classes as "" keys are not kept."""

    folder: str
    name: str
    opened_s: float  # seconds since 1970: shown to people, in no arithmetic but a comparison
    template: str = "keyword"
    board: str = ""
    counts: dict[str, int] = field(default_factory=dict)


def load_place(folder: Path | None) -> dict[str, Any]:
    """What was remembered of a project's window; of Start with None. Unreadable counts as nothing."""
    found = _read(_place_path(folder))
    return found if isinstance(found, dict) else {}


def save_place(folder: Path | None, place: dict[str, Any]) -> None:
    _write(_place_path(folder), place)


def load_recent() -> list[Recent]:
    """Newest first, those that are still there."""
    found = _read(state_folder() / "recent.json")
    recent = []
    for row in found if isinstance(found, list) else []:
        try:
            entry = Recent(**row)
        except TypeError:
            continue
        if (Path(entry.folder) / "project.toml").is_file():
            recent.append(entry)
    return recent


def remember_recent(entry: Recent) -> None:
    """Puts a project at the head of the list."""
    others = [other for other in load_recent() if other.folder != entry.folder]
    _write(state_folder() / "recent.json", [asdict(row) for row in [entry, *others][:RECENT_KEPT]])


def forget_recent(folder: str) -> None:
    _write(state_folder() / "recent.json", [asdict(row) for row in load_recent() if row.folder != folder])


def now_s() -> float:
    return time.time()


def _place_path(folder: Path | None) -> Path:
    key = "start" if folder is None else hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:16]
    places = state_folder() / "places"
    places.mkdir(exist_ok=True)
    return places / f"{key}.json"


def _read(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def _write(path: Path, value: Any) -> None:
    try:
        write_json(path, value)
    except StorageFailed as error:  # a place that is forgotten is no reason to trouble anyone
        log.info("%r", error)
