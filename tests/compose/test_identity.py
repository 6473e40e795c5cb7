"""Names, labels and hashes by which Docker Compose recognises its own."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256
from typing import Any

import pytest

from projects.compose import identity
from projects.compose.model import (
    Application,
    BindOptions,
    Build,
    Config,
    Dependency,
    Deploy,
    Ipam,
    IpamPool,
    Mount,
    Network,
    Secret,
    Service,
    Ulimit,
    Volume,
    VolumeOptions,
)
from projects.compose.units import Bytes, Duration, FileMode


@pytest.mark.parametrize("name", ["a", "0", "my_app-1", "a" * 60])
def test_a_normal_project_name_is_accepted(name: str) -> None:
    assert identity.project_name_problem(name) is None


@pytest.mark.parametrize("name", ["", "A", "_a", "-a", "a.b", "a b", "é", "a\n"])
def test_any_other_project_name_is_refused_in_a_sentence(name: str) -> None:
    assert identity.project_name_problem(name) is not None


def test_a_refused_name_comes_with_one_that_would_do() -> None:
    assert "For example: my_app" in str(identity.project_name_problem("My_App"))


@pytest.mark.parametrize(
    ("name", "normal"), [("My App", "myapp"), ("_x", "x"), ("-1_a-", "1_a-"), ("...", ""), ("É", ""), ("A.B", "ab")]
)
def test_a_name_is_derived_from_a_directory(name: str, normal: str) -> None:
    assert identity.normalize_project_name(name) == normal


def test_containers_and_images_are_named_after_project_and_service() -> None:
    service, demo = Service(name="web"), Application(name="demo", working_dir="/demo")
    assert identity.container_name(demo, service, 2) == "demo-web-2"
    assert identity.container_name(demo, replace(service, container_name="mine"), 1) == "mine"
    assert identity.image_name(demo, service) == "demo-web"
    assert identity.image_name(demo, replace(service, image="nginx")) == "nginx"


@pytest.mark.parametrize(("value", "name"), [("1", "demo_web_2"), ("TRUE", "demo_web_2"), ("yes", "demo-web-2")])
def test_compatibility_joins_names_as_compose_1_did(value: str, name: str) -> None:
    demo = Application(name="demo", working_dir="/demo", environment={"COMPOSE_COMPATIBILITY": value})
    assert identity.container_name(demo, Service(name="web"), 2) == name


@pytest.mark.parametrize(
    "change",
    [
        {"build": Build(context="/x")},
        {"depends_on": {"db": Dependency(condition="service_started")}},
        {"profiles": ("a",)},
        {"pull_policy": "always"},
        {"scale": 3},
        {"name": "other"},
        {"extensions": {"x-a": 1}},
    ],
)
def test_what_does_not_change_a_container_does_not_change_its_hash(change: dict[str, Any]) -> None:
    service = Service(name="web", image="nginx")
    assert identity.service_hash(replace(service, **change)) == identity.service_hash(service)


@pytest.mark.parametrize(
    "change",
    [
        {"image": "other"},
        {"command": ()},
        {"init": False},
        {"labels": {"a": "b"}},
        {"mem_limit": Bytes(1)},
        {"deploy": Deploy()},
        {"stop_grace_period": Duration(0)},
        {"ulimits": {"nofile": Ulimit(single=5)}},
    ],
)
def test_what_changes_a_container_changes_its_hash(change: dict[str, Any]) -> None:
    service = Service(name="web", image="nginx")
    assert identity.service_hash(replace(service, **change)) != identity.service_hash(service)


def test_replicas_do_not_change_the_hash_but_deploy_does() -> None:
    service = Service(name="web", image="nginx", deploy=Deploy(replicas=2))
    assert identity.service_hash(service) == identity.service_hash(replace(service, deploy=Deploy(replicas=5)))


def test_json_is_written_byte_for_byte_as_go_writes_it() -> None:
    service = Service(
        name="web",
        image="a<b>&\u2028é",
        cpus=0.35,
        mem_limit=Bytes(1024),
        init=False,
        stop_grace_period=Duration(90_000_000_000),
        environment={"b": None, "a": "1"},
        extra_hosts={"h": ("2", "1")},
    )
    assert identity.go_json(identity.as_json(service)) == (
        '{"cpus":0.35,"command":null,"entrypoint":null,"environment":{"a":"1","b":null},'
        '"extra_hosts":["h=1","h=2"],"image":"a\\u003cb\\u003e\\u0026\\u2028é","init":false,'
        '"mem_limit":"1024","stop_grace_period":"1m30s"}'
    )
    assert str(FileMode(0o440)) == "0440"


def test_a_volume_without_a_driver_has_the_hash_of_a_local_one() -> None:
    assert identity.volume_hash(Volume(name="a")) == identity.volume_hash(Volume(name="a", driver="local"))
    assert identity.network_hash(Network(name="a")) != identity.network_hash(Network(name="b"))


def _sha256(json: str) -> str:
    return sha256(json.encode()).hexdigest()


@pytest.mark.parametrize(
    ("bind", "v2", "v5"),
    [
        (BindOptions(create_host_path=True), '{"create_host_path":true}', "{}"),
        (BindOptions(create_host_path=False), "{}", '{"create_host_path":false}'),
        (BindOptions(), "{}", "{}"),
        (
            BindOptions(selinux="z", propagation="rslave", create_host_path=True, recursive="disabled"),
            '{"selinux":"z","propagation":"rslave","create_host_path":true,"recursive":"disabled"}',
            '{"selinux":"z","propagation":"rslave","recursive":"disabled"}',
        ),
    ],
)
def test_a_container_of_either_compose_is_up_to_date(bind: BindOptions, v2: str, v5: str) -> None:
    mounts = (
        Mount(type="bind", source="/a", target="/b", bind=bind),
        Mount(type="volume", source="data", target="/data", volume=VolumeOptions()),
    )
    text = (
        '{"command":null,"entrypoint":null,"image":"nginx","volumes":[{"type":"bind","source":"/a","target":"/b",'
        '"bind":%s},{"type":"volume","source":"data","target":"/data","volume":{}}]}'
    )
    service = Service(name="web", image="nginx", volumes=mounts)
    assert identity.service_hash(service) == _sha256(text % v5)
    assert identity.service_hashes(service) == {_sha256(text % v5), _sha256(text % v2)}


def test_a_service_without_bind_mounts_has_one_hash() -> None:
    service = Service(name="web", image="nginx")
    assert identity.service_hashes(service) == {identity.service_hash(service)}


def test_contents_of_secrets_never_show() -> None:
    secret = Secret(name="s", environment="TOKEN", content="hidden-word")
    config = Config(name="c", content="hidden-word")
    assert "hidden-word" not in repr(secret) + repr(config) + identity.go_json(identity.as_json(secret))


def test_hashes_of_networks_and_volumes_are_those_that_compose_left_on_the_engine() -> None:
    network = Network(
        name="anethash_n",
        driver="bridge",
        driver_opts={"com.docker.network.bridge.name": "anet0"},
        labels={"x": "y"},
        enable_ipv6=False,
        internal=True,
        ipam=Ipam(config=(IpamPool(subnet="10.213.0.0/24"),)),
    )
    assert identity.network_hash(network) == "eba48e9edf5cbfb33e4b6d24d152f3bc1d5262f8b8d1f5ab0bfe4005eecfee2b"
    default = Network(name="anethash_default")
    assert identity.network_hash(default) == "8a2be36e50c1c73a71d7819aa2911e6436968d7fb8f2aeb98171b7b72808b00e"
    volume = Volume(name="anethash_vv")
    assert identity.volume_hash(volume) == "9799e927f43338c4a0cbc76861b25487f5828e6460171144e557542301d52c02"
    labelled = Volume(name="anethash_ww", labels={"a": "b"})
    assert identity.volume_hash(labelled) == "3b90ea1d549670d7f86871c558deb0e9891d7661e8b1333b015008bbdabd8675"
