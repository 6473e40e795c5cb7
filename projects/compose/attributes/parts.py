"""The attributes of a service's parts: builds, hooks, deployment, health, networks, ports, mounts."""

from __future__ import annotations

from projects.compose.attributes.common import (
    BUILD_ULIMITS,
    COMMAND,
    DATED_MAPPING,
    DEVICE_REQUEST,
    FILE_REFERENCES,
    HOSTS,
    MAPPING,
    OPTIONS,
    WHOLE_SIZE,
)
from projects.compose.attributes.forms import (
    BOOLEAN,
    BOOLEAN_OR_TEXT,
    CAST_INTEGER,
    CAST_NUMBER,
    CUT_NUMBER,
    INTEGER_OR_TEXT,
    NUMBER,
    NUMBER_OR_TEXT,
    PLAIN_INTEGER_OR_TEXT,
    TEXT,
    TEXT_OR_BOOLEAN,
    TEXT_OR_DATE,
    TEXT_OR_TEXTS,
    TEXT_OR_UNIQUE_TEXTS,
    TEXTS,
    UNIQUE_TEXTS,
)
from projects.compose.shapes import bounded, choice, or_date
from projects.compose.structures import list_of, record

BUILD = {
    "context": TEXT,
    "dockerfile": TEXT,
    "dockerfile_inline": TEXT,
    "entitlements": TEXTS,
    "args": MAPPING,
    "ssh": MAPPING,
    "labels": MAPPING,
    "cache_from": TEXTS,
    "cache_to": TEXTS,
    "no_cache": BOOLEAN_OR_TEXT,
    "no_cache_filter": TEXT_OR_UNIQUE_TEXTS,
    "additional_contexts": MAPPING,
    "network": TEXT,
    "provenance": or_date(TEXT_OR_BOOLEAN),
    "sbom": or_date(TEXT_OR_BOOLEAN),
    "pull": BOOLEAN_OR_TEXT,
    "target": TEXT,
    "shm_size": WHOLE_SIZE,
    "extra_hosts": HOSTS,
    "isolation": TEXT,
    "privileged": BOOLEAN_OR_TEXT,
    "secrets": FILE_REFERENCES,
    "tags": TEXTS,
    "ulimits": BUILD_ULIMITS,
    "platforms": TEXTS,
}
_THROTTLE = list_of(record({"path": TEXT, "rate": WHOLE_SIZE}, extensible=False))
BLKIO_CONFIG = {
    "device_read_bps": _THROTTLE,
    "device_read_iops": _THROTTLE,
    "device_write_bps": _THROTTLE,
    "device_write_iops": _THROTTLE,
    "weight": INTEGER_OR_TEXT,
    "weight_device": list_of(record({"path": TEXT, "weight": INTEGER_OR_TEXT}, extensible=False)),
}
HOOK = {
    "command": COMMAND,
    "user": TEXT,
    "privileged": BOOLEAN_OR_TEXT,
    "working_dir": TEXT,
    "environment": DATED_MAPPING,
}
WATCH = {
    "path": TEXT,
    "action": choice("rebuild", "sync", "restart", "sync+restart", "sync+exec"),
    "target": TEXT,
    "ignore": TEXT_OR_UNIQUE_TEXTS,
    "include": TEXT_OR_UNIQUE_TEXTS,
    "exec": record(HOOK, required=("command",)),
    "initial_sync": BOOLEAN,
}
_UPDATE_CONFIG = record(
    {
        "parallelism": CAST_INTEGER,
        "delay": TEXT,
        "failure_action": TEXT,
        "monitor": TEXT,
        "max_failure_ratio": CAST_NUMBER,
        "order": choice("start-first", "stop-first"),
    }
)
_LIMITS = {"cpus": NUMBER_OR_TEXT, "memory": TEXT_OR_DATE, "pids": INTEGER_OR_TEXT}
_RESERVATIONS = {
    "cpus": NUMBER_OR_TEXT,
    "memory": TEXT_OR_DATE,
    "generic_resources": list_of(
        record({"discrete_resource_spec": record({"kind": TEXT, "value": NUMBER_OR_TEXT})}),
    ),
    "devices": list_of(record(DEVICE_REQUEST, required=("capabilities",))),
}
DEPLOY = {
    "mode": TEXT,
    "endpoint_mode": TEXT,
    "replicas": bounded(CAST_INTEGER, minimum=0),
    "labels": MAPPING,
    "rollback_config": _UPDATE_CONFIG,
    "update_config": _UPDATE_CONFIG,
    "resources": record({"limits": record(_LIMITS), "reservations": record(_RESERVATIONS)}),
    "restart_policy": record(
        {"condition": TEXT, "delay": TEXT, "max_attempts": CAST_INTEGER, "window": TEXT},
    ),
    "placement": record(
        {
            "constraints": TEXTS,
            "preferences": list_of(record({"spread": TEXT})),
            "max_replicas_per_node": CAST_INTEGER,
        }
    ),
}
HEALTHCHECK = {
    "disable": BOOLEAN_OR_TEXT,
    "interval": TEXT,
    "retries": CUT_NUMBER,
    "test": TEXT_OR_TEXTS,
    "timeout": TEXT,
    "start_period": TEXT,
    "start_interval": TEXT,
}
DEPENDENCY = {
    "restart": BOOLEAN_OR_TEXT,
    "required": BOOLEAN,
    "condition": choice("service_started", "service_healthy", "service_completed_successfully"),
}
SERVICE_NETWORK = {
    "aliases": UNIQUE_TEXTS,
    "interface_name": TEXT,
    "ipv4_address": TEXT,
    "ipv6_address": TEXT,
    "link_local_ips": UNIQUE_TEXTS,
    "mac_address": TEXT,
    "driver_opts": OPTIONS,
    "priority": NUMBER,
    "gw_priority": NUMBER,
}
PORT = {
    "name": TEXT,
    "mode": TEXT,
    "host_ip": TEXT,
    "target": CAST_INTEGER,
    "published": PLAIN_INTEGER_OR_TEXT,
    "protocol": TEXT,
    "app_protocol": TEXT,
}
MOUNT = {
    "type": choice("bind", "volume", "tmpfs", "cluster", "npipe", "image"),
    "source": TEXT,
    "target": TEXT,
    "read_only": BOOLEAN_OR_TEXT,
    "consistency": TEXT,
    "bind": record(
        {
            "propagation": TEXT,
            "create_host_path": BOOLEAN_OR_TEXT,
            "recursive": choice("enabled", "disabled", "writable", "readonly"),
            "selinux": choice("z", "Z"),
        }
    ),
    "volume": record({"labels": DATED_MAPPING, "nocopy": BOOLEAN_OR_TEXT, "subpath": TEXT}),
    "tmpfs": record({"size": bounded(WHOLE_SIZE, minimum=0), "mode": NUMBER_OR_TEXT}),
    "image": record({"subpath": TEXT}),
}
ENV_FILE = {"path": TEXT, "format": TEXT, "required": BOOLEAN_OR_TEXT}
