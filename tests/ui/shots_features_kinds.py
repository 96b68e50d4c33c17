"""Shots of Features for movement, as it is and as figures, for pictures and for a slow sensor."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.ui import kind_projects
from tests.ui.screenshots import Shot

if TYPE_CHECKING:
    from studio.ui.window import MainWindow


def features(window: "MainWindow") -> Callable[[], bool]:
    window.show_page("features")
    page: Any = window.page("features")
    page.variants.seed_box.setValue(41)
    chosen: list[int] = []

    def ready() -> bool:
        if page._seen is None:
            return False
        if not chosen:
            chosen.append(min(3, len(page._seen.looked) - 1))
            page.steps.strip.choose(chosen[0])
        return page._varied is not None and not page._varying.busy

    return ready


def statistics(folder: Path) -> None:
    from studio.dataset.settings import change_settings

    kind_projects.of("gesture")(folder)
    change_settings(folder, front_end_kind="motion_statistics", front_end={})


SHOTS = [
    Shot("features-gesture", features, kind_projects.of("gesture")),
    Shot("features-figures", features, statistics),
    Shot("features-image", features, kind_projects.of("image")),
    Shot("features-regression", features, kind_projects.of("regression")),
]
