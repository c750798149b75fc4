"""How Alembic reaches the store: the connection and its transaction are the caller's (``store_schema.migrate``)."""

from alembic import context

from slalom.storage.schema import VERSION_TABLE
from slalom.storage.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table=VERSION_TABLE,
    render_as_batch=True,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
