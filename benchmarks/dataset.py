"""`make_dataset` against the mnist1d package.

    python benchmarks/dataset.py [--quick] [--record FILE]

Both draw the same numbers; the largest difference is printed.
"""

from __future__ import annotations

from record import Benchmark, median_times

# isort: split

import numpy as np
from mnist1d import data as upstream

from scaling_down.dataset import make_dataset

TURNS = {5_000: 5, 50_000: 1}
"""How many turns are taken, by the number of samples."""


def main() -> None:
    benchmark = Benchmark(__doc__, "the smaller dataset alone")
    for samples in [*TURNS][: 1 if benchmark.quick else None]:
        theirs = upstream_dataset(samples)["x"]
        ours = make_dataset(num_samples=samples)["x"]
        print(f"largest difference {np.abs(ours - theirs).max():.1e}")
        contenders = {
            "engine": lambda n=samples: make_dataset(num_samples=n),
            "loop": lambda n=samples: upstream_dataset(n),
        }
        times = median_times(contenders, TURNS[samples])
        benchmark.times(f"{samples} samples", times)
    benchmark.close()


def upstream_dataset(samples: int) -> dict:
    args = upstream.get_dataset_args()
    args.num_samples = samples
    return upstream.make_dataset(args)


if __name__ == "__main__":
    main()
