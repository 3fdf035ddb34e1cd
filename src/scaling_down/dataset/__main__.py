"""Make a dataset and write it: python -m scaling_down.dataset --out data.npz."""

import argparse
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path

from .parquet import save_parquet
from .settings import DatasetSettings
from .storage import save_dataset
from .upstream import make_dataset, noise_free_twin

WRITERS = {".npz": save_dataset, ".parquet": save_parquet}


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the dataset that the arguments ask for; leave with 2 if they are wrong."""
    parser = _parser()
    given = vars(parser.parse_args(arguments))
    out: Path = given.pop("out")
    make = noise_free_twin if given.pop("noise_free") else make_dataset
    if out.suffix not in WRITERS:
        parser.error(f"--out must end in {' or '.join(WRITERS)}")
    try:
        dataset = make(**given)
        WRITERS[out.suffix](out, dataset)
    except (ImportError, OSError, ValueError) as error:
        parser.error(str(error))
    shape = dataset["x"].shape
    print(f"{out}: {shape[0]} + {len(dataset['y_test'])} samples of {shape[1]} values")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m scaling_down.dataset",
        description="Make MNIST-1D; without further options the published dataset.",
        # Only what is given is passed on: the defaults are in one place.
        argument_default=argparse.SUPPRESS,
        allow_abbrev=False,
    )
    parser.add_argument("--out", type=Path, required=True, help="*.npz or *.parquet")
    for field in fields(DatasetSettings):
        option, default = f"--{field.name.replace('_', '-')}", field.default
        if isinstance(default, bool):
            parser.add_argument(option, action="store_true")
        elif isinstance(default, tuple):
            parser.add_argument(option, nargs=2, type=int, metavar=("LOW", "HIGH"))
        else:
            kind = type(default)
            parser.add_argument(option, type=kind, metavar=kind.__name__.upper())
    parser.add_argument("--label-noise", type=float, metavar="SHARE")
    parser.add_argument("--classes", nargs="+", type=int, metavar="DIGIT")
    parser.add_argument("--noise-free", action="store_true", default=False)
    return parser


if __name__ == "__main__":
    main()
