"""Measures how `app.verification.verifier` reads the frame around a claim: who says it, and with which attitude.

    python -m eval.fitting.verify_frames [--claims 6] [--each]

Each frame of eval/statements/frames.jsonl is put around a few facts of the suites that are supported as
"NAME says that X". A frame that denies X or leaves it open must not be supported; one that asserts X should
be. `seen` frames were known when `app.verification.frame` was written, `unseen` ones were not.

Needs the index of the real archive.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from app.compose import open_archive
from app.types import Verdict
from app.verification.verifier import Verifier
from eval.fitting.made.statements import made
from eval.jsonl import objects
from index.archive import ArchiveView
from ingest.settings import load_settings

FRAMES = Path(__file__).parents[1] / "statements" / "frames.jsonl"
KINDS = ("denial", "uncertain", "assertion")
SPLITS = ("seen", "unseen")
_TOLD = re.compile(r"(?P<name>.+?) says that (?P<claim>.+)\.")


@dataclass(frozen=True, slots=True)
class Frame:
    """A frame with `{name}` and `{claim}` (`{Claim}`: with a capital) to be filled in."""

    id: str
    frame: str
    kind: str
    split: str

    def around(self, name: str, claim: str) -> str:
        """The frame around a claim."""
        return self.frame.format(name=name, claim=claim, Claim=claim[0].upper() + claim[1:])


def frames() -> list[Frame]:
    """All frames."""
    return [Frame(**row) for row in objects(FRAMES)]


def claims(verifier: Verifier, archive: ArchiveView, most: int) -> Iterator[tuple[str, str]]:
    """Guest and claim of the first facts that are supported as the guest's words, one for each guest."""
    index = archive.index
    statements = made(None, index, lambda text: archive.search(text, k=12).passages)
    names: set[str] = set()
    for one in statements:
        told = _TOLD.fullmatch(one.text) if (one.source, one.kind) == ("told facts", "true") else None
        if not told or told["name"] in names or len(names) == most:
            continue
        if verifier.verify(one.text).verdict is Verdict.SUPPORTED:
            names.add(told["name"])
            yield told["name"], told["claim"]


def main(
    most: Annotated[int, typer.Option("--claims", min=1, help="How many claims each frame is put around.")] = 6,
    split: Annotated[str, typer.Option(help="`seen` or `unseen` alone.")] = "",
    each: Annotated[bool, typer.Option("--each", help="Print each frame with its count of supported.")] = False,
) -> None:
    """Verify all, and print how many of each kind come out supported."""
    archive = open_archive(load_settings())
    verifier = Verifier(archive)
    found = list(claims(verifier, archive.view(), most))
    supported: Counter[str] = Counter()
    asked = [frame for frame in frames() if split in ("", frame.split)]
    for frame in asked:
        supported[frame.id] = sum(
            verifier.verify(frame.around(name, claim)).verdict is Verdict.SUPPORTED for name, claim in found
        )
        if each:
            typer.echo(f"{supported[frame.id]:2d}/{len(found)}  {frame.kind:9s} {frame.split:6s} {frame.frame}")
    for kind in KINDS:
        for part in SPLITS:
            own = [frame for frame in asked if (frame.kind, frame.split) == (kind, part)]
            count, total = sum(supported[frame.id] for frame in own), len(own) * len(found)
            if own:
                typer.echo(f"{kind:9s} {part:6s} supported {count / total:.2f} ({count}/{total})")


if __name__ == "__main__":
    typer.run(main)
