"""What `DockerEngine` does to containers as a whole: from create to remove."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from projects.compose.engine_answers import container_from_list
from projects.compose.errors import PortTaken
from projects.compose.state import ObservedContainer
from projects.services import refusals
from projects.services.engine_calls import ASK_TIMEOUT, EngineCalls, translated
from projects.services.transport import CONNECT_TIMEOUT


class ContainerCalls(EngineCalls):
    """The part of `DockerEngine` that changes containers; what each call does is said in `contract`."""

    @translated
    def create_container(self, name: str, body: Mapping[str, Any], platform: str = "") -> str:
        parameters = {"name": name} | ({"platform": platform} if platform else {})
        return str(self._post("/containers/create", body, parameters)["Id"])

    @translated
    def running(self) -> tuple[ObservedContainer, ...]:
        return tuple(container_from_list(item) for item in self._ask.containers())

    def start(self, container: str) -> None:
        try:
            self._start(container)
        except PortTaken as error:
            raise self._with_owner(error) from error

    @translated
    def _start(self, container: str) -> None:
        self._act.start(container)

    def _with_owner(self, error: PortTaken) -> PortTaken:
        port = int(str(error.message.params["port"]))
        running = self.running()
        return refusals.port_taken(port, next((c for c in running if port in {p.published for p in c.ports}), None))

    @translated
    def stop(self, container: str, timeout: int | None = None) -> None:
        self._end(container, "stop", timeout)

    @translated
    def restart(self, container: str, timeout: int | None = None) -> None:
        self._end(container, "restart", timeout)

    def _end(self, container: str, verb: str, timeout: int | None) -> None:
        # Without `t` the engine takes the container's own StopTimeout, which has no bound.
        url = self._act._url("/containers/{0}/" + verb, container)
        parameters = {} if timeout is None else {"t": timeout}
        wait = None if timeout is None or timeout < 0 else ASK_TIMEOUT + timeout
        response = self._act._post(url, params=parameters, timeout=(CONNECT_TIMEOUT, wait))
        self._act._raise_for_status(response)

    @translated
    def kill(self, container: str, signal: str = "SIGKILL") -> None:
        self._act.kill(container, signal)

    @translated
    def pause(self, container: str) -> None:
        self._act.pause(container)

    @translated
    def unpause(self, container: str) -> None:
        self._act.unpause(container)

    @translated
    def rename(self, container: str, name: str) -> None:
        self._act.rename(container, name)

    @translated
    def remove_container(self, container: str, *, v: bool = False, force: bool = False) -> None:
        self._act.remove_container(container, v=v, force=force)
