"""Shapes that several parts of a file share."""

from __future__ import annotations

from projects.compose.attributes.forms import (
    ANY_SCALAR,
    CAST_PLAIN_INTEGER,
    INTEGER_OR_TEXT,
    NULL,
    NUMBER_OR_TEXT,
    PLAIN_INTEGER,
    TEXT,
    TEXT_OR_DATE,
    TEXTS,
    UNIQUE_TEXTS,
)
from projects.compose.shapes import or_date
from projects.compose.structures import list_of, map_of, one_of, record

NAMES = r"^[a-zA-Z0-9._-]+$"
MAPPING = one_of(map_of(ANY_SCALAR), UNIQUE_TEXTS)
# Where the reference does not look at the items of the list before it writes them as strings.
DATED_MAPPING = one_of(map_of(ANY_SCALAR), list_of(TEXT_OR_DATE, unique=True))
OPTIONS = map_of(or_date(NUMBER_OR_TEXT))
SIZE = or_date(NUMBER_OR_TEXT)
WHOLE_SIZE = or_date(INTEGER_OR_TEXT)
COMMAND = one_of(NULL, TEXT_OR_DATE, TEXTS)
HOSTS = one_of(map_of(one_of(TEXT, list_of(TEXT_OR_DATE))), list_of(TEXT_OR_DATE, unique=True))
ULIMITS = map_of(
    one_of(
        CAST_PLAIN_INTEGER,
        record({"soft": CAST_PLAIN_INTEGER, "hard": CAST_PLAIN_INTEGER}, required=("soft", "hard")),
    ),
    r"^[a-z]+$",
    closed=False,
)
# The reference casts no strings here.
BUILD_ULIMITS = map_of(
    one_of(PLAIN_INTEGER, record({"soft": PLAIN_INTEGER, "hard": PLAIN_INTEGER}, required=("soft", "hard"))),
    r"^[a-z]+$",
    closed=False,
)
FILE_REFERENCE = {"source": TEXT, "target": TEXT, "uid": TEXT, "gid": TEXT, "mode": NUMBER_OR_TEXT}
FILE_REFERENCES = list_of(one_of(TEXT, record(FILE_REFERENCE)))
DEVICE_REQUEST = {
    "capabilities": UNIQUE_TEXTS,
    "count": INTEGER_OR_TEXT,
    "device_ids": UNIQUE_TEXTS,
    "driver": TEXT,
    "options": DATED_MAPPING,
}
