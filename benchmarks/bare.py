"""A bare ASGI application with an answer of the size of GetHIT's: the floor to compare with."""

from typing import Any

BODY = b'{"HIT":{"HITId":"' + b"3" * 30 + b'","Question":"' + b"x" * 1900 + b'"}}'
HEADERS = [
    (b"content-type", b"application/x-amz-json-1.1"),
    (b"content-length", str(len(BODY)).encode()),
    (b"x-amzn-requestid", b"00000000-0000-4000-a000-000000000000"),
]
START = {"type": "http.response.start", "status": 200, "headers": HEADERS}
ANSWER = {"type": "http.response.body", "body": BODY}


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Read the whole body, answer always the same."""
    if scope["type"] != "http":
        return
    while (await receive()).get("more_body"):
        pass
    await send(START)
    await send(ANSWER)
