"""The journal of an operation: everything that happened, in order, in the database; the only truth about it."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterable
from typing import Final

from django.db import DatabaseError, IntegrityError, close_old_connections, connection
from django.db.models import Max

from projects.compose.events import Event, Status, squash
from projects.compose.progress import Progress
from projects.models import OperationEvent
from projects.operations.bell import operation_group, ring

log = logging.getLogger(__name__)

BATCH_SECONDS: Final = 0.08
RETRY_SECONDS: Final = 1.0


class Journal:
    """The end of a journal that is written to: `append` from any thread, one thread writes batches.

    The first event after a pause is written at once, later ones every 80 ms. Where the database refuses (a full disk),
    what is to be written is kept and tried again every second. `lost` is set where another runner has taken over.
    """

    def __init__(self, operation_id: int) -> None:
        self.operation_id = operation_id
        self.lost = threading.Event()
        self._seq = last_seq(operation_id)
        self._waiting: list[Event] = []
        self._changed = threading.Condition()
        self._closed = False
        self._writer = threading.Thread(target=self._write_batches, name=f"journal-{operation_id}", daemon=True)
        self._writer.start()

    def append(self, event: Event) -> None:
        """Take in one event; returns at once."""
        with self._changed:
            self._waiting.append(event)
            self._changed.notify()

    def close(self) -> None:
        """Write what is left and wait until it is written, or until the journal is lost."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        self._writer.join()

    def _write_batches(self) -> None:
        try:
            while batch := self._next_batch():
                while not self.lost.is_set() and not self._write(batch):
                    self.lost.wait(RETRY_SECONDS)
                ring(operation_group(self.operation_id))
                time.sleep(0 if self._closed else BATCH_SECONDS)
        finally:
            connection.close()

    def _next_batch(self) -> list[Event]:
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._closed)
            batch, self._waiting = self._waiting, []
        return batch

    def _write(self, batch: list[Event]) -> bool:
        events = squash(without_superseded(batch))
        rows = [
            OperationEvent(operation_id=self.operation_id, seq=self._seq + number, data=event.as_json())
            for number, event in enumerate(events, 1)
        ]
        try:
            OperationEvent.objects.bulk_create(rows)
        except IntegrityError:
            self.lost.set()
            return False
        except DatabaseError as error:
            log.warning("The journal of operation %s cannot be written: %s", self.operation_id, error)
            close_old_connections()
            return False
        self._seq += len(rows)
        return True


def without_superseded(batch: Iterable[Event]) -> list[Event]:
    """Leave out bytes and counts that a later event of the same batch states anew; output is never left out."""
    seen: set[tuple[str, str, str]] = set()
    kept: list[Event] = []
    for event in reversed(list(batch)):
        key = (event.id, event.status, event.text)
        if _only_bytes(event) and key in seen:
            continue
        seen.add(key)
        kept.append(event)
    return kept[::-1]


def _only_bytes(event: Event) -> bool:
    return event.current is not None and event.status is Status.WORKING and not event.output and event.message is None


def last_seq(operation_id: int) -> int:
    """Return the number of the newest entry, 0 where there is none."""
    found = OperationEvent.objects.filter(operation_id=operation_id).aggregate(last=Max("seq"))["last"]
    return int(found or 0)


def journal_after(operation_id: int, seq: int = 0) -> list[tuple[int, Event]]:
    """Return the entries after number `seq`, each with its number."""
    rows = OperationEvent.objects.filter(operation_id=operation_id, seq__gt=seq).values_list("seq", "data")
    return [(number, Event.from_json(data)) for number, data in rows.order_by("seq").iterator(chunk_size=2000)]


def progress_of(operation_id: int) -> Progress:
    """Return what the whole journal amounts to."""
    return Progress(event for _seq, event in journal_after(operation_id))
