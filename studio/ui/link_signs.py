"""How a link's state is shown: a word, an icon and a colour, the same wherever it is."""

from collections.abc import Mapping

from studio.capture.link_state import LinkState
from studio.core.text import gettext as _

# Icon and tone of a chip.
_SIGNS: Mapping[LinkState, tuple[str, str]] = {
    LinkState.CONNECTING: ("refresh", "plain"),
    LinkState.STREAMING: ("tick", "ok"),
    LinkState.LOST: ("warn", "err"),
    LinkState.RECONNECTING: ("refresh", "warn"),
    LinkState.ENDED: ("", "plain"),
}


def link_sign(state: LinkState, away_s: float | None = None) -> tuple[str, str, str]:
    """Text, icon and tone of a chip. away_s: for how long nothing has come, where it is lost."""
    text = _(state.value)
    if away_s is not None and state in (LinkState.LOST, LinkState.RECONNECTING):
        text = _("{state}, {seconds:.0f} s").format(state=text, seconds=away_s)
    return (text, *_SIGNS[state])
