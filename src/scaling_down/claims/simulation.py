"""How often the judging is wrong, where the truth is known.

`python -m scaling_down.claims.simulation` writes the tables of docs/statistics.md.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path

import numpy as np

from scaling_down.claims.pages import filled, head, line
from scaling_down.claims.statements import RUNS_WITH_SPREAD, Expectation
from scaling_down.claims.verdicts import is_compatible, is_inside, is_outside
from scaling_down.statistics.intervals import mean_interval
from scaling_down.statistics.peaks import peak_stands_out
from scaling_down.statistics.power import detectable_half_widths

REPETITIONS = 20_000
REPLICAS = (3, 5, 10, 20)
RUNS = (1, 2, 3)
WIDTHS = 19
"""Points of a curve, as in the width sweep of dense networks."""
PLANTED = 3.0
"""Height of the planted peak, in standard deviations of a replica."""
DOCUMENT = Path("docs/statistics.md")
ABOVE_0 = Expectation(above=0)
Draw = Callable[[np.random.Generator, tuple[int, ...]], np.ndarray]
Rates = dict[str, float]
NOISES: dict[str, Draw] = {
    "normal": lambda generator, shape: generator.normal(size=shape),
    "skewed (exponential)": lambda generator, shape: (
        generator.exponential(size=shape) - 1
    ),
    "heavy-tailed (t, 3 degrees)": lambda generator, shape: (
        generator.standard_t(3, size=shape) / np.sqrt(3)
    ),
}
"""Replicas of mean 0 and standard deviation 1."""
UNEVEN: dict[str, Draw] = {
    "normal, thrice the noise on half of the curve": lambda generator, shape: (
        generator.normal(size=shape) * np.where(np.arange(WIDTHS) < WIDTHS // 2, 3, 1)
    )
}


def verdict_rates(
    draw: Draw, n: int, generator: np.random.Generator, repetitions: int = REPETITIONS
) -> Rates:
    """Return how often n replicas lead to each verdict.

    The region is "above 0". `holds at the bound` and `fails at the bound` are the two
    mistakes where the true mean is 0, the hardest place; `holds at detects` is the
    power at the effect that the scorecard's column names, from the true standard
    deviation. `not matched` are rates for a source whose m runs are like ours, without
    and with a printed spread.
    """
    measured = mean_interval(draw(generator, (n, repetitions)))
    low, high = measured["ci_low"], measured["ci_high"]
    effect = _detectable(n)
    rates = {
        "holds at the bound": is_inside(low, high, ABOVE_0),
        "fails at the bound": is_outside(low, high, ABOVE_0),
        "holds at detects": is_inside(low + effect, high + effect, ABOVE_0),
    }
    for runs in RUNS:
        source = mean_interval(draw(generator, (runs, repetitions)))
        ours = (measured["mean"], measured["sd"], n, source["mean"], runs)
        rates[f"not matched, m = {runs}"] = np.logical_not(is_compatible(*ours))
        if runs >= RUNS_WITH_SPREAD:
            matched = is_compatible(*ours, spreads=[source["sd"]])
            rates[f"not matched, m = {runs} ± SD"] = np.logical_not(matched)
    return {name: float(np.mean(found)) for name, found in rates.items()}


def peak_rates(
    draw: Draw, n: int, generator: np.random.Generator, repetitions: int = REPETITIONS
) -> Rates:
    """Return how often a peak is found in n curves: where there is none, where one is.

    `flat` is noise alone, `falling` noise on a slope of three standard deviations, and
    `planted` noise with one point raised by `PLANTED` of them.
    """
    falling = -np.linspace(0, 3, WIDTHS)
    planted = PLANTED * (np.arange(WIDTHS) == WIDTHS // 2)
    noise = draw(generator, (repetitions, n, WIDTHS))
    shapes = {"flat": 0, "falling": falling, "planted": planted}
    return {
        name: float(peak_stands_out(noise + s).mean()) for name, s in shapes.items()
    }


def _detectable(n: int) -> float:
    """Return the effect that n replicas of standard deviation 1 detect."""
    two = np.array([1.0, -1.0] * n)[:n]
    unit = mean_interval((two - two.mean()) / two.std(ddof=1))
    return detectable_half_widths(n) * unit["ci_high"]


def tables(repetitions: int = REPETITIONS) -> dict[str, Callable[[], Iterator[str]]]:
    """Return what writes each table of the document, by name; rates are in per cent."""
    return {
        "verdict_rates": partial(_table, verdict_rates, NOISES, repetitions),
        "peak_rates": partial(_table, peak_rates, {**NOISES, **UNEVEN}, repetitions),
    }


def _table(
    study: Callable[..., Rates], noises: Mapping[str, Draw], repetitions: int
) -> Iterator[str]:
    generator = np.random.default_rng(0)
    rows = {
        (name, n): study(draw, n, generator, repetitions)
        for name, draw in noises.items()
        for n in REPLICAS
    }
    yield from head("replicas", "n", *next(iter(rows.values())))
    for (name, n), rates in rows.items():
        yield line(name, n, *(f"{100 * rate:.1f}" for rate in rates.values()))


if __name__ == "__main__":
    document = DOCUMENT.read_text(encoding="utf-8")
    DOCUMENT.write_text(filled(document, tables()), encoding="utf-8")
