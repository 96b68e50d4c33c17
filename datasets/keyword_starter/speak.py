"""Text to speech by eSpeak NG, as a process of its own, because eSpeak NG is under the GPL: `python speak.py < JOBS`.

Imports nothing of the studio. JOBS is a JSON list of {"text", "voice", "speed" (words a minute), "pitch" (0..99)}.
On standard output: one JSON line {"rate_hz": N, "engine": TEXT}; then each utterance in the order of the jobs, as a
count (u32) and so many samples (int16, one channel), little-endian. Uses `espeak-ng` on the path, else the library of
the `espeakng-loader` package; `--engine program` or `--engine library` takes that one only.
Exit code 3: there is no eSpeak NG; 1: it failed, with a sentence on standard error.
"""

import argparse
import ctypes
import json
import os
import shutil
import struct
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

NO_ENGINE = 3

# espeak-ng/speak_lib.h
_SYNCHRONOUS, _DONT_EXIT = 2, 0x8000
_RATE, _PITCH = 1, 3
_POSITION_CHARACTER, _CHARS_UTF8 = 1, 1
_CALLBACK = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_int16), ctypes.c_int, ctypes.c_void_p)

Job = dict[str, Any]


class EngineFailed(Exception):
    pass


class Program:
    """`espeak-ng` on the path: a process for each utterance, as many at once as there are cores."""

    def __init__(self, path: str) -> None:
        self._path = path
        self.engine = self._output("--version").decode().split("  ")[0].strip()
        self.rate_hz, _ = _parse_wav(self._output("--stdout", "a"))

    def speak(self, jobs: list[Job]) -> Iterator[bytes]:
        with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
            yield from pool.map(self._one, jobs)

    def _one(self, job: Job) -> bytes:
        wav = self._output(
            "--stdout", "-v", job["voice"], "-s", str(job["speed"]), "-p", str(job["pitch"]), "--", job["text"]
        )
        return _parse_wav(wav)[1]

    def _output(self, *arguments: str) -> bytes:
        done = subprocess.run([self._path, *arguments], capture_output=True, check=False)
        if done.returncode != 0:
            said = done.stderr.decode(errors="replace").strip()
            raise EngineFailed(f"espeak-ng {' '.join(arguments)}: {said or f'exit code {done.returncode}'}")
        return done.stdout


class Library:
    """The library that `espeakng-loader` brings, in this process."""

    def __init__(self) -> None:
        import espeakng_loader

        self._lib = ctypes.CDLL(espeakng_loader.get_library_path())
        self._lib.espeak_Info.restype = ctypes.c_char_p
        self._heard = bytearray()
        self._keep = _CALLBACK(self._take)  # the library holds it, so it must live as long as we do
        data = espeakng_loader.get_data_path().encode()
        self.rate_hz = self._lib.espeak_Initialize(_SYNCHRONOUS, 0, data, _DONT_EXIT)
        if self.rate_hz <= 0:
            raise EngineFailed(f"espeak_Initialize: {self.rate_hz}")
        self._lib.espeak_SetSynthCallback(self._keep)
        self.engine = f"eSpeak NG library {self._lib.espeak_Info(None).decode()}"

    def speak(self, jobs: list[Job]) -> Iterator[bytes]:
        for job in jobs:
            self._lib.espeak_ng_SetRandSeed(ctypes.c_long(1))  # of a voice's breath, else seeded with the time
            self._check("espeak_SetVoiceByName", job["voice"].encode())
            self._check("espeak_SetParameter", _RATE, job["speed"], 0)
            self._check("espeak_SetParameter", _PITCH, job["pitch"], 0)
            self._heard.clear()
            text = job["text"].encode() + b"\0"
            self._check("espeak_Synth", text, len(text), 0, _POSITION_CHARACTER, 0, _CHARS_UTF8, None, None)
            self._check("espeak_Synchronize")
            yield bytes(self._heard)

    def _take(self, samples: Any, count: int, _events: Any) -> int:
        if samples and count > 0:
            self._heard += ctypes.string_at(samples, 2 * count)
        return 0

    def _check(self, function: str, *arguments: Any) -> None:
        """A voice that is not known gives sound nevertheless, another voice's: only the return code tells."""
        status = getattr(self._lib, function)(*arguments)
        if status != 0:
            raise EngineFailed(f"{function}{arguments}: error {status}")


def _parse_wav(wav: bytes) -> tuple[int, bytes]:
    """(sample rate, samples) of 16-bit mono; the sizes in a header written to a pipe are not the real ones."""
    start = wav.find(b"data")
    if start < 0 or len(wav) < 44:
        raise EngineFailed("espeak-ng wrote no sound")
    (rate_hz,) = struct.unpack_from("<I", wav, 24)
    samples = wav[start + 8 :]
    return rate_hz, samples[: len(samples) // 2 * 2]


def find_engine(wanted: str | None) -> Program | Library | None:
    path = shutil.which("espeak-ng")
    if path and wanted in (None, "program"):
        return Program(path)
    if wanted in (None, "library"):
        try:
            return Library()
        except ImportError:
            return None
    return None


def _write(data: bytes) -> None:
    """To standard output. While other threads start processes a write to a pipe may be cut short, and Python's own
    buffer was seen to lose the rest (once in some 5,000 utterances, Python 3.11.7 on Linux 6.18).
    """
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(1, rest) :]


def main() -> int:
    parser = argparse.ArgumentParser(description="Text to speech by eSpeak NG.")
    parser.add_argument("--engine", choices=["program", "library"])
    args = parser.parse_args()
    jobs = json.load(sys.stdin)
    try:
        engine = find_engine(args.engine)
        if engine is None:
            return NO_ENGINE
        _write(json.dumps({"rate_hz": engine.rate_hz, "engine": engine.engine}).encode() + b"\n")
        for samples in engine.speak(jobs):
            _write(struct.pack("<I", len(samples) // 2) + samples)
    except (EngineFailed, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
