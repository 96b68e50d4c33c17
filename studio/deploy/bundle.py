"""A run made ready for a board: the model image, what it needs, and what it costs."""

import contextlib
import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from studio.boards.board_table import BoardRow, load_board
from studio.core.errors import StudioError
from studio.dataset.runs import Run, list_runs
from studio.features.blocks import LogMel
from studio.link.messages import Hello
from studio.model.fit import Fit, fit
from studio.model.image import Decision, build_image
from studio.model.plan import Plan, plan


@dataclass(frozen=True, eq=False)
class Bundle:
    """What `build` makes. `fit` says whether and how it fits the board it was made for."""

    tflite: bytes
    image: bytes
    plan: Plan
    fit: Fit


def make_bundle(run: Run, board: BoardRow) -> Bundle:
    """Plans the run's model and packs it with its front end, classes, decision rule and a golden input.

    Does not raise where the board is too small: `fit.fits` and `fit.require()` tell. The image is the same for all.
    """
    tflite = run.tflite_path.read_bytes()
    planned = plan(tflite)
    image = image_of(run, planned)
    return Bundle(tflite, image, planned, fit(image, planned, board))


def image_of(run: Run, planned: Plan) -> bytes:
    """The run's model image. planned: of its `.tflite`."""
    front_end = LogMel.from_dict(run.front_end)
    return build_image(
        planned,
        front_end=front_end.pack(),
        classes=run.labels,
        decision=Decision.from_dict(run.decision),
        golden_input=golden_input(front_end),
    )


def golden_input(front_end: LogMel) -> NDArray[np.int8]:
    """A fixed int8 input (frames, mels) that reaches deep into the model: a random walk along both axes at once, as
    smooth as features are, over the whole range. White noise would saturate most networks and prove little.
    """
    steps = np.random.default_rng(1).integers(-8, 9, (front_end.frames, front_end.mels))
    walk = steps.cumsum(axis=0).cumsum(axis=1)
    low, high = int(walk.min()), int(walk.max())
    return ((walk - low) * 255 // (high - low) - 128).astype(np.int8)


def bundle_for(run: Run, hello: Hello) -> Bundle:
    """The bundle for a board that has introduced itself. Raises NotFound for a board without a row, DoesNotFit."""
    bundle = make_bundle(run, load_board(hello.board))
    bundle.fit.require()
    return bundle


def run_of_image(runs_folder: Path, image_sha256: bytes) -> Run | None:
    """The run that an image was made of, newest first; None: it is of none of these."""
    for run in list_runs(runs_folder):
        with contextlib.suppress(StudioError, OSError):  # a run that makes no image has not made this one
            if hashlib.sha256(image_of(run, plan(run.tflite_path.read_bytes()))).digest() == image_sha256:
                return run
    return None
