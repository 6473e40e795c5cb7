"""How the verbs get at a project's files."""

from __future__ import annotations

import shutil
import threading
from pathlib import Path

import pytest

from projects.compose.errors import ComposeFileError, OperationError, ProjectDirectoryMissing
from projects.declared import problems_of
from projects.models import Operation, Project, State
from projects.operations import load_application
from projects.operations.carry import CARRY, Task, project_environment

pytestmark = pytest.mark.django_db


def write(project: Project, text: str) -> None:
    (Path(project.directory) / "compose.yaml").write_text(text)


def task(project: Project, verb: str, **options: object) -> Task:
    operation = Operation.objects.create(project=project, verb=verb, options=options, state=State.RUNNING)
    return Task(operation=operation, emit=lambda event: None, cancel=threading.Event())


def test_a_project_is_loaded_under_its_own_name_whatever_its_directory_is_called(project: Project) -> None:
    project.name = "other"
    application = load_application(project).application
    assert (application.name, list(application.services)) == ("other", ["web"])


def test_the_servers_own_environment_is_not_shown_to_a_projects_files(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_TOKEN", "hunter2")
    write(project, "services:\n  web:\n    image: busybox:${SECRET_TOKEN:-none}\n    working_dir: ${PWD}\n")
    web = load_application(project).application.services["web"]
    assert (web.image, web.working_dir) == ("busybox:none", project.directory)
    assert "SECRET_TOKEN" not in project_environment(project)


def test_the_env_file_of_a_project_counts(project: Project) -> None:
    (Path(project.directory) / ".env").write_text("TAG=3\n")
    write(project, "services:\n  web:\n    image: busybox:${TAG}\n")
    assert load_application(project).application.services["web"].image == "busybox:3"


def test_named_files_are_loaded(project: Project) -> None:
    (Path(project.directory) / "stack.yaml").write_text("services:\n  db:\n    image: busybox\n")
    project.config_files = ["stack.yaml"]
    assert list(load_application(project).application.services) == ["db"]


def test_files_outside_are_read_only_for_adopted_projects(project: Project) -> None:
    (Path(project.directory).parent / "shared.yaml").write_text("services:\n  shared:\n    image: busybox\n")
    write(project, "include: [../shared.yaml]\n")
    with pytest.raises(ComposeFileError, match="outside the project directory"):
        load_application(project)
    project.adopted = True
    assert list(load_application(project).application.services) == ["shared"]


# Attributes of a service, and what is beside it, that name files outside of the project: by `..`, `/`, `~`, or a link.
LEADING_OUT = """
env_file: ../secret.env
env_file: {outside}/secret.env
env_file: link.env
env_file: ~/secret.env
env_file: [{{path: ../secret.env, required: false}}]
label_file: ../secret.env
label_file: link.env
extends: {{file: ../base.yaml, service: base}}
extends: {{file: link.yaml, service: base}}
extends: {{file: tree/base.yaml, service: base}}
build: ..
build: {outside}
build: tree
build: {{context: ., dockerfile: ../Dockerfile}}
build: {{context: ., dockerfile: {outside}/Dockerfile}}
build: {{context: ., dockerfile: link.env}}
build: {{context: ., additional_contexts: {{more: ..}}}}
security_opt: ["seccomp:../profile.json"]
security_opt: ["seccomp={outside}/profile.json"]
security_opt: ["seccomp=link.env"]
develop: {{watch: [{{path: .., action: sync, target: /x}}]}}
secrets: [s]}}}}, secrets: {{s: {{file: ../secret.env
secrets: [s]}}}}, secrets: {{s: {{file: {outside}/secret.env
secrets: [s]}}}}, secrets: {{s: {{file: link.env
configs: [s]}}}}, configs: {{s: {{file: ../secret.env
build: {{context: ., secrets: [s]}}}}}}, secrets: {{s: {{file: ../secret.env
image: x}}}}, include: [{{path: ../base.yaml, project_directory: .
image: x}}}}, include: [{{path: tree/base.yaml, project_directory: .
image: x}}}}, include: [{{path: part.yaml, env_file: ../secret.env
image: x}}}}, include: [{{path: part.yaml, project_directory: ..
""".strip().splitlines()


@pytest.mark.parametrize("attributes", LEADING_OUT)
def test_no_way_leads_out_of_a_project_of_the_dashboard(
    project: Project, attributes: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    directory = Path(project.directory)
    outside = directory.parent
    monkeypatch.setenv("HOME", str(outside))
    for name in ("secret.env", "profile.json", "Dockerfile", ".env"):
        (outside / name).write_text("A=1\n")
    for file in (outside / "base.yaml", directory / "part.yaml"):
        file.write_text("services: {base: {image: busybox}}\n")
    (directory / "link.env").symlink_to(outside / "secret.env")
    (directory / "link.yaml").symlink_to(outside / "base.yaml")
    (directory / "tree").symlink_to(outside)
    text = f"{{services: {{web: {{image: busybox, {attributes.format(outside=outside)}}}}}}}\n"
    text = text.replace("image: busybox, image: x", "image: x")
    if "include:" in text:
        text = text.replace("}}}\n", "}]}\n")
    write(project, text)
    with pytest.raises(ComposeFileError, match=r"(outside|out of) the project directory") as refused:
        load_application(project)
    place = refused.value.place
    assert (Path(place.file).name, bool(place.line), bool(place.path)) == ("compose.yaml", True, True)
    problem, *_ = problems_of(project)
    assert (problem.message, problem.place) == (refused.value.message, place)
    project.adopted = True
    load_application(project)


def test_a_directory_deleted_by_hand_is_told_before_anything_is_done(project: Project) -> None:
    shutil.rmtree(project.directory)
    with pytest.raises(ProjectDirectoryMissing, match="is gone"):
        CARRY["up"](task(project, "up"))


def test_invalid_files_are_told_with_their_place_before_anything_is_done(project: Project) -> None:
    write(project, "services:\n  web:\n    image: [\n")
    with pytest.raises(ComposeFileError) as caught:
        CARRY["up"](task(project, "up"))
    assert caught.value.place.line is not None


def test_an_option_that_a_verb_does_not_have_is_told(project: Project) -> None:
    with pytest.raises(OperationError, match="up has no option “volumes”"):
        CARRY["up"](task(project, "up", volumes=True))
