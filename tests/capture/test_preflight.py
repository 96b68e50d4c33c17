"""What is looked at before a long recording."""

import os
import time
from dataclasses import replace

import numpy as np
import pytest

from studio.capture.preflight import LEAVE_FREE_BYTES, battery_percent, preflight, self_test
from studio.capture.source import Origin
from studio.core.samples import IMU, MICROPHONE, NOTHING_LOST, Lost, SampleFormat

RATE_HZ = 16_000
SOUND = Origin("mic", SampleFormat(MICROPHONE, RATE_HZ))


def paced(blocks):
    """As they come from a microphone: each when its last sample is there."""
    return [replace(b, arrived_ns=round((b.first_index + len(b.samples)) * 62_500)) for b in blocks]


def test_the_room_on_the_disk_is_told_in_hours_at_this_rate(project, monkeypatch):
    usage = type("Usage", (), {"total": 10**11, "free": 10**9 + LEAVE_FREE_BYTES})
    monkeypatch.setattr("shutil.disk_usage", lambda _folder: usage)
    both = preflight(project.folder, [SOUND, Origin("imu", SampleFormat(IMU, 119))])
    assert both.bytes_per_s == 2 * RATE_HZ + 119 * (12 + 6 * 7)
    assert both.hours == pytest.approx(10**9 / both.bytes_per_s / 3600)
    assert both.found == []


def test_a_clock_that_is_behind_the_project_is_told(project):
    assert preflight(project.folder, [SOUND]).found == []
    later_s = time.time() + 7200
    os.utime(project.recordings_folder, (later_s, later_s))
    (found,) = preflight(project.folder, [SOUND]).found
    assert "clock is behind" in found
    assert "2:00:00" in found


@pytest.mark.parametrize(("status", "percent"), [("Discharging", 15), ("Charging", None), ("Full", None)])
def test_a_battery_counts_when_this_machine_runs_on_it(tmp_path, status, percent):
    (tmp_path / "AC").mkdir()
    (tmp_path / "AC" / "type").write_text("Mains\n")
    (tmp_path / "BAT0").mkdir()
    for name, text in (("type", "Battery"), ("status", status), ("capacity", "15")):
        (tmp_path / "BAT0" / name).write_text(text + "\n")
    assert battery_percent(tmp_path) == percent
    assert battery_percent(tmp_path / "nowhere") is None


class TestASecondOfASource:
    def test_rate_peak_and_losses_are_measured(self, noise, blocks, given_source):
        pieces = [(320, NOTHING_LOST)] * 20 + [(320, Lost(link=320))] + [(320, NOTHING_LOST)] * 20
        tested = self_test(given_source(paced(blocks(noise(RATE_HZ) // 2, pieces))))
        assert tested.samples == 41 * 320
        assert tested.measured_hz == pytest.approx(RATE_HZ)
        assert tested.peak == pytest.approx(0.5, abs=0.01)
        assert tested.lost == Lost(link=320)
        assert tested.found == ("given lost 320 of 13,440 samples in this second.",)

    def test_a_dead_microphone_is_told(self, blocks, given_source):
        tested = self_test(given_source(paced(blocks(np.zeros(3200, np.int16), [(320, NOTHING_LOST)] * 10))))
        assert tested.found == ("given delivers the same value all the time.",)

    def test_one_that_is_too_loud_is_told(self, blocks, given_source):
        loud = np.tile(np.array([32767, -32768, 5, 6], np.int16), 800)
        tested = self_test(given_source(paced(blocks(loud, [(320, NOTHING_LOST)] * 10))))
        assert tested.found == ("given is at the end of its range in 50 % of its samples.",)

    def test_one_that_is_too_slow_is_told(self, noise, blocks, given_source):
        slow = [replace(b, arrived_ns=2 * b.arrived_ns) for b in paced(blocks(noise(6400), [(320, NOTHING_LOST)] * 20))]
        (found,) = self_test(given_source(slow)).found
        assert found == "given delivers 8000.0 samples a second instead of 16000."


def test_record_tells_it_before_a_recording_that_has_no_length(studio, project, noise, wav):
    project.close()
    source = f"virtual:nano33ble?play={wav(noise(4 * RATE_HZ))}"
    said = studio("record", project.folder, "--source", source, "--seconds", "0.5", "--self-test", "--json")
    assert said.code == 0
    assert "Room on the disk:" in said.err
    before = said.result["preflight"]
    assert before["hours"] > 0
    (tested,) = before["tested"]
    assert 14_000 < tested["measured_hz"] < 18_000
    assert tested["peak"] > 0.9
    (recording,) = said.result["recordings"]
    assert recording["samples"] == RATE_HZ // 2
