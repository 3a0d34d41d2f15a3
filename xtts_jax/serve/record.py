"""Middleware that gives every request a number, counts it, and writes a line about it: never what it says."""

import asyncio
import logging
import secrets
import time

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from xtts_jax.serve.metrics import Metrics
from xtts_jax.serve.problems import CLIENT_LEFT, closing

log = logging.getLogger(__name__)
OTHER = "other"  # all routes that are none, so that nobody can make up new ones


class Record:
    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app, self._metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        scope["request_id"] = request_id = f"req_{secrets.token_hex(8)}"
        start, status, complete = time.monotonic(), 0, False

        async def noting(message: Message) -> None:
            nonlocal status, complete
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message).update(
                    {"X-Request-Id": request_id, "X-Content-Type-Options": "nosniff"}
                )
            complete = message["type"] == "http.response.body" and not message.get("more_body", False)
            await send(message)

        try:
            await self._app(scope, receive, noting)
        except asyncio.CancelledError:  # only by the end of the server
            if not status:
                await closing().response()(scope, receive, noting)
        except Exception:
            log.exception("%s failed", request_id)
            status = status or 500
            raise
        finally:
            ended = status if complete or status >= 400 else CLIENT_LEFT
            self._note(scope, request_id, ended, time.monotonic() - start)

    def _note(self, scope: Scope, request_id: str, status: int, seconds: float) -> None:
        route = getattr(scope.get("route"), "path", OTHER)
        method = scope["method"] if route != OTHER else OTHER
        self._metrics.requests.labels(method, route, status).inc()
        self._metrics.seconds.labels(route).observe(seconds)
        log.info("%s %s %s %d %.3f s", request_id, method, route, status, seconds)
