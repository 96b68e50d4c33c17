"""Learn: a panel beside any page, off until somebody wants it, on the project's own figures."""

import string
from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from studio.core.settings import load_settings
from studio.dataset.project import create_project
from studio.ui.learn import PAGES, cards_of, facts_of
from studio.ui.pages.rows import PAGES as ROWS


def test_every_page_has_cards_and_each_fact_in_them_is_known(tmp_path: Path):
    assert {row.name for row in ROWS} <= set(PAGES)
    with create_project(tmp_path / "new") as project:
        facts = facts_of(project)
    for page in PAGES:
        assert cards_of(page)
        for card in cards_of(page):
            assert all(card)
            asked = {name for _text, name, _spec, _kind in string.Formatter().parse(card.yours) if name}
            assert asked <= set(facts), (page, card.title)
    assert cards_of("start") == []


def test_it_is_off_and_once_wanted_on_beside_every_page_and_in_the_next_window(
    open_window: Any, project_folder: Path, qtbot: QtBot
):
    window = open_window(project_folder)
    window.show_page("label")
    assert not window._learn.isVisible()
    window.commands.run("learn")
    assert window._learn.isVisible()
    assert load_settings()["learn"] is True
    qtbot.waitUntil(lambda: bool(window._learn._facts))
    assert window._learn._facts["segments"] in window._learn._yours.text()
    first = window._learn._title.text()
    window.show_page("features")
    assert window._learn._title.text() != first
    window.close()
    again = open_window(project_folder)
    again.show_page("train")
    assert again._learn.isVisible()
    again.commands.run("learn")
    assert not again._learn.isVisible()
    assert load_settings()["learn"] is False


@pytest.mark.parametrize("way", [1, -1])
def test_cards_are_turned_and_end_at_both_ends(open_window: Any, project_folder: Path, way: int):
    window = open_window(project_folder)
    window.show_page("features")
    window.commands.run("learn")
    panel, count = window._learn, len(cards_of("features"))
    for _turn in range(count + 1):
        (panel._on if way > 0 else panel._back).click()
    assert panel._title.text() == cards_of("features")[count - 1 if way > 0 else 0].title
    assert not (panel._on if way > 0 else panel._back).isEnabled()
