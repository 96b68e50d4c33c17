"""How far a project is, page by page: what the rail's marks say. Read on the catalogue's thread."""

from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

from studio.core.text import gettext as _

if TYPE_CHECKING:
    from studio.dataset.project import Project
    from studio.dataset.runs import Run
    from studio.dataset.settings import ProjectSettings

ENOUGH_TAKES = 10  # of a class, before training is worth while
FEWEST_CLASSES = 2


class Mark(Enum):
    NOTHING = "nothing"
    IN_WORK = "in work"
    DONE = "done"
    STALE = "stale"


class PageState(NamedTuple):
    mark: Mark
    words: str  # for tool tips and screen readers


def page_states(project: "Project | None", board: str | None) -> dict[str, PageState]:
    """States by page name. Pages that are not in it show no mark."""
    devices = PageState(Mark.DONE, _("a board is chosen")) if board else PageState(Mark.NOTHING, _("no board chosen"))
    states = {"devices": devices}
    if project is None:
        return states
    counts = project.catalogue.label_counts()
    unlabelled = counts.get(None, 0)
    classes = {label: count for label, count in counts.items() if label is not None}
    states["collect"] = _collect(classes)
    states["label"] = _label(classes, unlabelled)
    ready = len(classes) >= FEWEST_CLASSES
    states["features"] = (
        PageState(Mark.DONE, _("ready")) if ready else PageState(Mark.NOTHING, _("needs two labels or more"))
    )
    newest = _newest_run(project)
    states |= _model(newest, "" if newest is None else since(project, newest))
    return states


def _collect(classes: dict[str, int]) -> PageState:
    if not classes:
        return PageState(Mark.NOTHING, _("nothing recorded yet"))
    fewest = min(classes.values())
    if fewest < ENOUGH_TAKES or len(classes) < FEWEST_CLASSES:
        return PageState(Mark.IN_WORK, _("the fewest takes of a class: {count}").format(count=fewest))
    return PageState(Mark.DONE, _("{count} takes").format(count=sum(classes.values())))


def _label(classes: dict[str, int], unlabelled: int) -> PageState:
    if not classes and not unlabelled:
        return PageState(Mark.NOTHING, _("nothing to label yet"))
    if unlabelled:
        return PageState(Mark.IN_WORK, _("{count} unlabelled").format(count=unlabelled))
    return PageState(Mark.DONE, _("all labelled"))


def _model(run: "Run | None", changed: str) -> dict[str, PageState]:
    """changed: what did after the run was made, in words; "": nothing."""
    if run is None:
        none = PageState(Mark.NOTHING, _("no model yet"))
        return dict.fromkeys(("train", "evaluate", "deploy", "live"), none)
    if changed:
        stale = PageState(Mark.STALE, changed)
        return {"train": stale, "evaluate": stale, "deploy": stale, "live": PageState(Mark.NOTHING, _("not running"))}
    done = PageState(Mark.DONE, _("trained on today's data"))
    return {
        "train": done,
        "evaluate": done,
        "deploy": PageState(Mark.IN_WORK, _("a model is ready for a board")),
        "live": PageState(Mark.NOTHING, _("not running")),
    }


def since(project: "Project", run: "Run") -> str:
    """What changed after the run was made, in words; "": nothing."""
    edited_utc = project.catalogue.edited_utc()
    if edited_utc is not None and edited_utc > run.created_utc:
        return _("data changed since this model was trained")
    if not _hears_as_chosen(project.settings, run):
        return _("the front end changed since this model was trained")
    return ""


def _hears_as_chosen(settings: "ProjectSettings", run: "Run") -> bool:
    """Whether the run's front end has all that the project's settings choose. What they leave open may differ."""
    from studio.core.errors import StudioError
    from studio.features.choices import CHOICES
    from studio.features.front_ends import front_end_from_dict, front_end_of

    kind, chosen = settings.front_end_kind, dict(settings.front_end)
    try:
        theirs = front_end_from_dict(run.front_end)
        ours = front_end_of(kind, settings.rate_hz, settings.window_ms, chosen, sensor=settings.sensor.kind)
    except StudioError:
        return True  # Features tells what is wrong
    if (theirs.kind, theirs.sensor) != (ours.kind, ours.sensor):
        return False
    of = {choice.key: (choice.of(ours), choice.of(theirs)) for choice in CHOICES[kind]}
    highest_hz = of.pop("high_hz", (0, 0))[1]
    below = "high_hz" not in chosen or int(highest_hz) <= int(chosen["high_hz"])  # lower where a recording's rate is
    same = all(mine == other for mine, other in of.values())
    return same and below and (ours.rate_hz, ours.clip_samples) == (theirs.rate_hz, theirs.clip_samples)


def _newest_run(project: "Project") -> "Run | None":
    from studio.core.errors import StudioError
    from studio.dataset.runs import find_run

    try:
        return find_run(project.runs_folder)
    except StudioError:
        return None
