"""A run made ready for a board: the model image, what it needs, and what it costs."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from studio.boards.board_table import BoardRow, load_board
from studio.core.files import write_bytes, write_json
from studio.dataset.runs import Run
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

    Does not raise where the board is too small: `fit.fits` and `fit.require()` tell.
    """
    tflite = run.tflite_path.read_bytes()
    planned = plan(tflite)
    front_end = LogMel.from_dict(run.front_end)
    image = build_image(
        planned,
        front_end=front_end.pack(),
        classes=run.labels,
        decision=Decision.from_dict(run.decision),
        golden_input=golden_input(front_end),
    )
    return Bundle(tflite, image, planned, fit(image, planned, board))


def golden_input(front_end: LogMel) -> NDArray[np.int8]:
    """A fixed int8 input (frames, mels) that reaches deep into the model: a random walk along both axes at once, as
    smooth as features are, over the whole range. White noise would saturate most networks and prove little.
    """
    steps = np.random.default_rng(1).integers(-8, 9, (front_end.frames, front_end.mels))
    walk = steps.cumsum(axis=0).cumsum(axis=1)
    low, high = int(walk.min()), int(walk.max())
    return ((walk - low) * 255 // (high - low) - 128).astype(np.int8)


def write_bundle(bundle: Bundle, run: Run, folder: Path) -> Path:
    """Writes model.tflite, model.image and bundle.json into `folder`. Returns the image's path."""
    folder.mkdir(parents=True, exist_ok=True)
    image_path = folder / "model.image"
    write_bytes(folder / "model.tflite", bundle.tflite)
    write_bytes(image_path, bundle.image)
    write_json(
        folder / "bundle.json",
        {
            "run": run.id,
            "board": bundle.fit.board,
            "labels": run.labels,
            "image_sha256": hashlib.sha256(bundle.image).hexdigest(),
            "image_bytes": len(bundle.image),
            "arena_bytes": bundle.plan.arena_bytes,
        },
    )
    return image_path


def bundle_for(run: Run, hello: Hello) -> Bundle:
    """The bundle for a board that has introduced itself. Raises NotFound for a board without a row, DoesNotFit."""
    bundle = make_bundle(run, load_board(hello.board))
    bundle.fit.require()
    return bundle
