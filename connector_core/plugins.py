"""Finding plugins, loading the ones that are named, and the typed face that the rest of the host sees of them."""

import json
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING, Any, cast

import pluggy
from attrs import define, frozen

from connector_core import hookspecs
from connector_core.errors import ConfigError
from connector_core.hookspecs import GROUP
from connector_core.model import Description, Finding, Json, Mapper, Page, Partition, Unimportable, Window

if TYPE_CHECKING:
    from connector_core.http import HttpClient
    from connector_core.sink import Sink


def installed(group: str = GROUP) -> dict[str, EntryPoint]:
    """The plugins that are installed, by name, from metadata alone: none is imported.

    Raises:
        ConfigError: two distributions offer plugins of one name.
    """
    found: dict[str, EntryPoint] = {}
    for point in entry_points(group=group):
        other = found.setdefault(point.name, point)
        if _owner(other) != _owner(point):
            raise ConfigError(
                f"two plugins are called {point.name}: of {_owner(other)} and of {_owner(point)}; uninstall one"
            )
    return found


def _of_all_versions() -> list[EntryPoint]:
    """Plugins for any version of the border: each version is an entry-point group of its own."""
    groups = entry_points()
    return [
        point for group in groups.groups if group.startswith("connector_core.") for point in groups.select(group=group)
    ]


def _owner(point: EntryPoint) -> str:
    return point.dist.name if point.dist else point.value


def _import(name: str) -> Any:
    """Import one plugin by name.

    Raises:
        ConfigError: there is none of that name, it was built for another host, or it fails at import.
    """
    from connector_core.config import nearest  # noqa: PLC0415 - only the sad path needs it

    points = installed()
    if name not in points:
        other = next((point for point in _of_all_versions() if point.name == name), None)
        if other:
            raise ConfigError(
                f"plugin {name} was built for host API {other.group}, this host has {GROUP}; upgrade one of them"
            )
        known = ", ".join(sorted(points)) or "none"
        raise ConfigError(f"there is no plugin {name}{nearest(name, set(points))}; installed: {known}")
    try:
        return points[name].load()
    except (Exception, SystemExit) as error:
        raise ConfigError(f"plugin {name} of {_owner(points[name])} cannot be imported: {reason_of(error)}") from error


def reason_of(error: BaseException) -> str:
    """Why an import failed, in one line."""
    if isinstance(error, SystemExit):
        return "it calls sys.exit while being imported"
    return f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"


def _manager(plugins: Iterable[tuple[str, object]]) -> pluggy.PluginManager:
    manager = pluggy.PluginManager("connector_core")
    manager.add_hookspecs(hookspecs)
    for name, plugin in plugins:
        manager.register(plugin, name)
        try:
            manager.check_pending()
        except pluggy.PluginValidationError as error:
            raise ConfigError(
                f"plugin {name}: {' '.join(str(error).split())}; the hooks are {', '.join(HOOKS)}"
            ) from None
    return manager


HOOKS = ("describe", "check", "partitions", "extract", "map", "load")


@define
class Source:
    """One source plugin, and the wrappers around its `map`, with types."""

    name: str
    version: str
    description: Description
    _manager: pluggy.PluginManager

    def wrap(self, name: str, wrapper: object) -> None:
        """Put a wrapper around the `map` hook; the last one is the outermost."""
        self._manager.register(wrapper, name)
        self._manager.check_pending()

    def check(self, config: Any, http: "HttpClient") -> list[Finding]:
        """See `hookspecs.check`; a plugin without that hook has no findings."""
        return list(self._manager.hook.check(config=config, http=http) or ())

    def partitions(self, config: Any, http: "HttpClient") -> tuple[list[Partition], list[Unimportable]]:
        """What can be read, in the order of its keys, and what cannot."""
        found = list(self._manager.hook.partitions(config=config, http=http))
        importable = sorted((p for p in found if isinstance(p, Partition)), key=lambda p: p.key)
        return importable, [p for p in found if isinstance(p, Unimportable)]

    def extract(
        self, partition: Partition, window: Window, cursor: Json, config: Any, http: "HttpClient"
    ) -> Iterator[Page]:
        """See `hookspecs.extract`."""
        pages = self._manager.hook.extract(partition=partition, window=window, cursor=cursor, config=config, http=http)
        return cast("Iterator[Page]", iter(pages))

    def map(self, partition: Partition, config: Any, id_prefix: str) -> Mapper:
        """See `hookspecs.map`."""
        return cast("Mapper", self._manager.hook.map(partition=partition, config=config, id_prefix=id_prefix))


def load_source(name: str) -> Source:
    """Load one source plugin by name; no other is imported.

    Raises:
        ConfigError: it is not there, does not fit, or is no source.
    """
    plugin = _import(name)
    manager = _manager([(name, plugin)])
    missing = [hook for hook in HOOKS[:5] if hook != "check" and not getattr(manager.hook, hook).get_hookimpls()]
    if missing:
        raise ConfigError(f"plugin {name} is no source: it does not implement {', '.join(missing)}")
    dist = installed()[name].dist
    return Source(name, dist.version if dist else "unknown", manager.hook.describe(), manager)


def load_wrapper(name: str) -> object:
    """Load a map wrapper that the configuration names."""
    return _import(name)


def open_sink(target: str, connection: str, state: str | None) -> "Sink":
    """Open a target with the host's own sinks, else with the plugin that is called like its scheme.

    Raises:
        ConfigError: no sink takes this target.
        TargetError: it cannot be opened.
    """
    from connector_core import jsonl, sqlite  # noqa: PLC0415 - `--list` needs neither

    scheme = target.split(":", 1)[0].split("+", 1)[0]
    plugins: list[tuple[str, object]] = [("jsonl", jsonl), ("sqlite", sqlite)]
    if scheme not in ("jsonl", "sqlite") and scheme in installed():
        plugins.append((scheme, _import(scheme)))
    sink = _manager(plugins).hook.load(target=target, connection=connection, state=state)
    if sink is None:
        raise ConfigError(
            f"--to {target}: no target of this form; there are sqlite:///PATH, jsonl:PATH and jsonl:-, and load plugins"
        )
    return cast("Sink", sink)


@frozen
class Listed:
    """One line of `--list`. `problem` is why the plugin cannot be used, or None."""

    name: str
    version: str
    distribution: str
    hooks: Sequence[str]
    problem: str | None


def listing() -> list[Listed]:
    """Every installed plugin, broken ones with their reason. They are imported in a process of their own."""
    points = _of_all_versions()
    probed = _probe([p for p in points if p.group == GROUP])
    names = [_owner(p) + p.name for p in points]
    lines = []
    for point in sorted(points, key=lambda p: (p.name, _owner(p))):
        hooks, problem = probed.get(point.value, ((), f"built for host API {point.group}, this host has {GROUP}"))
        if sum(p.name == point.name for p in points) > 1 and names.count(_owner(point) + point.name) == 1:
            problem = problem or "another installed plugin has the same name"
        version = point.dist.version if point.dist else "unknown"
        lines.append(Listed(point.name, version, _owner(point), hooks, problem))
    return lines


_PROBE_SECONDS = 20


def _probe(points: list[EntryPoint]) -> dict[str, tuple[Sequence[str], str | None]]:
    """Import each entry point in a child process; one that ends the child is named, the rest go into another child."""
    results: dict[str, tuple[Sequence[str], str | None]] = {}
    while points:
        values = [point.value for point in points]
        command = [sys.executable, "-m", "connector_core.probe", *values]
        try:
            child = subprocess.run(command, capture_output=True, timeout=_PROBE_SECONDS, check=False)  # noqa: S603 - our own interpreter
            output, fate = child.stdout, "it ends the process while being imported"
        except subprocess.TimeoutExpired as error:
            output, fate = error.stdout or b"", f"its import did not end in {_PROBE_SECONDS} seconds"
        for line in output.splitlines():
            if line.startswith(b"probe:"):
                value, hooks, problem = json.loads(line.removeprefix(b"probe:"))
                results[value] = (hooks, problem)
        left = [point for point in points if point.value not in results]
        if left:
            results[left[0].value] = ((), fate)
        points = left[1:]
    return results
