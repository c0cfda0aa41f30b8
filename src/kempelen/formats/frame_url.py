"""The address of a task frame: the four parameters that Mechanical Turk appends to it.

Not a check of the address: that happens when the question is created.
"""

from urllib.parse import quote

ASSIGNMENT_ID_NOT_AVAILABLE = "ASSIGNMENT_ID_NOT_AVAILABLE"


def with_parameters(
    url: str,
    assignment_id: str | None,
    hit_id: str,
    submit_origin: str,
    worker_id: str | None,
) -> str:
    """The address with its parameters, in the order that requesters' pages have always seen.

    Without an assignment it is a preview. Parameters of the same names that the address has
    already stay where they are, before ours; a fragment stays last.
    """
    parameters = [
        ("assignmentId", assignment_id or ASSIGNMENT_ID_NOT_AVAILABLE),
        ("hitId", hit_id),
        ("turkSubmitTo", submit_origin.rstrip("/")),
    ]
    if worker_id is not None:
        parameters.append(("workerId", worker_id))
    added = "&".join(f"{name}={quote(value, safe='')}" for name, value in parameters)
    address, hash_sign, fragment = url.partition("#")
    if "?" not in address:
        separator = "?"
    elif address.endswith("?"):
        separator = ""
    else:
        separator = "&"
    return f"{address}{separator}{added}{hash_sign}{fragment}"
