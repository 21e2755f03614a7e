"""The bulk route in a folder: which files there are after which runs, and what is refused in one line."""

import json
import sqlite3
import subprocess
import sys
import sysconfig
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from attrs import define, field

from connector_birdie import csvtext
from connector_birdie.columns import columns_of
from connector_birdie.config import Config
from connector_birdie.filelog import FileLog
from connector_birdie.files import Form, open_files
from connector_core import ConfigError, TargetError, TransientError
from connector_core.loading import Delivery, Portion, Row, Sink, open_state
from connector_core.sink import Place
from connector_core.testing.sink_rows import hour, row
from plugins.birdie.tests.reading import csv_rows, records_of

ROOT = Path(__file__).parent.parent.parent.parent
NPS, CSAT = row("kit:1", text="a"), row("kit:2", kind="csat")


@contextmanager
def run(
    root: Path | str, connection: str = "acme", *, config: Config | None = None, form: Form = "csv"
) -> Iterator[Sink]:
    """One run into a folder."""
    with closing(open_files(form, str(root), connection, None, config or Config())) as sink:
        yield sink


def write(root: Path | str, *rows: Row, connection: str = "acme", config: Config | None = None) -> None:
    """One run of one commit."""
    with run(root, connection, config=config) as sink:
        sink.write([Portion("p", rows, place=Place(hour(1)))])


def names(root: Path) -> list[str]:
    """All that there is below a folder."""
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())


def ids(root: Path, name: str) -> list[tuple[str, int]]:
    """The records of a file with their versions."""
    return [(one["feedback_id"], one["version"]) for one in csv_rows((root / name).read_bytes())]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "birdie"


def test_a_look_at_the_state_makes_none(root: Path) -> None:
    """One that it made would belong to the form that was looked for."""
    with pytest.raises(ConfigError, match="is not there, so nothing is remembered of birdie"):
        open_files("csv", str(root), "acme", None, None)
    assert not list(root.parent.iterdir())


def test_a_commit_is_one_file_for_each_kind_that_has_rows(root: Path) -> None:
    with run(root) as sink:
        sink.write([Portion("p", [NPS, CSAT, row("kit:3")])])
        sink.write([Portion("p", [row("kit:4")])])
    assert names(root) == ["csat/acme-00000001.csv", "nps/acme-00000001.csv", "nps/acme-00000002.csv"]
    assert ids(root, "nps/acme-00000001.csv") == [("kit:1", 1), ("kit:3", 3)]
    assert ids(root, "csat/acme-00000001.csv") == [("kit:2", 2)]
    assert ids(root, "nps/acme-00000002.csv") == [("kit:4", 4)]


def test_later_runs_go_on_where_the_last_one_ended_and_connections_do_not_meet(root: Path) -> None:
    write(root, NPS)
    write(root, row("kit:1", text="b"))
    write(root, CSAT, connection="of a/b")
    assert names(root) == ["csat/of%20a%2Fb-00000001.csv", "nps/acme-00000001.csv", "nps/acme-00000002.csv"]
    assert ids(root, "nps/acme-00000002.csv") == [("kit:1", 2)]


def test_a_commit_of_what_is_there_already_makes_no_file(root: Path) -> None:
    for _ in range(2):
        write(root, NPS)
    assert names(root) == ["nps/acme-00000001.csv"]


def test_files_that_somebody_has_fetched_and_taken_away_are_not_missed(root: Path) -> None:
    write(root, NPS)
    (root / "nps/acme-00000001.csv").unlink()
    write(root, NPS, CSAT)
    assert names(root) == ["csat/acme-00000002.csv"]


def test_nothing_is_made_before_there_is_something_to_write(root: Path) -> None:
    with run(root):
        pass
    assert not root.exists()


def test_other_columns_bring_all_records_anew(root: Path) -> None:
    write(root, NPS)
    config = Config(fields={"survey_id": "/kind/fields/survey_id"})
    write(root, NPS, config=config)
    assert names(root) == ["nps/acme-00000001.csv", "nps/acme-00000002.csv"]
    found = records_of({"nps/2": (root / "nps/acme-00000002.csv").read_bytes()}, "csv", columns_of(config.fields))
    assert found == [json.loads(NPS.line)]


def test_the_folder_and_its_state_may_be_moved_together(root: Path, tmp_path: Path) -> None:
    write(root, NPS)
    other = tmp_path / "elsewhere"
    other.mkdir()
    for path in (root, tmp_path / "birdie.state"):
        path.rename(other / path.name)
    write(other / "birdie", NPS, CSAT)
    assert names(other / "birdie") == ["csat/acme-00000002.csv", "nps/acme-00000001.csv"]


def test_a_file_url_is_a_folder(root: Path) -> None:
    write(f"file://{root}", NPS)
    assert names(root) == ["nps/acme-00000001.csv"]


# --- what was not committed


def noted_and_left(root: Path, connection: str, *files: str) -> None:
    """What a run leaves that is killed after it has put its files."""
    with closing(sqlite3.connect(f"{root}.state")) as db, db:
        db.execute("UPDATE birdie_files SET draft = ? WHERE connection = ?", (json.dumps(files), connection))
    for name in files:
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_text("not whole")


def test_what_a_killed_run_has_left_is_replaced_by_the_next(root: Path) -> None:
    write(root, NPS)
    noted_and_left(root, "acme", "csat/acme-00000002.csv", "nps/acme-00000002.csv")
    write(root, row("kit:1", text="b"))
    assert names(root) == ["nps/acme-00000001.csv", "nps/acme-00000002.csv"]
    assert ids(root, "nps/acme-00000002.csv") == [("kit:1", 2)]


def test_what_a_killed_run_has_left_is_taken_away_by_whoever_comes_next(root: Path) -> None:
    """Drafts too, and also where there is nothing to write, and where it was another connection's."""
    write(root, NPS)
    noted_and_left(root, "acme", "nps/acme-00000002.csv")
    (root / "nps/.acme-00000002.csv.draft").write_text("half")
    with run(root, "other"):
        pass
    assert names(root) == ["nps/acme-00000001.csv"]


def test_who_only_looks_takes_nothing_away(root: Path) -> None:
    """`connector state`, which has no configuration."""
    write(root, NPS)
    noted_and_left(root, "acme", "nps/acme-00000002.csv")
    with closing(open_files("csv", str(root), "acme", None, None)) as sink:
        assert sink.history().places == {"p": Place(hour(1))}
    assert len(names(root)) == 2


def test_a_file_that_the_state_does_not_know_is_never_touched(root: Path) -> None:
    """The state is older than the files, or is lost, or they are somebody else's."""
    write(root, NPS)
    (root / "nps/acme-00000002.csv").write_text("theirs")
    (root / "nps/acme-00000003.csv").write_text("theirs")
    said = r"^nps/acme-00000002.csv: is there already, and .*/birdie.state does not know it; nothing was touched, put"
    with pytest.raises(TargetError, match=said), run(root):
        pass
    (root / "nps/acme-00000002.csv").unlink()
    with run(root) as sink:
        sink.write([Portion("p", [row("kit:5")])])
        with pytest.raises(TargetError, match=r"^nps/acme-00000003\.csv: is there already"):
            sink.write([Portion("p", [row("kit:6"), CSAT])])
    assert names(root) == ["nps/acme-00000001.csv", "nps/acme-00000002.csv", "nps/acme-00000003.csv"]
    assert (root / "nps/acme-00000003.csv").read_text() == "theirs"


@define
class Shelf:
    """A place for so many files; more end in an error that passes, or in that of somebody who ends the run."""

    room: int
    error: BaseException
    files: dict[str, bytes] = field(factory=dict)

    def there(self, name: str) -> bool:
        return name in self.files

    def put(self, name: str, body: bytes) -> None:
        if len(self.files) >= self.room:
            raise self.error
        self.files[name] = body

    def remove(self, name: str) -> None:
        self.files.pop(name, None)

    def close(self) -> None:
        """It is still there."""


def shelved(shelf: Shelf, folder: Path, deliveries: Sequence[Delivery], error: BaseException | None = None) -> None:
    """One commit onto a shelf, of which the journal's part may fail."""
    with closing(open_state(f"{folder}/state", "shelf")) as database:
        log = FileLog(database, shelf, columns_of({}), "acme", ".csv", csvtext.encode)
        log.recover()
        with log.delivering(deliveries):
            if error:
                raise error


BOTH = [Delivery(NPS, "p", 1), Delivery(CSAT, "p", 1)]


@pytest.mark.parametrize("error", [TransientError("out of reach"), KeyboardInterrupt()])
def test_what_a_commit_that_fails_has_put_is_taken_away_at_once(tmp_path: Path, error: BaseException) -> None:
    shelf = Shelf(1, error)
    with pytest.raises(type(error)):
        shelved(shelf, tmp_path, BOTH)
    assert shelf.files == {}
    shelf.room = 2
    with pytest.raises(type(error)):  # the files are whole then, and the journal does not know it
        shelved(shelf, tmp_path, BOTH, error)
    assert shelf.files == {}
    shelved(shelf, tmp_path, BOTH)
    assert sorted(shelf.files) == ["csat/acme-00000001.csv", "nps/acme-00000001.csv"]
    shelved(shelf, tmp_path, [])
    assert len(shelf.files) == 2


def test_an_error_while_taking_away_hides_none_that_came_before(tmp_path: Path) -> None:
    """The next run takes it away."""

    class Stuck(Shelf):
        def remove(self, _: str) -> None:
            raise TransientError("still out of reach")

    shelf = Stuck(1, TargetError("full"))
    with pytest.raises(TargetError, match="full"):
        shelved(shelf, tmp_path, BOTH)
    assert len(shelf.files) == 1
    shelved(after := Shelf(2, TargetError("full"), shelf.files), tmp_path, BOTH)
    assert len(after.files) == 2


# --- refused


@pytest.mark.parametrize(
    ("root", "said"),
    [
        ("", "--to birdie+csv:: write birdie+csv:path/of/a/folder or birdie+csv:s3://bucket/prefix"),
        ("file://", "--to birdie+csv:file://: write birdie+csv:path/of/a/folder or birdie+csv:s3://bucket/prefix"),
        ("missing/birdie", "missing/birdie: its folder does not exist; make it first"),
        ("file", "file: is no folder; give another path"),
        (
            "s3://bucket/birdie",
            "--to birdie+csv:s3://bucket/birdie: give --state PATH too, a file of this machine that",
        ),
        ("s4://me:secret@bucket/birdie", "s4://bucket/birdie: there is no file system called s4"),
        ("gs://bucket/birdie", "gs://bucket/birdie: gs needs another package: pip install gcsfs"),
    ],
)
def test_a_target_that_cannot_be_one_is_refused_in_a_line(
    root: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("file").touch()
    with pytest.raises(ConfigError) as refused:
        open_files("csv", root, "acme", None, Config())
    assert str(refused.value).startswith(said)
    assert "\n" not in str(refused.value)
    assert names(tmp_path) == ["file"]


def test_what_the_system_says_of_a_file_is_said_in_a_line(root: Path) -> None:
    """The name of a connection is too long for a file's; a file stands where a folder must."""
    with pytest.raises(TargetError, match=r"x-00000001\.csv: File name too long; nothing of this step was stored$"):
        write(root, NPS, connection="x" * 300)
    write(root, NPS)
    (root / "csat").touch()
    with pytest.raises(
        TargetError, match=r"birdie/csat/acme-00000002\.csv: File exists; nothing of this step was stored$"
    ):
        write(root, row("kit:1", text="b"), CSAT)
    assert names(root) == ["csat", "nps/acme-00000001.csv"]
    (root / "csat").unlink()
    write(root, row("kit:1", text="b"), CSAT)
    assert names(root) == ["csat/acme-00000002.csv", "nps/acme-00000001.csv", "nps/acme-00000002.csv"]


def test_columns_that_cannot_be_are_refused_in_a_line(root: Path) -> None:
    with pytest.raises(
        ConfigError, match=r"^targets\.birdie\.fields: two columns of a file would be called version; give"
    ):
        write(root, config=Config(fields={"survey_id": "/version"}))


def test_the_state_of_another_folder_is_refused(root: Path, tmp_path: Path) -> None:
    write(root, NPS)
    with pytest.raises(
        ConfigError, match=r"birdie.state: is the state of birdie\+csv:birdie, not of birdie\+csv:other"
    ):
        open_files("csv", f"{tmp_path}/other", "acme", f"{root}.state", Config())
    with pytest.raises(ConfigError, match=r"is the state of birdie\+csv:birdie, not of birdie\+parquet:birdie"):
        open_files("parquet", str(root), "acme", None, Config())


WITHOUT_PACKAGES = """
import sys
for name in ("pyarrow", "fsspec"):
    sys.modules[name] = None
from connector_birdie.config import Config
from connector_birdie.files import open_files
from connector_core import ConfigError
try:
    open_files(sys.argv[1], sys.argv[2], "acme", None, Config()).close()
except ConfigError as error:
    print(error)
"""


@pytest.mark.parametrize(
    ("form", "root", "said"),
    [
        ("parquet", "birdie", "birdie+parquet: pyarrow is not installed; pip install 'connector-birdie[bulk]'\n"),
        ("csv", "s3://b/p", "s3://b/p: fsspec is not installed; pip install 'connector-birdie[bulk]'\n"),
        ("csv", "birdie", ""),
    ],
)
def test_a_package_that_is_missing_is_named_and_csv_in_a_folder_needs_none(
    form: str, root: str, said: str, tmp_path: Path
) -> None:
    command = [sys.executable, "-c", WITHOUT_PACKAGES, form, root]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout == said


# --- a whole run


def lines(path: Path) -> Mapping[str, object]:
    """The records of JSON lines, by id."""
    return {record["id"]: record for record in map(json.loads, path.read_bytes().splitlines())}


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_a_run_brings_the_same_records_as_into_json_lines(form: Form, tmp_path: Path) -> None:
    cassette = ROOT / "plugins/trackco_cxm/src/trackco_cxm/demo/cassette.yaml"
    command = [f"{sysconfig.get_path('scripts')}/connector-run", "--plugin", "trackco_cxm", "--replay", str(cassette)]
    for target in (f"birdie+{form}:birdie", "jsonl:feedback.jsonl"):
        done = subprocess.run([*command, "--to", target], cwd=tmp_path, capture_output=True, check=False)
        assert done.returncode == 3, done.stderr.decode()
    files = {str(path): path.read_bytes() for path in tmp_path.glob(f"birdie/*/trackco_cxm-00000001.{form}")}
    assert len(files) == 2
    assert {record["id"]: record for record in records_of(files, form)} == lines(tmp_path / "feedback.jsonl")
