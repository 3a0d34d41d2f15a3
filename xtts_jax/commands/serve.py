"""`xtts-jax serve`: a run that speaks over HTTP, as OpenAI's clients ask for it, and to Home Assistant.

`xtts-jax serve [--ckpt WORKDIR] [--port 8020] [--wyoming-port 10200] [--api-key-file FILE]`
"""

import argparse
import ipaddress
import os
import re
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from xtts_jax.commands.endings import flags
from xtts_jax.commands.options import add_step, add_vocoder, add_voice, require_at_least_one
from xtts_jax.commands.verbs import new_parser
from xtts_jax.errors import UserError
from xtts_jax.listen.packages import optional
from xtts_jax.runs.shipped import folder_of

PACKAGES = ("fastapi", "uvicorn", "python_multipart", "prometheus_client", "websockets")
REMEDY = (
    "Run `pip install 'xtts_jax[serve]'`, or `.venv/bin/pip install -r requirements-serve.txt` in a checkout."
)
FLAGS = {"host": "--host", "port": "--port", "wyoming_port": "--wyoming-port", "path": "--ckpt"}
LEAST_KEY = 16  # characters


def main(arguments: Sequence[str]) -> None:
    options = _new_parser().parse_args(arguments)
    options.ckpt = folder_of(options.ckpt)
    require_at_least_one(options, "queue", "longest")
    keys = keys_of(options)
    check_exposure(options, bool(keys))
    check_origins(options.cors_origin)
    for package in (*PACKAGES, *(["wyoming"] if options.wyoming_port is not None else [])):
        optional(package, REMEDY)
    with flags(FLAGS):
        _serve(options, keys)


def _serve(options: argparse.Namespace, keys: Sequence[str]) -> None:
    from xtts_jax.commands.compile_cache import use_compile_cache
    from xtts_jax.serve import app, server
    from xtts_jax.serve.gate import Keys
    from xtts_jax.serve.limits import Limits
    from xtts_jax.serve.service import open_service

    http = server.bind(options.host, options.port, "port")
    wyoming = options.wyoming_port
    wyoming = None if wyoming is None else server.bind(options.host, wyoming, "wyoming_port")
    server.log_to_stderr()
    use_compile_cache()
    limits = replace(Limits(), places=options.queue, text=options.longest)
    service = open_service(options.ckpt, limits, step=options.step, vocoder=options.vocoder)
    print(
        "Compiling for this voice: about a minute the first time, then seconds.", file=sys.stderr, flush=True
    )
    service.tts.warm_up()
    local = is_local(options.host) and not keys
    web = app.build(service, Keys(keys), options.cors_origin, local=local)
    for name, where in (("HTTP", http), ("Wyoming", wyoming)):
        if where:
            print(f"{options.ckpt} speaks at {_shown(where.getsockname())} ({name}).", file=sys.stderr)
    server.new_server(web, service, wyoming).run([http])


def _new_parser() -> argparse.ArgumentParser:
    parser = new_parser("serve")
    add_voice(parser)
    add_step(parser)
    add_vocoder(parser)
    number = {"type": int, "metavar": "N"}
    parser.add_argument("--host", default="127.0.0.1", help="address to listen at; default: %(default)s")
    parser.add_argument("--port", **number, default=8020, help="default: %(default)s; 0: any that is free")
    wyoming = "speak the Wyoming protocol there as well, for Home Assistant, which asks for 10200"
    parser.add_argument("--wyoming-port", **number, help=wyoming)
    keys = parser.add_argument_group("API keys; default: none is needed")
    keys.add_argument("--api-key-file", type=Path, metavar="FILE", help="a key in each line")
    keys.add_argument("--api-key-env", metavar="NAME", help="the environment variable that holds a key")
    anyone = "listen at other addresses than this machine's own although no key is asked for"
    keys.add_argument("--allow-anyone", action="store_true", help=anyone)
    pages = "web pages of other origins that may use it, such as https://example.org; default: none"
    parser.add_argument("--cors-origin", nargs="+", default=[], metavar="URL", help=pages)
    queue = "requests that are spoken or wait, before others are told to come again; default: %(default)s"
    parser.add_argument("--queue", **number, default=32, help=queue)
    longest = "characters of a text; default: %(default)s"
    parser.add_argument("--longest", **number, default=4096, help=longest)
    return parser


def keys_of(options: argparse.Namespace) -> list[str]:
    """From file and environment, never from an argument, which everybody on the machine can see."""
    keys: list[str] = []
    if (file := options.api_key_file) is not None:
        try:
            lines = file.read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise UserError(f"--api-key-file {file} cannot be read ({error}).") from error
        keys += [line.strip() for line in lines if line.strip()]
        if not keys:
            raise UserError(f"--api-key-file {file} has no key in it. Write one into each line.")
    if options.api_key_env is not None:
        keys.append(os.environ.get(options.api_key_env, "").strip())
        if not keys[-1]:
            raise UserError(f"--api-key-env: the environment variable {options.api_key_env} is empty.")
    if any(len(key) < LEAST_KEY for key in keys):
        raise UserError(
            f"An API key has fewer than {LEAST_KEY} characters and could be guessed. Make one: "
            "python -c 'import secrets; print(secrets.token_urlsafe())'."
        )
    return keys


def check_exposure(options: argparse.Namespace, has_keys: bool) -> None:
    """Refuses to let others in without a key unless that is said twice."""
    if is_local(options.host) or options.allow_anyone:
        return
    if not has_keys:
        raise UserError(
            f"At --host {options.host} anyone who reaches this machine could use the server. Give "
            "--api-key-file or --api-key-env, or --allow-anyone as well if that is meant."
        )
    if options.wyoming_port is not None:
        raise UserError(
            f"The Wyoming protocol knows no keys: at --host {options.host} anyone who reaches "
            "--wyoming-port could use it. Give --allow-anyone as well if that is meant."
        )


def check_origins(origins: Sequence[str]) -> None:
    """Browsers send an origin as scheme, host and port, and compare it letter by letter."""
    for origin in origins:
        if origin != "*" and not re.fullmatch(r"https?://[^/\s]+", origin):
            raise UserError(
                f"--cors-origin {origin} names no origin. Give scheme and host, such as https://example.org."
            )


def is_local(host: str) -> bool:
    """Whether only this machine reaches it."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _shown(address: tuple) -> str:
    host, port, *_ = address
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
