"""How serious a line of a log says it is; the page decides the same in static/src/logs/levels.js.

Both are held to one table of cases, tests/log_levels.json. A line that does not say so plainly is `UNKNOWN`.
"""

from __future__ import annotations

import json
import re
from typing import Final

UNKNOWN: Final = "unknown"
LEVELS: Final = ("fatal", "error", "warning", "info", "debug", "trace", UNKNOWN)

LONGEST_JSON: Final = 64 * 1024  # characters
LONGEST_HEAD: Final = 100  # characters of plain text in which a level may stand

_names: Final = {
    "fatal": "fatal critical crit panic emerg emergency alert dpanic",
    "error": "error err severe eror fail",
    "warning": "warning warn wrn",
    "info": "info information informational inf notice log",
    "debug": "debug dbg fine verbose",
    "trace": "trace trc finer finest silly",
}
_levels: Final = {name: level for level, names in _names.items() for name in names.split()}
_keys: Final = ("level", "severity", "lvl", "loglevel", "log_level", "log.level", "levelname", "@l")
_klog: Final = {"I": "info", "W": "warning", "E": "error", "F": "fatal"}
_redis: Final = {".": "debug", "-": "debug", "*": "info", "#": "warning"}

_klog_head = re.compile(r"([IWEF])\d{4} \d\d:\d\d:\d\d\.\d+ +\d+ [^\s\]]+:\d+\]").match
_redis_head = re.compile(r"\d+:[XCSM] \d\d \w{3} \d{4} \d\d:\d\d:\d\d\.\d+ ([.*#-]) ").match
_logfmt = re.compile(r"(?:^|\s)(?:level|lvl|severity|loglevel)=\"?([A-Za-z]+)\"?(?=\s|$)").search
_bracketed = re.compile(r"[\[<(]\s*([A-Za-z]{3,13})\s*[\]>)]").finditer
_capitals = re.compile(r"(?<![\w=/.-])([A-Z]{3,13})(?=[:\s\]|,]|$)(?! =)").finditer
_first_word = re.compile(r"([A-Za-z]{3,13}):\s").match
_prose = re.compile(r"[a-z]+ +[a-z]+ ").search
_too_common: Final = frozenset({"log", "fine", "fail", "finer", "finest", "silly", "verbose", "alert", "notice"})


def level_of(text: str) -> str:
    """Return one of `LEVELS` for a line without its escape sequences."""
    if text.startswith("{"):
        return _of_json(text)
    head = text[:LONGEST_HEAD]
    if found := _klog_head(head):
        return _klog[found[1]]
    if found := _redis_head(head):
        return _redis[found[1]]
    if found := _logfmt(text[: LONGEST_HEAD * 10]):
        return _levels.get(found[1].lower(), UNKNOWN)
    return _of_words(head)


def _of_json(text: str) -> str:
    if len(text) > LONGEST_JSON:
        return UNKNOWN
    try:
        fields = json.loads(text)
    except (ValueError, RecursionError):
        return UNKNOWN
    for key in _keys:
        if (level := _of_value(fields.get(key))) != UNKNOWN:
            return level
    return UNKNOWN


def _of_value(value: object) -> str:
    """Return the level of a JSON value; the numbers are those of Bunyan and Pino."""
    if isinstance(value, str):
        return _levels.get(value.strip().lower(), UNKNOWN)
    if isinstance(value, int) and not isinstance(value, bool) and value in range(10, 70, 10):
        return ("trace", "debug", "info", "warning", "error", "fatal")[value // 10 - 1]
    return UNKNOWN


def _of_words(head: str) -> str:
    """Return the level that a word says which stands alone in brackets, in capitals or before the first colon."""
    if found := _first_word(head):
        name = found[1].lower()
        if name in _levels and (name not in _too_common or found[1].isupper()):
            return _levels[name]
    for found in (*_bracketed(head), *_capitals(head)):
        if _prose(head[: found.start()]):
            continue
        name, after = found[1].lower(), head[found.end() : found.end() + 1]
        if name in _levels and (name not in _too_common or found[0] != found[1] or after == ":"):
            return _levels[name]
    return UNKNOWN
