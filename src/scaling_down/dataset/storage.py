"""Datasets in npz files, without pickle."""

import os
from pathlib import Path
from typing import BinaryIO, Literal

import numpy as np

from .generate import Dataset
from .templates import Templates

_Array = Literal["x", "y", "x_test", "y_test", "t"]
ARRAYS: tuple[_Array, ...] = ("x", "y", "x_test", "y_test", "t")
_SPLITS: tuple[tuple[_Array, _Array], ...] = (("x", "y"), ("x_test", "y_test"))
_TEMPLATES: tuple[Literal["x", "t", "y"], ...] = ("x", "t", "y")


def save_dataset(path: str | Path, dataset: Dataset) -> None:
    """Write `dataset` to `path`, which holds the old file or the whole new one."""
    path = Path(path)
    arrays: dict[str, np.ndarray] = {name: dataset[name] for name in ARRAYS}
    for name in _TEMPLATES:
        arrays[f"templates_{name}"] = dataset["templates"][name]
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        with partial.open("wb") as file:
            np.savez(file, allow_pickle=False, **arrays)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def load_dataset(path: str | Path) -> Dataset:
    """Read what `save_dataset` wrote.

    Raises:
        ValueError: the file is damaged or holds something else.
        OSError: the file cannot be opened.
    """
    with Path(path).open("rb") as file:
        try:
            dataset = _read(file)
            _check(dataset)
        # A damaged zip file fails in many ways, each with its own exception.
        except Exception as error:
            message = f"{path} is damaged or is not a saved dataset: {error}"
            raise ValueError(message) from error
    return dataset


def _read(file: BinaryIO) -> Dataset:
    with np.load(file, allow_pickle=False) as arrays:
        templates = Templates(
            x=arrays["templates_x"], t=arrays["templates_t"], y=arrays["templates_y"]
        )
        return Dataset(
            x=arrays["x"],
            y=arrays["y"],
            x_test=arrays["x_test"],
            y_test=arrays["y_test"],
            t=arrays["t"],
            templates=templates,
        )


def _check(dataset: Dataset) -> None:
    length = dataset["t"].shape
    if len(length) != 1:
        raise ValueError("t is not a list of numbers")
    for x, y in _SPLITS:
        if dataset[x].shape != dataset[y].shape + length or dataset[y].ndim != 1:
            raise ValueError(f"the shapes of {x}, {y} and t do not fit together")
        if dataset[x].dtype != np.float64 or dataset[y].dtype != np.int64:
            raise ValueError(f"{x} or {y} holds another type of number")
