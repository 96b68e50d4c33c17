"""Which hue a class has, and that it keeps it."""

import pytest

from studio.ui.class_styles import class_order, class_styles, remember_classes


@pytest.fixture(autouse=True)
def new_project():
    remember_classes(None)
    yield
    remember_classes(None)


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


def test_a_project_that_is_opened_again_has_its_hues():
    class_styles(["yes", "no"])
    class_styles(["alarm"])
    kept = class_order()
    remember_classes(["other"])
    remember_classes(kept)
    assert class_styles(["alarm", "no", "yes"])["alarm"].hue == 2


@pytest.mark.parametrize("unusable", [None, "yes", {"yes": 1}, [1, None]])
def test_an_unusable_order_is_none(unusable):
    remember_classes(unusable)
    assert class_order() == []
