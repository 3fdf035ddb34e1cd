"""The markers of printed values, by year."""

from scaling_down.figures.dots import PUBLISHED

PRINTED = {2020: PUBLISHED, 2024: {**PUBLISHED, "marker": "s"}}
