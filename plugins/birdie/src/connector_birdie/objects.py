"""Files in an object store, or in whatever else fsspec reaches, which only this module imports."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from attrs import frozen
from fsspec.asyn import AsyncFileSystem, sync
from fsspec.core import url_to_fs
from fsspec.exceptions import FSTimeoutError
from fsspec.registry import known_implementations, registry

from connector_core import ConfigError, ConnectorError, Json, TargetError, TransientError

_PACKAGES = {
    "s3": "s3fs", "s3a": "s3fs", "gs": "gcsfs", "gcs": "gcsfs", "abfs": "adlfs", "abfss": "adlfs", "az": "adlfs",
    "adl": "adlfs",
}  # fmt: skip
"""What brings each of the stores that Birdie reads from."""

_PASSING = {"ConnectionError", "TimeoutError", "ConnectTimeoutError", "HTTPClientError", "ClientConnectionError"}
"""Classes of errors that pass by themselves, by name: each library has its own."""

_TURNS = 3
"""Of the thread in which fsspec waits for answers: the end of one, its connection's end, and one more."""
_PATIENCE = 1.0
"""Seconds to wait for them."""

_WORDS = {"yes": True, "no": False, "true": True, "false": False}


@frozen
class Objects:
    """Where files are put, by names such as `nps/acme-00000001.parquet`, each in one request.

    Attributes:
        url: for messages.
        path: the same, as the file system has it.
    """

    files: Any
    url: str
    path: str

    def there(self, name: str) -> bool:
        """Whether there is such a file."""
        try:
            self.files.invalidate_cache()
            self.files.info(f"{self.path}/{name}")
        except FileNotFoundError:
            return False
        except Exception as error:  # noqa: BLE001 - fsspec has no error of its own, and its file systems raise anything
            raise self._failed(name, error) from None
        return True

    def put(self, name: str, body: bytes) -> None:
        """Put a file there, in the place of one that is; where puts are atomic, nobody ever finds a half.

        Raises:
            TransientError: the store is out of reach.
            TargetError: it cannot be written.
        """
        try:
            self.files.pipe_file(f"{self.path}/{name}", body)
        except Exception as error:  # noqa: BLE001 - the same
            raise self._failed(name, error) from None

    def remove(self, name: str) -> None:
        """Take a file away; one that is not there is none.

        Raises:
            TransientError: the store is out of reach.
            TargetError: it cannot be taken away.
        """
        if not self.there(name):
            return
        try:
            self.files.rm_file(f"{self.path}/{name}")
        except Exception as error:  # noqa: BLE001 - the same
            raise self._failed(name, error) from None

    def close(self) -> None:
        """Let connections that are about to be closed be so; those that stay are fsspec's, for whoever comes next."""
        if isinstance(self.files, AsyncFileSystem):
            with suppress(FSTimeoutError):
                sync(self.files.loop, _take_turns, timeout=_PATIENCE)

    def _failed(self, name: str, error: Exception) -> ConnectorError:
        place, said = f"{self.url}/{name}", f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"
        if any(cls.__name__ in _PASSING for cls in type(error).__mro__):
            return TransientError(f"{place}: cannot be reached ({said}); run it again later")
        return TargetError(f"{place}: {said}; nothing of this step was stored")


async def _take_turns() -> None:
    for _ in range(_TURNS):
        await asyncio.sleep(0)


def open_objects(url: str, shown: str, options: Mapping[str, str]) -> Objects:
    """Open the file system of a URL; of an object store, without any request.

    Args:
        url: such as `s3://bucket/birdie`.
        shown: the same without any secret.
        options: of its file system, as text; a dot leads into an option that holds others: `client_kwargs.region_name`.

    Raises:
        ConfigError: there is no such file system, its package is missing, or it does not take these options.
        TargetError: it is out of reach, where opening it asks for something.
    """
    protocol = url.partition("://")[0]
    if protocol not in (*known_implementations, *registry):
        raise ConfigError(f"{shown}: there is no file system called {protocol}")
    try:
        files, path = url_to_fs(url, **nested(options))
    except ImportError as error:
        package = _PACKAGES.get(protocol)
        how = f"pip install {package}" if package else " ".join(str(error).split())
        raise ConfigError(f"{shown}: {protocol} needs another package: {how}") from None
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        why = f"targets.birdie.storage_options are not what {protocol} takes ({type(error).__name__})"
        raise ConfigError(f"{shown}: {why}") from None
    except OSError as error:
        why = f"{protocol} cannot be opened ({type(error).__name__}); check the URL, or run it again later"
        raise TargetError(f"{shown}: {why}") from None
    return Objects(files, shown, path.rstrip("/"))


def nested(options: Mapping[str, str]) -> dict[str, Json]:
    """Options with dots in their names as objects within each other; `yes`, `no`, `true` and `false` are what they say.

    Raises:
        TypeError: a name stands for a text, and for others.
    """
    found: dict[str, Json] = {}
    for name, text in sorted(options.items()):
        *outer, last = name.split(".")
        within: Json = found
        for step in outer:
            within = within.setdefault(step, {}) if isinstance(within, dict) else None
        within[last] = _WORDS.get(text, text)
    return found
