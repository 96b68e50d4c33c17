"""Features of movement, of pictures and of a slow sensor: each step is what a board computes, and variants are seen."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from studio.core.csv_file import CsvWriter
from studio.core.picture_file import png
from studio.dataset.importing import import_folder
from studio.dataset.project import create_project
from studio.dataset.settings import read_settings
from studio.features.picture_reference import fit_picture
from studio.features.reference import features as reference_features
from studio.native.frontend import quantise
from studio.ui.window import MainWindow

Opened = Callable[..., MainWindow]
IMU = ("ax", "ay", "az", "gx", "gy", "gz")
LONG_MS = 15_000


def write_rows(path: Path, channels: tuple[str, ...], rows: np.ndarray, rate_hz: float) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    writer = CsvWriter(path, channels)
    writer.append((np.arange(len(rows)) * 1e6 / rate_hz).astype(np.int64), rows)
    writer.close()


def gestures(takes: Path) -> None:
    """Shaken to and fro, along another axis for each of two gestures."""
    rng, at = np.random.default_rng(1), np.arange(150) / 119
    for axis, label in enumerate(("push", "lift")):
        for take in range(4):
            rows = rng.normal(0, 0.01, (150, 6))
            rows[:, 2] += 1
            rows[:, axis] += 0.8 * np.sin(2 * np.pi * 3 * at) * np.hanning(150)
            rows[:, 3 + axis] += 90 * np.cos(2 * np.pi * 3 * at) * np.hanning(150)
            write_rows(takes / label / f"p{take % 2}_nohash_{take}.csv", IMU, np.round(rows, 4), 119)


def pictures(takes: Path) -> None:
    rng = np.random.default_rng(1)
    for label, level in (("dark", 60), ("light", 180)):
        (takes / label).mkdir(parents=True)
        for take in range(3):
            pixels = rng.integers(level - 40, level + 40, (90, 120)).astype(np.uint8)
            (takes / label / f"p{take}_nohash_{take}.png").write_bytes(png(pixels))


def readings(takes: Path) -> None:
    takes.mkdir(parents=True)
    rng = np.random.default_rng(1)
    lines = ["t_us,temperature,humidity,pressure,value"]
    for row in range(40):
        celsius, humidity = rng.uniform(5, 30), rng.uniform(20, 90)
        lines.append(f"{row * 1_000_000},{celsius:.2f},{humidity:.1f},1000.0,{celsius - humidity / 10:.2f}")
    (takes / "room.csv").write_text("\n".join(lines) + "\n")


MAKERS = {"gesture": gestures, "image": pictures, "regression": readings}


@pytest.fixture
def opened(open_window: Opened, tmp_path: Path, qtbot: QtBot) -> Callable[[str], Any]:
    """The page with a project of a template."""

    def make(template: str) -> Any:
        MAKERS[template](tmp_path / "takes")
        with create_project(tmp_path / "project", template) as project:
            import_folder(project, tmp_path / "takes")
        window = open_window(tmp_path / "project")
        window.show_page("features", by_key=True)
        page: Any = window.page("features")
        qtbot.waitUntil(lambda: page._varied is not None and settled(page), timeout=LONG_MS)
        return page

    return make


def settled(page: Any) -> bool:
    return not (page._finding.busy or page._seeing.busy or page._varying.busy or page._keeper.waiting)


def check_steps(page: Any) -> None:
    """What is shown of the window is what the NumPy model makes of it, and the int8 input is that, scaled."""
    looked, spec = page.steps.looked, page._seen.spec
    window = looked.steps.samples
    seen = reference_features(window[None], spec.pack()).reshape(spec.shape)
    np.testing.assert_array_equal(looked.steps.features, seen)
    np.testing.assert_array_equal(looked.steps.input, quantise(seen, spec))


def test_movement_is_seen_from_its_rows_to_the_models_input(opened: Callable[[str], Any], qtbot: QtBot):
    page = opened("gesture")
    check_steps(page)
    figures = page.steps.figures
    assert {each.example.label for each in page._seen.looked} == {"push", "lift"}
    assert figures.figures[0].dimensions.text == "119 × 6 × int16"
    assert [figure.isVisible() for figure in figures.figures] == [True, True, False, True]  # no mean is removed
    picture = figures.input
    rect = picture.cell_rect(60, 5)  # the uppermost band is the first channel
    qtbot.mouseClick(picture, Qt.MouseButton.LeftButton, pos=QPoint(round(rect.center().x()), round(rect.center().y())))
    assert page.steps.cell == (60, 0)
    count = int(page.steps.looked.steps.samples[60, 0])
    said = f"{count * page._seen.sensor.scales[0]:.2f}".replace("-", "−")
    assert figures.figures[0].foot.text == f"ax {said} g at 0.50 s"
    qtbot.keyClick(picture, Qt.Key.Key_Right)
    assert page.steps.cell == (61, 0)


def test_what_cannot_be_heard_has_no_button_to_play_it(opened: Callable[[str], Any]):
    page = opened("gesture")
    assert not page.steps.play.isVisible()
    assert not any(card.play.isVisible() for card in page.variants.cards)
    assert not page.shell.commands.action("features.play").isEnabled()
    assert page.shell.commands.action("features.dice").isEnabled()


def test_another_front_end_is_chosen_shown_kept_and_undone(opened: Callable[[str], Any], qtbot: QtBot):
    page = opened("gesture")
    kind = page.form.kind
    assert [kind.itemData(i) for i in range(kind.count())] == ["motion_raw", "motion_statistics"]
    kind.setFocus()
    qtbot.keyClick(kind, Qt.Key.Key_Down)
    qtbot.waitUntil(lambda: settled(page) and page._seen.spec.kind == "motion_statistics", timeout=LONG_MS)
    check_steps(page)
    assert list(page.form.fields) == ["window_ms", "bands", "low_hz", "high_hz", "floor_db"]
    assert page.variants._takes[0].isVisible()
    page.steps.figures.point(1, 6)  # the second band of ay
    assert page.steps.figures.figures[2].foot.text.startswith("band 2, ")
    qtbot.waitUntil(lambda: read_settings(page._folder).front_end_kind == "motion_statistics", timeout=LONG_MS)
    window = page.window()
    qtbot.waitUntil(lambda: window.notices.notice is not None and bool(window.notices.notice.acts))
    qtbot.keyClick(window.focusWidget(), Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: settled(page) and page._seen.spec.kind == "motion_raw", timeout=LONG_MS)
    assert kind.currentData() == "motion_raw"


def test_variants_of_a_movement_are_drawn_by_the_seed_and_say_what_was_done(opened: Callable[[str], Any], qtbot: QtBot):
    page = opened("gesture")
    takes = page._varied.takes
    assert len({take.samples.tobytes() for take in takes}) == 5
    assert "turned by" in " ".join(line.text for line in page.variants.cards[1].lines)
    page.variants.seed_box.setValue(9)
    qtbot.waitUntil(lambda: settled(page) and page._varied.takes[1].samples.tobytes() != takes[1].samples.tobytes())
    np.testing.assert_array_equal(page._varied.takes[0].samples, takes[0].samples)
    page.variants.slider.setValue(0)
    qtbot.waitUntil(lambda: settled(page) and page._varied.takes[1].drawn.rotation_deg == 0, timeout=LONG_MS)
    assert "turned by" not in " ".join(line.text for line in page.variants.cards[1].lines)


def test_a_picture_is_seen_whole_with_what_the_model_sees_of_it(opened: Callable[[str], Any], qtbot: QtBot):
    page = opened("image")
    check_steps(page)
    looked, spec, figures = page.steps.looked, page._seen.spec, page.steps.figures
    assert looked.whole.shape == (90, 120)
    np.testing.assert_array_equal(looked.steps.samples, fit_picture(looked.whole, spec.pack()))
    assert figures._frame == (15, 0, 90, 90)  # the middle of it
    figures.whole.pointed.emit(15, 0)
    assert page.steps.cell == (0, 0)
    assert figures.figures[1].foot.text == f"column 0, row 0: {looked.steps.samples[0, 0]}"
    assert "window_ms" not in page.form.fields
    page.form.fields["width"].setValue(48)
    page.form.fields["height"].setValue(48)
    qtbot.waitUntil(lambda: settled(page) and page._seen.spec.shape == (48, 48), timeout=LONG_MS)
    check_steps(page)
    qtbot.waitUntil(lambda: page._varied.takes[0].input.shape == (48, 48), timeout=LONG_MS)


def test_a_slow_sensors_reading_has_its_values_and_its_label_the_unit(opened: Callable[[str], Any]):
    page = opened("regression")
    check_steps(page)
    steps = page.steps.looked.steps
    assert steps.samples.shape == (1, 3)
    celsius = steps.samples[0, 0] * page._seen.sensor.scales[0]
    page.steps.figures.point(0, 0)
    assert page.steps.figures.figures[0].foot.text == f"temperature {celsius:.2f} C"
    values = [float(each.example.label) for each in page._seen.looked]
    assert values == sorted(values)
    assert {cell.style.hue for cell in page.steps.strip._cells} == {None}  # values are no classes
