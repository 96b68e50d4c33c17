"""Shots of the frame, Start and Devices."""

import tempfile
import time
import wave
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from studio.core.job import Report
from studio.ui.importing import ImportPreview
from studio.ui.session import Act, BoardStatus, Notice
from tests.ui.screenshots import Shot

if TYPE_CHECKING:
    from studio.ui.window import MainWindow

_held: list[tempfile.TemporaryDirectory[str]] = []  # as long as this process
TAKES = {"on": 22, "off": 21, "yes": 18, "no": 17, "_unknown_": 26, "_background_": 31}


def kitchen(folder: Path) -> None:
    """A project's catalogue with labelled takes; the files do not exist."""
    from studio.dataset.edits import NewRecording, Span
    from studio.dataset.project import create_project
    from studio.dataset.recordings import Sidecar

    with create_project(folder, name="Kitchen light") as project, project.catalogue.edit("Import takes") as edit:
        edit.add(
            [
                NewRecording(
                    f"recordings/{label}-{take:03}.wav",
                    Sidecar(source="virtual:nano33ble", rate_hz=16_000.0, samples=24_000),
                    "[]",
                    (Span(label),),
                )
                for label, count in TAKES.items()
                for take in range(count)
            ]
        )


def start(window: "MainWindow") -> None:
    """Nothing opened yet."""


def start_with_recent(window: "MainWindow") -> Callable[[], bool]:
    from studio.ui import places

    project = window.session.project
    assert project is not None
    for age, name in reversed(list(enumerate(("Kitchen light", "Garden gate", "Door bell", "Class 7b, station 4")))):
        folder = project.folder.parent / name
        if name != "Kitchen light":
            folder.mkdir()
            (folder / "project.toml").write_text('format = 1\nname = "x"\n')
        counts = dict(list(TAKES.items())[: 6 - age])
        board = "" if age == 3 else "Arduino Nano 33 BLE Sense"
        entry = places.Recent(str(folder), name, time.time() - age * 86_400 * (1 + age), "keyword", board, counts)
        places.remember_recent(entry)
    window.session.close_project()
    return lambda: window.page_name == "start"


def devices(window: "MainWindow") -> Callable[[], bool]:
    window.show_page("devices")
    page: Any = window.page("devices")

    def ready() -> bool:
        if not page._boards:
            return False
        window.commands.run("devices.use")
        return True

    return ready


def devices_error(window: "MainWindow") -> Callable[[], bool]:
    window.show_page("devices")
    page: Any = window.page("devices")
    page._reach("serial:/dev/ttyACM1")
    window.notify(Notice(
        "The board on ttyACM0 stopped answering 4 s ago. 12.4 s are saved.", "Plug it in again to go on.", "err",
        (Act("Go on without it", lambda: None),),
    ))  # fmt: skip
    window.session.choose_board("serial:/dev/ttyACM0", "Nano 33 BLE Sense")
    window.session.show_status(BoardStatus("Nano 33 BLE Sense", problem="stopped answering"))
    return lambda: page._doctor._steps._finding.error is not None and bool(page._boards)


def devices_compared(window: "MainWindow") -> Callable[[], bool]:
    """A board that is quieter than this computer and hears little over 3 kHz, and one that is lost."""
    from studio.capture.link_state import LinkState
    from studio.capture.paired import Alone, Band, Comparison
    from studio.ui.pages.devices_pair import Compared

    window.show_page("devices")
    page: Any = window.page("devices")
    middles = (100, 125, 160, 200, 250, 315, 400, 500, 630, 800)
    response: tuple[float | None, ...] = (None, -9.1, -7.9, -6.9, -6.2, -6.0, -5.8, -6.1, -6.3, -5.6)
    response += (-5.2, -4.4, -4.9, -6.8, -9.3, -14.2, -21.0, -27.5, None)
    hertz = [*middles, *(10 * hz for hz in middles)]
    bands = tuple(
        Band(hz, 0.4 if db is None else 0.93, db, None if db is None else db + 0.6 + max(0.0, -db - 9) / 9)
        for hz, db in zip(hertz, response, strict=False)
    )

    bands = (*bands[:-1], Band(hertz[len(bands) - 1], 0.2, None, -28.0))

    def ready() -> bool:
        if "virtual:nano33ble" not in page._cards:
            return False
        page._cards["virtual:nano33ble"].click()
        page._set_hears("virtual:nano33ble", "/sounds/kitchen.wav")
        page._use_chosen()
        window.session.show_link("virtual:espeye", LinkState.LOST)
        here = Alone("this computer", 16_000, -31.0, -62.0, 0.0, 0.0001)
        there = Alone(page._boards[0].name, 16_000, -37.0, -58.0, 0.0, 0.0004)
        found = Comparison(here, there, 9.6, 16_000, True, -6.2, 3.4, 1.3, 0.91, bands)
        page._pair._of, page._pair._compared = page._pair._address, Compared(found, [])
        page._pair._show_found(found)
        page._pair._show()
        window.show_inspector(True)
        page._details.ensureWidgetVisible(page._pair.button)
        return "lost" in page._cards["virtual:espeye"].accessibleName()

    return ready


def palette(window: "MainWindow") -> Callable[[], bool]:
    ready = devices(window)

    def opened() -> bool:
        if ready() and not window.palette_panel().isVisible():
            window.palette_panel().open_with("bo")
        return window.palette_panel().isVisible()

    return opened


def keys(window: "MainWindow") -> None:
    window.commands.run("keys")


def jobs(window: "MainWindow") -> Callable[[], bool]:
    ready = devices(window)

    def work(report: Report) -> None:
        while True:
            report(0.62, "epoch 31 of 50, best accuracy 0.94")
            time.sleep(0.02)

    window.session.start("Training", work)
    window.session.start("Importing kitchen-evening", work)

    def opened() -> bool:
        if ready():
            window.commands.run("jobs")
        return bool(window._panels.jobs and window._panels.jobs.isVisible())

    return opened


def import_preview(window: "MainWindow") -> Callable[[], bool]:
    """A folder that somebody dropped on Devices."""
    ready = devices(window)
    scratch = tempfile.TemporaryDirectory()
    _held.append(scratch)
    archive = Path(scratch.name) / "kitchen-archive"
    for place, (word, count) in enumerate({"on": 14, "off": 12, "yes": 9, "no": 8, "_background_noise_": 3}.items()):
        for take in range(count):
            path = archive / word / f"a{take % 4:02}_nohash_{take}.wav"
            path.parent.mkdir(parents=True, exist_ok=True)
            with wave.open(str(path), "wb") as file:
                file.setparams((1, 2, 16_000, 16_000, "NONE", ""))
                file.writeframes(bytes([place + 1, take]) * 16_000)
    for name in ("off/c02_0015.wav", "off/c02_0016.wav", "notes.txt", "labels.ods"):
        (archive / name).write_bytes(b"cut off")
    asked: list[bool] = []

    def opened() -> bool:
        if ready() and not asked:
            asked.append(True)
            window.take_in(archive)
        return any(each.isVisible() for each in window.findChildren(ImportPreview))

    return opened


def settings(window: "MainWindow") -> Callable[[], bool]:
    ready = devices(window)

    def opened() -> bool:
        if ready() and not (window._panels.settings and window._panels.settings.isVisible()):
            window.commands.run("settings")
        return bool(window._panels.settings and window._panels.settings.isVisible())

    return opened


SHOTS = [
    Shot("import-preview", import_preview, kitchen),
    Shot("settings", settings, kitchen),
    Shot("start-empty", start),
    Shot("start", start_with_recent, kitchen),
    Shot("devices", devices, kitchen),
    Shot("devices-error", devices_error, kitchen),
    Shot("devices-compared", devices_compared, kitchen),
    Shot("palette", palette, kitchen),
    Shot("keys", keys, kitchen),
    Shot("jobs", jobs, kitchen),
]
