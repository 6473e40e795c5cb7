"""Builders for planner tests: services, and the containers an engine would hold of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from projects.compose import identity
from projects.compose.model import Application, Dependency, Mount, Network, Service, Volume, VolumeOptions
from projects.compose.payloads import container_labels, joined_namespaces
from projects.compose.replica import Replica
from projects.compose.state import (
    ObservedContainer,
    ObservedImage,
    ObservedMount,
    ObservedNetwork,
    ObservedState,
    ObservedVolume,
)


def service(name: str, image: str = "busybox", **attributes: Any) -> Service:
    """Return a service on the default network, unless it shares another's."""
    if "network_mode" not in attributes:
        attributes.setdefault("networks", {"default": None})
    depends_on = attributes.pop("depends_on", {})
    if not isinstance(depends_on, Mapping):
        depends_on = {other: Dependency(condition="service_started") for other in depends_on}
    return Service(name=name, image=image, depends_on=depends_on, **attributes)


def healthy(*, required: bool = True, restart: bool = False) -> Dependency:
    """Return a dependency that waits until the other is healthy."""
    return Dependency(condition="service_healthy", required=required, restart=restart)


def completed() -> Dependency:
    """Return a dependency that waits until the other has completed."""
    return Dependency(condition="service_completed_successfully")


def data(target: str = "/data") -> tuple[Mount, ...]:
    """Return a mount of the named volume ``data``."""
    return (Mount(type="volume", source="data", target=target, volume=VolumeOptions()),)


def application(*services: Service, networks: Iterable[Network] = (), **attributes: Any) -> Application:
    """Return the project ``demo`` with the networks and volumes that its services use."""
    keys = {key for each in services for key in each.networks}
    sources = {mount.source for each in services for mount in each.volumes if mount.type == "volume" and mount.source}
    made = {key: Network(name=f"demo_{key}") for key in sorted(keys)}
    return Application(
        name="demo",
        working_dir="/demo",
        config_files=("/demo/compose.yaml",),
        services={each.name: each for each in services},
        networks=made | {network.name.removeprefix("demo_"): network for network in networks},
        volumes={key: Volume(name=f"demo_{key}") for key in sorted(sources)} | attributes.pop("volumes", {}),
        **attributes,
    )


IMAGE = ObservedImage(id="sha256:b0", reference="busybox", platform="linux/amd64")


def container(project: Application, name: str, number: int = 1, **changes: Any) -> ObservedContainer:
    """Return a container as `up` would have left it running; `changes` make it differ."""
    wanted = project.services[name]
    known = {other: (f"demo-{other}-1",) for other in project.services}
    replica = Replica(
        service=wanted,
        image=identity.image_name(project, wanted),
        number=number,
        name=identity.container_name(project, wanted, number),
        image_id="sha256:b0",
        containers=known,
        ids={f"demo-{other}-1": identifier(other, 1) for other in project.services},
    )
    joined = joined_namespaces(replica)
    labels = container_labels(project, joined, replica)
    observed = ObservedContainer(
        id=identifier(name, number),
        name=replica.name,
        project="demo",
        service=name,
        number=number,
        config_hash=labels[identity.LABEL_CONFIG_HASH],
        image=replica.image,
        state="running",
        networks={project.networks[key].name: f"id-{key}" for key in wanted.networks},
        mounts=tuple(
            ObservedMount(type="volume", target=m.target, name=project.volumes[m.source].name)
            for m in wanted.volumes
            if m.type == "volume" and m.source
        ),
        labels=labels,
    )
    return replace(observed, **changes)


def identifier(name: str, number: int) -> str:
    """Return a container id that a test can foresee: the name in hexadecimal."""
    return f"{name.encode().hex()[:8]:0<8}{number:04d}".ljust(64, "0")


def state(project: Application, *containers: ObservedContainer, **more: Any) -> ObservedState:
    """Return the state of an engine that has the project's networks, volumes and images."""
    own_networks = tuple(
        ObservedNetwork(
            id=f"id-{key}", name=network.name, key=key, project="demo", config_hash=identity.network_hash(network)
        )
        for key, network in project.networks.items()
        if not network.external
    )
    images = {identity.image_name(project, each): IMAGE for each in project.services.values()}
    defaults: dict[str, Any] = {"networks": own_networks, "volumes": volumes(project), "images": images}
    return ObservedState(project="demo", containers=containers, **(defaults | more))


def volumes(project: Application) -> tuple[ObservedVolume, ...]:
    """Return the project's volumes as an engine lists them."""
    return tuple(
        ObservedVolume(name=volume.name, key=key, project="demo", config_hash=identity.volume_hash(volume))
        for key, volume in project.volumes.items()
        if not volume.external
    )


def nothing(project: Application) -> ObservedState:
    """Return the state of an engine that has but the images."""
    return state(project, networks=(), volumes=())
