"""A worker for tests: does HITs through the worker API of a running server."""

import hashlib
import http.client
import json
import threading
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

BASE = "/api/worker/v1"
TIMEOUT_SECONDS = 30
_GONE = (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError)


class WorkRefused(Exception):
    """The server refused what a worker wanted; `code` says why, `problem` is its whole answer."""

    def __init__(self, status: int, problem: Mapping[str, Any]) -> None:
        """Keep the HTTP status and the problem document."""
        self.status = status
        self.problem = problem
        self.code = str(problem.get("code", ""))
        super().__init__(f"{self.code}: {problem.get('detail', '')} (HTTP {status})")


class Worker:
    """An account that finds, accepts, does and returns HITs. Safe to share between threads.

    Answers map question ids, or the field names of a page, to a text or to a list of texts:

        alice = kempelen.add_worker("alice")
        alice.do(hit_id, {"label": "cat"})

    What the server refuses raises WorkRefused.
    """

    def __init__(self, url: str, *, worker_id: str, name: str, password: str, token: str) -> None:
        """Keep who it is; nothing is sent before the first call."""
        self.worker_id = worker_id
        self.name = name
        self.password = password
        self.token = token
        address = urlsplit(url)
        self._connection = http.client.HTTPConnection(
            address.hostname or "", address.port, timeout=TIMEOUT_SECONDS
        )
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        """Who it is, without its secrets."""
        return f"<Worker {self.worker_id} {self.name!r}>"

    def me(self) -> dict[str, Any]:
        """Its own profile: counts, limits, earnings."""
        return self.call("GET", "/me")

    def groups(self, **filters: str) -> list[dict[str, Any]]:
        """The groups of HITs it may see; `filters` are those of the API, such as search="cats"."""
        return self._all_pages("/hit-groups", filters)

    def assignments(self, *statuses: str) -> list[dict[str, Any]]:
        """Its own assignments, newest first: all, or those that are "assigned", "submitted"…"""
        return self._all_pages("/assignments", {"status": ",".join(statuses)} if statuses else {})

    def assignment(self, assignment_id: str) -> dict[str, Any]:
        """One of its assignments; with the task while it is assigned."""
        return self.call("GET", f"/assignments/{quote(assignment_id)}")

    def accept(self, hit_id: str | None = None, *, group_id: str | None = None) -> dict[str, Any]:
        """Accept a given HIT, or any of a group; returns the assignment with its task.

        alice.accept(hit_id)
        alice.accept(group_id=alice.groups()[0]["group_id"])
        """
        if (hit_id is None) == (group_id is None):
            message = "Name what to accept: either a hit_id or a group_id."
            raise TypeError(message)
        if hit_id is not None:
            accepted = self.call("POST", f"/hits/{quote(hit_id)}/accept", {})
        else:
            accepted = self.call("POST", f"/hit-groups/{quote(str(group_id))}/accept", {"count": 1})
        return self.assignment(accepted["assignments"][0]["assignment_id"])

    def submit(self, assignment_id: str, answers: Mapping[str, object]) -> dict[str, Any]:
        """Submit answers for an accepted HIT; returns the assignment as submitted."""
        body = {"answers": dict(answers)}
        submitted = self.call("POST", f"/assignments/{quote(assignment_id)}/submit", body)
        assignment: dict[str, Any] = submitted["assignment"]
        return assignment

    def upload(self, assignment_id: str, content: bytes, name: str = "file") -> str:
        """Send a file for an accepted HIT; returns what to give in its answers.

        file_id = alice.upload(assignment_id, Path("cat.png").read_bytes(), "cat.png")
        alice.submit(assignment_id, {"photo": {"file_id": file_id}})
        """
        boundary = "----kempelen-" + hashlib.sha256(content).hexdigest()
        quoted = name.replace("\\", "\\\\").replace('"', '\\"')
        head = (
            f"--{boundary}\r\n"
            f'Content-Disposition: form-data; name="file"; filename="{quoted}"\r\n'
            "Content-Type: application/octet-stream\r\n\r\n"
        )
        body = head.encode() + content + f"\r\n--{boundary}--\r\n".encode()
        path = f"/assignments/{quote(assignment_id)}/files"
        sent = self._call("POST", path, body, f"multipart/form-data; boundary={boundary}")
        file_id: str = sent["file_id"]
        return file_id

    def do(self, hit_id: str, answers: Mapping[str, object]) -> dict[str, Any]:
        """Accept a given HIT and submit answers at once; returns the assignment as submitted."""
        return self.submit(self.accept(hit_id)["assignment_id"], answers)

    def return_(self, assignment_id: str) -> dict[str, Any]:
        """Give an accepted HIT back; returns the assignment as returned."""
        return self.call("POST", f"/assignments/{quote(assignment_id)}/return", {})

    def call(
        self, method: str, path: str, body: Mapping[str, object] | None = None
    ) -> dict[str, Any]:
        """Call any path of the worker API, below its base; returns the JSON of the answer.

        alice.call("PATCH", "/me/preferences", {"auto_accept_next": True})
        """
        data = None if body is None else json.dumps(body).encode()
        return self._call(method, path, data, "application/json")

    def _call(
        self, method: str, path: str, data: bytes | None, content_type: str
    ) -> dict[str, Any]:
        headers = {"authorization": f"Bearer {self.token}", "accept": "application/json"}
        if data is not None:
            headers["content-type"] = content_type
        with self._lock:
            status, text = self._exchange(method, BASE + path, data, headers)
        answer: dict[str, Any] = json.loads(text) if text else {}
        if status >= HTTPStatus.BAD_REQUEST:
            raise WorkRefused(status, answer)
        return answer

    def close(self) -> None:
        """Close the connection; the next call opens another."""
        with self._lock:
            self._connection.close()

    def _all_pages(self, path: str, filters: Mapping[str, str]) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = []
        cursor: dict[str, str] = {}
        while True:
            page = self.call("GET", f"{path}?{urlencode({'limit': 100, **filters, **cursor})}")
            items += page["items"]
            if page["next_cursor"] is None:
                return items
            cursor = {"cursor": page["next_cursor"]}

    def _exchange(
        self, method: str, path: str, data: bytes | None, headers: Mapping[str, str]
    ) -> tuple[int, bytes]:
        """Send and receive; once more on a new connection when the server closed an idle one."""
        was_open = self._connection.sock is not None
        try:
            return self._exchange_once(method, path, data, headers)
        except _GONE:
            self._connection.close()
            if not was_open:
                raise
            return self._exchange_once(method, path, data, headers)

    def _exchange_once(
        self, method: str, path: str, data: bytes | None, headers: Mapping[str, str]
    ) -> tuple[int, bytes]:
        self._connection.request(method, path, data, dict(headers))
        response = self._connection.getresponse()
        return response.status, response.read()
