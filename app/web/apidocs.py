"""The API's documentation as one plain page, made from its OpenAPI description.

FastAPI's own page loads its scripts from another host; this one loads nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from html import escape
from typing import Any

_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:52rem;margin:2rem auto;padding:0 1rem;color-scheme:light dark}"
    "pre,code{font-family:ui-monospace,monospace;font-size:.9em}pre{overflow:auto;padding:1rem;border:1px solid #8884;"
    "border-radius:.5rem}table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.3rem .6rem;"
    "border-bottom:1px solid #8884;vertical-align:top}h2 code{font-size:1em}"
)


def docs_page(openapi: dict[str, Any]) -> str:
    """The page as HTML."""
    schemas = openapi.get("components", {}).get("schemas", {})
    parts = [
        '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">',
        f"<title>{escape(openapi['info']['title'])} API</title><style>{_STYLE}</style>",
        f"<h1>{escape(openapi['info']['title'])} API</h1><p>{escape(openapi['info'].get('description', ''))} ",
        'The same as a machine reads it: <a href="openapi.json">openapi.json</a>.</p>',
    ]
    for path, methods in openapi["paths"].items():
        for method, operation in methods.items():
            parts.extend(_operation(path, method, operation, schemas))
    return "".join(parts)


def _operation(path: str, method: str, operation: dict[str, Any], schemas: dict[str, Any]) -> Iterator[str]:
    yield f"<h2><code>{method.upper()} {escape(path)}</code></h2><p>{escape(operation.get('summary', ''))}</p>"
    parameters = operation.get("parameters", [])
    if parameters:
        yield "<table><tr><th>parameter<th>type<th>"
        for item in parameters:
            need = "required" if item.get("required") else f"default {json.dumps(item['schema'].get('default'))}"
            kind = json.dumps(_example(item["schema"], schemas))
            about = " ".join(filter(None, [need, item.get("description")]))
            yield f"<tr><td><code>{escape(item['name'])}</code><td><code>{escape(kind)}</code><td>{escape(about)}"
        yield "</table>"
    if "requestBody" in operation:
        yield "<h3>Request</h3>" + _block(operation["requestBody"], schemas)
    yield "<h3>Response</h3>" + _block(operation["responses"]["200"], schemas)


def _block(body: dict[str, Any], schemas: dict[str, Any]) -> str:
    schema = body.get("content", {}).get("application/json", {}).get("schema", {})
    return f"<pre>{escape(json.dumps(_example(schema, schemas), indent=2, ensure_ascii=False))}</pre>"


def _example(schema: dict[str, Any], schemas: dict[str, Any]) -> Any:
    """A value of the schema's shape: its example, else its type's name."""
    if "$ref" in schema:
        return _example(schemas[schema["$ref"].rsplit("/", 1)[-1]], schemas)
    if schema.get("examples"):
        return schema["examples"][0]
    if "properties" in schema:
        return {name: _example(own, schemas) for name, own in schema["properties"].items()}
    if schema.get("type") == "array":
        return [_example(schema.get("items", {}), schemas)]
    if "additionalProperties" in schema and isinstance(schema["additionalProperties"], dict):
        return {"…": _example(schema["additionalProperties"], schemas)}
    shown = schema.get("type", "any")
    return f"{shown}: {schema['description']}" if "description" in schema else shown
