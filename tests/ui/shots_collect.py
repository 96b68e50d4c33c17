"""Shots of Collect: takes being recorded, nothing yet, a cable that was pulled, hands off."""

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tests.ui.screenshots import Shot

if TYPE_CHECKING:
    from studio.ui.window import MainWindow

RATE_HZ = 16_000
WORDS = ("on", "off", "yes", "no")
MADE = {"on": 22, "off": 21, "yes": 18, "no": 17, "_unknown_": 26, "_background_": 31}
NAME = "Nano 33 BLE Sense (virtual)"
_held: list[Any] = []  # boards whose cable a shot pulls, and sounds, until the process ends


def word(seed: int, seconds: float = 1.5, level: float = 0.3) -> NDArray[np.int16]:
    """Something like a spoken word in a quiet room: int16 (n,)."""
    rng = np.random.default_rng(seed)
    at = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    sound = rng.normal(0, 0.0015, len(at))
    begin, length = 0.25 + 0.2 * rng.random(), 0.28 + 0.2 * rng.random()
    inside = np.clip((at - begin) / length, 0, 1)
    shape = np.clip(np.sin(np.pi * inside**0.45), 0, 1) ** 1.5
    pitch = 2 * np.pi * np.cumsum(150 - 40 * inside + 4 * np.sin(2 * np.pi * 5 * at)) / RATE_HZ
    formants = [500 + 500 * rng.random(), 1400 + 900 * rng.random(), 2600.0]
    for harmonic in range(1, 28):
        hz = 130 * harmonic
        gain = (
            sum(np.exp(-(((hz - formant) / 260) ** 2)) / (1 + place) for place, formant in enumerate(formants)) + 0.02
        )
        sound += level * 0.3 * gain * shape * np.sin(harmonic * pitch)
    hiss = np.exp(-(((at - begin - length * 1.05) / 0.05) ** 2))
    sound += level * 0.12 * hiss * np.diff(rng.normal(0, 1, len(at) + 1))
    clipped: NDArray[np.int16] = np.rint(32767 * np.clip(sound, -1, 1)).astype(np.int16)
    return clipped


def heard(path: Path) -> Path:
    """What the board hears: words with pauses, a minute of them."""
    import soundfile

    soundfile.write(path, np.concatenate([word(seed, 2.1, 0.22) for seed in range(30)]), RATE_HZ)
    return path


def kitchen(folder: Path) -> None:
    """Takes by four people, the newest with files: one of them clipped, one silent, one that was there before."""
    import soundfile

    from studio.dataset.edits import NewRecording
    from studio.dataset.project import create_project
    from studio.dataset.recordings import Sidecar
    from studio.dataset.script import BACKGROUND_S, Script, ScriptClass, keep_script

    script = Script((
        *(ScriptClass(label) for label in WORDS),
        ScriptClass("_unknown_"), ScriptClass("_background_", seconds=BACKGROUND_S),
    ), ("P01", "P02", "P03", "P04"))  # fmt: skip
    shares = {"P01": 0.45, "P02": 0.35, "P03": 0.2}

    def taken(label: str, name: str, person: str, samples: int) -> NewRecording:
        sidecar = Sidecar(source="virtual:nano33ble", rate_hz=RATE_HZ, samples=samples, label=label, person=person)
        return NewRecording(f"recordings/{name}.wav", sidecar, "[]")

    with create_project(folder, name="Kitchen light") as project:
        keep_script(project.catalogue, script)
        old, new = [], []
        newest = ("no", "yes", "off", "no", "yes", "off", "on", "on")
        left = {label: count - newest.count(label) for label, count in MADE.items()}
        for label, count in left.items():
            people = [person for person, share in shares.items() for _ in range(round(share * count) + 1)][:count]
            old += [taken(label, f"{label}-{n:03}", person, 24_000) for n, person in enumerate(people)]
        for n, label in enumerate(newest):
            samples = word(100 + n)
            if n == 3:
                samples = (word(100) * 0.8).astype(np.int16)
            elif n == 1:
                samples = (samples * 0.002).astype(np.int16)
            elif n == 5:
                samples = word(105, level=4.0)
            soundfile.write(project.recordings_folder / f"new-{n}.wav", samples, RATE_HZ)
            new.append(taken(label, f"new-{n}", "P02", len(samples)))
        with project.catalogue.edit("Import takes") as edit:
            edit.add([*old, *new])


def begun(folder: Path) -> None:
    """A project in which nothing was recorded."""
    from studio.dataset.project import create_project
    from studio.dataset.script import BACKGROUND_S, Script, ScriptClass, keep_script

    background = (ScriptClass("_unknown_"), ScriptClass("_background_", 20, BACKGROUND_S))
    with create_project(folder, name="Kitchen light") as project:
        keep_script(project.catalogue, Script((*(ScriptClass(label) for label in WORDS), *background), ("P01",)))


def recording(window: "MainWindow") -> Callable[[], bool]:
    """The second take after some seconds of listening, in its middle."""
    scratch = tempfile.TemporaryDirectory()
    _held.append(scratch)
    page = _listen(window, f"virtual:nano33ble?play={heard(Path(scratch.name) / 'words.wav')}")

    def ready() -> bool:
        seconds, taken = page.stage.view.stream.columns.end / RATE_HZ, page.listening.recording
        if page.chosen.person != "P02":
            page.chosen.choose_person("P02")
        if (taken is None and seconds > 2.2) or (
            taken is not None and taken.ended and page.takes.pending and seconds > 6.3
        ):
            window.commands.run("collect.record")
        return bool(taken is not None and not taken.ended and seconds > 6.3 and taken.seconds > 0.8)

    return ready


def hands_off(window: "MainWindow") -> Callable[[], bool]:
    scratch = tempfile.TemporaryDirectory()
    _held.append(scratch)
    page = _listen(window, f"virtual:nano33ble?play={heard(Path(scratch.name) / 'words.wav')}")

    def ready() -> bool:
        if not page.taking.hands_off.is_on and page.stage.view.stream.columns.end > RATE_HZ and page.script.class_rows:
            window.commands.run("collect.hands_off")
        return bool(page.taking.hands_off.is_on and page.taking.hands_off.beat.count == 2)

    return ready


def cutting(window: "MainWindow") -> Callable[[], bool]:
    """Words become takes by themselves: two are made, and it waits for the next."""
    scratch = tempfile.TemporaryDirectory()
    _held.append(scratch)
    page = _listen(window, f"virtual:nano33ble?play={heard(Path(scratch.name) / 'words.wav')}")

    def ready() -> bool:
        seconds = page.stage.view.stream.columns.end / RATE_HZ
        if not page.taking.cutting.is_on and seconds > 0.5 and page.script.class_rows:
            page.chosen.choose_person("P02")
            window.commands.run("collect.cut")
        return bool(
            page.taking.cutting.is_on and seconds > 6 and not page.listening.is_recording and page.takes.pending
        )

    return ready


def holding(window: "MainWindow") -> Callable[[], bool]:
    """An open recording: one word was labelled by its key, the key of another is held."""
    from PySide6.QtCore import Qt
    from PySide6.QtTest import QTest

    scratch = tempfile.TemporaryDirectory()
    _held.append(scratch)
    page = _listen(window, f"virtual:nano33ble?play={heard(Path(scratch.name) / 'words.wav')}")
    keys = [
        (1.4, QTest.keyPress, Qt.Key.Key_1),
        (2.2, QTest.keyRelease, Qt.Key.Key_1),
        (3.8, QTest.keyPress, Qt.Key.Key_3),
    ]

    def ready() -> bool:
        taken = page.listening.recording
        if taken is None and page.stage.view.stream.columns.end > RATE_HZ and page.script.class_rows:
            window.commands.run("collect.record_on")
        if taken is not None and keys and taken.seconds > keys[0][0]:
            _after_s, act, key = keys.pop(0)
            act(window, key)
        return taken is not None and taken.seconds > 4.4

    return ready


def empty(window: "MainWindow") -> Callable[[], bool]:
    window.show_page("collect")
    page: Any = window.page("collect")
    return lambda: len(page.script.class_rows) > 0


def edited(window: "MainWindow") -> Callable[[], bool]:
    ready = empty(window)

    def opened() -> bool:
        page: Any = window.page("collect")
        if ready() and not page.script.edit.isChecked():
            window.commands.run("collect.edit")
        return ready()

    return opened


def agreeing(window: "MainWindow") -> Callable[[], bool]:
    """One person has agreed, another is asked."""
    ready = empty(window)
    page: Any = window.page("collect")

    def asked() -> bool:
        if ready() and not page.script.circumstances.scope.isVisible():
            page.script.consent_noted.emit("P01", "class project, stays in this room")
            page.chosen.choose_person("P02")
            page.script.circumstances.place.setText("kitchen")
            page.script.circumstances.note.click()
        return ready() and page.script.circumstances.scope.isVisible()

    return asked


def pulled(window: "MainWindow") -> Callable[[], bool]:
    """The cable of a board goes while noise is recorded."""
    from studio.boards.address import parse_address
    from studio.boards.virtual import start_virtual_board

    scratch = tempfile.TemporaryDirectory()
    sound = heard(Path(scratch.name) / "words.wav")
    board = start_virtual_board(parse_address(f"virtual:nano33ble?play={sound}"), None, tcp=True)
    _held.append((scratch, board))
    page = _listen(window, f"tcp:127.0.0.1:{board.port}?token={board.token}")

    def ready() -> bool:
        taken = page.listening.recording
        if taken is None and page.stage.view.stream.columns.end > 3 * RATE_HZ and page.script.class_rows:
            page.chosen.choose_person("P03")
            page.chosen.choose("_background_")
            window.commands.run("collect.record")
        if taken is not None and taken.seconds > 2.4:
            board.close()
        return (
            page.taking.cut is not None
            and page._takes[0].label == "_background_"
            and page.sources.hearing.problem is not None
        )

    return ready


def beside(window: "MainWindow") -> Callable[[], bool]:
    """Movement and pictures of two more boards are recorded with a word."""
    from studio.core.picture_file import png
    from studio.ui.heard import Wanted

    scratch = tempfile.TemporaryDirectory()
    _held.append(scratch)
    folder = Path(scratch.name)
    at = np.arange(3000) / 119
    axes = [0.2 * np.sin(2 * np.pi * (0.4 + 0.13 * n) * at) + (n == 2) for n in range(3)]
    axes += [60 * np.sin(2 * np.pi * (0.5 + 0.11 * n) * at) for n in range(3)]
    np.savetxt(folder / "wave.csv", np.stack(axes, 1), "%.4f", ",", header="ax,ay,az,gx,gy,gz", comments="")
    (folder / "seen").mkdir()
    for number in range(20):
        row, column = np.mgrid[0:120, 0:160]
        lamp = 200 * np.exp(-(((column - 20 - 6 * number) / 25) ** 2 + ((row - 60) / 30) ** 2))
        (folder / "seen" / f"{number:02}.png").write_bytes(png((30 + row / 3 + lamp).clip(0, 255).astype(np.uint8)))
    page = _listen(window, f"virtual:espeye?play={heard(folder / 'words.wav')}")
    also = [
        Wanted(f"virtual:nano33ble?play={folder / 'wave.csv'}", "imu"),
        Wanted(f"virtual:nano33ble?play={folder / 'seen'}", "camera"),
    ]

    def ready() -> bool:
        if page.chosen.project is not None and page.sources.beside != also:
            page.sources.record_beside(also)
        streams, taken = page.listening.sources, page.listening.recording
        if len(streams) < 3 or page.stage.view.stream.columns.end < 6 * RATE_HZ or not all(h.is_on for h in streams):
            return False
        if (taken is None or taken.ended) and page.script.class_rows:
            window.commands.run("collect.record")
        return taken is not None and not taken.ended and taken.seconds > 0.8

    return ready


def beside_lost(window: "MainWindow") -> Callable[[], bool]:
    """A second microphone is gone while a take is on."""
    from studio.boards.address import parse_address
    from studio.boards.virtual import start_virtual_board
    from studio.ui.heard import Wanted

    scratch = tempfile.TemporaryDirectory()
    sound = heard(Path(scratch.name) / "words.wav")
    board = start_virtual_board(parse_address(f"virtual:nano33ble?play={sound}"), None, tcp=True)
    _held.append((scratch, board))
    page = _listen(window, f"virtual:espeye?play={sound}")
    also = [Wanted(f"tcp:127.0.0.1:{board.port}?token={board.token}", "")]

    def ready() -> bool:
        if page.chosen.project is not None and page.sources.beside != also:
            page.sources.record_beside(also)
        taken, second = page.listening.recording, page.listening.beside
        if taken is None and second and second[0].seen > 6 * RATE_HZ and page.script.class_rows:
            page.chosen.choose("_background_")
            window.commands.run("collect.record")
        if taken is not None and taken.seconds > 1.5:
            board.close()
        return bool(second and (page.stage.beside.row_of(second[0]).head.away_s or 0) > 2)

    return ready


def _listen(window: "MainWindow", address: str) -> Any:
    window.session.choose_board(address, NAME)
    window.show_page("collect")
    return window.page("collect")


SHOTS = [
    Shot("collect", recording, kitchen),
    Shot("collect-beside", beside, kitchen),
    Shot("collect-beside-lost", beside_lost, kitchen),
    Shot("collect-consent", agreeing, kitchen),
    Shot("collect-cutting", cutting, kitchen),
    Shot("collect-empty", empty, begun),
    Shot("collect-error", pulled, kitchen),
    Shot("collect-hands-off", hands_off, kitchen),
    Shot("collect-holding", holding, kitchen),
    Shot("collect-script", edited, kitchen),
]
