"""The memory of conversations: sealed in the database where the patient agreed, in this process alone where not."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import BaseCheckpointSaver, Checkpoint, CheckpointMetadata, CheckpointTuple
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.checkpoint.serde.encrypted import EncryptedSerializer
from langgraph.checkpoint.sqlite import SqliteSaver

from assistant.records.database import Database, is_postgres, postgres_url
from assistant.settings import Settings

PASSING = 3600.0  # seconds without a message after which a conversation that is not kept is forgotten
CONNECTIONS = 8
Saver = BaseCheckpointSaver[Any]


class Passing:
    """Conversations that nobody agreed to keep: each in a memory of its own, for an hour after its last message."""

    def __init__(self) -> None:
        """Begin with none."""
        self._savers: dict[str, tuple[InMemorySaver, float]] = {}

    def saver(self, thread: str, serde: Any) -> InMemorySaver:
        """The memory of a conversation."""
        self._forget()
        saver, _ = self._savers.get(thread) or (InMemorySaver(serde=serde), 0.0)
        self._savers[thread] = (saver, time.monotonic())
        return saver

    def drop(self, thread: str) -> None:
        """Forget a conversation."""
        self._savers.pop(thread, None)

    def _forget(self) -> None:
        late = time.monotonic() - PASSING
        for thread in [thread for thread, (_, used) in list(self._savers.items()) if used < late]:
            self._savers.pop(thread, None)


class Memory(Saver):
    """LangGraph's checkpoints, kept where the patient of the conversation agreed."""

    def __init__(self, kept: Saver, is_kept: Callable[[str], bool]) -> None:
        """Take the memory in the database, and whether a conversation belongs there."""
        super().__init__(serde=kept.serde)
        self._kept, self._is_kept, self._passing = kept, is_kept, Passing()

    def with_allowlist(self, extra_allowlist: Collection[tuple[str, ...]]) -> Memory:
        """The same memory, which reads these types besides; LangGraph asks for it when it builds the agent."""
        other = Memory(self._kept.with_allowlist(extra_allowlist), self._is_kept)
        other._passing = self._passing
        return other

    def get_next_version(self, current: Any, channel: None) -> Any:
        """What comes after a version."""
        return self._kept.get_next_version(current, channel)

    def get_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        """The checkpoint that is asked for, or the last."""
        return self._of(config).get_tuple(config)

    def list(
        self,
        config: RunnableConfig | None,
        *,
        filter: dict[str, Any] | None = None,
        before: RunnableConfig | None = None,
        limit: int | None = None,
    ) -> Iterator[CheckpointTuple]:
        """The checkpoints of one conversation; there is no way to list those of all."""
        if config is not None:
            yield from self._of(config).list(config, filter=filter, before=before, limit=limit)

    def put(
        self, config: RunnableConfig, checkpoint: Checkpoint, metadata: CheckpointMetadata, new_versions: Any
    ) -> RunnableConfig:
        """Keep a checkpoint."""
        return self._of(config).put(config, checkpoint, metadata, new_versions)

    def put_writes(
        self, config: RunnableConfig, writes: Sequence[tuple[str, Any]], task_id: str, task_path: str = ""
    ) -> None:
        """Keep what a step of the agent wrote."""
        self._of(config).put_writes(config, writes, task_id, task_path)

    def delete_thread(self, thread_id: str) -> None:
        """Forget a conversation for good, wherever it is."""
        self._passing.drop(thread_id)
        self._kept.delete_thread(thread_id)

    def keep(self, thread: str) -> None:
        """Take a conversation that was passing into the database; its patient has just agreed."""
        self._move(thread, self._passing.saver(thread, self.serde), self._kept)
        self._passing.drop(thread)

    def release(self, thread: str) -> None:
        """Take a conversation out of the database; its patient has just withdrawn the consent."""
        self._move(thread, self._kept, self._passing.saver(thread, self.serde))
        self._kept.delete_thread(thread)

    def _move(self, thread: str, source: Saver, target: Saver) -> None:
        """The last checkpoint is the whole conversation, and what waits is in its writes."""
        place: RunnableConfig = {"configurable": {"thread_id": thread, "checkpoint_ns": ""}}
        last = source.get_tuple(place)
        if last is None:
            return
        now = target.put(place, last.checkpoint, last.metadata, last.checkpoint["channel_versions"])
        writes: dict[str, list[tuple[str, Any]]] = {}
        for task, channel, value in last.pending_writes or []:
            writes.setdefault(task, []).append((channel, value))
        for task, written in writes.items():
            target.put_writes(now, written, task)

    def _of(self, config: RunnableConfig) -> Saver:
        thread = str(config["configurable"]["thread_id"])
        return self._kept if self._is_kept(thread) else self._passing.saver(thread, self.serde)


def open_memory(settings: Settings, database: Database, is_kept: Callable[[str], bool]) -> Memory:
    """The memory in the database that the settings name, every checkpoint sealed."""
    serde = EncryptedSerializer(database.vault)
    if is_postgres(settings):
        return Memory(_in_postgres(postgres_url(settings), serde), is_kept)
    connection = sqlite3.connect(settings.database, check_same_thread=False, timeout=30)
    connection.execute("PRAGMA secure_delete = ON")  # what is erased is overwritten
    saver = SqliteSaver(connection, serde=serde)
    saver.setup()
    return Memory(saver, is_kept)


def _in_postgres(url: str, serde: EncryptedSerializer) -> Saver:
    from langgraph.checkpoint.postgres import PostgresSaver
    from psycopg.rows import dict_row
    from psycopg_pool import ConnectionPool

    options = {"autocommit": True, "prepare_threshold": 0, "row_factory": dict_row}
    pool: Any = ConnectionPool(url, min_size=1, max_size=CONNECTIONS, kwargs=options, open=True)
    saver = PostgresSaver(pool, serde=serde)
    saver.setup()
    return saver
