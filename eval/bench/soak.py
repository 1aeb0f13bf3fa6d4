"""Runs a server under load and faults for minutes, and says whether anything was lost and whether memory grew.

    .venv/bin/python -m eval.bench.soak [--minutes 20] [--visitors 12] [--out FILE.json]

On the sample archive, in a temporary folder, with limits and cache off, all at once:

1. Visitors ask one question after the other, half of them by events. Every answer must come whole: 200 with
   citations, or 503 with `Retry-After`.
2. Others are cut off: they leave after the first event, or before any.
3. The language model (a process that repeats its evidence) is killed and started again.
4. The archive changes, and `citecast ingest` swaps the index.

Memory is read every few seconds. It is flat if its median in the last quarter is at most 5 % and 20 MB over that in the
second one; threads and open files likewise. At the end the server is told to stop, and must.

Exit status 1 if something was lost, memory grew, or the server did not stop. Not for CI; `--minutes 1` tries the
script.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Any

import httpx
import typer

from eval.bench.soak_model import Model
from eval.bench.soak_result import Soak
from eval.bench.stages import suite_questions, with_sentence
from ingest.sources.open import SAMPLE

SUITE = Path(__file__).parents[1] / "suites" / "sample.jsonl"
# Seconds between two kills of the model, two new indexes, two readings of memory, two visitors who leave.
MODEL_S, INDEX_S, READING_S, LEAVING_S = 15.0, 25.0, 2.0, 0.5
_OFF = {"CITECAST_VISITOR_RATE": "", "CITECAST_TOTAL_RATE": "", "CITECAST_VISITOR_SHARE": "0"}


async def visitor(client: httpx.AsyncClient, soak: Soak, questions: list[str], by_events: bool) -> None:
    """Ask one question after the other."""
    while True:
        question = random.choice(questions)
        try:
            answer = await asked(client, soak, question, by_events)
        except (httpx.HTTPError, ValueError) as error:
            soak.lost.append(f"{type(error).__name__}: {question}")
            continue
        if answer:
            soak.made["written" if (answer.get("gate") or {}).get("shown") else "quotes"] += 1
            cited = {number for sentence in answer["sentences"] for number in sentence["citations"]}
            if answer["answered"] and not (cited and cited <= {one["id"] for one in answer["citations"]}):
                soak.lost.append(f"an answer without citations: {question}")


async def asked(client: httpx.AsyncClient, soak: Soak, question: str, by_events: bool) -> dict[str, Any] | None:
    """The answer; None if the server is full, after the time that it names."""
    accept = "text/event-stream" if by_events else "application/json"
    reply = await client.post("/api/ask", json={"question": question}, headers={"accept": accept})
    soak.codes[str(reply.status_code)] += 1
    if reply.status_code == 503:
        await asyncio.sleep(int(reply.headers["retry-after"]))
        return None
    if reply.status_code != 200:
        raise ValueError(reply.status_code)
    if not by_events:
        return dict(reply.json())
    name, data = reply.text.strip().split("\n\n")[-1].split("\n", 1)
    if name != "event: answer":
        raise ValueError(name)
    return dict(json.loads(data.removeprefix("data: ")))


async def leaver(client: httpx.AsyncClient, soak: Soak, questions: list[str]) -> None:
    """Ask and leave, after the first event or before."""
    while True:
        body, headers = {"question": random.choice(questions)}, {"accept": "text/event-stream"}
        try:
            async with asyncio.timeout(random.choice((0.01, 0.1, 5))):
                async with client.stream("POST", "/api/ask", json=body, headers=headers) as reply:
                    async for _ in reply.aiter_bytes():
                        break
        except (TimeoutError, httpx.HTTPError):
            pass
        soak.left += 1
        await asyncio.sleep(LEAVING_S)


async def killer(model: Model, soak: Soak) -> None:
    """Kill the model and start it again."""
    while True:
        await asyncio.sleep(MODEL_S)
        model.kill()
        soak.kills += 1
        await asyncio.sleep(MODEL_S / 3)
        model.start()


async def swapper(archive: Path, environment: dict[str, str], soak: Soak) -> None:
    """Change the archive and build a new index."""
    path = min(archive.rglob("sample-*.md"))
    before = path.read_text(encoding="utf-8")
    while True:
        await asyncio.sleep(INDEX_S)
        path.write_text(with_sentence(before, f"This is sentence {soak.indexes} of the soak."), encoding="utf-8")
        command = (sys.executable, "-m", "eval.cli", "ingest", str(archive))
        building = await asyncio.create_subprocess_exec(*command, env=environment, stdout=-3, stderr=-3)
        if await building.wait():
            soak.lost.append("a new index was not built")
        soak.indexes += 1


async def reader(pid: int, soak: Soak) -> None:
    """Read the server's memory, threads and open files."""
    while True:
        status = Path(f"/proc/{pid}/status").read_text()
        values = dict(line.split(":", 1) for line in status.splitlines())
        soak.memory_mb.append(int(values["VmRSS"].split()[0]) / 1024)
        soak.threads.append(int(values["Threads"]))
        soak.files.append(len(os.listdir(f"/proc/{pid}/fd")))
        await asyncio.sleep(READING_S)


@asynccontextmanager
async def serving(environment: dict[str, str], port: int, log: Path, soak: Soak) -> AsyncIterator[int]:
    """The server's process id, until the block ends; then it is told to stop."""
    command = [sys.executable, "-m", "eval.cli", "serve", "--port", str(port)]
    with log.open("w") as output:
        process = subprocess.Popen(command, env=environment, stdout=output, stderr=output)
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
            for _ in range(120):
                await asyncio.sleep(1)
                try:
                    if (await client.get("/healthz")).status_code == 200:
                        break
                except httpx.HTTPError:
                    continue
        yield process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            soak.stopped = await asyncio.to_thread(process.wait, 20) == 0
        except subprocess.TimeoutExpired:
            process.kill()


async def soaked(folder: Path, minutes: float, visitors: int) -> Soak:
    """Run it all in a folder."""
    soak = Soak()
    archive = folder / "archive"
    shutil.copytree(SAMPLE, archive)
    model, port = Model(free_port()), free_port()
    own = {"CITECAST_DATA": str(folder / "data"), "CITECAST_ARCHIVE": str(archive), "CITECAST_MODEL": model.url}
    environment = os.environ | own | _OFF | {"CITECAST_ANSWER_CACHE": "0"}
    subprocess.run(
        [sys.executable, "-m", "eval.cli", "ingest", str(archive)], env=environment, check=True, capture_output=True
    )
    model.start()
    questions = suite_questions(SUITE)
    limits = httpx.Limits(max_connections=None)
    async with (
        serving(environment, port, folder / "server.log", soak) as pid,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=90, limits=limits, trust_env=False) as client,
    ):
        work: list[Coroutine[Any, Any, None]] = [
            *(visitor(client, soak, questions, number % 2 == 0) for number in range(visitors)),
            *(leaver(client, soak, questions) for _ in range(max(1, visitors // 4))),
            killer(model, soak),
            swapper(archive, environment, soak),
            reader(pid, soak),
        ]
        tasks = [asyncio.ensure_future(one) for one in work]
        ended, _ = await asyncio.wait(tasks, timeout=minutes * 60, return_when=asyncio.FIRST_COMPLETED)
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        soak.lost += [f"a part of the soak ended: {task.exception()!r}" for task in ended]
    model.kill()
    return soak


def free_port() -> int:
    """A port that is free now."""
    with socket.socket() as made:
        made.bind(("127.0.0.1", 0))
        return int(made.getsockname()[1])


def main(
    minutes: Annotated[float, typer.Option(help="How long.")] = 20.0,
    visitors: Annotated[int, typer.Option(help="How many ask at once.")] = 12,
    out: Annotated[Path | None, typer.Option(help="A file for all readings, as JSON.")] = None,
) -> None:
    """Run a server under load and faults, and say whether anything was lost."""
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="citecast-soak-") as folder:
        soak = asyncio.run(soaked(Path(folder), minutes, visitors))
    if out:
        out.write_text(json.dumps(vars(soak)), encoding="utf-8")
    typer.echo(json.dumps({"seconds": round(time.monotonic() - begun), **soak.shown()}))
    raise typer.Exit(int(bool(soak.faults())))


if __name__ == "__main__":
    typer.run(main)
