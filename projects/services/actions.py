"""What each `Do` of a plan does at the engine: one small function each, in one table."""

from __future__ import annotations

import io
import tarfile
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from projects.compose import identity
from projects.compose.engine_messages import PullMessages, PushMessages
from projects.compose.errors import (
    Cancelled,
    Conflict,
    ContainerFailed,
    EngineError,
    EngineUnavailable,
    ImageNotFound,
    NotFound,
)
from projects.compose.events import Event, Status
from projects.compose.given_files import problem_of
from projects.compose.messages import Message
from projects.compose.payloads import resolved
from projects.compose.plan import Action, Do
from projects.services import builds, failures, registry_refusals
from projects.services.contract import Engine
from projects.services.seccomp import with_profile
from projects.services.streams import Messages
from projects.services.telling import task_of

Emit: TypeAlias = Callable[[Event], None]


@dataclass(frozen=True, kw_only=True, slots=True)
class Scene:
    """What a handler works with.

    `streaming` is given every stream before it begins, so that a cancel can end it. `ids` are those of the
    containers that were created, by name.
    """

    engine: Engine
    emit: Emit
    streaming: builds.Streaming
    ids: dict[str, str] = field(default_factory=dict)


Handler: TypeAlias = Callable[[Scene, Action], None]


def _pull_image(scene: Scene, action: Action) -> None:
    parser = PullMessages(action.target, service=action.service)
    scene.emit(parser.begin(time.time()))
    try:
        stream = scene.engine.pull(action.target, str(action.payload.get("platform") or ""))
        _follow(scene, stream, parser.feed)
        if parser.error:
            raise registry_refusals.pull_refused(action.target, 0, parser.error)
    except EngineUnavailable:
        raise
    except EngineError as error:
        scene.emit(parser.fail(failures.sentence(action, error.message), time.time()))
        raise
    scene.emit(parser.end(time.time()))


def _push_image(scene: Scene, action: Action) -> None:
    parser = PushMessages(action.target, service=action.service)
    scene.emit(parser.begin(time.time()))
    try:
        _follow(scene, scene.engine.push(action.target), parser.feed)
        if parser.error:
            raise registry_refusals.push_refused(action.target, 0, parser.error)
    except EngineUnavailable:
        raise
    except EngineError as error:
        scene.emit(parser.fail(failures.sentence(action, error.message), time.time()))
        raise
    scene.emit(parser.end(time.time()))


def _build_image(scene: Scene, action: Action) -> None:
    if action.payload.get("unless_present") and scene.engine.image(action.target) is not None:
        pulled = Message("Not built, because the image could be pulled.")
        scene.emit(task_of(action).event(Status.SKIPPED, "Skipped", pulled))
        return
    builds.build(scene.engine, action, scene.emit, scene.streaming)


def _follow(scene: Scene, stream: Messages, feed: Callable[[Mapping[str, Any], float], list[Event]]) -> None:
    scene.streaming(stream)
    for message in stream:
        _emit_all(scene, feed(message, time.time()))
    if stream.cut:
        raise Cancelled(Message("Cancelled"))


def _emit_all(scene: Scene, events: list[Event]) -> None:
    for event in events:
        scene.emit(event)


def _create_network(scene: Scene, action: Action) -> None:
    try:
        scene.engine.create_network(action.payload)
    except Conflict:
        project = action.payload.get("Labels", {}).get(identity.LABEL_PROJECT)
        if action.target not in {network.name for network in scene.engine.networks(project)}:
            raise  # else another `up` of the project was quicker


def _create_volume(scene: Scene, action: Action) -> None:
    scene.engine.create_volume(action.payload)


def _create_container(scene: Scene, action: Action) -> None:
    payload = action.payload
    body = resolved(payload, scene.ids) if "service" in payload else payload["body"]
    if profile := payload.get("seccomp"):
        body = with_profile(body, profile, action.service)
    created = scene.engine.create_container(action.target, body, str(payload.get("platform") or ""))
    scene.ids[action.target] = scene.ids[action.group or action.target] = created


def _connect_network(scene: Scene, action: Action) -> None:
    scene.engine.connect_network(action.target, action.payload["container"], action.payload.get("endpoint") or {})


def _disconnect_network(scene: Scene, action: Action) -> None:
    with suppress(NotFound):
        force = bool(action.payload.get("force"))
        scene.engine.disconnect_network(action.target, action.payload["container"], force=force)


def _rename_container(scene: Scene, action: Action) -> None:
    scene.engine.rename(_container(action), str(action.payload["name"]))


def _start_container(scene: Scene, action: Action) -> None:
    try:
        scene.engine.start(_container(action))
    except EngineUnavailable:
        raise
    except EngineError:
        if action.payload.get("gone_if_refused"):
            with suppress(EngineError):  # why it was refused is what counts
                scene.engine.remove_container(_container(action), v=True, force=True)
        raise


def _stop_container(scene: Scene, action: Action) -> None:
    with suppress(NotFound):
        scene.engine.stop(_container(action), action.payload.get("timeout"))


def _restart_container(scene: Scene, action: Action) -> None:
    scene.engine.restart(_container(action), action.payload.get("timeout"))


def _kill_container(scene: Scene, action: Action) -> None:
    with suppress(NotFound):
        scene.engine.kill(_container(action), str(action.payload.get("signal") or "SIGKILL"))


def _pause_container(scene: Scene, action: Action) -> None:
    scene.engine.pause(_container(action))


def _unpause_container(scene: Scene, action: Action) -> None:
    scene.engine.unpause(_container(action))


def _remove_container(scene: Scene, action: Action) -> None:
    options = {key: bool(action.payload.get(key)) for key in ("v", "force")}
    try:
        with suppress(NotFound):
            scene.engine.remove_container(_container(action), **options)
    except Conflict as error:
        if "already in progress" not in str(error):
            raise


def _remove_network(scene: Scene, action: Action) -> None:
    with suppress(NotFound):
        scene.engine.remove_network(str(action.payload.get("id") or action.target))


def _remove_volume(scene: Scene, action: Action) -> None:
    with suppress(NotFound):
        scene.engine.remove_volume(action.target, force=bool(action.payload.get("force")))


def _remove_image(scene: Scene, action: Action) -> None:
    with suppress(ImageNotFound, NotFound):
        scene.engine.remove_image(action.target, force=bool(action.payload.get("force")))


def _put_files(scene: Scene, action: Action) -> None:
    if problem := problem_of(action.payload.get("files", ())):
        raise ContainerFailed(problem)
    archive = action.payload.get("archive") or packed(action.payload["files"])
    scene.engine.put_archive(_container(action), str(action.payload.get("path") or "/"), archive)


def packed(files: list[Mapping[str, Any]]) -> bytes:
    """Return a tar archive of files given as ``name``, ``content`` (text or bytes), ``mode``, ``uid``, ``gid``."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for file in files:
            content = file["content"]
            data = content.encode() if isinstance(content, str) else bytes(content)
            entry = tarfile.TarInfo(str(file["name"]).lstrip("/"))
            entry.size, entry.mode = len(data), int(file.get("mode") or 0o444)
            entry.mtime = time.time()
            entry.uid, entry.gid = int(file.get("uid") or 0), int(file.get("gid") or 0)
            archive.addfile(entry, io.BytesIO(data))
    return out.getvalue()


def _run_hook(scene: Scene, action: Action) -> None:
    hook = action.payload
    try:
        executed = scene.engine.execute(
            _container(action),
            list(hook["command"]),
            user=str(hook.get("user") or ""),
            privileged=bool(hook.get("privileged")),
            working_dir=str(hook.get("working_dir") or ""),
            environment=_environment(hook.get("environment") or {}),
        )
    except EngineError as error:
        raise type(error)(Message("failed. %(problem)s", problem=error.message)) from error
    if executed.exit_code:
        code, lines = executed.exit_code, "\n".join(failures.last_lines(executed.output))
        raise ContainerFailed(
            Message(
                "exited with status %(code)s. Correct it, then try again. Its last lines:\n%(lines)s",
                code=code,
                lines=lines,
            )
            if lines
            else Message("exited with status %(code)s. Correct it, then try again.", code=code)
        )


def _environment(variables: Mapping[str, str | None]) -> list[str]:
    return [name if value is None else f"{name}={value}" for name, value in variables.items()]


def _keep(scene: Scene, action: Action) -> None:
    """Do nothing: the task shows that all is as it should be."""


def _container(action: Action) -> str:
    # Its name serves where the container did not exist yet when the plan was made.
    return action.container_id or action.target


HANDLERS: Mapping[Do, Handler] = {
    Do.PULL_IMAGE: _pull_image,
    Do.PUSH_IMAGE: _push_image,
    Do.BUILD_IMAGE: _build_image,
    Do.CREATE_NETWORK: _create_network,
    Do.CREATE_VOLUME: _create_volume,
    Do.CREATE_CONTAINER: _create_container,
    Do.CONNECT_NETWORK: _connect_network,
    Do.DISCONNECT_NETWORK: _disconnect_network,
    Do.RENAME_CONTAINER: _rename_container,
    Do.START_CONTAINER: _start_container,
    Do.STOP_CONTAINER: _stop_container,
    Do.RESTART_CONTAINER: _restart_container,
    Do.KILL_CONTAINER: _kill_container,
    Do.PAUSE_CONTAINER: _pause_container,
    Do.UNPAUSE_CONTAINER: _unpause_container,
    Do.REMOVE_CONTAINER: _remove_container,
    Do.REMOVE_NETWORK: _remove_network,
    Do.REMOVE_VOLUME: _remove_volume,
    Do.REMOVE_IMAGE: _remove_image,
    Do.PUT_FILES: _put_files,
    Do.RUN_HOOK: _run_hook,
    Do.KEEP: _keep,
    Do.SKIP_IMAGE: _keep,
    Do.SKIP_SERVICE: _keep,
}
# These take as long as a network, a program or a grace period takes: they must not keep others from their turn.
PATIENT = frozenset(
    {Do.PULL_IMAGE, Do.PUSH_IMAGE, Do.RUN_HOOK, Do.STOP_CONTAINER, Do.RESTART_CONTAINER, Do.REMOVE_CONTAINER}
)
