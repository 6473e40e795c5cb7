"""How services stand to the containers that were brought up from earlier files."""

from __future__ import annotations

from dataclasses import replace

from projects.compose.drift import Drift, drifts
from projects.compose.identity import service_hash, service_hashes
from projects.compose.loader import load
from projects.compose.model import Application, BindOptions, Mount
from projects.compose.payloads import joined_namespaces
from projects.compose.replica import Replica
from projects.compose.state import ObservedContainer

FILE = "services:\n  web: {image: web}\n  side: {image: side, network_mode: 'service:web'}\n  db: {image: db}\n"


def read_file(path: str) -> bytes:
    if path != "/p/compose.yaml":
        raise FileNotFoundError(2, "No such file or directory", path)
    return FILE.encode()


def application() -> Application:
    return load("/p", environment={}, read_file=read_file).application


def container(service: str, config_hash: str, **more: object) -> ObservedContainer:
    made = ObservedContainer(
        id=f"id-{service}", name=f"p-{service}-1", project="p", service=service, config_hash=config_hash
    )
    return replace(made, **more)  # type: ignore[arg-type]


def told(*containers: ObservedContainer) -> dict[str, Drift]:
    return {each.name: each.drift for each in drifts(application(), containers)}


def test_a_service_is_as_it_was_brought_up_while_its_hash_is_the_label() -> None:
    web = service_hash(application().services["web"])
    assert told(container("web", web)) == {"web": Drift.SAME, "side": Drift.NOT_CREATED, "db": Drift.NOT_CREATED}


def test_one_container_that_differs_is_enough() -> None:
    web = service_hash(application().services["web"])
    second = container("web", "0" * 64, number=2, name="p-web-2")
    assert told(container("web", web), second)["web"] is Drift.CHANGED


def test_a_service_that_the_files_have_lost_is_told() -> None:
    assert told(container("old", "0" * 64))["old"] is Drift.NOT_IN_FILES


def test_one_off_containers_and_strangers_do_not_count() -> None:
    assert told(container("db", "0" * 64, oneoff=True), container("old", ""))["db"] is Drift.NOT_CREATED


def test_a_service_that_joins_another_is_compared_with_that_ones_container() -> None:
    side = application().services["side"]
    replica = Replica(
        service=side,
        image="side",
        number=1,
        name="p-side-1",
        containers={"web": ["p-web-1"]},
        ids={"p-web-1": "id-web"},
    )
    label = service_hash(joined_namespaces(replica))
    assert told(container("web", "0" * 64), container("side", label))["side"] is Drift.SAME
    assert told(container("web", "0" * 64, id="newer"), container("side", label))["side"] is Drift.CHANGED


def test_a_container_of_compose_2_is_as_the_files_say() -> None:
    mount = Mount(type="bind", source="/a", target="/b", bind=BindOptions(create_host_path=True))
    files = application()
    web = replace(files.services["web"], volumes=(mount,))
    files = replace(files, services={"web": web})
    [v2] = service_hashes(web) - {service_hash(web)}
    assert [each.drift for each in drifts(files, [container("web", v2)])] == [Drift.SAME]
    assert [each.drift for each in drifts(files, [container("web", "0" * 64)])] == [Drift.CHANGED]


def test_the_hash_is_the_one_that_config_prints() -> None:
    [web] = [each for each in drifts(application(), []) if each.name == "web"]
    assert web.config_hash == service_hash(application().services["web"])
