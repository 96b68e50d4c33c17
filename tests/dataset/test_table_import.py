"""Tables of other tools brought in: wide, with times, with takes one after another, and broken in every way."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from studio.cli.main import main
from studio.core.csv_file import read_csv
from studio.core.errors import InvalidInput
from studio.dataset.exporting import export_folder
from studio.dataset.formats import csv_files
from studio.dataset.formats.layout import Found, How
from studio.dataset.formats.table import read_table
from studio.dataset.importing import import_folder
from studio.dataset.orphans import enter_orphans
from studio.dataset.outside import outside_examples
from studio.dataset.project import create_project, open_project
from studio.dataset.recordings import read_sidecar, sha256_of, sidecar_path
from studio.dataset.row_files import RowIntake
from studio.dataset.settings import ProjectSettings

AXES = ("ax", "ay", "az", "gx", "gy", "gz")


@pytest.fixture
def gestures(tmp_path):
    with create_project(tmp_path / "wand", "gesture") as made:
        yield made


@pytest.fixture
def weather(tmp_path):
    with create_project(tmp_path / "weather", "regression") as made:
        yield made


def moved(count, seed=0):
    """(count, 6): gravity on z, and noise; three decimals, as boards write them."""
    values = np.random.default_rng(seed).normal(0, (0.2, 0.2, 0.2, 30, 30, 30), (count, 6))
    values[:, 2] += 1
    return np.round(values, 3)


def write(path, header, rows, separator=","):
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [separator.join(header), *(separator.join(map(str, row)) for row in rows)]
    path.write_text("\n".join(lines) + "\n")
    return path


def test_takes_one_after_another_become_a_recording_each_and_are_read_back_as_they_were(gestures, tmp_path):
    rows = moved(50)
    write(tmp_path / "in" / "circle.csv", ("aX", "aY", "aZ", "gX", "gY", "gZ"), rows)
    write(tmp_path / "in" / "flick.csv", ("aX", "aY", "aZ", "gX", "gY", "gZ"), moved(25, 1))
    how = How(rows_per_sample=20, rate_hz=50)
    imported = import_folder(gestures, tmp_path / "in", how)
    assert (imported.recordings, imported.segments) == (3, 3)
    assert sorted(skipped.why for skipped in imported.skipped) == [
        "its last 10 lines are no whole take of 20",
        "its last 5 lines are no whole take of 20",
    ]
    second = gestures.catalogue.recordings()[1]
    assert (second.path.name, second.labels, second.samples, second.rate_hz) == ("circle-2.csv", ("circle",), 20, 50)
    read = read_csv(second.path)
    assert read.channels == AXES
    assert np.array_equal(read.values, rows[20:40])
    assert read.t_us.tolist() == list(range(0, 400_000, 20_000))
    assert (gestures.settings.rate_hz, gestures.settings.window_samples) == (50, 20)
    sidecar = read_sidecar(sidecar_path(second.path))
    assert (sidecar.kind, sidecar.channels, sidecar.sha256) == ("imu", AXES, sha256_of(second.path))
    assert sidecar.scales == gestures.settings.sensor.scales == (4 / 32768,) * 3 + (2000 / 32768,) * 3


def test_takes_that_blank_lines_set_apart_are_takes(gestures, tmp_path):
    takes = [moved(30, seed) for seed in range(4)]
    text = "\r\n\r\n".join("\r\n".join(",".join(map(str, row)) for row in take) for take in takes)
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "punch.csv").write_text("aX,aY,aZ,gX,gY,gZ\r\n" + text + "\r\n\r\n", newline="")
    (tmp_path / "in" / "flex.csv").write_text("aX,aY,aZ,gX,gY,gZ\n\n" + text.replace("\r\n\r\n", "\r\n"), newline="")
    import_folder(gestures, tmp_path / "in", How(rate_hz=100))
    assert gestures.catalogue.label_counts() == {"flex": 1, "punch": 4}
    by_name = {row.path.name: row for row in gestures.catalogue.recordings()}
    assert np.array_equal(read_csv(by_name["punch-3.csv"].path).values, takes[2])
    assert by_name["flex.csv"].samples == 120
    assert gestures.settings.window_samples == 30


@pytest.mark.parametrize(
    ("name", "unit_s"), [("t_us", 1e-6), ("timestamp", 1e-3), ("time (s)", 1.0), ("Time_ms", 1e-3), ("millis", 1e-3)]
)
def test_the_rate_comes_from_the_times(gestures, tmp_path, name, unit_s):
    rows = [(round(1000 + i * 0.02 / unit_s, 3), *row) for i, row in enumerate(moved(40))]
    write(tmp_path / "in" / "circle.1.csv", (name, "accX", "accY", "accZ", "gyrX", "gyrY", "gyrZ"), rows)
    assert import_folder(gestures, tmp_path / "in").notices == []
    (row,) = gestures.catalogue.recordings()
    assert (row.labels, row.rate_hz, row.samples, row.gaps) == (("circle",), 50, 40, ())
    assert gestures.settings.rate_hz == 50


def test_lost_rows_are_gaps_and_irregular_times_are_told(gestures, tmp_path):
    times = np.arange(60) * 20.0
    times[30:] += 100
    lost = [(t, *row) for t, row in zip(times, moved(60), strict=True)]
    write(tmp_path / "in" / "lost.csv", ("timestamp", *AXES), lost)
    shaken = np.arange(60) * 20.0 + np.random.default_rng(1).choice((-6.0, 0, 6.0), 60)
    write(
        tmp_path / "in" / "shaken.csv",
        ("timestamp", *AXES),
        [(t, *row) for t, row in zip(shaken, moved(60, 2), strict=True)],
    )
    imported = import_folder(gestures, tmp_path / "in")
    by_label = {row.labels[0]: row for row in gestures.catalogue.recordings()}
    assert by_label["lost"].gaps == ((30, 5),)
    assert [Path(notice.path).name for notice in imported.notices] == ["shaken.csv"]
    assert "irregular" in imported.notices[0].why


def test_broken_rows_are_counted_and_leave_their_time_open(gestures, tmp_path):
    rows = [list(row) for row in moved(40)]
    rows[10] = ["nan", *rows[10][1:]]
    rows[11] = rows[11][:4]
    rows[12] = ["oops", *rows[12][1:]]
    write(tmp_path / "in" / "circle.csv", AXES, rows)
    imported = import_folder(gestures, tmp_path / "in", How(rows_per_sample=20, rate_hz=100))
    assert [notice.why for notice in imported.notices] == ["3 broken rows of 20 are left out"]
    first = gestures.catalogue.recordings()[0]
    assert (first.samples, first.gaps) == (17, ((10, 3),))
    assert read_csv(first.path).t_us[10] == 130_000


def test_units_other_than_a_boards_get_the_scale_that_comes_to_the_same_counts(gestures, tmp_path):
    phone = moved(200) * np.array([9.80665] * 3 + [np.pi / 180] * 3)
    rows = [(i * 10, *row) for i, row in enumerate(phone.tolist())]
    write(tmp_path / "in" / "circle.csv", ("timestamp", "accX", "accY", "accZ", "gyroX", "gyroY", "gyroZ"), rows)
    import_folder(gestures, tmp_path / "in")
    sensor = gestures.settings.sensor
    assert sensor.units == ("m/s2",) * 3 + ("rad/s",) * 3
    counts = phone / np.array(sensor.scales)
    assert np.allclose(counts, moved(200) / np.array([4 / 32768] * 3 + [2000 / 32768] * 3))


def test_a_later_table_in_other_units_is_brought_to_the_projects(gestures, tmp_path):
    write(tmp_path / "in" / "wave.csv", AXES, moved(100))
    import_folder(gestures, tmp_path / "in", How(rate_hz=100))
    settings = gestures.settings
    phone = moved(100, 1) * np.array([9.80665] * 3 + [np.pi / 180] * 3)
    write(tmp_path / "phone" / "wave.csv", AXES, phone)
    imported = import_folder(gestures, tmp_path / "phone", How(rate_hz=100))
    assert imported.notices[0].why.startswith("its ax, ay, az, gx, gy, gz is in ")
    assert gestures.settings == settings
    second = gestures.catalogue.recordings()[1]
    assert np.allclose(read_csv(second.path).values, moved(100, 1), atol=1e-5)
    with outside_examples(gestures, tmp_path / "phone") as outside:
        assert np.allclose(read_csv(outside.examples[0].clip.path).values, moved(100, 1), atol=1e-5)


def test_what_is_beyond_a_boards_range_is_told_and_the_range_stays(gestures, tmp_path):
    rows = moved(400)
    rows[5, 0] = 6.0
    write(tmp_path / "in" / "hit.csv", AXES, rows)
    imported = import_folder(gestures, tmp_path / "in", How(rate_hz=100))
    assert "1 of its 400 rows are beyond the range" in imported.notices[0].why
    assert gestures.settings.sensor.scales[0] == 4 / 32768


def test_a_column_of_labels_makes_segments_which_the_sidecars_alone_bring_back(gestures, tmp_path):
    labels = ["idle"] * 30 + ["wave"] * 20 + [""] * 10 + ["idle"] * 40
    rows = [(i * 10, *row, label) for i, (row, label) in enumerate(zip(moved(100), labels, strict=True))]
    write(tmp_path / "in" / "session.csv", ("timestamp", *AXES, "label"), rows)
    assert import_folder(gestures, tmp_path / "in").segments == 3

    def segments(project):
        return [(e.label, e.clip.start, e.clip.end) for e in project.catalogue.examples()]

    before = segments(gestures)
    assert before == [("idle", 0, 30), ("wave", 30, 50), ("idle", 60, 100)]
    gestures.close()
    for path in gestures.folder.glob("studio.db*"):
        path.unlink()
    with open_project(gestures.folder, write=True, repair=True) as project:
        enter_orphans(project)
        assert segments(project) == before


def test_a_value_of_each_row_is_the_label_of_its_window(weather, tmp_path):
    rows = [(i, 20 + i / 10, 50, 1000 + i, round(i * 1.5, 2)) for i in range(20)]
    write(tmp_path / "in" / "day.csv", ("time", "temperature", "humidity", "pressure", "value"), rows)
    assert import_folder(weather, tmp_path / "in").segments == 20
    assert weather.settings.sensor.channels == ("temperature", "humidity", "pressure")
    examples = weather.catalogue.examples()
    assert [e.label for e in examples[:3]] == ["0", "1.5", "3"]
    assert [(e.clip.start, e.clip.end) for e in examples[:2]] == [(0, 1), (1, 2)]


def test_the_column_of_values_may_have_any_name_and_its_unit(weather, tmp_path):
    rows = [(i, 20 + i / 10, 50, 1000 + i, i / 4) for i in range(8)]
    write(tmp_path / "in" / "day.csv", ("time", "temperature", "humidity", "pressure", "Dew point [C]"), rows)
    assert import_folder(weather, tmp_path / "in", How(label_column="dew point")).segments == 8
    assert weather.settings.unit == "C"
    again = import_folder(weather, tmp_path / "in", How(label_column="wetness"))
    assert [skipped.why for skipped in again.skipped] == ["it has no column wetness"]


def test_a_table_without_times_and_one_of_many_windows_are_told(gestures, tmp_path):
    write(tmp_path / "in" / "circle.csv", AXES, moved(1200))
    told = [notice.why for notice in import_folder(gestures, tmp_path / "in").notices]
    assert len(told) == 2
    assert "119 rows a second" in told[0]
    assert "10 windows" in told[1]


def test_a_folder_that_is_no_number_predicts_nothing(weather, tmp_path):
    rows = [(i, 20, 50, 1000 + i) for i in range(5)]
    names = ("time", "temperature", "humidity", "pressure")
    write(tmp_path / "in" / "warm" / "a.csv", names, rows)
    write(tmp_path / "in" / "23.5" / "b.csv", names, [(i, 30, 50, 1000 + i) for i in range(5)])
    imported = import_folder(weather, tmp_path / "in")
    assert [Path(skipped.path).parent.name for skipped in imported.skipped] == ["warm"]
    assert weather.catalogue.label_counts() == {"23.5": 1}


def test_person_and_group_come_from_names_and_are_no_part_of_the_label(gestures, tmp_path):
    for seed, person in ((0, "ann"), (10, "bob")):
        for take in (1, 2):
            write(tmp_path / "in" / f"{person}_wave_{take}.csv", AXES, moved(30, seed + take))
    how = How(person_from=r"^([a-z]+)_", group_from=r"_(\d)\.csv$", rate_hz=50)
    imported = import_folder(gestures, tmp_path / "in", how)
    assert (imported.people, imported.groups) == (2, 2)
    assert gestures.catalogue.label_counts() == {"wave": 4}
    assert not any("bob" in path.read_text() for path in gestures.recordings_folder.iterdir())


def test_a_later_import_keeps_the_scales_and_asks_for_the_same_channels(gestures, tmp_path):
    write(tmp_path / "in" / "wave.csv", ("ax", "ay", "az"), moved(30)[:, :3].tolist())
    import_folder(gestures, tmp_path / "in", How(rate_hz=50))
    assert gestures.settings.sensor.channels == ("ax", "ay", "az")
    before = gestures.settings
    write(tmp_path / "more" / "wave.csv", AXES, moved(30, 5))
    write(tmp_path / "more" / "turn.csv", ("gx", "gy", "gz"), moved(30, 6)[:, 3:].tolist())
    imported = import_folder(gestures, tmp_path / "more", How(rate_hz=50))
    assert imported.recordings == 1
    assert [skipped.why for skipped in imported.skipped] == ["it has no ax, ay, az"]
    assert gestures.settings == before


def test_one_file_is_imported_by_its_name(gestures, tmp_path):
    path = write(tmp_path / "in" / "circle_04.csv", AXES, moved(30))
    assert import_folder(gestures, path, How(rate_hz=50)).recordings == 1
    assert gestures.catalogue.label_counts() == {"circle": 1}


def test_a_dry_run_tells_the_same_and_writes_nothing(gestures, tmp_path):
    write(tmp_path / "in" / "circle.csv", AXES, moved(50))
    before = {path: path.read_bytes() for path in gestures.folder.rglob("*") if path.suffix in (".toml", ".csv")}
    told = import_folder(gestures, tmp_path / "in", How(rows_per_sample=20, rate_hz=50), dry_run=True)
    assert (told.recordings, len(told.skipped)) == (2, 1)
    assert before == {
        path: path.read_bytes() for path in gestures.folder.rglob("*") if path.suffix in (".toml", ".csv")
    }
    assert gestures.catalogue.count() == 0


def test_a_folder_never_seen_is_read_as_the_last_import_was(gestures, tmp_path):
    write(tmp_path / "in" / "circle.csv", AXES, moved(40))
    import_folder(gestures, tmp_path / "in", How(rows_per_sample=20, rate_hz=50))
    rows = moved(60, 7)
    write(tmp_path / "others" / "circle.csv", AXES, rows)
    with outside_examples(gestures, tmp_path / "others") as outside:
        assert [e.label for e in outside.examples] == ["circle"] * 3
        assert np.array_equal(read_csv(outside.examples[2].clip.path).values, rows[40:])
        assert len({e.take for e in outside.examples}) == 3
    assert gestures.catalogue.count() == 2


def test_what_is_exported_is_imported_the_same(gestures, tmp_path):
    write(tmp_path / "in" / "circle.csv", AXES, moved(40))
    import_folder(gestures, tmp_path / "in", How(rows_per_sample=20, rate_hz=50))
    exported = export_folder(gestures, tmp_path / "out")
    assert (exported.segments, exported.skipped) == (2, [])
    assert (tmp_path / "out" / "circle.circle-1.csv").read_text().startswith("timestamp,ax,ay,az,gx,gy,gz\n0.000,")
    with create_project(tmp_path / "again", "gesture") as again:
        import_folder(again, tmp_path / "out")
        assert again.catalogue.label_counts() == {"circle": 2}
        assert [row.rate_hz for row in again.catalogue.recordings()] == [50, 50]
        first, second = (p.catalogue.recordings()[0].path for p in (gestures, again))
        assert np.array_equal(read_csv(first).values, read_csv(second).values)


def test_the_command_takes_rows_and_rate_and_says_what_it_noticed(tmp_path, capsys):
    write(tmp_path / "in" / "circle.csv", AXES, [*moved(20), ("x",) * 6, *moved(19, 1)])
    assert main(["new", str(tmp_path / "p"), "--template", "gesture", "--json"]) == 0
    command = [
        "import",
        str(tmp_path / "p"),
        str(tmp_path / "in"),
        "--rows-per-sample",
        "20",
        "--rate",
        "100",
        "--json",
    ]
    capsys.readouterr()
    assert main(command) == 0
    told = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (told["recordings"], told["skipped"], len(told["notices"])) == (2, [], 1)
    assert main([*command[:-2], "-3"]) == 1
    assert "no rate" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ("a;b\n0,5;1,25\n1;2\n", (2, 2)),
        ("a\tb\n1\t2\n", (1, 2)),
        ("1,2\n3,4\n", (2, 2)),
        ("\ufeffa,b\r\n1,2,\r\n\r\n3,4\r\n", (2, 2)),
        ('"a","b"\n"1","2"\n', (1, 2)),
    ],
)
def test_tables_are_read_whatever_their_separator_and_decimal_mark(tmp_path, text, shape):
    (tmp_path / "a.csv").write_text(text, encoding="utf-8", newline="")
    table = read_table(tmp_path / "a.csv")
    assert table.numbers.shape == shape
    assert table.broken == 0


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=300) | st.text('0123456789.,;\n\t"eE-+nainfx ', max_size=300).map(str.encode))
def test_whatever_a_file_holds_it_is_a_table_or_refused(tmp_path, content):
    path = tmp_path / "a.csv"
    path.unlink(missing_ok=True)
    path.write_bytes(content)
    try:
        table = read_table(path)
    except InvalidInput:
        return
    assert np.isfinite(table.numbers).all()
    assert table.numbers.shape == (len(table.places), len(table.columns))


def test_an_undone_import_comes_back_with_the_labels_of_its_segments(gestures, tmp_path):
    rows = [(i * 10, *row, "wave" if i < 50 else "idle") for i, row in enumerate(moved(100))]
    write(tmp_path / "in" / "session.csv", ("timestamp", *AXES, "label"), rows)
    first = import_folder(gestures, tmp_path / "in")
    gestures.catalogue.undo()
    again = import_folder(gestures, tmp_path / "in")
    assert first.by_label == again.by_label == {"wave": 1, "idle": 1}
    assert gestures.catalogue.label_counts() == {"idle": 1, "wave": 1}


_HEADS = st.sampled_from(
    ["ax", "ay", "gz", "t", "time", "timestamp", "t_us", "label", "value", "", "x", "date", "temperature", "p", "1"]
)
_NUMBERS = st.integers(0, 9).map(str)
_FIELDS = st.sampled_from(
    ["0", "1", "-3.5", "1e14", "1e300", "nan", "", "wave", "2024-01-01T00:00:00", "0,5", '"', "-0", "1e-300", "٣"]
)


@pytest.mark.parametrize("template", ["gesture", "regression"])
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    heads=st.lists(_HEADS, min_size=4, max_size=5),
    rows=st.lists(st.lists(_NUMBERS | _FIELDS, min_size=4, max_size=5), max_size=12),
    rows_per_sample=st.none() | st.integers(1, 5),
    separator=st.sampled_from(",;\t"),
)
def test_whatever_a_table_holds_it_becomes_a_readable_recording_or_is_refused(
    tmp_path, template, heads, rows, rows_per_sample, separator
):
    folder = tmp_path / "in"
    folder.mkdir(exist_ok=True)
    text = "\n".join(separator.join(row) for row in [heads, *rows])
    (folder / "wave.csv").write_text(text, encoding="utf-8")
    how = How(rows_per_sample=rows_per_sample)
    found = [item for item in csv_files.read(folder, how) if isinstance(item, Found)]
    intake = RowIntake.of(ProjectSettings.of_template("p", template), how, found, first=True)
    assert all(0 < scale < np.inf for scale in intake.sensor.scales)
    for item in found:
        try:
            brought = intake.bring_in(item, tmp_path / "out")
        except InvalidInput:
            continue
        read = read_csv(brought.path)
        assert len(read.t_us) == brought.content.samples > 0
        assert read.channels == brought.content.channels
        assert brought.content.rate_hz > 0
        assert all(0 <= start < end <= len(read.t_us) for start, end, _label in brought.spans)
