"""What Train and Evaluate say of a project's data and runs, read on the catalogue's thread. No Qt."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from studio.core.text import gettext as _
from studio.dataset.templates import KEYWORD, TEMPLATES

if TYPE_CHECKING:
    from studio.boards.board_table import BoardRow
    from studio.dataset.project import Project
    from studio.dataset.runs import Run
    from studio.features.front_ends import AnyFrontEnd
    from studio.training.presets import Preset, Sizes


@dataclass(frozen=True)
class RunFacts:
    """A run as a row. number: from 1, the oldest. preset: its title. right of total: int8, of what `scored_on` says.

    change: int8 accuracy less float accuracy. stale: what changed since it was made, in words. error, error_change: of
    one that predicts a value, its mean absolute error in int8, and that less the float model's, in `unit`; then nothing
    is right or wrong.
    """

    id: str
    number: int
    preset: str
    quick: bool
    right: int
    total: int
    scored_on: str
    held_out: tuple[str, ...]
    labels: tuple[str, ...]
    change: float | None
    model_bytes: int
    seconds: float | None
    created_utc: str
    stale: str  # "": nothing
    notices: tuple[str, ...] = ()  # on what was odd about its data
    error: float | None = None
    error_change: float | None = None
    unit: str = ""

    @property
    def told_stale(self) -> str:
        """As a sentence; "" where nothing changed."""
        return f"{self.stale[:1].upper()}{self.stale[1:]}." if self.stale else ""

    @property
    def name(self) -> str:
        return _("Run {number}").format(number=self.number)


@dataclass(frozen=True)
class TrainingFacts:
    """template, front_end_kind: of the project, by which there are presets. words: the labels that can be told apart,
    or values, with their takes. takes: of all labels, background's too.

    people: codes. chosen: words that project.toml names, none for all. shape: of the features, of sound (frames, mels).
    """

    template: str = KEYWORD
    front_end_kind: str = "log_mel"
    words: dict[str, int] = field(default_factory=dict)
    takes: int = 0
    people: tuple[str, ...] = ()
    chosen: tuple[str, ...] = ()
    shape: tuple[int, ...] = (49, 40)
    hops_ms: tuple[int, ...] = (100, 200, 300, 400, 500)  # from one window to the next, of which a board takes one
    front_end_bytes: int = 0
    runs: tuple[RunFacts, ...] = ()  # newest first

    @property
    def ready(self) -> bool:
        return len(self.words) > 1 if self.predicts_value else bool(self.words)

    @property
    def predicts_value(self) -> bool:
        return TEMPLATES[self.template].predicts_value

    @property
    def presets(self) -> "tuple[Preset, ...]":
        from studio.training.presets import presets_of

        return presets_of(self.template, self.front_end_kind)

    def classes(self, labels: tuple[str, ...]) -> int:
        """How many outputs a network for these words has; for none, all words."""
        if self.predicts_value:
            return 1
        wanted = [word for word in labels if word in self.words] or list(self.words)
        return len(wanted) + (len(wanted) < len(self.words)) + TEMPLATES[self.template].has_background

    def sizes(self, preset: "Preset", labels: tuple[str, ...]) -> "Sizes":
        from studio.training.presets import sizes_of

        return sizes_of(preset, self.shape, self.classes(labels), self.front_end_bytes)


def read_training_facts(project: "Project") -> TrainingFacts:
    from studio.training.classes import UNKNOWN, is_background
    from studio.training.preparation import front_end_for

    spec = front_end_for(project, [])
    counts = {label: count for label, count in project.catalogue.label_counts().items() if label is not None}
    settings = project.settings
    return TrainingFacts(
        template=settings.template,
        front_end_kind=settings.front_end_kind,
        words={label: n for label, n in counts.items() if label != UNKNOWN and not is_background(label)},
        takes=sum(counts.values()),
        people=tuple(sorted(project.catalogue.people())),
        chosen=tuple(settings.labels or ()),
        shape=spec.shape,
        hops_ms=_hops_ms(spec, predicts_value=settings.row.predicts_value),
        front_end_bytes=len(spec.pack()),
        runs=tuple(read_runs(project)),
    )


def _hops_ms(spec: "AnyFrontEnd", *, predicts_value: bool) -> tuple[int, ...]:
    """As the runs will have them: a picture is looked at by itself, a value is told of each window."""
    from studio.training.presets import hops_ms

    window_ms = max(1000 * spec.clip_samples // spec.rate_hz, 1)
    return (window_ms,) if predicts_value or spec.clip_samples == 1 else hops_ms(window_ms)


def read_runs(project: "Project") -> list[RunFacts]:
    """Newest first."""
    from studio.dataset.runs import list_runs
    from studio.ui.progress import since

    runs = list(list_runs(project.runs_folder))
    return [_facts(run, len(runs) - place, stale=since(project, run)) for place, run in enumerate(runs)]


def _facts(run: "Run", number: int, *, stale: str) -> RunFacts:
    from studio.training.presets import preset_of

    architecture = run.settings.get("architecture", {})
    preset = preset_of(architecture)
    other = _("{filters} filters").format(filters=architecture.get("filters", "?"))
    scored = _scored(run)
    total = int(scored.get("n", 0))
    both = run.accuracy_int8 is not None and run.accuracy_float is not None
    error, floats = scored.get("mae_int8"), scored.get("mae_float")
    return RunFacts(
        id=run.id,
        number=number,
        preset=_(preset.title) if preset is not None else other,
        quick=bool(run.settings.get("quick")),
        right=round(float(scored.get("accuracy_int8") or 0.0) * total),
        total=total,
        scored_on=str(run.metrics.get("scored_on", "")),
        held_out=tuple(run.data.get("held_out", ())),
        labels=tuple(run.labels),
        change=run.accuracy_int8 - run.accuracy_float if both else None,  # type: ignore[operator]
        model_bytes=run.tflite_path.stat().st_size,
        seconds=run.seconds,
        created_utc=run.created_utc,
        stale=stale,
        notices=tuple(run.notices),
        error=error,
        error_change=None if error is None or floats is None else error - floats,
        unit=str(scored.get("unit", "")),
    )


def _scored(run: "Run") -> dict[str, Any]:
    found = run.metrics.get(str(run.metrics.get("scored_on", "")), {})
    return found if isinstance(found, dict) else {}


def chosen_board(address: str | None, name: str) -> "BoardRow":
    """The row of the board in use, by its address or its name; the usual board where neither tells."""
    from studio.boards.address import parse_address
    from studio.boards.board_table import DEFAULT_BOARD, load_boards
    from studio.core.errors import StudioError

    rows = load_boards()
    try:
        reached = parse_address(address) if address else None
    except StudioError:
        reached = None
    if reached is not None and reached.scheme == "virtual" and reached.target in rows:
        return rows[reached.target]
    return next((row for row in rows.values() if name and row.name == name), rows[DEFAULT_BOARD])
