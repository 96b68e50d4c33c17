"""The script as text: what people write is read, what is read is written back."""

import contextlib
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.core.errors import InvalidInput
from studio.dataset.edits import checked_label
from studio.dataset.script import LEAST_S, MOST_S, MOST_WANTED, ScriptClass
from studio.dataset.script_text import parse_script, script_text

LABELS = (
    st.text(st.sampled_from("ab 19x,;\"'.×_sm\u00e9"), min_size=1, max_size=12).map(str.strip)
    | st.sampled_from(
        [
            "background",
            "unknown",
            "_background_",
            "_unknown_",
            "a minute",
            "yes 20",
            "x",
            "3 s",
            "2 x 3 s",
            "one x",
            "one times",
        ]
    )
    | st.lists(
        st.sampled_from(["one", "go", "x", "\u00d7", "times", "x20", "20x", "20", "3.5", "s", "a", "min"]),
        min_size=1,
        max_size=5,
    ).map(" ".join)
).filter(lambda text: bool(text) and checked_label(text) == text)
CLASSES = st.lists(
    st.builds(ScriptClass, LABELS, st.integers(1, MOST_WANTED), st.floats(LEAST_S, MOST_S)),
    min_size=1,
    max_size=6,
    unique_by=lambda each: each.label,
).map(tuple)


@given(CLASSES)
def test_what_is_written_is_read_as_the_same_classes(classes):
    assert parse_script(script_text(classes)) == classes


@pytest.mark.parametrize(
    ("text", "classes"),
    [
        (
            "yes 20, no 20, background 1 x 60 s",
            [("yes", 20, 1.5), ("no", 20, 1.5), ("_background_", 1, 60.0)],
        ),
        ("yes; go on 5;\nBackground a minute\n", [("yes", 40, 1.5), ("go on", 5, 1.5), ("_background_", 1, 60.0)]),
        ("unknown 3 x 2s, yes 20x1.5s, no 1 min", [("_unknown_", 3, 2.0), ("yes", 20, 1.5), ("no", 1, 60.0)]),
        ('"a, b" 3, "yes 20" 4', [("a, b", 3, 1.5), ("yes 20", 4, 1.5)]),
        ("21.5 10 x 3 s", [("21.5", 10, 3.0)]),
        ("go   on \t 5 x  3   s\r\nyes", [("go on", 5, 3.0), ("yes", 40, 1.5)]),
        ('"go  on" 5', [("go  on", 5, 1.5)]),
        (
            "yes x 20, no x20, go \u00d7 5, up 4 times",
            [("yes", 20, 1.5), ("no", 20, 1.5), ("go", 5, 1.5), ("up", 4, 1.5)],
        ),
        ("yes x 20 x 2 s, no x20x2s, go 5 times 2 s", [("yes", 20, 2.0), ("no", 20, 2.0), ("go", 5, 2.0)]),
        ("yes x 20 s, no Times 3", [("yes", 1, 20.0), ("no", 3, 1.5)]),
        (
            '"one x", x 3, times 4, "up 4 times"',
            [("one x", 40, 1.5), ("x", 3, 1.5), ("times", 4, 1.5), ("up 4 times", 40, 1.5)],
        ),
    ],
)
def test_commas_semicolons_and_lines_part_classes_with_counts_and_lengths(text, classes):
    assert [(each.label, each.wanted, each.seconds) for each in parse_script(text)] == classes


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no class"),
        (" ,; \n", "no class"),
        ("yes 0", "`yes 0`"),
        ("yes 3, no 20 x 900 s", "`no 20 x 900 s`"),
        ("yes 3, no 20 x", "`no 20 x`.* the number for its `x`"),
        ("one x", "the number for its `x` is missing"),
        ("yes 3, one \u00d7", "the number for its `\u00d7` is missing"),
        ("one  times", "the number for its `times` is missing"),
        ("20 times", "the number for its `times` is missing"),
        ("one x x 3", "the number for its `x` is missing"),
        ("yes 3, yes 4", "yes stands there twice"),
        ('yes 3, "no', "no class"),
        ("y" * 81, "80 characters"),
        ("y" * 1_000, "too long"),
        ("yes " + "9" * 100, "1 to"),
        ("yes " + "9" * 5_000, "too long"),
        ('"' + "a b" * 2_000, "too long"),
    ],
)
def test_what_is_wrong_is_named_by_its_piece(text, said):
    with pytest.raises(InvalidInput, match=said):
        parse_script(text)


def test_a_word_that_ends_like_a_count_is_told_to_stand_in_quotes():
    with pytest.raises(InvalidInput) as told:
        parse_script("one times")
    assert '"one times"' in told.value.advice()
    assert parse_script('"one times"') == (ScriptClass("one times"),)


@pytest.mark.parametrize(
    "text",
    [
        "a" + " " * 100_000 + "b!",
        '"a' + " " * 100_000 + 'b" 3',
        ',"' * 50_000,
        "a" + " 1x" * 70 + "!",
        '"a"' + " " * 230 + "x",
        "a" + " x" * 110,
        "a" + " x 1 times" * 23 + "!",
    ],
)
def test_no_text_keeps_the_reader_for_long(text):
    began = time.perf_counter()
    with contextlib.suppress(InvalidInput):
        parse_script(text)
    assert time.perf_counter() - began < 0.25  # it was 1.2 s with 500 blanks, and grew with their cube
