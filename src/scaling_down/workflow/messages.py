"""Fewer of Snakemake's lines while jobs run, so that a person sees experiments."""

import logging

SCAFFOLDING = ("Select jobs to execute...", "Execute ")
"""How lines begin that tell of Snakemake's own work."""


def quieten(logger: logging.Logger) -> None:
    """Leave out lines on job numbers and steps; errors and what jobs print stay.

    A profile cannot say this: its `quiet: progress` also takes what a dry run tells.
    """
    for handler in logger.handlers:
        handler.addFilter(_is_of_interest)


def _is_of_interest(record: logging.LogRecord) -> bool:
    return not record.getMessage().startswith(SCAFFOLDING)
