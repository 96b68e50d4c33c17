"""Places in the arena: nothing that lives overlaps but as an operator allows, and nothing is below the bound."""

from hypothesis import given
from hypothesis import strategies as st

from studio.model.arena import ALIGNMENT, Extent, Lead, lower_bound, place

spans = st.tuples(st.integers(0, 12), st.integers(0, 12)).map(sorted)
extents = st.lists(
    st.builds(lambda size, span: Extent(size, *span), st.integers(1, 500), spans), min_size=1, max_size=10
)
ways = st.builds(Lead, st.integers(0, 300), st.one_of(st.none(), st.integers(0, 300)))


@st.composite
def overlapping(draw):
    """Extents, and a lead for some pairs of which one ends where the other begins."""
    named = dict(enumerate(draw(extents)))
    pairs = [(a, b) for a in named for b in named if a != b and named[a].last == named[b].first > named[a].first]
    return named, {pair: draw(ways) for pair in pairs if draw(st.booleans())}


def lie_apart(named, offsets, leads, a, b):
    first, second = (offsets[key] + named[key].bytes for key in (a, b))
    if first <= offsets[b] or second <= offsets[a]:
        return True
    for source, result in ((a, b), (b, a)):
        lead = leads.get((source, result))
        if lead is None:
            continue
        ends = offsets[result] + named[result].bytes, offsets[source] + named[source].bytes
        if offsets[result] + lead.forwards <= offsets[source]:
            return True
        if lead.backwards is not None and ends[0] >= ends[1] + lead.backwards:
            return True
    return False


@given(overlapping())
def test_tensors_that_live_together_lie_apart_or_as_an_operator_allows(given_extents):
    named, leads = given_extents
    offsets = place(named, leads)
    assert offsets.keys() == named.keys()
    for a, first in named.items():
        assert offsets[a] % ALIGNMENT == 0
        for b, second in named.items():
            assert a >= b or not first.meets(second) or lie_apart(named, offsets, leads, a, b)


@given(extents)
def test_no_placement_is_below_the_lower_bound(given_extents):
    named = dict(enumerate(given_extents))
    offsets = place(named, {})
    assert max(offsets[key] + extent.bytes for key, extent in named.items()) >= lower_bound(named, {})
    assert place(named, {}) == offsets


def test_a_chain_needs_its_largest_neighbours():
    chain = {0: Extent(100, 0, 0), 1: Extent(400, 0, 1), 2: Extent(300, 1, 2), 3: Extent(8, 2, 3)}
    offsets = place(chain, {})
    assert lower_bound(chain, {}) == 700
    assert max(offsets[key] + extent.bytes for key, extent in chain.items()) == 700


def test_a_chain_that_writes_over_what_it_read_stays_in_one_place():
    """Forth and back again: the leads of the operators do not add up."""
    chain = {step: Extent(400, step, step + 1) for step in range(8)}
    leads = {(step, step + 1): Lead(20, 20) for step in range(7)}
    assert lower_bound(chain, {}) == 800
    assert lower_bound(chain, leads) == 420
    assert max(place(chain, leads).values()) == 20
