"""`people`, `script`: who is recorded and what they agreed to, and what is still to be recorded."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from studio.cli.output import Command, Output
from studio.cli.project import open_for_command
from studio.core.errors import InvalidInput
from studio.core.text import counted, mark
from studio.core.text import gettext as _

if TYPE_CHECKING:
    from studio.dataset.people import People
    from studio.dataset.project import Project
    from studio.dataset.runs import Run
    from studio.dataset.script import Progress

RUNS_SHOWN = 10


def configure_people(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("project", type=Path)
    parser.add_argument(
        "act",
        nargs="?",
        choices=("consent", "withdraw"),
        help=_("note what a person agrees to, or take all recordings of one out; without, list people"),
    )
    parser.add_argument("who", nargs="?", metavar="P", help=_("a person, by name or code"))
    parser.add_argument("--scope", metavar="TEXT", help=_("of a consent, such as: class project, stays in this room"))
    parser.add_argument("--date", metavar="YYYY-MM-DD", help=_("of a consent; without, today"))


def run_people(args: argparse.Namespace, output: Output) -> None:
    if args.act is None:
        _list(args, output)
    elif args.who is None:
        raise InvalidInput(f"people {args.act}", mark("it says nobody"), mark("Name a person by name or code."))
    elif args.act == "consent":
        _consent(args, output)
    else:
        _withdraw(args, output)


def _list(args: argparse.Namespace, output: Output) -> None:
    with open_for_command(args.project, output, write=False) as project:
        people = project.people()
        takes: dict[str, int] = {}
        for (_label, code), count in project.catalogue.take_counts().items():
            if code is not None:
                takes[code] = takes.get(code, 0) + count
    found = [_person(people, code, takes.get(code, 0)) for code in sorted({*people.codes, *takes})]
    lines = [
        f"{each['code']:6}  {_takes(each['takes']):>12}  {each['name'] or '-':16}  {each['told']}".rstrip()
        for each in found
    ]
    for each in found:
        del each["told"]
    output.result({"people": found}, "\n".join(lines) or _("Nobody is known here yet. `record --person` enters one."))


def _person(people: "People", code: str, takes: int) -> dict[str, Any]:
    consent = people.consent_of(code)
    return {
        "code": code,
        "name": people.name_of(code),
        "takes": takes,
        "scope": None if consent is None else consent.scope,
        "date": None if consent is None else consent.date.isoformat(),
        "told": _("no consent noted") if consent is None else str(consent),
    }


def _consent(args: argparse.Namespace, output: Output) -> None:
    from studio.dataset.people import SCOPES, checked_consent

    if args.scope is None:
        offered = "; ".join(_(scope) for scope in SCOPES)
        advice = _("Give one, such as: {offered}.").format(offered=offered)
        raise InvalidInput(mark("A consent without --scope"), mark("it says nothing"), advice)
    consent = checked_consent(args.scope, args.date)
    with open_for_command(args.project, output, write=True) as project:
        people = project.people()
        code = people.enter(args.who)
        people.set_consent(code, consent)
        people.save()
    told = _("{code} has agreed: {consent}. Recordings from now on say so.").format(code=code, consent=consent)
    output.result({"code": code, "scope": consent.scope, "date": consent.date.isoformat()}, told)


def _withdraw(args: argparse.Namespace, output: Output) -> None:
    from studio.dataset.withdrawal import withdraw

    with open_for_command(args.project, output, write=True) as project:
        done = withdraw(project, project.people().find(args.who))
    lines = [
        _(
            "{recordings} of {code} taken out; `undo` brings them back. Their files stay in the project's folder."
        ).format(recordings=counted("{n:,} recording", "{n:,} recordings", done.recordings), code=done.code)
    ]
    if done.runs:
        told = counted("{n:,} run was trained on them:", "{n:,} runs were trained on them:", len(done.runs))
        lines += [told, *(f"  {_run(run)}" for run in done.runs[:RUNS_SHOWN])]
        if len(done.runs) > RUNS_SHOWN:
            lines.append(_("  and {count:,} more").format(count=len(done.runs) - RUNS_SHOWN))
        lines.append(_("A network cannot forget: train again, and deploy that one."))
    output.result(
        {"code": done.code, "recordings": done.recordings, "runs": [run.id for run in done.runs]}, "\n".join(lines)
    )


def _run(run: "Run") -> str:
    return f"{run.id}  {run.created_utc}  {', '.join(run.labels)}"


def _takes(count: int) -> str:
    return counted("{n:,} take", "{n:,} takes", count)


def configure_script(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("project", type=Path)
    parser.add_argument(
        "text",
        nargs="?",
        metavar="TEXT",
        help=_("the new script: 'yes 20, no 20, background 1 x 60 s'; without, show it"),
    )


def run_script(args: argparse.Namespace, output: Output) -> None:
    from studio.dataset.script import keep_script
    from studio.dataset.script_text import parse_script

    classes = None if args.text is None else parse_script(args.text)
    with open_for_command(args.project, output, write=classes is not None) as project:
        if classes is not None:
            keep_script(project.catalogue, progress_of(project).script.having(classes))
        progress = progress_of(project, with_recorded=False)
    output.result(progress_json(progress), progress_text(progress))


def progress_of(project: "Project", *, with_recorded: bool = True) -> "Progress":
    from studio.dataset.script import read_progress

    has_background = project.settings.row.has_background
    return read_progress(project.catalogue, with_background=has_background, with_recorded=with_recorded)


def progress_json(progress: "Progress") -> dict[str, Any]:
    from studio.dataset.script_text import script_text

    script = progress.script
    return {
        "script": script_text(script.classes),
        "classes": [
            {
                "label": each.label,
                "wanted": each.wanted,
                "seconds": each.seconds,
                "made": progress.made(each.label),
                "by_person": {code: progress.made(each.label, code) for code in script.people},
            }
            for each in script.classes
        ],
    }


def progress_text(progress: "Progress") -> str:
    """A line for each class: takes made of those wanted, and whose."""
    from studio.dataset.script_text import script_text

    script = progress.script
    if not script.classes:
        return _("The script has no class. Set it with: script PROJECT 'yes 20, no 20'")
    lines = []
    for each in script.classes:
        whose = "  ".join(
            f"{code} {count:,}" for code in script.people if (count := progress.made(each.label, code)) > 0
        )
        made = f"{progress.made(each.label):,} / {each.wanted:,}"
        lines.append(f"{each.label:16}  {made:>11}  {each.seconds:g} s  {whose}".rstrip())
    taken, wanted = progress.total
    total = _("{made:,} of {wanted:,} takes.").format(made=taken, wanted=wanted)
    return "\n".join([script_text(script.classes), *lines, total])


COMMANDS = {"people": Command(configure_people, run_people), "script": Command(configure_script, run_script)}
