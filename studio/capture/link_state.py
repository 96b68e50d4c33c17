"""How it stands with the link to a source."""

from enum import Enum

from studio.core.text import mark


class LinkState(Enum):
    CONNECTING = mark("connecting")
    STREAMING = mark("streaming")
    LOST = mark("lost")
    RECONNECTING = mark("reconnecting")
    ENDED = mark("ended")


# What may follow. LOST: nothing is there; RECONNECTING: something may be, and is asked whether it is the one.
TRANSITIONS: dict[LinkState, frozenset[LinkState]] = {
    LinkState.CONNECTING: frozenset({LinkState.STREAMING, LinkState.ENDED}),
    LinkState.STREAMING: frozenset({LinkState.LOST, LinkState.ENDED}),
    LinkState.LOST: frozenset({LinkState.RECONNECTING, LinkState.ENDED}),
    LinkState.RECONNECTING: frozenset({LinkState.STREAMING, LinkState.LOST, LinkState.ENDED}),
    LinkState.ENDED: frozenset(),
}
