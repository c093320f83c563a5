"""How a file looks: what it does at import, how long it is, what it silences, what it leaves undone."""

import ast
import re
from collections.abc import Iterator

from ci.lints.rules import Breach, Rule, Source, is_dotted, under

LONGEST_FILE_LINES = 400
LONGEST_HANDLER_LINES = 12

# functions that build a value and touch nothing outside; besides them, a name in CapWords builds an object of that
# class, a name with a leading underscore is a function of the same file, and `func.x()` is an expression of SQL
PURE_CALLS = frozenset(
    """
    b64encode bytes date datetime dict enumerate frozenset int len list max min range set sorted str sum
    timedelta tuple zip bindparam column compile decode encode field format fromhex fromkeys get_logger items
    join keys mapped_column partial resolve select split startswith text values where with_name
    """.split()
)
# classes that connect, listen or start something when an object of them is made
ACTIVE_CLASSES = frozenset(
    "AsyncClient AsyncConnectionPool Client ConnectionPool Popen Process Redis ThreadPoolExecutor Thread".split()
)
DEFINITIONS = (
    ast.Import,
    ast.ImportFrom,
    ast.FunctionDef,
    ast.AsyncFunctionDef,
    ast.ClassDef,
    ast.Assign,
    ast.AnnAssign,
)

IGNORE = re.compile(r"#\s*type:\s*ignore(?P<code>\[[a-z0-9, -]+\])?(?P<reason>.*)")
NOQA = re.compile(r"#\s*noqa(?P<code>:\s*[A-Z]+[0-9]+(?:\s*,\s*[A-Z]+[0-9]+)*)?(?P<reason>.*)", re.IGNORECASE)
PRAGMA = re.compile(r"#\s*pragma:\s*no\s?(?P<code>cover|branch)(?P<reason>.*)")
UNDONE = re.compile(r"\b(?:TO" r"DO|FIX" r"ME|X" r"XX)\b")  # in halves, so that this file passes
MIGRATION_NAME = re.compile(r"20\d\d_[01]\d_[0-3]\d_\d\d_[a-z0-9_]+\.py")


def _at_import(source: Source) -> Iterator[Breach]:
    for statement in source.tree.body:
        if not isinstance(statement, DEFINITIONS) and not _is_docstring(statement) and not _is_guard(statement):
            yield Breach(statement.lineno, f"runs `{ast.unparse(statement).splitlines()[0][:60]}` at import")
        elif not _is_guard(statement):
            yield from _calls(statement)


def _calls(node: ast.AST) -> Iterator[Breach]:
    """The calls that happen when the node is executed at import: not those in function bodies and decorators."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
        return
    if isinstance(node, ast.Call):
        called = ast.unparse(node.func)
        name = called.rsplit(".", 1)[-1]
        builds = name in PURE_CALLS or name[:1].isupper() or name.startswith("_") or called.startswith("func.")
        if name in ACTIVE_CLASSES or not builds:
            yield Breach(node.lineno, f"calls {called[:60]}() at import")
    decorators = getattr(node, "decorator_list", [])
    for child in ast.iter_child_nodes(node):
        if child not in decorators:
            yield from _calls(child)


def _is_docstring(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def _is_guard(statement: ast.stmt) -> bool:
    """`if TYPE_CHECKING:` and `if __name__ == "__main__":`."""
    return isinstance(statement, ast.If) and ast.unparse(statement.test) in ("TYPE_CHECKING", "__name__ == '__main__'")


def _long_file(source: Source) -> Iterator[Breach]:
    lines = len(source.text.splitlines())
    if lines > LONGEST_FILE_LINES:
        yield Breach(LONGEST_FILE_LINES + 1, f"has {lines} lines, more than {LONGEST_FILE_LINES}")


def _holds_operations(source: Source) -> bool:
    """Whether the file is handlers/<version>/<tag>.py; what lies deeper gives answers their shape."""
    return source.is_python and source.within("handlers") and len(source.path.parts) == 3


def _long_handler(source: Source) -> Iterator[Breach]:
    lines = source.text.splitlines()
    for function in source.functions():
        if function.name.startswith("_"):
            continue
        # a signature counts as one line: the document decides how many arguments there are
        body = [line for line in lines[function.body[0].lineno - 1 : function.end_lineno] if line.strip()]
        if len(body) + 1 > LONGEST_HANDLER_LINES:
            yield Breach(
                function.lineno, f"{function.name} has {len(body) + 1} lines, more than {LONGEST_HANDLER_LINES}"
            )


def _silenced(source: Source) -> Iterator[Breach]:
    for line, comment in source.comments:
        for pattern in (IGNORE, NOQA, PRAGMA):
            found = pattern.search(comment)
            if found and not (found["code"] and re.search(r"\w{3}", found["reason"])):
                yield Breach(line, f"says only `{comment.strip()}`")


def _sleeping(source: Source) -> Iterator[Breach]:
    for line, name in source.imports:
        if name == "time.sleep":
            yield Breach(line, "imports time.sleep")
    for node in source.nodes:
        if isinstance(node, ast.Call) and is_dotted(node.func, "time.sleep"):
            yield Breach(node.lineno, "calls time.sleep")


def _undone(source: Source) -> Iterator[Breach]:
    for line, comment in source.comments:
        if UNDONE.search(comment):
            yield Breach(line, f"says `{comment.strip()[:60]}`")
    for node in source.nodes:
        if isinstance(node, ast.Name) and node.id == "NotImplemented" + "Error":
            yield Breach(node.lineno, "raises what stands for an unwritten function")
        if is_dotted(node, "pytest.mark.skip", "pytest.mark.xfail", "pytest.skip"):
            yield Breach(node.lineno, f"leaves a test out by {ast.unparse(node)}")


def _undated(source: Source) -> Iterator[Breach]:
    if not MIGRATION_NAME.fullmatch(source.path.name):
        yield Breach(1, f"is called {source.path.name}")


RULES = (
    Rule(
        "nothing-at-import",
        under("core", "handlers"),
        _at_import,
        "a module that acts at import acts in every command, worker and test, in an order that nobody chose",
        "put it into a function and call that where the process starts",
    ),
    Rule(
        "short-files",
        lambda source: source.is_python,
        _long_file,
        "a file is read as a whole; past 400 lines nobody does",
        "split it by what its parts are about",
    ),
    Rule(
        "short-handlers",
        _holds_operations,
        _long_handler,
        "a handler translates in, calls one service and shapes out; what is more is a rule of the service",
        "move the work into the feature's service, or the shaping into a helper whose name begins with _",
    ),
    Rule(
        "silence-with-reason",
        lambda source: source.is_python,
        _silenced,
        "a check that is switched off without code and reason hides the next error in that line as well",
        "write `# noqa: CODE  # why` or `# type: ignore[code]  # why`, or mend the line",
    ),
    Rule(
        "no-blocking-sleep",
        under("core", "handlers"),
        _sleeping,
        "time.sleep stops the event loop, and with it every request of the process",
        "wait for the event itself (asyncio.Event, a process's exit, a socket), with a deadline",
    ),
    Rule(
        "nothing-undone",
        lambda source: source.is_python,
        _undone,
        "what lands is finished: a reader cannot tell a plan from a bug",
        "finish it, or take it out",
    ),
    Rule(
        "dated-migrations",
        under("migrations/versions"),
        _undated,
        "migrations run in the order of their names, and the name says what they do",
        "call it YYYY_MM_DD_NN_what_it_does.py",
    ),
)
