"""The floor's loop, and the mapping by hand: what an experienced programmer writes in an hour, for one import.

With `--threads`, the first pages of all surveys are asked for side by side, and then those of each survey; they are
written in order. There is no state: each run reads everything.
"""

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from threading import local
from typing import Any

import orjson
import requests
from asked import Work, work
from mapping import Record, mapper


def reader(asked: Work) -> Callable[[Record, int], Any]:
    """What reads one page of a survey, in whatever thread."""
    own = local()

    def read(survey: Record, page: int) -> Any:
        if not hasattr(own, "session"):
            own.session = requests.Session()  # a session each: requests does not promise that threads may share one
            own.session.headers["Authorization"] = "Bearer t"
        url = f"{asked.organization}/surveys/{survey['public_hash']}/interactions"
        response = own.session.get(url, params={"limit": asked.page_size, "page": page})
        response.raise_for_status()
        return orjson.loads(response.content)

    return read


def one_by_one(read: Callable[[Record, int], Any], surveys: list[Record]) -> Iterator[tuple[Record, list[Record]]]:
    """Every page with its survey."""
    for survey in surveys:
        first = read(survey, 1)
        yield survey, first["data"]
        for page in range(2, first["meta"]["last_page"] + 1):
            yield survey, read(survey, page)["data"]


def side_by_side(
    read: Callable[[Record, int], Any], surveys: list[Record], threads: int
) -> Iterator[tuple[Record, list[Record]]]:
    """The same, with twice as many pages of a survey asked for as there are threads."""
    with ThreadPoolExecutor(threads) as pool:
        firsts = [pool.submit(read, survey, 1) for survey in surveys]
        for survey, first in zip(surveys, firsts, strict=True):
            page = first.result()
            yield survey, page["data"]
            under_way: deque[Future[Any]] = deque()
            for number in range(2, page["meta"]["last_page"] + 1):
                under_way.append(pool.submit(read, survey, number))
                if len(under_way) > 2 * threads:
                    yield survey, under_way.popleft().result()["data"]
            for future in under_way:
                yield survey, future.result()["data"]


def main() -> None:
    """Read, map and write everything."""
    asked = work()
    read = reader(asked)
    response = requests.get(f"{asked.organization}/surveys", params={"limit": 1000}, timeout=60)
    surveys = orjson.loads(response.content)["data"]
    mappers = {survey["public_hash"]: mapper(survey) for survey in surveys}
    pages = one_by_one(read, surveys) if asked.threads == 1 else side_by_side(read, surveys, asked.threads)
    with (Path(asked.folder) / "out.jsonl").open("wb") as out:
        for survey, answers in pages:
            mapped = mappers[survey["public_hash"]]
            out.writelines(orjson.dumps(mapped(answer), option=orjson.OPT_APPEND_NEWLINE) for answer in answers)


if __name__ == "__main__":
    main()
