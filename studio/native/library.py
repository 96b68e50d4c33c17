"""The C core as a shared library, called through cffi in ABI mode: no Python.h; each call releases the GIL."""

import functools
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import cffi

from studio.core.errors import StudioError
from studio.core.text import mark

_NAMES = {"win32": "stu_core.dll", "darwin": "libstu_core.dylib"}
LIBRARY = Path(__file__).with_name("_build") / _NAMES.get(sys.platform, "libstu_core.so")


@dataclass(eq=False)
class CoreMissing(StudioError):
    """The library was not built, or not for this machine, or is older than the code that calls it."""

    path: str
    why: str
    message = mark("The C core {path} cannot be used: {why}.")
    remedy = mark("Build it with `python resources/firmware/build.py`, or `make setup`.")


class Core(NamedTuple):
    lib: Any
    ffi: cffi.FFI


@functools.cache
def load(cdef: str) -> Core:
    """The library, with the functions that `cdef` declares; each module declares those it calls.

    Raises CoreMissing if there is no library, or if it lacks one of the functions.
    """
    ffi = cffi.FFI()
    ffi.cdef(cdef)
    try:
        lib = ffi.dlopen(str(LIBRARY))
        for name in dir(lib):
            getattr(lib, name)  # cffi finds a symbol at its first use: better here than in the midst of work
    except (OSError, AttributeError) as error:
        raise CoreMissing(str(LIBRARY), str(error)) from error
    return Core(lib, ffi)
