"""A request budget is kept to, by however many threads and processes, whoever of them dies."""

import json
import shutil
import sqlite3
import stat
import subprocess
import sys
import threading
from bisect import bisect_right
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import structlog
from attrs import define, field
from hypothesis import given, settings
from hypothesis import strategies as st

from connector_core.budget import Permits
from connector_core.clock import Clock, stopped_at
from connector_core.endpoint import Budget, Endpoint
from connector_core.errors import StoppedError, TransientError
from trackco_simulator import Behaviour, generate_nps, serve

BEGIN = datetime(2024, 7, 1, tzinfo=UTC)
TOKEN = "0123456789abcdef-secret"
BUDGETS = st.builds(Budget, st.integers(1, 60) | st.just(120), st.floats(0.5, 400))


@define
class FakeTime:
    """Seconds that pass only while somebody sleeps, or when told to; the wall clock can be put forward and back."""

    now: float = 0.0
    moved: float = 0.0
    slept: list[float] = field(factory=list)
    _lock: threading.Lock = field(factory=threading.Lock)

    def sleep(self, seconds: float) -> None:
        with self._lock:
            self.now += seconds
            self.slept.append(seconds)

    def clock(self) -> Clock:
        return Clock(lambda: BEGIN + timedelta(seconds=self.now + self.moved), self.sleep, lambda: self.now)


def permits(time: FakeTime, budget: Budget | None, file: Path | None = None, token: str = TOKEN) -> Permits:
    """The permits of one process."""
    return Permits(Endpoint("https://api.example/v2", {"Authorization": token}, budget), time.clock(), file)


def most_in_any(times: list[float], seconds: float) -> int:
    """The most requests that fall into one stretch of time, its end not included. The clock counts microseconds."""
    return max((index + 1 - bisect_right(times, at - seconds + 1e-5) for index, at in enumerate(times)), default=0)


def take(process: Permits, wait: Callable[[float], None]) -> None:
    """Send a request that is answered at once."""
    with process.permit(wait):
        pass


def never(_: float) -> None:
    raise AssertionError("nobody should wait here")


@settings(max_examples=50)
@given(
    BUDGETS,
    st.integers(1, 4),
    st.lists(
        st.tuples(
            st.sampled_from(["take", "take", "take", "burst", "close", "die"]), st.integers(0, 3), st.floats(0, 30)
        ),
        max_size=20,
    ),
)
def test_no_stretch_of_time_holds_more_requests_than_the_budget_allows(
    budget: Budget, processes: int, steps: list[tuple[str, int, float]]
) -> None:
    """Over all processes, with pauses of any length, whether they end well or die with a lease in hand."""
    with TemporaryDirectory() as folder:
        time, file, times = FakeTime(), Path(folder) / "budget", []
        alive = [permits(time, budget, file) for _ in range(processes)]
        for what, which, pause in steps:
            time.now += pause
            process = alive[which % processes]
            for _ in range({"take": 1, "burst": budget.requests + 3}.get(what, 0)):
                take(process, time.sleep)
                times.append(time.now)
            if what in ("close", "die"):
                if what == "close":
                    process.close()
                alive[which % processes] = permits(time, budget, file)
        assert most_in_any(times, budget.seconds) <= budget.requests
        for process in alive:
            process.close()


@settings(max_examples=50)
@given(
    BUDGETS,
    st.lists(st.tuples(st.booleans(), st.integers(0, 2), st.integers(0, 9), st.floats(0, 0.3)), max_size=60),
)
def test_it_does_not_matter_when_requests_reach_the_api(
    budget: Budget, steps: list[tuple[bool, int, int, float]]
) -> None:
    """It may be long after they were let go, as long as that is less than a window before they are answered."""
    with TemporaryDirectory() as folder:
        time, arrived = FakeTime(), []
        processes = [permits(time, budget, Path(folder) / "budget") for _ in range(3)]
        under_way: list[tuple[float, AbstractContextManager[None]]] = []

        def arrive(older: float = -1.0) -> None:
            while under_way and time.now - under_way[0][0] > older:
                arrived.append(time.now)
                under_way.pop(0)[1].__exit__(None, None, None)

        def wait(seconds: float) -> None:
            arrive()
            time.sleep(seconds)

        for begins, which, many, pause in steps:
            time.now += pause * budget.seconds
            arrive(0.5 * budget.seconds)
            for _ in range(many * budget.requests // 9 + 1 if begins else 0):
                sending = processes[which].permit(wait)
                sending.__enter__()
                under_way.append((time.now, sending))
                if not many % 2:
                    arrive()
        arrive()
        assert most_in_any(sorted(arrived), budget.seconds) <= budget.requests
        for process in processes:
            process.close()


@settings(max_examples=25)
@given(BUDGETS, st.booleans())
def test_hardly_anything_of_a_budget_is_lost(budget: Budget, shared: bool) -> None:  # noqa: FBT001 - hypothesis gives it
    """Who sends without a pause gets at least nine tenths of what the budget allows."""
    with TemporaryDirectory() as folder:
        time = FakeTime()
        process = permits(time, budget, Path(folder) / "budget" if shared else None)
        for _ in range(3 * budget.requests + 1):
            take(process, time.sleep)
            time.now += budget.seconds / budget.requests / 3
        assert time.now <= 3 * budget.seconds / 0.9 + budget.seconds
        process.close()


def test_most_requests_cost_no_look_at_the_file(tmp_path: Path) -> None:
    time, file = FakeTime(), tmp_path / "budget"
    process = permits(time, Budget(900, 300, 405), file)
    looks: list[str] = []
    take(process, never)
    assert process._db is not None
    process._db.set_trace_callback(looks.append)
    for _ in range(899):
        take(process, never)
    assert sum("BEGIN" in look for look in looks) == 53


def test_what_was_not_used_is_given_back(tmp_path: Path) -> None:
    time, file = FakeTime(), tmp_path / "budget"
    one = permits(time, Budget(100, 60), file)
    for _ in range(2):  # the second is of a lease of two
        take(one, never)
    one.close()
    other = permits(time, Budget(100, 60), file)
    for _ in range(98):
        take(other, never)
    with pytest.raises(AssertionError):
        take(other, never)


def test_who_dies_with_a_lease_delays_others_for_one_window_at_most(tmp_path: Path) -> None:
    time, file, budget = FakeTime(), tmp_path / "budget", Budget(1, 60)
    take(permits(time, budget, file), never)
    take(permits(time, budget, file), time.sleep)
    assert 60 <= time.now <= 62


def test_a_lease_that_ran_out_is_not_used(tmp_path: Path) -> None:
    """By then others may have been given its permits."""
    time, file, budget = FakeTime(), tmp_path / "budget", Budget(100, 60)
    idle, busy = permits(time, budget, file), permits(time, budget, file)
    take(idle, never)
    time.now += 70
    times = []
    for _ in range(100):
        take(busy, never)
        times.append(time.now)
    take(idle, time.sleep)
    assert time.now >= 130


def test_many_threads_share_one_budget(tmp_path: Path) -> None:
    time, budget = FakeTime(), Budget(3, 10)
    process = permits(time, budget, tmp_path / "budget")
    with ThreadPoolExecutor(8) as pool:
        for done in [pool.submit(take, process, time.sleep) for _ in range(30)]:
            done.result()
    assert time.now >= 90


def test_another_token_has_a_budget_of_its_own_and_no_token_stands_in_the_file(tmp_path: Path) -> None:
    time, file, budget = FakeTime(), tmp_path / "budget", Budget(1, 60)
    take(permits(time, budget, file, TOKEN), never)
    take(permits(time, budget, file, "another"), never)
    with pytest.raises(AssertionError):
        take(permits(time, budget, file, TOKEN), never)
    body = file.read_bytes()
    assert TOKEN.encode() not in body
    assert b"api.example" not in body
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_token_in_another_header_counts_too(tmp_path: Path) -> None:
    time, file, budget = FakeTime(), tmp_path / "budget", Budget(1, 60)
    for key in ("one", "two"):
        take(Permits(Endpoint("https://api.example", {"X-Key": key}, budget), time.clock(), file), never)


def test_a_limit_that_was_met_is_remembered_by_all(tmp_path: Path) -> None:
    """This process, those beside it, and those after it; until the window has passed, and no longer."""
    time, file, budget = FakeTime(), tmp_path / "budget", Budget(900, 300, 405)
    one = permits(time, budget, file)
    take(one, never)
    one.exhaust()
    one_more = permits(time, budget, file)
    for process in (one, one_more):
        with pytest.raises(TransientError, match=r"nothing is sent before 2024-07-01T00:05:01Z; progress is kept"):
            take(process, never)
    time.now += 299
    with pytest.raises(TransientError):
        take(permits(time, budget, file), never)
    time.now += 2
    take(one, never)
    take(one_more, never)


def test_without_a_file_a_limit_that_was_met_is_remembered_by_this_process() -> None:
    time, budget = FakeTime(), Budget(900, 300, 405)
    process = permits(time, budget)
    process.exhaust()
    with pytest.raises(TransientError, match="nothing is sent before"):
        take(process, never)
    take(permits(time, budget), never)


@given(st.floats(-1e8, 1e8))
def test_a_clock_that_is_put_back_or_forward_delays_nobody_for_long(by: float) -> None:
    """For a window and a lease at the most."""
    with TemporaryDirectory() as folder:
        time, file, budget = FakeTime(), Path(folder) / "budget", Budget(2, 60, 405)
        for _ in range(2):
            take(permits(time, budget, file), never)
        time.moved += by
        take(permits(time, budget, file), time.sleep)
        assert time.now <= 64.1


def test_a_block_from_before_the_clock_was_put_back_ends_within_a_window(tmp_path: Path) -> None:
    time, file, budget = FakeTime(), tmp_path / "budget", Budget(2, 60, 405)
    permits(time, budget, file).exhaust()
    time.moved -= 100_000
    with pytest.raises(TransientError):
        take(permits(time, budget, file), never)
    time.now += 61
    take(permits(time, budget, file), never)


@pytest.mark.parametrize("wrong", ["no database", "a folder", "no folder", "another database"])
def test_a_file_that_cannot_be_used_fails_no_run(tmp_path: Path, wrong: str) -> None:
    """The budget is then kept by this process alone, and the log says so once."""
    file = tmp_path / "budget"
    if wrong == "no database":
        file.write_bytes(b"something else" * 1000)
    elif wrong == "a folder":
        file.mkdir()
    elif wrong == "no folder":
        file = tmp_path / "not" / "there"
    else:
        with sqlite3.connect(file) as db:
            db.execute("CREATE TABLE lease (x)")
        db.close()
    before = file.read_bytes() if file.is_file() else None
    time = FakeTime()
    process = permits(time, Budget(2, 60), file)
    structlog.reset_defaults()
    with structlog.testing.capture_logs() as logs:
        for _ in range(3):
            take(process, time.sleep)
    assert time.now >= 60
    assert [(entry["event"], entry["log_level"]) for entry in logs] == [("budget.unshared", "warning")]
    process.close()
    if wrong == "no database":
        assert file.read_bytes() == before


def test_a_file_that_breaks_under_way_fails_no_run(tmp_path: Path) -> None:
    time, file = FakeTime(), tmp_path / "budget"
    process = permits(time, Budget(2, 60), file)
    take(process, never)
    file.write_bytes(b"no database any more" * 1000)
    take(process, time.sleep)
    process.close()


def test_a_file_that_somebody_holds_is_waited_for_and_not_done_without(tmp_path: Path) -> None:
    """A process that was stopped while it wrote: nobody counts for himself meanwhile, and nobody forgets."""
    time, file = FakeTime(), tmp_path / "budget"
    other, process = (permits(time, Budget(3, 60), file) for _ in range(2))
    for _ in range(2):
        take(other, never)
    take(process, never)
    holder = sqlite3.connect(file, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")

    def let_go(seconds: float) -> None:
        if holder.in_transaction:
            holder.execute("ROLLBACK")
        time.sleep(seconds)

    take(process, let_go)
    assert time.now > 58  # the budget was full; without the file, it would have gone on at once
    holder.execute("BEGIN IMMEDIATE")
    process.exhaust()
    with pytest.raises(TransientError, match="nothing is sent before"):
        take(process, never)
    process.close()
    holder.close()


def test_closing_a_broken_file_fails_no_run(tmp_path: Path) -> None:
    time, file = FakeTime(), tmp_path / "budget"
    process = permits(time, Budget(2, 60), file)
    take(process, never)
    file.write_bytes(b"no database any more" * 1000)
    process.close()


def test_nothing_is_sent_after_closing() -> None:
    process = permits(FakeTime(), Budget(2, 60))
    take(process, never)
    process.close()
    process.close()
    with pytest.raises(StoppedError):
        take(process, never)


def test_without_a_budget_nobody_waits(tmp_path: Path) -> None:
    process = permits(FakeTime(), None, tmp_path / "budget")
    for _ in range(100):
        take(process, never)
    process.exhaust()
    process.close()
    assert not (tmp_path / "budget").exists()


def test_four_processes_side_by_side_never_meet_the_limit(tmp_path: Path) -> None:
    """The server allows 60 requests in 3 seconds and the configuration uses 50; each process keeps to it together."""
    account = generate_nps(seed=7, campaigns=6, answers=120, dirty=0.0)
    command = [shutil.which("connector-run", path=Path(sys.executable).parent) or "", "--plugin", "trackco_nps"]
    with serve(account, behaviour=Behaviour(rate_limit=(60, 3.0))) as server:
        config = {
            "connection_details": {"token": server.token, "base_url": server.nps_base_url, "track_api": "nps"},
            "budget": {"requests": 50, "seconds": 3},
        }
        (tmp_path / "nps.json").write_text(json.dumps(config))
        (tmp_path / "nps.json").chmod(0o600)
        started = [
            subprocess.Popen(
                [*command, "--config", "nps.json", "--to", f"sqlite:///{number}.db", "--threads", "8"],
                cwd=tmp_path, stderr=subprocess.PIPE, text=True,
            )
            for number in range(4)
        ]  # fmt: skip
        ended = [(process.communicate(timeout=600)[1], process.returncode) for process in started]
        served = [status for _, _, status in server.requests]
    assert [code for _, code in ended] == [0] * 4, ended
    assert len(served) > 60
    assert set(served) == {200}
    assert (tmp_path / ".connector-budget").exists()


def test_on_a_clock_that_stands_still_no_wait_takes_time() -> None:
    process = Permits(Endpoint("https://api.example", budget=Budget(1, 1000)), stopped_at(BEGIN))
    waits: list[float] = []
    for _ in range(100):
        take(process, waits.append)
    assert len(waits) >= 99
