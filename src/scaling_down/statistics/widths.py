"""The runs of a sweep, put together."""

from collections.abc import Iterable

import numpy as np

Arrays = dict[str, np.ndarray]
PER_CENT = 100


def joined_widths(runs: Iterable[Arrays]) -> Arrays:
    """Return the runs of one sweep as one, its widths in ascending order.

    `width`, `parameters` [R, W] and the metrics after the last step [R, W]:
    `train_error` and `test_error` in per cent, `train_loss` and `test_loss`; where
    there were fresh samples, `test_error_population` in per cent.
    """
    parts = list(runs)
    fresh = [_FRESH] if _FRESH in parts[0] else []
    names = ("width", "parameters", *_HISTORIES, *fresh)
    arrays = {n: np.concatenate([part[n] for part in parts], axis=1) for n in names}
    order = arrays["width"][0].argsort()
    arrays = {name: array[:, order] for name, array in arrays.items()}
    return {
        "width": arrays["width"],
        "parameters": arrays["parameters"],
        **{
            f"{split}_error": PER_CENT * (1 - arrays[f"{split}_accuracy"][:, :, -1])
            for split in ("train", "test")
        },
        **{name: arrays[name][:, :, -1] for name in ("train_loss", "test_loss")},
        **({"test_error_population": PER_CENT * (1 - arrays[_FRESH])} if fresh else {}),
    }


_FRESH = "test_accuracy_population"
_HISTORIES = ("train_loss", "train_accuracy", "test_loss", "test_accuracy")
