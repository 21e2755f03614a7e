"""The vendor's own host names on loopback: certificates for them, and a proxy that leads every one of them here."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import trustme

from trackco_simulator.app import API_OF_HOST
from trackco_simulator.door import LOOPBACK

_CHUNK = 65_536


def credentials(folder: Path) -> tuple[ssl.SSLContext, Path]:
    """Return the server's TLS settings for the vendor's hosts, and a file with the authority that vouches for them."""
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*API_OF_HOST, "localhost", LOOPBACK).configure_cert(context)
    bundle = folder / "authority.pem"
    authority.cert_pem.write_to_path(bundle)
    return context, bundle


@contextlib.asynccontextmanager
async def proxy(target_port: int) -> AsyncIterator[int]:
    """Run a CONNECT proxy that leads each of the vendor's hosts to a port here and refuses others; yield its port."""
    connections: set[asyncio.Task[None]] = set()

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            connections.add(task)
            task.add_done_callback(connections.discard)
        try:
            await _tunnel(reader, writer, target_port)
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, asyncio.CancelledError):
            return  # one side has gone, or the proxy is shutting down; the connection ends either way
        finally:
            writer.close()

    server = await asyncio.start_server(accept, LOOPBACK, 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in tuple(connections):
            task.cancel()
        await asyncio.gather(*connections, return_exceptions=True)


async def _tunnel(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, target_port: int) -> None:
    head = await reader.readuntil(b"\r\n\r\n")
    method, _, rest = head.decode("latin-1").partition(" ")
    host = rest.partition(" ")[0]
    if method != "CONNECT" or host not in {f"{name}:443" for name in API_OF_HOST}:
        writer.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        await writer.drain()
        return
    far_reader, far_writer = await asyncio.open_connection(LOOPBACK, target_port)
    writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
    await asyncio.gather(_pipe(reader, far_writer), _pipe(far_reader, writer))


async def _pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Hand on what comes until one side ends; then end the other."""
    try:
        with contextlib.suppress(OSError):
            while data := await reader.read(_CHUNK):
                writer.write(data)
                await writer.drain()
    finally:
        writer.close()
