"""Why a board parts from the host: whose settings its values were made with, where they tell."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from studio.core.errors import StudioError
from studio.core.text import gettext as _
from studio.core.text import mark
from studio.dataset.runs import Run
from studio.features.blocks import LogMel
from studio.features.choices import CHOICES, Choice, Value
from studio.features.front_ends import AnyFrontEnd, front_end_from_dict
from studio.live.compare import CAUSES, REMEDIES, Stage, Stages
from studio.live.live import LiveWindow
from studio.native.frontend import features, quantise

MOST_RUNS = 20  # of those looked through, newest first
SHIFTS = range(16)  # of the int8 input's scale
NAMES = {"low_hz": mark("Lowest frequency"), "high_hz": mark("Highest frequency")}  # the rest as the form has them
OTHER_RUN = mark("The board computes its features with the front end of another run of this project.")
OTHER_SCALE = mark("The board scales its features to int8 otherwise than the host.")


class Setting(NamedTuple):
    """What board and host each have of it, as text with its unit. name: translated."""

    name: str
    board: str
    host: str


@dataclass(frozen=True)
class Cause:
    """sentence, remedy: translated. settings: those that differ, or that would explain it and are equal."""

    sentence: str
    remedy: str
    settings: tuple[Setting, ...] = ()


def cause_of(window: LiveWindow, host: AnyFrontEnd, facts: Iterable[Setting], run: str, runs: Sequence[Run]) -> Cause:
    """window: one that has parted. host: the front end that the host has, of the run with the id `run`. facts: what
    else is known of both sides, such as the firmware. runs: all of the project, newest first: the board's values may
    be of one of them. Takes a few ms a run.
    """
    stage = window.parted or Stage.SAMPLES
    sentence, remedy = _(CAUSES[stage]), _(REMEDIES[stage])
    board = window.board_stages
    if board is not None and stage is Stage.FEATURES:
        for other in runs[:MOST_RUNS]:
            spec = _front_end(other)
            if spec is not None and _made_with(board, host, spec):
                whose = Setting(_("Settings from"), _name(other.id, runs), _name(run, runs))
                sentence = _(OTHER_RUN) if other.id != run else sentence
                return Cause(sentence, remedy, (*_apart(spec, host), whose))
    if board is not None and stage is Stage.QUANTISED:
        scale = _scale_of(board, host)
        if scale is not None:
            return Cause(_(OTHER_SCALE), remedy, _scales_apart(scale, host))
    return Cause(sentence, remedy, () if stage is Stage.SAMPLES else tuple(facts))


def _name(run: str, runs: Sequence[Run]) -> str:
    """As pages call it: by its number, from the first run on."""
    numbers = {each.id: len(runs) - place for place, each in enumerate(runs)}
    return _("run {n}").format(n=numbers[run]) if run in numbers else run


def _front_end(run: Run) -> AnyFrontEnd | None:
    try:
        return front_end_from_dict(run.front_end)
    except StudioError:
        return None


def _made_with(board: Stages, host: AnyFrontEnd, spec: AnyFrontEnd) -> bool:
    if spec == host or (spec.kind, spec.window_shape, spec.shape) != (host.kind, host.window_shape, host.shape):
        return False
    return bool(np.array_equal(features(board.samples, spec), board.features))


def _apart(board: AnyFrontEnd, host: AnyFrontEnd) -> tuple[Setting, ...]:
    """The choices of a front end that differ, in the order of the form."""
    both = ((choice, choice.of(board), choice.of(host)) for choice in CHOICES[host.kind])
    return tuple(
        Setting(_(NAMES.get(choice.key, choice.title)), _worded(choice, ours), _worded(choice, theirs))
        for choice, ours, theirs in both
        if ours != theirs
    )


def _worded(choice: Choice, value: Value) -> str:
    if isinstance(value, str):
        return next(_(option.title) for option in choice.options if option.value == value)
    return f"{value:,} {choice.unit}".rstrip().replace("-", "\N{MINUS SIGN}")


def _scale_of(board: Stages, host: AnyFrontEnd) -> AnyFrontEnd | None:
    """The scale and zero point that make the board's int8 input of its features, where one pair does."""
    for shift in SHIFTS:
        spec = replace(host, input_shift=shift, input_zero_point=0)
        off = board.input.astype(int) - quantise(board.features, spec)
        zero = int(np.median(off))
        if -128 <= zero <= 127:
            spec = replace(spec, input_zero_point=zero)
            if spec != host and np.array_equal(quantise(board.features, spec), board.input):
                return spec
    return None


def _scales_apart(board: AnyFrontEnd, host: AnyFrontEnd) -> tuple[Setting, ...]:
    step = [_step(spec) for spec in (board, host)]
    zero = [f"{spec.input_zero_point}".replace("-", "\N{MINUS SIGN}") for spec in (board, host)]
    rows = (Setting(_("One int8 step"), *step), Setting(_("Zero point"), *zero))
    return tuple(row for row in rows if row.board != row.host)


def _step(spec: AnyFrontEnd) -> str:
    """What one step of the model's int8 input is: of sound in dB, else in units of the features."""
    steps = 2**spec.input_shift
    return f"{spec.scale * steps:.3f} dB" if isinstance(spec, LogMel) else f"{steps:,}"
