"""What a dataset is made from, checked in one place."""

import reprlib
from collections.abc import Callable
from dataclasses import dataclass, fields
from numbers import Integral, Real
from typing import Any, NoReturn, TypeGuard

import numpy as np

from .templates import NUM_CLASSES

LARGEST_TRANSLATION = 2**31 - 1
LARGEST_SCALE = 1e100
LARGEST_SEED = 2**32 - 1

Check = Callable[[str, object], object]
"""Takes the name of a setting and what was given, and returns the value to use."""


@dataclass(frozen=True, kw_only=True)
class DatasetSettings:
    """Settings of `make_dataset`, with the paper's values (table 2) as defaults.

    Raises:
        ValueError: names the setting, what was given and what is allowed.
    """

    num_samples: int = 5000
    train_split: float = 0.8
    template_len: int = 12
    padding: tuple[int, int] = (36, 60)
    scale_coeff: float = 0.4
    max_translation: int = 48
    corr_noise_scale: float = 0.25
    iid_noise_scale: float = 0.02
    shear_scale: float = 0.75
    shuffle_seq: bool = False
    final_seq_length: int = 40
    seed: int = 42

    def __post_init__(self) -> None:
        for field in fields(self):
            value = _CHECKS[field.name](field.name, getattr(self, field.name))
            object.__setattr__(self, field.name, value)
        _check_length(self)
        _check_split(self)

    @property
    def samples_per_class(self) -> int:
        """Samples of each digit; a remainder of `num_samples` is dropped."""
        return self.num_samples // NUM_CLASSES

    @property
    def full_length(self) -> int:
        """Positions of a signal between dilation and subsampling."""
        return self.template_len + self.padding[1]

    @property
    def num_train(self) -> int:
        """Samples in the training set."""
        return int(NUM_CLASSES * self.samples_per_class * self.train_split)


def refuse(name: str, value: object, allowed: str) -> NoReturn:
    """Raise the ValueError that names the setting, what was given and what may be."""
    shown = " ".join(reprlib.repr(value).split())
    raise ValueError(f"{name} is {shown}, but must be {allowed}")


def _is_integer(value: object) -> TypeGuard[int]:
    return isinstance(value, Integral) and not isinstance(value, bool)


def integer(low: int, high: int | None = None) -> Callable[[str, object], int]:
    """Return a check that takes a name and a value and gives the value as an int."""
    allowed = f"an integer of at least {low}"
    if high is not None:
        allowed = f"an integer from {low} to {high}"

    def check(name: str, value: object) -> int:
        if not _is_integer(value) or value < low or (high is not None and value > high):
            refuse(name, value, allowed)
        return int(value)

    return check


def number_up_to(high: float, allowed: str) -> Callable[[str, object], float]:
    """Return a check that takes a name and a number from 0 to `high`, as a float."""

    def check(name: str, value: Any) -> float:
        number = isinstance(value, Real) and not isinstance(value, bool)
        if not number or not 0 <= value <= high:
            refuse(name, value, allowed)
        return float(value)

    return check


def _flag(name: str, value: object) -> bool:
    if not isinstance(value, (bool, np.bool_)):
        refuse(name, value, "True or False")
    return bool(value)


def _pair(name: str, value: object) -> tuple[int, int]:
    pair = tuple(value) if isinstance(value, (tuple, list, np.ndarray)) else ()
    whole = len(pair) == 2 and all(_is_integer(number) for number in pair)
    if not whole or not 0 <= pair[0] <= pair[1]:
        refuse(name, value, "two integers (low, high) with 0 <= low <= high")
    return int(pair[0]), int(pair[1])


_scale = number_up_to(LARGEST_SCALE, f"a number from 0 to {LARGEST_SCALE:g}")

_CHECKS: dict[str, Check] = {
    "num_samples": integer(NUM_CLASSES),
    "train_split": number_up_to(1, "a number from 0 to 1"),
    "template_len": integer(1),
    "padding": _pair,
    "scale_coeff": _scale,
    "max_translation": integer(1, LARGEST_TRANSLATION),
    "corr_noise_scale": _scale,
    "iid_noise_scale": _scale,
    "shear_scale": _scale,
    "shuffle_seq": _flag,
    "final_seq_length": integer(1),
    "seed": integer(0, LARGEST_SEED),
}


def _check_length(settings: DatasetSettings) -> None:
    if settings.full_length < 2:
        allowed = "at least 2 where padding adds nothing"
        refuse("template_len", settings.template_len, allowed)


def _check_split(settings: DatasetSettings) -> None:
    made = NUM_CLASSES * settings.samples_per_class
    if not 0 < settings.num_train < made:
        allowed = f"such that neither part of the {made} samples is empty"
        refuse("train_split", settings.train_split, allowed)
