"""Shots of Learn beside the pages: the first card, and one further on."""

import importlib.util
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.ui.screenshots import Shot

if TYPE_CHECKING:
    from studio.ui.window import MainWindow

HERE = Path(__file__).resolve().parent


def _module(name: str) -> Any:
    spec = importlib.util.spec_from_file_location(f"{name}_for_learn", HERE / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


_label, _features = _module("shots_label"), _module("shots_features")


def with_learn(arrange: "Callable[[MainWindow], Callable[[], bool]]", card: int = 0) -> Callable[[Any], Any]:
    def shown(window: Any) -> Callable[[], bool]:
        window.commands.run("learn")
        ready = arrange(window)
        for _card in range(card):
            window._learn._turn(1)
        return lambda: ready() and bool(window._learn._facts)

    return shown


SHOTS = [
    Shot("learn-features", with_learn(_features.features, 2), _features.spoken),
    Shot("learn-label", with_learn(_label.label), _label.label_project),
]
