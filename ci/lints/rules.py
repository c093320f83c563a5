"""What a house rule is made of: a source file, a breach in it, and the rule with its reason and its fix."""

import ast
import io
import tokenize
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePosixPath
from typing import TypeGuard


@dataclass(frozen=True)
class Source:
    """One tracked text file: its path inside the repository, and its text."""

    path: PurePosixPath
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        """The file as Python."""
        return ast.parse(self.text, filename=str(self.path))

    @property
    def parses(self) -> bool:
        """Whether the file is Python without a syntax error."""
        try:
            return bool(self.tree)
        except SyntaxError:
            return False

    @property
    def is_python(self) -> bool:
        """Whether the file is Python source."""
        return self.path.suffix == ".py"

    @property
    def module(self) -> str:
        """The dotted name under which Python imports the file."""
        parts = self.path.with_suffix("").parts
        return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)

    def within(self, *folders: str) -> bool:
        """Whether the file is, or lies in, one of these."""
        return any(self.path.is_relative_to(folder) for folder in folders)

    @cached_property
    def nodes(self) -> Sequence[ast.AST]:
        """Every node of the tree, for the rules to look at again and again."""
        return tuple(ast.walk(self.tree))

    @cached_property
    def imports(self) -> Sequence[tuple[int, str]]:
        """(line, dotted name) of every import, wherever it stands: `a.b.c` for `from a.b import c`."""
        return tuple(self._imports())

    @cached_property
    def comments(self) -> Sequence[tuple[int, str]]:
        """(line, text) of every comment."""
        tokens = tokenize.generate_tokens(io.StringIO(self.text).readline)
        return tuple((token.start[0], token.string) for token in tokens if token.type == tokenize.COMMENT)

    def functions(self) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
        """The functions that stand at the top of the file."""
        yield from (node for node in self.tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))

    def _imports(self) -> Iterator[tuple[int, str]]:
        for node in self.nodes:
            if isinstance(node, ast.Import):
                yield from ((node.lineno, alias.name) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                origin = self._origin(node)
                yield from ((node.lineno, f"{origin}.{alias.name}") for alias in node.names)

    def _origin(self, node: ast.ImportFrom) -> str:
        if not node.level:
            return node.module or ""
        parts = self.path.parts[: len(self.path.parts) - node.level]
        return ".".join([*parts, node.module] if node.module else parts)


@dataclass(frozen=True, slots=True)
class Breach:
    """Where a file breaks a rule, and by what."""

    line: int
    what: str


@dataclass(frozen=True, slots=True)
class Rule:
    """One house rule. `find` gives the breaches in a file to which the rule applies."""

    name: str
    applies: Callable[[Source], bool]
    find: Callable[[Source], Iterator[Breach]]
    reason: str
    fix: str

    def breaches(self, source: Source) -> Iterator[Breach]:
        """The breaches in this file; none where the rule does not apply."""
        if self.applies(source):
            yield from self.find(source)


def under(*folders: str, but: tuple[str, ...] = ()) -> Callable[[Source], bool]:
    """Applies to the Python files in `folders`, except those in `but` (folders or files)."""
    return lambda source: source.is_python and source.within(*folders) and not source.within(*but)


def is_dotted(node: ast.AST, *names: str) -> TypeGuard[ast.Attribute]:
    """Whether a node is one of these dotted names, such as `os.environ`."""
    if not isinstance(node, ast.Attribute) or not any(name.endswith(f".{node.attr}") for name in names):
        return False
    return ast.unparse(node) in names


def is_part_of(name: str, *packages: str) -> bool:
    """Whether a dotted name is one of the packages, or lies in one."""
    return any(name == package or name.startswith(f"{package}.") for package in packages)
