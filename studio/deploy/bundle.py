"""A run made ready for a board: the model image, what it needs, how often it decides, and what it costs."""

import contextlib
import hashlib
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from studio.boards.board_table import BoardRow, load_board
from studio.core.errors import StudioError
from studio.dataset.runs import Run, list_runs
from studio.deploy.sensing import lack_of
from studio.features.front_ends import FrontEnd, front_end_from_dict
from studio.link.messages import Hello
from studio.model.fit import Fit, Pace, fit, pace
from studio.model.image import Decision, build_image
from studio.model.plan import Plan, plan


@dataclass(frozen=True, eq=False)
class Bundle:
    """What `build` makes, for one board. fit: whether and how it fits there. decision: the image's rule, whose hop is
    that of `pace`. That it is too slow is no misfit: the time is an estimate, and the board tells the real one.
    """

    tflite: bytes
    image: bytes
    plan: Plan
    decision: Decision
    fit: Fit
    pace: Pace


def make_bundle(run: Run, board: BoardRow) -> Bundle:
    """Plans the run's model and packs it with its front end, classes, decision rule and a golden input.

    Does not raise where the board is too small: `fit.fits` and `fit.require()` tell. Images for two boards differ in
    nothing but the rule, which is the run's for the shortest hop that the board keeps up with.
    """
    tflite = run.tflite_path.read_bytes()
    return bundle_of(run, tflite, plan(tflite), board)


def bundle_of(run: Run, tflite: bytes, planned: Plan, board: BoardRow) -> Bundle:
    """As make_bundle, of a model that is read and planned already."""
    rules = decisions_of(run)
    front_end = front_end_from_dict(run.front_end)
    hops_ms = [1000 * rule.hop_samples / front_end.rate_hz for rule in rules]
    chosen = pace(planned.macs, board.clock_hz, hops_ms)
    rule = rules[hops_ms.index(chosen.hop_ms)]
    image = image_of(run, planned, rule)
    fits, lack = fit(image, planned, board), lack_of(front_end, board)
    if lack is not None:
        fits = replace(fits, misfits=(*fits.misfits, lack))
    return Bundle(tflite, image, planned, rule, fits, chosen)


def decisions_of(run: Run) -> list[Decision]:
    """The run's rules by rising hop, one at least. Raises InvalidInput."""
    return [Decision.from_dict(values) for values in (run.decision, *run.slower)]


def image_of(run: Run, planned: Plan, rule: Decision | None = None) -> bytes:
    """The run's model image. planned: of its `.tflite`. rule: one of the run's; the one with the shortest hop."""
    front_end = front_end_from_dict(run.front_end)
    return build_image(
        planned,
        front_end=front_end.pack(),
        classes=run.labels,
        decision=rule or decisions_of(run)[0],
        golden_input=golden_input(front_end),
    )


def golden_input(front_end: FrontEnd) -> NDArray[np.int8]:
    """A fixed int8 input of the front end's shape that reaches deep into the model: a random walk along all axes at
    once, as smooth as features are, over the whole range. White noise would saturate most networks and prove little.
    """
    walk = np.random.default_rng(1).integers(-8, 9, front_end.shape)
    for axis in range(walk.ndim):
        walk = walk.cumsum(axis=axis)
    low, high = int(walk.min()), int(walk.max())
    return ((walk - low) * 255 // max(1, high - low) - 128).astype(np.int8)


def bundle_for(run: Run, hello: Hello) -> Bundle:
    """The bundle for a board that has introduced itself. Raises NotFound for a board without a row, DoesNotFit,
    CannotSense.
    """
    bundle = make_bundle(run, load_board(hello.board))
    bundle.fit.require()
    return bundle


def run_of_image(runs_folder: Path, image_sha256: bytes) -> Run | None:
    """The run that an image was made of, for whichever board, newest first; None: it is of none of these."""
    for run in list_runs(runs_folder):
        with contextlib.suppress(StudioError, OSError):  # a run that makes no image has not made this one
            planned = plan(run.tflite_path.read_bytes())
            images = (image_of(run, planned, rule) for rule in decisions_of(run))
            if any(hashlib.sha256(image).digest() == image_sha256 for image in images):
                return run
    return None
