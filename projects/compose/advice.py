"""Attributes that a file may set but that a plain engine, without Swarm, takes no notice of: each is warned of."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

from projects.compose.document import Path
from projects.compose.messages import Message
from projects.compose.model import Application, FileReference, Service

Advice: TypeAlias = tuple[Path, Message]

_DEPLOY = {
    "mode": Message("deploy.mode is only honored in Swarm mode"),
    "endpoint_mode": Message("deploy.endpoint_mode only applies to Swarm's routing mesh"),
    "labels": Message("deploy.labels are only applied to Swarm services"),
    "placement": Message("deploy.placement is only honored by the Swarm scheduler"),
    "rollback_config": Message("deploy.rollback_config only applies to rolling updates in Swarm mode"),
    "update_config": Message("deploy.update_config only applies to rolling updates in Swarm mode"),
}


def advice(application: Application) -> Iterator[Advice]:
    """Yield where something without effect is set, and why it has none, in the reference's words."""
    for name, config in application.configs.items():
        if config.labels:
            yield ("configs", name, "labels"), Message("configs[].labels are only applied to Swarm config objects")
    for name, secret in application.secrets.items():
        if secret.driver_opts:
            message = Message("secrets[].driver_opts is only honored by Swarm secret drivers")
            yield ("secrets", name, "driver_opts"), message
        if secret.labels:
            yield ("secrets", name, "labels"), Message("secrets[].labels are only applied to Swarm secret objects")
    for service in application.services.values():
        for path, message in _of_service(service):
            said = Message('service "%(service)s": %(advice)s', service=service.name, advice=message)
            yield ("services", service.name, *path), said


def _of_service(service: Service) -> Iterator[Advice]:
    if service.credential_spec is not None:
        message = Message("credential_spec is only supported when running Windows containers under Swarm")
        yield ("credential_spec",), message
    if service.deploy is not None:
        for attribute, message in _DEPLOY.items():
            if getattr(service.deploy, attribute) not in (None, "", {}, type(service.deploy.placement)()):
                yield ("deploy", attribute), message
    for index, port in enumerate(service.ports):
        if port.mode == "host":
            message = Message("ports[].mode: host is only honored by the Swarm routing mesh")
            yield ("ports", index, "mode"), message
    for index, mount in enumerate(service.volumes):
        if mount.type == "cluster":
            message = Message("volumes[].type: cluster (CSI) volumes are only supported in Swarm mode")
            yield ("volumes", index, "type"), message
    for key in service.storage_opt:
        message = Message("storage_opt.%(key)s: not honored by this runtime outside Swarm mode", key=key)
        yield ("storage_opt", key), message
    yield from _of_files("configs", service.configs)
    yield from _of_files("secrets", service.secrets)


def _of_files(section: str, references: tuple[FileReference, ...]) -> Iterator[Advice]:
    for index, reference in enumerate(references):
        for attribute, value in (("uid", reference.uid), ("gid", reference.gid), ("mode", reference.mode)):
            if value not in (None, ""):
                message = Message(
                    "%(section)s.%(source)s.%(attribute)s: %(attribute)s is not supported outside Swarm mode "
                    "and will be ignored",
                    section=section,
                    source=reference.source,
                    attribute=attribute,
                )
                yield (section, index, attribute), message
