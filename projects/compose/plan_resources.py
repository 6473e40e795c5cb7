"""Networks and volumes of `up`: created where absent, recreated where that loses nothing, warned about otherwise."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from projects.compose import identity
from projects.compose.convergence import Resources
from projects.compose.draft import Draft, subject, timeout_of
from projects.compose.errors import PlanError
from projects.compose.messages import Message
from projects.compose.model import Application, Network, Volume
from projects.compose.payload_networks import network_payload
from projects.compose.payloads import volume_payload
from projects.compose.plan import Do
from projects.compose.plan_options import UpOptions
from projects.compose.resource_settings import changed_resource, network_settings, volume_settings
from projects.compose.state import ObservedContainer, ObservedNetwork, ObservedState, ObservedVolume

ACTIVE = frozenset({"running", "restarting", "paused"})
GOING = frozenset({"dead", "removing"})  # all but these are stopped before they go: what has ended is told as stopped


@dataclass(kw_only=True, slots=True)
class Prepared:
    """Actions that made networks and volumes (by key), and the containers that were stopped for it (name → actions).

    `gone` are the containers that were removed with the volume they used (name → action), `moved` the networks that are
    made anew (by key), with the names that they have had.
    """

    resources: Resources = field(default_factory=Resources)
    networks: dict[str, int] = field(default_factory=dict)
    volumes: dict[str, int] = field(default_factory=dict)
    detached: dict[str, int] = field(default_factory=dict)
    gone: dict[str, int] = field(default_factory=dict)
    moved: dict[str, str] = field(default_factory=dict)

    def before(self, networks: Iterable[str], volumes: Iterable[str]) -> list[int]:
        """Return the actions that must come before a container with these networks and volumes is created."""
        made = [self.networks.get(key) for key in networks] + [self.volumes.get(key) for key in volumes]
        return [action for action in made if action is not None]


def prepare(
    draft: Draft, application: Application, state: ObservedState, wanted: Iterable[str], options: UpOptions
) -> Prepared:
    """Draw up what the wanted services need of networks and volumes.

    A changed network is made anew; a changed volume only where that was asked for.
    Raises PlanError where an external one does not exist.
    """
    services = [application.services[name] for name in wanted]
    networks = sorted({key for service in services for key in service.networks})
    mounted = {m.source for s in services for m in s.volumes if m.type == "volume" and m.source in application.volumes}
    if options.all_resources:
        networks, mounted = sorted(application.networks), set(application.volumes)
    prepared = Prepared()
    ids: dict[str, str] = {}
    changed: set[str] = set()
    for key in networks:
        _network(draft, application, state, key, prepared, ids, changed, options.timeout)
    for key in sorted(mounted):
        _volume(draft, application, state, key, prepared, options)
    prepared.resources = Resources(network_ids=ids, changed_networks=frozenset(changed))
    return prepared


def _network(
    draft: Draft,
    application: Application,
    state: ObservedState,
    key: str,
    prepared: Prepared,
    ids: dict[str, str],
    changed: set[str],
    timeout: int | None,
) -> None:
    network = application.networks[key]
    observed = _observed_network(application, state, network) or _renamed(application, state, key)
    if observed is None:
        if network.external:
            raise _no_network(network.name)
        prepared.networks[key] = _create_network(draft, application, key, Message("no such network yet"))
    elif observed.name != network.name:
        changed.add(network.name)
        prepared.networks[key] = _create_network(draft, application, key, Message("has a new name"))
        _remove_network(draft, state, observed, prepared, timeout, Message("another name replaces it"), renamed=True)
        prepared.moved[key] = observed.name
    elif network.external or not _owned(application, observed, key):
        ids[network.name] = observed.id
        if not network.external:
            draft.warn(_foreign_network(application, network))
    elif observed.config_hash in ("", identity.network_hash(network)):
        ids[network.name] = observed.id
    else:
        changed.add(network.name)
        prepared.moved[key] = network.name
        cause = changed_resource(observed.settings, network_settings(network_payload(application, key)))
        removed = _remove_network(draft, state, observed, prepared, timeout, cause)
        prepared.networks[key] = _create_network(draft, application, key, cause, after=[removed])


def _observed_network(application: Application, state: ObservedState, network: Network) -> ObservedNetwork | None:
    named = [n for n in (*state.networks, *state.foreign_networks) if n.name == network.name]
    own = [n for n in named if n.project == application.name]
    return next(iter([*own, *named]), None)


def _renamed(application: Application, state: ObservedState, key: str) -> ObservedNetwork | None:
    """Return the network that was made for this key under another name."""
    if application.networks[key].external:
        return None
    return next((n for n in state.networks if n.key == key and n.project == application.name), None)


def _owned(application: Application, observed: ObservedNetwork, key: str) -> bool:
    return observed.project == application.name and observed.key == key


def _create_network(draft: Draft, application: Application, key: str, cause: Message, after: Iterable[int] = ()) -> int:
    payload = network_payload(application, key)
    return draft.add(Do.CREATE_NETWORK, application.networks[key].name, cause, after=after, payload=payload)


def _remove_network(
    draft: Draft,
    state: ObservedState,
    network: ObservedNetwork,
    prepared: Prepared,
    timeout: int | None,
    cause: Message,
    *,
    renamed: bool = False,
) -> int:
    """Draw up the end of a network; one under an old name stays where others are still on it."""
    of_containers = Message("network %(network)s changed", network=network.name)
    detached = []
    for container in state.containers:
        if network.name in container.networks:
            stopped = prepared.detached.get(container.name)
            detached.append(_detach(draft, container, network, of_containers, timeout, stopped))
            prepared.detached[container.name] = detached[-1]
    payload = {"id": network.id}
    return draft.add(Do.REMOVE_NETWORK, network.name, cause, after=detached, payload=payload, best_effort=renamed)


def _detach(
    draft: Draft,
    container: ObservedContainer,
    network: ObservedNetwork,
    cause: Message,
    timeout: int | None,
    before: int | None,
) -> int:
    on = subject(container)
    stopped = [] if before is None else [before]
    if container.state not in GOING and not stopped:
        stopped = [draft.add(Do.STOP_CONTAINER, container.name, cause, payload=timeout_of(timeout), on=on)]
    payload = {"container": container.id, "force": True}
    return draft.add(Do.DISCONNECT_NETWORK, network.name, cause, after=stopped, payload=payload, on=on)


def _volume(
    draft: Draft, application: Application, state: ObservedState, key: str, prepared: Prepared, options: UpOptions
) -> None:
    volume = application.volumes[key]
    named = [v for v in (*state.volumes, *state.foreign_volumes) if v.name == volume.name]
    if not named:
        if volume.external:
            raise _no_volume(volume.name)
        cause = Message("no such volume yet")
        prepared.volumes[key] = draft.add(
            Do.CREATE_VOLUME, volume.name, cause, payload=volume_payload(application, key)
        )
    elif not volume.external:
        _left_over(draft, state, volume, key)
        if named[0].project != application.name:
            draft.warn(_foreign_volume(application, volume))
        elif is_changed(named[0], volume):
            if options.yes or volume.name in options.recreate_volumes:
                _recreate_volume(draft, application, state, key, named[0], prepared, options.timeout)
            else:
                draft.warn(_changed_volume(volume))


def is_changed(observed: ObservedVolume, volume: Volume) -> bool:
    """Return whether a volume of the project's own was made of another definition than the files have now."""
    return observed.config_hash not in ("", identity.volume_hash(volume))


def changed_volumes(application: Application, volumes: Iterable[ObservedVolume]) -> tuple[str, ...]:
    """Return the names of the volumes that `up` would make anew, their data lost, if it was told to."""
    ours = {volume.name: volume for volume in volumes if volume.project == application.name}
    declared = [volume for volume in application.volumes.values() if not volume.external]
    return tuple(v.name for v in declared if v.name in ours and is_changed(ours[v.name], v))


def _recreate_volume(
    draft: Draft,
    application: Application,
    state: ObservedState,
    key: str,
    observed: ObservedVolume,
    prepared: Prepared,
    timeout: int | None,
) -> None:
    """Remove the containers that use a volume, then the volume with its data, and make it anew."""
    payload = volume_payload(application, key)
    cause = changed_resource(observed.settings, volume_settings(payload))
    of_containers = Message("volume %(volume)s is made anew", volume=observed.name)
    using = [c for c in state.containers if any(m.type == "volume" and m.name == observed.name for m in c.mounts)]
    removed = [_take_away(draft, container, of_containers, prepared, timeout) for container in using]
    lost = Message("%(cause)s, its data is lost", cause=cause)
    gone = draft.add(Do.REMOVE_VOLUME, observed.name, lost, after=removed)
    prepared.volumes[key] = draft.add(Do.CREATE_VOLUME, observed.name, cause, after=[gone], payload=payload)


def _take_away(
    draft: Draft, container: ObservedContainer, cause: Message, prepared: Prepared, timeout: int | None
) -> int:
    on, name = subject(container), container.name
    if name not in prepared.gone:
        stopped = [prepared.detached[name]] if name in prepared.detached else []
        if container.state not in GOING and not stopped:
            stopped = [draft.add(Do.STOP_CONTAINER, name, cause, payload=timeout_of(timeout), on=on)]
        prepared.gone[name] = draft.add(Do.REMOVE_CONTAINER, name, cause, on=on, after=stopped, payload={"force": True})
    return prepared.gone[name]


def _left_over(draft: Draft, state: ObservedState, volume: Volume, key: str) -> None:
    """Warn of the volumes that were made for this key under other names, once the new one is there."""
    for other in state.volumes:
        if other.key == key and other.name != volume.name:
            draft.warn(
                Message(
                    "Volume %(other)s was made for what the files call %(volume)s now; it is left as it is. "
                    "Remove it if it is no longer needed.",
                    other=other.name,
                    volume=volume.name,
                )
            )


def _no_network(name: str) -> PlanError:
    return PlanError(
        Message(
            "network %(network)s declared as external, but could not be found. Create it, or remove `external: true`.",
            network=name,
        )
    )


def _no_volume(name: str) -> PlanError:
    return PlanError(
        Message('external volume "%(volume)s" not found. Create it, or remove `external: true`.', volume=name)
    )


def _foreign_network(application: Application, network: Network) -> Message:
    return Message(
        "Network %(network)s exists but was not made for project %(project)s; it is used as it is. "
        "Say `external: true` in the files if that is meant.",
        network=network.name,
        project=application.name,
    )


def _foreign_volume(application: Application, volume: Volume) -> Message:
    return Message(
        "Volume %(volume)s exists but was not made for project %(project)s; it is used as it is. "
        "Say `external: true` in the files if that is meant.",
        volume=volume.name,
        project=application.name,
    )


def _changed_volume(volume: Volume) -> Message:
    return Message(
        "Volume %(volume)s does not match its configuration in the files; it is kept as it is, because its data "
        "would be lost. Remove it yourself to have it made anew.",
        volume=volume.name,
    )
