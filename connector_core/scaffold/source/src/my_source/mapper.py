"""What one answer means: a record, a skip, or a reject; never an exception."""

from datetime import UTC

from connector_core import Feedback, Json, Mapper, Outcome, Partition, Reject, Skip, hookimpl, instant_reader

_SCALES = {"nps": (0, 10), "csat": (1, 5)}
_HELD = ("id", "score", "comment", "answered_at", "person")
"""What has a place of its own in the record; all else is kept among the additional fields."""


@hookimpl
def map(partition: Partition, id_prefix: str) -> Mapper:  # noqa: A001 - the hook's name
    """Compile the mapper of one survey: what its definition says is looked up here, once."""
    read = instant_reader(UTC)
    kind = partition.definition["kind"]
    low, high = _SCALES[kind]

    def mapper(raw: Json) -> Outcome:
        if not isinstance(raw, dict) or not text(raw.get("id")):
            return Reject("id.missing", "id")
        key = id_prefix + raw["id"]
        try:
            at, _ = read(raw.get("answered_at"))
        except ValueError:
            return Reject("date.invalid", "answered_at", key)
        score = raw.get("score")
        if score is None:
            return Skip("unscored", key, at)
        if not isinstance(score, int) or isinstance(score, bool):
            return Reject("rating.type", "score", key, at)
        if not low <= score <= high:
            return Reject("rating.out_of_scale", "score", key, at)
        person = raw["person"] if isinstance(raw.get("person"), dict) else {}
        return Feedback(
            id=key,
            kind=kind,
            rating=str(score),
            title=f"[{kind.upper()}] {partition.title}",
            text=text(raw.get("comment")),
            posted_at=at,
            author_id=text(person.get("id")),
            author_name=text(person.get("name")),
            survey_id=partition.key,
            survey_title=partition.title,
            additional_fields={f"interaction.{name}": value for name, value in raw.items() if name not in _HELD}
            | {f"customer.{name}": value for name, value in person.items() if name not in ("id", "name")},
        )

    return mapper


def text(value: Json) -> str | None:
    """A text, unless it is blank or something else."""
    return value if isinstance(value, str) and value.strip() else None
