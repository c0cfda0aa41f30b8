"""What all tables are made of: their register, and the three kinds of columns there are."""

import sqlalchemy as sa

metadata = sa.MetaData()


def key() -> sa.Column[int]:
    """The key `n` of a row, in order of creation."""
    return sa.Column("n", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True)


def text(name: str, *, nullable: bool = False) -> sa.Column[str]:
    """A text."""
    return sa.Column(name, sa.Text, nullable=nullable)


def number(name: str, *, nullable: bool = False, default: int | None = None) -> sa.Column[int]:
    """An integer: a count, an amount, a time in microseconds, or 0 and 1 for no and yes."""
    server_default = None if default is None else sa.text(str(default))
    return sa.Column(name, sa.BigInteger, nullable=nullable, server_default=server_default)
