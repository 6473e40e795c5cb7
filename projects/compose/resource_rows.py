"""Images, volumes and processes as ``images``, ``volumes`` and ``top`` tell of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from projects.compose import human
from projects.compose.engine_answers import seconds_of
from projects.compose.state import ObservedContainer, ObservedImage, ObservedVolume

SHORT_ID: Final = 12
NONE: Final = "<none>"
IMAGE_TITLES: Final = ("CONTAINER", "REPOSITORY", "TAG", "PLATFORM", "IMAGE ID", "SIZE", "CREATED")
VOLUMES_TABLE: Final = r"table {{.Driver}}\t{{.Name}}"
VOLUME_FIELDS: Final[Mapping[str, str]] = {
    "Availability": "AVAILABILITY",
    "Driver": "DRIVER",
    "Group": "GROUP",
    "Labels": "LABELS",
    "Links": "LINKS",
    "Mountpoint": "MOUNTPOINT",
    "Name": "VOLUME NAME",
    "Scope": "SCOPE",
    "Size": "SIZE",
    "Status": "STATUS",
}


def image_row(container: ObservedContainer, image: ObservedImage) -> dict[str, Any]:
    """Return what ``images --format json`` tells of a container's image; engines may not know when it was made."""
    repository, tag = repository_and_tag(container.image)
    return {
        "ID": image.id,
        "ContainerName": container.name,
        "Repository": repository,
        "Tag": tag,
        "Platform": image.platform,
        "Size": image.size,
        **({"Created": image.created_at} if image.created_at else {}),
        **({"LastTagTime": image.tagged_at} if image.last_tagged else {}),
    }


def repository_and_tag(reference: str) -> tuple[str, str]:
    """Return repository and tag of a container's image; a bare id has neither."""
    if reference.startswith("sha256:"):
        return NONE, NONE
    head, slash, name = reference.partition("@")[0].rpartition("/")
    name, _, tag = name.partition(":")
    return head + slash + name, tag or ("latest" if "@" not in reference else "")


def images_table(rows: Iterable[Mapping[str, Any]], now: float) -> str:
    """Return the table of ``images``."""
    lines = [
        (
            row["ContainerName"],
            row["Repository"],
            row["Tag"],
            row["Platform"],
            row["ID"].removeprefix("sha256:")[:SHORT_ID],
            human.decimal_size(row["Size"]),
            human.since(seconds_of(row["Created"]), now) if "Created" in row else "N/A",
        )
        for row in sorted(rows, key=lambda row: str(row["ContainerName"]))
    ]
    return human.table([IMAGE_TITLES, *lines], narrowest=20)


def volume_row(volume: ObservedVolume) -> dict[str, str]:
    """Return the fields of a volume that a template of ``volumes --format`` may ask for."""
    unknown = dict.fromkeys(("Availability", "Group", "Links", "Size", "Status"), "N/A")
    known = {
        "Driver": volume.driver,
        "Labels": ",".join(f"{name}={value}" for name, value in sorted(volume.labels.items())),
        "Mountpoint": volume.mountpoint,
        "Name": volume.name,
        "Scope": volume.scope,
    }
    return dict(sorted({**unknown, **known}.items()))


def top_table(found: Sequence[tuple[ObservedContainer, Sequence[str], Sequence[Sequence[str]]]]) -> str:
    """Return the table of ``top``: of each container its titles and processes; columns are those of all, in order."""
    titles = list(dict.fromkeys(title for _container, names, _rows in found for title in names))
    lines = [
        (each.service, str(each.number), *(dict(zip(names, row, strict=False)).get(title, "-") for title in titles))
        for each, names, rows in found
        for row in rows
    ]
    return human.table([("SERVICE", "#", *titles), *lines], narrowest=4, gap=2) if found else ""
