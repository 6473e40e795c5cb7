"""What a container was made with, in the specification's words: of a create body and of an inspect alike.

A setting is named by its attribute and, where the attribute holds several, a key: ``("environment", "FOO")``. What the
engine fills in by itself is left out, so that equal files give equal settings. Source: Engine API
``POST /containers/create`` and ``GET /containers/{id}/json``.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, Final, TypeAlias

Json: TypeAlias = Mapping[str, Any]
Settings: TypeAlias = Mapping[tuple[str, str], str]

_OWN_LABELS: Final = "com.docker.compose."
_ANONYMOUS: Final = re.compile(r"[0-9a-f]{64}")
_SECRETS: Final = "/run/secrets/"
_PLAIN_MODES: Final = frozenset({"none", "host", "bridge"})

_CONFIG: Final = {
    "Image": "image",
    "Cmd": "command",
    "Entrypoint": "entrypoint",
    "User": "user",
    "WorkingDir": "working_dir",
    "Domainname": "domainname",
    "Tty": "tty",
    "OpenStdin": "stdin_open",
    "StopSignal": "stop_signal",
    "StopTimeout": "stop_grace_period",
    "Healthcheck": "healthcheck",
}

_HOST: Final = {
    "BlkioWeight": "blkio_config",
    "CapAdd": "cap_add",
    "CapDrop": "cap_drop",
    "CgroupParent": "cgroup_parent",
    "CgroupnsMode": "cgroup",
    "CpuCount": "cpu_count",
    "CpuPercent": "cpu_percent",
    "CpuPeriod": "cpu_period",
    "CpuQuota": "cpu_quota",
    "CpuShares": "cpu_shares",
    "CpusetCpus": "cpuset",
    "DeviceCgroupRules": "device_cgroup_rules",
    "DeviceRequests": "gpus",
    "Devices": "devices",
    "Dns": "dns",
    "DnsOptions": "dns_opt",
    "DnsSearch": "dns_search",
    "ExtraHosts": "extra_hosts",
    "GroupAdd": "group_add",
    "Init": "init",
    "IpcMode": "ipc",
    "LogConfig": "logging",
    "Memory": "mem_limit",
    "MemoryReservation": "mem_reservation",
    "MemorySwap": "memswap_limit",
    "MemorySwappiness": "mem_swappiness",
    "NanoCpus": "cpus",
    "OomKillDisable": "oom_kill_disable",
    "OomScoreAdj": "oom_score_adj",
    "PidMode": "pid",
    "PidsLimit": "pids_limit",
    "Privileged": "privileged",
    "ReadonlyRootfs": "read_only",
    "RestartPolicy": "restart",
    "Runtime": "runtime",
    "SecurityOpt": "security_opt",
    "ShmSize": "shm_size",
    "Sysctls": "sysctls",
    "Tmpfs": "tmpfs",
    "UTSMode": "uts",
    "Ulimits": "ulimits",
    "UsernsMode": "userns_mode",
    "VolumesFrom": "volumes_from",
}

UNCERTAIN: Final = frozenset(
    {"cgroup", "ipc", "logging", "runtime", "security_opt", "init", "oom_kill_disable", "shm_size", "userns_mode"}
)
"""Where the files say nothing of these, the engine has its own default, which cannot be told from a setting."""


def settings_of_body(name: str, body: Json, networks: Json, image: Json) -> Settings:
    """Return the settings of the container `name` that a create body makes; `image` are the image's own.

    `networks` are the EndpointSettings by name, also of those that are connected after the creation.
    """
    labels = body.get("Labels") or {}
    names = {name, labels.get(f"{_OWN_LABELS}service", "")}
    return _settings(_with_image(body, image), body.get("HostConfig") or {}, networks, names)


def settings_of_inspect(detail: Json) -> Settings:
    """Return the settings of an inspected container."""
    config, host = dict(detail.get("Config") or {}), detail.get("HostConfig") or {}
    short_id = str(detail.get("Id") or "")[:12]
    if config.get("Hostname") == short_id or not _has_own_hostname(host):
        config["Hostname"] = ""
    labels = config.get("Labels") or {}
    names = {short_id, str(detail.get("Name") or "").removeprefix("/"), labels.get(f"{_OWN_LABELS}service", "")}
    networks = (detail.get("NetworkSettings") or {}).get("Networks") or {}
    return _settings(config, host, networks, names)


def image_defaults(config: Json) -> Json:
    """Return what of an image's `Config` becomes a container's."""
    kept = (*_CONFIG, "Env", "Labels", "ExposedPorts", "Volumes")
    return MappingProxyType({name: config[name] for name in kept if config.get(name) and name != "Image"})


def _with_image(body: Json, image: Json) -> Json:
    """Merge as the engine does at a creation: the body wins, but a new entrypoint forgets the image's command."""
    merged = {**image, **body}
    for name in ("Labels", "ExposedPorts", "Volumes", "Healthcheck"):
        merged[name] = {**(image.get(name) or {}), **(body.get(name) or {})}
    merged["Env"] = [*(image.get("Env") or ()), *(body.get("Env") or ())]
    if body.get("Entrypoint") and not body.get("Cmd"):
        merged["Cmd"] = None
    return merged


def _settings(config: Json, host: Json, networks: Json, names: Iterable[str]) -> Settings:
    attached = networks if _mode(host) == "" else {}
    hostname = str(config.get("Hostname") or "")
    found: dict[tuple[str, str], Any] = {
        **{(attribute, ""): config.get(key) for key, attribute in _CONFIG.items()},
        **{(attribute, ""): _host_value(key, host) for key, attribute in _HOST.items()},
        **{("environment", name): value or " " for name, value in _environment(config.get("Env") or ())},
        **{("labels", name): text or " " for name, text in own_labels(config.get("Labels") or {}).items()},
        **_mounted(config, host),
        **{("networks", name): _endpoint(how or {}, {*names, hostname}) for name, how in attached.items()},
        ("hostname", ""): hostname,
        ("network_mode", ""): _mode(host),
        ("ports", ""): sorted(_ports(host.get("PortBindings") or {})),
        ("expose", ""): sorted({*(config.get("ExposedPorts") or {})} - {*(host.get("PortBindings") or {})}),
    }
    return {name: text for name, value in found.items() if (text := text_of(value))}


def _environment(entries: Iterable[str]) -> list[tuple[str, str]]:
    return [(name, value) for name, _, value in (entry.partition("=") for entry in entries)]


def own_labels(labels: Mapping[str, str]) -> dict[str, str]:
    """Return the labels that people gave, without those by which Compose knows what is its own."""
    return {name: text for name, text in labels.items() if not name.startswith(_OWN_LABELS)}


def _mode(host: Json) -> str:
    """Return the network mode where it is no network of the project's."""
    mode = str(host.get("NetworkMode") or "")
    return mode if mode in _PLAIN_MODES or mode.startswith("container:") else ""


def _has_own_hostname(host: Json) -> bool:
    return _mode(host) != "host" and not _mode(host).startswith("container:")


def _host_value(key: str, host: Json) -> Any:
    """Return a value of `HostConfig`, or None where it is what the engine takes when nothing is said."""
    value = host.get(key)
    if key == "RestartPolicy":
        return _restart(value or {})
    if key == "MemorySwap" and value == 2 * (host.get("Memory") or 0):
        return None
    if key in ("MemorySwappiness", "PidsLimit") and value == -1:
        return None
    if key == "LogConfig" and value:
        return {"driver": value.get("Type"), "options": value.get("Config") or {}}
    if key == "Ulimits":
        return sorted(value or (), key=lambda limit: str(limit.get("Name")))
    return sorted(value) if key in ("CapAdd", "CapDrop", "ExtraHosts") and value else value


def _restart(policy: Json) -> str:
    name, count = str(policy.get("Name") or "no"), policy.get("MaximumRetryCount")
    return "" if name == "no" else f"{name}:{count}" if count else name


def _ports(bindings: Json) -> Iterable[str]:
    for target, published in bindings.items():
        for each in published or ():
            host, port = each.get("HostIp") or "", each.get("HostPort") or ""
            yield ":".join(part for part in (host, port, target.removesuffix("/tcp")) if part)


def _mounted(config: Json, host: Json) -> dict[tuple[str, str], str]:
    found: dict[tuple[str, str], str] = {}
    for target in config.get("Volumes") or {}:
        found["volumes", target] = "(anonymous)"
    for entry in host.get("Binds") or ():
        source, target, *options = entry.split(":")
        marks = [option for option in ",".join(options).split(",") if option not in ("", "rw")]
        found["volumes", target] = _mount(source, "ro" in marks, {"options": [m for m in marks if m != "ro"]})
    for mount in host.get("Mounts") or ():
        found[_place(mount["Target"])] = _listed_mount(mount)
    return found


def _place(target: str) -> tuple[str, str]:
    return ("secrets", target.removeprefix(_SECRETS)) if target.startswith(_SECRETS) else ("volumes", target)


def _listed_mount(mount: Json) -> str:
    source, kind = str(mount.get("Source") or ""), mount.get("Type")
    if kind == "volume" and (not source or _ANONYMOUS.fullmatch(source)):
        return "(anonymous)"
    options = {name: dict(mount[name] or {}) for name in sorted(mount) if name.endswith("Options")}
    for bind in options.values():
        bind.pop("CreateMountpoint", None)  # says how the creation is done, not what comes of it
    return _mount(source or f"({kind})", bool(mount.get("ReadOnly")), options)


def _mount(source: str, read_only: bool, options: Mapping[str, Any]) -> str:
    more = text_of({name: value for name, value in options.items() if text_of(value)})
    return " ".join(part for part in (source, "(ro)" if read_only else "", more) if part)


def _endpoint(how: Json, names: Iterable[str]) -> str:
    """Return how a container takes part in a network, without what every container has there by itself."""
    aliases = sorted(set(how.get("Aliases") or ()) - set(names))
    fixed = {name: value for name, value in (how.get("IPAMConfig") or {}).items() if value}
    return " ".join(["(joined)", *aliases, *([text_of(fixed)] if fixed else [])])


def text_of(value: Any) -> str:
    """Return a value as a text, empty where it says nothing; strings stay as they are."""
    if value in (None, "", 0, [], {}, (), False):
        return ""
    if isinstance(value, Mapping):
        kept = {name: item for name, item in sorted(value.items()) if text_of(item) or isinstance(item, str)}
        return json.dumps(kept, sort_keys=True, ensure_ascii=False) if kept else ""
    if isinstance(value, list | tuple) and all(isinstance(item, str) for item in value):
        return shlex.join(value)
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True, ensure_ascii=False, default=str)
