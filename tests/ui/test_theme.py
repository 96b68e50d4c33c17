"""The roles' contrast is measured here, on the worse of the grounds they are used on."""

import itertools

import pytest
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QLabel, QPushButton
from pytestqt.qtbot import QtBot

from studio.ui import theme


def luminance(colour: str) -> float:
    def linear(part: float) -> float:
        return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4

    made = QColor(colour)
    return 0.2126 * linear(made.redF()) + 0.7152 * linear(made.greenF()) + 0.0722 * linear(made.blueF())


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


GROUNDS = ("bg", "surface", "well", "hover", "fill", "press", "sel")
INK_ON = [
    *((ink, ground) for ink, ground in itertools.product(("text", "muted"), GROUNDS)),
    *((ink, ground) for ink, ground in itertools.product(("accent", "err"), ("bg", "surface", "well"))),
    ("ok", "ok_ground"), ("warn", "warn_ground"), ("err", "err_ground"), ("accent", "sel"),
    ("on_accent", "accent"), ("on_accent", "accent_hover"), ("on_accent", "accent_press"), ("on_record", "record"),
    ("on_record", "record_hover"), ("on_record", "record_press"), ("surface", "text"),
]  # fmt: skip


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize(("ink", "ground"), INK_ON)
def test_text_can_be_read_on_every_ground_it_is_used_on(ink: str, ground: str, dark: bool) -> None:
    assert contrast(theme.ROLES[ink][dark], theme.ROLES[ground][dark]) >= 4.5


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("mark", ["edge", "accent", "wave", "wave_soft", "neutral", "ok", "warn", "err"])
def test_marks_stand_out_from_page_and_frame(mark: str, dark: bool) -> None:
    grounds = ("surface", "bg") if mark != "wave_soft" else ("surface",)
    assert min(contrast(theme.ROLES[mark][dark], theme.ROLES[ground][dark]) for ground in grounds) >= 3


@pytest.mark.parametrize("dark", [False, True])
def test_class_colours_stand_out_from_the_page(dark: bool) -> None:
    assert all(contrast(colour, theme.ROLES["surface"][dark]) >= 3 for colour in theme.CLASSES[dark])


@pytest.mark.parametrize("choice", [theme.Choice.LIGHT, theme.Choice.DARK])
def test_a_spectrogram_gets_steadily_darker_or_lighter_with_level(themed: theme.Theme, choice: theme.Choice) -> None:
    themed.choose(choice)
    table = [luminance(QColor.fromRgb(value).name()) for value in themed.spectrogram]
    steps = list(itertools.pairwise(table))
    assert len(table) == 256
    assert all(a >= b for a, b in steps) if choice is theme.Choice.LIGHT else all(a <= b for a, b in steps)


def test_no_difference_has_the_colour_of_the_page(themed: theme.Theme) -> None:
    themed.choose(theme.Choice.DARK)
    middle = QColor.fromRgb(themed.difference[128])
    assert abs(middle.lightness() - themed.role("surface").lightness()) <= 2


def test_switching_the_theme_recolours_widgets_that_are_there(qtbot: QtBot, themed: theme.Theme) -> None:
    label, button = QLabel("words"), QPushButton("Train")
    button.setProperty("kind", "primary")
    for widget in (label, button):
        qtbot.addWidget(widget)
        widget.show()
    with qtbot.waitSignal(themed.changed):
        themed.choose(theme.Choice.DARK)
    assert label.palette().windowText().color() == QColor(theme.ROLES["text"][True])
    ground = button.grab().toImage().pixelColor(4, button.height() // 2)
    assert ground == QColor(theme.ROLES["accent"][True])


def test_the_sheet_leaves_no_role_unfilled(themed: theme.Theme, qapp) -> None:
    assert "${" not in qapp.styleSheet()


def test_digits_are_as_wide_as_each_other(themed: theme.Theme) -> None:
    from PySide6.QtGui import QFontMetricsF

    metrics = QFontMetricsF(theme.font())
    assert metrics.horizontalAdvance("1111") == pytest.approx(metrics.horizontalAdvance("0000"))


def test_a_seventh_class_begins_the_colours_again_and_background_has_none(themed: theme.Theme) -> None:
    assert themed.class_colour(6) == themed.class_colour(0)
    assert themed.class_colour(None) == themed.role("neutral")


def test_text_and_what_holds_it_double_and_icons_with_them(themed: theme.Theme, qtbot: QtBot) -> None:
    from studio.ui.controls import Button, Label

    def heights() -> list[int]:
        made = [Button("Train", icon="train"), Button(icon="undo", name="Undo", slim=True), Label("words")]
        for widget in made:
            qtbot.addWidget(widget)
        return [widget.sizeHint().height() for widget in made]

    usual = heights()
    themed.size_text(200)
    assert heights() == pytest.approx([2 * height for height in usual], abs=1)
    assert theme.font(theme.FIGURE).pixelSize() == 2 * theme.FIGURE


def test_text_is_neither_smaller_than_usual_nor_more_than_twice_as_large(themed: theme.Theme) -> None:
    for asked, kept in ((10, 100), (125, 125), (900, 200)):
        themed.size_text(asked)
        assert themed.text_percent == kept
