"""Reads a folder of transcripts (WebVTT, SRT, JSON, HTML) with a list of the episodes, `episodes.yaml`.

    - title: Kilns at home        # the only key that has to be there, with `transcript`
      transcript: kilns.vtt
      date: 2024-05-06            # published; also `recorded`
      guests: [Ilva Nadrostek]
      hosts: [Robin Hale]
      speakers: {SPEAKER_00: Robin Hale}
      audio: https://example.org/kilns.mp3

docs/archive.md has all keys. A transcript that no episode names is told.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from difflib import get_close_matches
from functools import partial
from pathlib import Path

from ingest.cues.read import MAX_CUE_BYTES
from ingest.draft import Draft
from ingest.formats.base import Context, Entry, Format, Listing, ReadEpisode
from ingest.formats.record import day_of, number_of, texts_of
from ingest.formats.told import Told, chapters_in, read_told
from ingest.front_matter.files import BadFile, FrontMatter, SourceFile, Unpublished, all_files, fits_a_name
from ingest.front_matter.values import is_false, second_of, shown, text_of
from ingest.front_matter.yaml_text import BadYaml, Node, read_yaml
from ingest.report import Problem
from ingest.sources.urls import is_web

LIST = "episodes.yaml"
_TRANSCRIPTS = (".vtt", ".srt", ".json", ".html", ".htm")
_KEYS = (
    "title slug transcript chapters date recorded guests hosts speaker speakers topics season episode page audio video "
    "published"
).split()


def _list_file(root: Path) -> SourceFile:
    return SourceFile(root / LIST, root, LIST)


def _transcripts(root: Path) -> list[SourceFile]:
    return [
        SourceFile(file.path, root, file.inside, file.inside, most_bytes=MAX_CUE_BYTES)
        for file in all_files(root, root)
        if file.path.suffix.casefold() in _TRANSCRIPTS and not file.inside.startswith(".")
    ]


def _listing(root: Path) -> Listing:
    """The episodes of the list in its order; a list that cannot be read is a file that is not read."""
    file = _list_file(root)
    try:
        items = _items(file)
    except BadFile as bad:
        return Listing([], [Problem(LIST, bad.line, str(bad))])
    entries = [
        Entry(file, partial(_read, file, node), _slug(node), _beside(file, node, "transcript")) for node in items
    ]
    named = {entry.spoken.path for entry in entries if entry.spoken}
    named |= {chapters.path for node in items if (chapters := _beside(file, node, "chapters"))}
    others = [
        Problem(one.shown, None, f"no episode of {LIST} names it; it is not read")
        for one in _transcripts(root)
        if one.path not in named
    ]
    return Listing(entries, others)


def _items(file: SourceFile) -> list[Node]:
    try:
        root = read_yaml(file.read(), 1)
    except BadYaml as bad:
        raise BadFile(str(bad), bad.line) from bad
    listed = root.get("episodes") if root and root.pairs is not None else root
    if listed is None or listed.items is None:
        raise BadFile("not a list of episodes", root.line if root else 1)
    return listed.items


def _beside(file: SourceFile, node: Node, key: str) -> SourceFile | None:
    """The file that a key names, from the list's folder."""
    name = text_of(node.get(key))
    return _file_of(file, name) if name else None


def _file_of(file: SourceFile, name: str) -> SourceFile:
    return SourceFile(file.root / name, file.root, name, name, most_bytes=MAX_CUE_BYTES)


def _slug(node: Node) -> str:
    """The episode's id: its `slug`, else the name of its transcript without the suffix."""
    return text_of(node.get("slug")) or Path(text_of(node.get("transcript"))).stem


def _read(file: SourceFile, node: Node, context: Context) -> ReadEpisode:
    """Read one episode; raises `BadFile` with the place of the fault."""
    if node.pairs is None:
        raise BadFile(f"an episode is not a mapping: {shown(node)}", node.line)
    front = FrontMatter(node)
    if is_false(front.get("published")):
        raise Unpublished("unpublished: `published` is false; it is not read", front.line_of("published"))
    spoken, title, slug = _beside(file, node, "transcript"), text_of(node.get("title")), _slug(node)
    if not title:
        raise BadFile("the episode has no title", node.line)
    if spoken is None:
        raise BadFile("the episode names no transcript", node.line)
    if not fits_a_name(slug):
        raise BadFile(f"the slug {slug!r:.60} is no name", front.line_of("slug") or node.line)
    draft = Draft(file)
    told = _told(front, slug, draft, context, file)
    draft.file = spoken
    if not os.path.exists(spoken.path):
        raise BadFile(f"there is no file {spoken.shown!r:.80}", front.line_of("transcript"))
    return read_told(told, draft, context, file, spoken.shown, "")


def _told(front: FrontMatter, slug: str, draft: Draft, context: Context, file: SourceFile) -> Told:
    for pair in front.root.pairs or ():
        if pair.key not in _KEYS:
            near = get_close_matches(pair.key, _KEYS, 1)
            draft.problem(f"the key {pair.key!r} is not known{f' (is {near[0]!r} meant?)' if near else ''}", pair.line)
    season, number = number_of(front, "season", draft), number_of(front, "episode", draft)
    video = text_of(front.get("video")) or None
    page, audio = (_address(front, key, draft) for key in ("page", "audio"))
    names = {pair.key: text_of(pair.value) for pair in front.get("speakers").pairs or () if text_of(pair.value)}
    return Told(
        slug=slug,
        title=draft.label(front.get("title")),
        guests=texts_of(front.get("guests"), "guests", draft, context.names),
        hosts=texts_of(front.get("hosts"), "hosts", draft, context.names),
        speaker=draft.label(front.get("speaker")),
        names=names,
        topics=texts_of(front.get("topics"), "topics", draft),
        season=season,
        number=number,
        published=day_of(front, "date", draft),
        recorded=day_of(front, "recorded", draft),
        video=video,
        links=context.descriptor.links(slug, slug, season, number, video, own=page, media=audio),
        chapters=_chapters(front, draft, file),
    )


def _address(front: FrontMatter, key: str, draft: Draft) -> str:
    text = text_of(front.get(key))
    if text and not is_web(text):
        draft.problem(f"{key} is no address that begins with https://: {text!r:.60}", front.line_of(key))
        return ""
    return text


def _chapters(front: FrontMatter, draft: Draft, list_file: SourceFile) -> Sequence[tuple[str, float]]:
    """Chapters that stand in the list (`- {title, start}`), or in a file of Podcasting 2.0."""
    node = front.get("chapters")
    if node.text is not None:
        try:
            return chapters_in(_file_of(list_file, node.text), draft)
        except BadFile as bad:
            draft.problem(f"the chapters {node.text!r:.60}: {bad}; the episode has none", node.line)
            return ()
    chapters: list[tuple[str, float]] = []
    for item in node.items or []:
        start = item.get("start")
        second = second_of(start) if start else None
        if second is None or not text_of(item.get("title")):
            draft.problem(f"a chapter needs a title and a start: {shown(item)}", item.line)
        else:
            chapters.append((draft.label(item.get("title")), second))
    return chapters


FOLDER = Format(
    name=LIST,
    holds=lambda root: (root / LIST).is_file(),
    listing=_listing,
    files=lambda root: [_list_file(root), *_transcripts(root)],
    wanted=("transcripts",),
)
