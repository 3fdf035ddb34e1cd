"""Time `make_dataset` against the mnist1d package: python benchmarks/dataset.py."""

import time

import numpy as np
from mnist1d import data as upstream

from scaling_down.dataset import make_dataset

SIZES = (5_000, 50_000)
REPEATS = 5


def upstream_dataset(num_samples):
    args = upstream.get_dataset_args()
    args.num_samples = num_samples
    return upstream.make_dataset(args)


def seconds(function, *args, **kwargs):
    start = time.perf_counter()
    result = function(*args, **kwargs)
    return time.perf_counter() - start, result


def compare(num_samples):
    slow, theirs = seconds(upstream_dataset, num_samples)
    runs = [seconds(make_dataset, num_samples=num_samples) for _ in range(REPEATS)]
    fast = np.median([duration for duration, _ in runs])
    return slow, fast, slow / fast, np.abs(runs[0][1]["x"] - theirs["x"]).max()


def main():
    print(f"{'samples':>8} {'mnist1d':>9} {'ours':>9} {'ratio':>6} {'difference':>11}")
    for size in SIZES:
        slow, fast, ratio, difference = compare(size)
        print(f"{size:8d} {slow:7.2f} s {fast:7.3f} s {ratio:6.1f} {difference:11.1e}")


if __name__ == "__main__":
    main()
