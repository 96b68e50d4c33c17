"""Fuzzes the C core under the address and undefined-behaviour sanitisers.

    python tests/firmware/fuzz.py image --count 100000 [--seed 1]
    python tests/firmware/fuzz.py link --count 1000000 [--seed 1]
    python tests/firmware/fuzz.py front_end --count 100000 [--seed 1]

A C harness makes the inputs, so that a million of them take minutes; the same seed makes the same ones. Prints one JSON
object; ends with the sanitiser's report and a code other than 0 when it found something.
"""

import argparse
import runpy
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np

from studio.features.blocks import LogMel
from studio.features.front_ends import AnyFrontEnd
from studio.features.motion import MotionRaw, MotionStatistics
from studio.features.picture import PictureInput
from studio.features.readings import Readings
from studio.model.image import Decision, build_image
from studio.model.operators import (
    ADD,
    AVERAGE_POOL,
    CONV,
    DEPTHWISE,
    MAX_POOL,
    MEAN,
    MULTIPLY,
    PAD,
    PLACE,
    SOFTMAX,
    SUBTRACT,
    TABLE,
    TRANSPOSE,
    Planned,
)
from studio.model.plan import Plan, Port
from studio.model.tflite import Graph

HERE = Path(__file__).resolve().parent
FIRMWARE = HERE.parents[1] / "resources/firmware"
SANITISE = ["-O1", "-fno-omit-frame-pointer", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"]


def build_harness(name: str, folder: Path) -> Path:
    """Compiles tests/firmware/<name>.c and the whole core under the sanitisers."""
    build = runpy.run_path(str(FIRMWARE / "build.py"))
    target = folder / name
    flags = [*build["compiler"](), *build["CORE_FLAGS"], *build["PORT_FLAGS"], *SANITISE]
    sources = [str(HERE / f"{name}.c"), *map(str, build["core_sources"]())]
    subprocess.run([*flags, *sources, "-o", str(target)], check=True)
    return target


def seed_images(folder: Path) -> list[Path]:
    """Small sound images that between them have every operator, and every section."""
    seeds = {
        "chain": _image(_chain(), golden=True),
        "shuffle": _image(_shuffle(), golden=False),
        "over": _image(_over(), golden=False),
    }
    paths = []
    for name, image in seeds.items():
        path = folder / f"{name}.image"
        path.write_bytes(image)
        paths.append(path)
    return paths


def _image(planned: Plan, *, golden: bool) -> bytes:
    return build_image(
        planned,
        front_end=bytes(range(64)),
        classes=[f"class {i}" for i in range(planned.output.bytes)],
        decision=Decision(3, 200, 700, 1600, 0, 1),
        golden_input=np.arange(planned.input.bytes).astype(np.int8) if golden else None,
    )


def _weights(channels: int, taps: int, seed: int) -> bytes:
    rng = np.random.default_rng(seed)
    parts = (
        rng.integers(-127, 128, channels * taps).astype("i1"),
        np.zeros(-channels * taps % 4, "i1"),
        rng.integers(-5000, 5000, channels).astype("<i4"),
        rng.integers(2**30, 2**31, channels).astype("<i4"),
        rng.integers(-12, -5, channels).astype("i1"),
        np.zeros(-channels % 4, "i1"),
    )
    return b"".join(part.tobytes() for part in parts)


def _plan(operators: list[Planned], sizes: list[int], data: bytes) -> Plan:
    """Every tensor side by side, so that each lies against the next."""
    places = dict(enumerate(np.cumsum([0, *sizes[:-1]]).tolist()))
    ports = [Port("", (sizes[t],), 1.0, 0, places[t], sizes[t]) for t in (0, len(sizes) - 1)]
    empty = Graph("", (), (), (), ())
    return Plan(empty, tuple(operators), places, data, ports[0], ports[1], sum(sizes), sum(sizes), 0)


def _chain() -> Plan:
    """7 x 6 x 3: padded, convolved, depthwise, both pools, mean, fully connected, softmax."""
    conv, depth, dense = _weights(4, 27, 1), _weights(8, 9, 2), _weights(5, 8, 3)
    data = conv + depth + dense + np.array([2**31 - 1, 2**30, 2**20, 0], "<i4").tobytes()
    at = [0, len(conv), len(conv) + len(depth), len(conv) + len(depth) + len(dense)]
    base = Planned(PAD, "", 0, 0, 1, (7, 6, 3), (9, 8, 3))
    conv_3x3 = replace(base, filter=(3, 3), stride=(2, 1), pad=(1, 1), input_zero_point=-3, low=-128, high=100)
    operators = [
        replace(base, pad=(1, 2)),
        replace(conv_3x3, kind=CONV, input=1, output=2, in_shape=(9, 8, 3), out_shape=(5, 8, 4), weights_at=at[0],
                parameters_at=108),
        replace(conv_3x3, kind=DEPTHWISE, input=2, output=3, in_shape=(5, 8, 4), out_shape=(3, 4, 8), stride=(2, 2),
                weights_at=at[1], parameters_at=at[1] + 72),
        replace(base, kind=MAX_POOL, input=3, output=4, in_shape=(3, 4, 8), out_shape=(2, 3, 8), filter=(2, 2)),
        replace(base, kind=AVERAGE_POOL, input=4, output=5, in_shape=(2, 3, 8), out_shape=(2, 2, 8), filter=(3, 2),
                pad=(1, 0)),
        replace(base, kind=MEAN, input=5, output=6, in_shape=(2, 2, 8), out_shape=(1, 1, 8), multiplier=2**30,
                shift=-1),
        replace(base, kind=CONV, input=6, output=7, in_shape=(1, 1, 8), out_shape=(1, 1, 5), weights_at=at[2],
                parameters_at=at[2] + 40),
        replace(base, kind=SOFTMAX, input=7, output=8, in_shape=(1, 1, 5), out_shape=(1, 1, 5), parameters_at=at[3],
                shift=4),
    ]  # fmt: skip
    return _plan(operators, [126, 216, 160, 96, 48, 32, 8, 5, 5], data)


def _shuffle() -> Plan:
    """2 x 3 x 4: transposed, through a table, added to itself, less a row, times a constant, beside itself."""
    table = np.arange(-128, 128).astype("i1").tobytes()
    whole, row = [6, 2, 1], [0, 2, 1]
    scalings = [2**30, 0, 2**30, -1]
    added = np.array([5, *whole, *whole, *scalings], "<i4").tobytes()
    less = np.array([5, *whole, *row, *scalings], "<i4").tobytes()
    times = np.array([-7, *whole, 0, 0, 0], "<i4").tobytes()
    strides = np.array([0, 1, 4, 12], "<u4").tobytes()
    constant = np.array([3, 0, 0, 0], "i1").tobytes()
    parts = (table, added, less, times, strides, constant)
    at = np.cumsum([0, *map(len, parts)]).tolist()
    base = Planned(TRANSPOSE, "", 0, 0, 1, (2, 3, 4), (4, 3, 2), parameters_at=at[4])
    pair = replace(base, in_shape=(4, 3, 2), multiplier=2**30, shift=-19)
    operators = [
        base,
        replace(base, kind=TABLE, input=1, output=2, in_shape=(4, 3, 2), parameters_at=0),
        replace(pair, kind=ADD, input=1, other=2, output=3, parameters_at=at[1]),
        replace(pair, kind=SUBTRACT, input=3, other=1, output=4, parameters_at=at[2]),
        replace(pair, kind=MULTIPLY, input=4, output=5, other_constant=True, weights_at=at[5], parameters_at=at[3],
                shift=-6),
        replace(pair, kind=PLACE, input=5, output=6, out_shape=(4, 6, 2)),
        replace(pair, kind=PLACE, input=4, output=6, out_shape=(4, 6, 2), pad=(0, 3)),
        replace(base, input=6, output=7, in_shape=(4, 6, 2), out_shape=(2, 2, 2), multiplier=5),
    ]  # fmt: skip
    return _plan(operators, [24, 24, 24, 24, 24, 24, 48, 8], b"".join(parts))


def _over() -> Plan:
    """6 x 5 x 4: convolved backwards over itself, pooled forwards over that, and a table where it lies."""
    conv = _weights(4, 36, 5)
    table = np.arange(127, -129, -1).astype("i1").tobytes()
    base = Planned(CONV, "", 0, 0, 1, (6, 5, 4), (6, 5, 4), filter=(3, 3), pad=(1, 1), parameters_at=144)
    operators = [
        replace(base, backwards=True),
        replace(base, kind=MAX_POOL, input=1, output=2, out_shape=(6, 5, 4), parameters_at=0),
        replace(base, kind=TABLE, input=2, output=3, parameters_at=len(conv)),
    ]
    lead = operators[0].lead
    assert lead is not None
    plan = _plan(operators, [120, 120, 120, 120], conv + table)
    places = {0: 0, 1: lead.forwards, 2: 0, 3: 0}
    ports = [replace(port, at=0) for port in (plan.input, plan.output)]
    return replace(plan, places=places, input=ports[0], output=ports[1], arena_bytes=120 + lead.forwards)


def fuzz_images(count: int, seed: int, folder: Path) -> subprocess.CompletedProcess[str]:
    """Runs `count` mutated images in the harness, which is compiled into `folder`."""
    harness = build_harness("fuzz_image", folder)
    command = [str(harness), str(seed), str(count), *map(str, seed_images(folder))]
    return subprocess.run(command, capture_output=True, text=True, check=False)


HEARS = LogMel(clip_samples=1600, window_samples=480, stride_samples=160, frames=8, mels=10)


def front_ends() -> list[AnyFrontEnd]:
    """Small ones, of every kind, for a board whose sensors all have 16,000 Hz and whose pictures are 40 x 30."""
    return [
        HEARS,
        MotionRaw(rate_hz=16_000, clip_samples=70, normalise="channel"),
        MotionRaw(rate_hz=16_000, clip_samples=70, offsets=(0, -700, 9), spans=(4000, 60_000, 1)),
        MotionStatistics(rate_hz=16_000, clip_samples=100, high_hz=8_000, bands=3),
        Readings(rate_hz=16_000, sensor="colour", clip_samples=5, offsets=(0,) * 4, spans=(900,) * 4),
        PictureInput(width=9, height=13, normalise="mean"),
        PictureInput(width=48, height=32, crop="whole"),
    ]


def listening_image(front_end: AnyFrontEnd = HEARS) -> bytes:
    """A small model that senses: three classes, for sound ten decisions a second."""
    inputs, classes = int(np.prod(front_end.shape)), 3
    dense = Planned(
        CONV, "", 0, 0, 1, (1, 1, inputs), (1, 1, classes), weights_at=0, parameters_at=-(-inputs * classes // 4) * 4
    )
    return build_image(
        _plan([dense], [inputs, classes], _weights(classes, inputs, 4)),
        front_end=front_end.pack(),
        classes=["_background_", "yes", "no"],
        decision=Decision(1, 100, 100, min(480, 1 + front_end.clip_samples // 2), 0, None),
        golden_input=np.arange(inputs).astype(np.int8),
    )


def fuzz_link(count: int, seed: int, folder: Path) -> subprocess.CompletedProcess[str]:
    """Sends `count` frames, many damaged, through decoder, CBOR and node in the harness."""
    harness = build_harness("fuzz_link", folder)
    images = [folder / f"{i}-{front_end.kind}.image" for i, front_end in enumerate(front_ends())]
    for path, front_end in zip(images, front_ends(), strict=True):
        path.write_bytes(listening_image(front_end))
    command = [str(harness), str(seed), str(count), *map(str, images)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def fuzz_front_ends(count: int, seed: int, folder: Path) -> subprocess.CompletedProcess[str]:
    """Opens `count` mutated sections of every kind in the harness, and computes with those that open."""
    harness = build_harness("fuzz_frontend", folder)
    sections = [folder / f"{i}-{front_end.kind}.section" for i, front_end in enumerate(front_ends())]
    for path, front_end in zip(sections, front_ends(), strict=True):
        path.write_bytes(front_end.pack())
    command = [str(harness), str(seed), str(count), *map(str, sections)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


FUZZERS = {"image": fuzz_images, "link": fuzz_link, "front_end": fuzz_front_ends}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=FUZZERS)
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        run = FUZZERS[args.what](args.count, args.seed, Path(folder))
    sys.stderr.write(run.stderr if run.returncode else "")
    sys.stdout.write(run.stdout)
    return run.returncode


if __name__ == "__main__":
    sys.exit(main())
