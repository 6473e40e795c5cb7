"""Which verbs make sense for a project as it is, and why the others wait."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from projects.compose.messages import Message
from projects.compose.state import ObservedContainer
from projects.declared import Declared
from projects.models import OFFERED, Operation, State, Verb

RUNNING_STATES = frozenset({"running", "restarting", "paused"})

NOTHING_CREATED = Message("Nothing is created yet: press Up first.")
NOTHING_RUNS = Message("Nothing runs.")
ALL_RUN = Message("Everything runs already.")
NOTHING_TO_PAUSE = Message("Nothing runs that could be paused.")
NOTHING_PAUSED = Message("Nothing is paused.")
NOTHING_STOPPED = Message("No container is stopped.")
NOTHING_BUILT = Message("No service is built here: each has an image that is pulled.")
ALL_BUILT = Message("No image is pulled: each service is built here.")


@dataclass(frozen=True, kw_only=True, slots=True)
class Offer:
    """A verb, and why it is not offered at this moment; None where it is."""

    verb: str
    why_not: Message | None = None


def offers(
    containers: Sequence[ObservedContainer] | None,
    latest: Operation | None = None,
    *,
    volumes: bool = False,
    files: Declared | None = None,
) -> Mapping[str, Offer]:
    """Return every verb by its name, with the reason why it would do nothing.

    `containers` None means that no engine answers: nobody knows, so nothing is held back. `latest` is the project's
    latest operation; without containers, networks or volumes may still be left where it was no complete `down`.
    `volumes` says whether the files declare volumes, which a `down` keeps unless asked to remove them. `files` say
    what can be pulled and built; None where that does not matter now.
    """
    reasons = {} if containers is None else _reasons(containers, latest, volumes=volumes)
    reasons |= _reasons_of_images(files) if files and not files.problem else {}
    return {verb: Offer(verb=verb, why_not=reasons.get(verb)) for verb in OFFERED}


def _reasons(
    containers: Sequence[ObservedContainer], latest: Operation | None, *, volumes: bool
) -> dict[str, Message | None]:
    if not containers:
        return {
            Verb.STOP: NOTHING_CREATED,
            Verb.START: NOTHING_CREATED,
            Verb.RESTART: NOTHING_CREATED,
            Verb.DOWN: _why_not_down(latest, volumes=volumes),
            **dict.fromkeys((Verb.PAUSE, Verb.UNPAUSE, Verb.KILL, Verb.RM), NOTHING_CREATED),
        }
    states = {container.state for container in containers}
    runs = bool(states & RUNNING_STATES)
    return {
        Verb.STOP: None if runs else NOTHING_RUNS,
        Verb.START: None if states - RUNNING_STATES else ALL_RUN,
        Verb.RESTART: None if runs else NOTHING_RUNS,
        Verb.PAUSE: None if "running" in states else NOTHING_TO_PAUSE,
        Verb.UNPAUSE: None if "paused" in states else NOTHING_PAUSED,
        Verb.KILL: None if runs else NOTHING_RUNS,
        Verb.RM: None if states - RUNNING_STATES else NOTHING_STOPPED,
    }


def _reasons_of_images(files: Declared) -> dict[str, Message | None]:
    return {
        Verb.BUILD: None if files.built else NOTHING_BUILT,
        Verb.PULL: ALL_BUILT if files.images and set(files.images) == set(files.built) else None,
    }


def _why_not_down(latest: Operation | None, *, volumes: bool) -> Message | None:
    """Return why there is nothing to take down, None where something but containers may be left."""
    if latest is None:
        return NOTHING_CREATED
    complete = latest.verb == Verb.DOWN and latest.state == State.SUCCEEDED and not latest.services
    kept_volumes = volumes and not latest.options.get("volumes")
    return NOTHING_CREATED if complete and not kept_volumes else None
