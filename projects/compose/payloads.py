"""Services, networks and volumes as the Engine API's create bodies, as Docker Compose v5.6.1 sends them.

Fields that the reference sends empty are left out: the engine takes them for absent. Sources: Engine API
``POST /containers/create``, ``/networks/create``, ``/volumes/create``, ``/networks/{id}/connect``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from projects.compose import identity
from projects.compose.errors import PlanError
from projects.compose.messages import Message
from projects.compose.model import Application, Service
from projects.compose.payload_host import host_config, port_bindings, seccomp_file
from projects.compose.payload_mounts import binds, filled, mounts
from projects.compose.payload_networks import endpoints, links_of
from projects.compose.replica import Replica

Json = dict[str, Any]

ALL_NETWORKS_AT_CREATE = (1, 44)
"""From this API version on a container is created on all its networks; before, it is connected to the others."""

_PORTS = re.compile(r"(\d+)(?:-(\d+))?(?:/(\w+))?")
_TOKEN = re.compile(r"\{\{(.+?)\}\}")


def container_payload(application: Application, replica: Replica, api: tuple[int, int]) -> Json:
    """Return the payload of a CREATE_CONTAINER: ``body``, ``platform``, and what `resolved` needs.

    Containers that do not exist yet stand in it as ``{{name}}``.
    """
    _check_shared(replica)
    service = joined_namespaces(replica)
    body = _config(service) | {"Image": replica.image, "HostConfig": _host(application, service, replica)}
    body["Labels"] = _labels(application, service, replica)
    if replica.slug:
        body |= filled({"AttachStdin": replica.attached, "StdinOnce": replica.attached})
        body["HostConfig"] |= filled({"AutoRemove": replica.remove})
    networks = endpoints(application, service, replica)
    if networks:
        shown = networks if api >= ALL_NETWORKS_AT_CREATE else dict([next(iter(networks.items()))])
        body["NetworkingConfig"] = {"EndpointsConfig": shown}
    profile = seccomp_file(application, service)
    return {"body": body, "platform": service.platform, "service": service} | filled({"seccomp": profile})


def resolved(payload: Mapping[str, Any], ids: Mapping[str, str]) -> Json:
    """Return the body of a CREATE_CONTAINER payload with ids in the place of the names of containers.

    A container that shares another's namespace carries the other's id in its configuration and config hash.
    """
    service: Service = payload["service"]
    body: Json = payload["body"]
    if not _TOKEN.search(repr((service.network_mode, service.pid, service.ipc, service.volumes_from))):
        return body

    def fill(text: str) -> str:
        return _TOKEN.sub(lambda token: ids[token[1]], text)

    known = _with_namespaces(service, fill, [fill(each) for each in service.volumes_from])
    host = body["HostConfig"] | filled(
        {
            "NetworkMode": fill(body["HostConfig"].get("NetworkMode", "")),
            "PidMode": known.pid,
            "IpcMode": known.ipc,
            "VolumesFrom": list(known.volumes_from),
        }
    )
    labels = body["Labels"]
    if identity.LABEL_CONFIG_HASH in labels:
        labels = labels | {identity.LABEL_CONFIG_HASH: identity.service_hash(known)}
    return body | {"HostConfig": host, "Labels": labels}


def joined_namespaces(replica: Replica) -> Service:
    """Return the service with ``service:x`` and ``volumes_from: [x]`` naming the first container of x by its id."""

    def container_of(name: str) -> str:
        first = sorted(replica.containers.get(name, ()))[:1]
        return replica.ids.get(first[0], "{{%s}}" % first[0]) if first else name  # noqa: UP031

    def join(mode: str) -> str:
        kind, _, name = mode.partition(":")
        return f"container:{container_of(name)}" if kind == "service" else mode

    def source(entry: str) -> str:
        kind, _, name = entry.partition(":")
        return name.partition(":")[0] if kind == "container" else container_of(kind)

    service = replica.service
    shared = [source(entry) for entry in service.volumes_from]
    if replica.beside:
        shared.append(replica.ids.get(replica.beside, "{{%s}}" % replica.beside))  # noqa: UP031
    return _with_namespaces(service, join, shared)


def _check_shared(replica: Replica) -> None:
    """Refuse to share what a service has that has no container; raises PlanError."""
    service = replica.service
    shared = [
        ("network namespace", service.network_mode),
        ("IPC namespace", service.ipc),
        ("PID namespace", service.pid),
        *(("volume", f"service:{entry}") for entry in service.volumes_from if not entry.startswith("container:")),
    ]
    for what, mode in shared:
        kind, _, other = mode.partition(":")
        other = other.partition(":")[0]
        if kind == "service" and not replica.containers.get(other):
            raise PlanError(
                Message(
                    "cannot share %(what)s with service %(other)s: container missing. Bring that service up first.",
                    what=what,
                    other=other,
                ),
                service=service.name,
            )


def _with_namespaces(service: Service, change: Any, volumes_from: Sequence[str]) -> Service:
    return replace(
        service,
        network_mode=change(service.network_mode),
        ipc=change(service.ipc),
        pid=change(service.pid),
        volumes_from=tuple(volumes_from),
    )


def _config(service: Service) -> Json:
    body = filled(
        {
            "Hostname": service.hostname,
            "Domainname": service.domainname,
            "User": service.user,
            "AttachStdout": True,
            "AttachStderr": True,
            "Tty": service.tty,
            "OpenStdin": service.stdin_open,
            "ExposedPorts": {port: {} for port in _exposed(service)},
            "Env": [name if value is None else f"{name}={value}" for name, value in service.environment.items()],
            "Healthcheck": _healthcheck(service),
            "WorkingDir": service.working_dir,
            "StopSignal": service.stop_signal,
            "NetworkDisabled": service.network_mode == "disabled",
        }
    )
    given = {"Cmd": service.command, "Entrypoint": service.entrypoint}
    body |= {name: list(words) for name, words in given.items() if words is not None}
    if service.stop_grace_period is not None:
        body["StopTimeout"] = int(service.stop_grace_period.seconds)
    return body


def _exposed(service: Service) -> list[str]:
    ports = set(port_bindings(service))
    for entry in service.expose:
        match = _PORTS.fullmatch(entry)
        if match:
            first, last = int(match[1]), int(match[2] or match[1])
            ports |= {f"{port}/{(match[3] or 'tcp').lower()}" for port in range(first, last + 1)}
    return sorted(ports)


def _healthcheck(service: Service) -> Json:
    check = service.healthcheck
    if check is None:
        return {}
    if check.disable:
        return {"Test": ["NONE"]}
    if check.start_interval is not None and check.start_period is None:
        needed = Message("healthcheck.start_interval requires healthcheck.start_period to be set")
        raise PlanError(needed, service=service.name)
    return filled(
        {
            "Test": list(check.test),
            "Interval": int(check.interval or 0),
            "Timeout": int(check.timeout or 0),
            "StartPeriod": int(check.start_period or 0),
            "StartInterval": int(check.start_interval or 0),
            "Retries": check.retries,
        }
    )


def _host(application: Application, service: Service, replica: Replica) -> Json:
    always: Json = {"ExtraHosts": [], "PortBindings": {}}  # the reference sends these empty, too
    return (
        always
        | host_config(application, service)
        | filled(
            {
                "Binds": binds(application, service),
                "Mounts": mounts(application, service, replica.inherited),
                "Links": links_of(application, service, replica),
                "NetworkMode": _network_mode(application, service),
                "VolumesFrom": list(service.volumes_from),
            }
        )
    )


def _network_mode(application: Application, service: Service) -> str:
    if service.network_mode:
        return service.network_mode
    names = service.network_names
    return application.networks[names[0]].name if names else "none"


def _labels(application: Application, service: Service, replica: Replica) -> dict[str, str]:
    if replica.hook is None:
        return container_labels(application, service, replica)
    return {
        **service.labels,
        identity.LABEL_PROJECT: application.name,
        identity.LABEL_SERVICE: service.name,
        identity.LABEL_VERSION: identity.COMPOSE_VERSION,
        identity.LABEL_DEPENDS_ON: "",
        identity.LABEL_HOOK: "pre_start",
        identity.LABEL_HOOK_INDEX: str(replica.hook),
    }


def container_labels(application: Application, service: Service, replica: Replica) -> dict[str, str]:
    """Return the labels of a container: the service's own, and over them those by which Compose knows it."""
    # Those that no profile includes are left out, as if the files did not name them.
    waits = sorted((name, how) for name, how in service.depends_on.items() if name in application.services)
    labels = {
        **service.labels,
        identity.LABEL_PROJECT: application.name,
        identity.LABEL_SERVICE: service.name,
        identity.LABEL_VERSION: identity.COMPOSE_VERSION,
        identity.LABEL_ONEOFF: "False",
        identity.LABEL_NUMBER: str(replica.number),
        identity.LABEL_WORKING_DIR: application.working_dir,
        identity.LABEL_CONFIG_FILES: ",".join(application.config_files),
        identity.LABEL_CONFIG_HASH: identity.service_hash(service),
        identity.LABEL_DEPENDS_ON: ",".join(
            f"{name}:{how.condition}:{str(how.restart).lower()}" for name, how in waits
        ),
    }
    if application.environment_files:
        labels[identity.LABEL_ENVIRONMENT_FILE] = ",".join(application.environment_files)
    if replica.image_id:
        labels[identity.LABEL_IMAGE] = replica.image_id
    if replica.slug:
        labels |= {identity.LABEL_ONEOFF: "True", identity.LABEL_SLUG: replica.slug}
        del labels[identity.LABEL_NUMBER]
    if digests := mounted_digests(replica):
        labels[identity.LABEL_IMAGE_VOLUME_DIGEST] = digests
    if replica.replaces:
        labels[identity.LABEL_REPLACE] = service.container_name or f"{service.name}-{replica.number}"
    return labels


def mounted_digests(replica: Replica) -> str:
    """Return what the label says of the images that a container mounts."""
    return ",".join(sorted(f"{target}={image}" for target, image in replica.mounted_images.items()))


def volume_payload(application: Application, key: str) -> Json:
    """Return the body that creates the volume of this key."""
    volume = application.volumes[key]
    return filled(
        {
            "Name": volume.name,
            "Driver": volume.driver,
            "DriverOpts": dict(volume.driver_opts),
            "Labels": {
                **volume.labels,
                identity.LABEL_VOLUME: key,
                identity.LABEL_PROJECT: application.name,
                identity.LABEL_VERSION: identity.COMPOSE_VERSION,
                identity.LABEL_CONFIG_HASH: identity.volume_hash(volume),
            },
        }
    )
