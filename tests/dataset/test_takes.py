"""Takes of several recordings: what goes with one of them, and which of them count."""

import pytest

from studio.core.samples import CAMERA, MICROPHONE
from studio.dataset.catalogue import Catalogue
from studio.dataset.edits import NewRecording
from studio.dataset.recordings import Sidecar, new_id
from studio.dataset.selection import taken_with


@pytest.fixture
def catalogue(project):
    return project.catalogue


def enter(catalogue: Catalogue, *sidecars: Sidecar) -> list[str]:
    with catalogue.edit("Record") as edit:
        edit.add([NewRecording(f"recordings/{each.id}.wav", each, "[]") for each in sidecars])
    return [each.id for each in sidecars]


def recorded(
    take: str | None, *, source: str = "virtual:nano33?play=a.wav", kind: str = MICROPHONE.name, beside: bool = False
) -> Sidecar:
    """All in one session and second, as two boards that play files of one name are."""
    return Sidecar(
        source,
        16_000,
        kind=kind,
        label="yes",
        session="S",
        samples=16_000,
        started_utc="2026-11-25T09:00:00Z",
        take=take,
        beside=beside,
    )


def taken(catalogue: Catalogue, key: str) -> set[str]:
    return {row.id for row in catalogue.recordings(taken_with(key))}


def test_the_second_microphone_of_a_take_goes_with_the_first_and_comes_back_with_it(catalogue):
    takes = [new_id(), new_id()]
    first, beside = enter(catalogue, recorded(takes[0]), recorded(takes[0], beside=True))
    enter(catalogue, recorded(takes[1]), recorded(takes[1], beside=True))
    assert taken(catalogue, first) == taken(catalogue, beside) == {first, beside}
    with catalogue.edit("Remove") as edit:
        assert edit.remove(taken_with(first)) == 2
    assert catalogue.count() == 2
    catalogue.undo()
    assert catalogue.count() == 4


def test_two_microphones_make_as_many_takes_and_examples_as_one(catalogue):
    catalogue.sensed = MICROPHONE.name
    firsts = []
    for take in (new_id() for _ in range(4)):
        firsts += enter(catalogue, recorded(take), recorded(take, beside=True))[:1]
    assert catalogue.take_counts() == {("yes", None): 4}
    assert [row.id for row in catalogue.newest(8)] == firsts[::-1]
    assert len(catalogue.examples()) == 4
    assert catalogue.label_counts() == {"yes": 4}
    assert catalogue.label_counts(beside=True) == {"yes": 8}
    assert catalogue.count() == 8


def test_pictures_of_a_series_go_one_by_one_and_the_sound_beside_with_the_last(catalogue):
    take = new_id()
    pictures = [recorded(take, source="camera:0", kind=CAMERA.name) for _ in range(5)]
    *shown, sound = enter(catalogue, *pictures, recorded(take, beside=True))
    for left in range(5, 1, -1):
        with catalogue.edit("Remove") as edit:
            assert edit.remove(taken_with(shown[left - 1])) == 1
    assert taken(catalogue, shown[0]) == {shown[0], sound}


def test_a_camera_beside_goes_with_the_sound_with_all_its_pictures(catalogue):
    take = new_id()
    pictures = [recorded(take, source="camera:0", kind=CAMERA.name, beside=True) for _ in range(3)]
    sound, *beside = enter(catalogue, recorded(take), *pictures)
    assert taken(catalogue, sound) == {sound, *beside}


def test_a_take_goes_with_all_the_files_it_rolled_over_into(catalogue):
    take, other = new_id(), new_id()
    parts = enter(catalogue, *(recorded(take) for _ in range(3)), recorded(take, beside=True))
    enter(catalogue, recorded(other))
    for part in parts:
        assert taken(catalogue, part) == set(parts)


def test_what_is_of_no_take_goes_alone(catalogue):
    first, _second = enter(catalogue, recorded(None), recorded(None))
    assert taken(catalogue, first) == {first}
