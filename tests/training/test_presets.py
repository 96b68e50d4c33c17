"""What a preset is said to need, beside the plan of the network that the worker builds of it."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from studio.core.errors import NotFound
from studio.features.front_ends import front_end_from_dict
from studio.features.motion import MotionRaw
from studio.features.picture import PictureInput
from studio.features.readings import Readings
from studio.model.image import build_image
from studio.model.plan import plan
from studio.training.presets import find_preset, preset_of, presets_of, sizes_of

CASES = [
    ("gesture", "medium", MotionRaw().to_dict(), 6),
    ("gesture", "dense", MotionRaw().to_dict(), 6),
    ("image", "medium", PictureInput().to_dict(), 2),
    ("image", "mobilenet_v2", PictureInput(width=48, height=48).to_dict(), 3),
    ("regression", "medium", Readings(clip_samples=4).to_dict(), 1),
]
# TensorFlow is for processes of their own.
WORKER = """
import json, sys
from pathlib import Path
import numpy as np
from studio.features.front_ends import front_end_from_dict
from studio.training.networks import input_shape, layers_of
from studio.training.presets import find_preset
from studio.training.worker.architectures import build, with_softmax
from studio.training.worker.convert import to_int8
for number, (template, name, front_end, outputs) in enumerate(json.loads(sys.argv[1])):
    spec, preset = front_end_from_dict(front_end), find_preset(name, template)
    model = build(input_shape(preset.architecture, spec.shape), layers_of(preset.architecture, outputs))
    inputs = np.random.default_rng(1).uniform(*spec.input_limits, (4, *spec.shape)).astype(np.float32)
    content = to_int8(with_softmax(model) if outputs > 1 else model, inputs, spec)
    (Path(sys.argv[2]) / f"{number}.tflite").write_bytes(content)
"""


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    folder = tmp_path_factory.mktemp("models")
    command = [sys.executable, "-c", WORKER, json.dumps(CASES), str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=Path(__file__).parents[2])
    assert done.returncode == 0, done.stderr[-2_000:]
    return [(folder / f"{number}.tflite").read_bytes() for number in range(len(CASES))]


@pytest.mark.parametrize("number", range(len(CASES)), ids=lambda number: "-".join(CASES[number][:2]))
def test_what_a_network_is_said_to_need_is_what_its_plan_needs(models: list[bytes], number: int):
    template, name, front_end, outputs = CASES[number]
    spec = front_end_from_dict(front_end)
    planned = plan(models[number])
    sizes = sizes_of(find_preset(name, template), spec.shape, outputs, len(spec.pack()))
    assert (sizes.macs, sizes.arena_bytes) == (planned.macs, planned.arena_bytes)
    zeros = np.zeros(spec.shape, np.int8)
    classes = [str(i) for i in range(outputs)]
    image = build_image(planned, front_end=spec.pack(), classes=classes, golden_input=zeros)
    assert abs(sizes.image_bytes - len(image)) < max(0.02 * len(image), 128)


def test_a_template_has_its_own_networks_and_statistics_no_convolution():
    assert find_preset("medium").architecture == {"name": "ds_cnn", "filters": 64, "blocks": 4}
    assert find_preset("mobilenet_v1", "image").architecture["width"] == 0.25
    assert all(preset.architecture["name"] == "dense" for preset in presets_of("gesture", "motion_statistics"))
    with pytest.raises(NotFound, match="mobilenet_v1"):
        find_preset("mobilenet_v1", "gesture")


def test_a_run_knows_the_preset_it_was_made_with():
    for template in ("keyword", "gesture", "image", "regression"):
        for preset in presets_of(template):
            assert preset_of(json.loads(json.dumps(preset.architecture))) == preset
    assert preset_of({"filters": 64, "blocks": 4}) == find_preset("medium")  # of an older run
    assert preset_of({"filters": 17, "blocks": 4}) is None
