"""Templates to pages: one environment for every screen, escaping by default."""

from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined


@cache
def environment() -> Environment:
    """The templates of all screens; what they print is escaped."""
    return Environment(
        loader=PackageLoader("kempelen.edges.web", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def text(template: str, **context: object) -> str:
    """A template filled in."""
    return environment().get_template(template).render(**context)
