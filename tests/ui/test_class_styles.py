"""Which hue a class has, and that it keeps it."""

import pytest

from studio.ui.class_styles import class_styles, use_classes


@pytest.fixture(autouse=True)
def new_project():
    use_classes([])
    yield
    use_classes([])


def test_a_new_class_takes_no_hue_from_those_before():
    before = class_styles(["yes", "no"])
    after = class_styles(["yes", "alarm", "no"])
    assert {label: after[label] for label in before} == before
    assert [after[label].hue for label in ("no", "yes", "alarm")] == [0, 1, 2]


def test_a_page_that_shows_some_classes_shows_them_as_the_others_do():
    every = class_styles(["a", "b", "c"])
    assert class_styles(["c"]) == {"c": every["c"]}


def test_background_takes_no_hue():
    styles = class_styles(["_silence_", "_unknown_", "yes"])
    assert {label: style.hue for label, style in styles.items()} == {"_silence_": None, "_unknown_": None, "yes": 0}


def test_words_that_are_new_are_told_once_behind_the_others():
    told: list[list[str]] = []
    use_classes(["yes", "no"], told.append)
    class_styles(["no", "yes"])
    class_styles(["alarm", "yes"])
    class_styles(["alarm"])
    assert told == [["yes", "no", "alarm"]]


def test_a_project_notes_its_classes_in_the_order_in_which_they_came(project_folder):
    from studio.dataset.class_order import note_classes, read_class_order
    from studio.dataset.project import open_project

    with open_project(project_folder, write=True) as project:
        assert read_class_order(project.catalogue) == []
        note_classes(project.catalogue, ["yes", "no"])
        assert note_classes(project.catalogue, ["alarm", "yes"]) == ["yes", "no", "alarm"]
    with open_project(project_folder, write=False) as project:
        assert read_class_order(project.catalogue) == ["yes", "no", "alarm"]


@pytest.mark.parametrize("unusable", ["yes", {"yes": 1}, [1, None]])
def test_a_note_that_makes_no_sense_is_no_order(project_folder, unusable):
    from studio.dataset.class_order import read_class_order
    from studio.dataset.project import open_project

    with open_project(project_folder, write=True) as project:
        project.catalogue.set_note("class_order", unusable)
        assert read_class_order(project.catalogue) == []


def test_a_class_has_the_colour_that_the_project_gave_it_when_the_window_was_killed(qtbot, open_window, project_folder):
    import shutil

    from studio.dataset.class_order import read_class_order
    from studio.dataset.project import open_project

    window = open_window(project_folder)
    window.show_page("label")
    qtbot.waitUntil(lambda: window.session.ask(lambda p: read_class_order(p.catalogue)).result(10) == ["no", "yes"])
    killed = project_folder.parent / "as it was left"  # without anything that is done when a window closes
    shutil.copytree(project_folder, killed, ignore=shutil.ignore_patterns("*.lock"))
    with open_project(killed, write=False) as project:
        assert read_class_order(project.catalogue) == ["no", "yes"]
