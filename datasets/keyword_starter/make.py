"""Makes the keyword starter data: takes of words by many synthesised voices, and others to be judged by.

Nothing of it is shipped: it is made on the user's machine, within half a minute, into the user's cache, and found there
the next time. Everything follows from one seed. CARD.md says what it is, and what it is not good for.
"""

import contextlib
import json
import struct
import subprocess
import sys
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np
import soundfile
import soxr
from studio_datasets.cached import cached

from studio.core.errors import InvalidInput, StorageFailed, StudioError
from studio.core.files import write_text
from studio.core.job import Report, silent
from studio.core.settings import cache_folder
from studio.core.text import gettext as _
from studio.core.text import mark
from studio.features.windows import to_int16

from .acoustics import (
    RATE_HZ,
    Floats,
    Place,
    draw_place,
    from_db,
    heard_in,
    loudness,
    room_noise,
    trimmed,
)

KEYWORDS = ("lights", "music", "radio")
OTHER_WORDS = (
    "coffee", "dinner", "garden", "good morning", "hello", "house", "magic", "monday", "nine", "number", "open",
    "people", "seven", "thank you", "tiger", "water", "window", "yellow",
)  # fmt: skip
# Said in the stream only, so that it is not only words the model was trained to turn down.
STRANGE_WORDS = ("banana", "cinema", "faster", "letter", "nice day", "paper", "similar", "winter")
# One row a person: accent and variant of eSpeak NG. Every one of these is in its versions 1.51 and 1.52.
PEOPLE = (
    "en-us+m1", "en+m2", "en-gb-scotland+m3", "en-us+f1", "en-gb-x-rp+f2", "en-us-nyc+m5", "en-us+Andy", "en+Alicia",
    "en-gb-x-gbclan+m6", "en-029+f4", "en-us+Denis", "en-gb-x-gbcwmd+m8", "en-us+belinda", "en-gb-x-rp+Gene",
    "en+steph", "en-us+Hugo", "en-gb-scotland+Annie", "en-us+Lee", "en-us-nyc+benjamin", "en+Michael", "en-029+adam",
    "en-us+max", "en-gb-x-rp+edward", "en-us+Mike", "en-us+Jacky", "en+Henrique", "en-gb-x-rp+caleb", "en-us+victor",
    "en-gb-scotland+paul", "en-us-nyc+zac", "en-029+rob", "en-us+ed", "en+aunty", "en-gb-x-gbclan+john", "en-us+anika",
    "en-us+shelby",
)  # fmt: skip
PEOPLE_APART = (
    "en-us+m4", "en+f3", "en-gb-scotland+m7", "en-us+f5", "en-gb-x-rp+Marco", "en-us-nyc+linda", "en+robert",
    "en-us+Andrea",
)  # fmt: skip

_SPEAK = Path(__file__).with_name("speak.py")
_NO_ENGINE = 3  # its exit code
_ROOM_S = 20.0
_STREAM_LEAD_S = 2.0  # of noise alone, before and after
_KEYWORD_SHARE = 1 / 3
_LEAST_PAUSE_S, _LONGEST_PAUSE_S = 0.5, 1.6
_NOISE_DB = -50.0
_HIGHEST_PEAK = 0.95


@dataclass(eq=False)
class NoVoices(StudioError):
    message = mark("The starter data cannot be made: there is no eSpeak NG to speak it.")
    remedy = mark("Install it with `sudo apt-get install espeak-ng`, or `pip install espeakng-loader`, and try again.")


@dataclass(frozen=True)
class Starter:
    """Where the data lies. The two folders hold WORD/PERSON_nohash_TAKE.wav, 16 kHz, one utterance a file.

    room_wav: a room without speech. stream_wav: the held-out voices talking, with pauses; truth_file: when they said
    what, an Audacity label track (start, end in seconds, word). keywords: the words worth listening for.
    """

    takes_folder: Path
    held_out_folder: Path
    room_wav: Path
    stream_wav: Path
    truth_file: Path
    keywords: tuple[str, ...]


@dataclass(frozen=True)
class Amount:
    people: int
    people_apart: int
    takes: int  # of each keyword by each person
    other_words: int  # that there are
    others: int  # of them said by each person
    stream_s: float
    seed: int = 1


FULL = Amount(people=36, people_apart=8, takes=4, other_words=18, others=10, stream_s=240)
QUICK = Amount(people=12, people_apart=4, takes=3, other_words=8, others=6, stream_s=60)


@dataclass(frozen=True)
class _Person:
    """code: as in file names. tract: how much higher than the voice's own its formants lie."""

    code: str
    voice: str
    tract: float
    speed: int
    pitch: int
    places: tuple[Place, ...]


@dataclass(frozen=True)
class _Utterance:
    word: str
    person: _Person
    speed: int
    pitch: int


def make(*, quick: bool = False, report: Report = silent, engine: str | None = None) -> Starter:
    """The starter data, made if it is not in the cache yet; `quick` is less of the same.

    engine: "program" or "library" of eSpeak NG instead of whichever is there. Raises NoVoices, InvalidInput where
    eSpeak NG fails, StorageFailed.
    """
    amount = QUICK if quick else FULL
    try:
        folder = cached(Path(__file__), (amount, engine), lambda made: _make_in(made, amount, report, engine))
    except soundfile.LibsndfileError as error:
        raise StorageFailed(str(cache_folder()), str(error)) from error
    return Starter(
        folder / "takes",
        folder / "held_out",
        folder / "room.wav",
        folder / "stream.wav",
        folder / "truth.txt",
        KEYWORDS,
    )


def _make_in(folder: Path, amount: Amount, report: Report, engine: str | None) -> None:
    rng = np.random.default_rng(amount.seed)
    people = _people(PEOPLE[: amount.people], "V", rng)
    apart = _people(PEOPLE_APART[: amount.people_apart], "H", rng)
    takes, takes_apart, said = (
        _takes(people, amount, rng),
        _takes(apart, amount, rng),
        _conversation(apart, amount, rng),
    )
    _write_room(folder / "room.wav", np.random.default_rng((amount.seed, 1)))
    with contextlib.closing(_spoken([*takes, *takes_apart, *said], report, engine)) as spoken:
        _write_takes(folder / "takes", takes, spoken, np.random.default_rng((amount.seed, 2)))
        _write_takes(folder / "held_out", takes_apart, spoken, np.random.default_rng((amount.seed, 3)))
        stream, truth = _stream(said, spoken, amount.stream_s, np.random.default_rng((amount.seed, 4)))
    _write_wav(folder / "stream.wav", stream)
    write_text(folder / "truth.txt", "".join(f"{start:.6f}\t{end:.6f}\t{word}\n" for start, end, word in truth))


def _people(voices: Sequence[str], letter: str, rng: np.random.Generator) -> list[_Person]:
    return [
        _Person(
            f"{letter}{number:02d}",
            voice,
            tract=float(rng.uniform(0.9, 1.12)),
            speed=int(rng.integers(120, 185)),
            pitch=int(rng.integers(25, 75)),
            places=(draw_place(rng), draw_place(rng)),
        )
        for number, voice in enumerate(voices, 1)
    ]


def _utterance(word: str, person: _Person, rng: np.random.Generator) -> _Utterance:
    """Nobody says a word twice the same."""
    speed = int(np.clip(person.speed * rng.uniform(0.85, 1.15), 90, 260))
    return _Utterance(word, person, speed, int(np.clip(person.pitch + rng.integers(-12, 13), 0, 99)))


def _takes(people: Sequence[_Person], amount: Amount, rng: np.random.Generator) -> list[_Utterance]:
    keywords = [word for word in KEYWORDS for _ in range(amount.takes)]
    others = OTHER_WORDS[: amount.other_words]
    return [
        _utterance(word, person, rng)
        for person in people
        for word in (*keywords, *(others[i] for i in sorted(rng.permutation(len(others))[: amount.others])))
    ]


def _conversation(people: Sequence[_Person], amount: Amount, rng: np.random.Generator) -> list[_Utterance]:
    """What is said in the stream, rather more than it has time for: a third of it keywords."""
    others = [*OTHER_WORDS[: amount.other_words], *STRANGE_WORDS]
    count = int(amount.stream_s / _LONGEST_PAUSE_S * 1.5)
    words = [str(rng.choice(KEYWORDS if rng.random() < _KEYWORD_SHARE else others)) for _ in range(count)]
    return [_utterance(word, people[int(rng.integers(len(people)))], rng) for word in words]


def _spoken(utterances: Sequence[_Utterance], report: Report, engine: str | None) -> Generator[Floats]:
    """Each utterance in turn, dry, without silence at its ends, at RATE_HZ. Raises NoVoices, InvalidInput."""
    jobs = [{"text": u.word, "voice": u.person.voice, "speed": u.speed, "pitch": u.pitch} for u in utterances]
    command = [sys.executable, str(_SPEAK), *(["--engine", engine] if engine else [])]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdin is not None  # noqa: S101  started with pipes
        assert process.stdout is not None  # noqa: S101
        assert process.stderr is not None  # noqa: S101
        try:
            process.stdin.write(json.dumps(jobs).encode())
            process.stdin.close()
            rate_hz = json.loads(process.stdout.readline() or "{}").get("rate_hz", 0)
            for number, utterance in enumerate(utterances):
                report(number / len(utterances), _("Speaking: {word}").format(word=utterance.word))
                dry = _read_samples(process.stdout)
                if dry is None:
                    raise _failure(process)
                # Played at another rate, all formants move; a slower or faster tempo is no matter.
                yield trimmed(soxr.resample(dry, rate_hz * utterance.person.tract, RATE_HZ))
        finally:
            process.kill()  # it has ended, unless we leave early


def _read_samples(pipe: IO[bytes]) -> Floats | None:
    header = pipe.read(4)
    if len(header) < 4:
        return None
    (count,) = struct.unpack("<I", header)
    data = pipe.read(2 * count)
    if len(data) < 2 * count:
        return None
    return np.frombuffer(data, dtype="<i2").astype(np.float32) / np.float32(32768)


def _failure(process: "subprocess.Popen[bytes]") -> StudioError:
    assert process.stderr is not None  # noqa: S101  started with a pipe
    why = process.stderr.read().decode(errors="replace").strip().rstrip(".")
    if process.wait() == _NO_ENGINE:
        return NoVoices()
    return InvalidInput(
        "eSpeak NG",
        why or _("it ended with code {code}").format(code=process.wait()),
        mark("Install it anew, and try again."),
    )


def _write_takes(
    folder: Path, utterances: Sequence[_Utterance], spoken: Iterator[Floats], rng: np.random.Generator
) -> None:
    """WORD/PERSON_nohash_TAKE.wav: each utterance in one of its person's places, with some of its noise around."""
    counts: dict[tuple[str, str], int] = {}
    for utterance in utterances:
        word, person = utterance.word.replace(" ", "_"), utterance.person
        take = counts.setdefault((word, person.code), 0)
        counts[word, person.code] += 1
        place = person.places[int(rng.integers(len(person.places)))]
        wet = heard_in(place, next(spoken))
        before, after = (int(rng.uniform(0.15, 0.4) * RATE_HZ) for _ in range(2))
        sound = room_noise(place, before + len(wet) + after, rng) * loudness(wet) * from_db(-rng.uniform(15, 45))
        sound[before : before + len(wet)] += wet
        (folder / word).mkdir(parents=True, exist_ok=True)
        _write_wav(folder / word / f"{person.code}_nohash_{take}.wav", _at_level(sound, wet, rng.uniform(-38, -14)))


def _write_room(path: Path, rng: np.random.Generator) -> None:
    noise = room_noise(draw_place(rng), int(_ROOM_S * RATE_HZ), rng)
    _write_wav(path, noise * from_db(_NOISE_DB))


def _stream(
    said: Sequence[_Utterance], spoken: Iterator[Floats], seconds: float, rng: np.random.Generator
) -> tuple[Floats, list[tuple[float, float, str]]]:
    """People talking in turn in the noise of one room: (samples, (start s, end s, word) of each utterance)."""
    length = int(seconds * RATE_HZ)
    stream = room_noise(draw_place(rng), length, rng) * from_db(_NOISE_DB)
    truth: list[tuple[float, float, str]] = []
    at = int(_STREAM_LEAD_S * RATE_HZ)
    for utterance, dry in zip(said, spoken, strict=True):
        person = utterance.person
        wet = heard_in(person.places[int(rng.integers(len(person.places)))], dry)
        wet = _at_level(wet, wet, rng.uniform(-34, -18))
        pause = int(rng.uniform(_LEAST_PAUSE_S, _LONGEST_PAUSE_S) * RATE_HZ)
        if at + len(wet) + int(_STREAM_LEAD_S * RATE_HZ) > length:
            break
        stream[at : at + len(wet)] += wet
        truth.append((at / RATE_HZ, (at + len(dry)) / RATE_HZ, utterance.word))
        at += len(dry) + pause
    return stream, truth


def _at_level(sound: Floats, speech: Floats, level_db: float) -> Floats:
    """So loud that the speech in it has level_db (dBFS rms of its louder half), or as loud as does not clip."""
    gain = float(from_db(level_db)) / max(loudness(speech), 1e-9)
    peak = float(np.max(np.abs(sound), initial=1e-9))
    return sound * np.float32(min(gain, _HIGHEST_PEAK / peak))


def _write_wav(path: Path, sound: Floats) -> None:
    soundfile.write(path, to_int16(sound * 32767), RATE_HZ, subtype="PCM_16")
