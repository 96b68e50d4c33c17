"""What Train says by what a project is for: a row each."""

from collections.abc import Mapping
from dataclasses import dataclass

from studio.core.text import mark


@dataclass(frozen=True)
class TrainWords:
    """classes, all, tip: of the choice of classes; "" where there is none. ready: how much there is to train on.
    needs: what is to be brought in first. sentence: beside the page's title. share: what the second curve shows; right:
    what is said of it.
    """

    classes: str
    all: str
    tip: str
    ready: str
    needs: str
    sentence: str
    share: str = mark("Accuracy")
    right: str = mark("{right} of the varied takes are right.")


WORDS: Mapping[str, TrainWords] = {
    "keyword": TrainWords(
        mark("Words"),
        mark("all words"),
        mark("The words to tell apart. All others become one class, other words."),
        mark("{takes} takes of {classes} words are ready to train on."),
        mark("It needs takes with a label: record some of each word, or drop a folder of sound files on the window."),
        mark("Fit a network to your words on this computer, small enough for the board."),
    ),
    "gesture": TrainWords(
        mark("Gestures"),
        mark("all gestures"),
        mark("The gestures to tell apart. All others become one class, other gestures."),
        mark("{takes} takes of {classes} gestures are ready to train on."),
        mark("It needs takes with a label: record some of each gesture, or drop a folder of CSV files on the window."),
        mark("Fit a network to your gestures on this computer, small enough for the board."),
    ),
    "image": TrainWords(
        mark("Classes"),
        mark("all classes"),
        mark("The classes to tell apart. Pictures of others become one class."),
        mark("{takes} pictures of {classes} classes are ready to train on."),
        mark("It needs pictures with a label: take some of each class, or drop a folder of pictures on the window."),
        mark("Fit a network to your pictures on this computer, small enough for the board."),
        right=mark("{right} of the varied pictures are right."),
    ),
    "regression": TrainWords(
        "",
        "",
        "",
        mark("{takes} readings with a value are ready to train on."),
        mark("It needs readings with a value each: record some, or drop a table that has them on the window."),
        mark("Fit a network to your readings on this computer, small enough for the board."),
        mark("Variance explained"),
        mark("{right} of the variance is explained."),
    ),
}
