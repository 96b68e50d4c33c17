"""The arena's blocks by name: each told apart, with the numbers that Train's diagram has."""

from typing import Any

import pytest

from studio.ui.widgets.arena import arena_of
from studio.ui.widgets.network import network_of


@pytest.fixture(scope="module")
def separable_plan(request: pytest.FixtureRequest) -> Any:
    from studio.model.plan import plan

    folder = request.getfixturevalue("shared_data")
    return plan((folder / "models/kws_ref_model.tflite").read_bytes())


@pytest.mark.data
def test_every_block_has_a_name_of_its_own(separable_plan: Any) -> None:
    picture = arena_of(separable_plan)
    names = [tensor.name for tensor in picture.tensors]
    assert len(set(names)) == len(names)
    assert len(set(picture.steps)) == len(picture.steps)


@pytest.mark.data
def test_separable_blocks_are_numbered_as_in_the_networks_diagram(separable_plan: Any) -> None:
    blocks = [block.name.partition(",")[0] for block in network_of(separable_plan)]
    numbers = [name.rpartition(" ")[2] for name in blocks if name.startswith("Separable block")]
    picture = arena_of(separable_plan)
    assert [name for name in picture.steps if name.startswith("point")] == [f"point {n}" for n in numbers]
    last = next(tensor for tensor in picture.tensors if tensor.name == f"depth {numbers[-1]}")
    assert last.detail.startswith(f"depthwise half of separable block {numbers[-1]}: ")
