"""Four virtual boards, two that hear and two that feel, with clocks of their own speed and links that jitter, recorded
together for ten minutes: is what all of them noticed at one moment one moment in all the recordings?

Each plays quiet and, every so often, a click, which is a spike in the rows of the IMU. When each of them was is known
from the simulator: sample 0 of a stream was when its feeder says, and the others follow by the board's crystal. The
link delays a frame by 0 to twice the jitter. What a link always delays by nobody can see from the host, so its least
delay is none, but for what the processes take. One JSON object a line; exit code 1 when a moment is too far off.
"""

import argparse
import contextlib
import json
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile

from studio.boards.address import parse_address
from studio.boards.connection import open_board
from studio.capture.board import BoardSource
from studio.capture.recorder import Recorder, Recording, Take
from studio.core.samples import IMU, MICROPHONE, SensorKind
from studio.dataset.project import create_project

PPM = (-150, -50, 50, 150)
JITTER_MS = 5.0
EVENTS = 24
RATE_HZ = {MICROPHONE.name: 16_000, IMU.name: 119}
LIMIT_MS = {MICROPHONE.name: 1.0, IMU.name: 2.0}
LOUD = 20_000


@dataclass(frozen=True)
class Moment:
    """Of one board: by how much the fitted time of its event is after the true one. true_ns: host monotonic clock."""

    board: int
    kind: str
    ppm: int
    seconds: float
    true_ns: int
    off_ms: float
    lost: int


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition(":")[0])
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--ppm", type=int, nargs=4, default=PPM)
    parser.add_argument("--jitter", type=float, default=JITTER_MS, help="in ms")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="tinyml-clocks-") as scratch:
        moments = recorded_together(Path(scratch), args.minutes * 60, args.ppm, args.jitter)
    good = True
    for board in range(len(PPM)):
        of_board = [moment for moment in moments if moment.board == board]
        kind, worst = of_board[0].kind, max(of_board, key=lambda moment: abs(moment.off_ms))
        good &= abs(worst.off_ms) < LIMIT_MS[kind] and not of_board[0].lost
        line = {
            "name": f"clocks, board {board}, {kind}, {of_board[0].ppm} ppm: fitted time of an event, worst",
            "value": round(worst.off_ms, 3),
            "unit": "ms",
            "limit": LIMIT_MS[kind],
            "at_s": worst.seconds,
            "mean": round(float(np.mean([moment.off_ms for moment in of_board])), 3),
            "events": len(of_board),
            "lost": of_board[0].lost,
        }
        sys.stdout.write(json.dumps(line) + "\n")
    return 0 if good else 1


def recorded_together(scratch: Path, seconds: float, ppm: Sequence[int], jitter_ms: float) -> list[Moment]:
    """Records four boards for `seconds`; of each board every event. Raises AssertionError where one is not in the
    recording at its sample.
    """
    kinds = (MICROPHONE, IMU, MICROPHONE, IMU)
    events_s = np.linspace(1.0, seconds - 1.0, EVENTS).round(3).tolist()
    plays = {kind: write_events(scratch, kind, seconds, events_s) for kind in kinds[:2]}
    with create_project(scratch / "project") as project, contextlib.ExitStack() as stack:
        takes: list[tuple[Recording, BoardSource]] = []
        for kind, own_ppm in zip(kinds, ppm, strict=True):
            address = parse_address(f"virtual:nano33ble?ppm={own_ppm}&jitter={jitter_ms}&play={plays[kind]}")
            board = stack.enter_context(open_board(address, None))
            source = BoardSource(address, None, RATE_HZ[kind.name], kind=kind, board=board)
            recorder = stack.enter_context(Recorder(source, project.recordings_folder))
            takes.append((recorder.begin(Take("knock", session="S1"), seconds), source))
        for recording, _source in takes:
            assert recording.wait(seconds * 1.5 + 30), "a recording did not end"
        return [
            moment
            for number, (take, own_ppm) in enumerate(zip(takes, ppm, strict=True))
            for moment in moments_of(number, *take, own_ppm, events_s)
        ]


def write_events(scratch: Path, kind: SensorKind, seconds: float, events_s: Sequence[float]) -> Path:
    """A click, or a spike of all axes, of one sample at each of events_s."""
    rate_hz = RATE_HZ[kind.name]
    samples = np.zeros((round((seconds + 5) * rate_hz), len(kind.channels)), np.int16)
    samples[np.round(np.array(events_s) * rate_hz).astype(int)] = LOUD
    path = scratch / f"{kind.name}{'.wav' if kind == MICROPHONE else '.csv'}"
    if kind == MICROPHONE:
        soundfile.write(path, samples, rate_hz, subtype="PCM_16")
    else:
        np.savetxt(path, samples, "%d", ",", header=",".join(kind.channels), comments="")
    return path


def moments_of(
    number: int, recording: Recording, source: BoardSource, ppm: int, events_s: Sequence[float]
) -> list[Moment]:
    (recorded,) = recording.recorded
    sidecar = recorded.sidecar
    rate_hz = RATE_HZ[sidecar.kind]
    virtual = source.board.virtual
    assert virtual is not None
    (began_ns,) = virtual.began_ns.values()
    if sidecar.kind == MICROPHONE.name:
        heard = soundfile.read(recorded.path, dtype="int16")[0]
    else:
        heard = np.loadtxt(recorded.path, delimiter=",", skiprows=1)[:, 1]
    instants = np.flatnonzero(heard == heard.max())
    lost = recording.lost.total
    assert lost or instants.tolist() == [round(event_s * rate_hz) for event_s in events_s], "not what was played"
    moments = []
    for instant, event_s in zip(instants.tolist(), events_s, strict=True):
        true_ns = began_ns + round(instant * 1e9 / (rate_hz * (1 + ppm / 1e6)))
        fitted_ns = sidecar.host_ns(instant)
        assert fitted_ns is not None
        moments.append(Moment(number, sidecar.kind, ppm, event_s, true_ns, (fitted_ns - true_ns) / 1e6, lost))
    return moments


if __name__ == "__main__":
    sys.exit(main())
