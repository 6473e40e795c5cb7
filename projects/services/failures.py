"""What a person is told when one action of a plan has failed: the service, the cause, the next step."""

from __future__ import annotations

from collections.abc import Iterable

from projects.compose.errors import ComposeError, ContainerFailed, PortTaken
from projects.compose.identity import LABEL_HOOK_INDEX
from projects.compose.messages import Message
from projects.compose.output import PlainText
from projects.compose.plan import Action, Do
from projects.compose.state import ObservedContainer
from projects.services import refusals

LONGEST_LINE = 300

_OF_SERVICE = {
    Do.PULL_IMAGE: Message('The image of the service "%(service)s" could not be pulled. %(problem)s'),
    Do.PUSH_IMAGE: Message('The image of the service "%(service)s" could not be pushed. %(problem)s'),
    Do.BUILD_IMAGE: Message('The image of the service "%(service)s" could not be built. %(problem)s'),
    Do.CREATE_CONTAINER: Message('The container of the service "%(service)s" could not be created. %(problem)s'),
    Do.PUT_FILES: Message('The service "%(service)s" could not be given its secrets and configs. %(problem)s'),
    Do.CONNECT_NETWORK: Message('The service "%(service)s" could not be connected to its network. %(problem)s'),
    Do.START_CONTAINER: Message('The service "%(service)s" could not be started. %(problem)s'),
    Do.RESTART_CONTAINER: Message('The service "%(service)s" could not be restarted. %(problem)s'),
    Do.STOP_CONTAINER: Message('The service "%(service)s" could not be stopped. %(problem)s'),
    Do.REMOVE_CONTAINER: Message('A container of the service "%(service)s" could not be removed. %(problem)s'),
    Do.WAIT_RUNNING: Message('The service "%(service)s" did not stay up. %(problem)s'),
    # From here on in the reference's words, which programs look for.
    Do.WAIT_HEALTHY: Message('Service "%(service)s": dependency failed to start: %(problem)s'),
    Do.WAIT_READY: Message('Service "%(service)s": %(problem)s'),
    Do.WAIT_COMPLETED: Message('service "%(service)s" %(problem)s'),
    Do.RUN_HOOK: Message("%(service)s hook %(problem)s"),
}
_OF_OPTIONAL = {
    Do.WAIT_HEALTHY: Message('optional dependency "%(service)s" failed to start: %(problem)s'),
    Do.WAIT_COMPLETED: Message('optional dependency "%(service)s" %(problem)s'),
}
_OF_TARGET = {
    Do.CREATE_NETWORK: Message('The network "%(target)s" could not be created. %(problem)s'),
    Do.REMOVE_NETWORK: Message('The network "%(target)s" could not be removed. %(problem)s'),
    Do.CREATE_VOLUME: Message('The volume "%(target)s" could not be created. %(problem)s'),
    Do.REMOVE_VOLUME: Message('The volume "%(target)s" could not be removed. %(problem)s'),
    Do.REMOVE_IMAGE: Message('The image "%(target)s" could not be removed. %(problem)s'),
}


def told(action: Action, error: ComposeError) -> ComposeError:
    """Return the error as it is told: of the same class, its message led in by what was to be done for whom."""
    return type(error)(sentence(action, error.message), service=action.service)


def sentence(action: Action, problem: Message) -> Message:
    """Return the whole sentence about `problem` in `action`."""
    if action.best_effort and (template := _OF_OPTIONAL.get(action.do)):
        return Message(template.text, service=action.service, problem=problem)
    if action.service and (template := _OF_SERVICE.get(action.do)):
        return Message(template.text, service=action.service, problem=problem)
    if template := _OF_TARGET.get(action.do):
        return Message(template.text, target=action.target, problem=problem)
    return Message('"%(target)s": %(problem)s', target=action.target, problem=problem)


def port_taken(service: str, port: int, owner: ObservedContainer) -> PortTaken:
    """Return the error for a service that cannot be started because a container holds its port."""
    problem = refusals.port_taken(port, owner).message
    return PortTaken(Message(_OF_SERVICE[Do.START_CONTAINER].text, service=service, problem=problem), service=service)


def exited(container: ObservedContainer, log: str, do: Do = Do.WAIT_RUNNING) -> ContainerFailed:
    """Return the error for a container that has exited while `do` waited for it, with the end of its `log`."""
    code = container.exit_code if container.exit_code is not None else -1
    if container.state == "restarting":
        what = Message(
            'Its container "%(container)s" exits with code %(code)s and is restarted again and again.',
            container=container.name,
            code=code,
        )
    elif do is Do.WAIT_COMPLETED and container.is_hook:
        what = Message(
            "pre_start[%(index)s] exited with code %(code)s (hook container %(container)s retained for inspection).",
            index=container.labels.get(LABEL_HOOK_INDEX, ""),
            code=code,
            container=container.id[:12],
        )
    elif do is Do.WAIT_COMPLETED:
        what = Message("didn't complete successfully: exit %(code)s.", code=code)
    elif do in (Do.WAIT_HEALTHY, Do.WAIT_READY):
        what = Message("container %(container)s exited (%(code)s).", container=container.name, code=code)
    else:
        what = Message('Its container "%(container)s" exited with code %(code)s.', container=container.name, code=code)
    return ContainerFailed(_with_lines(_with_hint(what, code), log), service=container.service)


def _with_hint(what: Message, code: int) -> Message:
    hint = _HINTS.get(code)
    return Message("%(what)s %(hint)s", what=what, hint=hint) if hint else what


_HINTS = {
    126: Message("Its command cannot be executed: look at the file's mode."),
    127: Message("Its command was not found: look at command: and entrypoint: in the Compose file."),
    137: Message("It was killed: by a person, or because it used more memory than it may."),
    139: Message("Its program crashed (segmentation fault)."),
}


def _with_lines(what: Message, log: str) -> Message:
    lines = last_lines(log)
    if not lines:
        return Message("%(what)s It wrote nothing to its log. Look at its command and its files.", what=what)
    return Message(
        "%(what)s Mend what its last lines say, then start it again:\n%(lines)s", what=what, lines="\n".join(lines)
    )


def last_lines(log: str, count: int = 10) -> list[str]:
    """Return the last lines of a log that are not blank, free of control characters, each bounded."""
    lines: Iterable[str] = PlainText().feed(log).replace("\r", "\n").split("\n")
    return [line[:LONGEST_LINE] for line in lines if line.strip()][-count:]
