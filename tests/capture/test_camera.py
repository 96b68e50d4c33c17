"""A camera as a source: OpenCV on a stream that is paced by its server, which ends, stalls or is not there."""

import time

import pytest

from studio.capture.camera import CameraSource
from studio.capture.recorder import Recorder, Take
from studio.capture.source import SourceLost, make_source
from studio.core.errors import InvalidInput
from studio.core.picture_file import read_picture
from studio.core.samples import CAMERA, NOTHING_LOST, Picture

SERVER_HZ = 25


def test_a_stream_is_recorded_at_the_rate_that_is_wanted(project, served):
    with (
        served(500, SERVER_HZ) as address,
        Recorder(make_source(address, rate_hz=5, kind=CAMERA), project.recordings_folder) as recorder,
    ):
        began_s = time.monotonic()
        recording = recorder.begin(Take("cat"), seconds=2)
        assert recording.wait(20)
        assert time.monotonic() - began_s == pytest.approx(2, abs=0.8)
    assert len(recording.recorded) + recording.lost.total == 10
    seen = [int(read_picture(recorded.path)[0, 0]) for recorded in recording.recorded]
    assert seen == sorted(seen)
    assert seen[-1] - seen[0] == pytest.approx(SERVER_HZ * 1.8, abs=10)
    assert "secret" not in recording.recorded[0].sidecar.source


def test_a_stream_that_ends_is_a_source_that_is_lost(project, served):
    with (
        served(15, SERVER_HZ) as address,
        Recorder(make_source(address, rate_hz=5, kind=CAMERA), project.recordings_folder) as r,
    ):
        recording = r.begin(Take("cat"), seconds=60)
        assert recording.wait(20)
    assert isinstance(recording.problem, SourceLost)
    assert "secret" not in str(recording.problem)
    assert recording.recorded


def test_a_stream_that_stalls_is_noticed_while_its_read_still_waits(monkeypatch, served):
    monkeypatch.setattr("studio.capture.camera.SILENT_CAMERA_S", 0.5)
    with served(10, SERVER_HZ, then_stalls=True) as address, make_source(address, rate_hz=5, kind=CAMERA) as source:
        began_s = time.monotonic()
        with pytest.raises(SourceLost):
            list(source.blocks())
        assert time.monotonic() - began_s < 4


def test_pictures_that_did_not_come_in_time_are_lost_on_the_host(served):
    """More are wanted than the camera gives."""
    with served(500, SERVER_HZ) as address, CameraSource(address.removeprefix("camera:"), 50) as source:
        items: list[Picture] = []
        for item in source.blocks():
            items.append(item)
            if item.index >= 50:
                break
    assert items[0].lost_before == NOTHING_LOST
    lost = sum(item.lost_before.host for item in items)
    assert items[-1].index == len(items) - 1 + lost
    assert lost == pytest.approx(25, abs=15)


@pytest.mark.parametrize("what", ["97", "http://someone:secret@127.0.0.1:9/x.mjpg", "nowhere.avi"])
def test_a_camera_that_cannot_be_opened_says_so(what):
    with pytest.raises(InvalidInput, match="camera") as refused, CameraSource(what, 1):
        pass
    assert "secret" not in str(refused.value)
