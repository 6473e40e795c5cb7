"""Which files of this machine a project gives away: to builds, to containers, to the engine.

The files that a project is read from all pass through the loader's `read_file`. Those here are read later, when the
project is carried out, or mounted by the engine; whoever may not see a file must not be given it in these ways either.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from projects.compose.document import Path
from projects.compose.model import Application, Build, Service
from projects.compose.payload_host import seccomp_file


def local_files(application: Application) -> Iterator[tuple[Path, str]]:
    """Yield where a file or directory is named, and its absolute path; bind mounts, which say what they do, are not."""
    for name, service in application.services.items():
        yield from _of_service(application, service, ("services", name))
    for kind in ("secrets", "configs"):
        for name, given in getattr(application, kind).items():
            if given.file:
                yield (kind, name, "file"), given.file


def _of_service(application: Application, service: Service, path: Path) -> Iterator[tuple[Path, str]]:
    if service.build is not None:
        yield from _of_build(service.build, (*path, "build"))
    if profile := seccomp_file(application, service):
        yield (*path, "security_opt"), profile
    for index, rule in enumerate(service.develop.watch if service.develop else ()):
        yield (*path, "develop", "watch", index, "path"), rule.path


def _of_build(build: Build, path: Path) -> Iterator[tuple[Path, str]]:
    if build.context.startswith("/"):
        yield (*path, "context"), build.context
        if build.dockerfile and not build.dockerfile_inline:
            yield (*path, "dockerfile"), posixpath.normpath(posixpath.join(build.context, build.dockerfile))
    for name, context in build.additional_contexts.items():
        if context.startswith("/"):
            yield (*path, "additional_contexts", name), context
