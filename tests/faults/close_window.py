"""Closes the window at random moments under random hands: `python -m tests.faults.close_window --times 50`.

Each time the window opens a project of real takes, hands go at it (random_hands.py), and it is closed by its button, by
SIGTERM or by Ctrl+C; sometimes it is killed. Then no process may be left, nothing may have been said on standard error
or as a warning or defect in the log, no take may be unfinished, and each catalogue must hold what it held after its
last commit. After a kill only processes and the catalogue are looked at, which may hold one commit more. Prints one
JSON object a time; exit code 1 when one went wrong.
"""

import argparse
import contextlib
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import wave
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from studio.dataset.project import create_project, open_project, unfinished_recordings
from tests.faults.random_hands import PAINTED, holding

ROOT = Path(__file__).resolve().parents[2]
RATE_HZ = 16_000
LABELS = ("yes", "no", "maybe")
LATEST_S = 6.0  # after the first paint
PATIENCE_S = 60.0
SIGNALS = {"SIGTERM": signal.SIGTERM, "Ctrl+C": signal.SIGINT, "kill": signal.SIGKILL}
WAYS = ("its button", "its button", "SIGTERM", "SIGTERM", "Ctrl+C", "kill")
DEMOS = 0.15  # of the times
# The offscreen platform says of windows and menus that it does not support this or that.
_TROUBLE = re.compile(r"^\S+ \S+ (WARNING|ERROR|CRITICAL) (?!.*This plugin does not support).*$", re.MULTILINE)


@dataclass
class Outcome:
    """How a window ended. wrong: sentences; none of them is good."""

    way: str
    after_s: float
    seed: int
    demo: bool
    closing_s: float = 0.0
    edits: int = 0
    children: int = 0
    wrong: list[str] = field(default_factory=list)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition(":")[0])
    parser.add_argument("--times", type=int, default=50)
    parser.add_argument("--seed", type=int, default=None, help="of the moments and hands; a random one by default")
    parser.add_argument(
        "--demo", action=argparse.BooleanOptionalAction, help="always or never; now and then by default"
    )
    args = parser.parse_args()
    first = args.seed if args.seed is not None else random.SystemRandom().randrange(1 << 32)
    failures = 0
    with tempfile.TemporaryDirectory(prefix="tinyml-close-") as scratch:
        takes = Path(scratch) / "takes"
        make_takes(takes)
        for number in range(args.times):
            seed = first + number
            chance = random.Random(seed)
            demo = args.demo if args.demo is not None else chance.random() < DEMOS
            outcome = Outcome(chance.choice(WAYS), round(chance.uniform(0, LATEST_S), 2), seed, demo)
            close_once(Path(scratch) / str(number), takes, outcome)
            failures += bool(outcome.wrong)
            sys.stdout.write(json.dumps({"time": number, **vars(outcome)}) + "\n")
            sys.stdout.flush()
            shutil.rmtree(Path(scratch) / str(number))
    return 1 if failures else 0


def make_takes(folder: Path) -> None:
    """Two takes a label of three, half a second each, and half a minute for the board to hear."""
    chance = np.random.default_rng(5)
    folder.mkdir()
    for label in LABELS:
        for take in range(2):
            write(folder / label / f"{take}.wav", chance.normal(0, 3000, RATE_HZ // 2))
    write(folder.with_name("heard.wav"), chance.normal(0, 3000, 30 * RATE_HZ))


def write(path: Path, samples: Any) -> None:
    path.parent.mkdir(exist_ok=True)
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, RATE_HZ, len(samples), "NONE", ""))
        file.writeframes(np.asarray(samples, "<i2").tobytes())


def close_once(scratch: Path, takes: Path, outcome: Outcome) -> None:
    from studio.dataset.importing import import_folder

    os.environ["TINYML_STUDIO_HOME"] = str(scratch / "home")
    project = scratch / "project"
    with create_project(project) as made:
        import_folder(made, takes)
    command = [sys.executable, "-m", "tests.faults.random_hands", project, "--seed", outcome.seed]
    command += ["--heard", takes.with_name("heard.wav"), *(["--demo"] if outcome.demo else [])]
    if outcome.way not in SIGNALS:
        command += ["--close-after", outcome.after_s]
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    out, err = scratch / "out", scratch / "err"
    with out.open("w") as said, err.open("w") as told:
        window = subprocess.Popen(
            list(map(str, command)), cwd=ROOT, env=environment, stdout=said, stderr=told, start_new_session=True
        )
    children = watch(window, out, outcome)
    outcome.children = len(children)
    if not all_ended(children, str(scratch)):
        outcome.wrong.append("a process was left behind")
    look(scratch, project, window, outcome)


def watch(window: "subprocess.Popen[bytes]", out: Path, outcome: Outcome) -> set[int]:
    """Ends it at its moment, and waits until it has ended. All processes that it had started."""
    children: set[int] = set()
    patient_until = time.monotonic() + PATIENCE_S
    while PAINTED not in out.read_text() and window.poll() is None and time.monotonic() < patient_until:
        time.sleep(0.02)
    end_s = time.monotonic() + outcome.after_s
    while time.monotonic() < end_s and window.poll() is None:
        children |= descendants(window.pid)
        time.sleep(0.01)
    if outcome.way in SIGNALS and window.poll() is None:
        window.send_signal(SIGNALS[outcome.way])
    while window.poll() is None and time.monotonic() < end_s + PATIENCE_S:
        children |= descendants(window.pid)
        time.sleep(0.01)
    outcome.closing_s = round(time.monotonic() - end_s, 2)
    if window.poll() is None:
        outcome.wrong.append("it did not end")
        window.send_signal(signal.SIGABRT)  # the faulthandler says where it is
        window.wait()
    return children


def look(scratch: Path, project: Path, window: "subprocess.Popen[bytes]", outcome: Outcome) -> None:
    killed = outcome.way == "kill"
    if window.returncode != (-signal.SIGKILL if killed else 0):
        outcome.wrong.append(f"exit code {window.returncode}")
    told = (scratch / "err").read_text()
    if told and not (killed and "resource_tracker" in told):  # it tells what it clears away after a killed process
        outcome.wrong.append(f"on standard error: {told}")
    log = scratch / "home" / "state" / "studio.log"
    if found := [line.group(0) for line in _TROUBLE.finditer(log.read_text(encoding="utf-8"))]:
        outcome.wrong.append(f"in the log: {found}")
    said = [json.loads(line) for line in (scratch / "out").read_text().splitlines() if line.endswith("}")]
    holds = {Path(line["project"]): line["holds"] for line in said if "holds" in line}
    outcome.edits = sum("holds" in line for line in said)
    for folder, held in holds.items():
        look_at_catalogue(folder, held, outcome)
    if killed:
        return
    end = said[-1] if said else {}
    if end.get("asked") != end.get("made"):
        outcome.wrong.append(f"of {end.get('asked')} edits that were asked for {end.get('made')} were made")
    left_it = sum("opened" in line for line in said) > 1  # a take that is on when a project is left is offered there
    if (left := unfinished_recordings(project)) and not left_it:
        outcome.wrong.append(f"unfinished: {left}")


def look_at_catalogue(folder: Path, held: str, outcome: Outcome) -> None:
    holds = holding(folder / "studio.db")
    with open_project(folder, write=True) as opened:
        if holds != held and outcome.way == "kill":  # a commit that was not told yet
            opened.catalogue.undo()
        elif holds != held:
            outcome.wrong.append(f"{folder.name} does not hold what it held after its last commit")


def descendants(pid: int) -> set[int]:
    found: set[int] = set()
    with contextlib.suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in map(int, (task / "children").read_text().split()):
                found |= {child, *descendants(child)}
    return found


def all_ended(pids: set[int], home: str) -> bool:
    """Those, and all that were ever given this home."""
    end_s = time.monotonic() + PATIENCE_S / 4
    while any(map(is_running, pids)) or lives_in(home):
        if time.monotonic() > end_s:
            return False
        time.sleep(0.05)
    return True


def lives_in(home: str) -> bool:
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if process.name != str(os.getpid()) and home.encode() in (process / "environ").read_bytes():
                return is_running(int(process.name))
    return False


def is_running(pid: int) -> bool:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] not in "ZX"


if __name__ == "__main__":
    sys.exit(main())
