"""Templates to pages: one environment for every screen, escaping by default."""

from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined

from kempelen.edges.web import assets, question_form, targets, texts


@cache
def environment() -> Environment:
    """The templates of all screens; what they print is escaped."""
    made = Environment(
        loader=PackageLoader("kempelen.edges.web", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(
        ago=texts.ago,
        cannot_request=texts.cannot_request,
        changed=texts.changed,
        clock_time=texts.clock_time,
        counted=texts.counted,
        duration=texts.duration,
        moment=texts.moment,
        money=texts.money,
        pattern_list=question_form.pattern_list,
        reasons=texts.reasons,
        requirement=texts.requirement,
        type_name=texts.type_name,
        ways_in=texts.ways_in,
    )
    made.globals.update(asset=assets.url, work_url=targets.work)
    return made


def text(template: str, **context: object) -> str:
    """A template filled in."""
    return environment().get_template(template).render(**context)
