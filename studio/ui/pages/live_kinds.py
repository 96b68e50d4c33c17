"""What Live shows and says by what a board senses: a row each, and no other place."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from studio.core.samples import CAMERA, COLOUR, ENVIRONMENT, IMU, MICROPHONE
from studio.core.text import mark
from studio.ui.pages.live_sensed import PictureView, RowsView, SensedView, SoundView

if TYPE_CHECKING:
    from studio.core.samples import SampleFormat
    from studio.features.front_ends import AnyFrontEnd


@dataclass(frozen=True)
class Sensing:
    """view: of what comes; title: above it. no_run, nothing_yet: without a model. asks: without a board. lost: what is,
    on the way. sentence: beside the page's title, where it is another than its row's.
    """

    view: "Callable[[AnyFrontEnd, SampleFormat], SensedView]"
    title: str
    no_run: str
    nothing_yet: str
    asks: str
    lost: str = mark("{n} samples lost on the way")
    sentence: str = ""


_MEASURES = Sensing(
    RowsView,
    mark("What the board measures"),
    mark("No model to measure with yet"),
    mark("Here a board and this computer will be given the same readings, and you will see that they say the same."),
    mark("Which board shall measure?"),
    sentence=mark("See the board measure, beside this computer."),
)
SENSING: Mapping[str, Sensing] = {
    MICROPHONE.name: Sensing(
        SoundView,
        mark("What the board hears"),
        mark("No model to listen with yet"),
        mark("Here a board and this computer will hear the same sound, and you will see that they score it equally."),
        mark("Which board shall listen?"),
    ),
    IMU.name: Sensing(
        RowsView,
        mark("What the board feels"),
        mark("No model to feel with yet"),
        mark("Here a board and this computer will be given the same movement, and you will see that they score it "
             "equally."),
        mark("Which board shall feel?"),
        sentence=mark("See the board tell gestures, beside this computer."),
    ),
    CAMERA.name: Sensing(
        PictureView,
        mark("What the board sees"),
        mark("No model to see with yet"),
        mark("Here a board and this computer will see the same pictures, and you will see that they score them alike."),
        mark("Which board shall look?"),
        mark("{n} pictures lost on the way"),
        sentence=mark("See the board look, beside this computer."),
    ),
    ENVIRONMENT.name: _MEASURES,
    COLOUR.name: _MEASURES,
}  # fmt: skip
