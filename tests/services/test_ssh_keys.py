"""The agent of one key: it lists the key, signs with it, and does nothing else."""

from __future__ import annotations

import base64
import struct
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from projects.compose.errors import BuildFailed
from projects.services.ssh_keys import KeyAgent, read_key

RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
ED25519 = ed25519.Ed25519PrivateKey.generate()
P256, P384, P521 = map(ec.generate_private_key, (ec.SECP256R1(), ec.SECP384R1(), ec.SECP521R1()))
LIST = b"\0\0\0\1\x0b"
DATA = b"what the server asks to be signed"


def written(
    key: Any, form: PrivateFormat = PrivateFormat.OpenSSH, lock: KeySerializationEncryption | None = None
) -> bytes:
    return key.private_bytes(Encoding.PEM, form, lock or NoEncryption())  # type: ignore[no-any-return]


def blob(key: Any) -> bytes:
    return base64.b64decode(key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).split()[1])


def string(data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + data


def cut(data: bytes) -> tuple[bytes, bytes]:
    length = int.from_bytes(data[:4], "big")
    return data[4 : 4 + length], data[4 + length :]


def sign_request(key: Any, flags: int = 0) -> bytes:
    return string(b"\x0d" + string(blob(key)) + string(DATA) + struct.pack(">I", flags))


def signature(key: Any, flags: int = 0) -> tuple[str, bytes]:
    [answer], rest = KeyAgent(key).answers(sign_request(key, flags))
    assert rest == b""
    message, _ = cut(answer)
    assert message[0] == 14
    algorithm, rest = cut(cut(message[1:])[0])
    return algorithm.decode(), cut(rest)[0]


@pytest.mark.parametrize("key", [RSA, ED25519, P256])
@pytest.mark.parametrize("form", [PrivateFormat.OpenSSH, PrivateFormat.PKCS8])
def test_a_key_of_any_format_is_listed(key: Any, form: PrivateFormat, tmp_path: Path) -> None:
    path = tmp_path / "钥匙"
    path.write_bytes(written(key, form))
    [answer], rest = read_key(path).answers(LIST)
    assert (answer, rest) == (string(b"\x0c\0\0\0\1" + string(blob(key)) + string(b"")), b"")


@pytest.mark.parametrize(
    ("flags", "name", "digest"),
    [(0, "ssh-rsa", hashes.SHA1()), (2, "rsa-sha2-256", hashes.SHA256()), (4, "rsa-sha2-512", hashes.SHA512())],
)
def test_rsa_signs_as_it_is_asked_to(flags: int, name: str, digest: hashes.HashAlgorithm) -> None:
    algorithm, made = signature(RSA, flags)
    assert algorithm == name
    RSA.public_key().verify(made, DATA, padding.PKCS1v15(), digest)
    with pytest.raises(InvalidSignature):
        RSA.public_key().verify(made, DATA + b".", padding.PKCS1v15(), digest)


def test_ed25519_signs() -> None:
    algorithm, made = signature(ED25519)
    assert algorithm == "ssh-ed25519"
    ED25519.public_key().verify(made, DATA)


@pytest.mark.parametrize(("key", "digest"), [(P256, hashes.SHA256()), (P384, hashes.SHA384()), (P521, hashes.SHA512())])
def test_elliptic_curves_sign(key: ec.EllipticCurvePrivateKey, digest: hashes.HashAlgorithm) -> None:
    algorithm, made = signature(key)
    assert algorithm == f"ecdsa-sha2-nistp{key.key_size}"
    numbers = [int.from_bytes(part, "big", signed=True) for part in (cut(made)[0], cut(cut(made)[1])[0])]
    key.public_key().verify(encode_dss_signature(*numbers), DATA, ec.ECDSA(digest))


def test_requests_come_in_pieces_and_together() -> None:
    agent = KeyAgent(ED25519)
    assert agent.answers(LIST[:3]) == ([], LIST[:3])
    answers, rest = agent.answers(LIST + LIST + b"\0")
    assert (len(answers), rest) == (2, b"\0")


@pytest.mark.parametrize(
    "request_",
    [string(b""), string(b"\x11" + string(b"x")), string(b"\x0d"), string(b"\x0d\xff\xff"), sign_request(RSA)],
    ids=["nothing", "add a key", "cut short", "a length without data", "another key"],
)
def test_everything_else_is_declined(request_: bytes) -> None:
    assert KeyAgent(ED25519).answers(request_) == ([string(b"\x05")], b"")


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (None, "No such file or directory"),
        (b"", "it is not a private key"),
        (b"-----BEGIN OPENSSH PRIVATE KEY-----\n\xff\n", "it is not a private key"),
        (blob(RSA), "it is not a private key"),
        (written(dsa.generate_private_key(1024), PrivateFormat.PKCS8), "it is not a private key"),
        (written(ED25519, PrivateFormat.PKCS8, BestAvailableEncryption(b"x")), "it is protected by a passphrase"),
    ],
)
def test_what_cannot_be_used_is_told(content: bytes | None, why: str, tmp_path: Path) -> None:
    path = tmp_path / "key"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(BuildFailed) as told:
        read_key(path)
    assert str(told.value).startswith(f'The SSH key "{path}" of the build cannot be used ({why}')
