"""Load plugins that are the template of one but for one fault each, by name, with the check that catches them."""

import json
import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

from attrs import evolve, field, frozen
from my_target import MyTarget as Shelf
from my_target import read

from connector_core import ConfigError, TargetError, TransientError, Window, hookimpl
from connector_core.database import Database, open_database
from connector_core.journal import Journal
from connector_core.sink import Held, Memory, Portion, Refused, Sink, Stored
from connector_core.tables import STATE
from connector_core.target import Delivery


@frozen
class Broken:
    """A load plugin.

    Attributes:
        caught_by: the name of the check.
        says: a part of what that check says.
        shelf: its target.
        journal: its sink.
    """

    caught_by: str
    says: str = field(default="", kw_only=True)
    shelf: type[Shelf] = Shelf
    journal: type[Journal] = Journal

    @hookimpl
    def load(self, target: str, connection: str, state: str | None) -> Sink | None:
        scheme, _, path = target.partition(":")
        if ALL.get(scheme) is not self:
            return None
        if not path:
            raise ConfigError(f"--to {target}: write {scheme}:path/of/a/file.jsonl")
        return self.opened(path, connection, state)

    def opened(self, path: str, connection: str, state: str | None) -> Sink:
        database = self.database(state or f"{path}.state")
        try:
            return self.journal(database, connection, self.shelf(database, Path(path), read(Path(path), database)))
        except BaseException:
            database.close()
            raise

    def database(self, path: str) -> Database:
        return open_database(path, STATE)


# --- how it is opened


class TakesAnything(Broken):
    """Whatever stands behind the first colon is a path."""

    @hookimpl
    def load(self, target: str, connection: str, state: str | None) -> Sink | None:
        return self.opened(target.split(":", 1)[1], connection, state)


class LooksAround(Broken):
    """It counts the drafts in the folder, which may not be there."""

    def opened(self, path: str, connection: str, state: str | None) -> Sink:
        _ = [other for other in Path(path).parent.iterdir() if other.suffix == ".draft"]
        return super().opened(path, connection, state)


class LeavesOpen(Broken):
    """It opens its folder, and forgets that it did."""

    def opened(self, path: str, connection: str, state: str | None) -> Sink:
        sink = super().opened(path, connection, state)
        os.open(Path(path).parent, os.O_RDONLY)
        return sink


class SharesItsNotes(Broken):
    """All connections are one."""

    def opened(self, path: str, _: str, state: str | None) -> Sink:
        return super().opened(path, "everybody", state)


class LetsOthersIn(Broken):
    """It lets go of the lock as soon as it is open."""

    def database(self, path: str) -> Database:
        opened: Any = super().database(path).db
        opened.held.close()
        return Database(opened, path)


# --- what becomes of rows


class DropsNulls(Shelf):
    def keep(self, lines: Mapping[str, bytes]) -> None:
        super().keep({key: self._without(line) for key, line in lines.items()})

    def _without(self, line: bytes) -> bytes:
        record = json.loads(line)
        extra = {name: value for name, value in record["additional_fields"].items() if value is not None}
        return json.dumps(record | {"additional_fields": extra}, ensure_ascii=False).encode()


class CutsTexts(Shelf):
    """A column of 65,535 characters."""

    def keep(self, lines: Mapping[str, bytes]) -> None:
        super().keep({key: self._cut(line) for key, line in lines.items()})

    def _cut(self, line: bytes) -> bytes:
        record = json.loads(line)
        return json.dumps({k: v[:65_535] if isinstance(v, str) else v for k, v in record.items()}).encode()


class KeepsTheFirst(Shelf):
    @contextmanager
    def delivering(self, deliveries: Sequence[Delivery]) -> Iterator[None]:
        with super().delivering([each for each in deliveries if each.row.id not in self.lines]):
            yield


class DeletesNothing(Shelf):
    def delete(self, ids: Collection[str], /) -> None:
        pass


class WritesInPlace(Shelf):
    """A file that is emptied first and then filled; it comes to itself when the disk is full, not when it is killed."""

    def keep(self, lines: Mapping[str, bytes]) -> None:
        with suppress(FileExistsError):
            os.close(os.open(self.path, os.O_CREAT | os.O_EXCL, 0o600))
        before = self.path.read_bytes()
        try:
            self.path.write_bytes(b"".join(line + b"\n" for line in lines.values()))
        except OSError as error:
            with suppress(OSError):
                self.path.write_bytes(before)
            raise TargetError(f"{self.path}: {error.strerror}") from None
        self.lines = lines


class KnowsNoErrors(Shelf):
    def keep(self, lines: Mapping[str, bytes]) -> None:
        try:
            super().keep(lines)
        except TargetError as error:
            raise OSError(str(error)) from None


class TellsTales(Shelf):
    def keep(self, lines: Mapping[str, bytes]) -> None:
        try:
            super().keep(lines)
        except TargetError as error:
            raise TargetError(f"{error}; it was to hold {lines}") from None


class OpenToAll(Shelf):
    def keep(self, lines: Mapping[str, bytes]) -> None:
        super().keep(lines)
        self.path.chmod(0o644)


# --- what is judged and remembered


class Restless(Journal):
    """It marks what it meets again."""

    def write(self, portions: Sequence[Portion]) -> Sequence[Stored]:
        stored, shelf = super().write(portions), self.target
        if any(each.duplicate for each in stored) and isinstance(shelf, Shelf):
            shelf.keep({key: line[:-1] + b',"met":"again"}' for key, line in shelf.lines.items()})
        return stored


class CallsAllUpdated(Journal):
    def write(self, portions: Sequence[Portion]) -> Sequence[Stored]:
        return [evolve(one, updated=one.updated + one.unchanged, unchanged=0) for one in super().write(portions)]

    def preview(self, portions: Sequence[Portion]) -> Sequence[Stored]:
        return [evolve(one, updated=one.updated + one.unchanged, unchanged=0) for one in super().preview(portions)]


class StoresPreviews(Journal):
    def preview(self, portions: Sequence[Portion]) -> Sequence[Stored]:
        return self.write(portions)


class ForgetsBeginnings(Journal):
    def write(self, portions: Sequence[Portion]) -> Sequence[Stored]:
        return super().write([evolve(p, place=p.place and evolve(p.place, low_water=None)) for p in portions])


class RemembersAtOnce(Journal):
    def remember(self, memory: Memory) -> None:
        super().remember(memory)
        self.write(())


class ThinsRejects(Journal):
    def rejects(self, partition: str) -> list[Refused]:
        return [evolve(reject, raw=b"{}") for reject in super().rejects(partition)]


class BringsBackTheOld(Journal):
    def write(self, portions: Sequence[Portion]) -> Sequence[Stored]:
        stored = super().write([evolve(portion, settled=()) for portion in portions])
        super().write([evolve(portion, rows=()) for portion in portions if portion.settled])
        return stored


class CountsTheEnd(Journal):
    def held(self, partition: str, window: Window) -> Held:
        return super().held(partition, Window(window.start, window.end + timedelta(seconds=1)))


class MissesTheStart(Journal):
    def gone(self, partitions: Collection[str], window: Window) -> list[str]:
        return super().gone(partitions, Window(None, window.end))


class ForgetsAll(Journal):
    def reset(self, partitions: Collection[str] | None = None) -> int:
        return super().reset(None) and len(partitions or "pqr") - 1


class StumblesOverDrafts(Broken):
    def opened(self, path: str, connection: str, state: str | None) -> Sink:
        if Path(f"{path}.draft").exists():
            raise TargetError(f"{path}.draft: is in the way")
        return super().opened(path, connection, state)


class NamesNobody(Broken):
    def database(self, path: str) -> Database:
        try:
            return super().database(path)
        except TransientError:
            raise TransientError(f"{path}: somebody has it open") from None


class RefusesToDelete(Shelf):
    def delete(self, _: Collection[str], /) -> None:
        raise ConfigError("--prune: nothing can be deleted from a shelf")


class TakesNoLongTexts(Shelf):
    @contextmanager
    def delivering(self, deliveries: Sequence[Delivery]) -> Iterator[None]:
        if any(len(each.row.line) > 100_000 for each in deliveries):
            raise TargetError(f"{self.path}: a record is longer than 100,000 bytes")
        with super().delivering(deliveries):
            yield


class WritesOneByOne(Journal):
    """Portions, each of which is whole; of a write that is refused, those before it stay."""

    def write(self, portions: Sequence[Portion]) -> Sequence[Stored]:
        return [stored for portion in portions for stored in super(WritesOneByOne, self).write([portion])]


class ForgetsWhereItBegan(Journal):
    def remember(self, memory: Memory) -> None:
        super().remember(evolve(memory, begin=None))


class NeverRestarts(Journal):
    def remember(self, memory: Memory) -> None:
        super().remember(evolve(memory, restart=False))


class TellsRejectsAgain(Journal):
    def write(self, portions: Sequence[Portion]) -> Sequence[Stored]:
        stored = zip(super().write(portions), portions, strict=True)
        return [evolve(one, new_rejects=len(portion.refused)) for one, portion in stored]


class RemembersTheDeleted(Journal):
    def prune(self, ids: Collection[str]) -> None:
        self.target.delete(ids)


class CannotCount(Journal):
    def reset(self, partitions: Collection[str] | None = None) -> int:
        super().reset(partitions)
        return 0


BROKEN: dict[str, Broken] = {
    "takes_anything": TakesAnything("only_targets_of_its_form_are_taken"),
    "drops_nulls": Broken("all_of_a_record_is_stored", DropsNulls),
    "keeps_the_first": Broken("the_last_version_counts", KeepsTheFirst),
    "restless": Broken("the_same_again_changes_nothing", journal=Restless),
    "calls_all_updated": Broken("rows_are_counted_as_what_they_are", journal=CallsAllUpdated),
    "stores_previews": Broken("a_preview_says_what_a_write_would_and_stores_nothing", journal=StoresPreviews),
    "forgets_beginnings": Broken("places_come_back_as_they_were", journal=ForgetsBeginnings),
    "shares_its_notes": SharesItsNotes("connections_are_kept_apart"),
    "remembers_at_once": Broken("memory_is_kept_with_the_first_write", journal=RemembersAtOnce),
    "thins_rejects": Broken("rejects_wait_until_they_are_settled", journal=ThinsRejects),
    "brings_back_the_old": Broken("a_settled_reject_replaces_nothing_newer", journal=BringsBackTheOld),
    "counts_the_end": Broken("what_is_held_is_counted", journal=CountsTheEnd),
    "misses_the_start": Broken("what_is_gone_is_named_exactly", journal=MissesTheStart),
    "deletes_nothing": Broken("prune_deletes_or_says_that_it_cannot", DeletesNothing),
    "forgets_all": Broken("reset_forgets_places_and_keeps_records", journal=ForgetsAll),
    "writes_in_place": Broken("killed_at_any_moment_the_next_run_makes_it_whole", WritesInPlace),
    "knows_no_errors": Broken("a_full_disk_ends_in_a_line_and_the_next_run_goes_on", KnowsNoErrors),
    "cuts_texts": Broken("what_it_cannot_hold_is_refused_whole", CutsTexts),
    "looks_around": LooksAround("what_cannot_be_written_is_refused_in_a_line"),
    "lets_others_in": LetsOthersIn("one_run_at_a_time_has_it_open"),
    "open_to_all": Broken("files_are_for_their_owner_alone", OpenToAll),
    "leaves_open": LeavesOpen("closing_lets_go_of_everything"),
    "tells_tales": Broken("an_error_shows_no_value", TellsTales),
}
"""For each check one that no other check catches."""

MORE: dict[str, Broken] = {
    "stumbles_over_drafts": StumblesOverDrafts(
        "killed_at_any_moment_the_next_run_makes_it_whole", says="the next run ends in TargetError"
    ),
    "names_nobody": NamesNobody("one_run_at_a_time_has_it_open", says="does not name the process"),
    "refuses_to_delete": Broken(
        "prune_deletes_or_says_that_it_cannot", RefusesToDelete, says="pruning 2 records is refused"
    ),
    "writes_one_by_one": Broken(
        "what_it_cannot_hold_is_refused_whole", TakesNoLongTexts, WritesOneByOne, says="parts of what was refused"
    ),
    "forgets_where_it_began": Broken(
        "memory_is_kept_with_the_first_write", journal=ForgetsWhereItBegan, says="the beginning or the fingerprint"
    ),
    "never_restarts": Broken("memory_is_kept_with_the_first_write", journal=NeverRestarts, says="other places"),
    "tells_rejects_again": Broken(
        "rejects_wait_until_they_are_settled", journal=TellsRejectsAgain, says="[6, 1, 2] are counted as new"
    ),
    "remembers_the_deleted": Broken(
        "prune_deletes_or_says_that_it_cannot", journal=RemembersTheDeleted, says="0 are counted as new"
    ),
    "cannot_count": Broken("reset_forgets_places_and_keeps_records", journal=CannotCount, says="1 partition says 0"),
}
"""Other faults that a check finds."""

ALL = BROKEN | MORE


def __getattr__(name: str) -> Broken:
    """Each is what an entry point of its name leads to."""
    if name not in ALL:
        raise AttributeError(name)
    return ALL[name]
