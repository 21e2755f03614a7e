"""Birdie as a target of connector-core: files for its bulk import."""

from connector_birdie.config import Config
from connector_core import Destination, hookimpl
from connector_core.loading import Sink

__all__ = ["destination", "load"]


@hookimpl
def destination() -> Destination:
    """Say what is taken."""
    forms = {
        "birdie+parquet:FOLDER_OR_URL": "Parquet files for Birdie's bulk import, exactly once, as a log",
        "birdie+csv:FOLDER_OR_URL": "the same as CSV",
    }
    return Destination(forms=forms, config=Config)


@hookimpl
def load(target: str, connection: str, state: str | None, config: Config | None) -> Sink | None:
    """Take `birdie+parquet:...` and `birdie+csv:...`."""
    from connector_birdie.files import Form, open_files  # noqa: PLC0415 - `destination` must be light

    forms: dict[str, Form] = {"birdie+parquet": "parquet", "birdie+csv": "csv"}
    scheme, colon, root = target.partition(":")
    if scheme not in forms or not colon:
        return None
    return open_files(forms[scheme], root, connection, state, config)
