"""`build` and `deploy`: a run to a model image, and onto a board."""

import argparse
from pathlib import Path

from studio.cli.output import Command, Output
from studio.cli.project import open_for_command
from studio.core.text import gettext as _


def configure_build(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("project", type=Path)
    parser.add_argument("--board", required=True, help=_("a row of boards.toml, such as nano33ble"))
    parser.add_argument("--run", help=_("the run's id; the newest by default"))
    parser.add_argument(
        "--to", type=Path, help=_("folder for model.tflite, model_data.h and .c, model.image and bundle.json")
    )


def run_build(args: argparse.Namespace, output: Output) -> None:
    from studio.boards.board_table import load_board
    from studio.dataset.runs import find_run
    from studio.deploy.bundle import make_bundle
    from studio.deploy.exports import write_bundle

    with open_for_command(args.project, output, write=False) as project:
        run = find_run(project.runs_folder, args.run)
        board = load_board(args.board)
        bundle = make_bundle(run, board)
        folder = args.to or project.folder / "exports" / f"{run.id}-{board.key}"
        image_path = write_bundle(bundle, run, folder)
    fit = bundle.fit
    verdict = _("It fits {board}.").format(board=board.name) if fit.fits else " ".join(fit.reasons)
    output.result(
        {
            "run": run.id,
            "tflite": str((folder / "model.tflite").resolve()),
            "image": str(image_path.resolve()),
            "image_bytes": len(bundle.image),
            "arena_bytes": bundle.plan.arena_bytes,
            "arena_lower_bound_bytes": bundle.plan.arena_lower_bound_bytes,
            "macs": bundle.plan.macs,
            "fits": fit.fits,
            "reasons": list(fit.reasons),
            "energy_pj": fit.energy_pj,
            "decision": {**bundle.decision.to_dict(), "hop_ms": bundle.pace.hop_ms},
            "window_ms_estimate": round(bundle.pace.window_ms, 1),
            "keeps_up": bundle.pace.keeps_up,
        },
        _("{image}: {bytes:,} bytes, arena {arena:,} bytes, {macs:,} multiplications. {verdict}").format(
            image=image_path,
            bytes=len(bundle.image),
            arena=bundle.plan.arena_bytes,
            macs=bundle.plan.macs,
            verdict=f"{verdict} {bundle.pace}",
        ),
    )


def configure_deploy(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("project", type=Path)
    parser.add_argument("--to", required=True, metavar="ADDRESS", help=_("serial:/dev/ttyACM0, virtual:nano33ble, ..."))
    parser.add_argument("--run", help=_("the run's id; the newest by default"))


def run_deploy(args: argparse.Namespace, output: Output) -> None:
    from studio.boards.address import parse_address
    from studio.dataset.runs import find_run
    from studio.deploy.deploying import deploy

    address = parse_address(args.to)
    with open_for_command(args.project, output, write=False) as project:
        run = find_run(project.runs_folder, args.run)
        deployed = deploy(run, address, project.folder, report=output.progress)
    output.result(
        {
            "board": str(address),
            "run": run.id,
            "image_bytes": deployed.image_bytes,
            "image": deployed.sha256,
            "self_test": True,
        },
        _("The model is on {name} ({bytes:,} bytes), and the board answers as expected.").format(
            name=deployed.board, bytes=deployed.image_bytes
        ),
    )


COMMANDS = {
    "build": Command(configure_build, run_build),
    "deploy": Command(configure_deploy, run_deploy),
}
