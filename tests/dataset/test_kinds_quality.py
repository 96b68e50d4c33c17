"""What `check` says of tables of movement, of values, and of pictures."""

from dataclasses import replace

import numpy as np
import pytest

from studio.core.picture_file import png
from studio.dataset.formats.layout import How
from studio.dataset.importing import import_folder
from studio.dataset.project import create_project
from studio.dataset.quality import check, check_takes

AXES = ("ax", "ay", "az", "gx", "gy", "gz")


def moved(count, seed=0):
    values = np.random.default_rng(seed).normal(0, (0.2, 0.2, 0.2, 30, 30, 30), (count, 6))
    values[:, 2] += 1
    return np.round(values, 3)


def table(path, rows, names=AXES):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(",".join(map(str, row)) for row in (names, *rows)) + "\n")


def told(project):
    """(kind, name of the recording without suffix) of all findings about one."""
    return {(f.kind, f.where.rpartition("/")[2].rpartition(".")[0]) for f in check(project) if "/" in f.where}


@pytest.fixture
def scene():
    """A picture with edges, of a seed."""

    def make(seed, width=128, height=128):
        tiles = np.random.default_rng(seed).integers(40, 216, (8, 8), dtype=np.uint8)
        return np.kron(tiles, np.ones((height // 8, width // 8), np.uint8))

    return make


def test_movement_that_stands_still_is_clipped_short_or_of_another_rate_is_named(tmp_path):
    folder = tmp_path / "in" / "wave"
    table(folder / "good.csv", moved(100, 1))
    flat, hit = moved(100, 2), moved(100, 3)
    flat[:, 4] = 0
    hit[:10, 0] = 4.0
    table(folder / "flat.csv", flat)
    table(folder / "hit.csv", hit)
    table(folder / "short.csv", moved(30, 4))
    table(folder / "slow.csv", [(i * 20, *row) for i, row in enumerate(moved(100, 5))], ("timestamp", *AXES))
    with create_project(tmp_path / "wand", "gesture") as project:
        import_folder(project, tmp_path / "in", How(rate_hz=100))
        assert told(project) == {
            ("flat", "wave_flat"),
            ("clipped", "wave_hit"),
            ("short", "wave_short"),
            ("rate", "wave_slow"),
        }
        assert told(project) == told(project)  # from what was kept of the first time
        rows = project.catalogue.recordings()
        takes = {row.path.stem: check_takes(project.catalogue, [row])[row.id].kind for row in rows}
        assert (takes["wave_good"], takes["wave_flat"]) == ("good", "flat")
        listed = {row.path.stem: row.quality for row in project.catalogue.segments()}
        assert (listed["wave_good"], listed["wave_flat"], listed["wave_hit"]) == ("good", "flat", "clipped")


def test_the_same_movement_under_another_name_is_a_copy(tmp_path):
    rows = moved(100)
    table(tmp_path / "in" / "wave" / "a.csv", rows)
    table(tmp_path / "in" / "turn" / "c.csv", [(i * 11, *row) for i, row in enumerate(rows)], ("timestamp", *AXES))
    with create_project(tmp_path / "wand", "gesture") as project:
        import_folder(project, tmp_path / "in", How(rate_hz=100))
        copies = [f for f in check(project) if f.kind == "copy"]
    assert [(f.severity, "another label" in f.says) for f in copies] == [("warning", True)]


def test_pictures_that_are_dark_bright_blurred_empty_small_or_copies_are_named(tmp_path, scene):
    import cv2

    folder = tmp_path / "in" / "cat"
    folder.mkdir(parents=True)
    pictures = {
        "good": scene(1),
        "dark": scene(2) // 24,
        "bright": np.maximum(scene(3), np.where(scene(4) > 90, 255, 0)).astype(np.uint8),
        "blurred": cv2.GaussianBlur(scene(5, 512, 512), (0, 0), 60),
        "empty": np.full((128, 128), 128, np.uint8),
        "small": scene(6, 40, 40),
        "twin": cv2.resize(scene(1), (160, 160), interpolation=cv2.INTER_LINEAR),
    }
    for name, pixels in pictures.items():
        (folder / f"{name}.png").write_bytes(png(pixels))
    with create_project(tmp_path / "eyes", "image") as project:
        import_folder(project, tmp_path / "in")
        found = told(project)
    assert found == {
        ("dark", "cat_dark"),
        ("bright", "cat_bright"),
        ("blurred", "cat_blurred"),
        ("flat", "cat_empty"),
        ("small", "cat_small"),
        ("copy", "cat_twin"),
    }


def test_movement_without_a_channel_that_the_model_is_given_is_named(tmp_path):
    table(tmp_path / "in" / "wave" / "good.csv", moved(100, 1))
    with create_project(tmp_path / "wand", "gesture") as project:
        import_folder(project, tmp_path / "in", How(rate_hz=100))
        sensor = project.settings.sensor
        wider = replace(
            sensor, channels=(*sensor.channels, "mx"), units=(*sensor.units, "uT"), scales=(*sensor.scales, 1)
        )
        project.change_settings(sensor=wider)
        assert [(f.kind, f.severity) for f in check(project) if "/" in f.where] == [("channels", "error")]


@pytest.mark.parametrize(
    ("values", "kind"), [([20.0] * 150, "one-value"), (list(range(20)), "few-takes"), (list(range(150)), None)]
)
def test_values_of_which_nothing_can_be_learnt_are_named(tmp_path, values, kind):
    rows = [(i, 20 + i / 10, 50 + i / 7, 1000 + i / 9, value) for i, value in enumerate(values)]
    table(tmp_path / "in" / "a.csv", rows, ("time", "temperature", "humidity", "pressure", "value"))
    with create_project(tmp_path / "weather", "regression") as project:
        import_folder(project, tmp_path / "in")
        assert {f.kind for f in check(project)} == ({kind} if kind else set())


def test_a_file_that_was_changed_or_lost_is_named(tmp_path):
    for seed, name in enumerate("abc"):
        table(tmp_path / "in" / "wave" / f"{name}.csv", moved(100, seed))
    with create_project(tmp_path / "wand", "gesture") as project:
        import_folder(project, tmp_path / "in", How(rate_hz=100))
        first, second, third = (row.path for row in project.catalogue.recordings())
        first.unlink()
        second.write_text("t_us,ax\nnothing\n")
        with third.open("a") as file:
            file.write("990000,0,0,1,0,0,0\n")
        kinds = {f.where.rpartition("/")[2]: f.kind for f in check(project) if "/" in f.where}
    assert kinds == {"wave_a.csv": "missing", "wave_b.csv": "unreadable", "wave_c.csv": "changed"}
