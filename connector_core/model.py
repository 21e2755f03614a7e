"""The values that cross the plugin border. They hold data, no behaviour and nothing of HTTP or of a target."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

from attrs import field, frozen

from connector_core.endpoint import Endpoint

Json = Any
"""What `json.loads` returns. Plugins meet it raw, so that nothing is lost before their mapper has seen it."""


@frozen
class Transaction:
    """The ticket (or order, visit, ...) that an answer is about, in the platform that holds it."""

    id: str
    platform: str | None = None


@frozen(kw_only=True, slots=False)  # with slots, making one takes half as long again
class Feedback:
    """One answer, ready to load. The only record type: every source maps to it, every sink takes it.

    Attributes:
        id: stable and global, the mapper's `id_prefix` and the source's own id: `trackco_nps:123`.
        kind: which question was scored.
        rating: the score as the customer gave it, a whole number as text, never normalised: `"5"`.
        title: what a reader sees first: `[CSAT] Birdie`.
        text: the comment that belongs to the score.
        posted_at: when it was answered; aware, UTC.
        author_id: the account's own id for the customer.
        author_name: the customer's name; personal data.
        survey_id: the source's id of the survey or campaign, as text.
        survey_title: its name.
        transaction: the ticket it is tied to, where the configuration names one.
        additional_fields: everything else the source gave, JSON values by name.
        notes: things worth counting in the summary (`time.ambiguous`); never loaded.
    """

    id: str
    kind: Literal["nps", "csat"]
    rating: str
    title: str
    posted_at: datetime
    survey_id: str
    survey_title: str
    text: str | None = None
    author_id: str | None = None
    author_name: str | None = None
    transaction: Transaction | None = None
    additional_fields: Mapping[str, Json] = field(factory=dict)
    notes: tuple[str, ...] = ()


@frozen
class Skip:
    """An answer that is rightly not imported, by a rule that has a name; counted by it.

    Attributes:
        reason: the rule: `unscored`, `status`.
        id: as in `Feedback`, where known: it tells a full refresh that the answer still exists.
        posted_at: as in `Feedback`, where known: it keeps an answer outside the window from being counted twice.
    """

    reason: str
    id: str | None = None
    posted_at: datetime | None = None


@frozen
class Reject:
    """An answer that should be imported and cannot: out of the contract. It is stored, counted, and exits 3.

    Attributes:
        reason: a stable code: `rating.out_of_scale`.
        path: where in the raw record, `answers[0].answer.response`; never a value.
        id: as in `Feedback`, where known.
        posted_at: as in `Feedback`, where known.
    """

    reason: str
    path: str
    id: str | None = None
    posted_at: datetime | None = None


Outcome = Feedback | Skip | Reject
"""What becomes of one answer."""

Mapper = Callable[[Json], Outcome]
"""Pure, deterministic, no I/O, no clock; never raises for any JSON value."""


@frozen
class Window:
    """The instants of a run: `start <= posted_at < end`, both aware and UTC; `start` None is the beginning of time."""

    start: datetime | None
    end: datetime

    @property
    def empty(self) -> bool:
        """Whether no instant belongs to it."""
        return self.start is not None and self.start >= self.end

    def holds(self, instant: datetime) -> bool:
        """Whether an answer of this instant belongs to the run."""
        return (self.start is None or self.start <= instant) and instant < self.end


@frozen
class Partition:
    """What is read in one go and can be read beside others: one survey, one campaign. Picklable by value.

    Attributes:
        key: stable for ever and unique in the connection; cursors are kept under it. Commits follow its order.
        title: for people.
        definition: what `extract` and `map` need to know of it, as the source gave it.
    """

    key: str
    title: str
    definition: Json = None


@frozen
class Unimportable:
    """A survey that was found but cannot be imported; said with its reason in the summary."""

    key: str
    title: str
    reason: str


def _as_notes(given: str | Iterable[str]) -> tuple[str, ...]:
    """A single text is one note, and not as many as it has letters."""
    return (given,) if isinstance(given, str) else tuple(given)


@frozen
class Page:
    """What one step of reading gave: raw records, and where one may resume after them.

    Attributes:
        records: raw, in the source's order. May be empty.
        cursor: a JSON value from which `extract` can go on *after* this page, for the same `window.start` and
            the same or a later `window.end`; None where there is no such place yet.
        notes: things worth counting in the summary (`page.ignored`). One that begins with `unproven` says that it is
            not known whether all answers came: then nothing is called gone.
    """

    records: Sequence[Json]
    cursor: Json = None
    notes: tuple[str, ...] = field(default=(), converter=_as_notes)


@frozen
class Finding:
    """One line of `--check`: what was looked at, whether it held (None: could not be told), and what it means."""

    name: str
    ok: bool | None
    text: str


@frozen
class Counted:
    """What the source itself says of a partition's answers in a window, for `--reconcile`.

    Attributes:
        window: the instants that were counted: those asked for, or fewer where the source counts whole days.
        answers: how many; None where it does not say.
        scored_only: whether that leaves out answers without a score; otherwise all are counted.
        bands: detractors, passives and promoters; None where it does not say.
        nps: the source's own score, -100 to 100; None where it does not say.
    """

    window: Window
    answers: int | None = None
    scored_only: bool = False
    bands: tuple[int, int, int] | None = None
    nps: float | None = None


Selects = Literal["posted", "updated"]
"""What the instants of a window are that `extract` gets: when answers were posted, or last updated."""

Personal = Literal["contact", "author", "text", "id", "public"]
"""`contact`: e-mail, phone and the like. `author`: names. `text`: free text in which people write anything. `id`: what
a customer, an order or a ticket is called by; recordings replace it, records keep it. `public`: nobody's, such as the
text of a question or the name of a survey."""


@frozen(kw_only=True)
class Description:
    """What a source says of itself, without any I/O.

    Attributes:
        config: the attrs class of its settings, made with `connector_core.setting`.
        endpoint: from a loaded configuration to the API.
        personal: raw field names, to what they hold: above all those that hold personal data. A name matches as the
            end of a dotted path, whatever its case, accents, blanks and punctuation: `email` matches `customer.email`
            and `tag.E-mail`. What is said of a field is said of all below it. A name of contact data without dots also
            matches as whole words of any segment, with or without a plural s: `phone` matches `home_phone`, `phones`,
            `phone2`, `customer.phone.number`, not `microphone`. In additional fields words count only in attributes
            (`metadata.`, `interaction.`, `customer.`, `tag.`, `answer.`); other names are texts of questions, which
            match exactly or not at all. Recordings replace more than that: undeclared fields whose names usually hold
            personal data, and undeclared texts of four words or more; `public` is for what looks so and is nobody's.
        mapping_version: to be raised when the mapper starts to make other records of the same answers; a stored
            connection then asks for `--full-refresh`.
        selects: what the API selects by. With "updated", a window's instants are those of the last update, and its
            end is the present: `extract` delivers all that was updated from `window.start` on, also while it reads. The
            host then keeps what was posted within the history that it wants, however old.
    """

    config: type
    endpoint: Callable[[Any], Endpoint]
    personal: Mapping[str, Personal]
    mapping_version: int = 1
    selects: Selects = "posted"


@frozen(kw_only=True)
class Destination:
    """What a load plugin says of itself, without any I/O.

    Attributes:
        forms: how a target is written, and in a few words what it is: `{"sqlite:///PATH": "a table in a file"}`.
        config: the attrs class of its settings, made with `connector_core.setting`; a configuration holds them under
            `targets` and the plugin's name. None: it has none.
    """

    forms: Mapping[str, str]
    config: type | None = None
