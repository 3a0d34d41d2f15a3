"""The web application of a service: its routes, and who may use them."""

from collections.abc import Iterable
from typing import Any

from fastapi import Depends, FastAPI
from fastapi.middleware.cors import CORSMiddleware
from fastapi.security import HTTPBearer

from xtts_jax.serve import answers, catalogue, problems, reference, speech, websocket
from xtts_jax.serve.gate import Gate, Keys
from xtts_jax.serve.record import Record
from xtts_jax.serve.service import Service
from xtts_jax.serve.web_page import WebPage

VERSION = "1"  # that of the interface
ABOUT = "Text to speech by a run of xtts_jax. Clients of OpenAI's API can use it as they are."
HEADERS = ("X-Notice", "X-Ignored", "X-Sample-Rate", "X-Request-Id", "Retry-After")  # that pages may read


def build(service: Service, keys: Keys, origins: Iterable[str] = (), *, local: bool = True) -> FastAPI:
    """origins, local: as for `Gate`."""
    app = FastAPI(title="xtts-jax", version=VERSION, description=ABOUT, docs_url=None, redoc_url=None)
    app.include_router(reference.router(app))
    problems.install(app)
    described = _described(keys)
    app.include_router(speech.router(service), **described)
    app.include_router(catalogue.router(service), **described)
    app.include_router(catalogue.health_router(service))
    app.include_router(websocket.router(service, keys))
    app.mount("/", WebPage())
    allowed = [*origins]
    app.add_middleware(Gate, keys=keys, limits=service.limits, origins=allowed, local=local)
    if allowed:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=allowed,
            allow_methods=["GET", "POST", "DELETE"],
            allow_headers=["Authorization", "Content-Type"],
            expose_headers=HEADERS,
        )
    app.add_middleware(Record, metrics=service.metrics)
    return app


def _described(keys: Keys) -> dict[str, Any]:
    """What the gate asks of every request, for the documentation."""
    if not keys:
        return {"responses": answers.failures(403)}
    bearer = Depends(HTTPBearer(auto_error=False))
    return {"dependencies": [bearer], "responses": answers.failures(401, 403)}
