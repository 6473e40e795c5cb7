"""The attributes of services and jobs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from projects.compose import casts
from projects.compose.attributes.common import (
    COMMAND,
    DATED_MAPPING,
    DEVICE_REQUEST,
    FILE_REFERENCES,
    HOSTS,
    MAPPING,
    NAMES,
    SIZE,
    ULIMITS,
    WHOLE_SIZE,
)
from projects.compose.attributes.forms import (
    ANYTHING,
    BOOLEAN,
    BOOLEAN_OR_TEXT,
    CAST_INTEGER,
    CAST_NUMBER,
    CUT_NUMBER,
    NUMBER_TEXT_OR_NULL,
    PLAIN_INTEGER,
    PLAIN_INTEGER_OR_TEXT,
    TEXT,
    TEXT_NUMBER_OR_BOOLEAN,
    TEXT_OR_DATE,
    TEXT_OR_NULL,
    TEXT_OR_TEXTS,
    TEXT_OR_UNIQUE_TEXTS,
    TEXTS,
    UNIQUE_TEXTS,
)
from projects.compose.attributes.parts import (
    BLKIO_CONFIG,
    BUILD,
    DEPENDENCY,
    DEPLOY,
    ENV_FILE,
    HEALTHCHECK,
    HOOK,
    MOUNT,
    PORT,
    SERVICE_NETWORK,
    WATCH,
)
from projects.compose.shapes import Shape, bounded, choice, or_date, pattern
from projects.compose.structures import list_of, map_of, one_of, record

CONTAINER = {
    "annotations": MAPPING,
    "blkio_config": record(BLKIO_CONFIG, extensible=False),
    "cap_add": UNIQUE_TEXTS,
    "cap_drop": UNIQUE_TEXTS,
    "cgroup": choice("host", "private"),
    "cgroup_parent": TEXT,
    "command": COMMAND,
    "configs": FILE_REFERENCES,
    "cpu_count": bounded(CAST_INTEGER, minimum=0),
    "cpu_percent": bounded(replace(CAST_INTEGER, cast=casts.number), minimum=0, maximum=100),
    "cpu_period": CUT_NUMBER,
    "cpu_quota": CUT_NUMBER,
    "cpu_rt_period": CUT_NUMBER,
    "cpu_rt_runtime": CUT_NUMBER,
    "cpu_shares": CUT_NUMBER,
    "cpus": CAST_NUMBER,
    "cpuset": TEXT,
    "credential_spec": record({"config": TEXT, "file": TEXT, "registry": TEXT}),
    "device_cgroup_rules": UNIQUE_TEXTS,
    "devices": list_of(
        one_of(TEXT, record({"source": TEXT, "target": TEXT, "permissions": TEXT}, required=("source",)))
    ),
    "dns": TEXT_OR_UNIQUE_TEXTS,
    "dns_opt": UNIQUE_TEXTS,
    "dns_search": TEXT_OR_UNIQUE_TEXTS,
    "domainname": TEXT,
    "entrypoint": COMMAND,
    "env_file": one_of(TEXT, list_of(one_of(TEXT_OR_DATE, record(ENV_FILE, required=("path",), extensible=False)))),
    "environment": MAPPING,
    "extra_hosts": HOSTS,
    "gpus": one_of(choice("all"), list_of(record(DEVICE_REQUEST, open_to_more=True))),
    "group_add": list_of(PLAIN_INTEGER_OR_TEXT, unique=True),
    "hostname": TEXT,
    "image": TEXT,
    "init": BOOLEAN_OR_TEXT,
    "ipc": TEXT,
    "isolation": TEXT,
    "label_file": TEXT_OR_TEXTS,
    "labels": MAPPING,
    "logging": record({"driver": TEXT, "options": map_of(or_date(NUMBER_TEXT_OR_NULL))}),
    "mac_address": TEXT,
    "mem_limit": SIZE,
    "mem_reservation": WHOLE_SIZE,
    "mem_swappiness": WHOLE_SIZE,
    "memswap_limit": SIZE,
    "models": one_of(
        UNIQUE_TEXTS,
        map_of(record({"endpoint_var": TEXT, "model_var": TEXT}, nullable=True), NAMES, closed=False),
    ),
    "network_mode": TEXT,
    "networks": one_of(UNIQUE_TEXTS, map_of(record(SERVICE_NETWORK, nullable=True), NAMES)),
    "oom_kill_disable": BOOLEAN_OR_TEXT,
    "oom_score_adj": bounded(CAST_INTEGER, minimum=-1000, maximum=1000),
    "pid": TEXT_OR_NULL,
    "pids_limit": CUT_NUMBER,
    "platform": TEXT,
    "privileged": BOOLEAN_OR_TEXT,
    "pull_policy": pattern(
        r"^(always|never|build|if_not_present|missing|refresh|daily|weekly|every_([0-9]+[wdhms])+)$"
    ),
    "pull_refresh_after": TEXT,
    "read_only": BOOLEAN_OR_TEXT,
    "runtime": TEXT,
    "secrets": FILE_REFERENCES,
    "security_opt": UNIQUE_TEXTS,
    "shm_size": SIZE,
    "stop_grace_period": TEXT,
    "stop_signal": TEXT,
    "storage_opt": map_of(ANYTHING),
    "sysctls": MAPPING,
    "tmpfs": TEXT_OR_UNIQUE_TEXTS,
    "ulimits": ULIMITS,
    "use_api_socket": BOOLEAN,
    "user": TEXT,
    "userns_mode": TEXT,
    "uts": TEXT,
    "volumes": list_of(one_of(TEXT, record(MOUNT, required=("type",))), unique=True),
    "volumes_from": UNIQUE_TEXTS,
    "working_dir": TEXT,
}
WORKLOAD = {
    **CONTAINER,
    "build": one_of(TEXT, record(BUILD)),
    "depends_on": one_of(UNIQUE_TEXTS, map_of(record(DEPENDENCY, required=("condition",)), NAMES)),
    "expose": list_of(PLAIN_INTEGER_OR_TEXT, unique=True),
    "healthcheck": record(HEALTHCHECK),
    "ports": list_of(one_of(PLAIN_INTEGER, TEXT, record(PORT)), unique=True),
    "stdin_open": BOOLEAN_OR_TEXT,
    "tty": BOOLEAN_OR_TEXT,
}


def dated(attributes: Mapping[str, Shape]) -> dict[str, Shape]:
    """Return attributes of a hook or a job, of which the reference does not look at the items of such lists."""
    return {name: DATED_MAPPING if shape is MAPPING else shape for name, shape in attributes.items()}


_OPTION = or_date(TEXT_NUMBER_OR_BOOLEAN)
SERVICE = {
    **WORKLOAD,
    "attach": BOOLEAN_OR_TEXT,
    "container_name": pattern(r"[a-zA-Z0-9][a-zA-Z0-9_.-]+"),
    "deploy": record(DEPLOY, nullable=True),
    "develop": record(
        {"watch": list_of(record(WATCH, required=("path", "action")))},
        nullable=True,
    ),
    "extends": one_of(TEXT, record({"service": TEXT, "file": TEXT}, required=("service",), extensible=False)),
    "external_links": UNIQUE_TEXTS,
    "links": TEXTS,
    "post_start": list_of(record(HOOK, required=("command",))),
    "pre_start": list_of(record({**dated(CONTAINER), "per_replica": BOOLEAN_OR_TEXT})),
    "pre_stop": list_of(record(HOOK, required=("command",))),
    "profiles": UNIQUE_TEXTS,
    "provider": record(
        {"type": TEXT, "options": map_of(one_of(_OPTION, list_of(_OPTION)))},
        required=("type",),
    ),
    "restart": TEXT,
    "scale": bounded(CAST_INTEGER, minimum=0),
}
SCHEDULE = {
    "cron": TEXT,
    "timezone": TEXT,
    "concurrency": choice("forbid", "queue"),
    "missed_fires": choice("one", "skip"),
}
TRIGGERS = {
    "manual": BOOLEAN_OR_TEXT,
    "schedule": list_of(one_of(TEXT, record(SCHEDULE, required=("cron",)))),
}
JOB = {
    **dated(WORKLOAD),
    "build": one_of(TEXT, record(dated(BUILD))),
    "profiles": UNIQUE_TEXTS,
    "triggers": record(TRIGGERS),
}
