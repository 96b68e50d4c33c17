"""`live` and `rehearse` as scripts call them: one JSON object a line, and what is written where."""

import json
from typing import Any

import numpy as np
import pytest

from studio.cli.main import main

STREAMED = {"t_us", "device", "host", "equal", "parted_at"}


def objects(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def test_live_deploys_first_then_streams_an_object_a_window_and_saves_each(
    project_with_run, speech_wav, tmp_path, capsys
):
    project, saved = tmp_path / "project", tmp_path / "saved"
    command = ["live", str(project), "--board", "virtual:nano33ble?pace=fast", "--play", str(speech_wav), "--json"]
    assert main([*command, "--seconds", "2", "--save", str(saved)]) == 0
    out, err = capsys.readouterr()
    windows = objects(out)
    assert "Sending the model" in err
    assert len(windows) == 11
    for window in windows:
        assert window.keys() >= STREAMED
        assert window["equal"] is True
        assert window["parted_at"] is None
        assert window["device"] == window["host"]
        assert sum(window["device"].values()) == pytest.approx(1, abs=0.02)
    files = sorted(saved.iterdir())
    assert len(files) == len(windows)
    assert [int(np.load(path)["t_us"]) for path in files] == [window["t_us"] for window in windows]

    # The same board, later: it has the model still, and is not sent it again.
    assert main([*command, "--seconds", "0.5"]) == 0
    out, err = capsys.readouterr()
    assert "Sending the model" not in err
    assert [w["device"] for w in objects(out)] == [w["device"] for w in windows[:3]]


def test_live_refuses_a_folder_that_cannot_be_made_in_a_sentence(project_with_run, speech_wav, tmp_path, capsys):
    (tmp_path / "file").touch()
    command = ["live", str(tmp_path / "project"), "--board", "virtual:nano33ble", "--play", str(speech_wav)]
    assert main([*command, "--save", str(tmp_path / "file" / "saved")]) == 1
    assert capsys.readouterr().err.startswith(f"{tmp_path}/file/saved could not be written: Not a directory. ")


def test_live_without_json_says_how_many_were_equal(project_with_run, speech_wav, tmp_path, capsys):
    address = "virtual:nano33ble?pace=fast"
    assert main(["live", str(tmp_path / "project"), "--board", address, "--play", str(speech_wav)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1] == "Equal in 21 of 21 windows."  # those that begin in the file's four seconds
    assert all("equal" in line for line in lines[:-1])


def test_rehearse_counts_in_one_object(project_with_run, speech_wav, tmp_path, capsys):
    truth = tmp_path / "labels.txt"
    truth.write_text("0.2\t0.9\tyes\n1.2\t1.8\tno\n2.2\t2.8\tup\n")
    arguments = ["rehearse", str(tmp_path / "project"), "--stream", str(speech_wav), "--truth", str(truth)]
    assert main([*arguments, "--json"]) == 0
    found = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert found["hours"] == pytest.approx(4 / 3600, abs=1e-6)
    assert found["present"] == 2 == found["missed"] + found["found"]
    assert found["found"] + found["false_alarms"] == len(found["heard"])
    assert found["threshold"] == pytest.approx(150 / 255, abs=1e-4)
    assert [row["threshold"] for row in found["sweep"]] == sorted(row["threshold"] for row in found["sweep"])
    assert main(arguments) == 0
    assert "false alarms" in capsys.readouterr().out


def test_a_run_is_chosen_by_the_beginning_of_its_id(project_with_run, speech_wav, tmp_path, capsys):
    truth = tmp_path / "labels.txt"
    truth.write_text("")
    arguments = ["rehearse", str(tmp_path / "project"), "--stream", str(speech_wav), "--truth", str(truth), "--json"]
    assert main([*arguments, "--run", project_with_run.id[:12]]) == 0
    assert json.loads(capsys.readouterr().out)["run"] == project_with_run.id
    assert main([*arguments, "--run", "nonsense"]) == 1
    assert "was not found" in capsys.readouterr().err
