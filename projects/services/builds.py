"""Builds of images: by the engine's BuildKit, or by its classic builder where it has none or that is asked for."""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from projects.compose.buildkit_progress import BuildkitProgress
from projects.compose.dockerfile import read_dockerfile
from projects.compose.engine_messages import BuildMessages
from projects.compose.errors import BuildFailed, Cancelled, EngineError, EngineUnavailable
from projects.compose.events import Event, Kind, Status
from projects.compose.identity import LABEL_IMAGE_BUILDER, LABEL_PROJECT, LABEL_SERVICE, LABEL_VERSION
from projects.compose.messages import Message
from projects.compose.plan import Action
from projects.services import contexts, failures, refusals, registry_refusals
from projects.services.contract import Engine
from projects.services.registries import image_host
from projects.services.streams import Messages

if TYPE_CHECKING:
    from projects.services.buildkit import Solve

Emit: TypeAlias = Callable[[Event], None]

SHOWN_LINES = 10  # of a failed step's output, in the sentence
SENT_EVERY = 0.25  # seconds between two events about the context's bytes

_REMOTE = re.compile(r"(?:https?://|git://|ssh://|git@|github\.com/)")
_BASE_IMAGE = re.compile(r"FROM\s+(?:--\S+\s+)*(\S+)", re.IGNORECASE)
_VARIABLE = re.compile(r"\$\{?(\w+)\}?")
_EXIT_CODE = re.compile(r"exit code: (\d+)")
_NO_SECRET = re.compile(r"secret (\S+?):? not found")
_BUILDKIT_LABELS = frozenset({LABEL_PROJECT, LABEL_SERVICE, LABEL_VERSION})
_NO_EXPORTER = re.compile('unknown cache exporter: "([^"]*)"')
_NEEDS_BUILDKIT = ("additional_contexts", "secrets", "ssh", "privileged", "entitlements")
_NO = frozenset({"0", "f", "false"})


class Closable(Protocol):
    """What a cancel ends."""

    def close(self) -> None:
        """End it at once, from any thread."""


Streaming: TypeAlias = Callable[[Closable], None]


def build(engine: Engine, action: Action, emit: Emit, streaming: Streaming) -> None:
    """Build the image of `action`, telling of every step; what may be cut off is given to `streaming` first.

    Raises `BuildFailed`, `ImageNotFound` for a base image, `Cancelled`, or `EngineUnavailable`.
    """
    if os.environ.get("DOCKER_BUILDKIT", "").lower() in _NO or not _with_buildkit(engine, action, emit, streaming):
        _with_classic_builder(engine, action, emit, streaming)


def _with_buildkit(engine: Engine, action: Action, emit: Emit, streaming: Streaming) -> bool:
    """Build with BuildKit; False where the engine has none."""
    # Not at the top: it takes long to import, and most processes never build.
    from projects.services import buildkit, buildkit_request

    parser = BuildkitProgress(action.service)
    try:
        _refuse_platforms(action.payload)
        prepared = buildkit_request.prepare(engine, action.target, action.payload)
        parser = BuildkitProgress(action.service, prepared.dockerfile)
        solve = buildkit.Solve(engine, prepared.request)
        if not solve.connect():
            return False
        streaming(solve)
        _emit_all(emit, parser.begin(time.time()))
        for warning in prepared.warnings:
            emit(_warning(action.service, warning))
        _solve(solve, parser, emit)
    except (EngineUnavailable, Cancelled):
        raise
    except EngineError as error:
        _emit_all(emit, parser.fail(failures.sentence(action, error.message), time.time()))
        raise
    _emit_all(emit, parser.end(time.time()))
    return True


def _solve(solve: Solve, parser: BuildkitProgress, emit: Emit) -> None:
    failed = solve.run(lambda update: _emit_all(emit, parser.feed(update, time.time())))
    if failed:
        raise buildkit_failure(parser, parser.error or failed)


def _with_classic_builder(engine: Engine, action: Action, emit: Emit, streaming: Streaming) -> None:
    parser = BuildMessages(action.service, added_steps=len(labels_of(action.payload)))
    _emit_all(emit, parser.begin(time.time()))
    try:
        stream = open_build(engine, action.service, action.target, action.payload, emit)
        streaming(stream)
        for message in stream:
            _emit_all(emit, parser.feed(message, time.time()))
        if stream.cut:
            raise Cancelled(Message("Cancelled"))
        if parser.error:
            raise failure(parser, parser.error)
    except (EngineUnavailable, Cancelled):
        raise
    except EngineError as error:
        _emit_all(emit, parser.fail(failures.sentence(action, error.message), time.time()))
        raise
    _emit_all(emit, parser.end(time.time()))


def _emit_all(emit: Emit, events: Iterable[Event]) -> None:
    for event in events:
        emit(event)


def open_build(engine: Engine, service: str, reference: str, options: Mapping[str, Any], emit: Emit) -> Messages:
    """Return the stream of a build whose image is named `reference`; nothing is sent before its first message.

    `options` are the keys of ``build:`` in a Compose file, resolved, and ``platform``. Raises `BuildFailed` where
    context or Dockerfile are missing or an option is not possible with the classic builder.
    """
    _refuse_platforms(options)
    if unsupported := [key for key in _NEEDS_BUILDKIT if options.get(key)]:
        raise BuildFailed(
            Message(
                'The option "build: %(option)s" needs BuildKit, which this engine does not have or which was switched '
                "off (DOCKER_BUILDKIT=0). Remove the option from the Compose file, or build with BuildKit.",
                option=unsupported[0],
            )
        )
    directory = str(options.get("context") or ".")
    if _REMOTE.match(directory):
        remote = {"remote": directory, "dockerfile": options.get("dockerfile")}
        return engine.build((), _parameters(reference, options) | remote)
    context = contexts.prepare(
        directory, str(options.get("dockerfile") or ""), str(options.get("dockerfile_inline") or "")
    )
    body = _reported(context.stream(), service, emit)
    parameters = _parameters(reference, options) | {"dockerfile": context.dockerfile}
    return engine.build(body, parameters, _registries(context.dockerfile_text(), options))


def _refuse_platforms(options: Mapping[str, Any]) -> None:
    if platforms := options.get("several_platforms"):
        raise BuildFailed(
            Message(
                "It is to be built for several platforms (%(platforms)s), which the engine's own builder cannot keep "
                'as one image. Leave one of them in "build: platforms", or build it with docker buildx.',
                platforms=", ".join(platforms),
            )
        )


def labels_of(options: Mapping[str, Any]) -> dict[str, str]:
    """Return the labels of the image; each is one more step of a classic build, after those of the Dockerfile."""
    # Of Compose's own labels the reference gives images of this builder this one only.
    labels = {key: value for key, value in (options.get("labels") or {}).items() if key not in _BUILDKIT_LABELS}
    return labels | {LABEL_IMAGE_BUILDER: "classic"}


def _parameters(reference: str, options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the query of ``POST /build`` (Engine API); intermediate containers are removed in any case."""
    given = {
        "t": [reference, *(options.get("tags") or ())],
        "rm": 1,
        "forcerm": 1,
        "nocache": int(bool(options.get("no_cache"))),
        "pull": int(bool(options.get("pull"))),
        "buildargs": json.dumps(dict(options.get("args") or {})),
        "labels": json.dumps(labels_of(options)),
        "cachefrom": json.dumps(list(options.get("cache_from") or ())) if options.get("cache_from") else "",
        "target": options.get("target"),
        "networkmode": options.get("network"),
        "extrahosts": ",".join(options.get("extra_hosts") or ()),
        "shmsize": options.get("shm_size"),
        "ulimits": json.dumps(_ulimits(options)) if options.get("ulimits") else "",
        "isolation": options.get("isolation"),
        "platform": options.get("platform"),
    }
    return {key: value for key, value in given.items() if value}


def _ulimits(options: Mapping[str, Any]) -> list[dict[str, Any]]:
    limits: Mapping[str, Mapping[str, int]] = options["ulimits"]
    return [{"Name": name, "Soft": each["soft"], "Hard": each["hard"]} for name, each in limits.items()]


def _registries(text: str, options: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the registries that a Dockerfile's base images and the images that serve as cache come from."""
    given = {str(name): str(value) for name, value in (options.get("args") or {}).items()}
    dockerfile = read_dockerfile(text, str(options.get("target") or ""))
    for step in dockerfile.steps:
        name, _, default = step.text.partition(" ")[2].strip().partition("=")
        if step.stage < 0 and step.text[:4].upper() == "ARG ":
            given.setdefault(name, default.strip("\"'"))
    written = (*dockerfile.bases, *(options.get("cache_from") or ()))
    images = [_VARIABLE.sub(lambda variable: given.get(variable[1], ""), image) for image in written]
    return tuple(sorted({image_host(image) for image in images}))


def _reported(archive: Iterable[bytes], service: str, emit: Emit) -> Iterator[bytes]:
    """Pass the context on and tell from time to time how much of it has been sent."""
    sent, told = 0, time.monotonic()
    for chunk in archive:
        yield chunk
        sent += len(chunk)
        if time.monotonic() - told >= SENT_EVERY:
            told = time.monotonic()
            emit(_sending(service, sent))


def _sending(service: str, sent: int) -> Event:
    return Event(
        id=f"build:{service}",
        kind=Kind.BUILD,
        status=Status.WORKING,
        at=time.time(),
        name=service,
        service=service,
        text="Sending build context",
        current=sent,
    )


def _warning(service: str, message: Message) -> Event:
    told = Message('Service "%(service)s": %(problem)s', service=service, problem=message)
    # Not final: a final event of the operation would end it.
    return Event(id="operation", kind=Kind.OPERATION, status=Status.WORKING, at=time.time(), message=told)


def buildkit_failure(parser: BuildkitProgress, reason: str) -> EngineError:
    """Return the error of a build that BuildKit ended, of which `reason` are its words."""
    if parser.base_image:
        return registry_refusals.pull_refused(parser.base_image, 0, reason)
    if missing := _NO_SECRET.search(reason):
        return BuildFailed(
            Message(
                'The Dockerfile asks for the build secret "%(name)s", which the Compose file does not give to this '
                'build. Add it to "build: secrets".',
                name=missing[1],
            )
        )
    if "subdir not supported" in reason:
        return BuildFailed(
            Message(
                "This engine's BuildKit cannot build a directory within a git repository "
                "(repository.git#branch:directory). Use a newer engine (23 or later), or the classic "
                "builder (DOCKER_BUILDKIT=0)."
            )
        )
    if exporter := _NO_EXPORTER.search(reason):
        return BuildFailed(
            Message(
                'The engine\'s own builder cannot write its cache as "type=%(type)s". Write it into the image '
                '("cache_to: type=inline" in the Compose file), or build with docker buildx.',
                type=exporter[1],
            )
        )
    code = _EXIT_CODE.search(reason)
    return failure(parser, Message("it exited with code %(code)s", code=code[1]) if code else reason)


def failure(parser: BuildMessages | BuildkitProgress, reason: str | Message) -> EngineError:
    """Return the error of a build that stopped in the step where `parser` stands, with that step's last lines."""
    base = _BASE_IMAGE.match(parser.instruction)
    if base and not parser.last_lines and isinstance(reason, str):
        return registry_refusals.pull_refused(base[1], 0, reason)
    told = refusals.short(reason) if isinstance(reason, str) else reason
    if not parser.number:
        return BuildFailed(Message("The engine could not begin the build: %(reason)s", reason=told))
    step = Message(
        "Step %(number)s of %(of)s (%(instruction)s) failed: %(reason)s. Correct the Dockerfile or what it uses.",
        number=parser.number,
        of=parser.of,
        instruction=refusals.short(parser.instruction),
        reason=told,
    )
    lines = [line for line in parser.last_lines if line.strip()][-SHOWN_LINES:]
    if not lines:
        return BuildFailed(step)
    return BuildFailed(Message("%(problem)s Its last lines:\n%(lines)s", problem=step, lines="\n".join(lines)))
