"""What pages work on: projects with a trained run, made without training."""

from pathlib import Path

import pytest

from studio.dataset.runs import Run

RULE = {"smooth": 2, "threshold": 150, "refractory_ms": 600, "hop_samples": 3_300, "background": 0, "unknown": 1}


@pytest.fixture
def trained(project_folder: Path, shared_data: Path) -> Run:
    """A run in `project_folder`, as training would have left it: a small network, 49 x 40 to four classes."""
    from studio.dataset.runs import begin_run, finish_run
    from studio.features.blocks import LogMel

    run_id, partial = begin_run(project_folder / "runs")
    (partial / "model.tflite").write_bytes((shared_data / "models/micro_speech_quantized.tflite").read_bytes())
    labels = ["_background_", "_unknown_", "yes", "no"]
    run = Run(run_id, partial, labels=labels, front_end=LogMel().to_dict(), decision=RULE, accuracy_int8=0.93)
    return finish_run(partial, run)
