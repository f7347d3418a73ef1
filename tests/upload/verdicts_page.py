"""Writes docs/verdicts.md from the table that the sender itself uses.

    python tests/upload/verdicts_page.py

A test says when the page is out of date.
"""

from pathlib import Path

from importer.outcome import Method
from importer.upload.verdict import TABLE, Fate, Ruling

PAGE = Path(__file__).parents[2] / "docs" / "verdicts.md"
HEAD = """# What each answer means for a row

This page is written from the table that the program itself obeys (`importer/upload/verdict.py`); a test keeps the two
the same. A request falls on the first line that fits.

"No byte left" is known by the transport itself: it writes each request in one piece, and tells that it does so just
before. It is never learned from an exception's name: one and the same exception comes from a refused connection and
from one that was cut after the server had stored the contact.

| what came of the request | a create (POST) | an update (PUT) |
|---|---|---|
"""
TAIL = """
* **landed**: the row is `created` or `updated`. **refused**: it is `failed`, with the server's words in results.csv.
* **not acted on**: the server certainly did nothing. The row waits without an open intent, so that a kill meanwhile
  leaves no doubt about it, and is sent again: after `Retry-After`, or after a back-off with full jitter under a bound
  that doubles from 0.5 s to 30 s. While nothing is answered since, each further wait is at least half its bound, and
  comes on top of what the server asks for. A token renewed on a 401 that is refused before it was ever taken stops the
  run (4), whichever row it was.
* **unknown** to a create: it may stand in the target or not. The row ends `unknown` and no run sends it again, until
  `importer resolve` settles it or a row brings its id.
* **unknown** to an update is sent again, since the same update twice is the same contact: at most 5 requests in all,
  and only while the retry budget (a tenth of what was answered, the first 20 in advance) holds. After that the row
  ends `unknown` in this run; the next run sends it again.
* Redirects are never followed: the token and the customers never reach another host. Only the host is told.
  A redirect to the first create of a run stops it (4), and leaves that row `unsent`, since a server that redirects has
  acted on nothing. One that does store the contact and then answers 301, 302, 307 or 308 would be sent that one row
  again by the next run: before going on, look in the target for the row that results.csv names, and give the URL that
  answers itself (`--base-url`). If the contact is there, delete it, or give the row its id.
* One deadline of 30 s covers connecting, sending and the whole answer. Answers are read up to 256 KiB.
* **another contact**: the answer's contact and the row are compared by the first of these that both have: the
  contact's id (updates only), `external_id`, `email`, `document_number`. Case and blanks around never count; of emails
  nor do dots and labels (`+shop`) before the `@` and the ASCII form of an international domain, of document numbers
  nor do marks and a check digit. What the answer leaves blank, masks (`a***@x.com`) or gives as no text is not
  compared: a server that writes things its own way makes no row unknown.
* A **second answer** to one request is nobody's: its connection is closed and not used again. Where it comes in the
  very milliseconds in which the next request leaves, it can't be told from that one's, unless it names another contact.
* **an empty list, or an error**: `[]`, `{"data": []}`, or a filled `error` or `errors` without an id. Its 2xx makes
  nothing sure, so an update is sent again as after a 5xx. A 204, or a body with nothing in it, is no such answer: the
  update landed.
* 2xx means any of 200 to 299. An id is a text without characters that no path segment has.
* Temporary in the sense of "run again": refused connections, time-outs, 408, 429 and 5xx that last longer than
  `--max-wait` end the run with 7, and the same command goes on.
"""


def page() -> str:
    """Give the page as it should be."""
    lines = [
        f"| {seen.value} | {say(rulings[Method.CREATE])} | {say(rulings[Method.UPDATE])} |"
        for seen, rulings in TABLE.items()
    ]
    return HEAD + "\n".join(lines) + "\n" + TAIL


def say(ruling: Ruling) -> str:
    """Give one cell of the table in words."""
    fate = f"**{ruling.fate.value}**" if ruling.fate in (Fate.LANDED, Fate.UNKNOWN) else ruling.fate.value
    return f"{fate}; {ruling.then.value}"


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
