"""Seccomp profiles: files of a project that the engine is sent as they are, without blanks."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from projects.compose.errors import PlanError
from projects.compose.messages import Message

LARGEST = 4 * 1024 * 1024
_BLANK_OR_STRING = re.compile(r'("(?:[^"\\]|\\.)*")|[ \t\r\n]+')


def with_profile(body: Mapping[str, Any], path: str, service: str) -> dict[str, Any]:
    """Return the body of a create with the profile from the file `path`.

    Raises PlanError where the file cannot be read or is no JSON: without it the container would be less guarded than
    the files ask for.
    """
    host = dict(body["HostConfig"])
    host["SecurityOpt"] = [*host.get("SecurityOpt", ()), f"seccomp={_compact(_read(path, service), path, service)}"]
    return {**body, "HostConfig": host}


def _read(path: str, service: str) -> str:
    try:
        with Path(path).open(encoding="utf-8") as file:
            return file.read(LARGEST)
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise PlanError(
            Message(
                "The seccomp profile %(path)s of service %(service)s cannot be read (%(reason)s). "
                "Correct its path in security_opt.",
                path=path,
                service=service,
                reason=reason,
            ),
            service=service,
        ) from error


def _compact(text: str, path: str, service: str) -> str:
    try:
        json.loads(text)
    except ValueError as error:
        raise PlanError(
            Message(
                "The seccomp profile %(path)s of service %(service)s is no JSON (%(reason)s). Correct the file.",
                path=path,
                service=service,
                reason=str(error),
            ),
            service=service,
        ) from error
    return _BLANK_OR_STRING.sub(lambda found: found[1] or "", text)
