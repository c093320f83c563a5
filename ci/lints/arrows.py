"""Who may know whom: the arrows between the parts of the product."""

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import PurePosixPath

from ci.lints.rules import Breach, Rule, Source, is_dotted, is_part_of, under

Forbidden = Callable[[Source, str], bool]

# parts of core/ that are no feature; every other folder there is one
GROUND = ("contract", "errors", "infra", "kit", "models", "settings")
# parts that face outward: they know the ground, and no feature
EDGES = ("upstreams", "sandbox")
# parts that wire features together
WIRING = ("app", "cli", "worker")
# what one feature shows to another
SHOWN = ("service", "types")
# what of the ground a handler needs
FOR_HANDLERS = ("core.contract.responses", "core.errors", "core.kit")
# where a feature's SQL stands
REPOSITORIES = ("repository.py", "queries.py")
SQL_VERBS = ("select", "insert", "update", "delete")
SQL_TEXT = re.compile(
    r"\s*(?:select\b.+\bfrom\s+\w|insert\s+into\s|update\s+\w+\s+set\s|delete\s+from\s|with\s+\w+\s+as\s)",
    re.IGNORECASE | re.DOTALL,
)


def imports(forbidden: Forbidden) -> Callable[[Source], Iterator[Breach]]:
    """A check that reports the imports for which `forbidden(source, dotted name)` is true."""

    def find(source: Source) -> Iterator[Breach]:
        seen = set()
        for line, name in source.imports:
            if line not in seen and forbidden(source, name):
                seen.add(line)
                yield Breach(line, f"imports {name}")

    return find


def feature_of(name: str) -> str | None:
    """`articles` for `core.articles.service`; None for what belongs to no feature."""
    parts = name.split(".")
    if len(parts) < 3 or parts[0] != "core" or parts[1] in (*GROUND, *EDGES, *WIRING):
        return None
    return parts[1]


def _beyond_services(_: Source, name: str) -> bool:
    if is_part_of(name, "sqlalchemy", "psycopg", "redis", "procrastinate", "connexion", "starlette"):
        return True
    if not is_part_of(name, "core") or is_part_of(name, *FOR_HANDLERS):
        return False
    return feature_of(name) is None or name.split(".")[2] not in SHOWN


def _other_version(source: Source, name: str) -> bool:
    own = source.path.parts[1]
    parts = name.split(".")
    return parts[0] == "handlers" and len(parts) > 1 and re.fullmatch(r"v\d+", parts[1]) is not None and parts[1] != own


def _inside_another_feature(source: Source, name: str) -> bool:
    other = feature_of(name)
    return other not in (None, source.path.parts[1]) and name.split(".")[2] not in SHOWN


def _is_feature(source: Source) -> bool:
    """Whether the file belongs to a feature: core/<feature>/<file>.py."""
    return source.is_python and source.within("core") and feature_of(source.module + ".x") is not None


def _holds_sql(source: Source) -> bool:
    return (
        source.path.name in REPOSITORIES
        or source.within("core/models")
        or source.path == PurePosixPath("core/search/query.py")
    )


def _sql(source: Source) -> Iterator[Breach]:
    for line, name in source.imports:
        if name.startswith("sqlalchemy.") and name.rsplit(".", 1)[1] in SQL_VERBS:
            yield Breach(line, f"imports {name}")
    docstrings = set(_docstrings(source))
    for node in source.nodes:
        if not isinstance(node, ast.Constant) or not isinstance(node.value, str) or node in docstrings:
            continue
        if SQL_TEXT.match(node.value):
            yield Breach(node.lineno, f"writes SQL: {' '.join(node.value.split())[:40]}…")


def _docstrings(source: Source) -> Iterator[ast.expr]:
    for node in source.nodes:
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and node.body:
            first = node.body[0]
            if isinstance(first, ast.Expr):
                yield first.value


def _environment(source: Source) -> Iterator[Breach]:
    for line, name in source.imports:
        if name in ("os.environ", "os.getenv"):
            yield Breach(line, f"imports {name}")
    for node in source.nodes:
        if is_dotted(node, "os.environ", "os.environb", "os.getenv", "os.putenv"):
            yield Breach(node.lineno, f"reads {ast.unparse(node)}")


RULES = (
    Rule(
        "handlers-call-services",
        under("handlers"),
        imports(_beyond_services),
        "a handler translates and calls one service; whatever it knows beyond that exists once for v1 and once for v2",
        "move the work into core/<feature>/service.py and call that",
    ),
    Rule(
        "versions-apart",
        under("handlers"),
        imports(_other_version),
        "v1 is frozen: code that it shares with v2's handlers would change it whenever v2 grows",
        "put what both need into the feature's service, in core/",
    ),
    Rule(
        "core-below-handlers",
        under("core"),
        imports(lambda _, name: is_part_of(name, "handlers")),
        "core serves jobs, the command line and tests too, which know no HTTP",
        "let the handler pass what core needs as an argument",
    ),
    Rule(
        "contract-knows-no-feature",
        under("core/contract"),
        imports(lambda _, name: feature_of(name) is not None or is_part_of(name, *(f"core.{edge}" for edge in EDGES))),
        "the engine turns any document into an API; with a feature inside it, it turns only ours",
        "declare a Protocol in core/contract/ports.py and wire the feature to it in core/app.py",
    ),
    Rule(
        "kit-imports-nothing",
        under("core/kit"),
        imports(lambda _, name: is_part_of(name, "core", "handlers") and not is_part_of(name, "core.kit")),
        "the kit is pure: anything may import it without a cycle, and it is tested without a server",
        "move the helper next to what it needs, or pass that in",
    ),
    Rule(
        "ground-knows-no-feature",
        under("core/infra", "core/models", "core/upstreams", "core/sandbox"),
        imports(lambda _, name: feature_of(name) is not None or is_part_of(name, *(f"core.{part}" for part in WIRING))),
        "features stand on the ground; a ground that leans on a feature makes a cycle of both",
        "pass the feature's function in where core/app.py or the worker wires them",
    ),
    Rule(
        "features-meet-at-services",
        _is_feature,
        imports(_inside_another_feature),
        "a feature's rules and permissions are in its service; past it, its tables can be read without them",
        "call the other feature's service, or take its types from types.py",
    ),
    Rule(
        "sql-in-repositories",
        lambda source: under("core", "handlers")(source) and not _holds_sql(source),
        _sql,
        "a query that is built without (session, principal) can forget its tenant",
        "move it into the feature's repository.py, and give it a name there",
    ),
    Rule(
        "framework-in-the-contract",
        under("core", "handlers", but=("core/contract", "core/app.py")),
        imports(lambda _, name: is_part_of(name, "connexion", "starlette")),
        "the rest of the product does not know by which framework it is served, so the framework can be replaced",
        "answer with core.contract.responses and take arguments from the document",
    ),
    Rule(
        "environment-in-settings",
        under("core", "handlers", but=("core/settings.py",)),
        _environment,
        "a variable read elsewhere is missing from the configuration table and from the check for unknown names",
        "add a field to core/settings.py and pass the value on",
    ),
)
