"""The digest of code by content: what a function computes, whatever things are called.

A function counts as its syntax tree in which each thing of this package that it uses
stands as the digest of that thing, and each thing from elsewhere as its dotted path. So
moving or renaming a module or a function, another spelling of an import, a comment, a
docstring or an annotation changes nothing, and a changed constant changes all that uses
it. What modules do when they are imported counts as well.
"""

import ast
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from scaling_down.workflow.modules import (
    COMPREHENSIONS,
    Definition,
    bound_names,
    find_definition,
    forget_modules,
    global_path,
    imported,
    is_inert,
    module_of,
    reached,
)

KEY_LENGTH = 16
DROPPED = {"ctx", "annotation", "returns", "type_comment", "type_params", "kind"}
"""Fields of a syntax tree that change no result."""


def digest(value: Any) -> str:
    """Return the key of a JSON-able value: 16 hexadecimal digits of SHA-256."""
    canonical = json.dumps(
        value, sort_keys=True, separators=(",", ":"), allow_nan=False
    )
    return hashlib.sha256(canonical.encode()).hexdigest()[:KEY_LENGTH]


@cache
def code_digest(module: str, function: str) -> str:
    """Return the digest of a function of a module and of all that it uses.

    Raises ValueError for a module or a function that does not exist.
    """
    if function not in module_of(module).bindings:
        raise ValueError(f"{module} has no function {function}")
    effects = {effect for name in reached(module) for effect in _effects(name)}
    value = _Digests().of((module, function))
    return digest({"function": value, "effects": sorted(effects)})


@cache
def definitions_digest(module: str) -> str:
    """Return the digest of all that a module defines.

    For what is handed over as objects of its classes, so that no name leads to their
    methods.
    """
    names = sorted(module_of(module).bindings)
    return digest([code_digest(module, name) for name in names])


@cache
def _effects(module: str) -> frozenset[str]:
    """Return the digests of what a module does when it is imported."""
    statements = module_of(module).effects
    return frozenset(digest(_Tree(module, _Digests()).plain(s)) for s in statements)


_known: dict[Definition, str] = {}


def forget() -> None:
    """Forget all digests, for a source tree that has changed."""
    _known.clear()
    for function in (code_digest, definitions_digest, _effects):
        function.cache_clear()
    forget_modules()


@dataclass
class _Digests:
    """Digests of definitions; those in work are found on a stack."""

    stack: list[Definition] = field(default_factory=list)
    lowest: int = 0
    """The lowest place of the stack that the definition in work refers back to."""

    def of(self, definition: Definition) -> str:
        """Return a definition's digest; one in work counts as its distance."""
        if definition in _known:
            return _known[definition]
        if definition in self.stack:
            place = self.stack.index(definition)
            self.lowest = min(self.lowest, place)
            return f"up {len(self.stack) - place}"
        place, outer = len(self.stack), self.lowest
        self.stack.append(definition)
        self.lowest = place
        module, name = definition
        tree = _Tree(module, self)
        value = digest([tree.definition(s, name) for s in _statements(definition)])
        self.stack.pop()
        # One of a circle of definitions has this digest from this entrance only.
        if self.lowest >= place:
            _known[definition] = value
        self.lowest = min(outer, self.lowest)
        return value


def _statements(definition: Definition) -> list[ast.stmt]:
    module, name = definition
    return module_of(module).bindings[name]


@dataclass(frozen=True)
class _Scope:
    """The names of a function, class or comprehension, and what it imports."""

    bound: frozenset[str]
    imports: Mapping[str, str]
    is_class: bool = False


@dataclass(frozen=True)
class _Tree:
    """Reduces syntax trees of a module to lists and strings."""

    module: str
    digests: _Digests
    scopes: tuple[_Scope, ...] = ()

    def definition(self, statement: ast.stmt, name: str) -> Any:
        """Reduce a statement that binds `name`, which itself does not count.

        The name of a class does: its instances can tell it.
        """
        if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
            return self._function(statement)
        if isinstance(statement, (ast.Assign, ast.AugAssign, ast.AnnAssign)):
            return self._assigned(statement, name)
        return self.plain(statement)

    def _assigned(
        self, statement: ast.Assign | ast.AugAssign | ast.AnnAssign, name: str
    ) -> list[Any]:
        """Return the operation, where in the targets the name stands, and the value."""
        if isinstance(statement, ast.Assign):
            operation, targets = "Assign", statement.targets
        elif isinstance(statement, ast.AugAssign):
            operation, targets = type(statement.op).__name__, [statement.target]
        else:
            operation, targets = "Assign", [statement.target]
        places = [
            [i for i, node in enumerate(ast.walk(t)) if getattr(node, "id", 0) == name]
            for t in targets
        ]
        return [operation, places, self.plain(statement.value)]

    def plain(self, node: Any) -> Any:
        """Reduce a syntax tree to what no Python version words anew."""
        if isinstance(node, list):
            kept = (n for n in node if not (isinstance(n, ast.stmt) and self._inert(n)))
            return [self.plain(item) for item in kept]
        if not isinstance(node, ast.AST):
            return repr(node)
        if isinstance(node, (ast.Name, ast.Attribute)):
            return self._reference(node)
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            return [node.name, *self._function(node)]
        if isinstance(node, ast.Lambda):
            return self._lambda(node)
        if isinstance(node, ast.ClassDef):
            return self._class(node)
        if isinstance(node, COMPREHENSIONS):
            return self._comprehension(node)
        if isinstance(node, ast.AnnAssign) and node.value and not self._in_class_body():
            return self.plain(ast.Assign([node.target], node.value))
        return self._fields(node)

    def _inert(self, statement: ast.stmt) -> bool:
        if isinstance(statement, (ast.Import, ast.ImportFrom)):
            return True
        field_of_class = isinstance(statement, ast.AnnAssign) and self._in_class_body()
        return is_inert(statement) and not field_of_class

    def _in_class_body(self) -> bool:
        return bool(self.scopes) and self.scopes[-1].is_class

    def _fields(self, node: ast.AST) -> Any:
        fields = ((n, v) for n, v in ast.iter_fields(node) if n not in DROPPED)
        kept = {name: self.plain(v) for name, v in fields if v not in (None, [])}
        return [type(node).__name__, kept]

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> list[Any]:
        inside = self._inside(node.args, node.body)
        return [
            type(node).__name__,
            self.plain(node.decorator_list),
            self._arguments(node.args),
            inside.plain(node.body),
        ]

    def _lambda(self, node: ast.Lambda) -> list[Any]:
        inside = self._inside(node.args, [ast.Expr(node.body)])
        return ["Lambda", self._arguments(node.args), inside.plain(node.body)]

    def _arguments(self, arguments: ast.arguments) -> list[Any]:
        """Reduce names and defaults, which belong to the scope outside."""
        names = {
            kind: [a.arg for a in getattr(arguments, kind)]
            for kind in ("posonlyargs", "args", "kwonlyargs")
        }
        rest = [a.arg if a else None for a in (arguments.vararg, arguments.kwarg)]
        defaults = [self.plain(arguments.defaults), self.plain(arguments.kw_defaults)]
        return [names, rest, defaults]

    def _class(self, node: ast.ClassDef) -> list[Any]:
        scope = _Scope(frozenset(bound_names(node.body)), {}, is_class=True)
        inside = _Tree(self.module, self.digests, (*self.scopes, scope))
        outside = [node.bases, node.keywords, node.decorator_list]
        return [
            "ClassDef",
            node.name,
            [self.plain(part) for part in outside],
            inside.plain(node.body),
        ]

    def _comprehension(
        self, node: ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
    ) -> Any:
        targets: list[ast.stmt] = [ast.Expr(g.target) for g in node.generators]
        scope = _Scope(frozenset(bound_names(targets)), {})
        inside = _Tree(self.module, self.digests, (*self._visible(), scope))
        return inside._fields(node)

    def _inside(self, arguments: ast.arguments, body: list[Any]) -> "_Tree":
        """Return the tree of a function's own scope."""
        names = {a.arg for a in ast.walk(arguments) if isinstance(a, ast.arg)}
        declared: set[str] = set()
        imports: dict[str, str] = {}
        for node in _own_statements(body):
            if isinstance(node, ast.Global):
                declared |= set(node.names)
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                imports |= dict(imported(self.module, node))
        bound = (names | bound_names(body)) - declared
        scope = _Scope(frozenset(bound), imports)
        return _Tree(self.module, self.digests, (*self._visible(), scope))

    def _visible(self) -> tuple[_Scope, ...]:
        """Return the scopes that a function inside can see: no class bodies."""
        return tuple(scope for scope in self.scopes if not scope.is_class)

    def _reference(self, node: ast.Name | ast.Attribute) -> Any:
        """Reduce a name, or an attribute of one, to what it stands for."""
        root, attributes = _chain(node)
        if root is None:
            return self._fields(node)
        path = self._path(root)
        if path is None:
            return _with_attributes(["Name", root], attributes)
        return self._resolved(path, attributes)

    def _path(self, name: str) -> str | None:
        """Return the dotted path that a name stands for; None for local names."""
        for scope in reversed(self.scopes):
            if name in scope.imports:
                return scope.imports[name]
            if name in scope.bound:
                return None
        return global_path(self.module, name)

    def _resolved(self, path: str, attributes: list[str]) -> Any:
        """Reduce a dotted path and the attributes taken of it."""
        definition, rest = find_definition(".".join([path, *attributes]))
        if definition is None:
            return ["Name", rest]
        module, name = definition
        if name == "":
            names = sorted(module_of(module).bindings)
            return ["Module", [self.digests.of((module, n)) for n in names]]
        return _with_attributes(["Name", self.digests.of(definition)], rest.split("."))


def _own_statements(body: list[Any]) -> list[ast.AST]:
    """Return the nodes of a function's body without those of functions inside."""
    found: list[ast.AST] = []
    waiting = list(body)
    while waiting:
        node = waiting.pop()
        found.append(node)
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            waiting += ast.iter_child_nodes(node)
    return found


def _chain(node: ast.expr) -> tuple[str | None, list[str]]:
    """Return the name that attributes are taken of, and the attributes in order."""
    attributes: list[str] = []
    while isinstance(node, ast.Attribute):
        attributes.insert(0, node.attr)
        node = node.value
    return (node.id if isinstance(node, ast.Name) else None), attributes


def _with_attributes(value: Any, attributes: list[str]) -> Any:
    for attribute in filter(None, attributes):
        value = ["Attribute", value, attribute]
    return value
