"""Boards in processes of their own, with clocks of their own speed over links that jitter, on the host's one clock."""

from tests.soak.clocks import JITTER_MS, LIMIT_MS, recorded_together

# So fast or slow that without their drift an event at the end would be 20 to 60 ms off.
PPM = (-3000, -1000, 1000, 3000)
SECONDS = 20.0


def test_an_event_is_one_moment_in_the_recordings_of_four_boards(tmp_path):
    moments = recorded_together(tmp_path, SECONDS, PPM, JITTER_MS)
    assert {moment.lost for moment in moments} == {0}
    late = [moment for moment in moments if abs(moment.off_ms) >= LIMIT_MS[moment.kind]]
    assert late == []
