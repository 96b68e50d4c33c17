"""Views are shown off screen, in the light theme; a Qt warning fails a test."""

from concurrent.futures import Future

import numpy as np
import pytest


@pytest.fixture(autouse=True)
def light(themed, own_home):
    """Every test begins in the light theme."""


@pytest.fixture
def show(qtbot):
    """Shows a view at a size, painted."""

    def shown(view, width, height):
        qtbot.addWidget(view)
        view.resize(width, height)
        view.show()
        qtbot.waitExposed(view)
        view.grab()
        return view

    return shown


@pytest.fixture
def tone():
    """int16 (n,): two seconds at 16 kHz, silent but for a tone of 1 kHz from 0.5 s to 1 s."""
    samples = np.zeros(32_000, np.int16)
    at = np.arange(8000)
    samples[8000:16_000] = np.round(16_000 * np.sin(2 * np.pi * at * 1000 / 16_000))
    return samples


@pytest.fixture
def settled():
    def made(value):
        future: Future[object] = Future()
        future.set_result(value)
        return future

    return made
