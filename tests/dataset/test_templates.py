"""What `new` makes of each template, and how its settings are read, changed and corrected."""

import json
from dataclasses import replace

import pytest

from studio.cli.main import main
from studio.core.samples import IMU
from studio.dataset.project import create_project, open_project
from studio.dataset.settings import BrokenSettings, ProjectSettings
from studio.dataset.templates import TEMPLATES


@pytest.mark.parametrize("template", TEMPLATES)
def test_a_new_project_reads_as_what_its_template_begins_with(tmp_path, template):
    create_project(tmp_path / "project", template).close()
    with open_project(tmp_path / "project", write=False) as project:
        assert project.settings == ProjectSettings.of_template("project", template)
        assert project.notices == []


def test_the_command_makes_a_project_of_gestures(tmp_path, capsys):
    assert main(["new", str(tmp_path / "wand"), "--template", "gesture", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"project": str(tmp_path / "wand"), "template": "gesture"}
    with open_project(tmp_path / "wand", write=False) as project:
        settings = project.settings
    assert (settings.sensor.kind, settings.sensor.channels, settings.sensor.scales) == ("imu", IMU.channels, IMU.scales)
    assert (settings.rate_hz, settings.window_samples, settings.front_end_kind) == (119, 119, "motion_raw")


def test_a_picture_has_a_size_and_no_length(tmp_path):
    with create_project(tmp_path / "eyes", "image") as project:
        assert (project.settings.front_end_kind, dict(project.settings.front_end)) == (
            "picture",
            {"width": 96, "height": 96},
        )
    assert "window_ms" not in (tmp_path / "eyes" / "project.toml").read_text()


def test_the_sensor_and_the_front_end_are_changed_where_they_stand(tmp_path):
    path = tmp_path / "wand" / "project.toml"
    with create_project(tmp_path / "wand", "gesture") as project:
        path.write_text(path.read_text().replace('kind = "imu"', 'kind = "imu" # on the wrist'))
        metres = replace(
            project.settings.sensor,
            channels=("ax", "ay", "az"),
            units=("m/s2",) * 3,
            scales=(0.0012,) * 3,
        )
        project.change_settings(sensor=metres, rate_hz=50, front_end_kind="motion_statistics")
        changed = project.settings
    assert (changed.sensor, changed.rate_hz, changed.window_samples) == (metres, 50, 50)
    assert changed.front_end_kind == "motion_statistics"
    assert "# on the wrist" in path.read_text()
    with open_project(tmp_path / "wand", write=False) as project:
        assert project.settings == changed


@pytest.mark.parametrize(
    ("template", "text", "line"),
    [
        ("gesture", "format = 1\ntemplate = 'gesture'\n[sensor]\nkind = 'camera'\n", 4),
        ("gesture", "format = 1\ntemplate = 'gesture'\n[sensor]\nrate_hz = 0\n", 4),
        ("gesture", "format = 1\ntemplate = 'gesture'\n[sensor]\nchannels = ['ax', 'ax']\n", 4),
        ("gesture", "format = 1\ntemplate = 'gesture'\n[sensor]\nscales = [1, 2]\n", 4),
        ("gesture", "format = 1\ntemplate = 'gesture'\n[sensor]\nscales = [1, 2, 3, 4, 5, 0]\n", 4),
        ("gesture", "format = 1\ntemplate = 'gesture'\n[sensor]\nscales = [1, 2, 3, 4, 5, inf]\n", 4),
        ("gesture", "format = 1\ntemplate = 'gesture'\n[front_end]\nkind = 'log_mel'\n", 4),
        ("gesture", "format = 1\ntemplate = 'gesture'\n[front_end]\nmels = 40\n", 4),
        ("gesture", "format = 1\ntemplate = 'gesture'\n[front_end]\nnormalise = 'level'\n", 4),
        ("image", "format = 1\ntemplate = 'image'\n[front_end]\nwidth = 7\n", 4),
        ("image", "format = 1\ntemplate = 'image'\nwindow_ms = 5\n", 3),
        ("regression", "format = 1\ntemplate = 'regression'\nunit = 3\n", 3),
    ],
)
def test_what_is_wrong_in_a_sensor_or_front_end_is_told_with_its_line(tmp_path, template, text, line):
    create_project(tmp_path / "project", template).close()
    (tmp_path / "project" / "project.toml").write_text(text)
    with pytest.raises(BrokenSettings) as caught:
        open_project(tmp_path / "project", write=False)
    assert caught.value.line == line
