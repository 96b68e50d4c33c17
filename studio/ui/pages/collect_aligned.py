"""Streams of several sources on one axis of time: a clap is at the same place in all of them."""

from collections import deque
from collections.abc import Sequence
from weakref import WeakKeyDictionary

from studio.core.samples import Block, Item
from studio.ui.pages.collect_views import SourceView
from studio.ui.widgets.live_stream import LiveStream, LiveTimeline

SPAN_NS, SPANS = 2_000_000_000, 4  # that the earliest arrivals are looked for in: long enough for a link that jitters


class Arrivals:
    """When samples of a stream were due on this computer's clock: what came earliest after its last sample says so, as
    a link only ever delays. It looks back some seconds only, so that clocks that drift stay together.
    """

    def __init__(self, rate_hz: float) -> None:
        self._rate_hz = rate_hz
        self._least: deque[tuple[int, int]] = deque(maxlen=SPANS)  # when the span began, least lateness in it, ns

    def add(self, items: Sequence[Item]) -> None:
        for item in items:
            if isinstance(item, Block):
                late_ns = item.arrived_ns - self._due_ns(item.first_index + len(item.samples))
                if self._least and item.arrived_ns - self._least[-1][0] < SPAN_NS:
                    began_ns, least_ns = self._least.pop()
                    self._least.append((began_ns, min(least_ns, late_ns)))
                else:
                    self._least.append((item.arrived_ns, late_ns))

    def ns_of(self, index: int) -> int | None:
        """time.monotonic_ns() when a sample was there, None before anything has come."""
        return min(late_ns for _, late_ns in self._least) + self._due_ns(index) if self._least else None

    def _due_ns(self, index: int) -> int:
        return round(index * 1e9 / self._rate_hz)


class Alignment:
    """Shows as many seconds in all views as in the first, up to the newest moment that any of them has."""

    def __init__(self) -> None:
        self._arrivals: WeakKeyDictionary[LiveTimeline, Arrivals] = WeakKeyDictionary()

    def hear(self, view: SourceView, items: Sequence[Item]) -> None:
        arrivals = self._arrivals.get(view.stream)
        if arrivals is None:
            arrivals = self._arrivals[view.stream] = Arrivals(view.stream.rate_hz)
        arrivals.add(items)

    def align(self, views: Sequence[SourceView]) -> None:
        """views: the first source's first. What has no axis is left as it is."""
        framed = [view for view in views if view.frame is not None]
        if not framed:
            return
        _share_seconds(framed)
        ends: dict[LiveTimeline, int] = {}
        for view in framed:
            arrivals = self._arrivals.get(view.stream)
            end_ns = arrivals.ns_of(view.stream.end) if arrivals is not None else None
            if end_ns is not None:
                ends[view.stream] = end_ns
        newest_ns = max(ends.values(), default=0)
        for stream, end_ns in ends.items():
            stream.set_lead((newest_ns - end_ns) * stream.rate_hz / 1e9)


def _share_seconds(framed: Sequence[SourceView]) -> None:
    """A column of sound is a whole number of samples, so that its plot shows a little more than was asked for: rows, in
    which any number of seconds can be shown, follow it.
    """
    sounds = [view for view in framed if isinstance(view.stream, LiveStream)]
    for view in sounds:
        view.stream.set_seconds(framed[0].shown_s)
    frame = sounds[0].frame if sounds else None
    seconds = framed[0].shown_s if frame is None else frame.span_s
    for view in framed:
        if not isinstance(view.stream, LiveStream):
            view.stream.set_seconds(seconds)
