"""Full names of images: the answers are those of ``docker-compose config --lock-image-digests``."""

from __future__ import annotations

import pytest

from projects.compose.errors import ComposeFileError
from projects.compose.image_reference import full_name

LONG = "a" * 64


@pytest.mark.parametrize(
    ("image", "name"),
    [
        ("alpine", "docker.io/library/alpine:latest"),
        ("alpine:3", "docker.io/library/alpine:3"),
        ("a/b", "docker.io/a/b:latest"),
        ("index.docker.io/a", "docker.io/library/a:latest"),
        ("docker.io/a/b:1", "docker.io/a/b:1"),
        ("localhost/a", "localhost/a:latest"),
        ("Reg/a", "Reg/a:latest"),
        ("reg.io:5000/a/b_c/d--e", "reg.io:5000/a/b_c/d--e:latest"),
        ("[::1]:5555/a", "[::1]:5555/a:latest"),
        (f"alpine@sha256:{LONG}", f"docker.io/library/alpine@sha256:{LONG}"),
        (f"127.0.0.1:5555/a:3.20@sha256:{LONG}", f"127.0.0.1:5555/a@sha256:{LONG}"),
    ],
)
def test_a_name_is_made_full(image: str, name: str) -> None:
    assert full_name(image) == name


@pytest.mark.parametrize(
    ("image", "reason"),
    [
        ("UP:x", "repository name (library/UP) must be lowercase"),
        ("x:${A:-B}", "invalid reference format"),
        ("a b", "invalid reference format"),
        ("", "invalid reference format"),
        ("x@sha256:aa", "invalid reference format"),
        ("x:" + "t" * 129, "invalid reference format"),
        ("b" * 256, "invalid reference format"),
        (f"x@sha256:{LONG[:32]}", "invalid checksum digest length"),
        (LONG, "cannot specify 64-byte hexadecimal strings"),
    ],
)
def test_what_is_no_name_is_refused(image: str, reason: str) -> None:
    with pytest.raises(ComposeFileError) as refused:
        full_name(image)
    assert reason in str(refused.value)
