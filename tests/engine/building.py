"""Builds for tests: the services of a Compose file, and what was told of them."""

from __future__ import annotations

import threading
from pathlib import Path

from projects.compose.errors import BuildFailed, ComposeError
from projects.compose.events import Event, Kind
from projects.compose.loader import load
from projects.compose.planner import UpOptions, plan_images
from projects.compose.progress import Progress
from projects.compose.task import Task
from projects.services.engine import DockerEngine
from projects.services.executor import execute
from projects.services.observation import observe


class Building:
    """Builds the services of a Compose file and keeps what was told."""

    def __init__(self, engine: DockerEngine, directory: Path) -> None:
        self.engine = engine
        self.directory = directory
        self.events: list[Event] = []
        self.cancel = threading.Event()

    def write(self, **files: str) -> None:
        for name, text in files.items():
            path = self.directory / name.replace("__", "/")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)

    def build(self, compose: str, **environment: str) -> tuple[ComposeError, ...]:
        (self.directory / "compose.yaml").write_text(compose)
        application = load(str(self.directory), environment=environment).application
        state = observe(self.engine, application.name, application)
        self.events.clear()
        plan = plan_images(application, state, UpOptions(build=True))
        return execute(plan, self.engine, self.events.append, self.cancel).failures

    def failure(self, compose: str, **environment: str) -> str:
        (failure,) = self.build(compose, **environment)
        assert isinstance(failure, BuildFailed)
        return str(failure).removeprefix('The image of the service "web" could not be built. ')

    @property
    def progress(self) -> Progress:
        return Progress(self.events)

    def steps(self, service: str = "web") -> list[Task]:
        task = self.progress.task(f"build:{service}")
        assert task is not None
        return [step for step in task.children if step.kind is Kind.STEP]

    def output(self, number: int) -> str:
        return "\n".join(self.steps()[number - 1].output.lines()).strip()
