"""What a person sees while jobs run, and what their logs keep."""

import logging
import sys
import time
from pathlib import Path

LOGGER = logging.getLogger("scaling_down")
EVERY_SECONDS = 5.0


def open_log(path: str | Path | None) -> None:
    """Send messages to the terminal and, with their times, to a file."""
    LOGGER.setLevel(logging.DEBUG)
    terminal = logging.StreamHandler(sys.stderr)
    terminal.setLevel(logging.INFO)
    LOGGER.addHandler(terminal)
    if path is not None:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        file = logging.FileHandler(path, mode="w", encoding="utf-8")
        file.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
        LOGGER.addHandler(file)


class Progress:
    """Says every few seconds which run it is, how far it is and the time left."""

    def __init__(self, label: str) -> None:
        self.label = label
        self.started = self.reported = time.monotonic()

    def __call__(self, step: int, steps: int) -> None:
        """Report that `step` of `steps` are done, where the last report is old."""
        now = time.monotonic()
        if not 0 < step < steps or now - self.reported < EVERY_SECONDS:
            return
        self.reported = now
        left = (now - self.started) / step * (steps - step)
        percent = 100 * step / steps
        LOGGER.info(
            "%s: step %d of %d (%.0f %%), %s left",
            self.label, step, steps, percent, duration(left),
        )  # fmt: skip

    def done(self) -> None:
        """Report the end, with the wall time, and what the process cost so far."""
        seconds = time.monotonic() - self.started
        LOGGER.info("%s: done in %s", self.label, duration(seconds))
        LOGGER.debug("%.1f s of the processor", time.process_time())


def duration(seconds: float) -> str:
    """Return a time in words, to the second, from an hour on to the minute."""
    minutes, rest = divmod(round(seconds), 60)
    if minutes >= 60:
        return f"{minutes // 60} h {minutes % 60} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
