"""What the parts of `DockerEngine` share: clients, connections of our own, failures made `EngineError`s."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar, Concatenate, ParamSpec, TypeVar

import requests

from projects.compose.errors import EngineError
from projects.services import refusals
from projects.services.streams import Messages
from projects.services.transport import Transport

ASK_TIMEOUT = 60  # seconds without a byte of the answer to a question
ACT_TIMEOUT = 900  # the same for a change: a create copies volumes, a remove deletes them

C = TypeVar("C", bound="EngineCalls")
P = ParamSpec("P")
T = TypeVar("T")


def translated(method: Callable[Concatenate[C, P], T]) -> Callable[Concatenate[C, P], T]:
    """Make a method raise `EngineError`s instead of the SDK's exceptions."""

    @functools.wraps(method)
    def call(self: C, /, *args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return method(self, *args, **kwargs)
        except self.failures as error:
            raise self.translate(error) from error

    return call


class EngineCalls:
    """What `DockerEngine` and its parts have: `_ask` is the client for questions, `_act` the one for changes.

    `failures` are the exceptions that a call may end in; `engine` adds the SDK's own.
    """

    failures: ClassVar[tuple[type[Exception], ...]] = (requests.RequestException, OSError)
    address: str
    _ask: Any
    _act: Any
    _transport: Transport

    def translate(self, error: Exception) -> EngineError:
        """Return the `EngineError` for an exception of the SDK or of the connection."""
        if isinstance(error, requests.RequestException) and error.response is not None:
            return refusals.refused(error.response.status_code, str(getattr(error, "explanation", None) or error))
        return refusals.unavailable(error, self.address)

    def _post(self, path: str, body: Mapping[str, Any], parameters: Mapping[str, Any] | None = None) -> Any:
        response = self._act._post_json(self._act._url(path), data=dict(body), params=parameters)
        return self._act._result(response, True)

    def _messages(
        self,
        method: str,
        path: str,
        parameters: Mapping[str, Any],
        *,
        headers: Mapping[str, str] | None = None,
        body: Iterable[bytes] | None = None,
        refused: Callable[[int, str], EngineError] = refusals.refused,
        patience: float | None = None,
        silent: EngineError | None = None,
    ) -> Messages:
        """Return a stream that has not begun; after `patience` seconds of silence it ends in the error `silent`."""

        def broken(error: Exception) -> EngineError:
            return silent if silent and isinstance(error, TimeoutError) else refusals.unavailable(error, self.address)

        exchange = self._transport.exchange(
            method, path, parameters, headers=headers, body=body, refused=refused, patience=patience
        )
        return Messages(exchange, broken=broken)


def seconds(time: float | None) -> str:
    """Return a Unix time as the Engine API takes it; empty for None."""
    return "" if time is None else f"{time:.9f}"
