"""The environment a project's files are read with: ``.env``, ``--env-file``, and each service's ``env_file``."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias

from projects.compose import dotenv
from projects.compose.errors import ComposeFileError, Place
from projects.compose.messages import Message
from projects.compose.model import EnvFile, Service
from projects.compose.problems import PathError

ReadFile: TypeAlias = Callable[[str], bytes]
"""Returns the content of the file at an absolute path; raises OSError, FileNotFoundError among them."""

WarnUnset: TypeAlias = Callable[[str, Place], None]
"""Is told of a reference to a variable without a value: its name, and where it stands."""


def _in_silence(name: str, place: Place) -> None:
    """Tell nobody."""


def read_environment_files(
    files: Sequence[str], environment: Mapping[str, str], read_file: ReadFile, unset: WarnUnset = _in_silence
) -> list[tuple[str, dict[str, str]]]:
    """Return each file of ``KEY=value`` lines with its variables; `environment` and earlier files fill references.

    Raises ComposeFileError, with the line, for a file that cannot be read.
    """
    read: list[tuple[str, dict[str, str]]] = []
    earlier: dict[str, str] = {}
    for file in files:
        values = _parse(file, _text(file, read_file), environment.get, earlier, unset=unset)
        read.append((file, values))
        earlier.update(values)
    return read


def read_default_file(
    directory: str, environment: Mapping[str, str], read_file: ReadFile, unset: WarnUnset = _in_silence
) -> dict[str, str]:
    """Return the variables of the directory's ``.env``; none where there is no such file."""
    file = posixpath.join(directory, ".env")
    try:
        data = read_file(file)
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return {}
    except OSError as error:
        raise unreadable(file, error) from error
    return _parse(file, decode_text(file, data), environment.get, unset=unset)


def _text(file: str, read_file: ReadFile) -> str:
    try:
        return decode_text(file, read_file(file))
    except (FileNotFoundError, NotADirectoryError) as error:
        message = Message("couldn't find env file: %(file)s", file=file)
        raise ComposeFileError(message, place=Place(file=file)) from error
    except OSError as error:
        raise unreadable(file, error) from error


def lines_of(file: str, read_file: ReadFile, *, raw: bool = False) -> dict[str, int]:
    """Return the line on which each variable of an environment file is set; none where it cannot be read."""
    try:
        return dotenv.lines(decode_text(file, read_file(file)), raw=raw)
    except (OSError, ComposeFileError):
        return {}


def decode_text(file: str, data: bytes) -> str:
    """Return a file's text; raises ComposeFileError where it is not UTF-8."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        message = Message("%(file)s is not text in UTF-8.", file=file)
        raise ComposeFileError(message, place=Place(file=file, line=line, column=1)) from error


def unreadable(file: str, error: OSError) -> ComposeFileError:
    """Return the refusal of a file that cannot be read."""
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return ComposeFileError(Message("open %(file)s: no such file or directory", file=file), place=Place(file=file))
    reason = (error.strerror or str(error)).lower()
    return ComposeFileError(Message("open %(file)s: %(reason)s", file=file, reason=reason), place=Place(file=file))


def _parse(
    file: str,
    text: str,
    lookup: dotenv.Lookup,
    earlier: Mapping[str, str] | None = None,
    style: str = "",
    unset: WarnUnset = _in_silence,
) -> dict[str, str]:
    def told(name: str, line: int) -> None:
        unset(name, Place(file=file, line=line, column=1))

    try:
        return dotenv.parse_raw(text, lookup) if style == "raw" else dotenv.parse(text, lookup, earlier or {}, told)
    except dotenv.InvalidEnvFile as error:
        message = Message(
            "failed to read %(file)s: line %(line)s: %(reason)s", file=file, line=error.line, reason=error.reason[:300]
        )
        raise ComposeFileError(message, place=Place(file=file, line=error.line, column=1)) from error


def with_environment_files(
    service: Service,
    directory: str,
    environment: Mapping[str, str],
    read_file: ReadFile,
    unset: WarnUnset = _in_silence,
) -> Service:
    """Return a service with its ``env_file`` merged under its environment.

    Relative paths, which a load without path resolution leaves behind, are seen from `directory`.
    """

    def read(path: str) -> bytes:
        return read_file(posixpath.join(directory, path))

    variables: dict[str, str] = {}
    if service.env_file:

        def lookup(name: str) -> str | None:
            found = environment.get(name)
            return found if found is not None else service.environment.get(name)

        for index, file in enumerate(service.env_file):
            variables.update(_read_env_file(service, index, file, lookup, variables, read, unset))
    if not service.env_file:
        return service
    return replace(service, environment={**variables, **service.environment}, env_file=())


def with_label_files(service: Service, directory: str, read_file: ReadFile) -> Service:
    """Return a service with its ``label_file`` merged under its labels; paths as for `with_environment_files`."""
    labels: dict[str, str] = {}
    for index, path in enumerate(service.label_file):
        read = _read_label_file(service, index, posixpath.join(directory, path), labels.copy(), read_file)
        labels.update(read)
    return replace(service, labels={**labels, **service.labels}) if labels else service


def _read_env_file(
    service: Service,
    index: int,
    file: EnvFile,
    lookup: dotenv.Lookup,
    earlier: Mapping[str, str],
    read_file: ReadFile,
    unset: WarnUnset,
) -> dict[str, str]:
    path = ("services", service.name, "env_file", index)
    if file.format not in ("", "raw"):
        raise PathError(path, Message('unsupported env_file format "%(format)s"', format=file.format[:40]))
    if not file.path and not file.required:
        return {}
    try:
        data = read_file(file.path)
    except (FileNotFoundError, NotADirectoryError):
        if not file.required:
            return {}
        message = Message("env file %(file)s not found: no such file or directory", file=file.path)
        raise PathError(path, message) from None
    except OSError as error:
        raise PathError(path, unreadable(file.path, error).message) from error
    return _parse(file.path, decode_text(file.path, data), lookup, earlier, file.format, unset)


def _read_label_file(
    service: Service, index: int, file: str, earlier: Mapping[str, str], read_file: ReadFile
) -> dict[str, str]:
    """Return the labels of a file; they may refer to those of `earlier` files, and to no variables."""
    path = ("services", service.name, "label_file", index)
    try:
        data = read_file(file)
    except FileNotFoundError:
        raise PathError(path, Message("label file %(file)s not found", file=file)) from None
    except OSError as error:
        raise PathError(path, unreadable(file, error).message) from error
    return _parse(file, decode_text(file, data), earlier.get)
