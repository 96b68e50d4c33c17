"""How Evaluate speaks by what a project is for, and what of it can be rehearsed: a row each."""

from collections.abc import Mapping
from dataclasses import dataclass

from studio.core.text import mark


@dataclass(frozen=True)
class EvaluateWords:
    """matrix: its title; true, said: of its axes. cell, cell_right: of an opened one. mistaken: on the way to one.
    unmet: what a run is scored on, of people it never met; new: of such a person. asks: for a folder to score. stream:
    the filter for what can be rehearsed; "": nothing can. missed, found: of what was looked for there. plays: whether
    windows can be heard.
    """

    matrix: str
    true: str
    said: str
    cell: str
    cell_right: str
    mistaken: str
    unmet: str
    asks: str
    stream: str = ""
    missed: str = ""
    found: str = ""
    plays: bool = False
    new: str = mark("new to it")
    nothing: str = mark("There is no model yet. Train one, then each of its mistakes can be opened and seen.")
    title: str = mark("You will see here what your model mistakes for what")
    sentence: str = ""


_TAKEN = (
    mark("What it was, and what it was taken for"),
    mark("was"),
    mark("taken for"),
    mark("Was {true}, taken for {said}"),
    mark("Was {true}, and taken for it"),
    mark("{true}, taken for {said}: {count} of {total}"),
)
WORDS: Mapping[str, EvaluateWords] = {
    "keyword": EvaluateWords(
        mark("Said against heard"),
        mark("said"),
        mark("heard as"),
        mark("Said {true}, heard {said}"),
        mark("Said {true}, and heard so"),
        mark("{true}, heard as {said}: {count} of {total}"),
        mark("{count} windows of people it never heard"),
        mark("A folder with a folder of sound files a word"),
        mark("Sound (*.wav *.flac)"),
        mark("words missed"),
        mark("{minutes} min, decided every {hop} ms as on {board}: {found} of {present} words found"),
        plays=True,
        new=mark("unheard"),
        nothing=mark("There is no model yet. Train one, then each of its mistakes can be opened and heard."),
    ),
    "gesture": EvaluateWords(
        *_TAKEN,
        mark("{count} windows of people it never met"),
        mark("A folder with a folder of CSV files a gesture"),
        mark("Movement (*.csv)"),
        mark("gestures missed"),
        mark("{minutes} min, decided every {hop} ms as on {board}: {found} of {present} gestures found"),
        sentence=mark("How it does on people and movements it has not met."),
    ),
    "image": EvaluateWords(
        *_TAKEN,
        mark("{count} pictures of people it never met"),
        mark("A folder with a folder of pictures a class"),
        sentence=mark("How it does on people and pictures it has not met."),
    ),
    "regression": EvaluateWords(
        *_TAKEN,
        mark("{count} readings of people it never met"),
        mark("A folder of tables with a value for each reading"),
        title=mark("You will see here how far off your model is"),
        nothing=mark("There is no model yet. Train one, then each of its values can be looked at."),
        sentence=mark("See how far off the model is on what it has not met."),
    ),
}
