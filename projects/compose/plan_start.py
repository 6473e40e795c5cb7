"""The start phase that `up`, `start` and `restart` share: order, conditions of dependencies, files, hooks, waits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from projects.compose.draft import Draft, Subject
from projects.compose.errors import PlanError
from projects.compose.given_files import put_files
from projects.compose.messages import Message
from projects.compose.model import Application, Dependency, Service, ServiceHook
from projects.compose.plan import Do

_HEALTHY = "service_healthy"
_COMPLETED = "service_completed_successfully"
SETTLE_SECONDS = 1.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Member:
    """A container of a service as the start phase finds it; `cause` is empty where it runs already.

    `ready` are the actions after which it may be started, `container_id` is empty where it is yet to be created.
    """

    service: str
    name: str
    number: int = 1
    container_id: str = ""
    paused: bool = False
    cause: Message | None = None
    ready: tuple[int, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Runner:
    """The container of a ``pre_start`` hook, which exists after `ready`."""

    name: str
    on: Subject
    ready: tuple[int, ...] = ()


class StartPhase:
    """Starts members service by service, each after what it depends on."""

    def __init__(
        self,
        draft: Draft,
        application: Application,
        members: Mapping[str, list[Member]],
        runners: Mapping[str, list[Runner]] = MappingProxyType({}),
        *,
        settle: bool = True,
        wait_timeout: int | None = None,
        freed: Mapping[tuple[str, str], list[int]] = MappingProxyType({}),
    ) -> None:
        self._draft = draft
        self._application = application
        self._members = members
        self._runners = runners
        self._settle = settle
        self._limit = {} if wait_timeout is None else {"timeout": wait_timeout}
        self._freed = freed
        self._of_range: list[int] = []
        self._started: dict[str, int] = {}
        self._waits: dict[tuple[str, Do, bool], int] = {}

    def add(self, services: Iterable[str]) -> None:
        """Draw up the starts of these services, which must come in dependency order."""
        for name in services:
            members, service = self._members.get(name, ()), self._application.services[name]
            # Conditions are looked at for what runs already or has no container, too, as the reference does.
            before = [] if not members and _has_no_replicas(service) else self._dependencies(service)
            if any(member.cause is not None for member in members):
                before = self._run_hooks(self._runners.get(name, ()), before)
            for member in members:
                if member.cause is not None:
                    self._start(service, member, member.cause, before)

    def conditions(self, service: Service) -> list[int]:
        """Draw up the waits for what a service depends on, and return them."""
        return self._dependencies(service)

    def began(self, name: str, action: int) -> None:
        """Take a container as started by an action that was drawn up elsewhere: what waits for it comes after that."""
        self._started[name] = action

    def ready(self, service: Service, member: Member, *, start: bool) -> None:
        """Draw up what a container is given before its start, and the start itself where it is asked for."""
        if start and member.cause is not None:
            self._start(service, member, member.cause, self._dependencies(service))
        elif files := put_files(self._application, service):
            on = Subject(service=service.name, container_id=member.container_id, group=member.name)
            given = Message("secrets and configs are put into it")
            self._draft.add(Do.PUT_FILES, member.name, given, on=on, after=member.ready, payload={"files": files})

    def _run_hooks(self, runners: Iterable[Runner], before: list[int]) -> list[int]:
        """Draw up that each runner is started, waited for and removed; the next one begins after it."""
        draft, cause = self._draft, Message("hook before the start")
        for runner in runners:
            after = [*before, *runner.ready]
            payload = {"gone_if_refused": True}  # one whose command failed is kept, to be looked at
            started = draft.add(Do.START_CONTAINER, runner.name, cause, on=runner.on, after=after, payload=payload)
            ended = draft.add(Do.WAIT_COMPLETED, runner.name, cause, on=runner.on, after=[started])
            over, gone = Message("the hook is done"), {"v": True}
            before = [draft.add(Do.REMOVE_CONTAINER, runner.name, over, on=runner.on, after=[ended], payload=gone)]
        return before

    def _start(self, service: Service, member: Member, cause: Message, before: list[int]) -> None:
        draft = self._draft
        on = Subject(service=service.name, container_id=member.container_id, group=member.name)
        after = [*member.ready, *before, *self._ports_free(service)]
        files = put_files(self._application, service)
        if files and not member.paused:
            given = Message("secrets and configs are put into it")
            payload = {"files": files}
            after = [draft.add(Do.PUT_FILES, member.name, given, on=on, after=after, payload=payload)]
        do = Do.UNPAUSE_CONTAINER if member.paused else Do.START_CONTAINER
        if not any("-" in port.published for port in service.ports):
            started = draft.add(do, member.name, cause, on=on, after=after)
        else:  # side by side, two containers could be given the same port of a range
            started = draft.add(do, member.name, cause, on=on, after=[*after, *self._of_range])
            self._of_range = [started]
        if not member.paused:
            [started] = add_post_start(draft, service, member.name, on, [started])
        self._started[member.name] = started
        if self._settle:
            add_settling(draft, member.name, on, started)

    def _ports_free(self, service: Service) -> list[int]:
        """Return the removals of containers that hold the service's ports until then."""
        wanted = {(port.published, port.protocol or "tcp") for port in service.ports}
        return [action for port in sorted(wanted) for action in self._freed.get(port, ())]

    def wait(self, services: Iterable[str]) -> None:
        """Draw up that everything is waited for: until it runs, is healthy, or is done where others need it done."""
        names = list(services)
        awaited = {
            other
            for name in names
            for other, how in self._application.services[name].depends_on.items()
            if how.condition == _COMPLETED
        }
        for name in names:
            do = Do.WAIT_COMPLETED if name in awaited else Do.WAIT_READY
            for member in self._members.get(name, ()):
                started = self._started.get(member.name)
                self._draft.add(
                    do,
                    member.name,
                    Message("waited for, as asked"),
                    on=Subject(service=name, container_id=member.container_id, group=member.name),
                    after=[started] if started is not None else [],
                    payload=self._limit,
                )

    def _dependencies(self, service: Service) -> list[int]:
        after = []
        for name, how in sorted(service.depends_on.items()):
            self._check_there(service, name, how)
            for member in self._members.get(name, ()):
                started = self._started.get(member.name)
                if how.condition in (_HEALTHY, _COMPLETED):
                    after.append(self._wait(member, how.condition, how.required, started))
                elif started is not None:
                    after.append(started)
        return after

    def _check_there(self, service: Service, name: str, how: Dependency) -> None:
        """Refuse to wait for a service that has no container though it ought to; bear it where it is optional."""
        other = self._application.services.get(name)
        ought = other is not None and other.provider is None and other.replicas > 0
        if self._members.get(name) or not ought or how.condition not in (_HEALTHY, _COMPLETED):
            return
        missing = is_missing(service.name, name)
        if how.required:
            raise PlanError(missing, service=service.name)
        self._draft.warn(missing)

    def _wait(self, member: Member, condition: str, required: bool, started: int | None) -> int:
        do = Do.WAIT_HEALTHY if condition == _HEALTHY else Do.WAIT_COMPLETED
        key = (member.name, do, required)
        if key not in self._waits:
            self._waits[key] = self._draft.add(
                do,
                member.name,
                Message("others need it healthy") if do is Do.WAIT_HEALTHY else Message("others need it completed"),
                on=Subject(service=member.service, container_id=member.container_id, group=member.name),
                after=[started] if started is not None else [],
                payload={"required": required, **self._limit},
                best_effort=not required,
            )
        return self._waits[key]


def is_missing(dependent: str, service: str) -> Message:
    """Return what is said of a service, or a project, that waits for one without containers."""
    return Message(
        "%(dependent)s is missing dependency %(service)s. Bring it up first.", dependent=dependent, service=service
    )


def _has_no_replicas(service: Service) -> bool:
    """Return whether the files deploy no replica of it; `scale: 0` is not the same to the reference."""
    return service.deploy is not None and service.deploy.replicas == 0


def add_settling(draft: Draft, target: str, on: Subject, started: int) -> None:
    """Draw up a look at a container for a moment after its start."""
    stays = Message("to see that it stays up")
    draft.add(Do.WAIT_RUNNING, target, stays, on=on, after=[started], payload={"seconds": SETTLE_SECONDS})


def add_hook(draft: Draft, hook: ServiceHook, target: str, cause: Message, on: Subject, after: Iterable[int]) -> int:
    """Draw up one command that a hook runs in a container."""
    payload = {
        "command": list(hook.command or ()),
        "user": hook.user,
        "privileged": hook.privileged,
        "working_dir": hook.working_dir,
        "environment": dict(hook.environment),
    }
    return draft.add(Do.RUN_HOOK, target, cause, on=on, after=after, payload=payload)


def add_post_start(draft: Draft, service: Service, target: str, on: Subject, after: list[int]) -> list[int]:
    """Draw up the hooks after a service's start, one after the other; what comes later goes after those returned."""
    for hook in service.post_start:
        after = [add_hook(draft, hook, target, Message("hook after the start"), on, after)]
    return after
