"""A bundle as files that other tools take: the `.tflite`, the same as a C array, and the model image."""

import hashlib
from pathlib import Path

from studio.core.files import make_folder, write_bytes, write_json, write_text
from studio.dataset.runs import Run
from studio.deploy.bundle import Bundle

# What each export consists of, by what it is called.
EXPORTS: dict[str, tuple[str, ...]] = {
    "tflite": ("model.tflite",),
    "c": ("model_data.h", "model_data.c"),
    "image": ("model.image", "bundle.json"),
}
_BYTES_A_LINE = 12


def write_bundle(bundle: Bundle, run: Run, folder: Path) -> Path:
    """Writes every export into `folder`. Returns the image's path."""
    for kind in EXPORTS:
        export(bundle, run, folder, kind)
    return folder / "model.image"


def export(bundle: Bundle, run: Run, folder: Path, kind: str) -> list[Path]:
    """Writes one of EXPORTS into `folder`, in place of what is there by that name. Raises StorageFailed."""
    make_folder(folder)
    paths = [folder / name for name in EXPORTS[kind]]
    if kind == "tflite":
        write_bytes(paths[0], bundle.tflite)
    elif kind == "c":
        header, source = c_array(bundle.tflite, run)
        write_text(paths[0], header)
        write_text(paths[1], source)
    else:
        write_bytes(paths[0], bundle.image)
        described = {
            "run": run.id,
            "board": bundle.fit.board,
            "labels": run.labels,
            "image_sha256": hashlib.sha256(bundle.image).hexdigest(),
            "image_bytes": len(bundle.image),
            "arena_bytes": bundle.plan.arena_bytes,
            "decision": bundle.decision.to_dict(),
        }
        write_json(paths[1], described)
    return paths


def c_array(tflite: bytes, run: Run) -> tuple[str, str]:
    """A header and a source in C99 with the `.tflite`, aligned as TensorFlow Lite Micro wants it, and its labels."""
    labels = ", ".join(_c_string(label) for label in run.labels)
    header = (
        "#ifndef MODEL_DATA_H\n#define MODEL_DATA_H\n\n"
        "/* The int8 model as a .tflite, and what its outputs mean, in their order. */\n"
        "extern const unsigned char model_data[];\n"
        "extern const unsigned int model_data_len;\n"
        "extern const char *const model_labels[];\n"
        "extern const unsigned int model_labels_len;\n\n#endif\n"
    )
    lines = (tflite[at : at + _BYTES_A_LINE] for at in range(0, len(tflite), _BYTES_A_LINE))
    rows = "\n".join("    " + " ".join(f"0x{value:02x}," for value in line) for line in lines)
    source = (
        f'/* Run {run.id}, exported by TinyML Studio. */\n#include "model_data.h"\n\n'
        "#if defined(__GNUC__)\n__attribute__((aligned(16)))\n#endif\n"
        f"const unsigned char model_data[] = {{\n{rows}\n}};\n"
        f"const unsigned int model_data_len = {len(tflite)}u;\n"
        f"const char *const model_labels[] = {{{labels}}};\n"
        f"const unsigned int model_labels_len = {len(run.labels)}u;\n"
    )
    return header, source


def _c_string(text: str) -> str:
    """A literal that no character of `text` ends or changes: all but plain letters as three octal digits a byte."""
    plain = set(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 _-.")
    return '"' + "".join(chr(byte) if byte in plain else f"\\{byte:03o}" for byte in text.encode()) + '"'
