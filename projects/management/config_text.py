"""What ``manage.py compose config`` prints for its flags."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any, Final, TypeAlias

from projects.compose import render
from projects.compose.document import Tree
from projects.compose.loader import Options
from projects.compose.model import Application, Service
from projects.compose.variables import Declared, declared
from projects.management import parsing

# Images, by how the files name them, with their digests.
Pin: TypeAlias = Callable[[Iterable[str]], Mapping[str, str]]

# In the order in which the first of several wins.
LISTS: Final = ("volumes", "networks", "models", "hash", "profiles", "images", "variables", "environment")
# Those of which only the services that are named count; the others take no notice of them, as the reference's.
FILTERED: Final = ("profiles", "images", "environment")
WITHOUT_ENV_FILES: Final = ("volumes", "networks", "models")
_NAMES: Final[Mapping[str, Callable[[Application], list[str]]]] = {
    "volumes": lambda application: render.resource_names(application, "volumes"),
    "networks": lambda application: render.resource_names(application, "networks"),
    "models": render.model_names,
    "profiles": render.profile_names,
    "images": render.image_names,
    "environment": render.environment_lines,
}
_VARIABLES: Final[Mapping[str, Callable[[tuple[Declared, ...]], str]]] = {
    "": render.variables_table,
    "table": render.variables_table,
    "json": render.variables_json,
    "yaml": render.variables_yaml,
}


def options(asked: argparse.Namespace) -> Options:
    """Return how far the files are to be loaded; for some lists the services' environment files need not be there."""
    unread = asked.no_env_resolution or asked.list_services or list_asked_for(asked) in WITHOUT_ENV_FILES
    return Options(
        interpolate=not asked.no_interpolate,
        normalize=not asked.no_normalize,
        resolve_paths=not asked.no_path_resolution,
        consistency=not asked.no_consistency,
        env_files=not unread,
        all_resources=asked.all_resources,
        search_parents=True,
    )


def list_asked_for(asked: argparse.Namespace) -> str:
    """Return which of the lists is asked for; the first of several, in the reference's order; empty: none."""
    return next((flag for flag in LISTS if getattr(asked, flag)), "")


def listed(flag: str, application: Application, wanted: str) -> str:
    """Return the lines of a list; `wanted` are the services whose hashes are."""
    if flag == "hash":
        return "".join(f"{name} {value}\n" for name, value in render.hashes(application, wanted))
    return "".join(f"{name}\n" for name in _NAMES[flag](application))


def of_variables(asked: argparse.Namespace, tree: Mapping[str, Tree]) -> str:
    """Return the text for ``--variables``."""
    parsing.format_is_known(asked.format, _VARIABLES)
    return _VARIABLES[asked.format](declared(dict(tree)))


def of_tree(asked: argparse.Namespace, tree: dict[str, Any], pin: Pin) -> str:
    """Return the text for files that are not interpolated."""
    services: dict[str, Any] = tree.get("services") or {}
    if asked.resolve_image_digests or asked.lock_image_digests:
        pinned = pin(service["image"] for service in services.values() if service.get("image"))
        for service in services.values():
            if service.get("image"):
                service["image"] = pinned[service["image"]]
    if asked.lock_image_digests:
        kept = {name: {key: each[key] for key in ("image",) if key in each} for name, each in services.items()}
        tree = {"services": kept}
    return _written(asked, tree, render.tree_json, render.tree_yaml)


def of_application(asked: argparse.Namespace, application: Application, pin: Pin) -> str:
    """Return the text for a project."""
    if asked.resolve_image_digests or asked.lock_image_digests:
        application = with_digests(application, pin)
    if asked.lock_image_digests:
        services = {name: Service(name=name, image=each.image) for name, each in application.services.items()}
        application = Application(name="", working_dir=application.working_dir, services=services)
    return _written(asked, application, render.config_json, render.config_yaml)


def with_digests(application: Application, pin: Pin) -> Application:
    """Return the application with the digests of its images."""
    pinned = pin(service.image for service in application.services.values() if service.image)
    services = {
        name: replace(service, image=pinned[service.image]) if service.image else service
        for name, service in application.services.items()
    }
    return replace(application, services=services)


def _written(asked: argparse.Namespace, what: Any, as_json: Callable[[Any], str], as_yaml: Callable[[Any], str]) -> str:
    if asked.format not in ("", "yaml", "json"):
        raise parsing.refused(f'unsupported format "{asked.format}"')
    return as_json(what) if asked.format == "json" else as_yaml(what)
