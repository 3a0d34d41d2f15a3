"""What went wrong with a request, as the JSON that OpenAI's clients read.

{"error": {"message": "'speed' must be between 0.25 and 4, not 9.", "type": "invalid_request_error",
           "param": "speed", "code": "invalid_value"}}
"""

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.routing import Match, Mount

from xtts_jax.errors import FieldError, TextError

FIELDS = {
    "text": "input",
    "speaker": "voice",
    "references": "voice",
}  # the library's names, and ours
EXAMPLE = 'Send a JSON object such as {"input": "Good morning."}, with Content-Type: application/json.'
KINDS = ("str", "VoiceId")  # what a field may be, which pydantic adds to its name
SHOWN = 60  # characters of a value that is refused
METHODS = ("DELETE", "GET", "HEAD", "POST")
CLIENT_LEFT = 499  # as nginx calls it; nobody reads it
_TYPES = {
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    429: "rate_limit_error",
}


class Problem(HTTPException):
    """A request that cannot be answered; the message says what is wrong, where, and how to mend it."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        param: str | None = None,
        code: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(status, message, dict(headers or {}))
        self.param, self.code = param, code

    def error(self) -> dict[str, Any]:
        kind = "server_error" if self.status_code >= 500 else "invalid_request_error"
        return {
            "message": self.detail,
            "type": _TYPES.get(self.status_code, kind),
            "param": self.param,
            "code": self.code,
        }

    def response(self) -> JSONResponse:
        return JSONResponse({"error": self.error()}, self.status_code, self.headers)


def closing() -> Problem:
    return Problem(
        503,
        "The server is being stopped and takes nothing new. Try again when it has started again.",
        code="closing",
        headers={"Retry-After": "10"},
    )


def of_fields(error: FieldError) -> Problem:
    """Calls each field of the library as it is called in a request."""
    named: list[str] = ["input"] if isinstance(error, TextError) else []

    def name(field: str) -> str:
        named.append(FIELDS.get(field, field))
        return f"'{named[-1]}'"

    message = error.named(name)
    first = min(named, key=lambda each: message.find(f"'{each}'") % (len(message) + 1), default=None)
    return Problem(400, message, param=first, code="invalid_value")


def of_validation(errors: list[Any], remedy: str = EXAMPLE) -> Problem:
    """The first of what pydantic found; remedy: what to send, where something is missing."""
    first = errors[0]
    where = ".".join(str(part) for part in first["loc"][1:] if part not in KINDS)
    if first["type"] == "json_invalid":
        return Problem(400, f"The body is not JSON: {first['ctx']['error']}.", code="invalid_json")
    if not where and isinstance(first["input"], bytes):
        return Problem(400, "Send JSON, and say so: Content-Type: application/json.", code="not_json")
    if first["type"] == "missing":
        named = f"'{where}' is missing" if where else "The request has no JSON body"
        return Problem(400, f"{named}. {remedy}", param=where or None, code="missing")
    message = first["msg"].removeprefix("Input ").removeprefix("Value error, ")
    if first["type"] == "model_attributes_type":
        message = "should be a JSON object"
    value = _shown(first["input"])
    shown = value if len(value) <= SHOWN else f"{value[:SHOWN]}..."
    whose = f"'{where}'" if where else "The body"
    return Problem(400, f"{whose} {message}, not {shown}.", param=where or None, code="invalid_type")


def _shown(value: object) -> str:
    """As a client writes it, without halves of surrogate pairs."""
    text = repr(value) if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=repr)
    return text.encode("utf-8", "replace").decode()


def install(app: FastAPI) -> None:
    @app.exception_handler(FieldError)
    async def field_error(_: Request, error: FieldError) -> JSONResponse:
        return of_fields(error).response()

    @app.exception_handler(RequestValidationError)
    async def validation_error(_: Request, error: RequestValidationError) -> JSONResponse:
        return of_validation(list(error.errors())).response()

    @app.exception_handler(HTTPException)
    async def http_exception(request: Request, error: HTTPException) -> JSONResponse:
        return (error if isinstance(error, Problem) else _explained(request, error)).response()

    @app.exception_handler(Exception)
    async def unexpected(request: Request, _: Exception) -> JSONResponse:
        return broken(request.scope.get("request_id", "")).response()


def broken(request_id: str) -> Problem:
    return Problem(
        500,
        f"The server failed to answer this, which is its own fault; its log says why, under {request_id}. "
        "Other requests are not affected. If it happens again, report it with the log.",
        code="internal_error",
    )


def _explained(request: Request, error: HTTPException) -> Problem:
    asked, status, headers = f"{request.method} {request.url.path}"[:SHOWN], error.status_code, error.headers
    if status in (404, 405) and (allowed := _methods(request)):
        status, headers = 405, {"Allow": ", ".join(allowed)}
    messages = {
        404: f"There is nothing at {asked}. /docs lists what there is.",
        405: f"{asked} is not possible here. /docs lists what is.",
    }
    message = messages.get(status, f"{HTTPStatus(status).phrase}: {error.detail}.")
    return Problem(status, message, code=HTTPStatus(status).name.lower(), headers=headers)


def _methods(request: Request) -> list[str]:
    """What can be done at this path; the routes know of one method each, and the page at "/" of none."""
    routes = [route for route in request.app.routes if not isinstance(route, Mount)]
    scopes = ({**request.scope, "path_params": {}, "method": method} for method in METHODS)
    return [s["method"] for s in scopes if any(route.matches(s)[0] is Match.FULL for route in routes)]
