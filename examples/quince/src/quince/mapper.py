"""What one response means: a record, a skip, or a reject; never an exception."""

from datetime import UTC
from typing import Any

from connector_core import Feedback, Json, Mapper, Outcome, Partition, Reject, Skip, hookimpl, instant_reader
from quince.reading import SCALES

_READ = ("id", "score", "comment", "created_at", "person", "properties")
"""What stands elsewhere in the record; all else is kept under its own name."""


@hookimpl
def map(partition: Partition, id_prefix: str) -> Mapper:  # noqa: A001 - the hook's name
    """Compile the mapper of one survey."""
    read = instant_reader(UTC)
    kind, scale = partition.definition["kind"], partition.definition["scale"]
    lowest, highest = SCALES[kind, scale]

    def mapper(raw: Json) -> Outcome:
        if not isinstance(raw, dict) or not text(raw.get("id")):
            return Reject("id.missing", "id")
        key = id_prefix + raw["id"]
        try:
            at, _ = read(raw.get("created_at"))
        except ValueError:
            return Reject("date.invalid", "created_at", key)
        if rule := skipped(raw):
            return Skip(rule, key, at)
        if problem := unfit(raw["score"], lowest, highest):
            return Reject(problem, "score", key, at)
        return Feedback(
            id=key,
            kind=kind,
            rating=str(raw["score"]),
            title=f"[{kind.upper()}] {partition.title}",
            posted_at=at,
            survey_id=partition.key,
            survey_title=partition.title,
            text=text(raw.get("comment")),
            author_id=text(named(raw.get("person")).get("id")),
            author_name=text(named(raw.get("person")).get("name")),
            additional_fields=additional_fields(raw),
        )

    return mapper


def skipped(raw: dict[str, Json]) -> str | None:
    """The rule by which a response is rightly not imported, or None."""
    if raw.get("test") is True:
        return "test"
    return "unscored" if raw.get("score") is None else None


def unfit(score: Json, lowest: int, highest: int) -> str | None:
    """What is wrong with a score, or None."""
    if not isinstance(score, int) or isinstance(score, bool):
        return "rating.type"
    return None if lowest <= score <= highest else "rating.out_of_scale"


def additional_fields(raw: dict[str, Json]) -> dict[str, Json]:
    """All else that the API gave, by names that say where it stood."""
    fields = {f"interaction.{name}": value for name, value in raw.items() if name not in _READ}
    person = {
        f"customer.{name}": value for name, value in named(raw.get("person")).items() if name not in ("id", "name")
    }
    return fields | person | {f"metadata.{name}": value for name, value in named(raw.get("properties")).items()}


def text(value: Json) -> str | None:
    """A text, unless it is blank or something else."""
    return value if isinstance(value, str) and value.strip() else None


def named(value: Json) -> dict[str, Any]:
    """The members of an object; none of what is no object."""
    return value if isinstance(value, dict) else {}
