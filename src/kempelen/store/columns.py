"""What all tables are made of: their register, and the three kinds of columns there are."""

import sqlalchemy as sa

metadata = sa.MetaData()
# Everywhere in the order of code points, as SQLite has it, whatever the language of a server.
_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def key() -> sa.Column[int]:
    """The key `n` of a row, in order of creation."""
    return sa.Column("n", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True)


def text(name: str, *, nullable: bool = False, is_key: bool = False) -> sa.Column[str]:
    """A text."""
    return sa.Column(name, _TEXT, nullable=nullable, primary_key=is_key)


def number(name: str, *, nullable: bool = False, default: int | None = None) -> sa.Column[int]:
    """An integer: a count, an amount, a time in microseconds, or 0 and 1 for no and yes."""
    server_default = None if default is None else sa.text(str(default))
    return sa.Column(name, sa.BigInteger, nullable=nullable, server_default=server_default)


def partial_index(
    name: str, *columns: str | sa.TextClause, where: str, unique: bool = False
) -> sa.Index:
    """An index of the rows for which a condition holds, on every engine.

    The condition is kept as SQLite's, whose words are loaded anyway; `schema` hands it on.
    """
    return sa.Index(name, *columns, unique=unique, sqlite_where=sa.text(where))
