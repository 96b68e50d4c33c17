"""Places in the arena: nothing that lives overlaps, nothing is below the bound, and the known hard case is solved."""

from hypothesis import given
from hypothesis import strategies as st

from studio.model.arena import ALIGNMENT, Extent, lower_bound, place

spans = st.tuples(st.integers(0, 12), st.integers(0, 12)).map(sorted)
extents = st.lists(
    st.builds(lambda size, span: Extent(size, *span), st.integers(1, 500), spans), min_size=1, max_size=10
)


@given(extents)
def test_tensors_that_live_together_lie_apart(given_extents):
    named = dict(enumerate(given_extents))
    offsets = place(named)
    assert offsets.keys() == named.keys()
    for a, first in named.items():
        assert offsets[a] % ALIGNMENT == 0
        for b, second in named.items():
            if a < b and first.meets(second):
                assert offsets[a] + first.bytes <= offsets[b] or offsets[b] + second.bytes <= offsets[a]


@given(extents)
def test_no_placement_is_below_the_lower_bound(given_extents):
    named = dict(enumerate(given_extents))
    offsets = place(named)
    assert max(offsets[key] + extent.bytes for key, extent in named.items()) >= lower_bound(named)
    assert place(named) == offsets


def test_a_chain_needs_its_largest_neighbours():
    chain = {0: Extent(100, 0, 0), 1: Extent(400, 0, 1), 2: Extent(300, 1, 2), 3: Extent(8, 2, 3)}
    offsets = place(chain)
    assert lower_bound(chain) == 700
    assert max(offsets[key] + extent.bytes for key, extent in chain.items()) == 700
