"""What decodes a page of answers soonest, in microseconds of processor an answer: run by run.py.

It runs in an environment of its own, since msgspec is none of ours. Each figure is the fastest of seven passes over
the same pages. Into types, a decoder also looks at what it reads; and what the types do not name is lost, while a
mapper keeps whatever an account adds.
"""

import json
import time
from collections.abc import Callable
from typing import Any

import attrs
import msgspec
import orjson
from account import Account
from cattrs.preconf.orjson import make_converter

ANSWERS, PAGE, PASSES = 10_000, 100, 7

Fields = dict[str, Any]
"""The types of a class, by the names of its fields."""


def body_type(make: Callable[[str, Fields], Any]) -> Any:
    """The types of a page of this account, which has no other keys."""
    given = make("Given", {"response": Any, "comment": str | None})
    answer = make("Answer", {"question_uuid": str, "type": str, "answer": given})
    texts = dict.fromkeys(("uuid", "survey_public_hash", "language", "channel", "answered_at", "updated_at"), str)
    parts = {"customer": dict[str, Any], "metadata": dict[str, Any], "answers": list[answer]}
    interaction = make("Interaction", {**texts, "status": int, "response_time": int, **parts})
    return make("Body", {"data": list[interaction]})


def struct(name: str, fields: Fields) -> Any:
    """A class of msgspec's."""
    return msgspec.defstruct(
        name, [(key, kind, None) if key == "comment" else (key, kind) for key, kind in fields.items()]
    )


def attrs_class(name: str, fields: Fields) -> Any:
    """A class for cattrs."""
    made = {
        key: attrs.field(type=kind, default=None if key == "comment" else attrs.NOTHING) for key, kind in fields.items()
    }
    return attrs.make_class(name, made, frozen=True)


def bodies() -> list[bytes]:
    """The pages."""
    account = Account(ANSWERS)
    [survey] = account.surveys
    starts = range(0, ANSWERS, PAGE)
    return [b'{"data":[%b]}' % b",".join(account.written(survey, first, first + PAGE)) for first in starts]


def decoders() -> dict[str, Callable[[bytes], Any]]:
    """Every way, by what the page says of it."""
    converter, classes = make_converter(detailed_validation=False), body_type(attrs_class)
    return {
        "orjson, into dicts": orjson.loads,
        "msgspec, into dicts": msgspec.json.Decoder().decode,
        "msgspec, into types": msgspec.json.Decoder(body_type(struct)).decode,
        "orjson, then cattrs' generated hooks into attrs classes": lambda body: converter.loads(body, classes),
    }


def fastest(decode: Callable[[bytes], Any], pages: list[bytes]) -> float:
    """Microseconds an answer."""
    taken = []
    for _ in range(PASSES):
        begun = time.process_time()
        for page in pages:
            decode(page)
        taken.append(time.process_time() - begun)
    return round(min(taken) * 1e6 / ANSWERS, 2)


if __name__ == "__main__":
    read = bodies()
    print(json.dumps([{"stage": name, "us": fastest(decode, read)} for name, decode in decoders().items()]))
