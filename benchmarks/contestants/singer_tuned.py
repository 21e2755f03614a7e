"""The same tap, tuned by hand with what the SDK offers for it.

* `singer_sdk.contrib.msgspec` writes messages (https://sdk.meltano.com/en/latest/guides/performance.html);
* a page is decoded once, by msgspec, where the default decodes it for the paginator again and walks a JSONPath;
* `TYPE_CONFORMANCE_LEVEL = NONE`, since the mapping makes what the schema says
  (https://sdk.meltano.com/en/latest/classes/singer_sdk.Stream.html).
"""

from collections.abc import Iterable
from typing import Any

import msgspec
import requests
from asked import work
from singer_docs import Answers, DocsTap, Pages, run
from singer_sdk import Stream
from singer_sdk.contrib.msgspec import MsgSpecWriter
from singer_sdk.helpers._typing import TypeConformanceLevel


class PagesByLength(Pages):
    """Numbers of pages; what the stream has decoded tells which is the last."""

    last = 1

    def has_more(self, response: requests.Response) -> bool:
        """Whether there is a page after this one."""
        return self.current_value < self.last


class TunedAnswers(Answers):
    """The answers of all surveys, each page decoded once."""

    TYPE_CONFORMANCE_LEVEL = TypeConformanceLevel.NONE
    _pages: PagesByLength

    def get_new_paginator(self) -> PagesByLength:
        """Begin with page 1."""
        self._pages = PagesByLength(1)
        return self._pages

    def parse_response(self, response: requests.Response) -> Iterable[dict[str, Any]]:
        """Decode a page."""
        page = msgspec.json.decode(response.content)
        self._pages.last = page["meta"]["last_page"]
        answers: list[dict[str, Any]] = page["data"]
        return answers


class TunedTap(DocsTap):
    """The tap."""

    message_writer_class = MsgSpecWriter

    def discover_streams(self) -> list[Stream]:
        """The one there is."""
        return [TunedAnswers(self)]


if __name__ == "__main__":
    run(TunedTap, work())
