"""``config``: the files as they are understood."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

from projects.compose import render
from projects.compose.loader import load_tree
from projects.management import config_text, parsing
from projects.management.session import Session
from projects.management.verbs import Verb

_LISTS: Final = (
    ("services", "Print the service names, one per line."),
    ("images", "Print the image names, one per line."),
    ("networks", "Print the network names, one per line."),
    ("volumes", "Print the volume names, one per line."),
    ("models", "Print the model names, one per line."),
    ("profiles", "Print the profile names, one per line."),
    ("environment", "Print environment used for interpolation."),
    ("variables", "Print model variables and default values."),
)
_PHASES: Final = (
    ("interpolate", "Don't interpolate environment variables"),
    ("normalize", "Don't normalize compose model"),
    ("path-resolution", "Don't resolve file paths"),
    ("consistency", "Don't check model consistency - warning: may produce invalid Compose output"),
    ("env-resolution", "Don't resolve service env files"),
)
_UNFILTERED: Final = "service filtering is not applied when --{} is set, {} will be rendered\n"


def _config_flags(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "-q", "--quiet", action="store_true", help="Only validate the configuration, don't print anything"
    )
    parser.add_argument("--format", default="", help="Format the output. Values: [yaml | json]")
    parser.add_argument("--hash", help="Print the service config hash, one per line.")
    parser.add_argument("-o", "--output", help="Save to file (default to stdout)")
    for name, line in _LISTS:
        dest = "list_services" if name == "services" else name
        parser.add_argument(f"--{name}", dest=dest, action="store_true", help=line)
    for phase, line in _PHASES:
        parser.add_argument(f"--no-{phase}", action="store_true", help=line)
    parser.add_argument("--resolve-image-digests", action="store_true", help="Pin image tags to digests")
    parser.add_argument(
        "--lock-image-digests", action="store_true", help="Produces an override file with image digests"
    )
    parsing.services(parser)


def _config(session: Session) -> int:
    asked = session.asked
    if asked.list_services:
        session.lines(_service_names(session))
    elif flag := config_text.list_asked_for(asked):
        session.out(_listed(session, flag))
    else:
        _give(session, _text(session))
    return 0


def _service_names(session: Session) -> Iterable[str]:
    """Return all services: the reference takes no notice of those that are named here."""
    options = config_text.options(session.asked)
    if options.interpolate:
        return render.service_names(session.load(options=options).application)
    return sorted(load_tree(options=options, **session.where()).get("services") or {})


def _listed(session: Session, flag: str) -> str:
    asked = session.asked
    if flag != "variables":
        services = asked.services if flag in config_text.FILTERED else ()
        loaded = session.load(services, config_text.options(asked))
        return config_text.listed(flag, loaded.application, asked.hash)
    if asked.services:
        session.err(_UNFILTERED.format("variables", "variables from the full model"))
    return config_text.of_variables(asked, _tree(session))


def _tree(session: Session) -> dict[str, object]:
    options = replace(config_text.options(session.asked), interpolate=False)
    return load_tree(options=options, **session.where())


def _text(session: Session) -> str:
    asked = session.asked
    options = config_text.options(asked)
    if options.interpolate:
        application = session.load(asked.services, options).application
        return config_text.of_application(asked, application, lambda images: _pinned(session, images))
    if asked.services:
        session.err(_UNFILTERED.format("no-interpolate", "the full model"))
    return config_text.of_tree(asked, _tree(session), lambda images: _pinned(session, images))


def _pinned(session: Session, images: Iterable[str]) -> Mapping[str, str]:
    from projects.services.digests import pinned

    return pinned(images, session.engine)


def _give(session: Session, text: str) -> None:
    asked = session.asked
    if asked.quiet:
        return
    if not asked.output:
        session.out(text)
        return
    try:
        Path(asked.output).write_text(text)
    except OSError as error:
        raise parsing.refused(f"open {asked.output}: {(error.strerror or str(error)).lower()}") from error


VERBS: Final[Mapping[str, Verb]] = {"config": Verb(flags=_config_flags, run=_config)}
