"""The image starter data: drawn scenes, with somebody in half of the pictures, and others kept apart."""

from pathlib import Path

import numpy as np
from studio_datasets.image_starter.make import LABELS, make
from studio_datasets.image_starter.scene import draw_scene, draw_somebody, picture

from studio.core.picture_file import read_picture
from studio.dataset.formats.layout import How
from studio.dataset.importing import import_folder
from studio.dataset.project import create_project
from studio.dataset.quality import check
from studio.dataset.splits import usual_by


def test_it_is_imported_as_it_is_by_scene(starter, tmp_path):
    with create_project(tmp_path / "eyes", "image") as project:
        imported = import_folder(project, starter.takes_folder, How(group_from=starter.group_from))
        assert (imported.groups, imported.skipped) == (30, [])
        assert project.catalogue.label_counts() == dict.fromkeys(sorted(LABELS), 120)
        assert usual_by(project.catalogue.examples()) == "group"
        findings = check(project)
    assert {f.severity for f in findings} <= {"note", "warning"}
    assert sum(f.kind in ("dark", "bright", "flat") for f in findings) <= 12  # of 240


def test_the_same_seed_gives_the_same_files(starter, tmp_path, monkeypatch, contents):
    monkeypatch.setenv("TINYML_STUDIO_HOME", str(tmp_path))
    assert contents(make(quick=True).takes_folder.parent) == contents(starter.takes_folder.parent)


def test_somebody_is_to_be_seen_where_they_are_told_to_be():
    """The same draw with and without somebody differs around the place where they stand, and next to nowhere else."""
    seen = 0
    for seed in range(12):
        rng = np.random.default_rng(seed)
        scene, who = draw_scene(rng), draw_somebody(rng)
        there = [picture(scene, np.random.default_rng(seed), 96, who, (x, 0.8)) for x in (0.3, 0.7)]
        apart = np.abs(there[0].astype(float) - there[1]).mean(axis=0)
        seen += apart[10:48].max() > 3 * np.median(apart[:5])
    assert seen >= 9


def test_the_stream_says_of_each_picture_what_is_true(starter):
    lines = [line.split(",") for line in starter.truth_csv.read_text().splitlines()[1:]]
    assert [name for name, _label in lines] == sorted(path.name for path in starter.stream_folder.iterdir())
    assert {label for _name, label in lines} == set(LABELS)
    assert read_picture(starter.stream_folder / lines[0][0]).shape == (96, 96)


def test_scenes_kept_apart_have_other_names(starter):
    def scenes(folder: Path) -> set[str]:
        return {path.name.partition("_")[0] for path in folder.glob("*/*.png")}

    assert len(scenes(starter.held_out_folder)) == 12
    assert not scenes(starter.held_out_folder) & scenes(starter.takes_folder)
