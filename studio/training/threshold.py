"""The decision rule's threshold, from takes passed through as a board would hear them: a window every so often.

A model is used on windows that do not wait for a word's middle, so accuracy on centred windows says little of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio.dataset.catalogue import Example
from studio.features.extract import Features
from studio.features.window_kinds import Windows
from studio.native.frontend import features
from studio.training.classes import Classes

Floats = NDArray[np.float32]

LOWEST, HIGHEST = 0.5, 0.9
_STEP = 0.05
_REACH = 0.7  # of a window, to either side of the word's middle
_MOST_STREAMS = 100
_FALSE_COSTS = 2.0  # a false alarm annoys more than a word that has to be said again


@dataclass(frozen=True, eq=False)
class Streams:
    """features: int16 (streams * hops, *shape). truth: the class of each stream's word. words: how many classes
    are decided for, the first ones.
    """

    features: Features
    truth: NDArray[np.int64]
    hops: int
    words: int


def cut_streams(
    examples: Sequence[Example], windows: Windows, classes: Classes, hop_samples: int, seed: int
) -> Streams:
    """A stream around each of at most 100 examples, drawn alike from all. Raises UnreadableRecording."""
    spec = windows.spec
    reach = int(_REACH * spec.clip_samples / hop_samples)
    hops = 2 * reach + 1
    order = np.random.default_rng(seed).permutation(len(examples))[:_MOST_STREAMS]
    streams = np.empty((len(order), hops, *spec.window_shape), spec.window_dtype)
    for stream, place in zip(streams, order, strict=True):
        stream[:] = windows.passing(examples[place].clip, hop_samples, reach, np.random.default_rng((seed, int(place))))
    truth = [classes.words.index(examples[place].label) for place in order]
    seen = features(streams.reshape(-1, *spec.window_shape), spec)
    return Streams(seen, np.array(truth, np.int64), hops, len(classes.words))


def choose_threshold(streams: Streams, scores: Floats, smooth: int, every: int = 1) -> float:
    """The threshold 0..1 that finds most words, a wrong one counting double; of equals the highest.

    scores: (streams * hops, classes). smooth: windows averaged by the decision rule. every: of a stream's windows the
    rule sees one in so many, and which of them is chance: all are tried.
    """
    if len(streams.truth) == 0:
        return (LOWEST + HIGHEST) / 2
    by_stream = scores.reshape(len(streams.truth), streams.hops, -1)[..., : streams.words]
    seen = [by_stream[:, first::every] for first in range(every)]
    best = np.concatenate([_best(windows, smooth) for windows in seen])  # (every * streams, words)
    truth = np.tile(streams.truth, every)
    own = best[np.arange(len(best)), truth]
    others = best.copy()
    others[np.arange(len(best)), truth] = 0
    thresholds = np.arange(LOWEST, HIGHEST + _STEP / 2, _STEP)
    worth = [np.mean(own >= t) - _FALSE_COSTS * np.mean(others.max(axis=1) >= t) for t in thresholds]
    return float(thresholds[np.flatnonzero(np.array(worth) >= max(worth) - 1e-9)[-1]])


def _best(scores: Floats, smooth: int) -> Floats:
    """(streams, windows, words) to (streams, words): the highest mean of `smooth` windows, of all where too few."""
    means = np.lib.stride_tricks.sliding_window_view(scores, min(smooth, scores.shape[1]), axis=1).mean(axis=-1)
    best: Floats = means.max(axis=1)
    return best
