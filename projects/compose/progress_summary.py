"""One line that says how far an operation is, made of parts that can be translated."""

from __future__ import annotations

from collections.abc import Sequence

from projects.compose.events import Kind, Status
from projects.compose.messages import Message
from projects.compose.task import Task

_UNITS = (("GB", 1e9), ("MB", 1e6), ("kB", 1e3))
_UP = frozenset({"Started", "Waiting", "Running", "Healthy", "Restarted", "Unpaused", "Exited", "Completed"})
_STOPPED = frozenset({"Stopped", "Killed"})
_STOP_WORDS = _STOPPED | {"Stopping", "Killing"}
_REMOVE_WORDS = frozenset({"Removing", "Removed"})
_PAUSE_WORDS = frozenset({"Pausing", "Paused"})


def summary_of(tasks: Sequence[Task]) -> Message:
    """Return such as ``Pulling 1 of 2 images, 34.2 of 86.1 MB · Building web, step 5 of 9``."""
    parts = [
        *_images([t for t in tasks if t.kind is Kind.IMAGE and t.text != "Skipped"]),
        *_builds([t for t in tasks if t.kind is Kind.BUILD]),
        *_containers([t for t in tasks if t.kind is Kind.CONTAINER]),
        *_failures(tasks),
    ]
    if not parts:
        return Message("Getting ready")
    line = parts[-1]
    for part in reversed(parts[:-1]):
        line = Message("%(part)s · %(rest)s", part=part, rest=line)
    return line


def _images(images: list[Task]) -> list[Message]:
    pulled = [t for t in images if t.status is Status.DONE]
    if not images or (not pulled and all(t.final for t in images)):
        return []
    size = _bytes(images)
    if not all(t.final for t in images):
        return [_pulling(images, len(pulled), size)]
    if len(pulled) < len(images):
        return [Message("Pulled %(done)s of %(total)s images", done=len(pulled), total=len(images))]
    if len(images) == 1:
        return [Message("Pulled %(image)s", image=images[0].name)]
    return [Message("Pulled %(total)s images", total=len(images))]


def _pulling(images: list[Task], pulled: int, size: tuple[int, int]) -> Message:
    number, unit = _scale(size[1])
    amount = {"current": f"{size[0] / number:.1f}", "size": f"{size[1] / number:.1f}", "unit": unit}
    if len(images) == 1:
        image = images[0].name
        if not size[1]:
            return Message("Pulling %(image)s", image=image)
        return Message("Pulling %(image)s, %(current)s of %(size)s %(unit)s", image=image, **amount)
    if not size[1]:
        return Message("Pulling %(done)s of %(total)s images", done=pulled, total=len(images))
    return Message(
        "Pulling %(done)s of %(total)s images, %(current)s of %(size)s %(unit)s",
        done=pulled,
        total=len(images),
        **amount,
    )


def _bytes(images: list[Task]) -> tuple[int, int]:
    layers: dict[str, tuple[int, int]] = {}  # a layer that two images share is fetched once
    for layer in (layer for image in images for layer in image.children):
        layers[layer.name] = max(layers.get(layer.name, (0, 0)), (layer.fetched, layer.size))
    return sum(f for f, _ in layers.values()), sum(s for _, s in layers.values())


def _scale(size: int) -> tuple[float, str]:
    return next(((number, unit) for unit, number in _UNITS if size >= number), (1.0, "B"))


def _builds(builds: list[Task]) -> list[Message]:
    working = [t for t in builds if t.status is Status.WORKING]
    built = [t for t in builds if t.status is Status.DONE]
    if len(working) == 1:
        return [_building(working[0])]
    if working:
        return [
            Message("Building %(count)s images, %(done)s of %(total)s built", count=len(working), **_of(built, builds))
        ]
    if not built:
        return []
    if len(built) == 1:
        return [Message("Built %(service)s", service=built[0].name)]
    return [Message("Built %(done)s of %(total)s images", **_of(built, builds))]


def _building(task: Task) -> Message:
    if task.number and task.of:
        return Message(
            "Building %(service)s, step %(number)s of %(of)s", service=task.name, number=task.number, of=task.of
        )
    return Message("Building %(service)s", service=task.name)


def _containers(containers: list[Task]) -> list[Message]:
    if not containers:
        return []
    words = {t.text for t in containers}
    if words & _UP or not words & (_STOP_WORDS | _REMOVE_WORDS | _PAUSE_WORDS):
        remaining = [t for t in containers if t.text not in _REMOVE_WORDS | _STOP_WORDS] or containers
        done = [t for t in remaining if t.text in _UP and t.status is not Status.ERROR]
        return [Message("%(done)s of %(total)s containers running", **_of(done, remaining))]
    if words & _REMOVE_WORDS:
        done = [t for t in containers if t.text == "Removed"]
        return [Message("%(done)s of %(total)s containers removed", **_of(done, containers))]
    if words & _PAUSE_WORDS:
        done = [t for t in containers if t.text == "Paused"]
        return [Message("%(done)s of %(total)s containers paused", **_of(done, containers))]
    done = [t for t in containers if t.text in _STOPPED]
    return [Message("%(done)s of %(total)s containers stopped", **_of(done, containers))]


def _of(done: list[Task], tasks: list[Task]) -> dict[str, int]:
    return {"done": len(done), "total": len(tasks)}


def _failures(tasks: Sequence[Task]) -> list[Message]:
    failed = sum(t.status is Status.ERROR for t in tasks)
    return [Message("%(count)s failed", count=failed)] if failed else []
