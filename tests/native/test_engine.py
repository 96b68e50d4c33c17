"""The engine as Python calls it: shapes are checked, threads do not meet, the GIL is released."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from studio.core.errors import InvalidInput
from studio.model.image import build_image
from studio.model.peers import probing_inputs
from studio.model.plan import plan
from studio.native.engine import Engine, RefusedImage


@pytest.fixture(scope="module")
def kws(shared_data):
    planned = plan((shared_data / "models/kws_ref_model.tflite").read_bytes())
    return Engine(build_image(planned)), planned


@pytest.mark.parametrize(
    "inputs",
    [np.zeros((2, 489), np.int8), np.zeros((2, 490), np.int16), np.zeros(490, np.int8), np.zeros((1, 2, 245), np.int8)],
)
def test_refuses_inputs_of_another_shape(kws, inputs):
    with pytest.raises(InvalidInput):
        kws[0].run(inputs)


def test_takes_rows_that_are_not_contiguous(kws):
    engine, planned = kws
    rows = probing_inputs(planned.input, 4)
    strided = np.asfortranarray(rows)
    assert np.array_equal(engine.run(strided), engine.run(rows))
    assert engine.run(rows[:0]).shape == (0, 12)


def test_threads_share_an_engine(kws):
    engine, planned = kws
    rows = probing_inputs(planned.input, 8)
    expected = engine.run(rows)
    with ThreadPoolExecutor(4) as pool:
        for outputs in pool.map(lambda _: engine.run(rows), range(8)):
            assert np.array_equal(outputs, expected)


def test_other_threads_go_on_while_it_runs(kws):
    engine, planned = kws
    rows = np.repeat(probing_inputs(planned.input, 8), 20, axis=0)
    ended = threading.Event()
    ticks = 0

    def work():
        engine.run(rows)
        ended.set()

    worker = threading.Thread(target=work)
    worker.start()
    while not ended.is_set():
        time.sleep(0.001)
        ticks += 1
    worker.join()
    assert ticks > 3


def test_the_tap_gives_every_operator(kws):
    engine, planned = kws
    row = probing_inputs(planned.input, 1)[0]
    taps = engine.tap(row)
    shapes = [operator.out_shape for operator in planned.operators]
    assert [len(values) for values in taps] == [h * w * c for h, w, c in shapes]
    assert np.array_equal(taps[-1], engine.run(row[None])[0])


def test_refuses_what_is_no_image():
    for content in (b"", b"STUM", bytes(100)):
        with pytest.raises(RefusedImage):
            Engine(content)
