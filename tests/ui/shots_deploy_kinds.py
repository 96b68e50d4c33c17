"""Shots of Deploy for gestures, pictures and a value: boards without the sensor say so."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from tests.ui import kind_projects
from tests.ui.screenshots import Shot

if TYPE_CHECKING:
    from studio.ui.window import MainWindow


def deploy(window: "MainWindow") -> Callable[[], bool]:
    window.show_page("deploy")
    page: Any = window.page("deploy")
    return lambda: page._found.survey is not None


SHOTS = [
    Shot("deploy-gesture", deploy, kind_projects.trained("gesture")),
    Shot("deploy-image", deploy, kind_projects.trained("image")),
    Shot("deploy-regression", deploy, kind_projects.trained("regression")),
]
