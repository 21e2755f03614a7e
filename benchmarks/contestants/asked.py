"""What every contestant is asked to do, read from its command line; shared, so that no two read differently."""

import argparse
from typing import NamedTuple
from zoneinfo import ZoneInfo

ORGANIZATION = "6f1c0a52-9d0e-4b57-8a3c-2f7d1e5b9a10"
ZONE = ZoneInfo("America/Sao_Paulo")


class Work(NamedTuple):
    """One run: from which server, into which folder, how many answers a page, how many threads where there are any."""

    base_url: str
    folder: str
    page_size: int
    threads: int

    @property
    def organization(self) -> str:
        """The address below which everything is."""
        return f"{self.base_url}/v1/organizations/{ORGANIZATION}"


def work() -> Work:
    """Read the command line."""
    parser = argparse.ArgumentParser()
    parser.add_argument("base_url")
    parser.add_argument("folder")
    parser.add_argument("--page-size", type=int, default=100)
    parser.add_argument("--threads", type=int, default=1)
    asked = parser.parse_args()
    return Work(asked.base_url, asked.folder, asked.page_size, asked.threads)
