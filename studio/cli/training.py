"""`features`, `augment`, `train` and `evaluate`: from labelled recordings to a scored model."""

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from studio.cli.output import Command, Output
from studio.cli.project import open_for_command
from studio.core.text import gettext as _

if TYPE_CHECKING:
    from studio.training.evaluate import Evaluation
    from studio.training.trainer import Trained
    from studio.training.values import ValueEvaluation

_SCHEDULER_HELP = "local (processes of this machine), or a Dask scheduler's address such as tcp://HOST:8786"


def configure_features(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("project", type=Path)
    parser.add_argument("--scheduler", default="local", metavar="S", help=_(_SCHEDULER_HELP))


def run_features(args: argparse.Namespace, output: Output) -> None:
    from studio.training.preparation import write_features

    with open_for_command(args.project, output, write=False) as project:
        written = write_features(project, scheduler=args.scheduler, report=output.progress)
    output.result(
        {"windows": written.windows, "shape": list(written.shape), "path": str(written.path)},
        _("{windows:,} windows of {shape} features are in {path}.").format(
            windows=written.windows, shape=" x ".join(map(str, written.shape)), path=written.path
        ),
    )


def configure_augment(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("project", type=Path)
    parser.add_argument("--preview", type=int, required=True, metavar="N", help=_("how many variants"))
    parser.add_argument("--to", type=Path, required=True, metavar="DIR", help=_("folder for the WAV, CSV or PNG files"))
    parser.add_argument("--seed", type=int, default=1)


def run_augment(args: argparse.Namespace, output: Output) -> None:
    from studio.training.preparation import front_end_for, write_previews

    with open_for_command(args.project, output, write=False) as project:
        paths = write_previews(project, args.preview, args.to, seed=args.seed, report=output.progress)
        shape = front_end_for(project, []).window_shape
    output.result(
        {"files": [str(path) for path in paths], "windows": len(paths), "shape": list(shape)},
        _("{count} variants are in {folder}: look at them, or listen to them.").format(
            count=len(paths), folder=args.to.resolve()
        ),
    )


def configure_train(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("project", type=Path)
    parser.add_argument(
        "--labels", type=_labels, metavar="a,b", help=_("the classes; the project's, or all, by default")
    )
    parser.add_argument(
        "--hold-out",
        action="append",
        default=[],
        metavar="PERSON",
        help=_("by name or code; only scored; may be repeated"),
    )
    parser.add_argument("--folds", type=int, metavar="K", help=_("cross-validation: K models, each scored on the rest"))
    parser.add_argument(
        "--by",
        choices=["take", "person", "group", "place"],
        help=_("what folds keep whole; by default person, or else group, where all recordings have theirs, or take"),
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--preset",
        metavar="SIZE",
        help=_("of the network: small, medium (by default), large, or another that the template has"),
    )
    parser.add_argument(
        "--quick", action="store_true", help=_("few takes and epochs: proves the way, not the accuracy")
    )
    parser.add_argument("--scheduler", default="local", metavar="S", help=_(_SCHEDULER_HELP))


def run_train(args: argparse.Namespace, output: Output) -> None:
    from studio.dataset.splits import usual_by
    from studio.training.trainer import train

    with open_for_command(args.project, output, write=False) as project:  # labelling may go on meanwhile
        by = args.by or usual_by(project.catalogue.examples())
        if args.folds and args.by is None and by == "take":
            output.warn(_("Folds keep takes apart and not people, since not every recording says whose it is."))
        trained = train(
            project,
            labels=args.labels,
            hold_out=args.hold_out,
            folds=args.folds,
            by=by,
            seed=args.seed,
            quick=args.quick,
            preset=args.preset,
            scheduler=args.scheduler,
            report=output.progress,
        )
    for notice in trained.run.notices:
        output.warn(notice)
    output.result(_trained_as_dict(trained), _trained_as_text(trained))


def configure_evaluate(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("project", type=Path)
    parser.add_argument("--run", help=_("the run's id; the newest by default"))
    parser.add_argument(
        "--data",
        type=Path,
        metavar="DIR",
        help=_("a folder that the project never saw, laid out as the last import was"),
    )


def run_evaluate(args: argparse.Namespace, output: Output) -> None:
    from studio.dataset.runs import find_run
    from studio.training.evaluate import evaluate
    from studio.training.values import ValueEvaluation

    with open_for_command(args.project, output, write=False) as project:
        run = find_run(project.runs_folder, args.run)
        scored = evaluate(project, run, data=args.data, report=output.progress)
    text = _values_as_text(scored) if isinstance(scored, ValueEvaluation) else _evaluation_as_text(scored)
    output.result(scored.as_dict(), text)


def _labels(text: str) -> list[str]:
    return [label.strip() for label in text.split(",") if label.strip()]


def _trained_as_dict(trained: "Trained") -> dict[str, Any]:
    from studio.training.evaluate import predicts_value

    run = trained.run
    figures = (
        {"mae_float": trained.mae_float, "mae_int8": trained.mae_int8, "unit": trained.unit}
        if predicts_value(run)
        else {
            "accuracy_float": trained.accuracy_float,
            "accuracy_int8": trained.accuracy_int8,
            "balanced_accuracy_int8": trained.balanced_accuracy_int8,
        }
    )
    return {
        "run": run.id,
        "path": str(run.folder.resolve()),
        "labels": run.labels,
        **figures,
        "scored_on": run.metrics["scored_on"],
        "validation_by": run.metrics["validation_by"],
        "confusion_int8": trained.confusion_int8,
        "seconds": trained.seconds,
        "folds": trained.folds,
        "notices": run.notices,
    }


def _trained_as_text(trained: "Trained") -> str:
    run, unit = trained.run, trained.unit
    lines = [
        _("Fold {run}: {n:,} windows of {who}, int8 {int8}, float {float}").format(
            run=fold["run"],
            n=fold["n"],
            who=", ".join(fold["held_out"]) or "-",
            int8=_figure(fold, "int8", unit),
            float=_figure(fold, "float", unit),
        )
        for fold in trained.folds
    ]
    who = _("people kept out") if run.metrics["scored_on"] == "test" else _("validation")
    lines.append(
        _("Run {run}, {seconds:.0f} s: int8 {int8}, float {float} ({who}).").format(
            run=run.id,
            seconds=trained.seconds,
            int8=_figure(vars(trained), "int8", unit),
            float=_figure(vars(trained), "float", unit),
            who=who,
        )
    )
    if len(trained.confusion_int8) > 1:
        lines.append(_("Balanced over classes: int8 {share}.").format(share=_percent(trained.balanced_accuracy_int8)))
    return "\n".join(lines)


def _evaluation_as_text(scored: "Evaluation") -> str:
    lines = [
        _("{n:,} windows of {what}: int8 {int8} (balanced {balanced}), float {float}").format(
            n=scored.n,
            what=scored.scored,
            int8=_percent(scored.accuracy_int8),
            balanced=_percent(scored.balanced_accuracy_int8),
            float=_percent(scored.accuracy_float),
        )
    ]
    lines += [
        f"  {person:<10} {figures['n']:>6,}   int8 {_percent(figures['accuracy_int8'])}"
        for person, figures in scored.per_person.items()
    ]
    if scored.outside:
        words = ", ".join(scored.outside)
        lines.append(_("Words that this model does not know, counted as wrong: {words}").format(words=words))
    return "\n".join(lines)


def _values_as_text(scored: "ValueEvaluation") -> str:
    figures = vars(scored)
    lines = [
        _("{n:,} windows of {what}: int8 {int8}, float {float}, where the usual value is {usual} off").format(
            n=scored.n,
            what=scored.scored,
            int8=_figure(figures, "int8", scored.unit),
            float=_figure(figures, "float", scored.unit),
            usual="-" if scored.usual_error is None else f"{scored.usual_error:.3g} {scored.unit}".rstrip(),
        )
    ]
    lines += [
        f"  {person:<10} {of['n']:>6,}   int8 {_figure(of, 'int8', scored.unit)}"
        for person, of in scored.per_person.items()
    ]
    return "\n".join(lines)


def _figure(figures: Mapping[str, Any], kind: str, unit: str) -> str:
    """An accuracy, or how far off values are in the mean; kind: int8 or float."""
    error = figures.get(f"mae_{kind}")
    if error is None:
        return _percent(figures.get(f"accuracy_{kind}"))
    return _("{error:.3g} {unit} off").format(error=error, unit=unit).replace("  ", " ")


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{share:.1%}"


COMMANDS = {
    "features": Command(configure_features, run_features),
    "augment": Command(configure_augment, run_augment),
    "train": Command(configure_train, run_train),
    "evaluate": Command(configure_evaluate, run_evaluate),
}
