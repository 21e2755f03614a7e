"""The command: serve seeded accounts until told to stop."""

import argparse
import gc
import signal
import sys
import threading
from collections.abc import Sequence
from typing import Any

import orjson

from trackco_simulator.behaviour import Behaviour
from trackco_simulator.cxm.account import CxmAccount, generate_cxm
from trackco_simulator.faults import Faults
from trackco_simulator.nps.account import NpsAccount, generate_nps
from trackco_simulator.server import ORGANIZATION_ID, TOKEN, Account, Server, serve


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve accounts as the arguments say, tell where on one line of JSON, and go on until Ctrl-C or SIGTERM."""
    options = _parser().parse_args(arguments)
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    accounts = _accounts(options)
    gc.freeze()  # the accounts stay until the end, so the collector need not look at them
    faults = None if options.faults is None else Faults(seed=options.faults, rate=options.fault_rate)
    behaviour = Behaviour(latency=options.latency, faults=faults)
    running = serve(
        accounts,
        token=options.token,
        organization_id=options.organization,
        behaviour=behaviour,
        port=options.port,
    )
    try:
        with running as server:
            sys.stdout.write(orjson.dumps(_announcement(server, accounts)).decode() + "\n")
            sys.stdout.flush()
            stop.wait()
    except OSError as error:
        sys.stderr.write(f"trackco-simulator: cannot serve on port {options.port}: {error}\n")
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="trackco-simulator", description="Both Track.co APIs on loopback.")
    parser.add_argument("--api", choices=("cxm", "nps", "both"), default="both")
    parser.add_argument("--seed", type=int, default=7, help="the same seed gives the same account")
    parser.add_argument("--answers", type=int, default=1000, help="how many, for each API")
    parser.add_argument("--port", type=int, default=0, help="0 takes any free one")
    parser.add_argument("--token", default=TOKEN)
    parser.add_argument("--organization", default=ORGANIZATION_ID)
    parser.add_argument("--latency", type=float, default=0.0, help="seconds before each answer")
    parser.add_argument("--faults", type=int, metavar="SEED", help="let requests fail, in ways that pass by themselves")
    parser.add_argument("--fault-rate", type=float, default=0.25, metavar="SHARE", help="how many of them: 0 to 1")
    return parser


def _accounts(options: argparse.Namespace) -> list[Account]:
    accounts: list[Account] = []
    if options.api in {"cxm", "both"}:
        accounts.append(generate_cxm(options.seed, options.answers))
    if options.api in {"nps", "both"}:
        accounts.append(generate_nps(options.seed, options.answers))
    return accounts


def _announcement(server: Server, accounts: Sequence[Account]) -> dict[str, Any]:
    said: dict[str, Any] = {"token": server.token}
    for account in accounts:
        match account:
            case CxmAccount():
                said |= {
                    "base_url": server.base_url,
                    "organization_id": server.organization_id,
                    "time_zone": account.time_zone,
                    "surveys": [survey.public_hash for survey in account.surveys],
                }
            case NpsAccount():
                said |= {
                    "nps_base_url": server.nps_base_url,
                    "campaigns": [campaign.code for campaign in account.campaigns],
                }
    return said


if __name__ == "__main__":
    sys.exit(main())
