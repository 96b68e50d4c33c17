"""Shots of Evaluate for gestures and pictures, with a cell opened, and for a value, with a dot opened."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from tests.ui import kind_projects
from tests.ui.screenshots import Shot

if TYPE_CHECKING:
    from studio.ui.window import MainWindow


def matrix(window: "MainWindow") -> Callable[[], bool]:
    window.show_page("evaluate")
    page: Any = window.page("evaluate")
    opened: list[bool] = []

    def shown() -> bool:
        if not page._scored:
            return False
        if not opened:
            counts = np.array(page.confusion._found.confusion_int8)
            place = divmod(int(counts.argmax()), len(counts))
            page.confusion.matrix.open_cell(*place)
            opened.append(True)
        return len(page.confusion.cell.strip._thumbs) >= 4

    return shown


def values(window: "MainWindow") -> Callable[[], bool]:
    window.show_page("evaluate")
    page: Any = window.page("evaluate")
    opened: list[bool] = []

    def shown() -> bool:
        if not page._scored:
            return False
        if not opened:
            page.values.scatter._choose(7)
            opened.append(True)
        return len(page.values.cell.strip._thumbs) >= 4

    return shown


SHOTS = [
    Shot("evaluate-gesture", matrix, kind_projects.trained("gesture")),
    Shot("evaluate-image", matrix, kind_projects.trained("image")),
    Shot("evaluate-regression", values, kind_projects.trained("regression")),
]
