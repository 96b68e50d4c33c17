"""Which stream the first bytes of a board are: ours, or one that boards in the wild print."""

from enum import Enum

from studio.link import text_lines
from studio.link.decoder import Decoder
from studio.link.encoder import DELIMITER, Frame
from studio.link.nordic_forwarder import NordicForwarder, message_in
from studio.link.row_events import RowDecoder
from studio.link.simple_streaming import HEAD, SimpleStreaming, description_in, packet_at
from studio.link.text_lines import TextLines, form_of

MOST_BYTES = 16_384  # looked at: what makes no sense within these makes none
SAME_LINES = 3  # of numbers, one after another, are text
SAME_PACKETS = 2


class Ours(Enum):
    """It speaks our protocol."""

    LINK = "link"


class Recogniser:
    """`feed` it what comes until it says what that is. The decoder that it gives has read nothing of it yet."""

    def __init__(self) -> None:
        self.heard = bytearray()  # MOST_BYTES of it
        self._decoder = Decoder()

    def feed(self, data: bytes) -> Ours | RowDecoder | None:
        """None: not known yet. Never raises."""
        if any(isinstance(event, Frame) for event in self._decoder.feed(data)):
            return Ours.LINK
        self.heard += data[: MOST_BYTES - len(self.heard)]
        heard = bytes(self.heard)
        if _is_simple_streaming(heard):
            return SimpleStreaming()
        if any(message_in(piece) is not None for piece in heard.split(DELIMITER)[:-1]):
            return NordicForwarder()
        if _is_text(heard):
            return TextLines()
        return None

    @property
    def full(self) -> bool:
        """Whether more would not help."""
        return len(self.heard) >= MOST_BYTES

    @property
    def garbled(self) -> bool:
        """Whether what came is no text, as everything is that is heard at another speed than it is sent at."""
        odd = sum(byte not in _PRINTABLE for byte in self.heard)
        return len(self.heard) >= LEAST_GARBLED and odd > MOST_ODD * len(self.heard)


LEAST_GARBLED = 16
MOST_ODD = 0.2
_PRINTABLE = frozenset(b"\t\n\r" + bytes(range(0x20, 0x7F)))


def _is_simple_streaming(heard: bytes) -> bool:
    for line in heard.split(b"\n")[:-1]:
        begin = line.find(b"{")
        if begin >= 0 and description_in(line[begin:]) is not None:
            return True
    found, at = 0, heard.find(b"\xff")
    while at >= 0:
        body = packet_at(heard, at)
        if body:
            found += 1
            at += HEAD + len(body) + 1
        else:
            found = 0
            at += 1
        if found == SAME_PACKETS:
            return True
        at = heard.find(b"\xff", at)
    return False


def _is_text(heard: bytes) -> bool:
    """Lines of one form, one after another, the first one left out as it may be a part."""
    same = 0
    last: text_lines.Form | None = None
    for line in heard.split(b"\n")[1:-1]:
        text = line.decode("ascii", "replace").strip()
        if not text:
            continue
        form = form_of(text) if len(line) <= text_lines.MOST_LINE else None
        same = same + 1 if form is not None and form == last else int(form is not None)
        last = form
        if same == SAME_LINES:
            return True
    return False
