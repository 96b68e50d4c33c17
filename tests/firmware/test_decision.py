"""The decision rule in C against the same rule in plain Python."""

import hashlib
import struct
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from studio.native.library import load

CDEF = """
int stu_host_decide(const uint8_t *section, uint32_t section_bytes, const int8_t *scores, const uint64_t *times_us,
                    uint32_t windows, uint32_t classes, uint8_t *decided_class, uint8_t *decided_score);
void stu_host_sha256(const uint8_t *bytes, uint32_t count, uint8_t *digest);
"""
NONE = 255
OK, E_IMAGE, E_UNSUPPORTED = 0, -1, -8


@dataclass(frozen=True)
class Rule:
    smooth: int
    threshold: int
    refractory_ms: int
    background: int = NONE
    unknown: int = NONE
    hop_samples: int = 1600

    def pack(self) -> bytes:
        return struct.pack(
            "<BBHIBBH",
            self.smooth, self.threshold, self.refractory_ms, self.hop_samples, self.background, self.unknown, 0,
        )  # fmt: skip


Decided = tuple[int, int] | None  # class and score


def decide(section: bytes, scores: NDArray[np.int8], times_us: Sequence[int]) -> tuple[int, list[Decided]]:
    """Returns the status and, a window each, (class, score) or None."""
    core = load(CDEF)
    windows, classes = scores.shape
    chosen, score = core.ffi.new("uint8_t[]", windows + 1), core.ffi.new("uint8_t[]", windows + 1)
    status = core.lib.stu_host_decide(
        section, len(section), core.ffi.from_buffer("int8_t[]", scores), core.ffi.new("uint64_t[]", list(times_us)),
        windows, classes, chosen, score,
    )  # fmt: skip
    return status, [None if chosen[i] == NONE else (chosen[i], score[i]) for i in range(windows)]


def model(rule: Rule, scores: NDArray[np.int8], times_us: Sequence[int]) -> list[Decided]:
    decisions: list[Decided] = []
    last_us: int | None = None
    for i, time_us in enumerate(times_us):
        rows = [[int(value) + 128 for value in row] for row in scores[max(0, i + 1 - rule.smooth) : i + 1]]
        decision: Decided = None
        if len(rows) == rule.smooth:
            means = [(2 * sum(column) + len(rows)) // (2 * len(rows)) for column in zip(*rows, strict=True)]
            wanted = [c for c in range(len(means)) if c not in (rule.background, rule.unknown)]
            rested = last_us is None or time_us - last_us >= rule.refractory_ms * 1000
            if wanted and rested:
                best = max(wanted, key=lambda c: (means[c], -c))
                if means[best] >= rule.threshold:
                    decision, last_us = (best, means[best]), time_us
        decisions.append(decision)
    return decisions


@given(
    st.data(),
    st.builds(
        Rule,
        smooth=st.integers(1, 16),
        threshold=st.integers(0, 255),
        refractory_ms=st.integers(0, 2000),
        background=st.sampled_from([0, 1, NONE]),
        unknown=st.sampled_from([1, 2, NONE]),
    ),
    st.integers(1, 6),
)
def test_decides_as_the_rule_says(data, rule, classes):
    rows = data.draw(st.lists(st.lists(st.integers(-128, 127), min_size=classes, max_size=classes), max_size=40))
    scores = np.array(rows, dtype=np.int8).reshape(-1, classes)
    times_us = [100_000 * i for i in range(len(scores))]
    assert decide(rule.pack(), scores, times_us) == (OK, model(rule, scores, times_us))


def test_one_loud_window_is_not_a_decision_and_three_are_one():
    rule = Rule(smooth=3, threshold=204, refractory_ms=1000, background=0)
    scores = np.full((20, 3), -128, dtype=np.int8)
    scores[2, 1] = 127
    scores[8:14, 1] = 127
    _, decisions = decide(rule.pack(), scores, [100_000 * i for i in range(20)])
    assert [(i, d) for i, d in enumerate(decisions) if d] == [(10, (1, 255))]


def test_decides_again_when_the_refractory_time_is_over():
    rule = Rule(smooth=1, threshold=128, refractory_ms=250)
    _, decisions = decide(rule.pack(), np.full((6, 1), 100, dtype=np.int8), [100_000 * i for i in range(6)])
    assert [i for i, d in enumerate(decisions) if d] == [0, 3]


def test_refuses_what_it_cannot_hold():
    scores = np.zeros((1, 2), dtype=np.int8)
    assert decide(Rule(17, 1, 1).pack(), scores, [0])[0] == E_UNSUPPORTED
    assert decide(Rule(0, 1, 1).pack(), scores, [0])[0] == E_IMAGE
    assert decide(Rule(1, 1, 1, hop_samples=0).pack(), scores, [0])[0] == E_IMAGE
    assert decide(Rule(1, 1, 1).pack()[:-1], scores, [0])[0] == E_IMAGE
    assert decide(Rule(1, 1, 1).pack(), np.zeros((1, 65), dtype=np.int8), [0])[0] == E_UNSUPPORTED


@given(st.binary(max_size=300))
def test_sha256_is_hashlibs(content):
    core = load(CDEF)
    digest = core.ffi.new("uint8_t[]", 32)
    core.lib.stu_host_sha256(content, len(content), digest)
    assert bytes(digest) == hashlib.sha256(content).digest()
