"""Likes and dislikes of answers, kept without any text."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import delete, select

from assistant.records.database import Database
from assistant.records.tables import feedback, put


class Feedback:
    """What visitors thought of answers."""

    def __init__(self, database: Database) -> None:
        """Take the database."""
        self._database = database

    def give(self, thread: str, answer: int, liked: bool) -> None:
        """Keep the latest opinion on one answer, counted from 0 within its conversation."""
        row = {"thread": thread, "answer": answer, "liked": liked, "given_at": datetime.now(UTC)}
        with self._database.writing() as connection:
            put(connection, feedback, row)

    def of(self, thread: str) -> dict[int, bool]:
        """The opinions on a conversation's answers."""
        wanted = select(feedback.c.answer, feedback.c.liked).where(feedback.c.thread == thread)
        with self._database.reading() as connection:
            return {answer: liked for answer, liked in connection.execute(wanted.order_by(feedback.c.answer))}

    def erase(self, thread: str) -> None:
        """Forget a conversation."""
        with self._database.writing() as connection:
            connection.execute(delete(feedback).where(feedback.c.thread == thread))
