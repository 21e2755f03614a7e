"""The server: both APIs on loopback in a thread of its own."""

import asyncio
import contextlib
import tempfile
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path

from aiohttp import web
from attrs import field, frozen

from trackco_simulator import tls as vendor_hosts
from trackco_simulator.app import application
from trackco_simulator.behaviour import Behaviour
from trackco_simulator.cxm.account import CxmAccount
from trackco_simulator.door import LOOPBACK, Door, other_host
from trackco_simulator.faults import Hit
from trackco_simulator.nps.account import NpsAccount
from trackco_simulator.state import Clock, Served, State, real_clock
from trackco_simulator.thread import in_a_thread, serving

Account = CxmAccount | NpsAccount

TOKEN = "0123456789abcdef0123456789abcdef"  # noqa: S105 - opens nothing but a simulator
ORGANIZATION_ID = "00000000-0000-4000-8000-00000000000c"


@frozen
class Server:
    """A running server, and what it did so far."""

    base_url: str
    token: str
    organization_id: str
    environment: dict[str, str]
    _state: State = field(repr=False)

    @property
    def nps_base_url(self) -> str:
        """The base of the NPS API."""
        return f"{self.base_url}/v2"

    @property
    def requests(self) -> list[Served]:
        """The requests that were answered, as (method, path_qs, status), in the order of the answers."""
        return self._state.served()

    @property
    def in_flight_peak(self) -> int:
        """The most requests that were under way at one moment."""
        return self._state.in_flight_peak

    @property
    def inserted(self) -> list[str]:
        """The uuids of the answers that came while windows were being read."""
        return self._state.inserted()

    @property
    def hits(self) -> list[Hit]:
        """The requests that went wrong since the behaviour was set, as (path_qs, kind)."""
        return self._state.hits()

    @property
    def leaked(self) -> list[str]:
        """The `Authorization` of each request that followed a redirect to another host; empty where it had none."""
        return list(self._state.leaked)

    @property
    def is_open(self) -> bool:
        """Whether the server listens; while it does not, the fault `refused` is at work."""
        return self._state.door is not None and self._state.door.is_open

    def open(self) -> None:
        """Listen again at once, after the fault `refused`."""
        if self._state.door is not None:
            self._state.door.open_from_outside()

    @property
    def behaviour(self) -> Behaviour:
        """How the server behaves now."""
        return self._state.behaviour

    def set(self, behaviour: Behaviour) -> None:
        """Behave so from the next request on, with nothing remembered of limits and failures."""
        self._state.behave(behaviour)


@frozen
class _Ports:
    """Where a server listens; the proxy only with TLS."""

    http: int
    proxy: int | None


@contextlib.contextmanager
def serve(  # noqa: PLR0913 - one argument for each trait of a server
    accounts: Account | Iterable[Account],
    *,
    token: str = TOKEN,
    organization_id: str = ORGANIZATION_ID,
    behaviour: Behaviour | None = None,
    clock: Clock | None = None,
    tls: bool = False,
    port: int = 0,
) -> Iterator[Server]:
    """Serve one account, or one of each API, on loopback until the block ends.

    With `tls`, a process that is given the server's `environment` reaches it under the vendor's own host names.
    """
    state = State(token=token, clock=clock or real_clock)
    state.behave(behaviour or Behaviour())
    served = (accounts,) if isinstance(accounts, CxmAccount | NpsAccount) else tuple(accounts)
    app = application(served, organization_id, state)
    with tempfile.TemporaryDirectory(prefix="trackco-simulator-") as folder:
        bundle = Path(folder) / "authority.pem"
        work = partial(_run, app, state, port, Path(folder) if tls else None)
        with in_a_thread("trackco-simulator", work) as ports:
            environment = {} if ports.proxy is None else _environment(ports.proxy, bundle)
            yield Server(
                base_url=f"http://{LOOPBACK}:{ports.http}",
                token=token,
                organization_id=organization_id,
                environment=environment,
                state=state,
            )


async def _run(  # noqa: PLR0913, PLR0917 - all that the thread of a server is given
    app: web.Application,
    state: State,
    port: int,
    tls_folder: Path | None,
    ready: Callable[[_Ports], None],
    stop: asyncio.Event,
) -> None:
    async with serving(app) as runner, contextlib.AsyncExitStack() as stack:
        state.door = Door(runner, port)
        await state.door.open()
        state.elsewhere = await stack.enter_async_context(other_host(state.leaked))
        proxy: int | None = None
        if tls_folder is not None:
            context, _ = vendor_hosts.credentials(tls_folder)
            await web.TCPSite(runner, LOOPBACK, 0, ssl_context=context).start()
            proxy = await stack.enter_async_context(vendor_hosts.proxy(runner.addresses[1][1]))
        ready(_Ports(state.door.port, proxy))
        await stop.wait()


def _environment(proxy: int, bundle: Path) -> dict[str, str]:
    """Return the variables that lead an unmodified client here; lower case too, since it would win."""
    url = f"http://{LOOPBACK}:{proxy}"
    return {
        "HTTPS_PROXY": url,
        "https_proxy": url,
        "REQUESTS_CA_BUNDLE": str(bundle),
        "NO_PROXY": "",
        "no_proxy": "",
    }
