"""Finding plugins, loading the ones that are named, and the typed face that the rest of the host sees of them."""

import difflib
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING, Any, cast

import pluggy
from attrs import define

from connector_core import hookspecs
from connector_core.builtin import BUILT_IN
from connector_core.endpoint import Endpoint
from connector_core.errors import ConfigError
from connector_core.given import described, each_wanted, page, wanted
from connector_core.hookspecs import GROUP, Connect
from connector_core.model import (
    Counted,
    Description,
    Destination,
    Finding,
    Json,
    Mapper,
    Page,
    Partition,
    Unimportable,
    Window,
)
from connector_core.probe import reason_of

if TYPE_CHECKING:
    from connector_core.http import HttpClient
    from connector_core.sink import Sink

_OF_TARGETS = ("destination", "load")
"""Hooks that have nothing to do with sources; a wrapper's plugin may have them too."""


def entry_points_of_all_versions() -> list[EntryPoint]:
    """The plugins for any version of the border, each version being a group of its own. None is imported."""
    found = entry_points()
    groups = [group for group in found.groups if group.startswith("connector_core.")]
    return [point for group in groups for point in found.select(group=group)]


def owner_of(point: EntryPoint) -> str:
    """The distribution that brought a plugin."""
    return point.dist.name if point.dist else point.value


def _find(name: str) -> EntryPoint:
    """The one plugin of a name.

    Raises:
        ConfigError: there is none, there are two, or it was built for another version of the border.
    """
    points = entry_points_of_all_versions()
    found = {owner_of(point): point for point in points if point.name == name and point.group == GROUP}
    if len(found) > 1:
        raise ConfigError(f"two plugins are called {name}: of {' and of '.join(sorted(found))}; uninstall one")
    if found:
        return found.popitem()[1]
    other = next((point for point in points if point.name == name), None)
    if other:
        raise ConfigError(f"plugin {name} was built for host API {other.group}, this host has {GROUP}; upgrade one")
    names = sorted({point.name for point in points if point.group == GROUP})
    near = difflib.get_close_matches(name, names, 1)
    hint = f"did you mean {near[0]}?" if near else f"installed: {', '.join(names) or 'none'}"
    raise ConfigError(f"there is no plugin {name}; {hint}")


def load_plugin(name: str) -> object:
    """Import one plugin by name.

    Raises:
        ConfigError: there is none, or it fails at import.
    """
    point = _find(name)
    try:
        return point.load()
    except (Exception, SystemExit) as error:
        raise ConfigError(f"plugin {name} of {owner_of(point)} cannot be imported: {reason_of(error)}") from error


def _manager(name: str, plugin: object) -> pluggy.PluginManager:
    manager = pluggy.PluginManager("connector_core")
    manager.add_hookspecs(hookspecs)
    _register(manager, name, plugin)
    return manager


def _register(manager: pluggy.PluginManager, name: str, plugin: object) -> None:
    """Register a plugin; a hook that we do not have, or an argument that a hook does not have, is an error."""
    try:
        manager.register(plugin, name)
        manager.check_pending()
    except pluggy.PluginValidationError as error:
        raise ConfigError(f"plugin {name}: {' '.join(str(error).split())}; see docs/writing-a-plugin.md") from None


@define
class Source:
    """One source plugin, and the wrappers around its `map`, with types."""

    name: str
    version: str
    description: Description
    _manager: pluggy.PluginManager

    def wrap(self, name: str, wrapper: object) -> None:
        """Put a wrapper around the `map` hook; the last one is the outermost.

        Raises:
            ConfigError: it is none, such as a source, whose hooks would take the place of this one's.
        """
        if name == self.name:
            raise ConfigError(f"wrappers: {name} is the source itself")
        _register(self._manager, name, wrapper)
        hooks = self._manager.get_hookcallers(wrapper) or ()
        own = [(hook.name, impl.wrapper) for hook in hooks for impl in hook.get_hookimpls() if impl.plugin is wrapper]
        if [each for each in own if each[0] not in _OF_TARGETS] != [("map", True)]:
            raise ConfigError(
                f"wrappers: {name} is no wrapper: its only hook must be map, with @hookimpl(wrapper=True)"
            )

    def check(self, config: Any, http: "HttpClient") -> list[Finding]:
        """See `hookspecs.check`; a plugin without that hook has no findings."""
        return each_wanted(self._manager.hook.check(config=config, http=http) or (), Finding, self.name, "check")

    def partitions(self, config: Any, http: "HttpClient") -> tuple[list[Partition], list[Unimportable]]:
        """What can be read, in the order of its keys, and what cannot."""
        given = self._manager.hook.partitions(config=config, http=http)
        found: list[Any] = each_wanted(given, Partition | Unimportable, self.name, "partitions")
        importable = sorted((p for p in found if isinstance(p, Partition)), key=lambda p: p.key)
        return importable, [p for p in found if isinstance(p, Unimportable)]

    def extract(
        self, partition: Partition, window: Window, cursor: Json, config: Any, http: "HttpClient"
    ) -> Iterator[Page]:
        """See `hookspecs.extract`."""
        pages = self._manager.hook.extract(partition=partition, window=window, cursor=cursor, config=config, http=http)
        return map(partial(page, plugin=self.name), wanted(pages, Iterable, self.name, "extract"))

    def map(self, partition: Partition, config: Any, id_prefix: str) -> Mapper:
        """See `hookspecs.map`."""
        mapper = self._manager.hook.map(partition=partition, config=config, id_prefix=id_prefix)
        return cast("Mapper", wanted(mapper, Callable, self.name, "map"))

    def count(self, partition: Partition, window: Window, config: Any, http: "HttpClient") -> Counted | None:
        """See `hookspecs.count`; a plugin without that hook cannot say."""
        counted = self._manager.hook.count(partition=partition, window=window, config=config, http=http)
        return cast("Counted | None", wanted(counted, Counted | None, self.name, "count"))


def load_source(name: str) -> Source:
    """Load one source plugin by name; no other is imported.

    Raises:
        ConfigError: it is not there, does not fit, or is no source.
    """
    plugin, dist = load_plugin(name), _find(name).dist
    manager = _manager(name, plugin)
    needed = ("describe", "partitions", "extract", "map")
    missing = [hook for hook in needed if not getattr(manager.hook, hook).get_hookimpls()]
    if missing:
        raise ConfigError(f"plugin {name} is no source: it does not implement {', '.join(missing)}")
    description = described(manager.hook.describe(), name)
    return Source(name, dist.version if dist else "unknown", description, manager)


@define
class Loader:
    """One load plugin, with types; it is called like the scheme of its targets."""

    name: str
    destination: Destination
    _manager: pluggy.PluginManager

    def open(
        self, target: str, connection: str, state: str | None, config: Any = None, connect: Connect | None = None
    ) -> "Sink":
        """Open one of its targets; see `hookspecs.load`.

        Raises:
            ConfigError: it does not take this target.
            TransientError: another run has it open.
            TargetError: it cannot be opened.
        """
        sink = self._manager.hook.load(
            target=target, connection=connection, state=state, config=config, connect=connect or _directly
        )
        if sink is None:
            forms = ", ".join(self.destination.forms) or "another form"
            raise ConfigError(f"--to {self.name}...: is none of what the plugin {self.name} takes: {forms}")
        return cast("Sink", sink)


def _directly(endpoint: Endpoint, in_flight: int) -> "HttpClient":
    from connector_core.http import HttpClient  # noqa: PLC0415 - most targets need none

    return HttpClient(endpoint, in_flight=in_flight, allow_http=True)  # without settings, nothing is sent


def load_loader(target: str) -> Loader:
    """Import the plugin that is called like the scheme of a target: up to the first `:` or `+`.

    Raises:
        ConfigError: there is none, or it is no load plugin.
    """
    scheme = target.split(":", 1)[0].split("+", 1)[0]
    if scheme in BUILT_IN:
        plugin: object = import_module(f"connector_core.{scheme}")
    elif any(point.name == scheme for point in entry_points_of_all_versions()):
        plugin = load_plugin(scheme)
    else:
        shown = f"{scheme}:..." if ":" in target else target
        known = [*BUILT_IN, *(point.name for point in entry_points_of_all_versions())]
        near = difflib.get_close_matches(scheme, known, 1)
        hint = f"did you mean {near[0]}? " if near else ""
        forms = "sqlite:///PATH, jsonl:PATH, jsonl:-, or the form of a load plugin that is installed (--list)"
        raise ConfigError(f"--to {shown}: {hint}write {forms}")
    manager = _manager(scheme, plugin)
    return Loader(scheme, manager.hook.destination() or Destination(forms={}), manager)


def open_sink(target: str, connection: str, state: str | None) -> "Sink":
    """Open a target without any settings; see `Loader.open`."""
    return load_loader(target).open(target, connection, state)
