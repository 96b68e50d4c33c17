"""How Features shows each kind of front end: a row each."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from studio.core.text import gettext as _
from studio.ui.pages import features_photograph, features_rows, features_sound
from studio.ui.pages.features_figures import Figures, TakeView

if TYPE_CHECKING:
    from studio.training.preview import Take
    from studio.ui.pages.features_work import Varied


class KindView(NamedTuple):
    """name: of the front end. figures: of one window, step by step. take: of a card of Augmentation; show_takes and
    show_none fill all cards. words_of: what a take was made with, a line each. heard: whether it can be played.
    made: how variants come to be. not_counted: what its cost leaves out besides.
    """

    name: str
    figures: Callable[[], Figures]
    take: Callable[[], TakeView]
    show_takes: "Callable[[Sequence[Any], Varied], None]"
    show_none: Callable[[Sequence[Any]], None]
    words_of: "Callable[[Take, Sequence[str]], list[str]]"
    made: str
    heard: bool = False
    not_counted: str = ""


_ROWS = (
    features_rows.RowTake,
    features_rows.show_takes,
    features_rows.show_none,
    features_rows.words_of,
    _("As training makes them, and as the model sees them."),
)
KIND_VIEWS: dict[str, KindView] = {
    "log_mel": KindView(
        _("Log-mel energies"),
        features_sound.SoundFigures,
        features_sound.SoundTake,
        features_sound.show_takes,
        features_sound.show_none,
        features_sound.words_of,
        _("As training makes them: heard as stored, seen as in one epoch."),
        heard=True,
    ),
    "motion_raw": KindView(_("Movement as it is"), features_rows.RowFigures, *_ROWS),
    "motion_statistics": KindView(_("Figures of movement"), features_rows.StatisticsFigures, *_ROWS),
    "readings": KindView(_("Readings as they are"), features_rows.RowFigures, *_ROWS),
    "picture": KindView(
        _("Gray picture"),
        features_photograph.PictureFigures,
        features_photograph.PictureTake,
        features_photograph.show_takes,
        features_photograph.show_none,
        features_photograph.words_of,
        _("As training makes them: as stored, and as seen in one epoch."),
        not_counted=_("Fitting the camera's picture is not in it: that goes by the camera."),
    ),
}
