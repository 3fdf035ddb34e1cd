"""MNIST-1D as a torch Dataset; importing this module imports torch."""

from collections.abc import Mapping
from typing import Any, Literal

import torch
from torch import Tensor
from torch.utils.data import Dataset

from .settings import number_up_to, refuse
from .upstream import make_dataset

Split = Literal["train", "validation", "test"]


class MNIST1D(Dataset[tuple[Tensor, Tensor]]):
    """One part of a dataset: pairs of a float32 signal [1, F] and an int64 label.

    `args`, `template` and `settings` are those of `make_dataset`. The share
    `validation` of the training samples, the last ones, is held out of "train" and is
    the part "validation". `signals` [N, 1, F] and `labels` [N] are all of them, `t`
    [F] the second coordinate of a stroke.

    Raises:
        ValueError: a setting is not legal, or the part would be empty.
        TypeError: there is no such setting.
    """

    def __init__(
        self,
        split: Split = "train",
        *,
        validation: float = 0.0,
        args: object | None = None,
        template: Mapping[str, Any] | None = None,
        **settings: Any,
    ) -> None:
        made = make_dataset(args, template, **settings)
        validation = number_up_to(1, "a share from 0 to 1")("validation", validation)
        kept = len(made["y"]) - round(validation * len(made["y"]))
        parts = {
            "train": (made["x"][:kept], made["y"][:kept]),
            "validation": (made["x"][kept:], made["y"][kept:]),
            "test": (made["x_test"], made["y_test"]),
        }
        if split not in parts:
            refuse("split", split, f"one of {', '.join(parts)}")
        x, y = parts[split]
        if not len(y):
            refuse("validation", validation, f"such that {split} has samples")
        self.signals = torch.as_tensor(x, dtype=torch.float32).unsqueeze(1)
        self.labels = torch.as_tensor(y)
        self.t = torch.as_tensor(made["t"], dtype=torch.float32)

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        return self.signals[index], self.labels[index]
