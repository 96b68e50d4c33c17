"""`doctor`: what this machine lacks for the studio, or what stands between it and a board, and how to get it."""

import argparse
import importlib.metadata
import importlib.util
import os
import shutil
import sys
from collections.abc import Iterator
from typing import NamedTuple

from studio import __version__
from studio.cli.output import Command, Output
from studio.core.settings import cache_folder, config_folder, state_folder
from studio.core.text import gettext as _

LEAST_FREE_BYTES = 2_000_000_000


class Finding(NamedTuple):
    kind: str
    severity: str  # "error": the job cannot be done; "warning": a part of it cannot
    where: str
    remedy: str


def configure_doctor(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("address", nargs="?", help=_("of a board that cannot be reached; without, this machine"))


def run_doctor(args: argparse.Namespace, output: Output) -> None:
    if args.address:
        _examine(args.address, output)
        return
    findings = list(_findings())
    lines = [f"{f.severity}: {f.where}: {f.remedy}" for f in findings] or [_("Nothing is missing.")]
    output.result(
        {
            "version": __version__,
            "python": sys.version.split()[0],
            "tensorflow": _version("tensorflow-cpu") or _version("tensorflow"),
            "config": str(config_folder()),
            "state": str(state_folder()),
            "cache": str(cache_folder()),
            "findings": [f._asdict() for f in findings],
        },
        "\n".join(lines),
    )


def _examine(address: str, output: Output) -> None:
    """Step by step, until the board answers or until the step that says why not."""
    from studio.boards.doctor import reach
    from studio.boards.obstacles import BoardNotReached, Case

    examined = reach(address, lambda _finding: None)
    lines = [f"{step.name}: {step.detail or _(step.outcome.value)}" for step in examined.steps]
    findings = []
    if (error := examined.error) is not None:
        case = error.case if isinstance(error, BoardNotReached) else Case.OTHER
        findings = [Finding(case.value, "error", str(error), error.advice())]
        lines.append(f"{error} {error.advice()}")
    output.result(
        {
            "address": examined.address,
            "board": None if examined.hello is None else examined.hello.name,
            "steps": [{"name": step.name, "outcome": step.outcome.value} for step in examined.steps],
            "findings": [found._asdict() for found in findings],
        },
        "\n".join(lines),
    )


def _findings() -> Iterator[Finding]:
    from studio.native.library import CoreMissing, load

    try:
        load("")
    except CoreMissing as error:
        yield Finding("core", "error", str(error), error.advice())
    if not (_version("tensorflow-cpu") or _version("tensorflow")):
        yield Finding("tensorflow", "error", _("TensorFlow is not installed."), "pip install tensorflow")
    try:
        import sounddevice
    except OSError:
        yield Finding(
            "portaudio",
            "warning",
            _("PortAudio is missing, so this machine's microphone cannot be used."),
            "sudo apt-get install libportaudio2",
        )
    else:
        if not any(device["max_input_channels"] for device in sounddevice.query_devices()):
            yield Finding(
                "microphone", "warning", _("No microphone was found."), _("Plug one in, or record from a board.")
            )
    if not shutil.which("espeak-ng") and not importlib.util.find_spec("espeakng_loader"):
        yield Finding(
            "voices",
            "warning",
            _("eSpeak NG is missing, so the demo's starter data cannot be made."),
            "sudo apt-get install espeak-ng",
        )
    if not _may_use_serial_ports():
        yield Finding(
            "serial",
            "warning",
            _("This user may not open serial ports."),
            "sudo usermod -aG dialout $USER  " + _("(then log in again)"),
        )
    free = shutil.disk_usage(state_folder()).free
    if free < LEAST_FREE_BYTES:
        yield Finding(
            "disk",
            "warning",
            _("Only {megabytes:,} MB are free where the studio keeps its state.").format(megabytes=free // 1_000_000),
            _("Free some space before a long recording."),
        )


def _version(distribution: str) -> str | None:
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return None


def _may_use_serial_ports() -> bool:
    if sys.platform != "linux" or os.geteuid() == 0:
        return True
    import grp

    groups = {grp.getgrgid(gid).gr_name for gid in os.getgroups()}
    return bool(groups & {"dialout", "uucp", "plugdev"})


COMMANDS = {"doctor": Command(configure_doctor, run_doctor)}
