"""Read the parameter file, assemble the experiments' sections, refuse what is wrong."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import ValidationError, create_model
from ruamel.yaml import YAML, YAMLError

from scaling_down.workflow.experiment import experiment_names, settings_model
from scaling_down.workflow.parameters.mistakes import describe, one_line, short
from scaling_down.workflow.parameters.sections import Execution, General, Section


class ParameterError(ValueError):
    """The parameters are wrong; the message has one line for each mistake."""


@cache
def params_model() -> type[Section]:
    """Return the model of the whole file: one field a section."""
    sections = {name: settings_model(name) for name in experiment_names()}
    models = {"general": General, "execution": Execution, **sections}
    fields: dict[str, Any] = {name: (model, ...) for name, model in models.items()}
    return create_model("Params", __base__=Section, **fields)


def load_params(path: str | Path, overrides: Mapping[str, Any] | None = None) -> Any:
    """Return the validated parameters of a file, with `overrides` laid over it.

    Raises ParameterError with one line for each mistake: the path of the key, what
    was given and what is allowed.
    """
    values = read_yaml(Path(path))
    if isinstance(values, dict):
        values = _merge(values, overrides or {})
    return validate(values, str(path))


def section_names(path: str | Path) -> list[str]:
    """Return the names of a file's sections, in the order in which they are read."""
    return list(read_yaml(Path(path)))


def validate(values: Any, source: str) -> Any:
    """Return the validated parameters of nested plain values."""
    if not isinstance(values, dict):
        raise ParameterError(f"{source}: given {short(values)}, allowed: sections")
    try:
        return params_model().model_validate_json(json.dumps(values, default=str))
    except ValidationError as error:
        lines = (
            one_line(describe(detail, values, params_model()))
            for detail in error.errors()
        )
        raise ParameterError("\n".join(f"{source}: {x}" for x in lines)) from None
    except (TypeError, ValueError, RecursionError) as error:
        raise ParameterError(_unreadable(source, error)) from None


def read_yaml(path: Path) -> Any:
    """Return the plain values of a file; raises ParameterError where it is no YAML."""
    try:
        return YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ParameterError(f"{path}: no such file") from None
    except OSError as error:
        raise ParameterError(f"{path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ParameterError(f"{path}: not a text file in UTF-8") from None
    except YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
        problem = one_line(getattr(error, "problem", None) or "not YAML")
        raise ParameterError(f"{path}: {where}{problem}") from None
    except (ValueError, RecursionError) as error:
        raise ParameterError(_unreadable(str(path), error)) from None


def _unreadable(source: str, error: Exception) -> str:
    allowed = "sections of numbers, texts and lists"
    return f"{source}: given no parameters, allowed: {allowed} ({one_line(error)})"


def _merge(base: Any, over: Any) -> Any:
    if not (isinstance(base, dict) and isinstance(over, Mapping)):
        return over
    merged = dict(base)
    for key, value in over.items():
        merged[key] = _merge(base[key], value) if key in base else value
    return merged
