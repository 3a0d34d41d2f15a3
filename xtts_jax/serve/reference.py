"""The interface as a page at /docs, made of its OpenAPI description; nothing in it comes from other hosts."""

from collections.abc import Iterator
from html import escape
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.responses import HTMLResponse

_HEAD = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark; font-family: system-ui, sans-serif; line-height: 1.5 }}
body {{ max-width: 60rem; margin: 2rem auto; padding: 0 1rem }}
th, td {{ text-align: start; vertical-align: top; padding: 0.2rem 1rem 0.2rem 0 }}
h2 {{ margin-top: 2rem; font-size: 1.1rem; font-family: monospace }}
</style>
<h1>{title}</h1>
<p>{about} <a href="openapi.json">openapi.json</a> describes it for programs.</p>
"""


def router(app: FastAPI) -> APIRouter:
    routes = APIRouter()

    @routes.get("/docs", include_in_schema=False)
    async def docs() -> HTMLResponse:
        return HTMLResponse("".join(_page(app.openapi())))

    return routes


def _page(described: dict[str, Any]) -> Iterator[str]:
    yield _HEAD.format(
        title=escape(described["info"]["title"]), about=escape(described["info"]["description"])
    )
    schemas = described.get("components", {}).get("schemas", {})
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            yield f"<h2>{method.upper()} {escape(path)}</h2>\n"
            yield f"<p>{escape(operation.get('description', ''))}</p>\n"
            for kind, content in operation.get("requestBody", {}).get("content", {}).items():
                yield from _body(kind, content, schemas)


def _body(media_type: str, content: dict[str, Any], schemas: dict[str, Any]) -> Iterator[str]:
    schema = content["schema"]
    schema = schemas[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema
    yield f"<table>\n<tr><th>{escape(media_type)}<th>type<th>default<th>meaning\n"
    for name, field in schema["properties"].items():
        default = "required" if name in schema.get("required", ()) else repr(field.get("default", ""))
        cells = (name, _type(field), default, field.get("description", ""))
        yield f"<tr>{''.join(f'<td>{escape(cell)}' for cell in cells)}\n"
    yield "</table>\n"


def _type(field: dict[str, Any]) -> str:
    if "anyOf" in field:
        return " or ".join(map(_type, field["anyOf"]))
    return field.get("type", "object")
