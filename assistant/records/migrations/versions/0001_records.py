"""The records, sealed.

What earlier versions kept unsealed and unasked, conversations and plans, is deleted; accounts of clinicians go on.
"""

from alembic import op
from sqlalchemy import inspect, text

from assistant.records.tables import metadata

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

UNSEALED = ("plans", "feedback", "checkpoints", "writes", "clinicians")


def upgrade() -> None:
    """Make every table."""
    connection = op.get_bind()
    before = set(inspect(connection).get_table_names())
    metadata.create_all(connection)
    if "clinicians" in before:
        connection.execute(
            text("INSERT INTO staff (name, role, hash, failures) SELECT name, 'clinician', hash, 0 FROM clinicians")
        )
    for table in UNSEALED:
        if table in before:
            op.drop_table(table)


def downgrade() -> None:
    """There is no way back to records that are not sealed."""
    raise NotImplementedError("records cannot be unsealed; restore a copy of the database from before the update")
