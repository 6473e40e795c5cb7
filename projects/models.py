"""What the database records: projects, who may do what with them, what was done, and how it went.

The desired state is in the files of a project's directory and the actual state on the engine; neither is kept here.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta
from typing import Any, Final

from django.conf import settings
from django.contrib.auth.models import Group
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from projects.compose.messages import Message
from projects.sealing import sealed, unsealed
from projects.services.registries import Login, registry_host


class Role(models.TextChoices):
    """What a person is to a project; each role may all that the ones before it may."""

    VIEWER = "viewer", _("viewer")
    OPERATOR = "operator", _("operator")
    EDITOR = "editor", _("editor")
    OWNER = "owner", _("owner")


class Verb(models.TextChoices):
    """What an operation does, in Compose's words."""

    UP = "up", _("up")
    DOWN = "down", _("down")
    STOP = "stop", _("stop")
    START = "start", _("start")
    RESTART = "restart", _("restart")
    CREATE = "create", _("create")
    SCALE = "scale", _("scale")
    KILL = "kill", _("kill")
    PAUSE = "pause", _("pause")
    UNPAUSE = "unpause", _("unpause")
    RM = "rm", _("remove")
    PULL = "pull", _("pull")
    PUSH = "push", _("push")
    BUILD = "build", _("build")


# What the pages offer; the command line has all.
OFFERED: Final = (
    *(Verb.UP, Verb.DOWN, Verb.STOP, Verb.START, Verb.RESTART),
    *(Verb.PULL, Verb.BUILD, Verb.PAUSE, Verb.UNPAUSE, Verb.KILL, Verb.RM),
)


class State(models.TextChoices):
    """How far an operation is; the last three are final."""

    QUEUED = "queued", _("queued")
    RUNNING = "running", _("running")
    SUCCEEDED = "succeeded", _("succeeded")
    FAILED = "failed", _("failed")
    CANCELLED = "cancelled", _("cancelled")


UNFINISHED: Final = (State.QUEUED, State.RUNNING)


class Project(models.Model):
    """A Compose project the dashboard knows: its name and where its files are.

    `directory` is absolute. `config_files` are paths relative to it or absolute; empty means the default
    names (compose.yaml …). `adopted` projects keep their files where they were found.
    """

    name = models.CharField(_("name"), max_length=255, unique=True)
    directory = models.CharField(_("directory"), max_length=4096)
    config_files = models.JSONField(_("Compose files"), default=list, blank=True)
    adopted = models.BooleanField(_("adopted in place"), default=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, verbose_name=_("created by"), related_name="+"
    )
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)

    class Meta:
        ordering = ("name",)
        verbose_name = _("project")
        verbose_name_plural = _("projects")

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """The role of one person or one group in one project."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="memberships", verbose_name=_("project"))
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="project_memberships",
        verbose_name=_("person"),
    )
    group = models.ForeignKey(
        Group, models.CASCADE, null=True, blank=True, related_name="project_memberships", verbose_name=_("group")
    )
    role = models.CharField(_("role"), max_length=16, choices=Role.choices, default=Role.VIEWER)

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        constraints = (
            models.CheckConstraint(
                name="membership_of_one_person_or_one_group",
                condition=models.Q(user__isnull=True, group__isnull=False)
                | models.Q(user__isnull=False, group__isnull=True),
                violation_error_message=_("Choose either a person or a group."),
            ),
            models.UniqueConstraint(name="one_role_a_person", fields=("project", "user")),
            models.UniqueConstraint(name="one_role_a_group", fields=("project", "group")),
        )

    def __str__(self) -> str:
        return f"{self.user or self.group}: {self.get_role_display()}"


class Operation(models.Model):
    """One run of a verb on a project.

    `result` is the JSON of a `Message`, the sentence of what came of it. `runner` names the process at work;
    its `heartbeat_at` tells whether it still lives. `system_user` names who began it at the command line, where people
    have no account of the dashboard.
    """

    project = models.ForeignKey(Project, models.CASCADE, related_name="operations", verbose_name=_("project"))
    verb = models.CharField(_("verb"), max_length=16, choices=Verb.choices)
    services = models.JSONField(_("services"), default=list, blank=True)
    options = models.JSONField(_("options"), default=dict, blank=True)
    state = models.CharField(_("state"), max_length=16, choices=State.choices, default=State.QUEUED)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("requested by"),
    )
    system_user = models.CharField(_("requested at the command line by"), max_length=150, blank=True, default="")
    created_at = models.DateTimeField(_("requested"), default=timezone.now)
    started_at = models.DateTimeField(_("started"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)
    heartbeat_at = models.DateTimeField(_("last heartbeat"), null=True, blank=True)
    runner = models.CharField(_("runner"), max_length=64, blank=True, default="")
    cancel_requested = models.BooleanField(_("cancel requested"), default=False)
    cancelled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("cancelled by"),
    )
    result = models.JSONField(_("result"), null=True, blank=True)

    class Meta:
        ordering = ("-id",)
        verbose_name = _("operation")
        verbose_name_plural = _("operations")
        constraints = (
            models.UniqueConstraint(
                name="one_unfinished_operation_a_project",
                fields=("project",),
                condition=models.Q(state__in=("queued", "running")),
            ),
        )
        indexes = (models.Index(name="unfinished_operations", fields=("state",), condition=models.Q(finished_at=None)),)

    def __str__(self) -> str:
        return f"{self.project} {self.verb} #{self.pk}"

    @property
    def finished(self) -> bool:
        """Whether the state is final."""
        return self.state not in UNFINISHED

    @property
    def result_message(self) -> Message | None:
        """The sentence of what came of it, once it is finished."""
        return Message.from_json(self.result) if self.result else None

    @property
    def duration(self) -> float | None:
        """Seconds from start to finish."""
        if self.started_at is None or self.finished_at is None:
            return None
        return (self.finished_at - self.started_at).total_seconds()


class OperationEvent(models.Model):
    """One journalled `Event` of an operation; `seq` counts from 1 without holes."""

    operation = models.ForeignKey(Operation, models.CASCADE, related_name="journal", verbose_name=_("operation"))
    seq = models.PositiveIntegerField(_("number"))
    data = models.JSONField(_("event"))

    class Meta:
        ordering = ("seq",)
        verbose_name = _("journal entry")
        verbose_name_plural = _("journal entries")
        constraints = (models.UniqueConstraint(name="one_event_a_seq", fields=("operation", "seq")),)

    def __str__(self) -> str:
        return f"{self.operation_id}/{self.seq}"


class AppendOnly(models.QuerySet["AuditEntry"]):
    """Refuses what would change history."""

    def update(self, **kwargs: Any) -> int:
        raise TypeError("The audit record is append-only.")

    def delete(self) -> tuple[int, dict[str, int]]:
        raise TypeError("The audit record is append-only.")


class AuditEntry(models.Model):
    """Who did what, when, to which project, and from where.

    `actor_name` and `project_name` outlive the rows they name.
    """

    at = models.DateTimeField(_("when"), default=timezone.now, editable=False, db_index=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        editable=False,
        verbose_name=_("who"),
    )
    actor_name = models.CharField(_("name"), max_length=150, blank=True, editable=False)
    action = models.CharField(_("what"), max_length=64, editable=False)
    project_name = models.CharField(_("project"), max_length=255, blank=True, editable=False, db_index=True)
    detail = models.JSONField(_("detail"), default=dict, editable=False)
    address = models.CharField(_("from"), max_length=64, blank=True, editable=False)

    objects = AppendOnly.as_manager()

    class Meta:
        ordering = ("-id",)
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit entries")

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S} {self.actor_name} {self.action} {self.project_name}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise TypeError("The audit record is append-only.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        raise TypeError("The audit record is append-only.")


class Registry(models.Model):
    """The login for an image registry; the secret is kept sealed and never shown again."""

    address = models.CharField(
        _("registry"),
        max_length=255,
        unique=True,
        help_text=_("Host and port, such as registry.example.org:5000; docker.io for Docker Hub."),
    )
    username = models.CharField(_("user name"), max_length=255)
    sealed_secret = models.TextField(editable=False)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)

    class Meta:
        ordering = ("address",)
        verbose_name = _("registry login")
        verbose_name_plural = _("registry logins")

    def __str__(self) -> str:
        return f"{self.username} @ {self.address}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.address = registry_host(self.address)
        super().save(*args, **kwargs)

    def keep_secret(self, secret: str) -> None:
        """Keep another secret from now on."""
        self.sealed_secret = sealed(secret)

    def login(self) -> Login | None:
        """Return the login, or None where the secret was kept with another secret key."""
        secret = unsealed(self.sealed_secret)
        return None if secret is None else Login(username=self.username, secret=secret)


class LogPreferences(models.Model):
    """How a person likes logs to be shown, whichever browser they use."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="log_preferences"
    )
    values = models.JSONField(default=dict)

    def __str__(self) -> str:
        return str(self.user)


class SetupLink(models.Model):
    """A link with which the first administrator chooses a name and a password; it works once and expires.

    Only the token's hash is kept.
    """

    token_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("set-up link")
        verbose_name_plural = _("set-up links")

    def __str__(self) -> str:
        return f"until {self.expires_at:%Y-%m-%d %H:%M}"

    @classmethod
    def issue(cls) -> str:
        """Return the token of a new link; links issued before are withdrawn."""
        token = secrets.token_urlsafe(24)
        cls.objects.filter(used_at=None).delete()
        cls.objects.create(
            token_hash=cls._hash(token), expires_at=timezone.now() + timedelta(hours=settings.SETUP_LINK_HOURS)
        )
        return token

    @classmethod
    def open(cls, token: str) -> SetupLink | None:
        """Return the link that `token` opens, or None where it is unknown, used or expired."""
        return cls.objects.filter(token_hash=cls._hash(token), used_at=None, expires_at__gt=timezone.now()).first()

    def use(self) -> bool:
        """Mark the link as used; False where somebody else was first."""
        unused = SetupLink.objects.filter(pk=self.pk, used_at=None)
        return unused.update(used_at=timezone.now()) == 1

    @staticmethod
    def _hash(token: str) -> str:
        return hashlib.sha256(token.encode()).hexdigest()
