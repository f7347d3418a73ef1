"""How the sandbox says no: a status, an error and its details, in the shapes seen elsewhere in the same API."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any, NamedTuple


class Issue(NamedTuple):
    """One thing wrong with a request, and where; never the value itself."""

    path: str
    message: str


class RequestRefusedError(Exception):
    """Ends a request with a 4xx answer; known only inside the sandbox."""

    def __init__(self, status: int, details: str | Sequence[Issue], headers: dict[str, str] | None = None) -> None:
        """Take a sentence, or the issues of a 422."""
        super().__init__(status)
        self.status = status
        self.details = details
        self.headers = headers

    @property
    def content(self) -> dict[str, Any]:
        """The answer's JSON: `error`, and `details` as a text or as a list of `path` and `message`."""
        details = self.details if isinstance(self.details, str) else [issue._asdict() for issue in self.details]
        return {"error": HTTPStatus(self.status).phrase, "details": details}
