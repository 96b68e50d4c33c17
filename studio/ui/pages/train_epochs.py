"""A training's epochs: read of a run, and what they say in a sentence. No Qt."""

from typing import TYPE_CHECKING

from studio.core.errors import StudioError
from studio.core.text import gettext as _

if TYPE_CHECKING:
    from studio.dataset.project import Project
    from studio.training.trainer import Epoch


def read_epochs(project: "Project", run_id: str) -> "list[Epoch]":
    """Of a run's history; none where it cannot be read."""
    import json

    from studio.dataset.runs import find_run
    from studio.training.trainer import Epoch

    try:
        rows = json.loads(find_run(project.runs_folder, run_id).history_path.read_text(encoding="utf-8"))
        return [
            Epoch(n, len(rows), row["loss"], row["accuracy"], row.get("val_loss"), row.get("val_accuracy"))
            for n, row in enumerate(rows, 1)
        ]
    except (OSError, ValueError, KeyError, TypeError, StudioError):
        return []


def best_epoch(epochs: "list[Epoch]") -> int | None:
    """With the lowest validation loss; None where nothing is watched."""
    watched = [(epoch.val_loss, epoch.number) for epoch in epochs if epoch.val_loss is not None]
    return min(watched)[1] if watched else None


def sentence_of(epochs: "list[Epoch]", right: str) -> str:
    """right: what is said of the share on varied takes, a marked sentence with {right}."""
    best, last = best_epoch(epochs), epochs[-1]
    if best is None:
        said = _(right).format(right=f"{last.accuracy:.0%}".replace("%", " %"))
        return _("{said} Nothing is kept for validation.").format(said=said)
    if best == last.number:
        return _("Validation loss is still falling.")
    return _("Validation loss was lowest after epoch {best}. The end is an average over the last epochs.").format(
        best=best
    )


def seconds_left(epochs: "list[Epoch]", times_s: list[float]) -> str:
    """From the ends of the epochs so far, monotonic; "" while they tell too little."""
    if len(times_s) < 3 or epochs[-1].number == epochs[-1].of:
        return ""
    each_s = (times_s[-1] - times_s[0]) / (len(times_s) - 1)
    return _("about {seconds:,.0f} s left").format(seconds=each_s * (epochs[-1].of - epochs[-1].number))
