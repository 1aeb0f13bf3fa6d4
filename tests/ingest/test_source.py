"""Tests the sources of an archive: a folder, a Git repository (here a local bare one), the sample."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from fakes import as_nobody, make_archive, read_episode, write_episode
from filelock import FileLock
from git_fake import git_server

from ingest.formats.jekyll import episode_files
from ingest.sources.open import SAMPLE, Source, SourceError, content_hash, is_git_url, open_sources, sample_source

if shutil.which("git") is None:
    pytest.skip("git is not installed", allow_module_level=True)


def git(folder: Path, *args: str) -> str:
    who = ("-c", "user.name=T", "-c", "user.email=t@example.org", "-c", "init.defaultBranch=main")
    return subprocess.run(["git", *who, *args], cwd=folder, check=True, capture_output=True, text=True).stdout.strip()


def quiet(text: str) -> None:
    pass


def open_source(address: str, data: Path, say: Callable[[str], None]) -> Source:
    (source,) = open_sources([address], data, say).parts
    return source


class Upstream:
    """A bare repository with an archive and other files in it, and a checkout to change it through."""

    def __init__(self, folder: Path) -> None:
        self.checkout = make_archive(folder / "checkout", ("alpha", "beta"))
        (self.checkout / "images").mkdir()
        (self.checkout / "images" / "big.bin").write_bytes(b"0" * 1000)
        self.bare = folder / "upstream.git"
        git(folder, "init", "--quiet", "--bare", str(self.bare))
        git(self.checkout, "init", "--quiet")
        git(self.checkout, "remote", "add", "origin", str(self.bare))
        self.publish()

    @property
    def url(self) -> str:
        return f"file://{self.bare}"

    def publish(self) -> str:
        git(self.checkout, "add", "--all")
        git(self.checkout, "commit", "--quiet", "--message", "change")
        git(self.checkout, "push", "--quiet", "origin", "HEAD")
        return git(self.checkout, "rev-parse", "HEAD")


def add_events(upstream: Upstream) -> None:
    (upstream.checkout / "_data").mkdir()
    (upstream.checkout / "_data" / "events.yaml").write_text("[]\n")
    upstream.publish()


def as_of_earlier_version(copy: Path) -> None:
    """Make a copy what earlier versions fetched: without `_data`, and without a note of the folders."""
    shutil.rmtree(copy / "_data")
    kept = json.loads(copy.with_suffix(".json").read_text())
    del kept["folders"]
    copy.with_suffix(".json").write_text(json.dumps(kept | {"content": content_hash(copy)}))


@pytest.fixture
def upstream(tmp_path: Path) -> Upstream:
    return Upstream(tmp_path)


@pytest.fixture
def fetch(tmp_path: Path, upstream: Upstream) -> Callable[[], tuple[Source, list[str]]]:
    """Open the repository; returns the source and its messages."""

    def fetch() -> tuple[Source, list[str]]:
        said: list[str] = []
        return open_source(upstream.url, tmp_path / "data", said.append), said

    return fetch


Fetch = Callable[[], tuple[Source, list[str]]]


class TestFolder:
    def test_its_version_changes_with_its_content_alone(self, archive: Path, tmp_path: Path) -> None:
        first = open_source(str(archive), tmp_path, quiet)
        assert first.root == archive
        os.utime(archive / "_podcast" / "alpha.md", (1, 1))
        (archive / "notes.txt").write_text("x")
        assert open_source(str(archive), tmp_path, quiet) == first
        write_episode(archive, "alpha", seed="changed")
        assert open_source(str(archive), tmp_path, quiet).version != first.version

    def test_a_renamed_a_removed_and_a_persons_file_change_the_version(self, archive: Path) -> None:
        versions = {content_hash(archive)}
        (archive / "_podcast" / "alpha.md").rename(archive / "_podcast" / "omega.md")
        versions.add(content_hash(archive))
        (archive / "_podcast" / "omega.md").unlink()
        versions.add(content_hash(archive))
        (archive / "_people" / "guestofbeta.md").write_text("---\ntitle: New\n---\n")
        versions.add(content_hash(archive))
        assert len(versions) == 4

    def test_a_list_of_events_is_part_of_the_content(self, archive: Path) -> None:
        versions = {content_hash(archive)}
        (archive / "_data").mkdir()
        (archive / "_data" / "people.yaml").write_text("other lists are not")
        assert content_hash(archive) in versions
        for text in ("[]", "- time: 2023-05-12\n"):
            (archive / "_data" / "events.yaml").write_text(text)
            versions.add(content_hash(archive))
        assert len(versions) == 3

    def test_a_checkouts_version_names_its_commit_and_still_sees_changes(
        self, upstream: Upstream, tmp_path: Path
    ) -> None:
        commit = git(upstream.checkout, "rev-parse", "HEAD")
        before = open_source(str(upstream.checkout), tmp_path, quiet)
        assert before.version.startswith(commit[:12] + "+")
        write_episode(upstream.checkout, "alpha", seed="uncommitted")
        assert open_source(str(upstream.checkout), tmp_path, quiet).version != before.version

    def test_a_damaged_git_folder_is_no_hindrance(self, archive: Path, tmp_path: Path) -> None:
        (archive / ".git").write_text("nonsense")
        assert "+" not in open_source(str(archive), tmp_path, quiet).version

    @pytest.mark.parametrize(("make", "reason"), [("", "no such folder"), ("other", "it is no archive")])
    def test_what_is_no_archive_is_refused_by_name(self, tmp_path: Path, make: str, reason: str) -> None:
        folder = tmp_path / "a"
        if make:
            (folder / make).mkdir(parents=True)
        with pytest.raises(SourceError, match=reason) as caught:
            open_source(str(folder), tmp_path, quiet)
        assert str(folder) in str(caught.value)

    def test_a_file_is_no_archive(self, tmp_path: Path) -> None:
        (tmp_path / "a").write_text("x")
        with pytest.raises(SourceError, match="no such folder"):
            open_source(str(tmp_path / "a"), tmp_path, quiet)

    @pytest.mark.parametrize("closed", ["", "_podcast", "_people"])
    def test_a_closed_folder_is_refused(self, archive: Path, tmp_path: Path, closed: str) -> None:
        (archive / closed).chmod(0)
        try:
            with pytest.raises(SourceError, match="permissions"):
                as_nobody(lambda: open_source(str(archive), tmp_path, quiet), tmp_path)
        finally:
            (archive / closed).chmod(0o755)

    def test_a_home_folder_of_nobody(self, tmp_path: Path) -> None:
        with pytest.raises(SourceError, match="no such folder"):
            open_source("~nobody-of-this-name/x", tmp_path, quiet)


class TestRepository:
    @pytest.mark.parametrize(
        ("archive", "expected"),
        [
            ("https://host/x", True), ("http://host/x", True), ("ssh://g@h/x", True), ("git://h/x", True),
            ("file:///x", True), ("git@github.com:o/n.git", True), ("/folder", False), ("folder", False),
            ("C:/folder", False), ("ext::sh -c x", False), ("--upload-pack=x", False), ("a b@c:d", False),
        ],
    )  # fmt: skip
    def test_what_is_a_url(self, archive: str, expected: bool) -> None:
        assert is_git_url(archive) is expected

    def test_only_the_archives_folders_are_fetched(self, fetch: Fetch, upstream: Upstream) -> None:
        source, said = fetch()
        assert [file.slug for file in episode_files(source.root)] == ["alpha", "beta"]
        assert not (source.root / "images").exists()
        assert source.version == git(upstream.checkout, "rev-parse", "HEAD")[:12]
        assert source.shown == upstream.url
        assert said == [f"fetching the archive from {upstream.url}"]

    def test_the_list_of_events_is_fetched_too(self, fetch: Fetch, upstream: Upstream) -> None:
        add_events(upstream)
        assert (fetch()[0].root / "_data" / "events.yaml").read_text() == "[]\n"

    def test_a_copy_of_an_earlier_version_that_lacks_it_is_fetched_anew(
        self, fetch: Fetch, upstream: Upstream, tmp_path: Path
    ) -> None:
        add_events(upstream)
        before, _ = fetch()
        as_of_earlier_version(before.root)
        source, said = fetch()
        assert source == before
        assert (source.root / "_data" / "events.yaml").is_file()
        assert said == [f"updating the archive from {upstream.url}"]

    def test_without_the_repository_that_copy_still_serves(
        self, fetch: Fetch, upstream: Upstream, tmp_path: Path
    ) -> None:
        add_events(upstream)
        before, _ = fetch()
        as_of_earlier_version(before.root)
        upstream.bare.rename(upstream.bare.with_name("gone"))
        assert fetch()[0] == before

    def test_the_next_run_updates(self, fetch: Fetch, upstream: Upstream) -> None:
        before, _ = fetch()
        write_episode(upstream.checkout, "gamma")
        (upstream.checkout / "_podcast" / "alpha.md").unlink()
        commit = upstream.publish()
        source, said = fetch()
        assert [file.slug for file in episode_files(source.root)] == ["beta", "gamma"]
        assert source.version == commit[:12] != before.version
        assert said == [f"updating the archive from {upstream.url}"]

    def test_local_changes_of_the_copy_do_not_stay(self, fetch: Fetch, upstream: Upstream) -> None:
        source, _ = fetch()
        file = source.root / "_podcast" / "alpha.md"
        whole = file.read_text()
        file.write_text("damaged")
        write_episode(upstream.checkout, "gamma")
        upstream.publish()
        fetch()
        assert file.read_text() == whole

    def test_history_that_was_rewritten(self, fetch: Fetch, upstream: Upstream) -> None:
        fetch()
        git(upstream.checkout, "commit", "--quiet", "--amend", "--message", "rewritten")
        git(upstream.checkout, "push", "--quiet", "--force", "origin", "HEAD")
        assert fetch()[0].version == git(upstream.checkout, "rev-parse", "HEAD")[:12]

    def test_without_the_repository_the_copy_of_last_time_serves(self, fetch: Fetch, upstream: Upstream) -> None:
        before, _ = fetch()
        upstream.bare.rename(upstream.bare.with_name("gone"))
        source, said = fetch()
        assert source == before
        assert "going on with the copy of last time" in said[-1]

    def test_without_repository_and_copy_it_is_an_error(self, tmp_path: Path) -> None:
        with pytest.raises(SourceError, match="cannot be fetched from file:///nowhere"):
            open_source("file:///nowhere", tmp_path / "data", quiet)
        assert [path.suffix for path in (tmp_path / "data" / "sources").iterdir()] in ([], [".lock"])

    def test_the_copy_of_another_repository_does_not_serve(self, fetch: Fetch, tmp_path: Path) -> None:
        fetch()
        with pytest.raises(SourceError, match="file:///nowhere"):
            open_source("file:///nowhere", tmp_path / "data", quiet)
        assert fetch()[1][0].startswith("updating")  # and is still there for its own

    def test_another_repository_takes_its_place(self, fetch: Fetch, tmp_path: Path) -> None:
        fetch()
        (tmp_path / "second").mkdir()
        other = Upstream(tmp_path / "second")
        write_episode(other.checkout, "omega")
        other.publish()
        source = open_source(other.url, tmp_path / "data", quiet)
        assert "omega" in [file.slug for file in episode_files(source.root)]

    def test_a_repository_without_an_archive(self, tmp_path: Path) -> None:
        git(tmp_path, "init", "--quiet", "other")
        (tmp_path / "other" / "file").write_text("x")
        git(tmp_path / "other", "add", "file")
        git(tmp_path / "other", "commit", "--quiet", "--message", "x")
        with pytest.raises(SourceError, match="is no archive"):
            open_source(f"file://{tmp_path / 'other'}", tmp_path / "data", quiet)

    @pytest.mark.parametrize("leftover", [".git/index.lock", ".git/shallow.lock"])
    def test_locks_of_a_killed_update_do_not_stop_the_next(
        self, fetch: Fetch, upstream: Upstream, leftover: str
    ) -> None:
        source, _ = fetch()
        (source.root / leftover).touch()
        write_episode(upstream.checkout, "gamma")
        commit = upstream.publish()
        assert fetch()[0].version == commit[:12]
        assert fetch()[1] == [f"updating the archive from {upstream.url}"]

    @pytest.mark.parametrize("damage", [".git/HEAD", ".git/config", ".git/objects"])
    def test_a_damaged_copy_is_fetched_anew(self, fetch: Fetch, upstream: Upstream, damage: str) -> None:
        source, _ = fetch()
        path = source.root / damage
        shutil.rmtree(path) if path.is_dir() else path.write_bytes(b"\0damaged\0")
        assert [file.slug for file in episode_files(fetch()[0].root)] == ["alpha", "beta"]

    def test_a_clone_that_was_cut_short_is_started_again(self, fetch: Fetch) -> None:
        copy = fetch()[0].root
        partial = copy.with_name(f"{copy.name}.partial")
        (partial / ".git").mkdir(parents=True)
        assert fetch()[0].root.is_dir()
        assert not partial.exists()

    def test_one_fetch_at_a_time(self, fetch: Fetch) -> None:
        copy = fetch()[0].root
        with FileLock(copy.with_name(f"{copy.name}.lock")), pytest.raises(SourceError, match="another"):
            fetch()

    def test_variables_of_a_git_hook_do_not_lead_astray(
        self, fetch: Fetch, upstream: Upstream, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere.git"))
        monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "elsewhere.index"))
        assert [file.slug for file in episode_files(fetch()[0].root)] == ["alpha", "beta"]
        fetch()

    def test_a_password_in_the_url_is_shown_nowhere(self, tmp_path: Path) -> None:
        said: list[str] = []
        with pytest.raises(SourceError) as caught:
            open_source("http://user:secret@127.0.0.1:9/x", tmp_path / "data", said.append)
        assert "secret" not in "".join(said) + str(caught.value)
        assert "http://127.0.0.1:9/x" in str(caught.value)

    def test_git_that_is_missing_is_named(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PATH", str(tmp_path))
        with pytest.raises(SourceError, match="git is not installed"):
            open_source("https://host/x", tmp_path / "data", quiet)

    def test_a_data_folder_that_cannot_be_made(self, upstream: Upstream, tmp_path: Path) -> None:
        (tmp_path / "data").write_text("a file")
        with pytest.raises(SourceError, match="data"):
            open_source(upstream.url, tmp_path / "data", quiet)


class TestPasswords:
    @pytest.mark.parametrize("password", ["plain", "p@ss", "a/b", "a#b?c", "p%41ss%", "ü:x y", "@", "a@b/c@d"])
    def test_git_signs_in_with_it_and_nobody_sees_it(self, upstream: Upstream, tmp_path: Path, password: str) -> None:
        said: list[str] = []
        known = password.replace("%41", "A")
        git(upstream.bare, "config", "uploadpack.allowFilter", "true")
        with git_server(tmp_path, "bob", known) as host:
            source = open_source(f"http://bob:{password}@{host}/upstream.git", tmp_path / "data", said.append)
            assert len(list((source.root / "_podcast").glob("*.md"))) == 2
            assert source.shown.endswith(f"{host}/upstream.git")
            again = open_source(f"HTTP://bob:{password}@{host}/upstream.git", tmp_path / "data", said.append)
            assert again.version == source.version
        kept = [file.read_bytes() for file in (tmp_path / "data").rglob("*") if file.is_file()]
        if len(password) > 2:
            assert not any(password.encode() in text or known.encode() in text for text in kept)
        assert not any("bob" in text for text in [*said, source.shown])

    @pytest.mark.parametrize("password", ["p@sECRET", "sE/CRET", "sECRET?", "#sECRET"])
    def test_a_wrong_one_is_told_and_not_shown(self, upstream: Upstream, tmp_path: Path, password: str) -> None:
        said: list[str] = []
        with git_server(tmp_path, "bob", "right") as host, pytest.raises(SourceError) as caught:
            open_source(f"http://bob:{password}@{host}/upstream.git", tmp_path / "data", said.append)
        assert "Check user and password" in str(caught.value)
        assert not any(part in str(caught.value) + "".join(said) for part in ("CRET", "sE", "bob"))

    @pytest.mark.parametrize(
        "url",
        [
            "https://bob:p@sECRET@127.0.0.1:9/x", "https://bob:sE/CRET@127.0.0.1:9/x", "HTTPS://bob:sECRET@127.0.0.1:9/x",
            "git+https://bob:sECRET@127.0.0.1:9/x", "https://127.0.0.1:9/x.git?token=sECRET", "bob:sECRET@127.0.0.1:x",
            "https://bob:1/sECRET@127.0.0.1:9/x", "http:/bob:sECRET@127.0.0.1/x", "ftp://bob:sECRET@127.0.0.1/x",
        ],
    )  # fmt: skip
    def test_a_repository_that_cannot_be_fetched_is_named_without_it(self, tmp_path: Path, url: str) -> None:
        said: list[str] = []
        with pytest.raises(SourceError) as caught:
            open_source(url, tmp_path / "data", said.append)
        told = str(caught.value) + "".join(said)
        assert not any(part in told for part in ("CRET", "sE", "bob"))


class TestGitsMessages:
    def test_the_line_that_says_what_is_wrong_is_shown(self, tmp_path: Path) -> None:
        with pytest.raises(SourceError, match="does not appear to be a git repository"):
            open_source("file:///nonexistent", tmp_path / "data", quiet)

    def test_an_empty_repository_is_called_empty(self, tmp_path: Path) -> None:
        git(tmp_path, "init", "--quiet", "--bare", "x.git")
        with pytest.raises(SourceError, match=r"the repository is empty\. Push an archive"):
            open_source(f"file://{tmp_path}/x.git", tmp_path / "data", quiet)

    def test_a_head_that_names_no_branch_is_told_with_the_branches(self, upstream: Upstream, tmp_path: Path) -> None:
        git(upstream.bare, "symbolic-ref", "HEAD", "refs/heads/gone")
        with pytest.raises(SourceError, match=r"a branch that it does not have; it has: ma\w+\. Set its default"):
            open_source(upstream.url, tmp_path / "data", quiet)


class TestForeignConfiguration:
    """Untrusted files of a folder are read, never run."""

    def poison(self, folder: Path, mark: Path) -> None:
        run = f"touch {mark}"
        hooks = folder / ".git" / "hooks"
        hooks.mkdir(parents=True, exist_ok=True)
        for name in ("post-checkout", "reference-transaction", "post-index-change", "post-merge"):
            (hooks / name).write_text(f"#!/bin/sh\n{run}\n")
            (hooks / name).chmod(0o755)
        with (folder / ".git" / "config").open("a") as file:
            file.write(
                f"[core]\nfsmonitor = {run}\nhooksPath = {hooks}\nsshCommand = {run}\npager = {run}\n"
                f'[alias]\nrev-parse = "!{run}"\nls-remote = "!{run}"\n[credential]\nhelper = "!{run}"\n'
                f'[protocol "ext"]\nallow = always\n[filter "x"]\nsmudge = {run}\nclean = {run}\n'
                f'[remote "origin"]\nurl = "ext::{run}"\nuploadpack = {run}\n[url "ext::{run} "]\ninsteadOf = file://\n'
            )
        (folder / ".git" / "info").mkdir(exist_ok=True)
        (folder / ".git" / "info" / "attributes").write_text("* filter=x\n")

    @pytest.mark.parametrize("changed", [False, True])
    def test_of_the_copy_in_the_data_folder(
        self, fetch: Fetch, upstream: Upstream, tmp_path: Path, changed: bool
    ) -> None:
        source, _ = fetch()
        self.poison(source.root, tmp_path / "mark")
        if changed:
            write_episode(upstream.checkout, "gamma")
            upstream.publish()
        again, said = fetch()
        assert not (tmp_path / "mark").exists()
        assert said == [f"updating the archive from {upstream.url}"]
        assert len(list((again.root / "_podcast").glob("*.md"))) == 2 + changed

    def test_of_a_repository_around_the_data_folder(self, fetch: Fetch, tmp_path: Path) -> None:
        git(tmp_path, "init", "--quiet", "data")
        self.poison(tmp_path / "data", tmp_path / "mark")
        assert fetch()[0].root.is_dir()
        fetch()
        assert not (tmp_path / "mark").exists()

    def test_of_an_archive_that_is_a_checkout(self, upstream: Upstream, tmp_path: Path) -> None:
        commit = git(upstream.checkout, "rev-parse", "HEAD")
        self.poison(upstream.checkout, tmp_path / "mark")
        assert open_source(str(upstream.checkout), tmp_path / "d", quiet).version.startswith(commit[:12] + "+")
        assert not (tmp_path / "mark").exists()

    def test_a_checkout_of_another_user_and_its_packed_branches_are_read(
        self, upstream: Upstream, tmp_path: Path
    ) -> None:
        commit = git(upstream.checkout, "rev-parse", "HEAD")
        git(upstream.checkout, "pack-refs", "--all")
        if os.getuid() == 0:
            for path in (upstream.checkout, upstream.checkout / ".git"):
                os.chown(path, 12345, 12345)
        assert open_source(str(upstream.checkout), tmp_path / "d", quiet).version.startswith(commit[:12] + "+")

    def test_a_worktree_has_the_commit_of_its_own_branch(self, upstream: Upstream, tmp_path: Path) -> None:
        git(upstream.checkout, "worktree", "add", "--quiet", str(tmp_path / "tree"))
        commit = git(tmp_path / "tree", "rev-parse", "HEAD")
        assert open_source(str(tmp_path / "tree"), tmp_path / "d", quiet).version.startswith(commit[:12] + "+")


class TestSample:
    def test_it_is_marked_and_whole(self) -> None:
        source = sample_source()
        assert source.sample
        assert [part.root for part in source.parts] == [SAMPLE]
        read = [read_episode(f, {}, sample=True).episode for f in episode_files(SAMPLE) if not f.template]
        assert len(read) == 8
        assert all(episode.title.startswith("[Sample]") for episode in read)


@pytest.mark.parametrize(
    ("said", "told", "step"),
    [
        ("Host key verification failed.", "Host key verification failed; ", "Connect to it once with ssh"),
        (
            "ssh: connect to host h port 22: Connection refused",
            "port 22: Connection refused; ",
            "address and the network",
        ),
        ("kex_exchange_identification: Connection closed", "Connection closed; ", "Could not read"),
        ("me@h: Permission denied (publickey).", "Permission denied (publickey); ", "Check that you may read it"),
    ],
)
def test_what_ssh_says_before_git_is_told(
    said: str, told: str, step: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ssh = tmp_path / "ssh"
    ssh.write_text(f"#!/bin/sh\necho '{said}' >&2\nexit 255\n")
    ssh.chmod(0o755)
    monkeypatch.setenv("GIT_SSH", str(ssh))
    with pytest.raises(SourceError) as caught:
        open_source("git@h:x.git", tmp_path / "data", quiet)
    assert told in str(caught.value)
    assert step in str(caught.value)
    assert "please make sure" not in str(caught.value).lower()


def test_what_git_says_behind_a_colon_belongs_to_it(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"unable to connect to 127\.0\.0\.1: .*refused\. Check the address"):
        open_source("git://127.0.0.1:9/x", tmp_path / "data", quiet)


def test_blocked_is_no_lock(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="blocked") as caught:
        open_source("ssh://-oProxyCommand=x/y", tmp_path / "data", quiet)
    assert "Another git" not in str(caught.value)
