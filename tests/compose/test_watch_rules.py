"""What a changed file asks for."""

from __future__ import annotations

from dataclasses import replace

from projects.compose.model import Application, Develop, Mount, Service, ServiceHook, Trigger
from projects.compose.watch_rules import Batch, Sync, batch_of, rules_of


def application(*triggers: Trigger, **more: object) -> Application:
    service = Service(name="web", develop=Develop(watch=triggers), **more)  # type: ignore[arg-type]
    return Application(name="demo", working_dir="/p", services={"web": service})


SYNC = Trigger(path="/p/src", action="sync", target="/app", ignore=("*.tmp", "node_modules"))


def batch(app: Application, *paths: str, ignore_file: str = "") -> Batch:
    return batch_of(rules_of(app, (), {"web": ignore_file}), paths)


def test_a_file_below_the_path_is_synced_to_its_place_once() -> None:
    found = batch(application(SYNC), "/p/src/a/b", "/p/src/a/b", "/p/srcs/x", "/p/other")
    assert found == Batch(sync=(Sync(service="web", source="/p/src/a/b", target="/app/a/b"),))


def test_a_path_that_is_a_file_is_synced_as_the_target() -> None:
    found = batch(application(replace(SYNC, path="/p/one.cfg", target="/etc/one.cfg")), "/p/one.cfg")
    assert found.sync == (Sync(service="web", source="/p/one.cfg", target="/etc/one.cfg"),)


def test_what_is_ignored_asks_for_nothing() -> None:
    ignored = ("/p/src/x.tmp", "/p/src/node_modules/y", "/p/src/.git/HEAD", "/p/src/a/.b.swp", "/p/src/b~")
    assert batch(application(SYNC), *ignored) == Batch()
    assert batch(application(SYNC), "/p/src/secret", ignore_file="secret") == Batch()


def test_include_leaves_the_rest_out() -> None:
    app = application(replace(SYNC, include=("**/*.py",)))
    assert [sync.source for sync in batch(app, "/p/src/a.py", "/p/src/b.txt", "/p/src/d/c.py").sync] == [
        "/p/src/a.py",
        "/p/src/d/c.py",
    ]


def test_each_action_asks_for_its_own() -> None:
    hook = ServiceHook(command=("make",))
    app = application(
        replace(SYNC, path="/p/r", action="sync+restart"),
        replace(SYNC, path="/p/e", action="sync+exec", exec=hook),
        replace(SYNC, path="/p/only", action="restart"),
    )
    found = batch(app, "/p/r/1", "/p/e/2", "/p/e/3", "/p/only/4")
    assert [sync.target for sync in found.sync] == ["/app/2", "/app/3", "/app/1"]
    assert found.restart == ("web",)
    assert [trigger.exec for _service, trigger in found.execute] == [hook]


def test_a_service_that_is_rebuilt_needs_nothing_else() -> None:
    app = application(SYNC, Trigger(path="/p/requirements.txt", action="rebuild"))
    assert batch(app, "/p/src/a", "/p/requirements.txt") == Batch(rebuild=("web",))


def test_a_path_that_is_bind_mounted_is_not_synced() -> None:
    app = application(SYNC, volumes=(Mount(type="bind", source="/p", target="/app"),))
    assert rules_of(app, (), {}) == []


def test_services_that_are_not_named_are_not_watched() -> None:
    assert rules_of(application(SYNC), ("db",), {}) == []
