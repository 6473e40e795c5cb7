"""Secrets and configs that are no files of the host: they are put into a container before it starts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from projects.compose.errors import PlanError
from projects.compose.messages import Message
from projects.compose.model import Application, Config, FileReference, Secret, Service
from projects.compose.payload_mounts import config_target, secret_target


def put_files(application: Application, service: Service) -> list[dict[str, object]]:
    """Return the secrets and configs that are put in: target, content, owner, mode.

    What a start will find that it cannot give has a `problem` instead of a content: one of a variable that is not set,
    and any in a read-only container. Raises PlanError for what no engine can give: external ones, ones of a driver.
    """
    files = []
    for use in service.secrets:
        secret = application.secrets[use.source]
        _check(service, use, secret)
        if not secret.file:
            problem = _unset(secret, Message("secret"), application.environment) or _read_only(service)
            files.append(_file(use, secret_target(use), secret.content, problem))
    for use in service.configs:
        config = application.configs[use.source]
        _check(service, use, config)
        if not config.file:
            problem = _unset(config, Message("config"), application.environment) or _read_only(service)
            files.append(_file(use, config_target(use), config.content, problem))
    return files


def problem_of(files: Iterable[Mapping[str, object]]) -> Message | None:
    """Return why these files cannot be put in, or None."""
    return next((problem for file in files if isinstance(problem := file.get("problem"), Message)), None)


def _unset(given: Secret | Config, kind: Message, environment: Mapping[str, str]) -> Message | None:
    if not given.environment or given.environment in environment:
        return None
    return Message(
        'environment variable "%(variable)s" required by %(kind)s "%(name)s" is not set. Set it in the project\'s .env '
        "file.",
        variable=given.environment,
        kind=kind,
        name=given.name,
    )


def _read_only(service: Service) -> Message | None:
    if not service.read_only:
        return None
    return Message("It is read-only, so only secrets and configs with a `file` can be given to it.")


def _check(service: Service, use: FileReference, given: Secret | Config) -> None:
    problem = _problem(service.name, use.source, given)
    if problem is not None:
        raise PlanError(problem, service=service.name)


def _problem(service: str, source: str, given: Secret | Config) -> Message | None:
    if given.external:
        return Message(
            "Service %(service)s uses %(source)s, which is external; the engine knows no external secrets and "
            "configs. Give it a file, an environment variable or a content.",
            service=service,
            source=source,
        )
    if given.driver or given.template_driver:
        return Message(
            "Service %(service)s uses %(source)s, which names a driver; the engine knows no drivers of secrets and "
            "configs. Give it a file, an environment variable or a content.",
            service=service,
            source=source,
        )
    return None


def _file(use: FileReference, target: str, content: str, problem: Message | None) -> dict[str, object]:
    if problem is not None:
        return {"name": target, "problem": problem}
    return {
        "name": target,
        "content": content,
        "mode": int(use.mode) if use.mode is not None else 0o444,
        "uid": _number(use.uid),
        "gid": _number(use.gid),
    }


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() else 0
