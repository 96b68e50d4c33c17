"""`make soak`: an hour of sound at 16 kHz, of six axes at 119 Hz and of marks, from two virtual boards that are as fast
as this machine; then ten minutes in real time; then 1 MB/s over a pty and over TCP for a minute each, in the
window, which draws it and records two other boards with it.

What is recorded is compared sample by sample with what was played. Resident memory is looked at from the first recorded
minute on. One JSON object a line; exit code 1 when something is lost, doubled or out of bounds.
"""

import argparse
import contextlib
import json
import os
import resource
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
import soundfile
from numpy.typing import NDArray

from studio.capture.recorder import Recorder, Recording, Take
from studio.capture.source import make_source
from studio.core.samples import IMU, MICROPHONE, Item, SensorKind
from studio.dataset.project import create_project
from tests.soak.other_board import other_board

SOUND_HZ, MOTION_HZ = 16_000, 119
MARK_EVERY_S = 7.0
MOST_GROWTH_BYTES = 10_000_000
LINK_HZ = 510_000  # of 16-bit samples: 1 MB/s, and the link's own bytes
SAMPLE_BYTES = 2
LEAST_FRAMES_PER_S = 10.0
SLACK = 1.02  # in time, of a feeder that may be late at the end
READ_AT_ONCE = 1 << 20


@dataclass
class Noise:
    """Endless, and the same for a seed wherever it is begun in steps of STEP. Without zeros, which a gap would be."""

    seed: int
    channels: int

    STEP = 1 << 16

    def steps(self) -> Iterator[NDArray[np.int16]]:
        number = 0
        while True:
            random = np.random.default_rng((self.seed, number))
            made = random.integers(1, 32768, (self.STEP, self.channels), dtype=np.int16)
            made[1::2] *= -1
            yield made
            number += 1

    def first(self, count: int, skipped: int = 0) -> Iterator[NDArray[np.int16]]:
        """So many, after those that are skipped."""
        for step in self.steps():
            if count <= 0:
                return
            here = step[min(skipped, len(step)) :][:count]
            skipped -= min(skipped, len(step))
            count -= len(here)
            yield here


@dataclass
class Heard:
    """A take as it is recorded: marks are made by its time, and what memory the process has after the first minute.
    from_index: of the stream, with which it begins.
    """

    recording: Recording
    rate_hz: int
    marks: list[int] = field(default_factory=list)
    first_bytes: int = 0
    most_bytes: int = 0
    from_index: int = 0

    def look(self, _item: Item) -> None:
        done = self.recording.samples
        if done >= (len(self.marks) + 1) * MARK_EVERY_S * self.rate_hz and self.recording.mark():
            self.marks.append(done)
        if done >= 60 * self.rate_hz:
            now = resident_bytes()
            self.first_bytes = self.first_bytes or now
            self.most_bytes = max(self.most_bytes, now)


def resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition(":")[2].strip())
    parser.add_argument("--hours", type=float, default=1.0, help="as fast as this machine")
    parser.add_argument("--minutes", type=float, default=10.0, help="in real time")
    parser.add_argument("--link-seconds", type=float, default=60.0, help="at 1 MB/s over each link")
    args = parser.parse_args()
    good = True
    with tempfile.TemporaryDirectory(prefix="tinyml-soak-") as scratch:
        os.environ["TINYML_STUDIO_HOME"] = f"{scratch}/home"
        folder = Path(scratch)
        if args.hours:
            good &= boards(folder, "as fast as this machine", args.hours * 3600, fast=True)
        if args.minutes:
            good &= boards(folder, "in real time", args.minutes * 60, fast=False)
        for link in ("pty", "tcp") if args.link_seconds else ():
            good &= fast_link(folder, link, args.link_seconds)
    return 0 if good else 1


def boards(scratch: Path, how: str, seconds: float, *, fast: bool) -> bool:
    sound, motion = Noise(1, 1), Noise(2, 6)
    with soundfile.SoundFile(scratch / "sound.wav", "w", SOUND_HZ, 1, "PCM_16") as file:
        for step in sound.first(round((seconds + 2) * SOUND_HZ)):
            file.write(step)
    with (scratch / "motion.csv").open("w") as rows:
        rows.write("ax,ay,az,gx,gy,gz\n")
        for step in motion.first(round((seconds + 2) * MOTION_HZ)):
            np.savetxt(rows, step, "%d", ",")
    pace = "pace=fast&" if fast else ""
    given = [
        (f"virtual:espeye?{pace}play={scratch}/sound.wav", MICROPHONE, SOUND_HZ, sound),
        (f"virtual:nano33ble?{pace}play={scratch}/motion.csv", IMU, MOTION_HZ, motion),
    ]
    project = scratch / how.replace(" ", "-")
    create_project(project).close()
    began_s, cpu_s = time.monotonic(), time.process_time()
    with contextlib.ExitStack() as stack:
        takes = []
        for address, kind, rate_hz, noise in given:
            source = make_source(address, rate_hz=rate_hz, folder=project, kind=kind)
            recorder = stack.enter_context(Recorder(source, project / "recordings"))
            takes.append((begin(recorder, kind, seconds, rate_hz), kind, rate_hz, noise))
        for heard, *_ in takes:
            heard.recording.wait()
    took_s, cpu_s = time.monotonic() - began_s, time.process_time() - cpu_s
    say(how, "took", took_s, "s", times_real_time=round(seconds / took_s, 1), cpu_share=round(cpu_s / took_s, 3))
    good = True
    for heard, kind, rate_hz, noise in takes:
        good &= same(how, heard, kind, round(seconds * rate_hz), noise)
    grown = max(heard.most_bytes - heard.first_bytes for heard, *_ in takes if heard.first_bytes)
    say(how, "resident memory, growth after the first minute", grown / 1e6, "MB")
    return good and grown < MOST_GROWTH_BYTES


def begin(recorder: Recorder, kind: SensorKind, seconds: float, rate_hz: int) -> Heard:
    """Looked at from the first block on."""
    waiting = threading.Event()
    found: list[Heard] = []

    def look(item: Item) -> None:
        waiting.wait()
        found[0].look(item)

    recorder.heard.connect(look)
    found.append(Heard(recorder.begin(Take(kind.name), seconds), rate_hz))
    waiting.set()
    return found[0]


def same(how: str, heard: Heard, kind: SensorKind, samples: int, noise: Noise) -> bool:
    """Whether the files are what was played, to the sample, and the marks where they were made."""
    recording, at, differing, marks = heard.recording, 0, 0, []
    expected = noise.first(samples, heard.from_index)
    held = np.zeros((0, noise.channels), np.int16)
    for recorded in recording.recorded:
        marks += [at + mark for mark in recorded.sidecar.marks]
        for piece in read(recorded.path):
            while len(held) < len(piece) and (step := next(expected, None)) is not None:
                held = np.concatenate([held, step])
            here = held[: len(piece)]
            differing += len(piece) - len(here) + int((piece[: len(here)] != here).any(axis=1).sum())
            held, at = held[len(piece) :], at + len(piece)
    what = f"{how}, {kind.name}"
    say(what, "samples recorded", at, "samples", due=samples, lost=recording.lost.as_dict(), differing=differing)
    gaps = [gap for recorded in recording.recorded for gap in recorded.sidecar.gaps]
    if gaps:
        say(what, "gaps", len(gaps), "gaps", where=gaps[:20])
    say(what, "marks", len(marks), "marks", made=len(heard.marks), equal=marks == heard.marks)
    if recording.problem is not None:
        say(what, "problem", 0, "", why=str(recording.problem))
    return at == samples and differing == 0 and recording.lost.total == 0 and marks == heard.marks


def read(path: Path) -> Iterator[NDArray[Any]]:
    if path.suffix == ".wav":
        with soundfile.SoundFile(path) as file:
            yield from file.blocks(READ_AT_ONCE, dtype="int16", always_2d=True)
        return
    table = np.loadtxt(path, np.int64, delimiter=",", skiprows=1, ndmin=2)
    instants = np.round(table[:, 0] * MOTION_HZ / 1e6).astype(np.int64)
    rows = np.zeros((instants[-1] + 1, table.shape[1] - 1), np.int64)  # what is absent differs from all that was played
    rows[instants] = table[:, 1:]
    yield rows


def fast_link(scratch: Path, link: str, seconds: float) -> bool:
    """The board's own program with a sensor that fills a link of 1 MB/s, which no board of the table has, recorded by
    the window, which draws it and records two other boards with it. It is fed in real time, and holds a sample back
    rather than lose it: so what is lost the link lost, or the host, and what is slow shows in the time that it takes.
    """
    from tests.ui.recorded_in_window import recorded_in_window

    noise = Noise(3, 1)
    with soundfile.SoundFile(scratch / "fast.wav", "w", LINK_HZ, 1, "PCM_16") as file:
        for step in noise.first(round((seconds + 30) * LINK_HZ)):
            file.write(step)
    how = f"1 MB/s over {link}"
    with other_board(MICROPHONE, LINK_HZ, scratch / "fast.wav", link=link, holds=True) as address:
        seen = recorded_in_window(scratch / f"link-{link}", address, seconds)
    say(how, "recorded", seen.recording.samples * SAMPLE_BYTES / seen.took_s / 1e6, "MB/s")
    say(how, "frames painted", seen.frames_per_s, "1/s")
    for name, of_window, of_idle in seen.stalls():
        say(how, f"event loop stall, {name}", of_window, "ms", peer="an empty event loop", peer_value=round(of_idle, 3))
    for beside in seen.others:
        say(how, f"{beside.origin.format.kind.name}, recorded by the window too", beside.samples, "samples",
            lost=beside.lost.as_dict())  # fmt: skip
    heard = Heard(seen.recording, LINK_HZ, from_index=seen.from_index)
    good = same(how, heard, MICROPHONE, round(seconds * LINK_HZ), noise)
    return good and seen.took_s < seconds * SLACK + 1 and seen.frames_per_s > LEAST_FRAMES_PER_S


def say(how: str, what: str, value: float, unit: str, **more: Any) -> None:
    line = {"name": f"{how}: {what}", "value": round(value, 3), "unit": unit, **more}
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
