"""Shots of Train for gestures, pictures and a value: each with its networks and what is told of its runs."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from tests.ui import kind_projects
from tests.ui.screenshots import Shot

if TYPE_CHECKING:
    from studio.ui.window import MainWindow


def train(window: "MainWindow") -> Callable[[], bool]:
    window.show_page("train")
    page: Any = window.page("train")
    return lambda: bool(page.facts.runs and page._epochs)


SHOTS = [
    Shot("train-gesture", train, kind_projects.trained("gesture")),
    Shot("train-image", train, kind_projects.trained("image")),
    Shot("train-regression", train, kind_projects.trained("regression")),
]
