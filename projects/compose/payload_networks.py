"""Networks as the Engine API's create bodies, and how a container takes part in them."""

from __future__ import annotations

from typing import Any

from projects.compose import identity
from projects.compose.model import Application, Service, ServiceNetwork
from projects.compose.payload_mounts import filled
from projects.compose.replica import Replica

Json = dict[str, Any]


def endpoints(application: Application, service: Service, replica: Replica) -> dict[str, Json]:
    """Return the service's networks by real name, the primary one first, with their EndpointSettings."""
    found = {}
    for position, key in enumerate(service.network_names):
        endpoint = _endpoint(application, service.networks[key], service, replica)
        if position == 0 and service.mac_address:
            endpoint.setdefault("MacAddress", service.mac_address)
        found[application.networks[key].name] = endpoint
    return found


def _endpoint(application: Application, given: ServiceNetwork | None, service: Service, replica: Replica) -> Json:
    how = given or ServiceNetwork()
    options = dict(how.driver_opts)
    if how.interface_name:
        options["com.docker.network.endpoint.ifname"] = how.interface_name
    addresses = {
        "IPv4Address": how.ipv4_address,
        "IPv6Address": how.ipv6_address,
        "LinkLocalIPs": list(how.link_local_ips),
    }
    asked: Json = {} if given is None else {"IPAMConfig": filled(addresses)}  # the reference sends it empty, too
    return asked | filled(
        {
            "Aliases": [
                replica.name,
                *([] if replica.slug and not replica.use_aliases else [service.name, *how.aliases]),
            ],
            "IPAddress": how.ipv4_address,
            "IPv6Gateway": how.ipv6_address,
            "Links": links_of(application, service, replica),
            "MacAddress": how.mac_address,
            "DriverOpts": options,
            "GwPriority": how.gw_priority,
        }
    )


def links_of(application: Application, service: Service, replica: Replica) -> list[str]:
    """Return `HostConfig.Links`: each container of a linked service under three names, then the external ones."""
    links = []
    for link in service.links:
        name, _, alias = link.partition(":")
        for container in sorted(replica.containers.get(name, ())):
            numbered = identity.separator(application).join((name, str(replica.number)))
            own = (alias or name, numbered, identity.joined(application, numbered))
            links += [f"{container}:{each}" for each in own]
    return [*links, *(link if ":" in link else f"{link}:{link}" for link in service.external_links)]


def network_payload(application: Application, key: str) -> Json:
    """Return the body that creates the network of this key."""
    network = application.networks[key]
    pools = [
        filled(
            {
                "Subnet": pool.subnet,
                "IPRange": pool.ip_range,
                "Gateway": pool.gateway,
                "AuxiliaryAddresses": dict(pool.aux_addresses),
            }
        )
        for pool in network.ipam.config
    ]
    ipam = filled({"Driver": network.ipam.driver, "Config": pools, "Options": dict(network.ipam.options)})
    given = {"EnableIPv4": network.enable_ipv4, "EnableIPv6": network.enable_ipv6}
    return filled(
        {
            "Name": network.name,
            "Driver": network.driver,
            "Options": dict(network.driver_opts),
            "IPAM": ipam,
            "Internal": network.internal,
            "Attachable": network.attachable,
            "Labels": {
                **network.labels,
                identity.LABEL_NETWORK: key,
                identity.LABEL_PROJECT: application.name,
                identity.LABEL_VERSION: identity.COMPOSE_VERSION,
                identity.LABEL_CONFIG_HASH: identity.network_hash(network),
            },
        }
    ) | {name: value for name, value in given.items() if value is not None}
