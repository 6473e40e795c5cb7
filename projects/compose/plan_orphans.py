"""Orphans: containers of services that the files do not name, and one-off containers that have ended."""

from __future__ import annotations

from collections.abc import Sequence

from projects.compose.draft import Draft
from projects.compose.messages import Message
from projects.compose.model import Application
from projects.compose.plan import Plan
from projects.compose.plan_containers import ContainerDraft
from projects.compose.plan_options import UpOptions
from projects.compose.plan_resources import Prepared
from projects.compose.state import ObservedContainer, ObservedState


def plan_orphans(application: Application, state: ObservedState, options: UpOptions) -> Plan:
    """Return what an `up` of no service at all does: it removes orphans where asked for, and else warns of them."""
    draft = Draft(application.name)
    draw_orphans(
        ContainerDraft(
            draft=draft, application=application, state=state, options=options, prepared=Prepared(), decisions={}
        )
    )
    return draft.plan()


def draw_orphans(containers: ContainerDraft) -> None:
    """Draw up that orphans are removed, where that is asked for, or say that they are there."""
    options = containers.options
    orphans = orphans_of(containers.application, containers.state)
    if options.remove_orphans:
        for orphan in orphans:
            unknown = Message("no service %(service)s in the files", service=orphan.service)
            cause = Message("its command has ended") if orphan.oneoff else unknown
            containers.remove(orphan, cause, after=[], stop_ended=True)  # as the reference does
    elif orphans and not options.ignore_orphans:
        containers.draft.warn(found_orphans([orphan.name for orphan in orphans]))


def found_orphans(names: Sequence[str]) -> Message:
    """Return what is said of orphans that stay."""
    return Message(
        "Found orphan containers (%(names)s) for this project: its files do not name their services. "
        "Remove them if they are no longer needed.",
        names=", ".join(names),
    )


def orphans_of(application: Application | None, state: ObservedState) -> list[ObservedContainer]:
    """Return the containers of services that the files do not name, and one-off containers that have ended.

    Without an application, every service that has a container is known.
    """
    known = application.all_services if application else {container.service for container in state.containers}
    return [
        container
        for container in sorted(state.containers, key=lambda container: container.name)
        if container.config_hash
        and (container.state in ("exited", "dead") if container.oneoff else container.service not in known)
    ]
