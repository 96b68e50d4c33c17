"""What a model tells apart: the chosen words, all other words as one class, and what is heard when nobody speaks."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from studio.core.errors import InvalidInput
from studio.core.text import gettext as _
from studio.dataset.background import BACKGROUND as BACKGROUND  # noqa: PLC0414  they are classes too
from studio.dataset.background import UNKNOWN as UNKNOWN  # noqa: PLC0414
from studio.dataset.background import is_background as is_background  # noqa: PLC0414
from studio.dataset.catalogue import Example
from studio.model.image import MOST_CLASSES


@dataclass(frozen=True)
class Classes:
    """words: the chosen labels. has_unknown: whether there are other words. has_background: whether `_background_` is
    a class, as it is of words and gestures.
    """

    words: tuple[str, ...]
    has_unknown: bool
    has_background: bool = True

    @classmethod
    def choose(
        cls, examples: Iterable[Example], labels: Sequence[str] = (), *, has_background: bool = True
    ) -> "Classes":
        """The classes for these examples; without `labels` all their words are chosen.

        has_background: always; without, only where a label says so. Raises InvalidInput for a label that no recording
        has, or when nothing is labelled.
        """
        found = {e.label for e in examples}
        present = {label for label in found if not is_background(label)}
        wanted = [label for label in dict.fromkeys(labels) if label != UNKNOWN and not is_background(label)]
        words = tuple(wanted or sorted(present - {UNKNOWN}))
        missing = sorted(set(words) - present)
        if missing:
            raise InvalidInput(
                _("The label {label}").format(label=", ".join(missing)),
                _("no recording has it"),
                _("`list` shows the labels there are."),
            )
        if not words:
            raise InvalidInput(
                _("This project"),
                _("no recording in it is labelled with a word"),
                _("Bring some in with `import` or `record`, or set their labels with `label`."),
            )
        chosen = cls(words, not present <= set(words), has_background or present != found)
        if len(chosen.names) > MOST_CLASSES:
            raise InvalidInput(
                _("{count} classes").format(count=len(chosen.names)),
                _("a board's decision rule holds {most}").format(most=MOST_CLASSES),
                _("Choose fewer with `--labels`; the others become `_unknown_`."),
            )
        return chosen

    @classmethod
    def of_model(cls, names: Sequence[str]) -> "Classes":
        """From a run's labels."""
        words = tuple(name for name in names if name not in (UNKNOWN, BACKGROUND))
        return cls(words, has_unknown=UNKNOWN in names, has_background=BACKGROUND in names)

    @property
    def names(self) -> list[str]:
        """In the order of the model's outputs."""
        return [*self.words, *([UNKNOWN] * self.has_unknown), *([BACKGROUND] * self.has_background)]

    @property
    def background(self) -> int | None:
        return len(self.words) + self.has_unknown if self.has_background else None

    @property
    def unknown(self) -> int | None:
        return len(self.words) if self.has_unknown else None

    def is_unknown(self, label: str) -> bool:
        return label not in self.words and not is_background(label)

    def index(self, label: str) -> int | None:
        """The class that a segment of this label belongs to; None: a word that this model has no class for."""
        if is_background(label):
            return self.background
        return self.words.index(label) if label in self.words else self.unknown
