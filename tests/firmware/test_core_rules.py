"""What every source of the C core must keep to: strict C99, no float, no libm, no heap, no writable globals."""

import platform
import runpy
import shutil
import subprocess
from pathlib import Path

import pytest

FIRMWARE = Path(__file__).resolve().parents[2] / "resources/firmware"
BUILD = runpy.run_path(str(FIRMWARE / "build.py"))
SOURCES: list[Path] = BUILD["core_sources"]()
PORTS = sorted((FIRMWARE / "ports").rglob("*.c"))
# What the core may call that is not its own: memory functions, and nothing that allocates, prints or waits.
ALLOWED = {"memcpy", "memmove", "memset", "memcmp", "strlen", "__stack_chk_fail", "_GLOBAL_OFFSET_TABLE_"}
GENERAL_ONLY = ["-mgeneral-regs-only"] if platform.machine() in ("x86_64", "aarch64") else []
DATA_SECTIONS = (".data", ".bss", ".tdata", ".tbss")


def compiled(source: Path, folder: Path, *flags: str) -> Path:
    target = folder / f"{source.stem}.o"
    strict = [*BUILD["compiler"](), *BUILD["CORE_FLAGS"], *BUILD["STRICT"]]
    command = [*strict, *flags, "-c", str(source), "-o", str(target)]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    return target


def relative(path: Path) -> str:
    return str(path.relative_to(FIRMWARE))


@pytest.mark.parametrize("source", SOURCES, ids=relative)
def test_compiles_strictly_and_without_float(source, tmp_path):
    compiled(source, tmp_path, *GENERAL_ONLY)


@pytest.mark.parametrize("source", PORTS, ids=relative)
def test_ports_compile_strictly(source, tmp_path):
    compiled(source, tmp_path, *BUILD["PORT_FLAGS"], "-I", str(source.parent))


@pytest.mark.skipif(shutil.which("nm") is None or shutil.which("size") is None, reason="binutils are not installed")
def test_calls_nothing_but_itself_and_holds_no_state(tmp_path):
    defined: set[str] = set()
    needed: dict[str, str] = {}
    for source in SOURCES:
        # Not position-independent, as on a board: else constant tables of pointers would count as data.
        target = compiled(source, tmp_path, "-fno-pie")
        for line in subprocess.run(["nm", target], capture_output=True, text=True, check=True).stdout.splitlines():
            *_, kind, name = line.split()
            if kind == "U":
                needed.setdefault(name, relative(source))
            elif kind in "TR":
                defined.add(name)
            assert kind not in "dDbBC", f"{relative(source)} has the writable global {name}"
        sizes = subprocess.run(["size", "-A", target], capture_output=True, text=True, check=True).stdout
        for section, size, *_ in (line.split() for line in sizes.splitlines() if line.startswith(DATA_SECTIONS)):
            assert size == "0", f"{relative(source)} has {size} bytes in {section}"
    assert {name: user for name, user in needed.items() if name not in defined | ALLOWED} == {}
