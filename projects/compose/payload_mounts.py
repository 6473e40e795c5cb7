"""A service's volumes, secrets and configs as the Engine API's `Binds` and `Mounts`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from projects.compose.model import Application, FileReference, Mount, Service
from projects.compose.state import ObservedContainer, ObservedImage

Json = dict[str, Any]


def filled(fields: Mapping[str, Any]) -> Json:
    """Return the fields without those that are empty, zero or false: the engine takes them for absent."""
    return {name: value for name, value in fields.items() if value not in (None, "", 0, (), [], {})}


def binds(application: Application, service: Service) -> list[str]:
    """Return `HostConfig.Binds`: bind mounts and named volumes that need no option of `Mounts`."""
    return [_bind(application, mount) for mount in service.volumes if _is_bind(application, mount)]


def mounts(application: Application, service: Service, inherited: Mapping[str, str]) -> list[Json]:
    """Return `HostConfig.Mounts`; `inherited` maps targets to the anonymous volumes of the container replaced."""
    own = {m.target: _mount(application, m) for m in service.volumes if not _is_bind(application, m)}
    taken = {mount.target for mount in service.volumes if mount.source}
    kept = {
        target: {"Type": "volume", "Source": name, "Target": target}
        for target, name in inherited.items()
        if target not in taken
    }
    return [*(own | kept).values(), *_secrets(application, service), *_configs(application, service)]


def anonymous_volumes(service: Service, image: ObservedImage | None, container: ObservedContainer) -> dict[str, str]:
    """Return target → volume name of what a recreated container takes over from the one it replaces."""
    inherited = {mount.target for mount in service.volumes if not mount.source and mount.type == "volume"}
    inherited |= set(image.volumes if image else ())
    named = {mount.target for mount in service.volumes if mount.source}
    return {
        mount.target: mount.name
        for mount in container.mounts
        if mount.type == "volume" and mount.name and mount.target in inherited - named
    }


def _is_bind(application: Application, mount: Mount) -> bool:
    if mount.type == "bind":
        how = mount.bind
        return how is None or (how.create_host_path is not False and not how.propagation and not how.recursive)
    if mount.type == "volume" and mount.source in application.volumes:
        options = mount.volume
        return options is None or not (options.labels or options.subpath or options.nocopy)
    return False


def _bind(application: Application, mount: Mount) -> str:
    source = mount.source
    if mount.type == "volume":
        source = application.volumes[source].name
    options = ["ro" if mount.read_only else "rw"]
    if mount.bind and mount.bind.selinux:
        options.append(mount.bind.selinux)
    return f"{source}:{mount.target}:{','.join(options)}"


def _mount(application: Application, mount: Mount) -> Json:
    source = mount.source
    if mount.type == "volume" and source in application.volumes:
        source = application.volumes[source].name
    body = filled(
        {
            "Type": mount.type,
            "Source": source,
            "Target": mount.target,
            "ReadOnly": mount.read_only,
            "Consistency": mount.consistency,
        }
    )
    return body | _options(mount)


def _options(mount: Mount) -> Json:
    if mount.type == "bind" and mount.bind is not None:
        return {"BindOptions": _bind_options(mount)}
    if mount.volume is not None:
        options = mount.volume
        return {
            "VolumeOptions": filled(
                {"NoCopy": options.nocopy, "Labels": dict(options.labels), "Subpath": options.subpath}
            )
        }
    if mount.tmpfs is not None:
        return {"TmpfsOptions": filled({"SizeBytes": int(mount.tmpfs.size), "Mode": int(mount.tmpfs.mode)})}
    if mount.image is not None:
        return {"ImageOptions": filled({"Subpath": mount.image.subpath})}
    return {}


def _bind_options(mount: Mount) -> Json:
    how = mount.bind
    if how is None:
        return {}
    return filled(
        {
            "Propagation": how.propagation,
            "CreateMountpoint": how.create_host_path is not False,
            "NonRecursive": how.recursive == "disabled",
            "ReadOnlyNonRecursive": how.recursive == "writable",
            "ReadOnlyForceRecursive": how.recursive == "readonly",
        }
    )


def _secrets(application: Application, service: Service) -> Iterable[Json]:
    for use in service.secrets:
        file = application.secrets[use.source].file
        if file:
            yield _file(file, secret_target(use)) | {"BindOptions": {}}


def _configs(application: Application, service: Service) -> Iterable[Json]:
    for use in service.configs:
        file = application.configs[use.source].file
        if file:
            yield _file(file, config_target(use))


def _file(source: str, target: str) -> Json:
    return {"Type": "bind", "Source": source, "Target": target, "ReadOnly": True}


def secret_target(use: FileReference) -> str:
    """Return where in the container a secret lies."""
    target = use.target or use.source
    return target if target.startswith("/") else f"/run/secrets/{target}"


def config_target(use: FileReference) -> str:
    """Return where in the container a config lies."""
    target = use.target or use.source
    return target if target.startswith("/") else f"/{target}"
