"""What a run is: its resolved settings, the code that computes it, what it reads.

The digest of the code covers the transitive imports inside this package, found from
the import graph, as syntax trees without docstrings and comments: a comment edit
must not retrain, a changed constant must.
"""

import ast
import hashlib
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from scaling_down.workflow.experiment import PACKAGE, ROOT

KEY_LENGTH = 16


def digest(value: Any) -> str:
    """Return the key of a JSON-able value: 16 hexadecimal digits of SHA-256."""
    canonical = json.dumps(
        value, sort_keys=True, separators=(",", ":"), allow_nan=False
    )
    return hashlib.sha256(canonical.encode()).hexdigest()[:KEY_LENGTH]


@cache
def code_digest(module: str) -> str:
    """Return the digest of a module's code and of all it imports in this package."""
    return digest({name: _tree(name) for name in sorted(imports(module))})


@cache
def imports(module: str) -> frozenset[str]:
    """Return the package modules that `module` needs, itself included.

    The packages around a module count: Python executes their `__init__` as well.
    """
    found: set[str] = set()
    waiting = [module]
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        found.add(name)
        waiting += _direct_imports(name)
        if "." in name:
            waiting.append(name.rpartition(".")[0])
    return frozenset(found)


def source_file(module: str) -> Path | None:
    """Return the file of a module of this package, or None if it has none."""
    path = ROOT.joinpath(*module.split(".")[1:])
    for candidate in (path.with_suffix(".py"), path / "__init__.py"):
        if candidate.is_file():
            return candidate
    return None


def _direct_imports(module: str) -> Iterator[str]:
    path = source_file(module)
    for node in ast.walk(_parsed(module)):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = _base(module, node, is_package=path.name == "__init__.py")
            names = [base, *(f"{base}.{alias.name}" for alias in node.names)]
        else:
            continue
        yield from (n for n in names if _in_package(n) and source_file(n) is not None)


def _base(module: str, node: ast.ImportFrom, *, is_package: bool) -> str:
    if not node.level:
        return node.module
    parts = module.split(".") if is_package else module.split(".")[:-1]
    parts = parts[: len(parts) - node.level + 1]
    return ".".join([*parts, node.module] if node.module else parts)


def _in_package(name: str) -> bool:
    return name == PACKAGE or name.startswith(f"{PACKAGE}.")


@cache
def _parsed(module: str) -> ast.Module:
    path = source_file(module)
    if path is None:
        raise ValueError(f"{module} is no module of {PACKAGE}")
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def _tree(module: str) -> Any:
    return _plain(_parsed(module))


def _plain(node: Any) -> Any:
    """Reduce a syntax tree to lists and strings that no Python version words anew."""
    if isinstance(node, list):
        return [_plain(item) for item in node if not _is_docstring(item)]
    if not isinstance(node, ast.AST):
        return repr(node)
    fields = ((name, value) for name, value in ast.iter_fields(node) if name != "ctx")
    kept = {name: _plain(value) for name, value in fields if value not in (None, [])}
    return [type(node).__name__, kept]


def _is_docstring(node: Any) -> bool:
    """Tell whether a statement is a bare string, which computes nothing."""
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )
