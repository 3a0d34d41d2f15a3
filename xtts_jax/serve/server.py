"""A service on its ports, until it is stopped."""

import asyncio
import errno
import logging
import os
import socket
import sys
import time
from types import FrameType

import uvicorn
from fastapi import FastAPI

from xtts_jax.errors import FieldError
from xtts_jax.serve import wyoming_port
from xtts_jax.serve.service import Service

log = logging.getLogger("xtts_jax.serve")
TICK_S = 0.1
LAST_S = 5  # for answers that are still being sent when nothing is spoken any more


class Server(uvicorn.Server):
    """On the first signal it takes nothing new and ends when all is spoken; on the second it ends at once."""

    def __init__(self, config: uvicorn.Config, service: Service, wyoming: socket.socket | None) -> None:
        super().__init__(config)
        self._service, self._wyoming = service, wyoming
        self._wyoming_server: asyncio.Server | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self._wyoming:
            self._wyoming_server = await wyoming_port.listen(self._service, self._wyoming)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        if self._wyoming_server:
            self._wyoming_server.close()
        await super().shutdown(sockets)
        self._service.desk.end(wait=not self.force_exit)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        if self._service.desk.closing:
            self.should_exit = self.force_exit = True
        self._service.desk.closing = True

    async def on_tick(self, counter: int) -> bool:
        if self._service.desk.closing and not self.should_exit:
            await self._finish()
            return True
        return await super().on_tick(counter)

    async def _finish(self) -> None:
        limits, places = self._service.limits, self._service.desk.places
        log.info("stopping: %d requests are finished first; once more to stop at once", places.taken)
        end = time.monotonic() + limits.grace_s - LAST_S
        while places.taken and not self.should_exit and time.monotonic() < end:
            await asyncio.sleep(TICK_S)


def bind(host: str, port: int, field: str) -> socket.socket:
    """A socket that listens; `FieldError`, which names the `field` of the port, for none. port: 0 is any."""
    if not 0 <= port < 2**16:
        raise FieldError(f"{{{field}}} must be from 0 to {2**16 - 1}, not {port}.")
    try:
        family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        return socket.create_server(address, family=family, backlog=1024)
    except (OSError, UnicodeError) as error:
        raise _not_listening(error, host, port, field) from error


def _not_listening(error: OSError | UnicodeError, host: str, port: int, field: str) -> FieldError:
    """In place of asyncio's own words."""
    code = getattr(error, "errno", None)
    if code == errno.EADDRNOTAVAIL or isinstance(error, UnicodeError | socket.gaierror):
        return FieldError(
            "{host} must be a name or address of this machine, such as 127.0.0.1, not {given!r}.", given=host
        )
    where = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    if code == errno.EADDRINUSE:
        return FieldError(
            "Another program, perhaps another server like this one, listens at {where} already. End it, or "
            f"give another {{{field}}}, such as 0 for any that is free.",
            where=where,
        )
    cause = os.strerror(code) if code else str(error)
    return FieldError(
        f"Nothing can listen at {{where}} ({{cause}}). Give another {{{field}}} or {{host}}.",
        where=where,
        cause=cause,
    )


def new_server(app: FastAPI, service: Service, wyoming: socket.socket | None = None) -> Server:
    """Its `run` takes the sockets of HTTP, and ends when a signal stops it."""
    config = uvicorn.Config(
        app,
        lifespan="off",
        loop="asyncio",  # uvloop starts other processes by a fork, which can deadlock JAX
        ws="websockets-sansio",
        ws_max_size=service.limits.body,
        ws_per_message_deflate=False,
        log_config=None,
        access_log=False,
        server_header=False,
        limit_concurrency=service.limits.connections,
        timeout_graceful_shutdown=LAST_S,
    )
    return Server(config, service, wyoming)


def log_to_stderr() -> None:
    """A line for each request; of the libraries only what goes wrong."""
    logging.basicConfig(stream=sys.stderr, format="%(asctime)s %(message)s", level=logging.WARNING)
    log.setLevel(logging.INFO)
