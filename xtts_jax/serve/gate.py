"""Who may come in, and with how much: keys, origins and sizes, before anything else looks at a request."""

import asyncio
import hashlib
import hmac
from collections.abc import Iterable
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocketClose

from xtts_jax.serve.limits import Limits
from xtts_jax.serve.problems import Problem

GUARDED = ("/v1/", "/metrics")
VOICES = "/v1/voices"
LOCAL_NAMES = ("localhost", "127.0.0.1", "::1")
REFUSED = 1008  # the code of a WebSocket that breaks a rule


class Keys:
    """Compared in constant time, and kept as digests."""

    def __init__(self, keys: Iterable[str]) -> None:
        self._digests = [_digest(key) for key in keys]

    def __bool__(self) -> bool:
        return bool(self._digests)

    def accept(self, given: str) -> bool:
        """Whether it is one of them, or none are needed; all are compared, whichever it is."""
        digest = _digest(given)
        matches = [hmac.compare_digest(digest, known) for known in self._digests]
        return any(matches) or not matches

    def require(self, given: str) -> None:
        if not self.accept(given):
            raise Problem(
                401,
                "This server needs an API key, and the one that was given is unknown. Send one as "
                "'Authorization: Bearer KEY'."
                if given
                else "This server needs an API key. Send it as 'Authorization: Bearer KEY'.",
                code="invalid_api_key",
                headers={"WWW-Authenticate": "Bearer"},
            )


def _digest(key: str) -> bytes:
    return hashlib.sha256(key.encode("utf-8", "surrogateescape")).digest()


def bearer(headers: Headers) -> str:
    scheme, _, key = headers.get("authorization", "").partition(" ")
    return key.strip() if scheme.lower() == "bearer" else ""


class Gate:
    """Middleware that refuses a request before its body is read, and reads no more of it than is allowed."""

    def __init__(
        self, app: ASGIApp, keys: Keys, limits: Limits, origins: Iterable[str] = (), *, local: bool = True
    ) -> None:
        """origins: other web pages that may use the server; local: only names of this machine lead to it.

        The latter keeps out pages whose own name was made to lead here (DNS rebinding).
        """
        self._app, self._keys, self._limits = app, keys, limits
        self._origins, self._local = {*origins}, local

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        try:
            self._check_origin(headers)
            most = self._most(scope)
            self._check_access(scope, headers, most)
        except Problem as problem:
            refusal = problem.response() if scope["type"] == "http" else WebSocketClose(REFUSED, problem.code)
            await refusal(scope, receive, send)
            return
        limited = self._limited(receive, most) if scope["type"] == "http" else receive
        await self._app(scope, limited, send)

    def _check_origin(self, headers: Headers) -> None:
        host, origin = headers.get("host", ""), headers.get("origin")
        if self._local and _name(f"//{host}") not in LOCAL_NAMES:
            raise Problem(
                403,
                f"This server is called {' or '.join(LOCAL_NAMES[:2])}, not {host[:60]!r}. Start it with an "
                "API key to reach it by another name.",
                code="unknown_host",
            )
        if origin and origin not in self._origins and origin.partition("://")[2] != host:
            raise Problem(
                403,
                f"Pages of {origin[:60]!r} may not use this server. Start it with --cors-origin to let them.",
                code="foreign_origin",
            )

    def _check_access(self, scope: Scope, headers: Headers, most: int) -> None:
        if scope["type"] == "http" and scope["path"].startswith(GUARDED) and scope["method"] != "OPTIONS":
            self._keys.require(bearer(headers))
        length = headers.get("content-length", "0")
        if not length.isascii() or not length.isdigit() or int(length[:20]) > most:
            raise _too_large(most)

    def _most(self, scope: Scope) -> int:
        return self._limits.upload if scope["path"] == VOICES else self._limits.body

    def _limited(self, receive: Receive, most: int) -> Receive:
        """Raises a `Problem` for a body that is too large, or whose sender falls silent."""
        read, complete = 0, False

        async def limited() -> Message:
            nonlocal read, complete
            if complete:  # then this waits for the client to leave
                return await receive()
            try:
                message = await asyncio.wait_for(receive(), self._limits.slow_body_s)
            except TimeoutError:
                raise Problem(
                    408, "The rest of the request did not come. Send it again.", code="slow"
                ) from None
            read += len(message.get("body", b""))
            complete = not message.get("more_body", False)
            if read > most:
                raise _too_large(most)
            return message

        return limited


def _too_large(most: int) -> Problem:
    return Problem(
        413,
        f"The request is too large: at most {most / 2**20:g} MiB are taken. Divide the text, or cut the "
        "recording.",
        code="too_large",
    )


def _name(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""
