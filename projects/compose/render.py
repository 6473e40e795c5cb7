"""An application as ``docker compose config`` prints it, and the lists its flags print."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from projects.compose.document import Tree
from projects.compose.errors import ComposeFileError
from projects.compose.gofloat import without_exponent
from projects.compose.human import table
from projects.compose.identity import as_json, extensions_json, html_safe, image_name, service_hash
from projects.compose.messages import Message
from projects.compose.model import Application, Job, Service
from projects.compose.platforms import with_default_platform
from projects.compose.scalars import Timestamp
from projects.compose.variables import Declared
from projects.compose.yaml_text import dump

_SECTIONS = ("networks", "volumes", "secrets", "configs")


def as_config(application: Application, *, extensions: bool = False) -> dict[str, Any]:
    """Return the JSON-ready model of an application: what is enabled, resolved and in long form.

    Dollars are not doubled: `config_json` and `config_yaml` do that. `extensions` adds the ``x-`` keys of every level
    and the models, which the reference writes to YAML only.
    """
    tree: dict[str, Any] = {"name": application.name} if application.name or not extensions else {}
    tree["services"] = as_json(dict(application.services), extensions)
    for section in ("jobs", *_SECTIONS, "models") if extensions else ("jobs", *_SECTIONS):
        resources = getattr(application, section)
        if resources:
            tree[section] = as_json(dict(resources), extensions)
    if extensions:
        tree |= {"jobs": {name: {"name": name, **job} for name, job in tree["jobs"].items()}} if "jobs" in tree else {}
    for name, config in application.configs.items():
        if config.environment:
            tree["configs"][name].pop("content", None)
    return {**tree, **extensions_json(dict(application.extensions))}


def config_json(application: Application) -> str:
    """Return what ``config --format json`` prints: the model as it could be read again, with dollars doubled.

    Raises ComposeFileError for a build's SSH key with a path, which the reference cannot write as JSON either.
    """
    for name, service in application.services.items():
        if service.build and any(key.path for key in service.build.ssh):
            raise ComposeFileError(
                Message("services.%(name)s.build.ssh: a key with a path cannot be written as JSON", name=name),
                service=name,
            )
    tree = with_doubled_dollars(as_config(application))
    ordered = {key: _plain(tree[key]) for key in sorted(tree)}
    return html_safe(json.dumps(ordered, ensure_ascii=False, indent=2))


def _plain(tree: Tree) -> Tree:
    """Return a tree as Go's ``encoding/json`` writes it: times as text, whole numbers below 1e21 in full."""
    if isinstance(tree, dict):
        return {key: _plain(value) for key, value in tree.items()}
    if isinstance(tree, list):
        return [_plain(value) for value in tree]
    if isinstance(tree, float):
        return without_exponent(tree)
    return tree.rfc3339 if isinstance(tree, Timestamp) else tree


def config_yaml(application: Application) -> str:
    """Return what ``config`` prints: the model as YAML that can be read again, with dollars doubled."""
    return dump(with_doubled_dollars(as_config(application, extensions=True)))


def tree_json(tree: Tree) -> str:
    """Return what ``config --no-interpolate --format json`` prints of a tree from `loader.load_tree`."""
    return html_safe(json.dumps(_plain(tree), ensure_ascii=False, indent=2))


def tree_yaml(tree: Tree) -> str:
    """Return what ``config --no-interpolate`` prints of a tree from `loader.load_tree`."""
    return dump(tree)


def with_doubled_dollars(tree: Tree) -> Tree:
    """Return a tree whose strings mean the same after interpolation; keys are doubled too, as the reference does."""
    if isinstance(tree, Timestamp):
        return tree
    if isinstance(tree, str):
        return tree.replace("$", "$$")
    if isinstance(tree, Mapping):
        return {key.replace("$", "$$"): with_doubled_dollars(value) for key, value in tree.items()}
    if isinstance(tree, list):
        return [with_doubled_dollars(value) for value in tree]
    return tree


def service_names(application: Application) -> list[str]:
    """Return the names for ``--services``, in order of dependency."""
    names: list[str] = []

    def add(name: str) -> None:
        if name in names or name not in application.services:
            return
        for other in sorted(application.services[name].depends_on):
            add(other)
        names.append(name)

    for name in sorted(application.services):
        add(name)
    return names


def image_names(application: Application) -> list[str]:
    """Return the names for ``--images``: one for each service, then one for each job."""
    workloads: list[Service | Job] = [
        *(application.services[name] for name in service_names(application)),
        *application.jobs.values(),
    ]
    return [image_name(application, each) for each in workloads]


def resource_names(application: Application, section: str) -> list[str]:
    """Return the keys of ``networks`` or ``volumes`` for the flag of that name."""
    return sorted(getattr(application, section))


def model_names(application: Application) -> list[str]:
    """Return the names for ``--models``: what each AI model is called where it comes from."""
    return sorted(model.model for model in application.models.values())


def profile_names(application: Application) -> list[str]:
    """Return the names for ``--profiles``: all that any service has."""
    everything = application.all_services.values()
    return sorted({profile for service in everything for profile in service.profiles})


def hashes(application: Application, wanted: str) -> list[tuple[str, str]]:
    """Return (service, config hash) for ``--hash``; `wanted` is ``*`` or names with commas between them.

    Raises ComposeFileError for a service there is not, and for one that is not built for the default platform.
    """
    application = with_default_platform(application)
    names = sorted(application.services) if wanted == "*" else wanted.split(",")
    for name in names:
        if name not in application.services:
            raise ComposeFileError(Message("no such service: %(name)s", name=name), service=name)
    return [(name, service_hash(application.services[name])) for name in names]


def environment_lines(application: Application) -> list[str]:
    """Return the lines for ``--environment``: what interpolation saw."""
    return sorted(f"{name}={value}" for name, value in application.environment.items())


def variables_table(found: Sequence[Declared]) -> str:
    """Return the table for ``--variables``."""
    rows = [("NAME", "REQUIRED", "DEFAULT VALUE", "ALTERNATE VALUE")]
    rows += [(each.name, str(each.required).lower(), each.default, each.alternate) for each in found]
    return table(rows, narrowest=20)


def variables_json(found: Sequence[Declared]) -> str:
    """Return what ``--variables --format json`` prints."""
    keys = ("Name", "DefaultValue", "PresenceValue", "Required")
    return html_safe(json.dumps(_by_name(found, keys), ensure_ascii=False, indent=4)) + "\n\n"


def variables_yaml(found: Sequence[Declared]) -> str:
    """Return what ``--variables --format yaml`` prints, indented by four."""
    keys = ("name", "defaultvalue", "presencevalue", "required")
    return dump(_by_name(found, keys)).replace("\n  ", "\n    ") if found else "{}\n"


def _by_name(found: Sequence[Declared], keys: tuple[str, str, str, str]) -> dict[str, Any]:
    values = ((each.name, each.default, each.alternate, each.required) for each in found)
    return {each[0]: dict(zip(keys, each, strict=True)) for each in values}
