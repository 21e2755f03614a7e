"""44 answers and their records, written by hand from the document and not from the code: see tests/pairs/README.md."""

import json
from pathlib import Path
from typing import Any

import pytest

from connector_core import Feedback, Outcome, Partition, Reject, Skip, plugins
from connector_core.config import load
from connector_core.jsontext import encode
from connector_core.privacy import protector
from connector_core.record import Write, record_of

ROOT = Path(__file__).parent
PAIRS = sorted((ROOT / "pairs").glob("*/*.json"))
FACTS = " ".join((ROOT.parent / "docs/trackco-apis.md").read_text(encoding="utf-8").split())
CONNECTION: dict[str, dict[str, Any]] = {
    "trackco_cxm": {"data_source": {"organization_id": "11111111-2222-4333-8444-555555555555"}},
    "trackco_nps": {"data_source": {}},
}


def made_of(plugin: str, pair: dict[str, Any]) -> tuple[Outcome, Write]:
    """What the plugin makes of a pair's raw answer, and what writes it with the host's privacy."""
    given = pair.get("config", {})
    document = {"connection_details": {"token": "t"}, "metadata": given.get("metadata", {})}
    document["data_source"] = CONNECTION[plugin]["data_source"] | given.get("data_source", {})
    source = plugins.load_source(plugin)
    settings = load(document, source.description.config)
    definition = pair["survey"] if "survey" in pair else pair["campaign"]
    key = str(definition.get("public_hash", definition.get("code")))
    mapper = source.map(Partition(key, str(definition.get("name")), definition), settings.plugin, f"{plugin}:")
    return mapper(pair["raw"]), protector(source.description.personal, settings.host.privacy)


@pytest.mark.parametrize("path", PAIRS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_hand_written_answer_becomes_its_hand_written_record(path: Path) -> None:
    pair = json.loads(path.read_text(encoding="utf-8"))
    outcome, write = made_of(path.parent.name, pair)
    if "record" in pair:
        assert isinstance(outcome, Feedback), outcome
        assert json.loads(write(record_of(outcome))) == pair["record"]
    elif "skip" in pair:
        assert isinstance(outcome, Skip)
        assert outcome.reason == pair["skip"]
    else:
        assert isinstance(outcome, Reject)
        assert outcome.reason == pair["reject"]


@pytest.mark.parametrize("path", PAIRS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_every_pair_is_justified_by_the_document(path: Path) -> None:
    assert " ".join(json.loads(path.read_text(encoding="utf-8"))["source"].split()) in FACTS


def test_there_are_pairs_for_both_plugins() -> None:
    assert len(PAIRS) >= 40
    assert {path.parent.name for path in PAIRS} == set(CONNECTION)


def test_the_golden_record_of_birdies_page_to_the_byte() -> None:
    """The JSON of section 3 of docs/trackco-apis.md, keys and bytes."""
    pair = json.loads((ROOT / "pairs/trackco_cxm/01-golden-birdie.json").read_text(encoding="utf-8"))
    text = (ROOT.parent / "docs/trackco-apis.md").read_text(encoding="utf-8")
    block = text[text.index('{"kind": "csat"') :]
    golden = json.loads(block[: block.index("```")])
    outcome, write = made_of("trackco_cxm", pair)
    assert isinstance(outcome, Feedback)
    record = json.loads(write(record_of(outcome)))
    assert encode({key: record[key] for key in golden}) == encode(golden)
