"""Continuous listening against known times: the whole chain on the host, as a board would, as fast as it goes."""

import math
import os
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from studio.boards.playback import read_file
from studio.boards.row_playback import read_rows
from studio.core.errors import InvalidInput, NotFound
from studio.core.job import Report, silent
from studio.core.samples import CAMERA, KINDS, MICROPHONE
from studio.core.text import gettext as _
from studio.core.text import mark
from studio.features.front_ends import AnyFrontEnd
from studio.live.compare import Reference
from studio.live.live import Heard
from studio.model.image import Decision
from studio.native.decision import decide
from studio.native.frontend import features, quantise

LATE_WINDOWS = 0.75  # how long after its word's end a decision still counts for it, in windows of the model
_CHUNK_WINDOWS = 128
_LOWEST_THRESHOLD = 64  # of 255, that outcomes are worked out for
_SWEEP = tuple(range(50, 100, 5))  # thresholds in percent that are tried beside the rule's own


@dataclass(frozen=True)
class TruthMark:
    """A word and when it is said, in seconds of the stream."""

    start_s: float
    end_s: float
    label: str


@dataclass(frozen=True)
class Counts:
    """found: marks that a decision answers. false_alarms: decisions that answer none, second answers included."""

    found: int
    missed: int
    false_alarms: int

    @property
    def present(self) -> int:
        return self.found + self.missed


@dataclass(frozen=True)
class Outcome:
    """What one threshold (0..255, of the smoothed score) gives. answers: each decision, with the mark it answers, None
    for a false alarm. missed: marks that none answers.
    """

    threshold: int
    answers: tuple[tuple[Heard, TruthMark | None], ...]
    missed: tuple[TruthMark, ...]

    @property
    def counts(self) -> Counts:
        found = sum(answered is not None for _heard, answered in self.answers)
        return Counts(found, len(self.missed), len(self.answers) - found)


@dataclass(frozen=True)
class Rehearsal:
    """threshold: of the smoothed score, 0..1. sweep: the same windows with other thresholds, (threshold, counts).

    outcomes: by every threshold at which something changes, ascending, and the rule's own. best: the highest smoothed
    score of any word at the end of each window, 0..1 (windows,), and times_s those ends. hop_s: between two of them.

    labels: those that are decided for. other_words: how often the truth has a word that is none of these.
    """

    hours: float
    windows: int
    threshold: float
    counts: Counts
    heard: tuple[Heard, ...]
    sweep: tuple[tuple[float, Counts], ...]
    outcomes: tuple[Outcome, ...] = ()
    best: NDArray[np.float32] = field(default_factory=lambda: np.zeros(0, np.float32), repr=False, compare=False)
    times_s: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0), repr=False, compare=False)
    hop_s: float = 0.0
    labels: tuple[str, ...] = ()
    other_words: dict[str, int] = field(default_factory=dict)

    @property
    def notice(self) -> str:
        """What is odd about the truth, as a sentence; "" where nothing is."""
        if self.counts.present:
            return ""
        if not self.other_words:
            return _("The truth marks no word, so nothing can be found or missed.")
        return _(
            "No word of the truth is one that this model decides for. It has {theirs}; the model knows {ours}."
        ).format(theirs=", ".join(sorted(self.other_words)), ours=", ".join(self.labels))

    def outcome_at(self, threshold: int) -> Outcome:
        """That of the highest threshold up to this one; of the lowest, where this is below it."""
        below = [outcome for outcome in self.outcomes if outcome.threshold <= threshold]
        return below[-1] if below else self.outcomes[0]


def read_truth(path: Path) -> list[TruthMark]:
    """The marks of an Audacity label track, in order of time: start, end in seconds, label, between tabs.

    Labels without a length count; lines that begin with a backslash (a selection of frequencies) and empty ones are
    passed over. Raises NotFound, InvalidInput.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except FileNotFoundError as error:
        raise NotFound(str(path)) from error
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(str(path), mark("it is not a text file that can be read")) from error
    marks = [_mark(path, n, line) for n, line in enumerate(lines, 1) if line.strip() and not line.startswith("\\")]
    return sorted(marks, key=lambda found: found.start_s)


def _mark(path: Path, number: int, line: str) -> TruthMark:
    try:
        start, end, label = line.split("\t", 2)
        start_s, end_s = float(start), float(end)
    except ValueError:
        start_s = end_s = math.nan
    if not 0 <= start_s <= end_s < math.inf:
        raise InvalidInput(
            str(path),
            _("line {number} is not a start and an end in seconds and a label, between tabs").format(number=number),
            mark("Export it from Audacity as a label track, or write it so."),
        )
    return TruthMark(start_s, end_s, label.strip())


def count(heard: Iterable[Heard], truth: Iterable[TruthMark], labels: Iterable[str], late_s: float) -> Counts:
    """Each decision answers the first mark of its label that is not answered yet and is being said, or ended at most
    late_s ago. Times of `heard` are the stream's. labels: those that are decided for; other marks are other words.
    """
    return answer(0, heard, truth, labels, late_s).counts


def answer(
    threshold: int, heard: Iterable[Heard], truth: Iterable[TruthMark], labels: Iterable[str], late_s: float
) -> Outcome:
    """As `count`, telling which decision answers what."""
    wanted = set(labels)
    open_marks = [found for found in truth if found.label in wanted]
    answers: list[tuple[Heard, TruthMark | None]] = []
    for said in sorted(heard, key=lambda each: each.t_us):
        at_s = said.t_us / 1e6
        answered = next(
            (m for m in open_marks if m.label == said.label and m.start_s <= at_s <= m.end_s + late_s), None
        )
        answers.append((said, answered))
        if answered is not None:
            open_marks.remove(answered)
    return Outcome(threshold, tuple(answers), tuple(open_marks))


def decided_labels(classes: Sequence[str], rule: Decision) -> list[str]:
    """The classes that the rule can decide for."""
    return [label for index, label in enumerate(classes) if index not in (rule.background, rule.unknown)]


def rehearse(
    image: bytes,
    stream: Path,
    truth: Sequence[TruthMark],
    *,
    every_threshold: bool = False,
    report: Report = silent,
) -> Rehearsal:
    """Plays sound, or a CSV file of movement, into front end, engine and decision rule of a model image, from its first
    sample on.

    every_threshold: also gives `outcomes`, for somebody to choose a threshold by. Raises NotFound, InvalidInput where
    the file is nothing for the model's sensor, is shorter than a window, or the image does not decide.
    """
    reference = Reference(image)
    rule, spec = reference.decision, reference.spec
    if rule is None:
        raise InvalidInput(_("The model image"), mark("it has no decision rule"), mark("Build it from a run."))
    if not stream.is_file():
        raise NotFound(str(stream))
    scores, samples = _all_scores(reference, stream, report)
    if len(scores) == 0:
        raise InvalidInput(
            str(stream),
            _("it is shorter than the model's window of {seconds:.1f} s").format(
                seconds=spec.clip_samples / spec.rate_hz
            ),
        )
    ends = np.arange(len(scores), dtype=np.uint64) * np.uint64(reference.hop_samples) + np.uint64(spec.clip_samples)
    times_us = ends * np.uint64(1_000_000) // np.uint64(spec.rate_hz)
    labels = decided_labels(reference.classes, rule)
    late_s = LATE_WINDOWS * spec.clip_samples / spec.rate_hz

    def with_threshold(threshold: int) -> tuple[Heard, ...]:
        decided = decide(replace(rule, threshold=threshold).pack(), scores, times_us)
        return tuple(Heard(reference.classes[d.class_index], d.score / 255, int(times_us[d.window])) for d in decided)

    def outcomes() -> tuple[Outcome, ...]:
        found: list[Outcome] = []
        for threshold in range(_LOWEST_THRESHOLD, 256):
            report(None, _("Trying thresholds"))
            outcome = answer(threshold, with_threshold(threshold), truth, labels, late_s)
            if threshold == rule.threshold or not found or outcome.answers != found[-1].answers:
                found.append(outcome)
        return tuple(found)

    heard = with_threshold(rule.threshold)
    return Rehearsal(
        hours=samples / spec.rate_hz / 3600,
        windows=len(scores),
        threshold=rule.threshold / 255,
        counts=count(heard, truth, labels, late_s),
        heard=heard,
        sweep=tuple((p / 100, count(with_threshold(round(2.55 * p)), truth, labels, late_s)) for p in _SWEEP),
        outcomes=outcomes() if every_threshold else (),
        best=_best(scores, [reference.classes.index(label) for label in labels], rule.smooth),
        times_s=times_us / 1e6,
        hop_s=reference.hop_samples / spec.rate_hz,
        labels=tuple(labels),
        other_words=dict(Counter(each.label for each in truth if each.label not in labels)),
    )


def _best(scores: NDArray[np.int8], words: list[int], smooth: int) -> NDArray[np.float32]:
    """The highest mean of any word over the last `smooth` windows, 0..1, for each window; int8 (windows, classes)."""
    sums = np.cumsum(scores[:, words].astype(np.int64) + 128, axis=0)
    sums[smooth:] -= sums[:-smooth].copy()
    counts = np.minimum(np.arange(1, len(scores) + 1), smooth)[:, None]
    best: NDArray[np.float32] = (sums / counts / 255).max(axis=1).astype(np.float32)
    return best


def _all_scores(reference: Reference, stream: Path, report: Report) -> tuple[NDArray[np.int8], int]:
    """(scores of all windows (windows, classes), samples heard), on every processor: the core releases the GIL."""
    spec, hop = reference.spec, reference.hop_samples
    workers = os.cpu_count() or 1
    scores: list[NDArray[np.int8]] = [np.empty((0, len(reference.classes)), np.int8)]
    waiting: deque[Future[NDArray[np.int8]]] = deque()
    heard = 0

    def score(samples: NDArray[np.int16]) -> NDArray[np.int8]:
        windows = np.lib.stride_tricks.sliding_window_view(samples, spec.clip_samples, axis=0)[::hop]
        seen = features(np.ascontiguousarray(np.moveaxis(windows, -1, 1)), spec)
        return reference.engine.run(quantise(seen, spec).reshape(len(seen), -1))

    with ThreadPoolExecutor(workers) as pool:
        for samples, heard in _chunks(_played(stream, spec), spec, hop):
            if len(samples):
                waiting.append(pool.submit(score, samples))
            if len(waiting) > 2 * workers:
                scores.append(waiting.popleft().result())
                report(None, _("{minutes:.1f} minutes heard").format(minutes=heard / spec.rate_hz / 60))
        scores += [future.result() for future in waiting]
    return np.concatenate(scores), heard


def _played(stream: Path, spec: AnyFrontEnd) -> Iterator[NDArray[np.int16]]:
    """The file as the front end's sensor would give it: int16 (n,) of sound, (n, channels) of rows."""
    kind = KINDS[spec.sensor]
    if kind is MICROPHONE:
        yield from read_file(stream, spec.rate_hz)
    elif kind is CAMERA:
        raise InvalidInput(_("The model image"), _("it sees pictures one by one, which are no stream"))
    else:
        yield read_rows(stream, kind, spec.rate_hz)[:, : spec.window_shape[-1]]


def _chunks(
    blocks: Iterator[NDArray[np.int16]], spec: AnyFrontEnd, hop: int
) -> Iterator[tuple[NDArray[np.int16], int]]:
    """(samples of whole windows, samples heard so far): every window of the stream once. The last may be empty."""
    clip = spec.clip_samples
    whole = clip + (_CHUNK_WINDOWS - 1) * hop
    held: NDArray[np.int16] = np.empty((0, *spec.window_shape[1:]), np.int16)
    parts: list[NDArray[np.int16]] = []
    heard = waiting = 0
    for block in blocks:
        parts.append(block)
        heard += len(block)
        waiting += len(block)
        if len(held) + waiting < whole:
            continue
        held, parts, waiting = np.concatenate([held, *parts]), [], 0
        while len(held) >= whole:
            yield held[:whole], heard
            held = held[_CHUNK_WINDOWS * hop :]
    held = np.concatenate([held, *parts])
    yield held if len(held) >= clip else held[:0], heard
