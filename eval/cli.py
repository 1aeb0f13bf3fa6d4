"""Adds `citecast eval` to the commands of `app.terminal.commands`.

The application does not import the evaluation, so this module joins the two. `citecast eval SUITE ...` means
`citecast eval run SUITE ...`; the commands for finished runs are in `eval.commands` and `eval.reading_commands`.
"""

from __future__ import annotations

from typing import Any, ClassVar

import typer

from app.terminal import commands as program
from app.terminal.commands import LazyGroup

_DEFAULT = "run"


class SuiteGroup(LazyGroup):
    """A group with a default command: arguments that are no command are suites."""

    lazy: ClassVar = {
        "eval.run_command:run": "Run suites over systems; writes run.json and report.html and prints the measures.",
        "eval.lint_command:lint": (
            "Say what is wrong in suites; exits with status 1 if there is an error, not for warnings alone."
        ),
        "eval.commands:compare": (
            "Say what changed from run A to run B, by the paired bootstrap, and on which questions."
        ),
        "eval.commands:gate": "Exit with status 1 where a run is significantly worse than a baseline.",
        "eval.commands:baseline": (
            "Write what `gate` needs of a run: ids, scores and decisions, and no word of questions or transcripts."
        ),
        "eval.commands:export": "Write a run in a format of others. ragas' samples hold quotes of the archive.",
        "eval.commands:judge": (
            "Have a language model judge a run's answers by LlamaIndex's evaluators; kept in its run.json."
        ),
        "eval.harvest_command:harvest": "Turn visitors' feedback into a suite of questions to be labelled.",
        "eval.reading_commands:read": (
            "Write a page on which a person reads a run's answers blind and labels them; it works offline."
        ),
        "eval.reading_commands:agreement": (
            "Say how far readers agree with each other, judges with readers, and what share answers."
        ),
    }

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put the default command before arguments that name no command."""
        if args and args[0] not in self.commands and args[0] not in ctx.help_option_names:
            args = [_DEFAULT, *args]
        return super().parse_args(ctx, args)


eval_app = typer.Typer(
    name="eval",
    cls=SuiteGroup,
    no_args_is_help=True,
    subcommand_metavar="SUITE [SUITE ...] --out DIR | lint SUITE [SUITE ...] | compare A B | gate RUN | baseline RUN | "
    "export RUN | judge RUN | harvest OUT.jsonl | read RUN | agreement RUN",
    help="Measure answers on suites of questions, compare runs, and guard against falls.",
    epilog="A run: `citecast eval infrastructure unanswerable --out out`. The word `run` may be left out before the "
    "suites; `citecast eval run --help` lists a run's options.",
)
program.app.add_typer(eval_app)


def main() -> None:
    """Run the program."""
    program.main()


if __name__ == "__main__":
    main()
