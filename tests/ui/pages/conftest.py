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


@pytest.fixture(scope="session")
def spoken_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `project`, gliding tones for two words by three people, and a small run that kept P03 out; and
    `stream.wav` with its truth `stream.txt`, both words in turn. Not to be changed: copy it.
    """
    import numpy as np
    import soundfile

    from studio.dataset.importing import import_folder
    from studio.dataset.project import create_project
    from studio.training.trainer import train

    folder, rng = tmp_path_factory.mktemp("spoken"), np.random.default_rng(1)

    def tone(low_hz: float, high_hz: float) -> "np.ndarray":
        glide = np.linspace(low_hz, high_hz, 6_000) * rng.uniform(0.95, 1.05)
        said = 6_000 * np.sin(2 * np.pi * np.cumsum(glide) / 16_000) * np.hanning(6_000)
        return (said + rng.normal(0, 15, len(said))).astype(np.int16)

    words = {"fall": (2_400.0, 500.0), "rise": (500.0, 2_400.0)}
    for word, hz in words.items():
        (folder / "takes" / word).mkdir(parents=True)
        for person in ("P01", "P02", "P03"):
            for take in range(6):
                soundfile.write(folder / "takes" / word / f"{person}_nohash_{take}.wav", tone(*hz), 16_000)
    pieces, marks, at = [], [], 0.0
    for word in ("fall", "rise") * 6:
        quiet = rng.normal(0, 15, 32_000).astype(np.int16)
        marks.append(f"{at + 2:.3f}\t{at + 2.375:.3f}\t{word}")
        pieces += [quiet, tone(*words[word])]
        at += 2.375
    soundfile.write(folder / "stream.wav", np.concatenate(pieces), 16_000)
    (folder / "stream.txt").write_text("\n".join(marks) + "\n", encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TINYML_STUDIO_HOME", str(folder / "home"))
        with create_project(folder / "project") as project:
            import_folder(project, folder / "takes")
            train(project, quick=True, preset="small", hold_out=["P03"])
    return folder
