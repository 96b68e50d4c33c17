"""The regression starter data: a simulated sensor, whose lateness and warmth are in what it reads."""

from pathlib import Path

import numpy as np
import pytest
from studio_datasets.regression_starter.make import RATE_HZ, dew_point, make

from studio.core.csv_file import read_csv
from studio.core.samples import ENVIRONMENT
from studio.dataset.formats.layout import How
from studio.dataset.importing import import_folder
from studio.dataset.project import create_project
from studio.dataset.quality import check


def rows_of(folder: Path) -> np.ndarray:
    return np.concatenate([read_csv(path).values for path in sorted(folder.glob("*.csv"))])


def test_it_is_imported_with_a_value_a_reading_by_place(starter, tmp_path):
    with create_project(tmp_path / "weather", "regression") as project:
        imported = import_folder(project, starter.takes_folder, How(group_from=starter.group_from))
        assert (imported.recordings, imported.segments, imported.groups) == (30, 1_500, 10)
        assert (imported.skipped, imported.notices) == ([], [])
        assert (project.settings.rate_hz, project.settings.sensor.channels) == (RATE_HZ, ENVIRONMENT.channels)
        assert project.settings.sensor.scales == ENVIRONMENT.scales
        assert [f for f in check(project) if f.severity != "note"] == []
        labels = np.array([float(e.label) for e in project.catalogue.examples()])
    assert np.allclose(np.sort(labels), np.sort(rows_of(starter.takes_folder)[:, 3]))


def test_the_same_seed_gives_the_same_files(starter, tmp_path, monkeypatch, contents):
    monkeypatch.setenv("TINYML_STUDIO_HOME", str(tmp_path))
    assert contents(make(quick=True).takes_folder.parent) == contents(starter.takes_folder.parent)


@pytest.mark.parametrize(("celsius", "humidity", "dew"), [(20, 100, 20), (20, 50, 9.26), (30, 40, 14.9), (5, 80, 1.85)])
def test_the_dew_point_is_that_of_the_tables(celsius, humidity, dew):
    assert dew_point(np.array([celsius]), np.array([humidity]))[0] == pytest.approx(dew, abs=0.05)


def test_the_value_can_be_learnt_and_not_by_a_straight_line(starter):
    rows, others = rows_of(starter.takes_folder), rows_of(starter.held_out_folder)
    known, asked = (np.column_stack([r[:, :3], np.ones(len(r))]) for r in (rows, others))
    line = asked @ np.linalg.lstsq(known, rows[:, 3], rcond=None)[0]
    formula = dew_point(others[:, 0], others[:, 1])
    off_line, off_formula = (np.abs(said - others[:, 3]).mean() for said in (line, formula))
    assert off_formula < 0.6
    assert off_line > 2 * off_formula


def test_the_stream_has_a_true_value_for_each_reading(starter):
    stream = read_csv(starter.stream_csv)
    truth = read_csv(starter.truth_csv)
    assert stream.channels == ENVIRONMENT.channels
    assert np.array_equal(stream.t_us, truth.t_us)
    assert len(stream.t_us) == 60
    assert np.abs(dew_point(stream.values[:, 0], stream.values[:, 1]) - truth.values[:, 0]).mean() < 2
