"""An SSH agent of one key from a file, for builds that name the file: it lists the key and signs with it, no more.

Messages: draft-ietf-sshm-ssh-agent; keys and signatures: RFC 4253, 5656, 8332, 8709.
"""

from __future__ import annotations

import base64
import struct
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
    load_ssh_private_key,
)

from projects.compose.errors import BuildFailed
from projects.compose.messages import Message

FAILURE, REQUEST_IDENTITIES, IDENTITIES_ANSWER, SIGN_REQUEST, SIGN_RESPONSE = 5, 11, 12, 13, 14
RSA_SHA2_256, RSA_SHA2_512 = 2, 4  # flags of a SIGN_REQUEST
LARGEST_KEY: Final = 100 * 1024
LARGEST_REQUEST: Final = 256 * 1024
CURVES: Final[Mapping[str, hashes.HashAlgorithm]] = {
    "nistp256": hashes.SHA256(),
    "nistp384": hashes.SHA384(),
    "nistp521": hashes.SHA512(),
}


class KeyAgent:
    """Answers the requests of one connection after the other with one key that it holds in memory."""

    def __init__(self, key: Any) -> None:
        self._key = key
        written = key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).split()
        self._algorithm, self._blob = written[0].decode(), base64.b64decode(written[1])

    def answers(self, received: bytes) -> tuple[list[bytes], bytes]:
        """Return the answers to the requests that are whole, framed, and what came of the next one."""
        found = []
        while len(received) >= 4 and len(received) >= 4 + (length := int.from_bytes(received[:4], "big")):
            found.append(_string(self._answer(received[4 : 4 + length])))
            received = received[4 + length :]
        return found, received

    def _answer(self, request: bytes) -> bytes:
        if request[:1] == bytes([REQUEST_IDENTITIES]):
            return bytes([IDENTITIES_ANSWER]) + struct.pack(">I", 1) + _string(self._blob) + _string(b"")
        try:
            blob, data, flags = _sign_request(request)
        except (ValueError, struct.error):
            return bytes([FAILURE])
        return (
            bytes([SIGN_RESPONSE]) + _string(self._signature(data, flags)) if blob == self._blob else bytes([FAILURE])
        )

    def _signature(self, data: bytes, flags: int) -> bytes:
        algorithm, sign = self._algorithm, self._signer(flags)
        if isinstance(self._key, rsa.RSAPrivateKey):
            algorithm = {RSA_SHA2_256: "rsa-sha2-256", RSA_SHA2_512: "rsa-sha2-512"}.get(flags, algorithm)
        return _string(algorithm.encode()) + _string(sign(data))

    def _signer(self, flags: int) -> Callable[[bytes], bytes]:
        key = self._key
        if isinstance(key, rsa.RSAPrivateKey):
            digests = {RSA_SHA2_256: hashes.SHA256(), RSA_SHA2_512: hashes.SHA512()}
            chosen = digests.get(flags, hashes.SHA1())  # which "ssh-rsa" means
            return lambda data: key.sign(data, padding.PKCS1v15(), chosen)
        if isinstance(key, ec.EllipticCurvePrivateKey):
            digest = CURVES[self._algorithm.rpartition("-")[2]]
            return lambda data: b"".join(map(_mpint, decode_dss_signature(key.sign(data, ec.ECDSA(digest)))))
        return key.sign  # type: ignore[no-any-return]


def read_key(path: Path) -> KeyAgent:
    """Return an agent of the private key in a file; raises `BuildFailed` where there is none that can be used."""
    try:
        with path.open("rb") as file:
            text = file.read(LARGEST_KEY)
        key = (load_ssh_private_key if b"OPENSSH PRIVATE KEY" in text else load_pem_private_key)(text, None)
    except OSError as error:
        raise _unusable(path, error.strerror or str(error)) from error
    except TypeError as error:
        raise _unusable(path, Message("it is protected by a passphrase: add it to an agent (ssh-add)")) from error
    except (ValueError, UnsupportedAlgorithm) as error:
        raise _unusable(path, Message("it is not a private key")) from error
    if not isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey):
        raise _unusable(path, Message("it is not a private key"))
    return KeyAgent(key)


def _unusable(path: Path, reason: str | Message) -> BuildFailed:
    return BuildFailed(
        Message(
            'The SSH key "%(path)s" of the build cannot be used (%(reason)s). Name a private key or the socket of an '
            'agent in "build: ssh" of the Compose file.',
            path=str(path),
            reason=reason,
        )
    )


def _sign_request(request: bytes) -> tuple[bytes, bytes, int]:
    """Return the key, the data and the flags; raises ValueError or `struct.error` for any other request."""
    if request[:1] != bytes([SIGN_REQUEST]):
        raise ValueError
    blob, rest = _cut(request[1:])
    data, rest = _cut(rest)
    return blob, data, struct.unpack(">I", rest)[0]


def _cut(data: bytes) -> tuple[bytes, bytes]:
    length = struct.unpack_from(">I", data)[0]
    return data[4 : 4 + length], data[4 + length :]


def _string(data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + data


def _mpint(number: int) -> bytes:
    return _string(number.to_bytes(number.bit_length() // 8 + 1, "big"))
