"""Pictures brought in: by class, as crops of photographs with boxes; what is no picture stays out."""

import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from studio.core.errors import InvalidInput
from studio.core.picture_file import png, read_picture
from studio.dataset.exporting import export_folder
from studio.dataset.formats import yolo
from studio.dataset.formats.layout import Found, How, Skipped
from studio.dataset.importing import import_folder
from studio.dataset.orphans import enter_orphans
from studio.dataset.outside import outside_examples
from studio.dataset.project import create_project, open_project
from studio.dataset.recordings import read_sidecar, sha256_of, sidecar_path
from studio.dataset.splits import split_folds


@pytest.fixture
def eyes(tmp_path):
    with create_project(tmp_path / "eyes", "image") as made:
        yield made


def noise(width, height, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


def write(path: Path, pixels) -> Path:
    import cv2

    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), pixels[..., ::-1])
    return path


def test_pictures_are_kept_byte_for_byte_and_are_a_whole_segment_each(eyes, tmp_path):
    jpeg = write(tmp_path / "in" / "cat" / "1.JPG", noise(40, 30))
    bitmap = write(tmp_path / "in" / "dog" / "1.bmp", noise(20, 20, 1))
    imported = import_folder(eyes, tmp_path / "in")
    assert (imported.recordings, imported.segments, imported.skipped) == (2, 2, [])
    first, second = eyes.catalogue.recordings()
    assert (first.labels, first.kind, first.samples, first.sha256) == (("cat",), "camera", 1, sha256_of(jpeg))
    assert (first.path.suffix, second.path.suffix) == (".jpg", ".png")
    assert np.array_equal(read_picture(second.path, colour=True), read_picture(bitmap, colour=True))
    assert [(e.clip.start, e.clip.end) for e in eyes.catalogue.examples()] == [(None, None)] * 2


def test_what_claims_gigabytes_is_cut_short_or_is_no_picture_is_told_and_stays_out(eyes, tmp_path):
    chunk = b"IHDR" + struct.pack(">IIBBBBB", 90_000, 90_000, 8, 2, 0, 0, 0)
    bomb = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + chunk + struct.pack(">I", zlib.crc32(chunk))
    folder = tmp_path / "in" / "cat"
    whole = write(folder / "whole.jpg", noise(64, 64)).read_bytes()
    (folder / "bomb.png").write_bytes(bomb)
    (folder / "half.jpg").write_bytes(whole[: len(whole) // 2])
    (folder / "text.png").write_text("hello")
    (folder / "empty.jpg").write_bytes(b"")
    imported = import_folder(eyes, tmp_path / "in")
    assert imported.recordings == 1
    assert {Path(s.path).name: s.why for s in imported.skipped} == {
        "bomb.png": "it is too large (90,000 x 90,000 pixels)",
        "half.jpg": "it is cut short",
        "text.png": "it is no PNG, JPEG or BMP",
        "empty.jpg": "it is no PNG, JPEG or BMP",
    }


def photographs(folder: Path, count=4) -> Path:
    """Photographs with a person on the left and a dog (class 16) on the right of each."""
    for number in range(count):
        write(folder / "images" / f"{number}.jpg", noise(320, 240, number))
        (folder / "labels").mkdir(exist_ok=True)
        (folder / "labels" / f"{number}.txt").write_text("0 0.2 0.5 0.2 0.6\n16 0.8 0.5 0.2 0.2\nnonsense\n")
    return folder


def test_photographs_become_crops_with_and_without_a_person_by_photograph(eyes, tmp_path):
    imported = import_folder(eyes, photographs(tmp_path / "in"))
    assert imported.how.format == "yolo"
    counts = eyes.catalogue.label_counts()
    assert counts["person"] == 4
    assert 4 < counts["not_person"] <= 24
    assert imported.groups == 4
    assert [skipped.why for skipped in imported.skipped] == ["1 lines of its boxes are no boxes"] * 4
    for row in eyes.catalogue.recordings():
        crop = read_sidecar(sidecar_path(row.path)).more["crop"]
        x, y, width, height = crop
        photograph = read_picture(tmp_path / "in" / f"{row.group}.jpg", colour=True)
        assert np.array_equal(read_picture(row.path, colour=True), photograph[y : y + height, x : x + width])
        shown = max(0, min(x + width, 96) - max(x, 32)) * max(0, min(y + height, 192) - max(y, 48))
        assert shown > 0.9 * 64 * 144 if row.labels == ("person",) else shown <= 0.03 * width * height
    for fold in split_folds(eyes.catalogue.examples(), 2, "group"):
        assert not {e.group for e in fold.train} & {e.group for e in fold.test}


def test_the_same_photographs_give_the_same_crops(tmp_path):
    photographs(tmp_path / "in")
    first, second = ([item for item in yolo.read(tmp_path / "in", How()) if isinstance(item, Found)] for _ in range(2))
    assert first == second


@pytest.mark.parametrize(
    ("name", "text", "labels"),
    [
        ("data.yaml", "nc: 2\nnames: ['cat', 'person']\n", {"not_person"}),
        ("data.yaml", "names:\n  0: person\n  1: cat\n", {"person", "not_person"}),
        ("data.yaml", "names:\n- dog\n- cat\n", {"dog", "not_dog"}),
        ("classes.txt", "helmet\nhead\n", {"helmet", "not_helmet"}),
    ],
)
def test_the_object_is_who_the_names_of_classes_say(tmp_path, name, text, labels):
    folder = photographs(tmp_path / "in", 1)
    (folder / name).write_text(text)
    assert {item.label for item in yolo.read(folder, How()) if isinstance(item, Found)} == labels


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.text("0123456789. -einfa", max_size=40), max_size=5))
def test_whatever_a_file_of_boxes_holds_crops_lie_inside_the_picture(tmp_path, lines):
    if not (tmp_path / "images").exists():
        photographs(tmp_path, 1)
    (tmp_path / "labels" / "0.txt").write_text("\n".join(lines))
    for item in yolo.read(tmp_path, How()):
        if isinstance(item, Found) and item.crop:
            x, y, width, height = item.crop
            assert x >= 0
            assert y >= 0
            assert x + width <= 320
            assert y + height <= 240
            assert width == height > 0


def test_crops_of_a_folder_never_seen_are_those_that_an_import_cuts(eyes, tmp_path):
    import_folder(eyes, photographs(tmp_path / "in", 2))
    with outside_examples(eyes, photographs(tmp_path / "in", 2)) as outside:
        seen = sorted((e.label, e.group, sha256_of(e.clip.path)) for e in outside.examples)
    assert seen == sorted((row.labels[0], row.group, row.sha256) for row in eyes.catalogue.recordings())


def test_crops_in_folders_are_scored_by_a_project_of_photographs_with_boxes(eyes, tmp_path):
    import_folder(eyes, photographs(tmp_path / "in", 2))
    write(tmp_path / "others" / "person" / "a.jpg", noise(96, 96))
    write(tmp_path / "others" / "not_person" / "b.jpg", noise(96, 96, 1))
    with outside_examples(eyes, tmp_path / "others") as outside:
        assert [(e.label, e.clip.path) for e in outside.examples] == [
            ("not_person", tmp_path / "others" / "not_person" / "b.jpg"),
            ("person", tmp_path / "others" / "person" / "a.jpg"),
        ]


def test_a_lost_catalogue_is_made_anew_from_the_sidecars_of_pictures(eyes, tmp_path):
    import_folder(eyes, photographs(tmp_path / "in", 2))
    before = sorted((row.id, row.labels, row.group) for row in eyes.catalogue.recordings())
    eyes.close()
    for path in eyes.folder.glob("studio.db*"):
        path.unlink()
    with open_project(eyes.folder, write=True, repair=True) as project:
        enter_orphans(project)
        assert sorted((row.id, row.labels, row.group) for row in project.catalogue.recordings()) == before


def test_pictures_are_exported_as_folders_that_are_read_again(eyes, tmp_path):
    write(tmp_path / "in" / "cat" / "ann_nohash_1.png", noise(20, 20))
    import_folder(eyes, tmp_path / "in")
    assert export_folder(eyes, tmp_path / "out").segments == 1
    (path,) = (tmp_path / "out" / "cat").iterdir()
    assert path.name.startswith("P01_nohash_")
    assert path.read_bytes() == eyes.catalogue.recordings()[0].path.read_bytes()


def test_pictures_are_not_brought_into_a_project_of_words(project, tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.png").write_bytes(png(noise(8, 8)))
    with pytest.raises(InvalidInput, match="no recording"):
        import_folder(project, tmp_path / "in")
    with pytest.raises(InvalidInput, match="image"):
        import_folder(project, tmp_path / "in", How("picture-folders"))


def test_links_in_a_folder_of_photographs_lead_nowhere(tmp_path):
    folder = photographs(tmp_path / "in", 1)
    secret = write(tmp_path / "secret.jpg", noise(64, 64, 9))
    (folder / "images" / "link.jpg").symlink_to(secret)
    items = list(yolo.read(folder, How()))
    assert not any("link" in item.relative for item in items if isinstance(item, Found))
    assert any(item.why == "it is a link" for item in items if isinstance(item, Skipped))
