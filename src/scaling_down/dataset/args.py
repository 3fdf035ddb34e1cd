"""Settings as users of `mnist1d` write them: an object whose attributes are set."""

import difflib
from collections.abc import Mapping
from dataclasses import asdict, fields
from types import SimpleNamespace
from typing import Any, Literal, overload

from .settings import DatasetSettings

VARIATIONS = ("label_noise", "classes")
"""What may be set beside the fields of `DatasetSettings`; upstream has none of it."""
UNUSED = {"url"}
"""What upstream's own object has and nothing here reads: nothing is downloaded."""
NAMES = (*(field.name for field in fields(DatasetSettings)), *VARIATIONS)


class DatasetArgs(SimpleNamespace):
    """The settings of a dataset, to be changed one by one.

    Raises:
        AttributeError: there is no setting of that name; the nearest one is named.
    """

    def __setattr__(self, name: str, value: object) -> None:
        if name not in NAMES:
            raise AttributeError(_unknown(name))
        super().__setattr__(name, value)


@overload
def get_dataset_args(as_dict: Literal[False] = False) -> DatasetArgs: ...
@overload
def get_dataset_args(as_dict: Literal[True]) -> dict[str, Any]: ...
def get_dataset_args(as_dict: bool = False) -> DatasetArgs | dict[str, Any]:
    """Return the default settings, as `mnist1d.get_dataset_args` does.

    An object with the fields of `DatasetSettings` as attributes, or a dictionary.
    `label_noise` and `classes` may be set as well.
    """
    values = asdict(DatasetSettings())
    values["padding"] = list(values["padding"])
    return values if as_dict else DatasetArgs(**values)


def all_settings(args: object | None, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings that an object's attributes and the keywords give.

    Keywords are laid over attributes. Any object with attributes will do: one of
    upstream's, an `argparse.Namespace`, a class of the user's own.

    Raises:
        TypeError: there is no setting of that name, or `args` is no such object.
    """
    given = {**_attributes(args), **settings}
    for name in given:
        if name not in NAMES:
            raise TypeError(_unknown(name))
    return given


def _attributes(args: object | None) -> dict[str, Any]:
    if args is None:
        return {}
    if not hasattr(args, "__dict__"):
        raise TypeError(
            f"args is {type(args).__name__}, but must be an object such as"
            " get_dataset_args() returns; pass a dictionary as **settings"
        )
    # `dir`, not `vars`: the settings of a class without instance attributes count too.
    names = (name for name in dir(args) if not name.startswith("_"))
    return {name: getattr(args, name) for name in names if name not in UNUSED}


def _unknown(name: str) -> str:
    near = difflib.get_close_matches(name, NAMES, n=1)
    advice = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(NAMES)}"
    return f"there is no setting {name!r}; {advice}"
