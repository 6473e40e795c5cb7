"""What BuildKit is asked for, made of the options of ``build:`` in a Compose file."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from projects.compose.dockerfile import Dockerfile, read_dockerfile
from projects.compose.errors import BuildFailed
from projects.compose.messages import Message
from projects.services import contexts
from projects.services.buildkit import BuildRequest
from projects.services.buildkit_files import Directory
from projects.services.buildkit_session import Provision
from projects.services.contract import Engine
from projects.services.ssh_keys import KeyAgent, read_key

CONTEXT, DOCKERFILE = "context", "dockerfile"
NAMED_CONTEXTS_SINCE = (1, 42)  # of the Engine API: the Dockerfile frontend of engine 23
LIMITS_SINCE = NAMED_CONTEXTS_SINCE
LARGEST_SECRET = 500 * 1024  # BuildKit's own limit
_REMOTE = re.compile(r"(?:https?://|git://|ssh://|git@|github\.com/)")
_NETWORKS = frozenset({"", "default", "none", "host"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Prepared:
    """A request, the Dockerfile as far as it is known here, and what the builder will not heed."""

    request: BuildRequest
    dockerfile: Dockerfile
    warnings: tuple[Message, ...] = ()


def prepare(engine: Engine, reference: str, options: Mapping[str, Any]) -> Prepared:
    """Return what to ask for so that the image is named `reference`; raises `BuildFailed` for what cannot be had."""
    _refuse(options)
    directories, attributes, dockerfile = _sources(options)
    named = _named_contexts(engine, options, dockerfile)
    directories |= {key: directory for key, directory in named.values() if directory is not None}
    attributes |= {
        f"context:{name}": key if directory is None else f"local:{key}" for name, (key, directory) in named.items()
    }
    request = BuildRequest(
        names=(reference, *(options.get("tags") or ())),
        options=attributes | _attributes(engine, options),
        shared_key=hashlib.sha256(f"{options.get('context')}\0{reference}".encode()).hexdigest(),
        cache_from=tuple(_cache(text) for text in options.get("cache_from") or ()),
        cache_to=tuple(_cache(text) for text in options.get("cache_to") or ()),
        entitlements=_entitlements(options),
        provision=Provision(
            directories=directories,
            secrets={each["id"]: _secret(each) for each in options.get("secrets") or ()},
            agents={each["id"]: _agent(each) for each in options.get("ssh") or ()},
            credentials=engine.login,
        ),
    )
    return Prepared(request=request, dockerfile=dockerfile, warnings=_unheeded(engine, options, dockerfile))


def _unheeded(engine: Engine, options: Mapping[str, Any], dockerfile: Dockerfile) -> tuple[Message, ...]:
    """Return what an old builder leaves out without a word; a frontend that the Dockerfile names may know it."""
    if engine.api_version >= LIMITS_SINCE or dockerfile.syntax:
        return ()
    return tuple(
        Message(
            'This engine\'s BuildKit does not heed "build: %(option)s". Use a newer engine (23 or later), or the '
            "classic builder (DOCKER_BUILDKIT=0).",
            option=option,
        )
        for option in ("shm_size", "ulimits")
        if options.get(option)
    )


def _refuse(options: Mapping[str, Any]) -> None:
    if options.get("privileged"):
        raise BuildFailed(
            Message(
                "A privileged build would give the Dockerfile the rights of root on the engine's machine, which its "
                'builder does not allow. Remove "build: privileged" from the Compose file.'
            )
        )
    if (network := str(options.get("network") or "")) not in _NETWORKS:
        raise BuildFailed(
            Message(
                'BuildKit knows no network "%(network)s": it builds in "default", "host" or "none". Correct '
                '"build: network", or build with the classic builder (DOCKER_BUILDKIT=0).',
                network=network,
            )
        )


def _sources(options: Mapping[str, Any]) -> tuple[dict[str, Directory], dict[str, str], Dockerfile]:
    """Return the directories to offer, the options that name them, and the Dockerfile."""
    context = str(options.get("context") or ".")
    inline, path = str(options.get("dockerfile_inline") or ""), str(options.get("dockerfile") or "")
    target = str(options.get("target") or "")
    if _REMOTE.match(context):
        attributes = {"context": context, "filename": path or contexts.DOCKERFILE}
        if not inline:
            return {}, attributes, Dockerfile()
        attributes |= {"dockerfilekey": DOCKERFILE, "filename": contexts.DOCKERFILE}
        return {DOCKERFILE: _only(inline.encode())}, attributes, read_dockerfile(inline, target)
    found = contexts.for_buildkit(context, path, inline)
    directories = {CONTEXT: Directory(context=found.context), DOCKERFILE: _only(found.dockerfile)}
    text = found.dockerfile.decode(errors="replace")
    return directories, {"filename": contexts.DOCKERFILE}, read_dockerfile(text, target)


def _only(dockerfile: bytes) -> Directory:
    return Directory(files={contexts.DOCKERFILE: dockerfile})


def _attributes(engine: Engine, options: Mapping[str, Any]) -> dict[str, str]:
    """Return the options of the Dockerfile frontend."""
    given: dict[str, str] = {
        "target": str(options.get("target") or ""),
        "platform": str(options.get("platform") or ""),
        "add-hosts": ",".join(_hosts(engine, options.get("extra_hosts") or ())),
        "shm-size": str(options.get("shm_size") or ""),
        "ulimit": ",".join(f"{name}={u['soft']}:{u['hard']}" for name, u in (options.get("ulimits") or {}).items()),
        "force-network-mode": str(options.get("network") or "").removeprefix("default"),
        "image-resolve-mode": "pull" if options.get("pull") else "default",
    }
    chosen = {key: value for key, value in given.items() if value}
    if options.get("no_cache") or options.get("no_cache_filter"):
        # Empty: nothing is taken from the cache; else the stages for which that is so.
        chosen["no-cache"] = "" if options.get("no_cache") else ",".join(options["no_cache_filter"])
    chosen |= {f"build-arg:{name}": str(value) for name, value in (options.get("args") or {}).items()}
    return chosen | {f"label:{name}": str(value) for name, value in (options.get("labels") or {}).items()}


def _hosts(engine: Engine, hosts: Iterable[str]) -> Iterator[str]:
    for host in hosts:
        name, _, address = host.partition(":")
        yield f"{name}={engine.host_gateway() if address == 'host-gateway' else address}"


def _entitlements(options: Mapping[str, Any]) -> tuple[str, ...]:
    asked = list(options.get("entitlements") or ())
    if options.get("network") == "host":
        asked.append("network.host")
    return tuple(dict.fromkeys(asked))


def _cache(text: str) -> dict[str, str]:
    """Return a cache's options: ``type=registry,ref=…``, or an image's name alone."""
    if "=" not in text:
        return {"type": "registry", "ref": text}
    return {"type": "registry"} | dict(part.split("=", 1) for part in text.split(",") if "=" in part)


def _named_contexts(
    engine: Engine, options: Mapping[str, Any], dockerfile: Dockerfile
) -> dict[str, tuple[str, Directory | None]]:
    """Return for each additional context what the frontend is told, with the directory where it is one of ours."""
    asked: Mapping[str, str] = options.get("additional_contexts") or {}
    if asked and engine.api_version < NAMED_CONTEXTS_SINCE and not dockerfile.syntax:
        raise BuildFailed(
            Message(
                '"build: additional_contexts" needs a newer Docker engine (23 or later), or a first line "# syntax=…" '
                "in the Dockerfile that names a newer frontend."
            )
        )
    return {name: _named(number, name, source) for number, (name, source) in enumerate(sorted(asked.items()))}


def _named(number: int, name: str, source: str) -> tuple[str, Directory | None]:
    if "://" in source or _REMOTE.match(source):
        if source.startswith("oci-layout://"):
            raise BuildFailed(
                Message('The additional context "%(name)s" is an OCI layout, which is not supported yet.', name=name)
            )
        return source, None
    return f"named-{number}", Directory(context=contexts.directory(source))


def _secret(secret: Mapping[str, Any]) -> Callable[[], bytes]:
    """Return how to read a secret; raises `BuildFailed` where it cannot be had, before anything is built."""
    name = str(secret["id"])
    if variable := secret.get("unset"):
        raise BuildFailed(
            Message(
                'The build secret "%(name)s" is the value of the variable %(variable)s, which is not set. Set it, such '
                "as in the project's .env file.",
                name=name,
                variable=variable,
            )
        )
    if "content" in secret:
        content = str(secret["content"]).encode()
        return lambda: content
    content = _secret_file(name, Path(str(secret["file"])))
    return lambda: content


def _secret_file(name: str, path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_SECRET + 1)
    except OSError as error:
        raise BuildFailed(
            Message(
                'The file "%(path)s" of the build secret "%(name)s" cannot be read (%(reason)s). Write it, or correct '
                '"secrets:" in the Compose file.',
                path=str(path),
                name=name,
                reason=error.strerror or str(error),
            )
        ) from error
    if len(content) > LARGEST_SECRET:
        raise BuildFailed(
            Message('The build secret "%(name)s" is larger than 500 KiB, the most that BuildKit takes.', name=name)
        )
    return content


def _agent(key: Mapping[str, Any]) -> str | KeyAgent:
    """Return the socket of the SSH agent for a build, or an agent of the key that a file holds."""
    path = str(key.get("path") or os.environ.get("SSH_AUTH_SOCK") or "")
    if not path:
        raise BuildFailed(
            Message(
                'The build asks for an SSH agent ("build: ssh"), and none runs for this program. Start one '
                "(eval $(ssh-agent); ssh-add) before this program, or name its socket: ssh: default=/path/to/socket"
            )
        )
    return path if Path(path).is_socket() else read_key(Path(path))
