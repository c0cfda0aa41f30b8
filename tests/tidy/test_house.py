"""The rules of the house: who may import whom, how long things are, where certain calls may be."""

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
SOURCE = ROOT / "src"
FILE_LINES_MAX = 500
FUNCTION_LINES_MAX = 70

LEAVES = {"settings", "configuration", "clock", "ids", "invariants"}
# Layer -> the layers of ours that it may import. Anything not named here is a top module.
LAYERS: dict[str, set[str]] = {
    "leaf": {"leaf"},
    "domain": {"domain", "leaf"},
    "api": {"api"},
    "formats": {"formats", "domain", "leaf"},
    "store": {"store", "domain", "leaf"},
    "operations": {"operations", "store", "formats", "api", "domain", "leaf"},
    "edges": {"edges", "operations", "formats", "api", "domain", "leaf", "credentials", "blobs"},
    "background": {"background", "operations", "formats", "domain", "leaf", "egress", "blobs"},
    "credentials": set(),
    "blobs": set(),
    "egress": {"leaf"},
    "plugins": {"domain", "leaf"},
    "scan": {"scan"},
}
# Layer -> packages of others that it may import besides the standard library.
PACKAGES: dict[str, set[str]] = {
    "leaf": set(),
    "domain": set(),
    "api": {"msgspec"},
    "formats": {"lxml", "re2", "markupsafe"},
    "store": {"sqlalchemy", "msgspec", "psycopg", "alembic"},
    "operations": {"structlog"},
    "edges": {
        "starlette",
        "jinja2",
        "markupsafe",
        "msgspec",
        "python_multipart",
        "structlog",
    },
    "background": {"structlog", "boto3", "botocore"},
    "credentials": {"argon2", "cryptography"},
    "blobs": {"boto3", "botocore"},
    "egress": set(),
    "plugins": set(),
    "scan": set(),
}
DOMAIN_LEAVES = {"kempelen.invariants", "kempelen.domain"}
# Edges that others may use; the families beside them never import each other.
SHARED_EDGES = ("kempelen.edges.http", "kempelen.edges.web", "kempelen.edges.accounts")
ASYNC_FILES = {
    "asgi.py",
    "edges/aws/endpoint.py",
    "edges/events.py",
    "edges/http.py",
    "serving.py",
}
ENTRY_POINTS = {
    "kempelen",
    "kempelen.cli",
    "kempelen.cli.__main__",
    "kempelen.cli.check",
    "kempelen.cli.accounts",  # the commands are imported by name, when they are asked for
    "kempelen.cli.copying",
    "kempelen.cli.deliveries",
    "kempelen.cli.demo",
    "kempelen.cli.doctor",
    "kempelen.cli.migrating",
    "kempelen.store.migrations",
    "kempelen.store.migrations.versions",
    "kempelen.store.migrations.versions.r0001",  # found by Alembic
    "kempelen.cli.layouts",
    "kempelen.cli.scan",
    "kempelen.cli.sdk_model",
    "kempelen.cli.server",
    "kempelen.demo.serving",
    "kempelen.asgi",
    "kempelen.background.transports.email",
    "kempelen.background.transports.rest",
    "kempelen.background.transports.sns",
    "kempelen.background.transports.soap",
    "kempelen.background.transports.sqs",
    "kempelen.background.transports.webhook",
    "kempelen.testing",
    "kempelen.testing.plugin",
    "kempelen.testing.policies",
    "kempelen.domain.review.score_my_known_answers",
    "kempelen.domain.review.simple_plurality",
}


def _modules() -> dict[str, Path]:
    found = {}
    for path in sorted((SOURCE / "kempelen").rglob("*.py")):
        name = ".".join(path.relative_to(SOURCE).with_suffix("").parts)
        found[name.removesuffix(".__init__")] = path
    return found


MODULES = _modules()


def _imports(name: str) -> Iterator[str]:
    """Every module that a module names in an import, ours by their full names."""
    for node in ast.walk(ast.parse(MODULES[name].read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name}: imports are absolute"
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                yield whole if whole in MODULES else str(node.module)


def _layer(name: str) -> str:
    parts = name.split(".")
    if len(parts) == 1:
        return "top"
    if parts[1] in LEAVES:
        return "leaf"
    return parts[1] if parts[1] in LAYERS else "top"


@pytest.mark.parametrize("name", MODULES)
def test_imports_go_down_only(name: str) -> None:
    """A layer imports the layers below it, and the packages that are its own business."""
    layer = _layer(name)
    if layer == "top":
        return
    standard = __import__("sys").stdlib_module_names
    for imported in _imports(name):
        package = imported.partition(".")[0]
        if package == "kempelen":
            assert _layer(imported) in LAYERS[layer], f"{name} ({layer}) imports {imported}"
            if layer == "domain" and not imported.startswith(tuple(DOMAIN_LEAVES)):
                pytest.fail(f"{name} imports {imported}; rules are given what they need")
        elif package not in standard:
            assert package in PACKAGES[layer], f"{name} ({layer}) imports {package}"


@pytest.mark.parametrize("name", [name for name in MODULES if ".edges." in name])
def test_edges_do_not_import_each_other(name: str) -> None:
    """The AWS face, the worker site and the frames meet only in what is made for sharing."""
    family = ".".join(name.split(".")[:3])
    for imported in _imports(name):
        if imported.startswith("kempelen.edges."):
            is_shared = imported.startswith(SHARED_EDGES)
            assert is_shared or imported.startswith(family), f"{name} imports {imported}"


def test_no_circles() -> None:
    """No module is needed for its own import."""
    graph = {name: {item for item in _imports(name) if item in MODULES} for name in MODULES}
    done: set[str] = set()

    def visit(name: str, trail: tuple[str, ...]) -> None:
        assert name not in trail, " -> ".join((*trail[trail.index(name) :], name))
        if name not in done:
            for following in sorted(graph[name]):
                visit(following, (*trail, name))
            done.add(name)

    for name in graph:
        visit(name, ())


def test_no_dead_files() -> None:
    """Every module is imported by another one, or is where somebody comes in."""
    used = {item for name in MODULES for item in _imports(name)}
    packages = {".".join(item.split(".")[:end]) for item in used for end in range(1, 9)}
    dead = [name for name in MODULES if name not in used | packages | ENTRY_POINTS]
    assert dead == []


@pytest.mark.parametrize("name", MODULES)
def test_small_files_and_functions(name: str) -> None:
    """At most 500 lines a file and 70 a function."""
    text = MODULES[name].read_text(encoding="utf-8")
    assert text.count("\n") <= FILE_LINES_MAX
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or 0) - node.lineno + 1
            assert length <= FUNCTION_LINES_MAX, f"{node.name} has {length} lines"


@pytest.mark.parametrize("name", MODULES)
def test_calls_that_have_one_place(name: str) -> None:
    """One module asks for the time, one draws randomness, one opens transactions; few await."""
    path = MODULES[name].relative_to(SOURCE / "kempelen").as_posix()
    text = MODULES[name].read_text(encoding="utf-8")
    if path != "clock.py" and _layer(name) != "top":
        assert not re.search(r"datetime\.now\(|time\.time\(|utcnow\(", text)
    if path != "ids.py":
        assert not re.search(r"^(import|from) (random|secrets)\b", text, re.MULTILINE) or (
            _layer(name) == "top"
        )
    if path != "store/sqlite.py":
        assert "BEGIN IMMEDIATE" not in text
    if path not in ASYNC_FILES:
        assert not re.search(r"^\s*async (def|with|for)\b", text, re.MULTILINE)


def test_the_repository_speaks_of_the_product_alone() -> None:
    """No machine paths, no addresses of package registries, nothing about how it is made."""
    words = ["/wor" + "k/", "pypi" + ".org", "npm" + "js.org", r"\bCE" + r"O\b", r"issue \d"]
    words += ["files.python" + "hosted", "deb.deb" + "ian", r"\.\./sha" + "red"]
    pattern = re.compile("|".join(words))
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True
    )
    found = []
    for name in filter(None, listed.stdout.split("\0")):
        path = ROOT / name
        if path.is_file():
            text = path.read_bytes().decode("utf-8", "replace")
            found += [f"{name}: {hit.group()}" for hit in pattern.finditer(text)]
    assert found == []
