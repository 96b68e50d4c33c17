"""Shots of Deploy: a model that fits, one that is on the board, one that is too large, and no model yet."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from tests.ui.screenshots import Shot
from tests.ui.shots_frame import kitchen
from tests.ui.shots_train import with_runs

if TYPE_CHECKING:
    from studio.ui.window import MainWindow


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


def deploy_no_board(window: "MainWindow") -> Callable[[], bool]:
    window.show_page("deploy")
    page: Any = window.page("deploy")
    return lambda: page._found.survey is not None


def deploy_empty(window: "MainWindow") -> None:
    window.show_page("deploy")


SHOTS = [
    Shot("deploy", deploy, with_runs),
    Shot("deploy-done", deploy_done, with_runs),
    Shot("deploy-error", deploy_too_large, with_runs),
    Shot("deploy-no-board", deploy_no_board, with_runs),
    Shot("deploy-empty", deploy_empty, kitchen),
]
