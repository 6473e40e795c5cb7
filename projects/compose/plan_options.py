"""What a person asks for with a verb: the flags of the reference CLI, as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True, slots=True)
class UpOptions:
    """Options of `up`; no `services` means all. `pull` is empty, always, missing, never or build; timeouts in seconds.

    With `settle` what was started is watched for a moment, to see that it stays up; with `wait` until it is healthy.
    A volume whose definition changed is made anew, its data lost, only where `recreate_volumes` has its name or `yes`
    is set, which answers every such question. With `all_resources` also networks and volumes are made that no service
    uses, of those that were loaded.
    """

    services: tuple[str, ...] = ()
    build: bool = False
    no_build: bool = False
    pull: str = ""
    force_recreate: bool = False
    no_recreate: bool = False
    always_recreate_deps: bool = False
    renew_anon_volumes: bool = False
    remove_orphans: bool = False
    ignore_orphans: bool = False
    no_deps: bool = False
    no_start: bool = False
    settle: bool = True
    wait: bool = False
    wait_timeout: int | None = None
    scale: Mapping[str, int] = field(default_factory=dict)
    timeout: int | None = None
    recreate_volumes: tuple[str, ...] = ()
    yes: bool = False
    all_resources: bool = False


DEFAULTS = UpOptions()


@dataclass(frozen=True, kw_only=True, slots=True)
class DownOptions:
    """Options of `down`; `images` is empty, local (those without a name of their own) or all."""

    services: tuple[str, ...] = ()
    volumes: bool = False
    remove_orphans: bool = False
    images: str = ""
    timeout: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class StopOptions:
    """Options of `stop`; no `services` means all, `timeout` in seconds."""

    services: tuple[str, ...] = ()
    timeout: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class StartOptions:
    """Options of `start`; the services that the named ones depend on are started too; the rest as with `up`."""

    services: tuple[str, ...] = ()
    settle: bool = True
    wait: bool = False
    wait_timeout: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class RestartOptions:
    """Options of `restart`; without `no_deps`, dependents that ask for it are restarted too; `settle` as for `up`."""

    services: tuple[str, ...] = ()
    no_deps: bool = False
    settle: bool = True
    timeout: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class PauseOptions:
    """Options of `pause` and `unpause`."""

    services: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class KillOptions:
    """Options of `kill`."""

    services: tuple[str, ...] = ()
    signal: str = "SIGKILL"
    remove_orphans: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class RemoveOptions:
    """Options of `rm`: with `volumes` anonymous volumes too."""

    services: tuple[str, ...] = ()
    volumes: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class PullOptions:
    """Options of `pull`; `policy` is empty (that of the files) or laid over it.

    With `strict` a pull that fails is a failure also where the service can be built.
    """

    services: tuple[str, ...] = ()
    ignore_buildable: bool = False
    ignore_failures: bool = False
    include_deps: bool = False
    policy: str = ""
    strict: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class PushOptions:
    """Options of `push`."""

    services: tuple[str, ...] = ()
    ignore_failures: bool = False
    include_deps: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class BuildOptions:
    """Options of `build`; `args` maps build arguments to values, None taken from the environment."""

    services: tuple[str, ...] = ()
    args: Mapping[str, str | None] = field(default_factory=dict)
    no_cache: bool = False
    pull: bool = False
    push: bool = False
    with_dependencies: bool = False
    ssh: str = ""
    memory: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class RunOptions:
    """Options of `run`, a one-off container of one service; None or empty: as the files say.

    `slug` is what makes its name unique; `volumes` and `publish` are in the short syntax; `remove` has the engine
    remove the container at its end; `start` starts it, where nobody attaches to it before.
    """

    service: str = ""
    slug: str = ""
    command: tuple[str, ...] = ()
    entrypoint: tuple[str, ...] | None = None
    environment: Mapping[str, str | None] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    name: str = ""
    user: str = ""
    working_dir: str = ""
    volumes: tuple[str, ...] = ()
    publish: tuple[str, ...] = ()
    service_ports: bool = False
    cap_add: tuple[str, ...] = ()
    cap_drop: tuple[str, ...] = ()
    use_aliases: bool = False
    tty: bool = False
    interactive: bool = True
    remove: bool = False
    no_deps: bool = False
    build: bool = False
    pull: str = ""
    remove_orphans: bool = False
    ignore_orphans: bool = False
    start: bool = False
