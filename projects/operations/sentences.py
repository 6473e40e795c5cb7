"""The sentence an operation comes to: who did what, how long it took, what came of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.utils import timezone

from projects.compose.events import Status
from projects.compose.messages import Message
from projects.compose.progress import Progress
from projects.compose.task import Task
from projects.models import Operation, State, Verb

if TYPE_CHECKING:
    from projects.operations.carry import Result

Counted = Callable[[int], Message]

VERBS: Final[Mapping[str, Message]] = {
    Verb.UP.value: Message("up"),
    Verb.DOWN.value: Message("down"),
    Verb.STOP.value: Message("stop"),
    Verb.START.value: Message("start"),
    Verb.RESTART.value: Message("restart"),
    Verb.CREATE.value: Message("create"),
    Verb.SCALE.value: Message("scale"),
    Verb.KILL.value: Message("kill"),
    Verb.PAUSE.value: Message("pause"),
    Verb.UNPAUSE.value: Message("unpause"),
    Verb.RM.value: Message("remove"),
    Verb.PULL.value: Message("pull"),
    Verb.PUSH.value: Message("push"),
    Verb.BUILD.value: Message("build"),
}


def _counted(one: Message, many: Callable[[int], Message]) -> Counted:
    return lambda count: one if count == 1 else many(count)


PULLED = _counted(Message("1 image pulled"), lambda n: Message("%(count)s images pulled", count=n))
BUILT = _counted(Message("1 image built"), lambda n: Message("%(count)s images built", count=n))
PUSHED = _counted(Message("1 image pushed"), lambda n: Message("%(count)s images pushed", count=n))
CREATED = _counted(Message("1 container created"), lambda n: Message("%(count)s containers created", count=n))
PAUSED = _counted(Message("1 container paused"), lambda n: Message("%(count)s containers paused", count=n))
UNPAUSED = _counted(Message("1 container unpaused"), lambda n: Message("%(count)s containers unpaused", count=n))
NETWORKS = _counted(Message("1 network created"), lambda n: Message("%(count)s networks created", count=n))
VOLUMES = _counted(Message("1 volume created"), lambda n: Message("%(count)s volumes created", count=n))
STARTED = _counted(Message("1 container started"), lambda n: Message("%(count)s containers started", count=n))
LEFT = _counted(
    Message("1 container was up to date"), lambda n: Message("%(count)s containers were up to date", count=n)
)
RESTARTED = _counted(Message("1 container restarted"), lambda n: Message("%(count)s containers restarted", count=n))
STOPPED = _counted(Message("1 container stopped"), lambda n: Message("%(count)s containers stopped", count=n))
REMOVED = _counted(Message("1 container removed"), lambda n: Message("%(count)s containers removed", count=n))
NO_NETWORKS = _counted(Message("1 network removed"), lambda n: Message("%(count)s networks removed", count=n))
NO_VOLUMES = _counted(Message("1 volume removed"), lambda n: Message("%(count)s volumes removed", count=n))


def name_of(user: AbstractBaseUser | AnonymousUser | None) -> Message | str:
    """Return how a person is called in a sentence."""
    if user is None or not user.is_authenticated:
        return Message("Somebody")
    return getattr(user, "get_full_name", lambda: "")() or user.get_username()


def requester(operation: Operation) -> Message | str:
    """Return who began an operation: a person of the dashboard, or somebody at the command line."""
    if operation.system_user:
        return at_command_line(operation.system_user)
    return name_of(operation.requested_by)


def at_command_line(system_user: str) -> Message:
    """Return how a user of the operating system is called."""
    return Message("%(name)s (command line)", name=system_user)


def _canceller(operation: Operation) -> Message | str:
    # Only the program that began it cancels an operation without an account.
    return name_of(operation.cancelled_by) if operation.cancelled_by else requester(operation)


def of(operation: Operation, result: Result, progress: Progress) -> Message:
    """Return the sentence of a finished operation."""
    if result.state == State.CANCELLED:
        return cancelled(operation, progress)
    if result.state == State.FAILED:
        return _failed(operation, result.failures)
    return _succeeded(operation, _what(progress))


SUCCEEDED: Final[Mapping[str, Message]] = {
    Verb.UP.value: Message("%(who)s brought %(project)s up in %(duration)s: %(what)s."),
    Verb.DOWN.value: Message("%(who)s took %(project)s down in %(duration)s: %(what)s."),
    Verb.STOP.value: Message("%(who)s stopped %(project)s in %(duration)s: %(what)s."),
    Verb.START.value: Message("%(who)s started %(project)s in %(duration)s: %(what)s."),
    Verb.RESTART.value: Message("%(who)s restarted %(project)s in %(duration)s: %(what)s."),
    Verb.CREATE.value: Message("%(who)s created %(project)s in %(duration)s: %(what)s."),
    Verb.SCALE.value: Message("%(who)s scaled %(project)s in %(duration)s: %(what)s."),
    Verb.KILL.value: Message("%(who)s sent a signal to %(project)s in %(duration)s: %(what)s."),
    Verb.PAUSE.value: Message("%(who)s paused %(project)s in %(duration)s: %(what)s."),
    Verb.UNPAUSE.value: Message("%(who)s unpaused %(project)s in %(duration)s: %(what)s."),
    Verb.RM.value: Message("%(who)s removed stopped containers of %(project)s in %(duration)s: %(what)s."),
    Verb.PULL.value: Message("%(who)s pulled the images of %(project)s in %(duration)s: %(what)s."),
    Verb.PUSH.value: Message("%(who)s pushed the images of %(project)s in %(duration)s: %(what)s."),
    Verb.BUILD.value: Message("%(who)s built the images of %(project)s in %(duration)s: %(what)s."),
}


RECREATED: Final = Message("%(who)s recreated %(project)s in %(duration)s: %(what)s.")
SCALED: Final = Message("%(who)s scaled %(project)s to %(count)s in %(duration)s: %(what)s.")
REFRESHED: Final = Message("%(who)s brought %(project)s up with the newest images in %(duration)s: %(what)s.")


def _sentence(operation: Operation) -> Message:
    """Return the sentence of a verb that succeeded; an Up in another way than the plain one has its own."""
    if operation.verb == Verb.UP:
        ways = (("force_recreate", RECREATED), ("scale", SCALED), ("pull", REFRESHED))
        return next((message for name, message in ways if operation.options.get(name)), SUCCEEDED[Verb.UP.value])
    return SUCCEEDED[operation.verb]


def _succeeded(operation: Operation, what: Message) -> Message:
    sentence = _sentence(operation)
    scale = operation.options.get("scale") or {}
    return Message(
        sentence.text,
        who=requester(operation),
        project=_subject(operation),
        duration=_took(operation),
        what=what,
        **({"count": ", ".join(str(count) for count in scale.values())} if sentence is SCALED else {}),
    )


FAILED: Final = "%(who)s began “%(verb)s” of %(project)s, which failed after %(duration)s: %(why)s"
MORE: Final = "%(first)s (And %(count)s more.)"


def headline(result: Message, told: Sequence[Message]) -> Message:
    """Return the sentence of a finished operation without its reason, where the problems `told` below it say that."""
    why = result.params.get("why")
    first = why.params.get("first") if isinstance(why, Message) and why.text == MORE else why
    if result.text != FAILED or first not in told:
        return result
    parts = {name: value for name, value in result.params.items() if name != "why"}
    return Message("%(who)s began “%(verb)s” of %(project)s, which failed after %(duration)s.", **parts)


def _failed(operation: Operation, failures: Sequence[Message]) -> Message:
    why = failures[0] if failures else Message("the reason is in the progress above.")
    if len(failures) > 1:
        why = Message("%(first)s (And %(count)s more.)", first=why, count=len(failures) - 1)
    return Message(
        "%(who)s began “%(verb)s” of %(project)s, which failed after %(duration)s: %(why)s",
        who=requester(operation),
        verb=VERBS[operation.verb],
        project=_subject(operation),
        duration=_took(operation),
        why=why,
    )


def cancelled(operation: Operation, progress: Progress | None = None) -> Message:
    """Return the sentence of a cancelled operation; what had been done until then stays."""
    values: dict[str, str | Message] = {
        "who": requester(operation),
        "verb": VERBS[operation.verb],
        "project": _subject(operation),
        "canceller": _canceller(operation),
        "duration": _took(operation),
    }
    if operation.started_at is None or progress is None:
        return Message(
            "%(canceller)s cancelled “%(verb)s” of %(project)s, begun by %(who)s, before it began.", **values
        )
    return Message(
        "%(canceller)s cancelled “%(verb)s” of %(project)s, begun by %(who)s, after %(duration)s."
        " What was done until then stays: %(what)s.",
        **values,
        what=_what(progress),
    )


def unexpected(error: Exception) -> Message:
    """Return the sentence for what should not have happened; its text, which may hold anything, stays in the log."""
    return Message(
        "something unexpected happened in the dashboard (%(error)s). The server's log says more; please report it.",
        error=type(error).__name__,
    )


def _subject(operation: Operation) -> Message | str:
    if not operation.services:
        return operation.project.name
    services = ", ".join(operation.services)
    return Message("%(services)s of %(project)s", services=services, project=operation.project.name)


def _took(operation: Operation) -> Message:
    start = operation.started_at or operation.created_at
    return duration(((operation.finished_at or timezone.now()) - start).total_seconds())


def duration(seconds: float) -> Message:
    """Return such as ``4.2 s``, ``12 s``, ``2 min 5 s``."""
    if seconds < 9.95:
        return Message("%(seconds)s s", seconds=f"{max(seconds, 0.0):.1f}")
    if seconds < 59.5:
        return Message("%(seconds)s s", seconds=f"{seconds:.0f}")
    minutes, rest = divmod(round(seconds), 60)
    return Message("%(minutes)s min %(seconds)s s", minutes=minutes, seconds=rest)


WORDS: Final[tuple[tuple[str, frozenset[str], Counted], ...]] = (
    ("images", frozenset({"Pulled"}), PULLED),
    ("images", frozenset({"Pushed"}), PUSHED),
    ("builds", frozenset({"Built"}), BUILT),
    ("networks", frozenset({"Created"}), NETWORKS),
    ("volumes", frozenset({"Created"}), VOLUMES),
    ("containers", frozenset({"Started", "Healthy", "Exited", "Completed"}), STARTED),
    ("containers", frozenset({"Created", "Recreated"}), CREATED),
    ("containers", frozenset({"Paused"}), PAUSED),
    ("containers", frozenset({"Unpaused"}), UNPAUSED),
    ("containers", frozenset({"Running"}), LEFT),
    ("containers", frozenset({"Restarted"}), RESTARTED),
    ("containers", frozenset({"Stopped", "Killed"}), STOPPED),
    ("containers", frozenset({"Removed"}), REMOVED),
    ("networks", frozenset({"Removed"}), NO_NETWORKS),
    ("volumes", frozenset({"Removed"}), NO_VOLUMES),
)


def _what(progress: Progress) -> Message:
    """Return what was done, such as ``1 image pulled, 2 containers started``."""
    parts = [say(count) for group, words, say in WORDS if (count := _count(getattr(progress, group), words))]
    if not parts:
        return Message("nothing had to be done")
    line = parts[-1]
    for part in reversed(parts[:-1]):
        line = Message("%(part)s, %(rest)s", part=part, rest=line)
    return line


def _count(tasks: Sequence[Task], words: frozenset[str]) -> int:
    return sum(task.status in {Status.DONE, Status.WARNING} and task.text in words for task in tasks)
