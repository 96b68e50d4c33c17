"""The board's button in Collect: its presses are flags in what is drawn."""

from studio.dataset.project import create_project

PATIENCE = 20_000  # ms
RATE_HZ = 16_000


def test_presses_of_the_boards_button_are_flagged_where_they_were(qtbot, open_window, tmp_path):
    with create_project(tmp_path / "kitchen"):
        pass
    window = open_window(tmp_path / "kitchen")
    window.session.choose_board("virtual:nano33ble?press=0.5,1.25", "Nano 33 BLE (virtual)")
    window.show_page("collect")
    page = window.page("collect")

    def flagged():
        return [(mark.first, mark.text) for mark in page.stage.view.stream.marks]

    qtbot.waitUntil(lambda: len(flagged()) == 2, timeout=PATIENCE)
    assert flagged() == [(RATE_HZ // 2, "mark"), (RATE_HZ * 5 // 4, "mark")]
