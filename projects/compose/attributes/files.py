"""The attributes of a whole file, and of what stands beside its services."""

from __future__ import annotations

from projects.compose.attributes.common import DATED_MAPPING, MAPPING, NAMES, OPTIONS
from projects.compose.attributes.forms import (
    BOOLEAN_OR_TEXT,
    INTEGER,
    NULL,
    NUMBER_OR_TEXT,
    TEXT,
    TEXT_OR_DATE,
    TEXT_OR_NULL,
    TEXTS,
)
from projects.compose.attributes.services import JOB, SERVICE
from projects.compose.structures import list_of, map_of, one_of, record

_EXTERNAL = one_of(BOOLEAN_OR_TEXT, record({"name": TEXT}))
# Of secrets and configs the reference takes no notice of what else stands there.
_EXTERNAL_FILE = one_of(BOOLEAN_OR_TEXT, record({"name": TEXT}, open_to_more=True))
NETWORK = {
    "name": TEXT,
    "driver": TEXT,
    "driver_opts": OPTIONS,
    "ipam": record(
        {
            "driver": TEXT,
            "config": list_of(
                record({"subnet": TEXT, "ip_range": TEXT, "gateway": TEXT, "aux_addresses": map_of(TEXT_OR_DATE)}),
            ),
            "options": map_of(TEXT_OR_DATE),
        }
    ),
    "external": _EXTERNAL,
    "internal": BOOLEAN_OR_TEXT,
    "enable_ipv4": BOOLEAN_OR_TEXT,
    "enable_ipv6": BOOLEAN_OR_TEXT,
    "attachable": BOOLEAN_OR_TEXT,
    "labels": MAPPING,
}
VOLUME = {"name": TEXT, "driver": TEXT, "driver_opts": OPTIONS, "external": _EXTERNAL, "labels": DATED_MAPPING}
SECRET = {
    "name": TEXT,
    "environment": TEXT,
    "file": TEXT,
    "external": _EXTERNAL_FILE,
    "labels": DATED_MAPPING,
    "driver": TEXT,
    "driver_opts": map_of(NUMBER_OR_TEXT),
    "template_driver": TEXT,
}
CONFIG = {
    "name": TEXT,
    "content": TEXT,
    "environment": TEXT,
    "file": TEXT,
    "external": _EXTERNAL_FILE,
    "labels": DATED_MAPPING,
    "template_driver": TEXT,
}
MODEL = {"name": TEXT, "model": TEXT, "context_size": INTEGER, "runtime_flags": TEXTS}
_PATHS = one_of(TEXT, TEXTS, NULL)
INCLUDE = {"path": _PATHS, "env_file": _PATHS, "project_directory": TEXT_OR_NULL}
TOP_LEVEL = {
    "version": TEXT_OR_DATE,
    "name": TEXT,
    "include": list_of(one_of(TEXT_OR_DATE, record(INCLUDE, nullable=True))),
    "services": map_of(record(SERVICE), NAMES),
    "models": map_of(record(MODEL, required=("model",)), NAMES, closed=False),
    "networks": map_of(record(NETWORK, nullable=True), NAMES, closed=False),
    "volumes": map_of(record(VOLUME, nullable=True), NAMES),
    "secrets": map_of(record(SECRET), NAMES),
    "configs": map_of(record(CONFIG), NAMES),
    "jobs": map_of(record(JOB, required=("triggers",)), NAMES),
}
COMPOSE_FILE = record(TOP_LEVEL)
