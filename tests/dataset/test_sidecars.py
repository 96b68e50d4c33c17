"""Sidecars that people or other programs wrote into: what makes no sense is refused, and hinders nothing else."""

import json
from pathlib import Path
from typing import Any

import pytest

from studio.dataset.json_fields import BrokenFile
from studio.dataset.orphans import enter_orphans
from studio.dataset.project import unfinished_recordings
from studio.dataset.recordings import Sidecar, as_json, read_sidecar

SENSELESS = [
    ("marks", [float("inf")]),
    ("marks", [float("nan")]),
    ("marks", [-1]),
    ("rate_hz", 10**400),
    ("scale", float("nan")),
    ("scales", [1.0, float("inf")]),
    ("measured_rate_hz", 10**400),
    ("spans", [[0, 10**30, "a"]]),
    ("gaps", [[10**30, 1]]),
    ("samples", 10**30),
    ("samples", -5),
    ("began_ns", 10**40),
    ("lost", {"board": 0, "link": 10**30, "host": 0, "parser": 0, "disk": 0}),
    ("lost", {"board": -5, "link": 0, "host": 0, "parser": 0, "disk": 0}),
    ("beside", "yes"),
]


def write(path: Path, **changed: Any) -> Path:
    """A sidecar of 0.3 s, as `write_sound` makes them, with what was changed in it."""
    values = as_json(Sidecar("given", 16_000, label="yes", samples=4800, finished=True))
    path.write_text(json.dumps({**values, **changed}))
    return path


@pytest.mark.parametrize(("key", "value"), SENSELESS)
def test_what_cannot_be_is_refused_by_its_key(tmp_path, key, value):
    with pytest.raises(BrokenFile, match=f"`{key}`|`link`|`board`"):
        read_sidecar(write(tmp_path / "a.json", **{key: value}))


def test_a_clock_that_has_run_for_years_is_read(tmp_path):
    began_ns = 5 * 365 * 86_400 * 10**9  # more than a double has exactly
    assert read_sidecar(write(tmp_path / "a.json", began_ns=began_ns)).began_ns == began_ns


@pytest.mark.parametrize(("key", "value"), SENSELESS)
def test_one_broken_sidecar_hinders_neither_recovery_nor_what_lies_beside_it(project, write_sound, key, value):
    folder = project.recordings_folder
    (folder / "half.partial.wav").write_bytes(b"RIFF")
    write(folder / "half.partial.json", **{key: value})
    for seed, name in enumerate(("broken", "whole")):
        write_sound(folder / f"{name}.wav", seed=seed)
    write(folder / "broken.json", **{key: value})
    write(folder / "whole.json")
    (left,) = unfinished_recordings(project.folder)
    assert left.sidecar is None
    entered = enter_orphans(project)
    assert [path.name for path in entered.recordings] == ["whole.wav"]
    assert [error.path for error in entered.broken] == [str(folder / "broken.json")]


def test_spans_that_overlap_or_reach_past_the_end_are_mended_when_a_catalogue_is_made_anew(project, write_sound):
    folder = project.recordings_folder
    write_sound(folder / "a.wav")
    spans = [[3000, 4000, "c"], [0, 1000, "a"], [900, 2000, "b"], [4000, 9000, "d"], [1000, 2000, "e"]]
    write(folder / "a.json", spans=spans)
    enter_orphans(project)
    listed = [(each.start, each.end, each.label) for each in project.catalogue.segments()]
    assert listed == [(0, 1000, "a"), (1000, 2000, "e"), (3000, 4000, "c"), (4000, 4800, "d")]


def test_a_span_with_a_label_that_is_none_makes_its_sidecar_broken(project, write_sound):
    folder = project.recordings_folder
    write_sound(folder / "a.wav")
    write(folder / "a.json", spans=[[0, 1000, "a\nb"]])
    (error,) = enter_orphans(project).broken
    assert "80 characters" in error.why
