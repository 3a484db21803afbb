from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from sklearn.datasets import load_digits

from brodmann.config.schema import DataConfig, ImageTask
from brodmann.errors import RequestError, RunError
from brodmann.tasks import load_task

Pictures = Callable[..., ImageTask]
FOLDER = ImageTask(
    name="image_folder", backbone="vit_small", kind="image", source="folder", test="test"
)


def test_digits() -> None:
    task = ImageTask(name="digits", backbone="vit_small", kind="image", source="digits")
    found = load_task(task, DataConfig())
    assert found.modality == "image"
    assert len(found.train) + len(found.val) + len(found.test) == 1797
    assert found.train.inputs.shape[1:] == (8, 8, 3)
    assert found.train.inputs.dtype == np.uint8
    expected = load_digits()
    rows = found.indices["test"]
    assert np.array_equal(found.test.labels, expected.target[rows])
    gray = found.test.inputs[..., 1].astype(float) * 16 / 255
    assert np.abs(gray - expected.images[rows]).max() < 0.05


def test_small_images_of_a_hub_data_set_are_an_array(pictures: Pictures, mirror: Path) -> None:
    found = load_task(pictures(), DataConfig(mirror=str(mirror)))
    chance = np.random.default_rng(0)
    whole = np.stack([chance.integers(0, 256, (4, 4, 3), np.uint8) for _ in range(26)])
    assert np.array_equal(found.train.inputs, whole[:20][found.indices["train"]])
    assert np.array_equal(found.test.inputs, whole[20:])
    assert found.test.labels.tolist() == [0, 1, 0, 1, 0, 1]


def test_large_images_are_decoded_when_asked_for(pictures: Pictures, mirror: Path) -> None:
    found = load_task(pictures(side=80), DataConfig(mirror=str(mirror)))
    first = found.train.inputs[0]
    assert isinstance(first, Image.Image)
    assert (first.size, first.mode, len(found.train.inputs)) == ((80, 80), "RGB", 16)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"image": "image"}, "task.image=image: .*img"),
        ({"image": "label"}, "task.image=label: .*no images"),
        ({"label": "fine_label"}, "task.label=fine_label: .*label"),
        ({"source": "digit"}, "task.source=digit: .*did you mean digits"),
        ({"id": None}, "task.id=null"),
    ],
)
def test_wrong_requests(pictures: Pictures, mirror: Path, settings: dict, message: str) -> None:
    with pytest.raises(RequestError, match=message):
        load_task(pictures(**settings), DataConfig(mirror=str(mirror)))


def write_folder(root: Path, per_class: int = 10) -> Path:
    for shade, name in ((50, "cat"), (200, "dog")):
        (root / name).mkdir(parents=True)
        for i in range(per_class):
            Image.new("RGB", (5, 5), (shade, i, len(root.name))).save(root / name / f"{i}.png")
    return root


def test_a_folder_of_folders(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "pets")
    found = load_task(FOLDER, DataConfig(path=str(folder)))
    assert found.classes == ("cat", "dog")
    assert (len(found.train), len(found.val), len(found.test)) == (12, 4, 4)
    shades = np.where(found.train.labels == 0, 50, 200)
    assert np.array_equal(found.train.inputs[:, 0, 0, 0], shades)
    assert "only the split train" in found.notes[0]


def test_a_folder_with_a_test_part_and_a_change_in_place(tmp_path: Path) -> None:
    write_folder(tmp_path / "pets" / "train")
    write_folder(tmp_path / "pets" / "test", 3)
    settings = DataConfig(path=str(tmp_path / "pets"))
    found = load_task(FOLDER, settings)
    assert (len(found.train), len(found.val), len(found.test)) == (16, 4, 6)
    changed = tmp_path / "pets" / "test" / "cat" / "0.png"
    Image.new("RGB", (5, 5), (7, 7, 7)).save(changed)
    again = load_task(FOLDER, settings)
    assert again.digest != found.digest
    assert (again.test.inputs[0] == 7).all()


def test_duplicated_images_are_dropped(tmp_path: Path) -> None:
    train = write_folder(tmp_path / "pets" / "train")
    write_folder(tmp_path / "pets" / "test", 3)
    copied = (tmp_path / "pets" / "test" / "cat" / "1.png").read_bytes()
    (train / "cat" / "5.png").write_bytes(copied)
    found = load_task(FOLDER, DataConfig(path=str(tmp_path / "pets")))
    assert len(found.train) + len(found.val) == 19
    assert "exact duplicates" in found.notes[0]


def test_wrong_folders(tmp_path: Path) -> None:
    for path, message in ((None, "needs a folder"), (str(tmp_path / "nope"), "no such folder")):
        with pytest.raises(RequestError, match=message):
            load_task(FOLDER, DataConfig(path=path))
    (tmp_path / "empty").mkdir()
    with pytest.raises(RequestError, match="data.path=.*no data files"):
        load_task(FOLDER, DataConfig(path=str(tmp_path / "empty")))


def test_a_broken_image_is_said(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "pets")
    (folder / "cat" / "3.png").write_bytes(b"no image")
    with pytest.raises(RunError, match="cannot be decoded"):
        load_task(FOLDER, DataConfig(path=str(folder)))
