"""Rules of the repository that no single test would notice: layers, sizes, names, completeness."""

import ast
import io
import json
import subprocess
import sys
import tokenize
from pathlib import Path

import pytest

import connector_core
from connector_core import hookspecs, loading, testing
from connector_core.hookspecs import HOOKS

ROOT = Path(__file__).parent.parent
CORE = sorted((ROOT / "connector_core").rglob("*.py"))
PLUGINS = [*sorted((ROOT / "plugins").iterdir()), *sorted((ROOT / "examples").iterdir())]
OUTSIDE = [path for plugin in PLUGINS for path in sorted(plugin.rglob("*.py")) if "tests" not in path.parts]
SOURCES = [*CORE, *OUTSIDE, *sorted(ROOT.glob("simulator/src/**/*.py"))]


def imports(path: Path) -> set[str]:
    """The modules that a file imports, at any depth."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(node.module or "")
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def code_lines(path: Path) -> int:
    """Lines that hold code: no blank ones, comments or docstrings."""
    text = path.read_text(encoding="utf-8")
    docs: set[int] = set()
    for node in ast.walk(ast.parse(text)):
        body = getattr(node, "body", None)
        first = body[0] if isinstance(body, list) and body else None
        if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str):
            docs |= set(range(first.lineno, (first.end_lineno or first.lineno) + 1))
    nothing = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}
    lines: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type not in nothing:
            lines |= set(range(token.start[0], token.end[0] + 1))
    return len(lines - docs)


def test_only_two_modules_import_pluggy() -> None:
    assert [path.name for path in CORE if "pluggy" in imports(path)] == ["hookspecs.py", "plugins.py"]


def test_the_core_knows_no_plugin_and_no_simulator() -> None:
    for path in CORE:
        assert not any(name.startswith("trackco") for name in imports(path)), path


PACKAGES = ("trackco", "quince", "connector_birdie", "connector_warehouse")
"""How the packages of plugins and simulators begin."""

PUBLIC = {
    *connector_core.__all__,
    "loading",
    *(f"loading.{name}" for name in loading.__all__),
    "testing",
    *(f"testing.{name}" for name in testing.__all__),
}
"""What a plugin may import of `connector_core`."""


def test_plugins_import_neither_each_other_nor_the_hosts_inside() -> None:
    """The only tie of a source, a wrapper or a load plugin to the host is its public names."""
    assert {path.parts[-2] for path in OUTSIDE} >= {
        "trackco_cxm",
        "trackco_nps",
        "connector_birdie",
        "connector_warehouse",
        "quince",
        "paging",
    }
    for path in OUTSIDE:
        own = path.relative_to(ROOT).parts[1]
        for name in imports(path):
            package = name.partition(".")[0]
            foreign = package.startswith((*PACKAGES, "examples")) and package.removeprefix("connector_") != own
            inside = name.startswith("connector_core.") and name.removeprefix("connector_core.") not in PUBLIC
            assert not foreign, (path, name)
            assert not inside, (path, name)


def test_the_simulator_knows_nothing_of_the_host_or_the_plugins() -> None:
    """What it expects of an import must not be computed by the code that is tested with it."""
    for path in (ROOT / "simulator/src").rglob("*.py"):
        host_or_plugin = ("connector_", "trackco_cxm", "trackco_nps")
        assert not any(name.startswith(host_or_plugin) for name in imports(path)), path


def test_values_of_the_border_know_nothing_of_http_or_targets() -> None:
    for name in ("model.py", "errors.py", "times.py", "retry.py", "plan.py", "settings.py"):
        forbidden = {"requests", "sqlite3", "structlog", "pluggy"}
        assert not imports(ROOT / "connector_core" / name) & forbidden, name


def test_no_module_is_long() -> None:
    for path in SOURCES:
        assert path.read_text(encoding="utf-8").count("\n") <= 250, path


def test_what_a_plain_run_imports_is_small() -> None:
    """Code lines of the core's modules that one replay-free run into SQLite loads."""
    code = (
        "import sys, json\n"
        "from connector_core.cli import run_command\n"
        "try: run_command(['--plugin', 'acme_survey', '--config', '-', '-q', '--to', 'sqlite:///' + sys.argv[1]])\n"
        "except SystemExit: pass\n"
        "print(json.dumps([m.__file__ for n, m in sys.modules.items() if n.startswith('connector_core')]))"
    )
    config = json.dumps({"account": {"key": "k", "url": "http://127.0.0.1:9"}})
    # Nobody listens there: everything is imported by the time that is found out, and nothing is waited for.
    done = subprocess.run(
        [sys.executable, "-c", f"import connector_core.retry as r; r.MAX_ATTEMPTS = 1\n{code}", ":memory:"],
        input=config, capture_output=True, text=True, check=True,
    )  # fmt: skip
    files = {Path(name) for name in json.loads(done.stdout)}
    assert {"run.py", "sqlite.py", "http.py"} <= {path.name for path in files}
    assert sum(map(code_lines, files)) <= 4290


HOOK_TESTS = {
    "describe": ("tests/test_cli.py", "test_describe_shows_the_settings_as_a_table_and_as_json_schema"),
    "check": ("tests/test_cli.py", "test_check_says_line_by_line_what_holds"),
    "partitions": ("tests/test_run.py", "test_a_source_that_lists_a_partition_twice_is_refused"),
    "extract": ("tests/test_end_to_end.py", "test_every_importable_answer_is_loaded_field_by_field"),
    "map": ("tests/test_plugins.py", "test_a_wrapper_sees_the_mapper_and_the_last_one_is_the_outermost"),
    "count": ("tests/test_reconciling.py", "test_every_answer_counts_once_loaded_rejected_or_skipped"),
    "destination": ("tests/test_plugins.py", "test_a_load_plugin_says_which_targets_it_takes_and_what_can_be_set"),
    "load": ("tests/test_plugins.py", "test_a_load_plugin_is_found_by_the_scheme_of_the_target"),
}


def test_every_hook_is_specified_documented_and_tested() -> None:
    guide = (ROOT / "docs/writing-a-plugin.md").read_text(encoding="utf-8")
    assert set(HOOK_TESTS) == set(HOOKS)
    for hook, (file, test) in HOOK_TESTS.items():
        assert getattr(hookspecs, hook).__doc__
        assert f"`{hook}`" in guide, hook
        assert f"def {test}(" in (ROOT / file).read_text(encoding="utf-8"), hook


def test_no_database_is_kept_in_the_repository() -> None:
    """The README's first run makes one where a newcomer stands."""
    kept = subprocess.run(["git", "ls-files", "*.db", "*.state"], cwd=ROOT, capture_output=True, text=True, check=True)
    assert kept.stdout == ""


def test_a_plugins_project_file_is_short_and_names_the_host_by_a_range() -> None:
    for path in [*ROOT.glob("plugins/*/pyproject.toml"), *ROOT.glob("examples/*/pyproject.toml")]:
        text = path.read_text(encoding="utf-8")
        assert text.count("\n") <= 25, path
        assert '"connector-core>=0.1,<0.2"' in text, path


@pytest.mark.parametrize("word", ["verified against Track.co", "NotImplementedError", "TODO"])
def test_no_word_promises_what_is_not_there(word: str) -> None:
    for path in [*SOURCES, *ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("plugins/*/README.md")]:
        assert word not in path.read_text(encoding="utf-8").replace(f'"{word}"', ""), path
