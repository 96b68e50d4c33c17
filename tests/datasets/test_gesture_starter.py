"""The gesture starter data: simulated arms obey mechanics, and others than those that train are kept apart."""

import numpy as np
import pytest
from studio_datasets.gesture_starter.arm import RATE_HZ, draw_arm, joined, measured, push, rest, turned
from studio_datasets.gesture_starter.make import BACKGROUND, make

from studio.core.csv_file import read_csv
from studio.core.errors import Cancelled
from studio.core.samples import IMU
from studio.dataset.importing import import_folder
from studio.dataset.project import create_project


def test_it_is_imported_as_it_is_with_everybodys_gestures(starter, tmp_path):
    with create_project(tmp_path / "wand", "gesture") as project:
        imported = import_folder(project, starter.takes_folder)
        assert (imported.people, imported.skipped, imported.notices) == (8, [], [])
        assert project.catalogue.label_counts() == {BACKGROUND: 24, "circle": 40, "push": 40, "zigzag": 40}
        assert (project.settings.rate_hz, project.settings.sensor.channels) == (RATE_HZ, IMU.channels)
        assert project.settings.sensor.scales == IMU.scales
        import_folder(project, starter.held_out_folder)
        assert len(project.catalogue.people()) == 11


def test_the_same_seed_gives_the_same_files(starter, tmp_path, monkeypatch, contents):
    monkeypatch.setenv("TINYML_STUDIO_HOME", str(tmp_path))
    again = make(quick=True)
    assert again.takes_folder != starter.takes_folder
    assert contents(again.takes_folder.parent) == contents(starter.takes_folder.parent)


def test_a_board_at_rest_feels_gravity_and_no_turning(starter):
    rng = np.random.default_rng(1)
    for _person in range(5):
        rows = measured(rest(2.0), draw_arm(rng), rng)
        assert np.linalg.norm(rows[:, :3].mean(axis=0)) == pytest.approx(1, abs=0.15)
        assert np.abs(rows[:, 3:].mean(axis=0)).max() < 8


def test_what_the_gyroscope_says_is_how_gravity_turns():
    """Integrated, the rates take gravity from where it was to where it is."""
    rng = np.random.default_rng(2)
    arm = draw_arm(rng)
    still = measured(joined([rest(1.0)]), arm, np.random.default_rng(3))
    rows = measured(joined([rest(0.5), turned(arm, rng, 3.0), rest(0.5)]), arm, np.random.default_rng(3))
    rates = np.radians(rows[:, 3:] - still[:, 3:].mean(axis=0))
    gravity = rows[:40, :3].mean(axis=0)
    worst = 0.0
    for row, rate in enumerate(rates[:-1]):
        gravity = gravity - np.cross(rate, gravity) / RATE_HZ
        worst = max(worst, float(np.linalg.norm(gravity - rows[row + 1, :3])))
    assert worst < 0.45  # the hand's own acceleration, bias and drift are in it too; upside down would be 2


def test_a_push_comes_back_to_where_it_began():
    rng = np.random.default_rng(4)
    for _take in range(5):
        place = push(draw_arm(rng), rng).place
        assert np.linalg.norm(place[-1]) < 1e-9
        assert place[:, 1].max() > 0.1


def test_the_stream_has_gestures_at_the_times_that_are_told(starter):
    rows = read_csv(starter.stream_csv)
    assert rows.channels == IMU.channels
    assert len(rows.t_us) / RATE_HZ == pytest.approx(60, abs=12)
    strength = np.linalg.norm(rows.values[:, :3] - np.median(rows.values[:, :3], axis=0), axis=1)
    truth = [line.split("\t") for line in starter.truth_file.read_text().splitlines()]
    assert {name for *_times, name in truth} == set(starter.gestures)
    ends = [0.0, *(float(end) for _start, end, _name in truth)]
    for (start, end, _name), before in zip(truth, ends, strict=False):
        assert float(start) >= before
        during = strength[round(float(start) * RATE_HZ) : round(float(end) * RATE_HZ)]
        assert during.max() > 0.15


def test_making_it_can_be_cancelled_and_leaves_nothing(tmp_path, monkeypatch):
    monkeypatch.setenv("TINYML_STUDIO_HOME", str(tmp_path))

    def stop(_fraction: float | None, _text: str) -> None:
        raise Cancelled("It")

    with pytest.raises(Cancelled):
        make(quick=True, report=stop)
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]
