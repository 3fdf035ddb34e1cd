"""Modules as syntax trees: what binds a name, and what an import brings.

Nothing is imported to find this out.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from scaling_down.workflow import experiment
from scaling_down.workflow.experiment import PACKAGE

COMPOUND = (ast.If, ast.For, ast.While, ast.Try, ast.With)
SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
Definition = tuple[str, str]
"""A module and a name that its top level binds."""


@dataclass
class Module:
    """What the top level of a module binds and does.

    `bindings` are the statements that bind a name, `imports` the dotted paths that
    imported names stand for, `stars` the modules of which all names are imported,
    `effects` the statements that do something when the module is imported.
    """

    name: str
    bindings: dict[str, list[ast.stmt]] = field(default_factory=dict)
    imports: dict[str, str] = field(default_factory=dict)
    stars: list[str] = field(default_factory=list)
    effects: list[ast.stmt] = field(default_factory=list)


@cache
def source_file(module: str) -> Path | None:
    """Return the file of a module of this package, or None if it has none."""
    path = experiment.ROOT.joinpath(*module.split(".")[1:])
    for candidate in (path.with_suffix(".py"), path / "__init__.py"):
        if candidate.is_file():
            return candidate
    return None


def in_package(name: str) -> bool:
    """Tell whether a dotted name lies in this package."""
    return name == PACKAGE or name.startswith(f"{PACKAGE}.")


@cache
def parsed(module: str) -> ast.Module:
    """Return the syntax tree of a module; raises ValueError where there is none."""
    path = source_file(module)
    if path is None:
        raise ValueError(f"{module} is no module of {PACKAGE}")
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


@cache
def module_of(name: str) -> Module:
    """Return what the top level of a module binds and does."""
    module = Module(name)
    for statement in parsed(name).body:
        _sort(module, statement)
    return module


@cache
def reached(module: str) -> frozenset[str]:
    """Return the package modules that importing `module` executes, itself included."""
    found: set[str] = set()
    waiting = [module]
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        found.add(name)
        waiting += modules_imported(name)
        if "." in name:
            waiting.append(name.rpartition(".")[0])
    return frozenset(found)


@cache
def modules_imported(module: str) -> frozenset[str]:
    """Return the package modules that the source of `module` imports anywhere."""
    imports = (
        node
        for node in ast.walk(parsed(module))
        if isinstance(node, (ast.Import, ast.ImportFrom))
    )
    return frozenset(name for node in imports for name in _modules_of(module, node))


def forget_modules() -> None:
    """Forget what was read of all modules, for a source tree that has changed."""
    for function in (source_file, parsed, module_of, modules_imported, reached):
        function.cache_clear()


def imported(
    module: str, node: ast.Import | ast.ImportFrom
) -> Iterator[tuple[str, str]]:
    """Yield the names that an import binds and the dotted paths that they stand for."""
    if isinstance(node, ast.Import):
        for alias in node.names:
            whole = alias.asname is not None
            first = alias.name.partition(".")[0]
            yield alias.asname or first, alias.name if whole else first
        return
    base = _base(module, node)
    for alias in node.names:
        if alias.name != "*":
            yield alias.asname or alias.name, f"{base}.{alias.name}"


def bound_names(nodes: list[ast.stmt]) -> set[str]:
    """Return the names that statements bind in their own scope, imports left out."""
    return {name for node in nodes for name in _bound(node)}


def _bound(node: ast.AST) -> Iterator[str]:
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        yield node.name
    if isinstance(node, SCOPES):
        return
    if isinstance(node, COMPREHENSIONS):
        # Its targets are its own; only a walrus binds outside.
        inside = (n.target for n in ast.walk(node) if isinstance(n, ast.NamedExpr))
        yield from (target.id for target in inside)
        return
    if isinstance(node, ast.Name) and isinstance(node.ctx, (ast.Store, ast.Del)):
        yield node.id
    if isinstance(node, ast.ExceptHandler) and node.name:
        yield node.name
    if isinstance(node, (ast.MatchAs, ast.MatchStar)) and node.name:
        yield node.name
    if isinstance(node, ast.MatchMapping) and node.rest:
        yield node.rest
    for child in ast.iter_child_nodes(node):
        yield from _bound(child)


def _sort(module: Module, statement: ast.stmt) -> None:
    """Put a statement of the top level where it belongs."""
    if isinstance(statement, (ast.Import, ast.ImportFrom)):
        module.imports |= dict(imported(module.name, statement))
        if any(alias.name == "*" for alias in statement.names):
            module.stars.append(_base(module.name, statement))
        return
    if is_inert(statement):
        return
    names = bound_names([statement])
    for name in names:
        module.bindings.setdefault(name, []).append(statement)
    if not names or isinstance(statement, COMPOUND):
        module.effects.append(statement)


def is_inert(statement: ast.stmt) -> bool:
    """Tell whether a statement computes nothing: docstring, pass, bare annotation.

    What is imported for type checkers alone is annotation too.
    """
    if isinstance(statement, ast.Expr):
        value = statement.value
        return isinstance(value, ast.Constant) and isinstance(value.value, str)
    if isinstance(statement, ast.AnnAssign):
        return statement.value is None
    if isinstance(statement, ast.If):
        test = statement.test
        return isinstance(test, ast.Name) and test.id == "TYPE_CHECKING"
    return isinstance(statement, ast.Pass)


def _modules_of(module: str, node: ast.Import | ast.ImportFrom) -> Iterator[str]:
    if isinstance(node, ast.Import):
        names = [alias.name for alias in node.names]
    else:
        base = _base(module, node)
        names = [base, *(f"{base}.{alias.name}" for alias in node.names)]
    yield from (n for n in names if in_package(n) and source_file(n) is not None)


def _base(module: str, node: ast.Import | ast.ImportFrom) -> str:
    """Return the module that a `from` import names, relative ones resolved."""
    assert isinstance(node, ast.ImportFrom)
    if not node.level:
        return node.module or ""
    path = source_file(module)
    is_package = path is not None and path.name == "__init__.py"
    parts = module.split(".") if is_package else module.split(".")[:-1]
    parts = parts[: len(parts) - node.level + 1]
    return ".".join([*parts, node.module] if node.module else parts)


def global_path(module: str, name: str) -> str | None:
    """Return the dotted path of a name of a module's top level; None for builtins."""
    found = module_of(module)
    if name in found.bindings:
        return f"{module}.{name}"
    if name in found.imports:
        return found.imports[name]
    for star in found.stars:
        inside = in_package(star) and source_file(star) is not None
        if inside and (path := global_path(star, name)):
            return path
    return None


def find_definition(path: str) -> tuple[Definition | None, str]:
    """Return the definition that a dotted path leads to, and what is left of it.

    A path out of the package is left whole; a module itself is a definition without a
    name. Imports are followed to what they bring in.
    """
    if not in_package(path):
        return None, path
    parts = path.split(".")
    for end in range(len(parts), 0, -1):
        module = ".".join(parts[:end])
        if source_file(module) is None:
            continue
        if end == len(parts):
            return (module, ""), ""
        name, rest = parts[end], ".".join(parts[end + 1 :])
        if name in module_of(module).bindings:
            return (module, name), rest
        further = global_path(module, name)
        if further is None:
            return None, name if not rest else f"{name}.{rest}"
        return find_definition(f"{further}.{rest}" if rest else further)
    return None, path
