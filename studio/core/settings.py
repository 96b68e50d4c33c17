"""Where this user's settings, logs and caches live, and the settings: one TOML for window and command line."""

import os
from pathlib import Path
from typing import Any

import platformdirs
import tomlkit

from studio.core.files import write_text

APPLICATION = "tinyml-studio"


def _folder(kind: str, default: Path) -> Path:
    home = os.environ.get("TINYML_STUDIO_HOME")
    folder = Path(home) / kind if home else default
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def config_folder() -> Path:
    return _folder("config", platformdirs.user_config_path(APPLICATION))


def state_folder() -> Path:
    return _folder("state", platformdirs.user_state_path(APPLICATION))


def cache_folder() -> Path:
    return _folder("cache", platformdirs.user_cache_path(APPLICATION))


def load_settings() -> dict[str, Any]:
    """The user's settings; an unreadable file counts as empty, since no setting is worth a refusal to start."""
    path = config_folder() / "settings.toml"
    try:
        return tomlkit.parse(path.read_text()).unwrap()
    except (OSError, UnicodeDecodeError, tomlkit.exceptions.ParseError):
        return {}


def save_setting(key: str, value: Any) -> None:
    """Sets one key, keeping the comments of a person who edits the file."""
    path = config_folder() / "settings.toml"
    try:
        document = tomlkit.parse(path.read_text())
    except (OSError, UnicodeDecodeError, tomlkit.exceptions.ParseError):
        document = tomlkit.document()
    document[key] = value
    write_text(path, tomlkit.dumps(document))
