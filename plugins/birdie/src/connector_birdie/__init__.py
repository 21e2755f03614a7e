"""`--to birdie://HOST`: Birdie's ingestion API; `--to birdie+parquet:FOLDER`: files for its bulk route.

Guarantees. API: at least once, in order for each id, idempotent by id; what did not change is not sent again. Files:
exactly once, as a log of versions, where files are written whole or not at all.
"""

from connector_birdie.config import Config
from connector_core import Destination, hookimpl
from connector_core.loading import Connect, Sink

__all__ = ["destination", "load"]

_FORMS = {
    "birdie://HOST": "Birdie's ingestion API, one PUT a record, at least once",
    "birdie+http://HOST:PORT": "the same without encryption, for a simulator on this machine",
    "birdie+webhook://HOST": "Birdie's older webhook, 50 records a request, at least once",
    "birdie+parquet:FOLDER_OR_URL": "Parquet files for Birdie's bulk import, exactly once, as a log",
    "birdie+csv:FOLDER_OR_URL": "the same as CSV",
}


@hookimpl
def destination() -> Destination:
    """Say what is taken."""
    return Destination(forms=_FORMS, config=Config)


@hookimpl
def load(target: str, connection: str, state: str | None, config: Config | None, connect: Connect) -> Sink | None:
    """Take `birdie://...` and the other forms; each way brings only what it needs."""
    form, colon, rest = target.partition(":")
    if not colon:
        return None
    if form in ("birdie", "birdie+http", "birdie+webhook"):
        from connector_birdie.opening import open_api  # noqa: PLC0415 - `destination` must be light

        return open_api(form, rest, connection, state, config, connect)
    if form in ("birdie+parquet", "birdie+csv"):
        from connector_birdie.files import open_files  # noqa: PLC0415 - the same

        return open_files("parquet" if form == "birdie+parquet" else "csv", rest, connection, state, config)
    return None
