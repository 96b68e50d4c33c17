"""A run onto a board: what is built, what does not fit, and a board that is gone or refuses in the midst of it."""

import contextlib
import hashlib
import json
import os
import shutil
import signal
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from studio.boards.address import parse_address
from studio.boards.board_table import load_board
from studio.boards.connection import BoardLost, BoardRefused, open_board
from studio.cli.main import main
from studio.core.errors import Cancelled, StorageFailed
from studio.dataset.project import create_project
from studio.dataset.runs import Run, begin_run, finish_run, read_run
from studio.deploy.bundle import bundle_for, golden_input, image_of, make_bundle, run_of_image
from studio.deploy.deploying import HoldsAnother, deploy
from studio.deploy.exports import EXPORTS, c_array, write_bundle
from studio.deploy.sensing import CannotSense
from studio.deploy.survey import real_boards, survey
from studio.deploy.upload import is_deployed, self_test, upload
from studio.features.blocks import LogMel
from studio.features.motion import MotionRaw
from studio.model.fit import DoesNotFit
from studio.model.image import Decision, read_image
from studio.model.plan import plan
from studio.native.engine import Engine

BOARD = "virtual:nano33ble?pace=fast"
LABELS = ["_background_", "_unknown_", "yes", "no"]


@pytest.fixture
def run(tmp_path: Path, shared_data: Path) -> Run:
    with create_project(tmp_path / "project", "keyword") as project:
        run_id, partial = begin_run(project.runs_folder)
        (partial / "model.tflite").write_bytes((shared_data / "models/micro_speech_quantized.tflite").read_bytes())
        rule = Decision(3, 200, 1_000, 1_600, background=0, unknown=1)
        return finish_run(
            partial, Run(run_id, partial, labels=LABELS, front_end=LogMel().to_dict(), decision=rule.to_dict())
        )


@pytest.fixture
def image_of_another(run: Run) -> bytes:
    return make_bundle(replace(run, labels=["a", "b", "c", "d"]), load_board("nano33ble")).image


def test_an_image_holds_all_of_the_run(run):
    content = read_image(make_bundle(run, load_board("nano33ble")).image)
    assert content.front_end == LogMel().pack()
    assert list(content.classes) == LABELS
    assert content.decision == Decision.from_dict(run.decision)
    assert content.golden is not None
    assert np.array_equal(content.golden[0], golden_input(LogMel()).ravel())


def test_a_slow_board_decides_by_the_rule_that_it_keeps_up_with(run):
    slower = [Decision(2, 150 + n, 1_000, 1_600 * n, background=0, unknown=1) for n in (2, 3, 4, 5)]
    run = replace(run, slower=[rule.to_dict() for rule in slower])
    board = load_board("nano33ble")
    quick = make_bundle(run, board)
    clock_hz = round(quick.pace.window_ms / 200 * board.clock_hz)  # on which a window takes 200 ms
    slow = make_bundle(run, replace(board, clock_hz=clock_hz))
    assert (quick.pace.hop_ms, slow.pace.hop_ms) == (100, 300)
    assert quick.decision == read_image(quick.image).decision == Decision.from_dict(run.decision)
    assert slow.decision == read_image(slow.image).decision == slower[1]
    assert slow.pace.keeps_up
    assert not slow.pace.is_finest
    assert len(quick.image) == len(slow.image)


def test_a_run_is_known_by_the_image_of_any_board(run):
    rules = [run.decision, Decision(2, 150, 1_000, 3_200, background=0, unknown=1).to_dict()]
    described = run.folder / "run.json"
    described.write_text(json.dumps({**json.loads(described.read_text()), "slower": rules[1:]}))
    run = read_run(run.folder)
    planned = plan(run.tflite_path.read_bytes())
    for rule in rules:
        digest = hashlib.sha256(image_of(run, planned, Decision.from_dict(rule))).digest()
        found = run_of_image(run.folder.parent, digest)
        assert found is not None
        assert found.id == run.id


def test_the_same_run_gives_the_same_image(run):
    board = load_board("nano33ble")
    assert make_bundle(run, board).image == make_bundle(run, board).image


def test_the_golden_input_reaches_all_of_int8_and_is_no_noise():
    values = golden_input(LogMel()).astype(int)
    assert values.shape == (49, 40)
    assert (values.min(), values.max()) == (-128, 127)
    for axis in (0, 1):
        assert np.abs(np.diff(values, axis=axis)).mean() < values.std() / 3


def test_what_was_written_is_what_was_made(run, tmp_path):
    bundle = make_bundle(run, load_board("nano33ble"))
    image_path = write_bundle(bundle, run, tmp_path / "out")
    described = json.loads((tmp_path / "out/bundle.json").read_text())
    assert image_path.read_bytes() == bundle.image
    assert (tmp_path / "out/model.tflite").read_bytes() == run.tflite_path.read_bytes()
    assert described["image_sha256"] == hashlib.sha256(bundle.image).hexdigest()
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        name for names in EXPORTS.values() for name in names
    }


def test_the_c_array_compiles_as_strict_c99_and_holds_the_model_and_its_labels(run, tmp_path):
    compiler = shutil.which("cc") or pytest.skip("needs a C compiler")
    odd = replace(run, labels=["yes", 'a "b" \\ ?', "né", "_background_"])
    header, source = c_array(run.tflite_path.read_bytes(), odd)
    (tmp_path / "model_data.h").write_text(header)
    (tmp_path / "model_data.c").write_text(source)
    (tmp_path / "main.c").write_text(
        '#include <stdio.h>\n#include "model_data.h"\nint main(void)\n{\n'
        "    fwrite(model_data, 1, model_data_len, stdout);\n"
        "    for (unsigned int i = 0; i < model_labels_len; i++) {\n        puts(model_labels[i]);\n    }\n"
        "    return 0;\n}\n"
    )
    strict = ["-std=c99", "-pedantic", "-Wall", "-Wextra", "-Werror"]
    program = tmp_path / "main"
    subprocess.run([compiler, *strict, "main.c", "model_data.c", "-o", program], cwd=tmp_path, check=True)
    printed = subprocess.run([program], capture_output=True, check=True).stdout
    assert printed == run.tflite_path.read_bytes() + "".join(f"{label}\n" for label in odd.labels).encode()


def test_a_survey_accounts_for_every_byte_and_knows_the_four_boards(run):
    found = survey(run, [*real_boards(), load_board("testboard64k")])
    assert [row.key for row in found.boards[:4]] == ["nano33ble", "himaxwei", "sparkfunedge2", "espeye"]
    assert sum(size for _name, size in found.parts) == len(found.bundle.image)
    assert [fit.fits for fit in found.fits] == [True, True, True, True, False]
    for fit, row in zip(found.fits, found.boards, strict=True):
        assert [need.available_bytes for need in fit.needs] == [
            row.image_slot_bytes,
            row.arena_bytes,
            row.window_bytes,
        ]
        assert len(fit.misfits) == sum(need.needed_bytes > need.available_bytes for need in fit.needs)


def test_a_board_without_the_sensor_of_a_model_is_no_fit(run):
    moves = replace(run, front_end=MotionRaw(clip_samples=980, offsets=(0, 0), spans=(9, 9)).to_dict())  # 1,960 values
    without = make_bundle(moves, load_board("espeye")).fit
    assert not without.fits
    assert "no sensor of kind imu" in without.reasons[-1]
    with pytest.raises(CannotSense):
        without.require()
    assert make_bundle(moves, load_board("nano33ble")).fit.fits


def test_another_projects_model_is_replaced_only_when_it_may_be(run, tmp_path, image_of_another):
    folder, address = tmp_path / "project", parse_address(BOARD)
    with open_board(address, folder) as board:
        upload(board, image_of_another)
    with pytest.raises(HoldsAnother, match="no run of this project"):
        deploy(run, address, folder, replace_another=False)
    with open_board(address, folder) as board:
        assert is_deployed(board, image_of_another)
    assert deploy(run, address, folder).scores == 4
    deployed = deploy(run, address, folder, replace_another=False)  # its own is replaced without a word
    found = run_of_image(run.folder.parent, bytes.fromhex(deployed.sha256))
    assert found is not None
    assert found.id == run.id


def test_a_board_that_took_a_model_has_it_after_it_was_unplugged(run, tmp_path):
    folder = tmp_path / "project"
    with open_board(parse_address(BOARD), folder) as board:
        assert board.hello.image is None
        bundle = bundle_for(run, board.hello)
        upload(board, bundle.image)
        assert is_deployed(board, bundle.image)
    with open_board(parse_address(BOARD), folder) as board:
        assert is_deployed(board, bundle.image)
        golden = read_image(bundle.image).golden
        assert golden is not None
        assert self_test(board) == Engine(bundle.image).run(golden[0][None])[0].tobytes()


def test_a_model_that_does_not_fit_is_refused_before_anything_is_sent(run, tmp_path):
    with open_board(parse_address("virtual:testboard64k?pace=fast"), tmp_path / "project") as board:
        with pytest.raises(DoesNotFit, match="bytes too large"):
            bundle_for(run, board.hello)
        assert board.hello.image is None


def test_a_damaged_image_leaves_the_board_without_a_model_and_says_so(run):
    with open_board(parse_address(BOARD), None) as board:
        image = bytearray(make_bundle(run, load_board("nano33ble")).image)
        image[100] ^= 1  # its own SHA-256 no longer holds, the upload's does
        with pytest.raises(BoardRefused):
            upload(board, bytes(image))
        with pytest.raises(BoardRefused):
            self_test(board)


def test_a_cancelled_upload_leaves_a_board_that_takes_the_next_one(run):
    image = make_bundle(run, load_board("nano33ble")).image

    def cancel_halfway(fraction: float | None, text: str) -> None:
        if fraction is not None and fraction > 0.5:
            raise Cancelled("deploy")

    with open_board(parse_address(BOARD), None) as board:
        with pytest.raises(Cancelled):
            upload(board, image, report=cancel_halfway)
        upload(board, image)
        assert is_deployed(board, image)


@pytest.mark.fault
def test_a_board_pulled_out_during_an_upload_has_no_half_model_afterwards(run, tmp_path):
    image, folder = make_bundle(run, load_board("nano33ble")).image, tmp_path / "project"
    with open_board(parse_address(BOARD), folder) as board:
        pid = board._transport._board.board_pid  # type: ignore[attr-defined]

        def kill_halfway(fraction: float | None, text: str) -> None:
            if fraction is not None and fraction > 0.5:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)

        with pytest.raises(BoardLost):
            upload(board, image, report=kill_halfway)
    with open_board(parse_address(BOARD), folder) as board:
        assert board.hello.image is None
        upload(board, image)
        assert is_deployed(board, image)


Said = Callable[[list[str]], tuple[int, str, str]]


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> Said:
    def run_command(arguments: list[str]) -> tuple[int, str, str]:
        code = main(arguments)
        out, err = capsys.readouterr()
        return code, out, err

    return run_command


def test_build_tells_size_cost_and_fit_in_one_object(run, tmp_path, said):
    code, out, _err = said(["build", str(tmp_path / "project"), "--board", "nano33ble", "--json"])
    built = json.loads(out.splitlines()[-1])
    assert code == 0
    image = Path(built["image"])
    assert image.is_absolute()
    assert image.stat().st_size == built["image_bytes"]
    assert Path(built["tflite"]).read_bytes() == run.tflite_path.read_bytes()
    assert built["fits"] is True
    assert built["reasons"] == []
    assert 0 < built["arena_lower_bound_bytes"] <= built["arena_bytes"]
    assert built["energy_pj"]["compute"] == pytest.approx(2.8 * built["macs"])
    assert built["energy_pj"]["communicate"] == 16_000 * 16 * 10_000


def test_build_for_a_board_that_is_too_small_says_by_how_much(run, tmp_path, said):
    code, out, _err = said(["build", str(tmp_path / "project"), "--board", "testboard64k", "--json"])
    built = json.loads(out)
    assert code == 0
    assert built["fits"] is False
    assert "too large" in built["reasons"][0]
    assert built["energy_pj"]["communicate"] is None


def test_deploy_tells_what_is_on_the_board(run, tmp_path, said):
    code, out, err = said(["deploy", str(tmp_path / "project"), "--to", BOARD, "--json"])
    deployed = json.loads(out.splitlines()[-1])
    assert code == 0
    assert deployed["run"] == run.id
    assert deployed["self_test"] is True
    assert "Testing the model" in err
    with open_board(parse_address(BOARD), tmp_path / "project") as board:
        assert board.hello.image is not None
        assert board.hello.image.hex() == deployed["image"]


def test_deploy_without_a_run_says_to_train(tmp_path, said):
    create_project(tmp_path / "empty", "keyword").close()
    code, out, err = said(["deploy", str(tmp_path / "empty"), "--to", BOARD])
    assert code == 1
    assert out == ""
    assert "train" in err


def test_build_refuses_a_folder_that_cannot_be_made_in_a_sentence(run, tmp_path, said):
    (tmp_path / "file").touch()
    to = str(tmp_path / "file" / "out")
    code, _, err = said(["build", str(tmp_path / "project"), "--board", "nano33ble", "--to", to])
    assert code == 1
    assert err.startswith(f"{to} could not be written: Not a directory. ")


def test_a_run_is_not_begun_where_no_folder_can_be_made(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(StorageFailed, match="Not a directory"):
        begin_run(tmp_path / "file" / "runs")
