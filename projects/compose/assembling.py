"""Canonical tree → `Application`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from projects.compose import model
from projects.compose.decoding import decode
from projects.compose.document import Tree
from projects.compose.finding import Finding


def assemble(tree: dict[str, Tree], name: str, found: Finding) -> model.Application:
    """Return the application of a canonical tree, with every service enabled. Raises PathError."""
    return model.Application(
        name=name,
        working_dir=found.working_dir,
        config_files=tuple(found.config_files),
        environment_files=tuple(found.env_files),
        environment=found.environment,
        services=_workloads(model.Service, tree, "services"),
        networks=_resources(model.Network, tree, "networks"),
        volumes=_resources(model.Volume, tree, "volumes"),
        secrets=_with_content(_resources(model.Secret, tree, "secrets"), found.environment),
        configs=_with_content(_resources(model.Config, tree, "configs"), found.environment),
        models=_resources(model.AiModel, tree, "models"),
        jobs=_workloads(model.Job, tree, "jobs"),
        extensions={key: value for key, value in tree.items() if key.startswith("x-")},
    )


def _workloads(kind: type[Any], tree: dict[str, Tree], section: str) -> dict[str, Any]:
    return {
        key: decode(kind, workload or {}, (section, key), name=key)
        for key, workload in (tree.get(section) or {}).items()
    }


def _resources(kind: type[Any], tree: dict[str, Tree], section: str) -> dict[str, Any]:
    return {
        key: decode(kind, resource or {}, (section, key))
        for key, resource in (tree.get(section) or {}).items()
        if not key.startswith("x-")
    }


def _with_content(resources: dict[str, Any], environment: Mapping[str, str]) -> dict[str, Any]:
    """Give secrets and configs that come from a variable its value."""
    return {
        key: replace(resource, content=environment.get(resource.environment, "")) if resource.environment else resource
        for key, resource in resources.items()
    }
