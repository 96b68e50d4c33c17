"""The worker: a process that imports TensorFlow once, then fits, converts and scores as it is asked.

Requests come as JSON lines on standard input, answers go as JSON lines to what was standard output; arrays lie as .npy
files in the folder that a request names. Whatever else is printed goes to standard error. It ends when its input does,
even in the midst of work, and so never outlives the studio; the folder for temporary files that its argument names, if
any, goes with it.

    {"do": "train", "folder": F, "front_end": {...}, "classes": N, "architecture": {...}, "recipe": {...},
     "strength": S}
        F/takes.npy int16 (takes, variants, *shape), F/truth.npy (takes,): int64 classes, or float64 values where
        "classes" is 0, F/calibration.npy and F/scored.npy int16 (n, *shape)  ->  F/model.tflite, F/model.keras,
        F/float_scores.npy float32 (n, classes), or (n, 1) values
        F/judged.npy int16 (n, *shape), F/judged_truth.npy (n,): watched after each epoch; n may be 0
    {"do": "score", "folder": F, "front_end": {...}, "model": PATH of a model.keras}
        F/scored.npy  ->  F/float_scores.npy

Answers: {"epoch": E, "of": N, "loss": L, "accuracy": A, "val_loss": L, "val_accuracy": A}, the last two where
something is watched, {"said": TEXT}, and last {"done": {...}} or {"failed": WHY}.
"""

import json
import os
import queue
import shutil
import signal
import sys
import threading
import traceback
from dataclasses import asdict
from pathlib import Path
from typing import Any, TextIO


def main() -> None:
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # TensorFlow's converter prints
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C is the parent's, which ends this process
    requests: queue.Queue[dict[str, Any]] = queue.Queue()
    threading.Thread(target=_read, args=(requests,), daemon=True).start()
    work = _Work(answers)
    _answer(answers, {"done": {"ready": True}})
    while True:
        request = requests.get()
        try:
            _answer(answers, {"done": work.do(request)})
        except Exception as error:  # noqa: BLE001  the parent tells the user
            traceback.print_exc()
            _answer(answers, {"failed": f"{type(error).__name__}: {error}"})


def _read(requests: "queue.Queue[dict[str, Any]]") -> None:
    for line in sys.stdin:
        requests.put(json.loads(line))
    for scratch in sys.argv[1:]:
        shutil.rmtree(scratch, ignore_errors=True)
    os._exit(0)


def _answer(answers: TextIO, value: dict[str, Any]) -> None:
    answers.write(json.dumps(value) + "\n")
    answers.flush()


class _Work:
    """What can be asked. Creating it imports TensorFlow, which takes seconds."""

    def __init__(self, answers: TextIO) -> None:
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
        os.environ.setdefault("KERAS_BACKEND", "tensorflow")
        os.environ["CUDA_VISIBLE_DEVICES"] = "-1"  # such small networks are faster without, and the same everywhere
        import tensorflow as tf

        tf.config.threading.set_intra_op_parallelism_threads(os.cpu_count() or 1)
        tf.config.threading.set_inter_op_parallelism_threads(1)
        tf.config.experimental.enable_op_determinism()
        self._answers = answers

    def do(self, request: dict[str, Any]) -> dict[str, Any]:
        if request["do"] == "train":
            return self._train(request)
        if request["do"] == "score":
            return self._score(request)
        raise ValueError(f"unknown request {request['do']!r}")

    def _train(self, request: dict[str, Any]) -> dict[str, Any]:
        import keras
        import numpy as np

        from studio.features.front_ends import front_end_from_dict
        from studio.features.vary import chance_for
        from studio.training.networks import input_shape, layers_of
        from studio.training.worker.architectures import build
        from studio.training.worker.convert import to_int8
        from studio.training.worker.fit import Recipe, fit
        from studio.training.worker.objectives import Predict, TellApart

        folder = Path(request["folder"])
        spec = front_end_from_dict(request["front_end"])
        recipe, chance = Recipe(**request["recipe"]), chance_for(spec, request["strength"])
        takes, truth = np.load(folder / "takes.npy", mmap_mode="r"), np.load(folder / "truth.npy")
        classes = request["classes"]
        objective = TellApart(classes, recipe.label_smoothing) if classes else Predict.of(truth)
        keras.backend.clear_session()  # names count anew, so that the same seed gives the same bytes
        keras.utils.set_random_seed(recipe.seed)
        shape = input_shape(request["architecture"], spec.shape)
        described = layers_of(request["architecture"], objective.outputs)
        model = build(shape, described, seed=recipe.seed, fused=True)
        history: list[dict[str, float]] = []

        def report(epoch: int, figures: dict[str, float]) -> None:
            history.append(figures)
            _answer(self._answers, {"epoch": epoch, "of": recipe.epochs, **figures})

        judged = np.load(folder / "judged.npy"), np.load(folder / "judged_truth.npy")
        fit(model, takes, truth, recipe, objective=objective, spec=spec, chance=chance, report=report, judged=judged)
        plain = build(shape, described)
        plain.set_weights(model.get_weights())
        scored = objective.finished(plain)
        scored.save(folder / "model.keras")
        self._write_scores(scored, spec, folder)
        _answer(self._answers, {"said": "converting"})
        (folder / "model.tflite").write_bytes(to_int8(scored, spec.to_float(np.load(folder / "calibration.npy")), spec))
        return {
            "history": history,
            "parameters": int(model.count_params()),
            "recipe": {**asdict(recipe), **asdict(chance)},
        }

    def _score(self, request: dict[str, Any]) -> dict[str, Any]:
        import keras

        from studio.features.front_ends import front_end_from_dict

        model = keras.saving.load_model(request["model"], compile=False)
        self._write_scores(model, front_end_from_dict(request["front_end"]), Path(request["folder"]))
        return {}

    @staticmethod
    def _write_scores(model: Any, spec: Any, folder: Path) -> None:
        import numpy as np

        inputs = spec.to_float(np.load(folder / "scored.npy")).reshape(-1, *model.inputs[0].shape[1:])
        scores = (
            model.predict(inputs, batch_size=256, verbose=0)
            if len(inputs)
            else np.zeros((0, model.outputs[0].shape[-1]))
        )
        np.save(folder / "float_scores.npy", scores.astype(np.float32))


if __name__ == "__main__":
    main()
