"""Features by mouse and keys: the settings, the windows, their variants, and what is heard, on synthesised words."""

import shutil
import tomllib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QAbstractButton, QComboBox, QSpinBox, QWidget
from pytestqt.qtbot import QtBot

from studio.dataset.formats.layout import How
from studio.dataset.importing import import_folder
from studio.dataset.project import create_project, open_project
from studio.features.blocks import LogMel
from studio.native.frontend import log_mel, quantise
from studio.ui.pages.features import FeaturesPage
from studio.ui.pages.features_sound import SoundFigures
from studio.ui.pages.features_work import Opinion, Varied
from studio.ui.window import MainWindow

RATE_HZ = 16_000
Opened = Callable[..., MainWindow]


def write_tone(path: Path, hz: float, seed: int, rate_hz: int = RATE_HZ) -> None:
    rng = np.random.default_rng(seed)
    samples = rng.normal(0, 20, int(1.4 * rate_hz))
    burst = int(0.3 * rate_hz)
    samples[rate_hz // 2 : rate_hz // 2 + burst] += 6_000 * np.sin(2 * np.pi * hz * np.arange(burst) / rate_hz)
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, samples.astype(np.int16), rate_hz, subtype="PCM_16")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four takes each of two words, and noise, in a project."""
    base = tmp_path_factory.mktemp("made")
    for label, hz in (("low", 400.0), ("high", 2_000.0), ("_background_noise_", 0.0)):
        for take in range(4):
            write_tone(base / "takes" / label / f"p{take % 2}_nohash_{take}.wav", hz, take)
    with create_project(base / "tones", name="Tones") as project:
        import_folder(project, base / "takes", How())
    return base / "tones"


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    """A copy that a test may change."""
    shutil.copytree(made, tmp_path / "tones")
    return tmp_path / "tones"


@pytest.fixture
def page(open_window: Opened, folder: Path, qtbot: QtBot) -> FeaturesPage:
    window = open_window(folder)
    window.show_page("features", by_key=True)
    made_page = window.page("features")
    assert isinstance(made_page, FeaturesPage)
    qtbot.waitUntil(lambda: settled(made_page) and made_page._varied is not None, timeout=15_000)
    return made_page


def settled(page: FeaturesPage) -> bool:
    return not (page._finding.busy or page._seeing.busy or page._varying.busy or page._keeper.waiting)


def sound_figures(page: FeaturesPage) -> SoundFigures:
    assert isinstance(page.steps.figures, SoundFigures)
    return page.steps.figures


def varied(page: FeaturesPage) -> Varied:
    assert page._varied is not None
    return page._varied


def press(qtbot: QtBot, page: FeaturesPage, key: Qt.Key, modifier: Any = Qt.KeyboardModifier.NoModifier) -> None:
    window = page.window()
    qtbot.keyClick(window.focusWidget() or window, key, modifier)


def click(qtbot: QtBot, button: QWidget) -> None:
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def type_number(qtbot: QtBot, page: FeaturesPage, key: str, number: int) -> None:
    field = page.form.fields[key]
    assert isinstance(field, QSpinBox)
    field.setFocus()
    field.selectAll()
    qtbot.keyClicks(field, str(number))
    qtbot.keyClick(field, Qt.Key.Key_Return)


def settings_of(folder: Path) -> dict[str, Any]:
    return tomllib.loads((folder / "project.toml").read_text())


def test_the_steps_shown_end_in_what_a_board_would_see(page: FeaturesPage):
    looked = page.steps.looked
    assert looked is not None
    assert looked.steps is not None
    spec = LogMel.for_data()
    np.testing.assert_array_equal(looked.steps.input, quantise(log_mel(looked.steps.samples, spec), spec))
    assert page._seen is not None
    assert {each.example.label for each in page._seen.looked} == {"low", "high", "_background_"}
    assert page.cost._figures["ram"].text == "43,400 bytes"


def test_pointing_at_a_value_points_at_it_in_every_figure(page: FeaturesPage, qtbot: QtBot):
    picture = sound_figures(page).raw
    rect = picture.cell_rect(30, 12)
    qtbot.mouseClick(picture, Qt.MouseButton.LeftButton, pos=QPoint(round(rect.center().x()), round(rect.center().y())))
    assert page.steps.cell == (30, 12)
    assert page.steps.looked is not None
    assert page.steps.looked.steps is not None
    value = int(page.steps.looked.steps.input[30, 12])
    assert page.steps.figures.figures[-1].foot.text == str(value).replace("-", "−")
    assert page.steps.figures.figures[0].foot.text.startswith("frame 31 at 0.6")
    qtbot.keyClick(picture, Qt.Key.Key_Right)
    assert page.steps.cell == (31, 12)


def test_a_setting_is_seen_at_once_kept_in_the_project_and_undone(page: FeaturesPage, folder: Path, qtbot: QtBot):
    press(qtbot, page, Qt.Key.Key_F)
    assert page.form.fields["window_ms"].hasFocus()
    type_number(qtbot, page, "mels", 20)
    qtbot.waitUntil(lambda: page._seen is not None and page._seen.spec.shape[1] == 20)
    qtbot.waitUntil(lambda: settings_of(folder).get("front_end") == {"mels": 20})
    qtbot.waitUntil(lambda: page._varied is not None and page._varied.takes[0].input.shape[1] == 20)
    with open_project(folder, write=False) as project:  # what `train` and `features` read
        assert project.settings.front_end == {"mels": 20}
    window = page.window()
    assert isinstance(window, MainWindow)
    qtbot.waitUntil(lambda: window.notices.notice is not None and bool(window.notices.notice.acts))
    press(qtbot, page, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: "front_end" not in settings_of(folder))
    qtbot.waitUntil(lambda: page.form.fields["mels"].property("value") == 40)


def test_a_model_is_stale_once_the_front_end_is_another(page: FeaturesPage, folder: Path, qtbot: QtBot):
    from studio.dataset.runs import Run, begin_run, finish_run
    from studio.ui.progress import Mark

    session = page.session
    run_id, partial = begin_run(folder / "runs")
    (partial / "model.tflite").write_bytes(b"")
    front_end = LogMel.for_data(lowest_nyquist_hz=4_000).to_dict()  # of takes at a lower rate than these
    finish_run(partial, Run(run_id, partial, labels=["low", "_background_"], front_end=front_end, decision={}))
    session.settings_changed()
    qtbot.waitUntil(lambda: session.states["train"].mark is Mark.DONE)
    type_number(qtbot, page, "stride_ms", 10)
    qtbot.waitUntil(lambda: session.states["train"].mark is Mark.STALE)
    assert "front end" in session.states["train"].words
    click(qtbot, page.form.reset)
    qtbot.waitUntil(lambda: session.states["train"].mark is Mark.DONE)


def test_what_cannot_be_is_said_beside_its_field_and_not_kept(page: FeaturesPage, folder: Path, qtbot: QtBot):
    before = settings_of(folder)
    for key, number, why in (
        ("frame_ms", 90, "1,024 samples"),
        ("mels", 300, "From 4 to 128"),
        ("window_ms", 10, "From 20"),
        ("high_hz", 7_900, "7,600 Hz"),
    ):
        usual = page.form.fields[key].property("value")
        type_number(qtbot, page, key, number)
        assert why in page.form.problems[key].text()
        assert page.form.problems[key].isVisible()
        assert page.form.fields[key].property("invalid")
        assert sum(problem.isVisible() for problem in page.form.problems.values()) == 1
        type_number(qtbot, page, key, usual)
        assert not page.form.problems[key].isVisible()
    qtbot.waitUntil(lambda: settled(page))
    assert settings_of(folder) == before


def test_all_is_as_it_came_after_reset(page: FeaturesPage, folder: Path, qtbot: QtBot):
    field = page.form.fields["normalise"]
    assert isinstance(field, QComboBox)
    field.setFocus()
    field.setCurrentIndex(field.findData("band"))
    type_number(qtbot, page, "stride_ms", 10)
    qtbot.waitUntil(lambda: "front_end" in settings_of(folder))
    assert settings_of(folder)["front_end"] == {"stride_ms": 10, "normalise": "band"}
    click(qtbot, page.form.reset)
    qtbot.waitUntil(lambda: "front_end" not in settings_of(folder))
    assert page._spec == LogMel.for_data()


def test_an_edit_just_made_is_not_lost_when_the_window_closes(page: FeaturesPage, folder: Path, qtbot: QtBot):
    type_number(qtbot, page, "mels", 24)
    page.window().close()
    assert settings_of(folder)["front_end"] == {"mels": 24}


def test_windows_are_walked_through_by_key_and_by_mouse(page: FeaturesPage, qtbot: QtBot):
    strip = page.steps.strip
    assert strip.hasFocus()
    assert strip.index == 0
    qtbot.keyClick(strip, Qt.Key.Key_Right)
    press(qtbot, page, Qt.Key.Key_N)
    assert strip.index == 2
    press(qtbot, page, Qt.Key.Key_P)
    assert strip.index == 1
    last = len(page._seen.looked) - 1 if page._seen is not None else 0
    qtbot.mouseClick(strip, Qt.MouseButton.LeftButton, pos=strip.cell_rect(last).center().toPoint())
    assert strip.index == last
    assert "noise" in page.steps.name.accessibleName()
    qtbot.waitUntil(lambda: settled(page))
    assert page.steps.looked is not None
    assert page.steps.looked.steps is not None
    np.testing.assert_array_equal(varied(page).takes[0].samples, page.steps.looked.steps.samples)


def test_the_seed_says_which_variants_and_the_dice_throws_another(page: FeaturesPage, qtbot: QtBot):
    first = [take.samples.tobytes() for take in varied(page).takes]
    assert len(set(first)) == 5
    press(qtbot, page, Qt.Key.Key_D)
    qtbot.waitUntil(lambda: settled(page) and varied(page).takes[1].samples.tobytes() != first[1])
    assert varied(page).takes[0].samples.tobytes() == first[0]
    page.variants.seed_box.setValue(1)
    qtbot.waitUntil(lambda: settled(page) and varied(page).takes[1].samples.tobytes() == first[1])


def test_strength_is_none_at_the_left_and_is_kept_for_training(page: FeaturesPage, folder: Path, qtbot: QtBot):
    slider = page.variants.slider
    slider.setFocus()
    qtbot.keyClick(slider, Qt.Key.Key_Home)
    qtbot.waitUntil(lambda: settled(page) and varied(page).takes[1].drawn is not None)
    qtbot.waitUntil(lambda: settled(page) and bool(np.all(varied(page).takes[1].drawn[:3] == (1.0, 0.0, 0.0))))  # type: ignore[index]
    qtbot.waitUntil(lambda: settings_of(folder).get("augmentation") == {"strength": 0.0})
    press(qtbot, page, Qt.Key.Key_Plus)
    qtbot.waitUntil(lambda: settings_of(folder).get("augmentation") == {"strength": 0.1})
    assert page.variants._strength.text() == "0.1 ×"


def test_only_the_newest_of_many_wishes_is_shown_last(page: FeaturesPage, qtbot: QtBot):
    for seed in range(50, 90):
        page.variants.seed_box.setValue(seed)
    qtbot.waitUntil(lambda: settled(page), timeout=15_000)
    page.variants.seed_box.setValue(3)
    qtbot.waitUntil(lambda: settled(page))
    shown = varied(page).takes[2].samples.copy()
    page.variants.seed_box.setValue(89)
    qtbot.waitUntil(lambda: settled(page))
    assert not np.array_equal(varied(page).takes[2].samples, shown)


def test_each_take_is_heard_by_its_button_and_its_key(
    page: FeaturesPage, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
):
    heard: list[tuple[str, bytes]] = []
    monkeypatch.setattr(
        page._player, "play_samples", lambda what, samples, _rate: heard.append((what, samples.tobytes()))
    )
    press(qtbot, page, Qt.Key.Key_Space)
    press(qtbot, page, Qt.Key.Key_3)
    click(qtbot, page.variants.cards[1].play)
    takes = varied(page).takes
    assert heard == [(str(place), takes[place].samples.tobytes()) for place in (0, 3, 1)]


def test_the_model_says_what_it_takes_each_for(page: FeaturesPage):
    made = varied(page)
    opinions = tuple(Opinion("low", 0.9 - place / 10, right=place != 2) for place in range(5))
    page._show_varied(replace(made, opinions=opinions))
    cards = page.variants.cards
    assert all(card.opinion.isVisibleTo(card) for card in cards)
    assert cards[0].opinion.accessibleDescription() == "low"
    assert "not" in cards[2].opinion.accessibleDescription()


def test_features_are_extracted_into_the_projects_exports(page: FeaturesPage, folder: Path, qtbot: QtBot):
    button = page.header[-1]
    assert isinstance(button, QAbstractButton)
    click(qtbot, button)
    assert button.text() == "Stop"
    qtbot.waitUntil(lambda: page._extracting.job is None, timeout=30_000)
    with np.load(folder / "exports" / "features.npz") as arrays:
        assert arrays["features"].shape == (12, 49, 40)
    assert button.text() == "Extract features"


def test_a_recording_that_is_gone_is_told_and_the_others_are_shown(open_window: Opened, folder: Path, qtbot: QtBot):
    for path in (folder / "recordings").rglob("*low*.wav"):
        path.unlink()
    window = open_window(folder)
    window.show_page("features")
    page: Any = window.page("features")
    qtbot.waitUntil(lambda: page._seen is not None and settled(page), timeout=15_000)
    missing = [place for place, each in enumerate(page._seen.looked) if each.steps is None]
    assert missing
    assert len(missing) < len(page._seen.looked)
    page.steps.strip.choose(missing[0])
    qtbot.waitUntil(lambda: settled(page))
    assert "it is not there" in page.steps.problem.text()
    assert not page.variants.cards[0].play.isEnabled()


def test_a_window_is_opened_in_label(page: FeaturesPage, qtbot: QtBot):
    page.steps.strip.choose(3)
    assert page.steps.looked is not None
    segment = page.steps.looked.example.id
    press(qtbot, page, Qt.Key.Key_L)
    window = page.window()
    assert isinstance(window, MainWindow)
    qtbot.waitUntil(lambda: window.page_name == "label")
    label: Any = window.page("label")
    qtbot.waitUntil(lambda: [row.id for row in label._list.chosen()] == [segment])


def test_without_labels_the_page_says_what_will_be_here(open_window: Opened, tmp_path: Path, qtbot: QtBot):
    create_project(tmp_path / "empty").close()
    window = open_window(tmp_path / "empty")
    window.show_page("features")
    page: Any = window.page("features")
    qtbot.waitUntil(lambda: page._found is not None)
    assert page._states.currentIndex() == 0
    assert not window.commands.can("features.extract")


def test_the_same_window_seed_and_value_are_there_when_it_is_opened_again(
    open_window: Opened, folder: Path, qtbot: QtBot
):
    window = open_window(folder)
    window.show_page("features")
    page: Any = window.page("features")
    qtbot.waitUntil(lambda: page._varied is not None and settled(page), timeout=15_000)
    page.steps.strip.choose(5)
    page.steps.figures.point(7, 9)
    page.variants.seed_box.setValue(77)
    segment = page.steps.looked.example.id
    window.close()
    again = open_window(folder)
    assert again.page_name == "features"
    page = again.page("features")
    qtbot.waitUntil(lambda: page._varied is not None and settled(page), timeout=15_000)
    assert (page.steps.looked.example.id, page.steps.cell, page.variants.seed) == (segment, (7, 9), 77)


def test_everything_is_reached_by_tab_and_has_a_name(page: FeaturesPage, qtbot: QtBot):
    page.window().resize(1440, 900)  # room for every variant
    qtbot.waitUntil(page.variants.cards[-1].isVisible)
    window = page.window()
    page.form.fields["window_ms"].setFocus()
    seen: list[QWidget] = []
    for _step in range(60):
        widget = window.focusWidget()
        if widget in seen:
            break
        if widget is not None and page.isAncestorOf(widget):
            seen.append(widget)
        qtbot.keyClick(window, Qt.Key.Key_Tab)
    wanted: list[QWidget] = [
        page.form.fields["window_ms"],
        page.form.fields["normalise"],
        page.steps.play,
        sound_figures(page).raw,
    ]
    wanted += [page.steps.strip, page.variants.slider, page.variants.seed_box, page.variants.cards[4].play]
    places = [seen.index(widget) for widget in wanted]
    assert places == sorted(places)
    for widget in seen:
        name = widget.accessibleName() or (widget.text() if isinstance(widget, QAbstractButton) else "")
        assert name, widget


def test_nothing_is_reset_before_there_is_something_to_reset(open_window: Opened):
    window = open_window()
    window.show_page("features")
    assert not window.commands.can("features.reset")


def test_a_project_open_elsewhere_is_looked_at_and_not_changed(open_window: Opened, folder: Path, qtbot: QtBot):
    with open_project(folder, write=True):
        window = open_window(folder)
        window.show_page("features")
        page: Any = window.page("features")
        qtbot.waitUntil(lambda: page._varied is not None and settled(page), timeout=15_000)
        assert not any(field.isEnabled() for field in page.form.fields.values())
        assert not window.commands.can("features.reset")
        page.variants.slider.setValue(0)
        qtbot.waitUntil(lambda: settled(page))
        window.close()
    assert "augmentation" not in settings_of(folder)


def test_settings_that_do_not_go_together_are_told_and_reset(open_window: Opened, folder: Path, qtbot: QtBot):
    with (folder / "project.toml").open("a") as file:
        file.write("\n[front_end]\nframe_ms = 100\n")
    window = open_window(folder)
    window.show_page("features")
    page: Any = window.page("features")
    qtbot.waitUntil(lambda: page._problem.title.text() != "", timeout=15_000)
    assert "1,024 samples" in page._problem.title.text()
    assert not page.header[-1].isEnabled()
    click(qtbot, page._way_on)
    qtbot.waitUntil(lambda: page._varied is not None and settled(page), timeout=15_000)
    assert "front_end" not in settings_of(folder)


def test_the_newest_model_says_what_it_takes_each_for(
    open_window: Opened, folder: Path, shared_data: Path, qtbot: QtBot
):
    from studio.dataset.runs import Run, begin_run, finish_run
    from studio.deploy.bundle import image_of
    from studio.live.compare import Reference
    from studio.model.plan import plan
    from studio.training.preview import model_inputs

    rule = {"smooth": 2, "threshold": 150, "refractory_ms": 600, "hop_samples": 3_200, "background": 0, "unknown": 1}
    run_id, partial = begin_run(folder / "runs")
    model = (shared_data / "models/micro_speech_quantized.tflite").read_bytes()
    (partial / "model.tflite").write_bytes(model)
    labels = ["_background_", "_unknown_", "low", "high"]
    run = finish_run(partial, Run(run_id, partial, labels=labels, front_end=LogMel().to_dict(), decision=rule))
    window = open_window(folder)
    window.show_page("features")
    page: Any = window.page("features")
    qtbot.waitUntil(lambda: page._varied is not None and settled(page), timeout=15_000)
    reference = Reference(image_of(run, plan(model)))
    made = varied(page)
    windows = np.stack([take.samples for take in made.takes])
    assert isinstance(reference.spec, LogMel)
    inputs, _drawn = model_inputs(windows, reference.spec, seed=page.variants.seed, strength=1.0)
    for heard, opinion, card in zip(inputs, made.opinions, page.variants.cards, strict=True):
        scores = reference.engine.run(heard.reshape(1, -1))[0]  # hidden parts and all
        assert opinion.said == labels[int(scores.argmax())]
        assert opinion.score == (int(scores.max()) + 128) / 256
        assert opinion.right == (opinion.said == page.steps.looked.example.label)
        assert card.opinion.isVisibleTo(card)
    type_number(qtbot, page, "window_ms", 700)
    qtbot.waitUntil(lambda: settled(page) and page._varied.spec.clip_samples == 11_200, timeout=15_000)
    assert not page.variants.cards[0].opinion.isVisible()
    assert "another length" in page.variants.note.text


def test_without_a_model_nothing_is_said_of_the_variants(made: Path):
    from studio.training.preview import hear, vary
    from studio.ui.pages.features_work import make_variants

    with open_project(made, write=False) as project:
        heard = hear(project, 3, 1)
    assert heard.spec is not None
    example = heard.examples[0]
    result = make_variants(heard, example, heard.spec, 4, seed=1, strength=1.0, runs_folder=made / "runs", run_id=None)
    assert result.opinions == ()
    ours = vary(example, heard.windows(heard.spec), 4, seed=1, strength=1.0, noises=heard.noises)
    assert [take.samples.tobytes() for take in result.takes] == [take.samples.tobytes() for take in ours]


def test_an_edit_just_made_is_not_lost_when_another_project_is_opened(
    page: FeaturesPage, folder: Path, tmp_path: Path, qtbot: QtBot
):
    create_project(tmp_path / "other").close()
    type_number(qtbot, page, "mels", 24)
    assert page._keeper.waiting
    page.session.open(tmp_path / "other")
    qtbot.waitUntil(lambda: settings_of(folder).get("front_end") == {"mels": 24})


def test_a_negative_number_has_its_minus_sign_and_takes_a_hyphen(page: FeaturesPage, qtbot: QtBot):
    field = page.form.fields["floor_db"]
    assert isinstance(field, QSpinBox)
    assert field.text() == "\N{MINUS SIGN}80 dB"
    type_number(qtbot, page, "floor_db", -70)
    assert (field.value(), field.text()) == (-70, "\N{MINUS SIGN}70 dB")


def test_a_variant_says_what_is_heard_and_what_an_epoch_hides(page: FeaturesPage):
    made = varied(page)
    for take, card in zip(made.takes, page.variants.cards, strict=True):
        words = [line.text for line in card.lines]
        if take.in_epoch is None:
            assert words == ["as recorded", "", "", "", ""]
        else:
            assert f"hides {take.in_epoch.frames} frames" in words[4]
            assert f"tempo {take.in_epoch.tempo:.2f}" in words[3]
