"""`inspect`, `infer` and `compare` as a user types them."""

import json

import numpy as np
import pytest

from studio.cli.main import main


@pytest.fixture
def run(capsys):
    def run_command(*arguments):
        code = main([*map(str, arguments)])
        said = capsys.readouterr()
        return code, said.out, said.err

    return run_command


@pytest.fixture
def kws(shared_data):
    return shared_data / "models/kws_ref_model.tflite"


def test_inspect_tells_operators_and_sizes(run, kws):
    code, out, _ = run("inspect", kws, "--json")
    found = json.loads(out.splitlines()[-1])
    assert code == 0
    assert found["runs"]
    assert (found["macs"], found["arena_bytes"], len(found["operators"])) == (2_656_768, 8_448, 13)
    assert "DEPTHWISE_CONV_2D" in run("inspect", kws)[1]


def test_inspect_says_why_a_model_does_not_run(run, shared_data):
    code, out, _ = run("inspect", shared_data / "models/audio_preprocessor_int8.tflite", "--json")
    found = json.loads(out)
    assert (code, found["runs"]) == (0, False)
    assert "SignalWindow" in found["why"]


@pytest.mark.parametrize(
    ("engine", "module"), [("core", "studio"), ("tflm", "tflite_micro"), ("litert", "ai_edge_litert")]
)
def test_infer_writes_a_row_for_a_row(run, kws, tmp_path, engine, module):
    pytest.importorskip(module)
    rows = np.random.default_rng(1).integers(-128, 128, (3, 49, 10, 1)).astype(np.int8)
    np.save(tmp_path / "x.npy", rows)
    code, out, err = run(
        "infer", kws, "--engine", engine, "--input", tmp_path / "x.npy", "--output", tmp_path / "y.npy", "--json"
    )
    assert code == 0, err
    assert json.loads(out)["shape"] == [3, 12]
    outputs = np.load(tmp_path / "y.npy")
    assert outputs.dtype == np.int8
    run("infer", kws, "--input", tmp_path / "x.npy", "--output", tmp_path / "ours.npy")
    assert np.array_equal(outputs, np.load(tmp_path / "ours.npy"))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (np.zeros((2, 490), np.float32), "float32"),
        (np.zeros((2, 10), np.int8), "490"),
        (b"not NumPy", "NumPy"),
        (None, "not found"),
    ],
)
def test_infer_refuses_what_it_cannot_use(run, kws, tmp_path, content, said):
    path = tmp_path / "x.npy"
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif content is not None:
        np.save(path, content)
    code, _, err = run("infer", kws, "--input", path, "--output", tmp_path / "y.npy")
    assert code == 1
    assert said in err
    assert not (tmp_path / "y.npy").exists()


def test_compare_finds_no_difference(run, shared_data):
    pytest.importorskip("tflite_micro")
    code, out, _ = run("compare", shared_data / "models/micro_speech_quantized.tflite", "--inputs", "4", "--json")
    assert code == 0
    assert json.loads(out) == {"inputs": 4, "values": 4 * 4008, "differing": 0, "first": None}


def test_compare_asks_a_board(run, shared_data):
    model = shared_data / "models/micro_speech_quantized.tflite"
    code, out, err = run("compare", model, "--inputs", "2", "--board", "virtual:nano33ble", "--json")
    assert code == 0, err
    assert json.loads(out) == {"inputs": 2, "values": 8, "differing": 0, "first": None}


@pytest.mark.parametrize("beside", [[], ["--board", "virtual:nano33ble"]])
def test_compare_takes_inputs_that_are_given(run, shared_data, tmp_path, beside):
    if not beside:
        pytest.importorskip("tflite_micro")
    model = shared_data / "models/wand_gestures_int8.tflite"
    np.save(tmp_path / "x.npy", np.arange(3 * 119 * 6).astype(np.int8).reshape(3, 119, 6))
    code, out, err = run("compare", model, "--input", tmp_path / "x.npy", *beside, "--json")
    assert code == 0, err
    found = json.loads(out)
    assert (found["inputs"], found["differing"]) == (3, 0)
    np.save(tmp_path / "x.npy", np.zeros((3, 7), np.int8))
    code, _, err = run("compare", model, "--input", tmp_path / "x.npy", *beside)
    assert (code, "rows of 714 values" in err) == (1, True)


def test_a_board_answers_more_outputs_than_a_frame_holds(run, shared_data):
    model = shared_data / "models/ad01_int8.tflite"
    code, out, err = run("compare", model, "--inputs", "2", "--board", "virtual:nano33ble", "--json")
    assert code == 0, err
    assert json.loads(out) == {"inputs": 2, "values": 2 * 640, "differing": 0, "first": None}


def test_compare_refuses_before_it_sends_what_does_not_fit(run, shared_data):
    code, _, err = run("compare", shared_data / "models/ic_resnet_int8.tflite", "--board", "virtual:testboard64k")
    assert code == 1
    assert "21,024 bytes too large" in err
    code, _, err = run("compare", shared_data / "models/vww_96_int8.tflite", "--board", "virtual:testboard64k")
    assert code == 1
    assert "104,720 bytes too large for the image slot in flash" in err
    assert "24,592 bytes too large for the RAM" in err


def test_a_missing_model_is_said_in_a_sentence(run, tmp_path):
    code, _, err = run("compare", tmp_path / "none.tflite")
    assert code == 1
    assert "none.tflite was not found" in err


def test_infer_never_advises_to_load_what_could_run_code(run, kws, tmp_path):
    objects = tmp_path / "objects.npy"
    np.save(objects, np.array([{}], dtype=object), allow_pickle=True)
    for given in (objects, kws):
        code, _, err = run("infer", kws, "--input", given, "--output", tmp_path / "y.npy")
        assert (code, "pickle" in err) == (1, False)
        assert "is not a NumPy file of numbers" in err
