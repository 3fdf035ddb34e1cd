"""Metalearned and known activations, at the published rate and at their own best."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from scaling_down.experiments.contract import Results
from scaling_down.experiments.metalearn_activation.settings import (
    Comparison,
    MetaProtocol,
    Scenario,
    Study,
)
from scaling_down.statistics.intervals import paired_interval
from scaling_down.statistics.rows import summary_row

METRICS = {"test_accuracy": 100, "test_accuracy_population": 100, "outer_loss": 1}
"""What is compared, and in what unit."""
RateChoice = Literal["published", "best"]
RATE_CHOICES: tuple[RateChoice, ...] = ("published", "best")
PAIRS: tuple[tuple[RateChoice, RateChoice], ...] = (
    ("published", "published"), ("published", "best"), ("best", "best")
)  # fmt: skip
"""The learning rates of a metalearned activation and of what it is compared with."""


@dataclass(frozen=True)
class Arm:
    """An activation in a scenario: its metrics [R, rates], means over the problems."""

    activation: str
    protocol: MetaProtocol | None
    scenario: Scenario
    rates: tuple[float, ...]
    values: dict[str, np.ndarray]
    share_outside: np.ndarray

    @property
    def condition(self) -> dict[str, str]:
        """Return the columns of the arm; known activations have no protocol."""
        return {
            "scenario": self.scenario,
            "activation": self.activation,
            "protocol": self.protocol or "none",
        }

    @property
    def best(self) -> int:
        """Return the place of the rate with the least mean outer loss.

        It is chosen on training losses of all replicas, never on the test set.
        """
        return int(self.values["outer_loss"].mean(axis=0).argmin())

    def at(self, choice: RateChoice, study: Study) -> int:
        """Return the place of the published rate or of the arm's own best one."""
        if choice == "best":
            return self.best
        return self.rates.index(study.inner.learning_rate)


def compared_arms(results: Results) -> list[Arm]:
    """Return all arms, in the order of the plan."""
    return [
        Arm(
            activation=result.settings.activation,
            protocol=result.settings.protocol,
            scenario=circumstance.scenario,
            rates=result.settings.learning_rates,
            values={
                name: unit * result.arrays[name][:, place].mean(axis=2)
                for name, unit in METRICS.items()
            },
            share_outside=result.arrays["share_outside"][:, place].max(axis=2),
        )
        for result in results.of(Comparison)
        for place, circumstance in enumerate(result.settings.circumstances)
    ]


def arm_values(
    arms: list[Arm], study: Study
) -> Iterator[tuple[dict[str, Any], str, np.ndarray]]:
    """Yield each arm's metrics [R] at the published rate and at its own best one."""
    for arm in arms:
        for choice in RATE_CHOICES:
            place = arm.at(choice, study)
            condition = {"rate": choice, "learning_rate": arm.rates[place]}
            for metric, values in arm.values.items():
                yield {**arm.condition, **condition}, metric, values[:, place]


def rate_rows(arms: list[Arm]) -> Iterator[dict[str, Any]]:
    """Yield each arm's metrics at all rates, and what share lay beyond the table."""
    for arm in arms:
        metrics = {**arm.values, "share_outside": arm.share_outside}
        for place, rate in enumerate(arm.rates):
            condition = {**arm.condition, "learning_rate": rate}
            for metric, values in metrics.items():
                yield summary_row(condition, metric, values[:, place])


def comparison_rows(arms: list[Arm], study: Study) -> Iterator[dict[str, Any]]:
    """Yield paired differences of the learned function from all other activations.

    Those with gains are compared within a protocol.
    """
    for arm in arms:
        for other in arms:
            if arm.activation == "learned" and _comparable(arm, other):
                yield from _differences(arm, other, study)


def _comparable(arm: Arm, other: Arm) -> bool:
    return (
        other.activation != "learned"
        and other.scenario == arm.scenario
        and other.protocol in (None, arm.protocol)
    )


def _differences(arm: Arm, other: Arm, study: Study) -> Iterator[dict[str, Any]]:
    for rate, other_rate in PAIRS:
        for metric in METRICS:
            first = arm.values[metric][:, arm.at(rate, study)]
            second = other.values[metric][:, other.at(other_rate, study)]
            yield {
                **arm.condition,
                "rate": rate,
                "other": other.activation,
                "other_rate": other_rate,
                "metric": metric,
                **paired_interval(first, second),
            }


def advantage_rows(arms: list[Arm], study: Study) -> Iterator[dict[str, Any]]:
    """Yield what the learned function's advantage over ReLU loses where it is unseen.

    In points of test accuracy at the published rate, by protocol and scenario.
    """
    found = {(arm.activation, arm.protocol, arm.scenario): arm for arm in arms}

    def advantage(protocol: MetaProtocol, scenario: Scenario) -> np.ndarray:
        pair = found["learned", protocol, scenario], found["relu", None, scenario]
        first, second = (
            arm.values["test_accuracy"][:, arm.at("published", study)] for arm in pair
        )
        return first - second

    if "relu" not in study.baselines:
        return
    scenarios: tuple[Scenario, ...] = ("unseen", "dataset", "longer")
    for protocol in study.protocols:
        condition = {"activation": "learned", "protocol": protocol}
        for scenario in scenarios:
            lost = advantage(protocol, "seen") - advantage(protocol, scenario)
            yield summary_row(condition, f"advantage_lost_{scenario}", lost)
