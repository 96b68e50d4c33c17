"""Compiles the C core for this machine: the host's reference library and the virtual board.

Uses the system's C compiler, or the one in the `ziglang` wheel where there is none.
"""

import importlib.util
import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

FIRMWARE = Path(__file__).resolve().parent
CORE_FLAGS = ["-std=c99", "-O2", "-g", "-fno-math-errno", "-I", str(FIRMWARE / "core/include")]
STRICT = [
    "-pedantic", "-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-Wundef", "-Wmissing-prototypes", "-Werror",
]  # fmt: skip
# Ports use what their platform has.
PORT_FLAGS = ["-D_DEFAULT_SOURCE", "-D_XOPEN_SOURCE=700"]


def compiler() -> list[str]:
    """The command that compiles C here. Raises RuntimeError where there is none."""
    for name in (os.environ.get("CC"), "cc", "gcc", "clang"):
        if name and shutil.which(name.split()[0]):
            return name.split()
    if importlib.util.find_spec("ziglang"):
        return [sys.executable, "-m", "ziglang", "cc"]
    raise RuntimeError("No C compiler: install gcc or clang, or `pip install ziglang`.")


def core_sources() -> list[Path]:
    return sorted((FIRMWARE / "core/src").rglob("*.c"))


def library_name() -> str:
    return {"win32": "stu_core.dll", "darwin": "libstu_core.dylib"}.get(sys.platform, "libstu_core.so")


def build(target: Path) -> None:
    """Compiles the library and the virtual board into `target`, each put in place whole."""
    target.mkdir(parents=True, exist_ok=True)
    flags = [*compiler(), *CORE_FLAGS]
    _compile([*flags, "-O3", "-fPIC", "-shared", "-fvisibility=default", *_sources("host")], target / library_name())
    if os.name != "nt":
        _compile([*flags, *PORT_FLAGS, *_sources("virtual")], target / "stu_virtual_board")


def _sources(port: str) -> list[str]:
    folder = FIRMWARE / "ports" / port
    return ["-I", str(folder), *map(str, [*core_sources(), *sorted(folder.glob("*.c"))])]


def _compile(command: list[str], output: Path) -> None:
    partial = output.with_name(f".{output.name}.{os.getpid()}.partial")
    try:
        subprocess.run([*command, "-o", str(partial)], check=True)
        partial.replace(output)
    finally:
        partial.unlink(missing_ok=True)


def check() -> None:
    """Compiles every source with all warnings as errors, the core with no float either. Keeps nothing."""
    general_only = ["-mgeneral-regs-only"] if platform.machine() in ("x86_64", "aarch64") else []
    for source in core_sources():
        subprocess.run(
            [*compiler(), *CORE_FLAGS, *STRICT, *general_only, "-c", str(source), "-o", os.devnull], check=True
        )
    for source in sorted((FIRMWARE / "ports").rglob("*.c")):
        flags = [*CORE_FLAGS, *STRICT, *PORT_FLAGS, "-I", str(source.parent)]
        subprocess.run([*compiler(), *flags, "-c", str(source), "-o", os.devnull], check=True)


if __name__ == "__main__":
    if "--check" in sys.argv:
        check()
    else:
        build(FIRMWARE.parents[1] / "studio/native/_build")
