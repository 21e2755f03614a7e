"""Several targets: those that were read to the same places share one pass, the others get their own."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack

import attrs
import structlog

from connector_core.clock import Clock
from connector_core.errors import TargetError, TransientError, known
from connector_core.importing import work_of
from connector_core.job import Job, fitting
from connector_core.opening import Prepared, connection_of
from connector_core.plan import Options
from connector_core.run import run
from connector_core.sink import History
from connector_core.summary import Summary
from connector_core.tee import Member, Tee

log = structlog.get_logger("connector_core.several")


def run_each(
    prepared: Prepared, targets: Sequence[str], progress: Callable[[Summary], None], stack: ExitStack
) -> list[Summary]:
    """Import into several targets; one summary each, in their order.

    A target that cannot be opened, or fails, is dropped for this run, and its summary says why. All passes end at the
    same instant, so that targets that were all read to their end share one from then on.

    Raises:
        ConfigError: one of them cannot be used as it is asked for; nothing was read or written.
    """
    done: dict[str, Summary] = {}
    members, jobs, histories = list[Member](), list[Job](), list[History]()
    world, work = prepared.world, work_of(prepared.arguments)
    for target in targets:
        try:
            sink, shaped = prepared.open(target)
            member = Member(target, sink, {**prepared.opened.fingerprint(), **shaped})
            stack.callback(_let_go, member, done)
            job = attrs.evolve(prepared.job(target, sink, member.fingerprint), progress=progress)
            history = _fitting(job, world.options)
        except (TargetError, TransientError) as error:
            log.error("target.dropped", target=target, kind=error.kind, reason=str(error))  # noqa: TRY400 - a line of ours
            done[target] = Summary(connection_of(prepared.arguments), target, error=error)
        else:
            members.append(member)
            jobs.append(job)
            histories.append(history)
    if work is run and world.history is not None:
        groups = [list(range(len(jobs)))] if jobs else []  # a replay is of one run, wherever the targets stand
    else:
        groups = _groups(histories) if work is run else [[number] for number in range(len(jobs))]
    for group in groups:
        if prepared.stop.is_set():
            done |= {members[n].target: Summary(jobs[n].connection, jobs[n].target, interrupted=True) for n in group}
            continue
        job = attrs.evolve(jobs[group[0]], clock=_ending_with(done.values(), world.clock))
        summaries = _pass(job, [members[number] for number in group], work, world.options)
        world.finish(summaries[0], world.history or histories[group[0]])
        done |= {summary.target: summary for summary in summaries}
    return [done[target] for target in targets]


def _let_go(member: Member, done: Mapping[str, Summary]) -> None:
    """Close a target; what it says then is told of it alone, and no news of one that was dropped."""
    try:
        member.sink.close()
    except Exception as error:  # noqa: BLE001 - a bug of one target's plugin is no other's
        summary = done.get(member.target)
        if summary:
            summary.error = summary.error or known(error)


def _fitting(job: Job, options: Options) -> History:
    """What a target remembers, if it can be used as it is asked for.

    Raises:
        ConfigError: it cannot.
    """
    stored = fitting(job, options)
    if options.prune:
        job.sink.prune(())
    return stored


def _groups(histories: Sequence[History]) -> list[list[int]]:
    """The numbers of those that were read to the same places."""
    groups: list[list[int]] = []
    for number, history in enumerate(histories):
        same = (group for group in groups if _alike(histories[group[0]], history))
        group = next(same, None)
        if group is None:
            groups.append([number])
        else:
            group.append(number)
    return groups


def _alike(one: History, other: History) -> bool:
    return (one.places, one.begin, one.fresh) == (other.places, other.begin, other.fresh)


def _ending_with(before: Iterable[Summary], clock: Clock) -> Clock:
    """The clock of a pass that ends at the instant at which the passes before it did."""
    now = next((summary.now for summary in before if summary.now), None)
    return attrs.evolve(clock, now=lambda: now) if now else clock


def _pass(
    job: Job, group: Sequence[Member], work: Callable[[Job, Options], Summary], options: Options
) -> list[Summary]:
    """Read once for all of a group; how many requests that took is in each summary."""
    before = job.http.requests_made
    if len(group) == 1:
        summaries = [work(job, options)]
    else:
        tee = Tee(group, Summary(job.connection, job.target, requests=before))

        def progress(summary: Summary) -> None:
            tee.summary = summary
            job.progress(summary)

        tee.summary = work(attrs.evolve(job, sink=tee, progress=progress, endure=tee.endure), options)
        summaries = tee.summaries()
    for summary in summaries:
        summary.requests -= before
    return summaries
