"""Shots of Deploy: a model that fits, one that is on the board, one that is too large, and no model yet."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.ui.screenshots import Shot
from tests.ui.shots_frame import kitchen

if TYPE_CHECKING:
    from studio.ui.window import MainWindow

MODELS = Path(__file__).resolve().parents[3] / "shared" / "data" / "models"
LABELS = ["_background_", "_unknown_", "yes", "no"]


def with_run(folder: Path, model: str = "micro_speech_quantized.tflite", mels: int = 40, classes: int = 4) -> None:
    """A run as training would have left it."""
    from studio.dataset.runs import Run, begin_run, finish_run
    from studio.features.blocks import LogMel
    from studio.model.image import Decision

    kitchen(folder)
    run_id, partial = begin_run(folder / "runs")
    (partial / "model.tflite").write_bytes((MODELS / model).read_bytes())
    rule = Decision(3, 178, 1_000, 3_200, background=0, unknown=1).to_dict()
    labels = [*LABELS, *(f"word {n}" for n in range(5, classes + 1))]
    spec = LogMel(mels=mels).to_dict()
    finish_run(partial, Run(run_id, partial, labels, spec, rule, accuracy_float=0.94, accuracy_int8=0.93))


def with_larger_run(folder: Path) -> None:
    with_run(folder, "kws_ref_model.tflite", mels=10, classes=12)


def deploy(window: "MainWindow") -> Callable[[], bool]:
    window.session.choose_board("virtual:nano33ble", "Arduino Nano 33 BLE Sense (virtual)")
    window.show_page("deploy")
    page: Any = window.page("deploy")
    return lambda: page._found.survey is not None


def deploy_done(window: "MainWindow") -> Callable[[], bool]:
    ready = deploy(window)
    sent: list[bool] = []
    page: Any = window.page("deploy")

    def done() -> bool:
        if ready() and not sent:
            sent.append(True)
            window.commands.run("deploy.put")
        return bool("as expected" in page._band.text)

    return done


def deploy_too_large(window: "MainWindow") -> Callable[[], bool]:
    ready = deploy(window)
    window.session.choose_board("virtual:testboard64k", "Test board, 64 kB (virtual)")
    page: Any = window.page("deploy")
    return lambda: ready() and page._chosen == "testboard64k" and len(page._found.survey.boards) == 5


def deploy_empty(window: "MainWindow") -> None:
    window.show_page("deploy")


SHOTS = [
    Shot("deploy", deploy, with_larger_run),
    Shot("deploy-done", deploy_done, with_larger_run),
    Shot("deploy-error", deploy_too_large, with_run),
    Shot("deploy-empty", deploy_empty, kitchen),
]
