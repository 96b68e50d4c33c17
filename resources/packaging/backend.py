"""PEP 517 backend: setuptools, after compiling the C core into the package.

Adds the `ziglang` wheel to the build's needs where the system has no C compiler.
"""

import sys
import sysconfig
from pathlib import Path
from typing import Any

from setuptools import build_meta as _setuptools

_ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(_ROOT / "resources/firmware"))
import build as _core  # noqa: E402  resources/firmware/build.py

Config = dict[str, Any] | None

get_requires_for_build_sdist = _setuptools.get_requires_for_build_sdist
prepare_metadata_for_build_wheel = _setuptools.prepare_metadata_for_build_wheel
prepare_metadata_for_build_editable = _setuptools.prepare_metadata_for_build_editable
build_sdist = _setuptools.build_sdist


def _compiler_requirement() -> list[str]:
    try:
        _core.compiler()
    except RuntimeError:
        return ["ziglang"]
    return []


def get_requires_for_build_wheel(config_settings: Config = None) -> list[str]:
    return [*_setuptools.get_requires_for_build_wheel(config_settings), *_compiler_requirement()]


def get_requires_for_build_editable(config_settings: Config = None) -> list[str]:
    return [*_setuptools.get_requires_for_build_editable(config_settings), *_compiler_requirement()]


def build_wheel(wheel_directory: str, config_settings: Config = None, metadata_directory: str | None = None) -> str:
    """A `py3-none-PLATFORM` wheel: the core is reached through cffi in ABI mode, so any Python 3 will do."""
    _core.build(_ROOT / "studio/native/_build")
    platform = sysconfig.get_platform().replace("-", "_").replace(".", "_")
    settings = {**(config_settings or {}), "--build-option": ["--plat-name", platform]}
    return _setuptools.build_wheel(wheel_directory, settings, metadata_directory)


def build_editable(wheel_directory: str, config_settings: Config = None, metadata_directory: str | None = None) -> str:
    _core.build(_ROOT / "studio/native/_build")
    return _setuptools.build_editable(wheel_directory, config_settings, metadata_directory)
