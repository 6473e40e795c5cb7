"""What a service may use of its host, as the Engine API's `HostConfig`: resources, devices, ports, restart policy."""

from __future__ import annotations

import posixpath
import struct
from collections.abc import Iterable
from typing import Any

from projects.compose.model import Application, DeviceRequest, Resource, Service, ThrottleDevice
from projects.compose.payload_mounts import filled

Json = dict[str, Any]

_RESTART = {"none": "no", "no": "no", "any": "always"}
_UNMASKED = "systempaths=unconfined"
_OWN_PROFILES = frozenset({"unconfined", "builtin"})


def host_config(application: Application, service: Service) -> Json:
    """Return everything of `HostConfig` that depends on nothing but the service."""
    return (
        _isolation(service)
        | _capabilities(service)
        | _resources(service)
        | _devices(service)
        | _hostnames(service)
        | filled(
            {
                "Annotations": dict(service.annotations),
                "LogConfig": _logging(service),
                "PortBindings": port_bindings(service),
                "RestartPolicy": restart_policy(service),
                "StorageOpt": dict(service.storage_opt),
                "Sysctls": dict(service.sysctls),
                "Tmpfs": {path: options for path, _, options in (entry.partition(":") for entry in service.tmpfs)},
            }
        )
    )


def seccomp_file(application: Application, service: Service) -> str:
    """Return the absolute path of the seccomp profile that the service names, or nothing.

    `HostConfig.SecurityOpt` lacks it until the file has been read.
    """
    named = [file for option in service.security_opt if (file := _seccomp(option))]
    return posixpath.join(application.working_dir, named[-1]) if named else ""


def _seccomp(option: str) -> str:
    name, _, profile = option.partition("=" if "=" in option else ":")
    return profile if name == "seccomp" and profile not in _OWN_PROFILES else ""


def _isolation(service: Service) -> Json:
    security = [option for option in service.security_opt if option != _UNMASKED and not _seccomp(option)]
    unmasked: Json = {"MaskedPaths": [], "ReadonlyPaths": []} if _UNMASKED in service.security_opt else {}
    return unmasked | filled(
        {
            "CgroupnsMode": service.cgroup,
            "IpcMode": service.ipc,
            "Isolation": service.isolation,
            "PidMode": service.pid,
            "Privileged": service.privileged,
            "ReadonlyRootfs": service.read_only,
            "Runtime": service.runtime,
            "SecurityOpt": security,
            "UTSMode": service.uts,
            "UsernsMode": service.userns_mode,
        }
    )


def _capabilities(service: Service) -> Json:
    added, dropped = _capability_names(service.cap_add), _capability_names(service.cap_drop)
    return filled({"CapAdd": sorted(added), "CapDrop": sorted(dropped - added)})


def _capability_names(names: Iterable[str]) -> set[str]:
    normal = {name.strip().upper() for name in names}
    if "ALL" in normal:
        return {"ALL"}
    return {name if name.startswith("CAP_") else f"CAP_{name}" for name in normal}


def _hostnames(service: Service) -> Json:
    hosts = (f"{host}:{address}" for host, addresses in service.extra_hosts.items() for address in addresses)
    return filled(
        {
            "Dns": list(service.dns),
            "DnsOptions": list(service.dns_opt),
            "DnsSearch": list(service.dns_search),
            "ExtraHosts": sorted(hosts),
            "GroupAdd": list(service.group_add),
        }
    )


def _logging(service: Service) -> Json:
    if service.logging is None:
        return {}
    return filled({"Type": service.logging.driver, "Config": dict(service.logging.options)})


def port_bindings(service: Service) -> dict[str, list[dict[str, str]]]:
    """Return `PortBindings`: ``80/tcp`` → the host addresses and ports (or ranges) it is published on."""
    bindings: dict[str, list[dict[str, str]]] = {}
    for port in service.ports:
        key = f"{port.target}/{port.protocol or 'tcp'}"
        bindings.setdefault(key, []).append({"HostIp": port.host_ip, "HostPort": port.published})
    return bindings


def restart_policy(service: Service) -> Json:
    """Return `RestartPolicy`; the one of `deploy` wins over `restart`."""
    own = service.deploy.restart_policy if service.deploy else None
    if own is not None:
        return filled({"Name": _RESTART.get(own.condition, own.condition), "MaximumRetryCount": own.max_attempts})
    name, _, attempts = service.restart.partition(":")
    return filled({"Name": _RESTART.get(name, name), "MaximumRetryCount": int(attempts or 0)})


def _resources(service: Service) -> Json:
    limits, reserved = _deployed(service, "limits"), _deployed(service, "reservations")
    body = filled(
        {
            "CgroupParent": service.cgroup_parent,
            "CpuCount": service.cpu_count,
            "CpuPercent": int(service.cpu_percent * 100),
            "CpuPeriod": service.cpu_period,
            "CpuQuota": service.cpu_quota,
            "CpuRealtimePeriod": service.cpu_rt_period,
            "CpuRealtimeRuntime": service.cpu_rt_runtime,
            "CpuShares": service.cpu_shares,
            "CpusetCpus": service.cpuset,
            "Memory": int(limits.memory or service.mem_limit),
            "MemoryReservation": int(reserved.memory or service.mem_reservation),
            "MemorySwap": int(service.memswap_limit),
            "MemorySwappiness": int(service.mem_swappiness),
            "NanoCpus": _nano_cpus(limits.cpus or service.cpus),
            "OomScoreAdj": service.oom_score_adj,
            "PidsLimit": limits.pids or service.pids_limit,
            "ShmSize": int(service.shm_size),
            "Ulimits": _ulimits(service),
        }
    )
    init = {} if service.init is None else {"Init": service.init}
    return body | _block_io(service) | init | {"OomKillDisable": service.oom_kill_disable}


def _deployed(service: Service, kind: str) -> Resource:
    resources = service.deploy.resources if service.deploy else None
    return (getattr(resources, kind) if resources else None) or Resource()


def _nano_cpus(cpus: float) -> int:
    return int(_float32(_float32(cpus) * 1e9))  # the reference multiplies single-precision numbers


def _float32(number: float) -> float:
    return float(struct.unpack("f", struct.pack("f", number))[0])


def _ulimits(service: Service) -> list[Json]:
    return [
        {"Name": name, "Soft": limit.single or limit.soft, "Hard": limit.single or limit.hard}
        for name, limit in sorted(service.ulimits.items())
    ]


def _block_io(service: Service) -> Json:
    config = service.blkio_config
    if config is None:
        return {}
    return filled(
        {
            "BlkioWeight": config.weight,
            "BlkioWeightDevice": [{"Path": each.path, "Weight": each.weight} for each in config.weight_device],
            "BlkioDeviceReadBps": _rates(config.device_read_bps),
            "BlkioDeviceReadIOps": _rates(config.device_read_iops),
            "BlkioDeviceWriteBps": _rates(config.device_write_bps),
            "BlkioDeviceWriteIOps": _rates(config.device_write_iops),
        }
    )


def _rates(devices: Iterable[ThrottleDevice]) -> list[Json]:
    return [{"Path": device.path, "Rate": int(device.rate)} for device in devices]


def _devices(service: Service) -> Json:
    named = [device for device in service.devices if not _is_cdi(device.source, device.target)]
    requests = [_request(each, []) for each in _deployed(service, "reservations").devices]
    requests += [_request(each, ["gpu"]) for each in service.gpus]
    cdi = [device.source for device in service.devices if _is_cdi(device.source, device.target)]
    if cdi:
        requests.append({"Driver": "cdi", "DeviceIDs": cdi})
    return filled(
        {
            "Devices": [
                {
                    "PathOnHost": device.source,
                    "PathInContainer": device.target,
                    "CgroupPermissions": device.permissions,
                }
                for device in named
            ],
            "DeviceCgroupRules": list(service.device_cgroup_rules),
            "DeviceRequests": requests,
        }
    )


def _is_cdi(source: str, target: str) -> bool:
    """Tell a name of the Container Device Interface, ``vendor/class=device``, from a path."""
    return source == target and "=" in source and not source.startswith("/")


def _request(request: DeviceRequest, more: list[str]) -> Json:
    count = request.count or (0 if request.device_ids else -1)
    return filled(
        {
            "Capabilities": [[*request.capabilities, *more]],
            "Count": count,
            "DeviceIDs": list(request.device_ids),
            "Driver": request.driver,
            "Options": dict(request.options),
        }
    )
