"""Read the parameter file, assemble the experiments' sections, refuse what is wrong."""

import difflib
import importlib
import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import ValidationError, create_model
from ruamel.yaml import YAML, YAMLError

from scaling_down import identity
from scaling_down.settings import Execution, General, Section


class ParameterError(ValueError):
    """The parameters are wrong; the message has one line for each mistake."""


@cache
def experiment_names() -> tuple[str, ...]:
    """Return the names of all experiments: the folders that have settings."""
    found = (identity.ROOT / "experiments").glob("*/settings.py")
    return tuple(sorted(path.parent.name for path in found))


@cache
def params_model() -> type[Section]:
    """Return the model of the whole file: one field a section."""
    sections = {name: settings_model(name) for name in experiment_names()}
    fields = {"general": General, "execution": Execution, **sections}
    return create_model(
        "Params", __base__=Section, **{n: (model, ...) for n, model in fields.items()}
    )


def settings_model(experiment: str) -> type[Section]:
    """Return the model of an experiment's section."""
    module = f"{identity.PACKAGE}.experiments.{experiment}.settings"
    return importlib.import_module(module).Settings


def load_params(path: str | Path, overrides: Mapping[str, Any] | None = None) -> Any:
    """Return the validated parameters of a file, with `overrides` laid over it.

    Raises ParameterError with one line for each mistake: the path of the key, what
    was given and what is allowed.
    """
    values = _read_yaml(Path(path))
    if isinstance(values, dict):
        values = _merge(values, overrides or {})
    return validate(values, str(path))


def validate(values: Any, source: str) -> Any:
    """Return the validated parameters of nested plain values."""
    if not isinstance(values, dict):
        raise ParameterError(f"{source}: given {_short(values)}, allowed: sections")
    try:
        return params_model().model_validate_json(json.dumps(values, default=str))
    except ValidationError as error:
        lines = (_one_line(_describe(detail, values)) for detail in error.errors())
        raise ParameterError("\n".join(f"{source}: {x}" for x in lines)) from None
    except (TypeError, ValueError, RecursionError) as error:
        raise ParameterError(_unreadable(source, error)) from None


def _read_yaml(path: Path) -> Any:
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
        problem = _one_line(getattr(error, "problem", None) or "not YAML")
        raise ParameterError(f"{path}: {where}{problem}") from None
    except (ValueError, RecursionError) as error:
        raise ParameterError(_unreadable(str(path), error)) from None


def _unreadable(source: str, error: Exception) -> str:
    allowed = "sections of numbers, texts and lists"
    return f"{source}: given no parameters, allowed: {allowed} ({_one_line(error)})"


def _one_line(text: object) -> str:
    return " ".join(str(text).splitlines())


def _merge(base: Any, over: Any) -> Any:
    if not (isinstance(base, dict) and isinstance(over, Mapping)):
        return over
    merged = dict(base)
    for key, value in over.items():
        merged[key] = _merge(base[key], value) if key in base else value
    return merged


def _describe(detail: Any, values: Any) -> str:
    location = [part for part in detail["loc"] if part != "__key__"]
    path = ".".join(map(str, location))
    if not path:
        return detail["msg"]
    if detail["type"] == "extra_forbidden":
        return f"{path}: unknown key{_suggestion(location)}"
    if detail["type"] == "missing":
        return f"{path}: missing, allowed: {_allowed_missing(location)}"
    given = _at(values, location)
    if detail["type"] == "value_error" and isinstance(given, dict):
        return f"{path}: {_allowed(detail)}"
    return f"{path}: given {_short(given)}, allowed: {_allowed(detail)}"


def _allowed(detail: Any) -> str:
    if detail["type"] == "value_error":
        return str(detail["ctx"]["error"])
    message = detail["msg"]
    for opening in ("Input should be ", "String should ", "Tuple should ", "have "):
        message = message.removeprefix(opening)
    return message.replace("an object", "a section")


def _allowed_missing(location: list) -> str:
    return "every section given" if len(location) == 1 else "every key given"


def _suggestion(location: list) -> str:
    known = _known_keys(location[:-1])
    close = difflib.get_close_matches(str(location[-1]), known, n=1)
    meant = f", did you mean {close[0]!r}?" if close else ""
    return f", allowed: {', '.join(known)}{meant}"


def _known_keys(location: list) -> list[str]:
    model: Any = params_model()
    for part in location:
        field = getattr(model, "model_fields", {}).get(part)
        model = field.annotation if field else None
    return sorted(getattr(model, "model_fields", {}))


def _at(values: Any, location: list) -> Any:
    for part in location:
        try:
            values = values[part]
        except (KeyError, IndexError, TypeError):
            return values
    return values


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
