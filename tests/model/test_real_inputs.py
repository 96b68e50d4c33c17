"""Other people's models on what they were made for: gestures and photographs, every operator beside the wheel.

Noise saturates most networks; these inputs go as deep as they do at work.
"""

import csv
import itertools

import numpy as np
import pytest

from studio.model.peers import compare_with_tflm, run_core
from studio.model.plan import plan

ROWS = 119  # of a gesture in the files
EACH = 3  # gestures, or photographs, of a class


def gestures(folder):
    """(n, 119, 6) in 0..1 for 4 g and 2,000 degrees/s either way, as the model's author scales them."""
    taken = []
    for path in sorted(folder.glob("*.csv")):
        with path.open() as lines:
            rows = itertools.islice(csv.reader(lines), 1, 1 + EACH * ROWS)
            taken.append(np.array(list(rows), np.float64).reshape(EACH, ROWS, 6))
    counts = np.concatenate(taken)
    return np.clip((counts / ([4.0] * 3 + [2000.0] * 3) + 1) / 2, 0, 1)


def photographs(folder, side, scale):
    """(n, side, side, 3) of person and not_person by turns, in counts of `scale` to 255."""
    import cv2

    pictures = []
    for label in ("person", "not_person"):
        for path in sorted((folder / label).iterdir())[:EACH]:
            picture = cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB)
            pictures.append(cv2.resize(picture, (side, side), interpolation=cv2.INTER_AREA))
    return np.array(pictures) * scale


def quantised(planned, values):
    return np.clip(np.round(values / planned.input.scale) + planned.input.zero_point, -128, 127).astype(np.int8)


@pytest.mark.parametrize("name", ["wand_gestures_int8", "vww_96_int8", "ic_resnet_int8"])
def test_every_operator_equals_tflm_on_what_the_model_was_made_for(shared_data, tflm, name):
    tflite = (shared_data / "models" / f"{name}.tflite").read_bytes()
    planned = plan(tflite)
    values = {
        "wand_gestures_int8": lambda: gestures(shared_data / "gestures-wand"),
        "vww_96_int8": lambda: photographs(shared_data / "person-patches", 96, 1 / 255),
        "ic_resnet_int8": lambda: photographs(shared_data / "person-patches", 32, 1.0),
    }[name]()
    inputs = quantised(planned, values)
    found = compare_with_tflm(planned, tflite, inputs)
    assert (found.inputs, found.differing, found.first) == (len(inputs), 0, None)
    # Were every answer the same, it would prove little.
    assert len(np.unique(run_core(tflite, inputs), axis=0)) > len(inputs) // 2
