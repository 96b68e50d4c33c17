"""`inspect`, `infer`, `compare`: any int8 `.tflite`, without a project."""

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from studio.cli.output import Command, Output
from studio.core.text import gettext as _

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from studio.model.peers import Comparison
    from studio.model.plan import Plan
    from studio.model.tflite import Graph, Tensor

DEFAULT_INPUTS = 20


def configure_inspect(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("model", type=Path)


def run_inspect(args: argparse.Namespace, output: Output) -> None:
    from studio.core.errors import StudioError
    from studio.model.image import build_image
    from studio.model.plan import plan
    from studio.model.tflite import read_graph, read_model_file

    tflite = read_model_file(args.model)
    graph = read_graph(tflite)
    planned: Plan | None = None
    why = ""
    image_bytes = None
    try:
        planned = plan(tflite)
        image_bytes = len(build_image(planned))
    except StudioError as error:  # told below: a model that we cannot run can still be looked at
        why = str(error)
    found = {
        "model": str(args.model.resolve()),
        "model_bytes": len(tflite),
        "description": graph.description,
        "inputs": [_tensor(tensor) for tensor in graph.inputs],
        "outputs": [_tensor(tensor) for tensor in graph.outputs],
        "operators": _operators(graph, planned),
        "runs": planned is not None,
        "why": why or None,
        "macs": planned.macs if planned else None,
        "image_bytes": image_bytes,
        "arena_bytes": planned.arena_bytes if planned else None,
        "arena_lower_bound_bytes": planned.arena_lower_bound_bytes if planned else None,
    }
    output.result(found, _as_table(found))


def configure_infer(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("model", type=Path)
    parser.add_argument(
        "--engine",
        choices=("core", "litert", "tflm"),
        default="core",
        help=_("ours, LiteRT's reference, or TensorFlow Lite Micro"),
    )
    parser.add_argument("--input", type=Path, required=True, metavar="X.npy", help=_("int8, a row each"))
    parser.add_argument("--output", type=Path, required=True, metavar="Y.npy", help=_("int8, a row each"))


def run_infer(args: argparse.Namespace, output: Output) -> None:
    import io

    import numpy as np

    from studio.core.files import write_bytes
    from studio.model.peers import RUNNERS
    from studio.model.tflite import read_model_file

    outputs = RUNNERS[args.engine](read_model_file(args.model), _read_rows(args.input))
    content = io.BytesIO()
    np.save(content, outputs)
    write_bytes(args.output, content.getvalue())
    output.result(
        {
            "engine": args.engine,
            "rows": len(outputs),
            "output": str(args.output.resolve()),
            "shape": list(outputs.shape),
        },
        _("{n:,} rows, written to {path}.").format(n=len(outputs), path=args.output),
    )


def configure_compare(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("model", type=Path)
    given = parser.add_mutually_exclusive_group()
    given.add_argument("--inputs", type=int, default=DEFAULT_INPUTS, help=_("how many: random walks and noise"))
    given.add_argument("--input", type=Path, metavar="X.npy", help=_("these instead: int8, a row each"))
    parser.add_argument(
        "--board", metavar="ADDRESS", help=_("compare a board's outputs with ours; it then keeps the tried model")
    )


def run_compare(args: argparse.Namespace, output: Output) -> None:
    from studio.core.errors import InvalidInput
    from studio.model.peers import compare_with_tflm, probing_inputs
    from studio.model.plan import plan
    from studio.model.tflite import read_model_file

    if args.inputs < 1:
        raise InvalidInput("--inputs", _("it is less than 1"))
    tflite = read_model_file(args.model)
    planned = plan(tflite)
    inputs = probing_inputs(planned.input, args.inputs) if args.input is None else _read_rows(args.input)
    if args.board:
        beside, compared = args.board, _compare_with_board(planned, inputs, args.board, output)
    else:
        beside, compared = "TensorFlow Lite Micro", compare_with_tflm(planned, tflite, inputs, output.progress)
    if compared.first is None:
        verdict = _("All equal.")
    else:
        verdict = _(
            "{n:,} differ, first operator {operator}, tensor {tensor}, value {index}: {engine}, not {reference}."
        )
        verdict = verdict.format(n=compared.differing, **asdict(compared.first))
    output.result(
        asdict(compared),
        _("{values:,} values of {inputs:,} inputs, beside {beside}. {verdict}").format(
            values=compared.values, inputs=compared.inputs, beside=beside, verdict=verdict
        ),
    )


def _compare_with_board(planned: "Plan", inputs: "NDArray[np.int8]", at: str, output: Output) -> "Comparison":
    from studio.boards.address import parse_address
    from studio.boards.connection import open_board
    from studio.deploy.probe import board_outputs
    from studio.model.peers import compare_outputs, rows_of

    rows = rows_of(inputs, planned.input.bytes)
    address = parse_address(at)
    with open_board(address, None) as board:
        theirs = board_outputs(board, planned, rows, token=address.token, report=output.progress)
    return compare_outputs(planned, theirs, rows)


def _read_rows(path: Path) -> "NDArray[np.int8]":
    import numpy as np

    from studio.core.errors import InvalidInput, NotFound

    try:
        rows = np.load(path, allow_pickle=False)
    except FileNotFoundError as error:
        raise NotFound(str(path)) from error
    except OSError as error:
        raise InvalidInput(str(path), error.strerror or str(error)) from error
    except (ValueError, EOFError) as error:  # NumPy's own words would advise to load what could run code
        raise InvalidInput(str(path), _("it is not a NumPy file of numbers")) from error
    if not isinstance(rows, np.ndarray):
        raise InvalidInput(str(path), _("it holds several arrays"))
    return rows


def _tensor(tensor: "Tensor") -> dict[str, Any]:
    return {
        "name": tensor.name,
        "shape": list(tensor.shape),
        "dtype": tensor.dtype,
        "scale": tensor.scales[0] if len(tensor.scales) == 1 else None,
        "zero_point": tensor.zero_points[0] if len(tensor.zero_points) == 1 else None,
    }


def _operators(graph: "Graph", planned: "Plan | None") -> list[dict[str, Any]]:
    macs = {operator.index: operator.macs for operator in planned.operators} if planned else {}
    return [
        {
            "index": operator.index,
            "kind": operator.kind,
            "output": [list(tensor.shape) for tensor in operator.outputs],
            "macs": macs.get(operator.index, 0) if planned else None,
        }
        for operator in graph.operators
    ]


def _as_table(found: dict[str, Any]) -> str:
    lines = [
        _("{model}: {bytes:,} bytes. {text}").format(
            model=found["model"], bytes=found["model_bytes"], text=found["description"]
        )
    ]
    for side, tensors in ((_("input"), found["inputs"]), (_("output"), found["outputs"])):
        for tensor in tensors:
            shape = " × ".join(map(str, tensor["shape"]))
            lines.append(
                f"{side:>8}  {shape} {tensor['dtype']}, scale {tensor['scale']}, zero point {tensor['zero_point']}"
            )
    for operator in found["operators"]:
        shapes = ", ".join(" × ".join(map(str, shape)) for shape in operator["output"])
        macs = f"{operator['macs']:>12,}" if operator["macs"] is not None else ""
        lines.append(f"{operator['index']:>8}  {operator['kind']:<24} {shapes:<20}{macs}".rstrip())
    if found["runs"]:
        total = _("{macs:,} multiplications; image {image:,} bytes; arena {arena:,} bytes (at least {bound:,}).")
        lines.append(
            total.format(
                macs=found["macs"],
                image=found["image_bytes"],
                arena=found["arena_bytes"],
                bound=found["arena_lower_bound_bytes"],
            )
        )
    else:
        lines.append(found["why"])
    return "\n".join(lines)


COMMANDS = {
    "inspect": Command(configure_inspect, run_inspect),
    "infer": Command(configure_infer, run_infer),
    "compare": Command(configure_compare, run_compare),
}
