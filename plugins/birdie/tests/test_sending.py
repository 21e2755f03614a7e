"""One PUT a record: what arrives, what is sent again, what is refused, and what an outage costs."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from attrs import evolve

import birdie_simulator
from birdie_simulator import Behaviour, Fault, Server
from connector_birdie import destination, load
from connector_birdie.batch import Batches
from connector_birdie.config import Config
from connector_birdie.sending import discreet, waves
from connector_core.answers import said
from connector_core.clock import SYSTEM
from connector_core.endpoint import Response
from connector_core.errors import ConfigError, StoppedError, TargetError, TransientError
from connector_core.jsontext import encode
from connector_core.mapping import Keeping, map_page
from connector_core.model import Feedback, Page, Transaction, Window
from connector_core.plan import Tolerance
from connector_core.sink import Place, Portion, Row
from connector_core.target import Delivery
from plugins.birdie.tests.api import UNLIMITED, Opener, records_of
from tests.fakes import START, Ledger, Waiting, hour, imported, row

KEEPING = Keeping(encode, lambda raw: raw, START)


@pytest.fixture
def server() -> Iterator[Server]:
    with birdie_simulator.serve(behaviour=UNLIMITED) as server:
        yield server


@pytest.fixture
def birdie(server: Server, tmp_path: Path) -> Opener:
    return Opener(server, tmp_path)


@pytest.fixture
def ledger() -> Ledger:
    """A survey of 120 answers, an hour apart."""
    made = Ledger(now=hour(1000), page=40)
    for number in range(120):
        made.say("a", f"a{number}", number, score=number % 11, why=f"Não gostei do {number}º dia")
    return made


def line(feedback: Feedback) -> Row:
    """A record on its way, as the host makes it."""
    return map_page(Page([None]), lambda _: feedback, Window(None, hour(10**6)), KEEPING).rows[0]


EXAMPLE = Feedback(
    id="trackco_cxm:1", kind="csat", rating="5", title="[CSAT] Birdie", text="Ótimo", author_id="CLI-0001",
    posted_at=datetime(2024, 7, 1, 10, 30, tzinfo=UTC), author_name="Fulana", survey_id="AbC", survey_title="Birdie",
    transaction=Transaction("T-0001", "Zendesk"),
    additional_fields={"How satisfied are you with Birdie?": 5, "metadata.produto": "Exemplo"},
)  # fmt: skip


# --- what arrives


def test_a_record_arrives_as_birdie_documents_it(birdie: Opener, server: Server) -> None:
    with birdie.sink(connection="trackco_cxm") as sink:
        sink.write([Portion("p", [line(EXAMPLE)])])
    (body,) = server.records.values()
    assert body == {
        "kind": {
            "name": "csat",
            "fields": {
                "feedback_id": "trackco_cxm:1",
                "rating": "5",
                "title": "[CSAT] Birdie",
                "text": "Ótimo",
                "posted_at": "2024-07-01T10:30:00Z",
                "author_id": "CLI-0001",
                "author_name": "Fulana",
                "survey_title": "Birdie",
                "ticket_id": "T-0001",
                "ticket_platform": "Zendesk",
            },
        },
        "additional_fields": {
            "How satisfied are you with Birdie?": 5,
            "metadata.produto": "Exemplo",
            "survey.id": "AbC",
        },
        "batch_id": f"trackco_cxm-{START:%Y%m%dT%H%M%SZ}",
    }
    assert server.requests == [("PUT", "/ingestion/feedback", 201)]


def test_every_record_arrives_once_and_unchanged_ones_are_not_sent_again(
    birdie: Opener, server: Server, ledger: Ledger
) -> None:
    with birdie.sink() as sink:
        assert imported(ledger, sink).total.new == 120
    with birdie.sink() as sink:
        assert imported(ledger, sink, full_refresh=True).total.unchanged == 120
    ledger.say("a", "a5", 5, score=1, why="edited")
    with birdie.sink() as sink:
        assert imported(ledger, sink, full_refresh=True).total.updated == 1
    assert (server.counts.created, server.counts.updated, server.counts.repeated) == (120, 1, 0)
    assert server.records["ledger:a5"]["kind"]["fields"]["text"] == "edited"


def test_other_places_of_fields_send_every_record_again(birdie: Opener, ledger: Ledger) -> None:
    with birdie.sink() as sink:
        imported(ledger, sink)
    fields = {"survey_id": "", "title": "/kind/fields/headline"}
    with birdie.sink(fields=fields) as sink:
        summary = imported(ledger, sink, full_refresh=True, tolerance=Tolerance(share=1.0))
    assert (summary.total.updated, summary.total.rejected) == (0, 120)  # the simulator knows no headline
    assert summary.total.rejected_by == {"target.invalid": 120}


def test_versions_of_one_answer_arrive_in_their_order(birdie: Opener, server: Server) -> None:
    """They are never under way together, however many others are."""
    server.set(evolve(UNLIMITED, latency=0.005))
    rows = [row(f"k:{number % 7}", text=f"{number}") for number in range(40)]
    with birdie.sink() as sink:
        sink.write([Portion("p", rows)])
    versions = {key: [body["kind"]["fields"]["text"] for body in bodies] for key, bodies in server.versions.items()}
    assert versions == {f"k:{each}": [str(number) for number in range(each, 40, 7)] for each in range(7)}
    assert server.overlapping == set()
    assert server.in_flight_peak > 1


def test_waves_hold_no_id_twice_and_keep_the_order() -> None:
    deliveries = [Delivery(row(key), "p", 1) for key in "abacbca"]
    assert [[d.row.id for d in wave] for wave in waves(deliveries)] == [["a", "b"], ["a", "c", "b"], ["c", "a"]]
    assert list(waves([])) == []


def test_no_more_than_the_limit_arrive_in_any_second(birdie: Opener, server: Server) -> None:
    """On the real clock; the server counts."""
    server.set(Behaviour(rate_limit=50))
    birdie.clock = SYSTEM
    with birdie.sink(requests_per_second=50) as sink:
        sink.write([Portion("p", [row(f"k:{number}") for number in range(75)])])
    assert server.rate_seen <= 50
    assert {status for *_, status in server.requests} == {201}


def test_a_batch_is_a_run_and_ends_before_24_hours_are_over() -> None:
    clock = Waiting()
    batches = Batches("acme", lambda: clock.now)
    first = batches.current()
    clock.now += timedelta(hours=22, minutes=59)
    assert batches.current() == first == "acme-20240101T000000Z"
    clock.now += timedelta(minutes=1)
    assert batches.current() == "acme-20240101T230000Z"


# --- what is refused


def test_an_invalid_record_waits_among_the_rejects_and_the_run_goes_on(
    birdie: Opener, server: Server, ledger: Ledger
) -> None:
    server.set(evolve(UNLIMITED, refused=frozenset({"ledger:a7"})))
    with birdie.sink() as sink:
        summary = imported(ledger, sink)
        (reject,) = sink.rejects("a")
    assert (summary.exit_code, summary.total.new, summary.total.rejected) == (3, 119, 1)
    assert (reject.reason, reject.path) == ("target.invalid", "/kind/fields/feedback_id: is refused")
    server.set(UNLIMITED)
    with birdie.sink() as sink:
        assert imported(ledger, sink, full_refresh=True).total.new == 1
        assert sink.rejects("a") == []


def test_too_many_of_them_end_the_run(birdie: Opener, server: Server, ledger: Ledger) -> None:
    server.set(evolve(UNLIMITED, refused=frozenset(f"ledger:a{number}" for number in range(120))))
    with birdie.sink() as sink:
        summary = imported(ledger, sink)
    assert isinstance(summary.error, TargetError)
    assert "rejected, now by the target (120 target.invalid), more than --max-rejects" in str(summary.error)


def test_what_birdie_quotes_of_a_record_is_not_kept(birdie: Opener, server: Server) -> None:
    server.set(evolve(UNLIMITED, quote_values=True))
    with birdie.sink() as sink:
        sink.write([Portion("p", [line(evolve(EXAMPLE, rating="canary nine", id="k:1"))])])
        (reject,) = sink.rejects("p")
    assert reject.path.startswith("/kind/fields/rating: ")
    assert "canary" not in reject.path


def test_quotes_of_any_part_of_a_record_are_taken_out() -> None:
    body = {"kind": {"name": "nps", "fields": {"text": "a bad day", "author_name": "Ana"}}, "n": [12345]}
    answer = Response(None, 400, None, said="nps: 'a bad day' of Ana in Anapolis, 12345")
    assert discreet(answer, body) == "nps: '...' of ... in Anapolis, ..."
    assert discreet(Response(None, 413, None), body) == "HTTP 413"


@pytest.mark.parametrize(
    "quote",
    [
        r'"Ele disse \"não\" para a Maria Souza"',
        r'"Ele disse \"n\u00e3o\" para a Maria Souza"',
        r"""'Ele disse "não" para a Maria Souza'""",
        """'Ele disse "não" para a Mari...'""",
        "Ele disse...",
    ],
)
def test_nor_is_what_birdie_escapes_or_shortens(quote: str) -> None:
    comment = 'Ele disse "não" para a Maria Souza'
    kept = discreet(Response(None, 400, None, said=f"/text: {quote} is odd"), {"kind": {"fields": {"text": comment}}})
    assert not {"Ele", "Mari", "não", "Souza"} & set(re.findall(r"\w+", kept))
    assert kept.startswith("/text: ")
    assert kept.endswith(" is odd")


def test_a_comment_of_megabytes_is_looked_at_no_longer_than_a_message_is() -> None:
    comment = "muito ruim, " * 500_000
    answer = Response(None, 413, None, said=f"too large: {comment[:150]} ...")
    assert discreet(answer, {"kind": {"fields": {"text": comment}}}) == "too large:  ..."


@pytest.mark.parametrize("comment", ["a  bad\nday", "a bad day, and another one. " * 20, "a\u2028bad day"])
def test_nor_is_what_the_host_has_cut_or_put_on_one_line(comment: str) -> None:
    said_so = said(json.dumps({"error": f"/text: '{comment}' is odd"}).encode()).removeprefix(": ")
    assert "bad day" in said_so
    kept = discreet(Response(None, 400, None, said=said_so), {"kind": {"fields": {"text": comment}}})
    assert kept in ("/text: '...' is odd", "/text: ' ...")


@pytest.mark.parametrize("status", [401, 403, 404, 405])
def test_what_every_record_would_meet_ends_the_run_at_once(
    birdie: Opener, server: Server, ledger: Ledger, status: int
) -> None:
    """In a line that names the setting, and not the key."""
    server.set(evolve(UNLIMITED, faults=(status,) * 100))
    with birdie.sink(in_flight=2) as sink:
        summary = imported(ledger, sink)
        assert sink.history().places == {}
    assert isinstance(summary.error, TargetError)
    assert f"(HTTP {status} from {server.base_url}/ingestion/feedback)" in str(summary.error)
    assert server.key not in str(summary.error)
    assert len(server.requests) <= 4


# --- what passes


def test_outages_drops_and_limits_make_no_difference(birdie: Opener, server: Server, ledger: Ledger) -> None:
    """An answer that is lost after its record was stored sends it again, which is harmless."""
    faults: tuple[Fault, ...] = (503, None, "drop_before", 500, "drop_after", None, 503, 503, "drop_after", 429)
    server.set(evolve(UNLIMITED, faults=faults * 3, retry_after=1))
    with birdie.sink(in_flight=1) as sink:
        assert imported(ledger, sink).total.new == 120
    assert len(server.records) == server.counts.created == 120
    assert server.counts.repeated > 0


def test_a_limit_that_others_use_up_is_waited_for(birdie: Opener, server: Server, ledger: Ledger) -> None:
    clock = Waiting()
    birdie.clock = clock.clock()
    server.set(evolve(UNLIMITED, faults=(503,) * 5))
    with birdie.sink(in_flight=1) as sink:
        assert imported(ledger, sink).total.new == 120
    assert len(clock.waits) == 5


def test_what_does_not_pass_ends_the_run_and_the_next_one_goes_on(
    birdie: Opener, server: Server, ledger: Ledger
) -> None:
    server.set(evolve(UNLIMITED, faults=(*(None,) * 60, *(503,) * 1000)))
    with birdie.sink() as sink:
        summary = imported(ledger, sink)
        assert sink.history().places == {}
    assert isinstance(summary.error, TransientError)
    assert summary.exit_code == 1
    server.set(UNLIMITED)
    with birdie.sink() as sink:
        imported(ledger, sink)
    assert len(server.records) == 120


def test_a_run_that_is_stopped_while_it_sends_has_sent_no_record_twice_in_the_end(
    birdie: Opener, server: Server
) -> None:
    """What was delivered in whole steps is known; of the step in hand some are sent again."""

    def stop(_: float) -> None:
        raise StoppedError("stopped")

    birdie.clock = evolve(Waiting().clock(), sleep=stop)
    rows = [row(f"k:{number}") for number in range(250)]
    portion = Portion("p", rows, place=Place(hour(1)))
    server.set(evolve(UNLIMITED, faults=(*(None,) * 230, 503)))
    with birdie.sink(in_flight=1) as sink, pytest.raises(StoppedError):
        sink.write([portion])
    birdie.clock = Waiting().clock()
    with birdie.sink() as sink:
        (stored,) = sink.write([portion])
        assert sink.history().places == {"p": Place(hour(1))}
    assert (stored.unchanged, stored.new, len(server.records), server.counts.repeated) == (200, 50, 250, 30)


# --- the older webhook


def test_the_webhook_takes_fifty_a_request(birdie: Opener, server: Server, ledger: Ledger) -> None:
    with birdie.sink("birdie+webhook") as sink:
        assert imported(ledger, sink).total.new == 120
    assert server.requests == [("POST", "/api/webhook/create_feedback", 201)] * 3
    assert {record["id"] for record in records_of(server)} == {f"ledger:a{number}" for number in range(120)}


def test_of_a_request_that_is_refused_only_what_is_invalid_is_rejected(
    birdie: Opener, server: Server, ledger: Ledger
) -> None:
    refused = frozenset({"ledger:a7", "ledger:a70", "ledger:a71"})
    server.set(evolve(UNLIMITED, refused=refused))
    with birdie.sink("birdie+webhook") as sink:
        summary = imported(ledger, sink)
        assert {reject.key for reject in sink.rejects("a")} == refused
    assert (summary.total.new, summary.total.rejected) == (117, 3)
    assert len(server.records) == 117


# --- how it is opened


@pytest.mark.parametrize(
    "target",
    [
        "birdie:",
        "birdie://",
        "birdie:api.birdie.ai",
        "birdie://u:word@api.birdie.ai",
        "birdie://a/b?c",
        "birdie://a b",
    ],
)
def test_a_target_is_a_host_and_no_key(target: str, birdie: Opener) -> None:
    with pytest.raises(ConfigError) as refused:
        load(target, "c", None, Config(key="k"), birdie.connect)
    assert "write birdie://HOST, such as birdie://api.birdie.ai, without a key in it" in str(refused.value)
    assert "word" not in str(refused.value)


def test_what_is_not_birdies_is_left_to_others(birdie: Opener) -> None:
    for target in ("birdie", "birdie+other://x", "sqlite:///x"):
        assert load(target, "c", None, Config(key="k"), birdie.connect) is None


def test_a_missing_key_is_asked_for(birdie: Opener) -> None:
    with pytest.raises(ConfigError, match=r"targets\.birdie\.key: is required: "):
        load("birdie://api.birdie.ai", "c", None, Config(), birdie.connect)


def test_without_encryption_only_this_machine_is_called(birdie: Opener) -> None:
    with pytest.raises(ConfigError, match="--to: only https:// is allowed, except for this machine itself"):
        load("birdie+http://api.birdie.ai", "c", None, Config(key="k"), birdie.connect)


def test_each_host_and_form_has_a_state_of_its_own_in_the_working_folder(
    birdie: Opener, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for target in ("birdie://api.birdie.ai", "birdie://api.birdie.ai/eu", "birdie+webhook://api.birdie.ai"):
        sink = load(target, "c", None, Config(key="k"), birdie.connect)
        assert sink
        sink.close()
    assert sorted(path.name for path in tmp_path.glob("*.state")) == [
        "birdie+webhook-api.birdie.ai.state",
        "birdie-api.birdie.ai-eu.state",
        "birdie-api.birdie.ai.state",
    ]
    with pytest.raises(ConfigError, match=r"is the state of birdie://api\.birdie\.ai, not of birdie://other"):
        load("birdie://other.example", "c", "birdie-api.birdie.ai.state", Config(key="k"), birdie.connect)


def test_without_settings_what_is_remembered_can_be_looked_at(birdie: Opener, ledger: Ledger) -> None:
    with birdie.sink() as sink:
        imported(ledger, sink)
    target = f"birdie+http:{birdie.server.base_url.removeprefix('http:')}"
    looked_at = load(target, "ledger", f"{birdie.folder}/birdie.state", None, birdie.connect)
    assert looked_at
    assert looked_at.history().places["a"].high_water == hour(1000)
    with pytest.raises(ConfigError, match="nothing can be deleted from Birdie"):
        looked_at.prune(())
    looked_at.close()


def test_what_is_taken_is_told() -> None:
    told = destination()
    assert {form.partition(":")[0] for form in told.forms} >= {"birdie", "birdie+http", "birdie+webhook"}
    assert told.config is Config
    assert json.dumps(dict(told.forms))
