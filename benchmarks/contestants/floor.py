"""The floor: `requests` and orjson in a bare loop. Nothing is mapped, retried or checked; raw answers are written.

A `Session` keeps the connection open, as the documentation of requests advises (user/advanced, "Session Objects").
"""

from itertools import count
from pathlib import Path

import orjson
import requests
from asked import work


def main() -> None:
    """Read everything, page by page."""
    asked = work()
    with requests.Session() as session, (Path(asked.folder) / "out.jsonl").open("wb") as out:
        session.headers["Authorization"] = "Bearer t"
        surveys = orjson.loads(session.get(f"{asked.organization}/surveys", params={"limit": 1000}).content)["data"]
        for survey in surveys:
            url = f"{asked.organization}/surveys/{survey['public_hash']}/interactions"
            for page in count(1):
                body = session.get(url, params={"limit": asked.page_size, "page": page}).content
                answers = orjson.loads(body)
                for answer in answers["data"]:
                    out.write(orjson.dumps(answer, option=orjson.OPT_APPEND_NEWLINE))
                if page >= answers["meta"]["last_page"]:
                    break


if __name__ == "__main__":
    main()
