"""Services that a program beside the engine provides: what the program is asked, and what its answers mean."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Literal, TypeAlias, cast

from projects.compose.dependencies import selected
from projects.compose.errors import PlanError
from projects.compose.messages import Message
from projects.compose.model import Application, Service

Asked: TypeAlias = Literal["up", "stop", "down"]
AnswerKind: TypeAlias = Literal["error", "info", "debug", "setenv", "rawsetenv"]

KINDS: Final = ("error", "info", "debug", "setenv", "rawsetenv")
LONGEST_ANSWER: Final = 1024 * 1024  # characters
_DECODER: Final = json.JSONDecoder()


@dataclass(frozen=True, slots=True)
class Answer:
    """One line of what a program says."""

    kind: AnswerKind
    text: str


def providers_of(
    application: Application, services: tuple[str, ...] = (), *, no_deps: bool = False
) -> tuple[Service, ...]:
    """Return the services that programs provide among those named (default: all) and what these depend on, in order.

    Raises PlanError for a service that does not exist.
    """
    ordered = (application.services[name] for name in selected(application, services, no_deps=no_deps))
    return tuple(service for service in ordered if service.provider is not None)


def arguments(project: str, service: Service, asked: Asked, known: Collection[str] | None = None) -> list[str]:
    """Return what a program is called with; of its options only those that it is `known` to take (default: all)."""
    options = service.provider.options if service.provider else {}
    given = [
        f"--{name}={value}" for name, values in options.items() if known is None or name in known for value in values
    ]
    return ["compose", f"--project-name={project}", asked, *given, service.name]


def read_answers(said: str, *, over: bool = False) -> tuple[list[Answer], str]:
    """Return the answers that stand whole at the beginning of what was said, and the rest: none where it is `over`.

    Raises PlanError where that is none of the protocol: JSON objects with ``type`` and ``message``, one after another.
    """
    answers, rest = list[Answer](), said.lstrip()
    while rest:
        try:
            found, end = _DECODER.raw_decode(rest)
        except ValueError as error:
            if not over and rest.startswith("{") and len(rest) < LONGEST_ANSWER:
                break  # it may go on
            raise _invalid(rest[:100].strip()) from error
        answers.append(_answer(found))
        rest = rest[end:].lstrip()
    return answers, rest


def _answer(found: object) -> Answer:
    kind = found.get("type") if isinstance(found, dict) else None
    if not isinstance(found, dict) or kind not in KINDS:
        raise _invalid(str(kind or found))
    text = str(found.get("message", ""))
    if kind in ("setenv", "rawsetenv") and "=" not in text:
        raise _invalid(text)
    return Answer(cast("AnswerKind", kind), text)


def _invalid(said: str) -> PlanError:
    return PlanError(Message("invalid message from plugin: %(said)s", said=said))


def variables(service: Service, answers: Iterable[Answer]) -> dict[str, str]:
    """Return the environment that a provided service gives to those that depend on it."""
    prefixes = {"setenv": f"{service.name.upper()}_", "rawsetenv": ""}
    given = [(prefixes[answer.kind], answer.text) for answer in answers if answer.kind in prefixes]
    return {prefix + name: value for prefix, text in given for name, _, value in [text.partition("=")]}


@dataclass(frozen=True, slots=True)
class Parameters:
    """The options that a program takes with one verb, and which of them it needs."""

    known: frozenset[str]
    required: frozenset[str]


def read_metadata(printed: str | bytes) -> Mapping[str, Parameters]:
    """Return what a program says of itself (``<program> compose metadata``), by verb; empty where it does not."""
    try:
        said = json.loads(printed)
        return {verb: _parameters(said[verb]) for verb in ("up", "stop", "down") if said.get(verb) is not None}
    except (ValueError, TypeError, AttributeError, KeyError):
        return {}


def _parameters(said: Mapping[str, Any]) -> Parameters:
    listed = said.get("parameters") or []
    names = frozenset(str(each["name"]) for each in listed)
    return Parameters(names, frozenset(str(each["name"]) for each in listed if each.get("required")))


def taken(metadata: Mapping[str, Parameters], service: Service, asked: Asked) -> frozenset[str] | None:
    """Return the options that a program takes with this verb; None: it does not say, and is given all.

    Raises PlanError for a required one that is missing.
    """
    if not metadata:
        return None
    parameters = metadata.get(asked, Parameters(frozenset(), frozenset()))
    provider = service.provider
    if provider is not None and (missing := sorted(parameters.required - provider.options.keys())):
        raise PlanError(
            Message(
                'required parameter "%(name)s" is missing from provider "%(type)s" definition',
                name=missing[0],
                type=provider.type,
            ),
            service=service.name,
        )
    return parameters.known


def with_provided(application: Application, service: Service, given: Mapping[str, str]) -> Application:
    """Return the application with the service as one that is there, and its variables in each that depends on it."""
    services = {
        name: replace(other, environment={**other.environment, **given}) if service.name in other.depends_on else other
        for name, other in application.services.items()
    }
    if service.provider is not None:
        services[service.name] = replace(service, provider=replace(service.provider, ready=True))
    return replace(application, services=services)
