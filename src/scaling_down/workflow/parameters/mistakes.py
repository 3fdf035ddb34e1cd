"""The wording of mistakes: the path of the key, what was given, what is allowed."""

import difflib
from typing import Any, get_args


def describe(detail: Any, values: Any, model: Any) -> str:
    """Return what a mistake that pydantic reports in `values` means for a person."""
    location = [part for part in detail["loc"] if part != "__key__"]
    path = ".".join(map(str, location))
    if not path:
        return detail["msg"]
    if detail["type"] == "extra_forbidden":
        return f"{path}: unknown key{_suggestion(location, model)}"
    if detail["type"] == "missing":
        return f"{path}: missing, allowed: {_allowed_missing(location)}"
    given = _at(values, location)
    if detail["type"] == "value_error" and isinstance(given, dict):
        return f"{path}: {_allowed(detail)}"
    return f"{path}: given {short(given)}, allowed: {_allowed(detail)}"


def _allowed(detail: Any) -> str:
    if detail["type"] == "value_error":
        return str(detail["ctx"]["error"])
    message = detail["msg"]
    for opening in ("Input should be ", "String should ", "Tuple should ", "have "):
        message = message.removeprefix(opening)
    return message.replace("an object", "a section")


def _allowed_missing(location: list[int | str]) -> str:
    return "every section given" if len(location) == 1 else "every key given"


def _suggestion(location: list[int | str], model: Any) -> str:
    known = _known_keys(location[:-1], model)
    close = difflib.get_close_matches(str(location[-1]), known, n=1)
    meant = f", did you mean {close[0]!r}?" if close else ""
    return f", allowed: {', '.join(known)}{meant}"


def _known_keys(location: list[int | str], model: Any) -> list[str]:
    for part in location:
        # What is no key of a section is a place in a list or a name in a table of them.
        field = _fields(model).get(part)
        model = field.annotation if field else model
    return sorted(_fields(model))


def _fields(annotation: Any) -> dict[Any, Any]:
    """Return the fields of a section, or of those that a list or table of it has."""
    if hasattr(annotation, "model_fields"):
        return annotation.model_fields
    return next(filter(None, map(_fields, get_args(annotation))), {})


def _at(values: Any, location: list[int | str]) -> Any:
    for part in location:
        try:
            values = values[part]
        except (KeyError, IndexError, TypeError):
            return values
    return values


def one_line(text: object) -> str:
    """Return a text without its line breaks."""
    return " ".join(str(text).splitlines())


def short(value: Any) -> str:
    """Return a value as a person would write it, cut to sixty characters."""
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
