"""What a training says of its data and of its figures, so that these are taken for what they are."""

from collections import Counter
from collections.abc import Sequence

from studio.core.text import gettext as _
from studio.dataset.catalogue import Example
from studio.dataset.project import Project
from studio.dataset.quality import unequal_bands
from studio.dataset.splits import ENOUGH_PEOPLE, Split
from studio.training.evaluate import Metrics
from studio.training.tasks import Task, TellApart
from studio.training.values import ValueMetrics

FEW_TAKES = 10  # of a word: one mistake is then a tenth of all
FEW_VALUES = 50


def notices_of(project: Project, task: Task, chosen: Sequence[Example], judged: Sequence[Example]) -> list[str]:
    """A sentence for each thing that is odd. chosen: who trains; judged: who is scored."""
    notices = []
    found = unequal_bands(project.catalogue, list(chosen))
    if found:
        notices.append(f"{found.where}: {found.says} {found.remedy}")
    if isinstance(task, TellApart):
        notices += _of_classes(task, chosen)
    elif len(chosen) < FEW_VALUES:
        text = _("Fewer than {least} windows to train on tell little. Record more, at other values too.")
        notices.append(text.format(least=FEW_VALUES))
    if not judged:
        notices.append(_("Nothing was left to score it on. With more takes, or people kept out, there would be."))
    return notices


def _of_classes(task: TellApart, chosen: Sequence[Example]) -> list[str]:
    notices, words = [], task.of.words
    if len(words) == 1 and task.of.unknown is None:
        alone = _("{word} is the only word: any other would be taken for it. Record others, labelled `_unknown_`.")
        notices.append(alone.format(word=words[0]))
    counts = Counter(e.label for e in chosen)
    few = ", ".join(f"{word} ({counts[word]})" for word in words if counts[word] < FEW_TAKES)
    if few:
        text = _("Fewer than {least} takes to train on tell little: {words}. Record more of these.")
        notices.append(text.format(least=FEW_TAKES, words=few))
    return notices


def outcome_of(metrics: Metrics | ValueMetrics, sides: Split) -> str:
    """What was scored, said so that nobody takes one for the other."""
    if isinstance(metrics, ValueMetrics):
        if metrics.mae_int8 is None:
            return _("Trained; nothing was left to score it on")
        text = _("{n:,} windows are {error:.3g} {unit} off in int8, in the mean")
        return text.format(n=metrics.n, error=metrics.mae_int8, unit=metrics.unit)
    if metrics.accuracy_int8 is None:
        return _("Trained; nothing was left to score it on")
    if sides.test:
        return _("{right:.1%} of {n:,} windows of people kept out are right in int8").format(
            right=metrics.accuracy_int8, n=metrics.n
        )
    if sides.validation_by == "person":
        return _("{right:.1%} of {n:,} windows of people kept for validation are right in int8").format(
            right=metrics.accuracy_int8, n=metrics.n
        )
    return _(
        "{right:.1%} of {n:,} validation windows are right in int8. They are other takes of the same people, fewer "
        "than {enough}: new people will be harder. `--hold-out` or `--folds` tell how much"
    ).format(right=metrics.accuracy_int8, n=metrics.n, enough=ENOUGH_PEOPLE)
