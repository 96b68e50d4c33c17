"""The table of boards has the course's figures, and a row that cannot be is refused by name."""

import pytest

from studio.boards.board_table import DEFAULT_BOARD, load_board, load_boards, read_boards
from studio.core.errors import InvalidInput, NotFound
from studio.native.library import load

# Clock in MHz, flash and RAM in kB, as the course gives them.
COURSE = {
    "Himax WE-I Plus EVB": (400, 2048, 2048),
    "Arduino Nano 33 BLE Sense": (64, 1024, 256),
    "SparkFun Edge 2": (48, 1024, 384),
    "Espressif EYE": (240, 4096, 520),
}


def test_the_courses_boards_have_its_figures():
    rows = {row.name: row for row in load_boards().values()}
    for name, (clock_mhz, flash_kb, ram_kb) in COURSE.items():
        row = rows[name]
        assert (row.clock_hz, row.flash_bytes, row.ram_bytes) == (clock_mhz * 1_000_000, flash_kb * 1024, ram_kb * 1024)
        assert "mic" in row.sensors
        assert (row.radio_pj_per_bit is None) == (not row.radios)


def test_every_board_leaves_memory_for_its_firmware():
    context_bytes = load("uint32_t stu_node_context_bytes(void);").lib.stu_node_context_bytes()
    for row in load_boards().values():
        assert row.image_slot_bytes <= row.flash_bytes
        width, height = row.camera_size or (0, 0)
        left = row.system_bytes - width * height - context_bytes
        # For stack, drivers and radio, which the test board has not; the camera's driver holds a picture.
        assert left >= (0 if row.mcu == "none" else 8_000)


def test_an_unknown_board_names_those_there_are():
    with pytest.raises(NotFound) as caught:
        load_board("nano34ble")
    assert DEFAULT_BOARD in caught.value.advice()


GOOD = """
[small]
name = "Small"
mcu = "m"
core = "c"
clock_hz = 1
flash_bytes = 1000
ram_bytes = 1000
sensors = ["mic"]
image_slot_bytes = 500
arena_bytes = 100
window_bytes = 100
queue_bytes = 100
link_bytes_per_s = 1
camera_size = [40, 30]

[small.rates]
microphone = [16_000]
camera = [5, 1]
"""


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("ram_bytes = 1000", "ram_bytes = 300"),
        ("image_slot_bytes = 500", "image_slot_bytes = 1001"),
        ("clock_hz = 1", "clock = 1"),
        ("[small]", "small = 1\n[other]"),
        ('name = "Small"', "name = "),
        ("camera_size = [40, 30]", ""),
        ("camera = [5, 1]", ""),
        ("camera = [5, 1]", "camera = []"),
        ("camera = [5, 1]", "camera = [5, 1]\nnose = [1]"),
    ],
)
def test_a_row_that_cannot_be_is_refused(tmp_path, before, after):
    path = tmp_path / "boards.toml"
    path.write_text(GOOD)
    assert read_boards(path)["small"].radio_pj_per_bit is None
    path.write_text(GOOD.replace(before, after))
    with pytest.raises(InvalidInput, match=r"boards\.toml"):
        read_boards(path)
