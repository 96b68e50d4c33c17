"""Addresses: what is written comes back, and what cannot be is refused with a sentence."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.boards.address import Address, parse_address
from studio.core.errors import InvalidInput


@pytest.mark.parametrize(
    "text",
    [
        "serial:/dev/ttyACM0",
        "serial:COM3",
        "serial:/dev/ttyUSB0?baud=115200",
        "tcp:127.0.0.1:5000",
        "tcp:[::1]:5000",
        "tcp:localhost:65535?token=c0ffee",
        "virtual",
        "virtual:nano33ble",
        "virtual:espeye?pace=fast",
        "virtual?play=a.wav",
        "virtual:nano33ble?ppm=-150&jitter=2.5&slower=40&press=2.5,7&play=a.wav",
        "virtual:nano33ble?pace=fast&play=/tmp/a b?c=d&e%20.wav",
    ],
)
def test_an_address_comes_back_as_it_was(text):
    assert str(parse_address(text)) == text


@given(st.text(min_size=1))
def test_what_is_played_is_literal_to_the_end(path):
    address = parse_address(f"virtual:nano33ble?pace=fast&play={path}")
    assert address.options == {"pace": "fast", "play": path}
    assert Address("virtual", "nano33ble", {"pace": "fast"}).playing(path) == address
    assert parse_address(str(address)) == address


def test_playing_replaces_what_was_played():
    address = parse_address("virtual?pace=fast&play=a.wav").playing(Path("b.wav"))
    assert str(address) == "virtual?pace=fast&play=b.wav"


def test_only_a_virtual_board_can_be_made_to_hear_a_file():
    with pytest.raises(InvalidInput, match="only a virtual board"):
        parse_address("serial:/dev/ttyACM0").playing("a.wav")


def test_the_token_is_for_the_board_and_not_for_messages():
    address = parse_address("tcp:127.0.0.1:5000?token=c0ffee")
    assert address.token == "c0ffee"  # noqa: S105
    assert address.shown == "tcp:127.0.0.1:5000"
    assert parse_address("virtual").token is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nano33ble",
        "mic",
        "usb:/dev/ttyACM0",
        "serial",
        "serial:",
        "serial:/dev/ttyACM0?baud=fast",
        "serial:/dev/ttyACM0?token=9600",
        "tcp:5000",
        "tcp:host",
        "tcp:host:0",
        "tcp:host:65536",
        "tcp:host:five",
        "tcp::5000",
        "tcp:127.0.0.1:5000?token=",
        "tcp:127.0.0.1:5000?token",
        "virtual?pace=fast&pase=real",
        "virtual?play=",
    ],
)
def test_what_is_no_address_is_refused_with_what_one_looks_like(text):
    with pytest.raises(InvalidInput) as caught:
        parse_address(text)
    assert caught.value.advice()
