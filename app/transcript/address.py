"""Makes the address of a transcript's page, opened at the words from one second to another."""

from __future__ import annotations

from math import ceil, floor
from urllib.parse import quote

# The id of the first cited line in the page.
CITED = "cited"


def reading_address(slug: str, start: float, end: float) -> str:
    """The address below the server's own: `episodes/SLUG?from=12.3&to=45.6#cited`.

    Seconds have one decimal and are rounded inwards, so that the range does not touch the lines beside it.
    """
    begin = ceil(start * 10) / 10
    until = max(begin, floor(end * 10) / 10)
    return f"episodes/{quote(slug, safe='')}?from={begin:g}&to={until:g}#{CITED}"
