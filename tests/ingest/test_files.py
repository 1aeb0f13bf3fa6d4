"""Tests bad files of the archive: each ends in `BadFile`, with the line if it is known."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest
from fakes import as_nobody, source_file

from ingest.front_matter.files import MAX_BYTES, MAX_DEPTH, BadFile, list_files, parse_front_matter

GOOD = "---\ntitle: A title\n---\nbody\n"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "_podcast" / "one.md"


def refusal(text: str) -> tuple[str, int | None]:
    """The reason and the line of the error for this front matter."""
    with pytest.raises(BadFile) as caught:
        parse_front_matter(text)
    return str(caught.value), caught.value.line


def read_refusal(path: Path, content: str | bytes = GOOD) -> tuple[str, int | None]:
    with pytest.raises(BadFile) as caught:
        source_file(path, content).read()
    return str(caught.value), caught.value.line


class TestReading:
    @pytest.mark.parametrize(
        ("name", "page", "slug"),
        [
            ("a.md", "a", "a"),
            ("a.md.md", "a.md", "a"),
            ("a.b.md", "a.b", "a.b"),
            ("_template.md", "_template", "_template"),
        ],
    )
    def test_names(self, tmp_path: Path, name: str, page: str, slug: str) -> None:
        file = source_file(tmp_path / "_podcast" / name, GOOD)
        assert (file.name, file.slug, file.template) == (page, slug, name == "_template.md")

    @pytest.mark.parametrize(
        "content",
        [
            b"\xef\xbb\xbf" + GOOD.encode(),
            b"\xef\xbb\xbf" * 2 + GOOD.encode(),
            GOOD.replace("\n", "\r\n"),
            GOOD.replace("\n", "\r"),
        ],
    )
    def test_a_byte_order_mark_and_foreign_line_ends_make_no_difference(self, path: Path, content: str | bytes) -> None:
        assert source_file(path, content).read() == GOOD

    def test_a_file_that_is_too_large_is_refused_unread(self, path: Path) -> None:
        path.parent.mkdir()
        with path.open("wb") as file:
            file.truncate(50 * 1024 * 1024)
        assert source_refusal(path) == (f"52,428,800 bytes; the limit is {MAX_BYTES:,}", None)

    def test_bytes_that_are_no_utf8_are_refused_with_their_line(self, path: Path) -> None:
        reason, line = read_refusal(path, b"---\ntitle: x\ncaf\xe9\n---\n")
        assert "not UTF-8" in reason
        assert line == 3

    def test_a_link_inside_the_archive_is_followed(self, tmp_path: Path, path: Path) -> None:
        source_file(path, GOOD)
        (path.parent / "two.md").symlink_to(path)
        assert [file.read() for file in list_files(path.parent, tmp_path)] == [GOOD, GOOD]

    def test_a_link_out_of_the_archive_is_not_followed(self, tmp_path: Path) -> None:
        secret = tmp_path / "secret.md"
        secret.write_text(GOOD)
        inside = tmp_path / "archive" / "_podcast" / "link.md"
        inside.parent.mkdir(parents=True)
        inside.symlink_to(secret)
        (file,) = list_files(inside.parent, tmp_path / "archive")
        with pytest.raises(BadFile, match="leads out of the archive"):
            file.read()

    def test_a_loop_of_links_is_refused(self, tmp_path: Path, path: Path) -> None:
        path.parent.mkdir()
        path.symlink_to(path.parent / "two.md")
        (path.parent / "two.md").symlink_to(path)
        for file in list_files(path.parent, tmp_path):
            with pytest.raises(BadFile):
                file.read()

    def test_what_is_no_regular_file_is_refused_at_once(self, tmp_path: Path, path: Path) -> None:
        path.mkdir(parents=True)
        os.mkfifo(path.parent / "pipe.md")
        (path.parent / "gone.md").symlink_to("nowhere.md")
        for file in list_files(path.parent, tmp_path):
            with pytest.raises(BadFile, match="not a regular file"):
                file.read()

    @pytest.mark.parametrize("name", [".md", "a\nb.md", "x" * 220 + ".md", b"caf\xe9.md", "a\u202eb.md"])
    def test_a_name_that_cannot_be_a_slug_is_refused_and_shown_printable(
        self, tmp_path: Path, name: str | bytes
    ) -> None:
        folder = tmp_path / "_podcast"
        folder.mkdir()
        Path(os.fsdecode(os.path.join(os.fsencode(folder), os.fsencode(name)))).write_text(GOOD)
        (file,) = list_files(folder, tmp_path)
        assert file.shown.isprintable()
        assert file.shown.encode()
        with pytest.raises(BadFile, match="name"):
            file.read()

    def test_a_closed_file_and_a_closed_folder(self, tmp_path: Path, path: Path) -> None:
        file = source_file(path, GOOD)
        path.chmod(0)
        assert as_nobody(file.digest, tmp_path) == "unreadable: cannot be read: Permission denied"
        path.parent.chmod(0)
        try:
            assert as_nobody(lambda: list_files(path.parent, tmp_path), tmp_path) == []
        finally:
            path.parent.chmod(0o755)

    def test_listing_is_sorted_and_takes_markdown_only(self, tmp_path: Path) -> None:
        for name in ("b.md", "a.md", "c.txt", "B.md"):
            source_file(tmp_path / "_podcast" / name, GOOD)
        assert [f.shown for f in list_files(tmp_path / "_podcast", tmp_path)] == [
            "_podcast/B.md", "_podcast/a.md", "_podcast/b.md",
        ]  # fmt: skip
        assert list_files(tmp_path / "missing", tmp_path) == []

    @pytest.mark.parametrize("name", ["a.MD", "a.markdown", "a.mkd", "a.Mkdown", "a.mkdn", "2024/a.md", "x/y/z/a.md"])
    def test_every_markdown_suffix_and_folder_that_jekyll_reads_is_listed(self, tmp_path: Path, name: str) -> None:
        (tmp_path / "_podcast" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "_podcast" / name).write_text(GOOD)
        (file,) = list_files(tmp_path / "_podcast", tmp_path)
        page = name.rpartition(".")[0]
        assert (file.shown, file.name, file.slug) == (f"_podcast/{name}", page, page.replace("/", "-"))
        assert not file.unpublished
        assert file.read() == GOOD

    @pytest.mark.parametrize(
        "name",
        ["_a.md", ".a.md", "#a.md", "~a.md", "_drafts/a.md", ".git/a.md", "2024/_a.md", "2024/_old/a.md", "a.md~"],
    )
    def test_what_jekyll_leaves_out_is_unpublished(self, tmp_path: Path, name: str) -> None:
        (tmp_path / "_podcast" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "_podcast" / name).write_text(GOOD)
        (file,) = list_files(tmp_path / "_podcast", tmp_path)
        assert file.unpublished.startswith("unpublished: ")

    def test_a_link_to_a_folder_is_not_followed(self, tmp_path: Path) -> None:
        source_file(tmp_path / "_podcast" / "one.md", GOOD)
        (tmp_path / "_podcast" / "again").symlink_to(tmp_path / "_podcast")
        assert [f.shown for f in list_files(tmp_path / "_podcast", tmp_path)] == ["_podcast/one.md"]

    def test_the_digest_of_an_unreadable_file_is_its_fault(self, path: Path) -> None:
        path.mkdir(parents=True)
        (file,) = list_files(path.parent, path.parent.parent)
        assert file.digest() == "unreadable: not a regular file"


def source_refusal(path: Path) -> tuple[str, int | None]:
    (file,) = list_files(path.parent, path.parent.parent)
    with pytest.raises(BadFile) as caught:
        file.read()
    return str(caught.value), caught.value.line


class TestFrontMatter:
    def test_lines_of_keys_and_of_entries(self) -> None:
        text = textwrap.dedent("""\
            ---
            title: >
              folded
              transcript: no key
            "ids": {youtube: x}
            transcript:
            - header: One
            -
              line: |
                first
                - no entry
              sec: 1
            - {line: second}
            other: [1,
              2]
            ---
            - not: front matter
            """)
        front = parse_front_matter(text)
        assert [front.line_of(key) for key in ("title", "ids", "transcript", "other", "none")] == [2, 5, 6, 14, None]
        assert [front.entry_line(i) for i in range(4)] == [7, 9, 13, None]

    def test_the_first_closing_line_ends_it(self) -> None:
        assert parse_front_matter("---\na: 1\n---  \nb: 2\n---\n").data == {"a": "1"}

    @pytest.mark.parametrize("text", ["--- \na: 1\n---\n", "---\t\na: 1\n...\n", "---\na: 1\n... \nb: 2\n---\n"])
    def test_blanks_behind_the_opening_and_three_dots_at_the_end_are_read_as_jekyll_reads_them(self, text: str) -> None:
        front = parse_front_matter(text)
        assert front.data == {"a": "1"}
        assert front.line_of("a") == 2

    @pytest.mark.parametrize("text", ["----\na: 1\n---\n", " ---\na: 1\n---\n", "--- a\n---\n", "...\na: 1\n...\n"])
    def test_what_jekyll_takes_for_no_front_matter_is_refused(self, text: str) -> None:
        assert refusal(text)[1] == 1

    @pytest.mark.parametrize(
        ("text", "reason", "line"),
        [
            ("", "does not open with ---", 1),
            ("title: x\n", "does not open with ---", 1),
            ("---\ntitle: x\n", "not closed", 3),
            ("---\n---\n", "not a mapping", 2),
            ("---\n- a\n---\n", "not a mapping", 2),
            ("---\na: b\nc: [1\n---\n", "invalid YAML", 4),
            ('---\na: "b\nc: d\n---\n', "starts on line 2", 4),
            ("---\na: b\n\tc: d\n---\n", "invalid YAML", 3),
            ("---\na: b: c\n---\n", "mapping values are not allowed", 2),
            ("---\na: b\né: x\x00y\n---\n", "control characters are not allowed", 3),
            ("---\na: !python/object:os.system x\n---\n", "could not determine a constructor", 2),
            ("---\n[a]: b\n---\n", "unhashable key", 2),
            ("---\na: b\n--- c\nd: e\n---\n", "expected a single document", 3),
            ('---\na: "\\ud800"\n---\n', "invalid Unicode character escape", 2),
        ],
    )
    def test_what_is_refused_and_where(self, text: str, reason: str, line: int | None) -> None:
        found, where = refusal(text)
        assert reason in found
        assert where == line

    def test_numbers_of_any_length_stay_text_and_take_no_time(self) -> None:
        long = {
            "int": "9" * 5000,
            "hexadecimal": "0x" + "f" * 5000,
            "sixties": "1" + ":59" * 300_000,
            "float": "1." + "0" * 99,
        }
        for number in long.values():
            begun = time.thread_time()
            assert parse_front_matter(f"---\na: {number}\n---\n").data == {"a": number}
            assert time.thread_time() - begun < 5

    @pytest.mark.parametrize(
        "value", "No yes on OFF True 0x10 1:30 1.5 010 08 1_000 1e3 .inf .nan 2024-13-45 2024-05-06 Null NULL =".split()
    )
    def test_a_value_is_text_as_it_is_written(self, value: str) -> None:
        assert parse_front_matter(f"---\na: {value}\n---\n").data == {"a": value}
        assert parse_front_matter(f"---\na: '{value}'\n---\n").data == {"a": value}

    @pytest.mark.parametrize("value", ["", "~", "null", "# only a remark"])
    def test_nothing_stays_nothing(self, value: str) -> None:
        assert parse_front_matter(f"---\na: {value}\n---\n").data == {"a": None}

    def test_keys_are_text(self) -> None:
        assert parse_front_matter("---\n1: a\nnull: b\n2024-01-02: c\nNo: d\n---\n").data == {
            "1": "a",
            "null": "b",
            "2024-01-02": "c",
            "No": "d",
        }

    def test_of_equal_keys_all_are_kept_with_their_lines(self) -> None:
        front = parse_front_matter("---\na: 1\nb: 2\na: 3\n---\n")
        assert [(pair.key, pair.value.text, pair.line) for pair in front.root.pairs or ()] == [
            ("a", "1", 2), ("b", "2", 3), ("a", "3", 4),
        ]  # fmt: skip
        assert (front.data, front.line_of("a")) == ({"a": "3", "b": "2"}, 4)

    def test_fifty_levels_are_read(self) -> None:
        deep = MAX_DEPTH - 1
        assert parse_front_matter(f"---\na: {'[' * deep}{']' * deep}\n---\n").data["a"] is not None
        assert f"over {MAX_DEPTH} deep" in refusal(f"---\na: {'[' * (deep + 1)}{']' * (deep + 1)}\n---\n")[0]


# Each of these either crashes PyYAML's loader by recursion (a segmentation fault), or makes it run for minutes,
# so they run in a process of their own.
DEEP = {
    "flow sequences": "'a: ' + '[' * 100_000",
    "closed flow sequences": "'a: ' + '[' * 100_000 + ']' * 100_000",
    "flow sequences with words between": "'a: ' + '[b, ' * 100_000",
    "flow mappings": "'a: ' + '{b: ' * 100_000",
    "dashes": "'- ' * 100_000",
    "dashes further in": "'a:\\n  ' + '- ' * 100_000",
    "question marks": "'? ' * 100_000",
    "mappings by indent": "''.join(' ' * i + 'a:\\n' for i in range(1400))",
    "sequences by indent": "''.join(' ' * i + '-\\n' for i in range(1400))",
    "tags": "'a: ' + '!!seq [' * 100_000",
    "anchors": "'a: ' + ''.join(f'&a{i} [' for i in range(100_000))",
    "billion laughs": (
        "'a: &a [x, x, x, x, x, x, x, x, x]\\n'"
        " + ''.join(f'{chr(98 + i)}: &{chr(98 + i)} [{\", \".join([\"*\" + chr(97 + i)] * 9)}]\\n' for i in range(20))"
    ),
    "billion laughs by merging": (
        "'a: &a {k: x}\\n'"
        " + ''.join(f'{chr(98 + i)}: &{chr(98 + i)} {{<<: [{\", \".join([\"*\" + chr(97 + i)] * 9)}]}}\\n'"
        " for i in range(20))"
    ),
    "a list that holds itself": "'a: &a [*a]'",
}
REFUSE = """
import sys, time
from ingest.front_matter.files import BadFile, parse_front_matter
body = {body}
begun = time.thread_time()
try:
    parse_front_matter("---\\n" + body + "\\n---\\n")
except BadFile as bad:
    print(bad.line, bad)
assert time.thread_time() - begun < 3
"""


@pytest.mark.parametrize("body", DEEP.values(), ids=DEEP.keys())
def test_deep_nesting_and_aliases_are_refused_with_their_line_and_crash_nothing(body: str) -> None:
    program = REFUSE.format(body=body)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr[-500:]
    line, _, reason = done.stdout.partition(" ")
    assert line.isdigit()
    assert "nests over" in reason or "alias" in reason
