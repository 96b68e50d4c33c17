"""Takes: every sample where it belongs, gaps as zeros that are listed, and nothing lost that was written."""

import json
import resource
import time

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.capture import recording_file
from studio.capture.filing import sidecar_of
from studio.capture.recorder import Recorder, Recording, RecordingCut, Take, enter, level_of
from studio.capture.source import Origin, SourceLost
from studio.core.errors import StorageFailed, StudioError
from studio.core.samples import MICROPHONE, NOTHING_LOST, Block, Lost, SampleFormat
from studio.dataset.recordings import find_unfinished, read_sidecar, sha256_of, sidecar_path

RATE_HZ = 16_000
ORIGIN = Origin("given", SampleFormat(MICROPHONE, RATE_HZ), board="nano33ble", board_id="00ff", firmware="1.0")
losses = st.builds(Lost, board=st.integers(0, 40), link=st.integers(0, 40), host=st.integers(0, 3))


def recorded_by(recording, given_blocks):
    for block in given_blocks:
        recording.append(block)
    recording.end()
    assert recording.wait(10)
    return recording.recorded


def zeros_of(sidecar):
    mask = np.zeros(sidecar.samples, bool)
    for start, count in sidecar.gaps:
        mask[start : start + count] = True
    return mask


@settings(deadline=None, max_examples=40)
@given(
    lengths=st.lists(st.tuples(st.integers(0, 50), st.one_of(st.just(NOTHING_LOST), losses)), min_size=1, max_size=12),
    roll_over=st.integers(20, 400),
    most=st.one_of(st.none(), st.integers(1, 500)),
)
def test_the_time_axis_is_kept_whatever_is_lost_and_wherever_files_end(
    tmp_path_factory, noise, blocks, heard, lengths, roll_over, most
):
    folder = tmp_path_factory.mktemp("recordings")
    samples = noise(2000)
    seconds = None if most is None else most / RATE_HZ
    take = Take("yes", take="T", beside=True)
    recording = Recording(folder, ORIGIN, take, seconds=seconds, roll_over_bytes=2 * roll_over)
    given_blocks = blocks(samples, lengths)
    parts = recorded_by(recording, given_blocks)
    end = max((b.first_index + len(b.samples) for b in given_blocks), default=0)
    end = min(end, most or end)
    assert recording.problem is None
    assert {(part.sidecar.take, part.sidecar.beside) for part in parts} <= {("T", True)}
    assert sum(part.sidecar.samples for part in parts) == recording.samples == end
    got = [heard(part.path) for part in parts]
    assert all(len(each) == roll_over for each in got[:-1])
    joined = np.concatenate([*got, np.zeros(0, np.int16)])
    gap = np.concatenate([*(zeros_of(part.sidecar) for part in parts), np.zeros(0, bool)])
    assert not joined[gap].any()
    assert np.array_equal(joined[~gap], samples[:end][~gap])
    lost = sum((part.sidecar.lost for part in parts), NOTHING_LOST)
    assert lost == recording.lost
    assert lost.total == np.count_nonzero(gap)
    if most is None or end < most:
        assert lost == sum((b.lost_before for b in given_blocks), NOTHING_LOST)


def test_a_take_is_exactly_as_long_as_it_was_asked_to_be(project, noise, blocks, heard):
    samples = noise(RATE_HZ)
    recording = Recording(project.recordings_folder, ORIGIN, Take("yes"), seconds=0.5)
    (recorded,) = recorded_by(recording, blocks(samples, [(300, NOTHING_LOST)] * 50))
    assert np.array_equal(heard(recorded.path), samples[:8000])
    assert recording.cut() is None


def test_the_sidecar_says_where_what_and_whose_it_is(project, noise, blocks):
    take = Take("yes", "P01", group="g1", session="s1", consent="form 3", station="desk 2")
    recording = Recording(project.recordings_folder, ORIGIN, take)
    (recorded,) = recorded_by(recording, blocks(noise(900), [(300, NOTHING_LOST), (300, Lost(link=100))]))
    sidecar = read_sidecar(sidecar_path(recorded.path))
    assert sidecar == recorded.sidecar
    assert (sidecar.label, sidecar.person, sidecar.group, sidecar.session) == ("yes", "P01", "g1", "s1")
    assert (sidecar.consent, sidecar.station) == ("form 3", "desk 2")
    assert (sidecar.source, sidecar.board, sidecar.board_id, sidecar.firmware) == ("given", "nano33ble", "00ff", "1.0")
    assert (sidecar.samples, sidecar.gaps, sidecar.lost) == (700, ((300, 100),), Lost(link=100))
    assert sidecar.sha256 == sha256_of(recorded.path)
    assert sidecar.finished
    assert sidecar.writer is None
    assert sidecar.cut_short is None


@pytest.mark.parametrize(
    ("address", "kept"),
    [
        ("file:/home/anna/takes/yes.wav", "file:yes.wav"),
        ("virtual:nano33ble?pace=fast&play=/home/anna/a=b/room.wav", "virtual:nano33ble?pace=fast&play=room.wav"),
        ("virtual:nano33ble?play=mic", "virtual:nano33ble?play=mic"),
        ("camera:/home/anna/door.mp4", "camera:door.mp4"),
        ("camera:http://door.local/stream", "camera:http://door.local/stream"),
        ("serial:/dev/ttyACM0", "serial:/dev/ttyACM0"),
    ],
)
def test_what_was_played_is_kept_by_its_name_and_not_by_where_it_lay(address, kept):
    assert sidecar_of(Origin(address, ORIGIN.format), Take()).source == kept


@pytest.mark.parametrize(
    ("label", "person", "begins"),
    [
        ("yes", "P01", "yes_P01_"),
        ("../../x", None, "x_"),
        ("CON", None, "CON_"),
        (None, None, "recording_"),
        ("a/b\\c:d", "P 1", "a_b_c_d_P_1_"),
        ("字" * 80, "字" * 40, "字" * 10 + "_" + "字" * 10 + "_2"),
        ("x" * 80, None, "x" * 30 + "_2"),
    ],
)
def test_a_recording_has_a_name_that_is_safe_everywhere(project, label, person, begins):
    recording = Recording(project.recordings_folder, ORIGIN, Take(label, person))
    recorded = recorded_by(recording, [Block(np.ones((5, 1), np.int16), 0, 0, 0)])
    path = recorded[0].path
    assert path.parent == project.recordings_folder
    assert path.name.startswith(begins)


def test_a_take_of_nothing_leaves_nothing(project):
    recording = Recording(project.recordings_folder, ORIGIN, Take("yes"))
    assert recorded_by(recording, []) == []
    assert list(project.recordings_folder.iterdir()) == []


def test_what_was_appended_is_in_the_file_and_a_gap_is_in_the_sidecar_before_its_zeros(project, noise, blocks):
    """Which is what a kill at that moment would leave."""
    recording = Recording(project.recordings_folder, ORIGIN, Take("yes"))
    for block in blocks(noise(4000), [(800, NOTHING_LOST), (800, Lost(board=160))]):
        recording.append(block)
    (found,) = find_unfinished(project.recordings_folder)
    assert found.path.stat().st_size == 44 + 2 * (800 + 160 + 800)
    assert found.sidecar is not None
    assert found.sidecar.gaps == ((800, 160),)
    assert found.sidecar.label == "yes"
    assert not found.abandoned
    recording.end()
    assert recording.wait(10)


def test_a_mark_is_kept_where_it_was_set_and_a_kill_leaves_it_too(project, noise, blocks, heard):
    recording = Recording(project.recordings_folder, ORIGIN, Take("yes"))
    first, second = blocks(noise(1600), [(800, NOTHING_LOST), (800, NOTHING_LOST)])
    recording.append(first)
    assert recording.mark()
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        (found,) = find_unfinished(project.recordings_folder)
        if found.sidecar is not None and found.sidecar.marks:
            break
    assert found.sidecar is not None
    assert found.sidecar.marks == (800,)
    recording.append(second)
    recording.end()
    assert not recording.mark()
    assert recording.wait(10)
    (part,) = recording.recorded
    assert read_sidecar(sidecar_path(part.path)).marks == (800,)


def test_a_recording_is_marked_as_unfinished_until_the_catalogue_has_it(project, noise, blocks):
    recording = Recording(project.recordings_folder, ORIGIN, Take("yes", "P01"))
    recorded = recorded_by(recording, blocks(noise(400), [(400, NOTHING_LOST)]))
    assert len(list(find_unfinished(project.recordings_folder))) == 1
    enter(project, recorded, "Record yes")
    assert list(find_unfinished(project.recordings_folder)) == []
    (listed,) = project.catalogue.recordings()
    assert (listed.path, listed.labels, listed.person) == (recorded[0].path, ("yes",), "P01")
    assert project.catalogue.undo().title == "Record yes"
    assert project.catalogue.recordings() == []


def test_a_disk_that_takes_no_more_keeps_what_was_written_and_counts_the_rest(project, noise, blocks, heard):
    samples = noise(20_000)
    recording = Recording(project.recordings_folder, ORIGIN, Take("yes"))
    given_blocks = blocks(samples, [(5000, NOTHING_LOST)] * 4)
    recording.append(given_blocks[0])
    recording.append(given_blocks[1])
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (44 + 2 * 10_500 + 1, hard))
    try:
        assert not recording.append(given_blocks[2])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    assert not recording.append(given_blocks[3])
    assert recording.wait(10)
    (recorded,) = recording.recorded
    assert np.array_equal(heard(recorded.path), samples[:10_500])
    assert recorded.sidecar.lost == Lost(disk=4500)
    assert recorded.sidecar.cut_short is not None
    assert isinstance(recording.problem, StorageFailed)
    assert isinstance(recording.cut(), RecordingCut)
    assert str(recording.cut()).endswith("File too large. 0.7 s are saved.")


def test_a_next_file_that_cannot_be_begun_ends_the_recording_with_those_before(project, noise, blocks, heard):
    samples = noise(1000)
    recording = Recording(project.recordings_folder, ORIGIN, Take("yes"), roll_over_bytes=600)
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (recording_file.RESERVE_BYTES // 2, hard))
    try:
        assert not recording.append(blocks(samples, [(1000, NOTHING_LOST)])[0])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    assert recording.wait(10)
    (recorded,) = recording.recorded
    assert np.array_equal(heard(recorded.path), samples[:300])
    assert isinstance(recording.problem, StorageFailed)
    assert list(project.recordings_folder.glob(".*")) == []


def test_syncing_fails_and_the_recording_ends_with_what_is_there(project, noise, blocks, monkeypatch):
    def fail(_descriptor):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(recording_file, "SYNC_EVERY_S", 0.01)
    recording = Recording(project.recordings_folder, ORIGIN, Take("yes"))
    first, second = blocks(noise(1000), [(500, NOTHING_LOST)] * 2)
    recording.append(first)
    filing = recording._filing
    with monkeypatch.context() as patched:
        patched.setattr("os.fsync", fail)
        end_s = time.monotonic() + 10
        while filing.problem is None:
            assert time.monotonic() < end_s
            time.sleep(0.001)
    assert not recording.append(second)
    assert recording.wait(10)
    assert isinstance(recording.problem, StorageFailed)
    assert [recorded.sidecar.samples for recorded in recording.recorded] == [500]


def test_a_folder_that_is_gone_is_told_when_a_take_begins(tmp_path):
    with pytest.raises(StorageFailed):
        Recording(tmp_path / "gone", ORIGIN, Take("yes"))


def test_room_to_finish_on_a_full_disk_is_kept_and_given_back(project, noise, blocks):
    recording = Recording(project.recordings_folder, ORIGIN, Take("yes"))
    (reserve,) = project.recordings_folder.glob(".*.reserve")
    assert reserve.stat().st_size == recording_file.RESERVE_BYTES
    recorded_by(recording, blocks(noise(500), [(500, NOTHING_LOST)]))
    assert not reserve.exists()


class TestRecorder:
    def test_a_take_begun_before_listening_has_the_stream_from_its_first_sample(
        self, project, noise, blocks, heard, given_source
    ):
        samples = noise(2000)
        source = given_source(blocks(samples, [(100, Lost(link=50))] + [(100, NOTHING_LOST)] * 5))
        with Recorder(source, project.recordings_folder) as recorder:
            recording = recorder.begin(Take("yes"))
            assert recording.wait(10)
        (recorded,) = recording.recorded
        assert recorded.sidecar.gaps == ((0, 50),)
        assert np.array_equal(heard(recorded.path)[50:], samples[50:650])

    def test_takes_follow_one_another_while_it_listens(self, project, noise, blocks, heard, given_source):
        samples = noise(RATE_HZ)
        source = given_source(blocks(samples, [(100, Lost(host=7))] * 100))
        begin = iter([3, 20, 40])
        begin_at = next(begin)
        takes: list[tuple[int, Recording]] = []
        seen = 0

        def begin_takes(block):
            nonlocal begin_at, seen
            seen += 1
            if seen == begin_at:
                takes.append((block.first_index + 107, recorder.begin(Take(f"w{len(takes)}"), seconds=500 / RATE_HZ)))
                begin_at = next(begin, 0)

        with Recorder(source, project.recordings_folder) as recorder:
            recorder.heard.connect(begin_takes)
            recorder.listen()
            assert recorder.wait(10)
        assert len(takes) == 3
        for start, take in takes:
            (recorded,) = take.recorded
            got = heard(recorded.path)
            assert len(got) == 500
            assert recorded.sidecar.gaps[0] == (100, 7)  # and not what was lost before it began
            assert np.array_equal(got[:100], samples[start : start + 100])

    def test_a_source_that_is_lost_ends_the_take_with_what_is_saved(self, project, noise, blocks, given_source):
        told: list[StudioError] = []
        problem = SourceLost("given", 4.0)
        source = given_source(blocks(noise(32_000), [(320, NOTHING_LOST)] * 80), problem)
        with Recorder(source, project.recordings_folder) as recorder:
            recorder.lost.connect(told.append)
            recording = recorder.begin(Take("yes"), seconds=60)
            assert recording.wait(10)
            assert recorder.wait(10)
            assert told == [problem]
            with pytest.raises(SourceLost):
                recorder.begin(Take("no"))
        cut = recording.cut()
        assert cut is not None
        assert str(cut) == "given stopped delivering 4 s ago. 1.6 s are saved."
        assert cut.advice() == problem.advice()
        assert recording.recorded[0].sidecar.cut_short == "given stopped delivering 4 s ago."

    def test_a_listener_that_fails_ends_no_take(self, project, noise, blocks, given_source):
        def fail(_block):
            raise ValueError

        source = given_source(blocks(noise(1000), [(100, NOTHING_LOST)] * 10))
        with Recorder(source, project.recordings_folder) as recorder:
            recorder.heard.connect(fail)
            recording = recorder.begin(Take("yes"))
            assert recording.wait(10)
        assert recording.cut() is None
        assert recording.samples == 1000

    def test_the_end_is_told_once_when_all_files_are_there(self, project, noise, blocks, given_source):
        told = []
        source = given_source(blocks(noise(1000), [(100, NOTHING_LOST)] * 10))
        with Recorder(source, project.recordings_folder, roll_over_bytes=400) as recorder:
            recording = recorder.begin(
                Take("yes"), 900 / RATE_HZ, lambda done: told.append([r.path.exists() for r in done.recorded])
            )
            assert recording.wait(10)
        assert told == [[True] * 5]


def test_a_kill_leaves_the_clock_too(project, monkeypatch):
    monkeypatch.setattr(recording_file, "SYNC_EVERY_S", 0.01)
    monkeypatch.setattr(recording_file, "SIDECAR_EVERY_S", 0.01)
    recording = Recording(project.recordings_folder, ORIGIN, Take("yes"))
    for index in range(0, 12 * RATE_HZ, 1600):
        arrived_ns = 5 * 10**9 + index * 62_505  # 80 ppm slow
        recording.append(Block(np.ones((1600, 1), np.int16), index, index * 1_000_000 // RATE_HZ, arrived_ns))
    marker = next(find_unfinished(project.recordings_folder)).sidecar_path
    end_s = time.monotonic() + 10
    while read_sidecar(marker).clock is None:
        assert time.monotonic() < end_s
        time.sleep(0.01)
    assert read_sidecar(marker).measured_rate_hz == pytest.approx(RATE_HZ / 1.00008, abs=0.01)
    recording.end()
    assert recording.wait(10)


def test_levels_are_of_full_scale():
    half = Block(np.array([[16384], [-16384]], np.int16), 0, 0, 0)
    assert level_of(half) == level_of(half)
    assert (level_of(half).peak, level_of(half).rms, level_of(half).clipped) == (0.5, 0.5, 0)
    full = Block(np.array([[32767], [-32768], [0]], np.int16), 0, 0, 0)
    assert level_of(full).clipped == 2
    assert level_of(Block(np.zeros((0, 1), np.int16), 0, 0, 0)).peak == 0


def test_the_sidecar_is_json_that_a_person_can_read(project, noise, blocks):
    recording = Recording(project.recordings_folder, ORIGIN, Take("ja, groß"))
    (recorded,) = recorded_by(recording, blocks(noise(100), [(100, NOTHING_LOST)]))
    text = sidecar_path(recorded.path).read_text(encoding="utf-8")
    assert json.loads(text)["label"] == "ja, groß"
    assert "ja, groß" in text
    assert soundfile.info(recorded.path).frames == 100
