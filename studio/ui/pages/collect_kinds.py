"""What Collect shows, says and offers by what a project senses and what it is for: a row each, and no other place."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from studio.core.samples import CAMERA, COLOUR, ENVIRONMENT, IMU, MICROPHONE, SampleFormat, SensorKind
from studio.core.text import mark
from studio.dataset.templates import GESTURE, IMAGE, KEYWORD, REGRESSION
from studio.ui.pages.collect_camera import PictureView
from studio.ui.pages.collect_views import Ghost, RowsView, SoundView, SourceView


@dataclass(frozen=True)
class SensorRow:
    """view: of a source that gives this. own: the address of this computer's, "" where it has none. waits: what is said
    where no source is chosen. plays: whether a take can be heard. by_count: whether a take is so many pictures, not so
    many seconds.
    """

    view: Callable[[SampleFormat, str], SourceView]
    ghost: Callable[[SensorKind], Ghost]
    title: str
    waits: str
    own: str = ""
    own_title: str = ""
    own_icon: str = "laptop"
    plays: bool = False
    by_count: bool = False


SENSORS: Mapping[str, SensorRow] = {
    MICROPHONE.name: SensorRow(
        SoundView,
        SoundView.ghost,
        mark("Microphone"),
        mark("Sound will run here as soon as a board or a microphone is chosen."),
        "mic",
        mark("This computer's microphone"),
        plays=True,
    ),
    IMU.name: SensorRow(
        RowsView, RowsView.ghost, mark("Motion"), mark("Movement will run here as soon as a board is chosen.")
    ),
    CAMERA.name: SensorRow(
        PictureView,
        PictureView.ghost,
        mark("Camera"),
        mark("Pictures will be here as soon as a board or a camera is chosen."),
        "camera",
        mark("This computer's camera"),
        by_count=True,
    ),
    ENVIRONMENT.name: SensorRow(
        RowsView, RowsView.ghost, mark("Environment"), mark("Readings will run here as soon as a board is chosen.")
    ),
    COLOUR.name: SensorRow(
        RowsView, RowsView.ghost, mark("Colour"), mark("Readings will run here as soon as a board is chosen.")
    ),
}


@dataclass(frozen=True)
class Words:
    """head: above what is to be recorded. first: there before anything is named. example: in the empty field for
    another. who: why people are named. sentence: beside the page's title.
    """

    head: str
    first: str
    example: str
    who: str
    sentence: str


WORDS: Mapping[str, Words] = {
    KEYWORD: Words(
        mark("Say"),
        mark("Name the first word"),
        mark("a word, such as yes"),
        mark("Say whose voice it is: whole people are held out to test the model."),
        mark("Record takes of each word with the board you will use it on."),
    ),
    GESTURE: Words(
        mark("Draw"),
        mark("Name the first gesture"),
        mark("a gesture, such as circle"),
        mark("Say whose hand it is: whole people are held out to test the model."),
        mark("Draw each gesture as you will draw it later, board in hand."),
    ),
    IMAGE: Words(
        mark("Show"),
        mark("Name what is seen first"),
        mark("what is seen, such as person"),
        mark("Say who it is of: whole people are held out to test the model."),
        mark("Take pictures where the board will hang, in the light it will have."),
    ),
    REGRESSION: Words(
        mark("Record at"),
        mark("Enter the first value"),
        mark("a value, such as 21.5"),
        mark("Say whose readings they are: whole people are held out to test the model."),
        mark("Record readings at values that you know, over all that will be met."),
    ),
}
