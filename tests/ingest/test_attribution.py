"""Tests who is quoted: small archives are read, indexed and asked; a wrong name is worse than none."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from fakes import HOST, CountingProgress, FakeEmbedder, front_matter, read_episode, settings_for, source_file, source_of

from index.building.build import build_index
from ingest.formats.base import ReadEpisode
from ingest.models import Role
from ingest.report import IngestReport

PEOPLE = {
    "alexeygrigorev": HOST,
    "anna": "Anna Keller",
    "johanna": "Johanna Berg",
    "silva": "Maria Silva",
    "costa": "Maria Costa",
    "moor": "Alexander Moor",
    "frei": "Daniel Frei",
    "freund": "Daniela Freund",
    "stein": "Dan Stein",
    "bak": "Krzysztof Bak",
    "bauer": "Christoph Bauer",
    "voice": "Mark Voice",
    "vries": "Lotte van der Vries",
}
ANNA = ("Anna Keller", Role.GUEST)
THE_HOST = (HOST, Role.HOST)
NOBODY = ("", Role.UNKNOWN)
LONG = "I for one would say that no database belongs on a ferry, since salt gets into every fan of it."


def read(
    tmp_path: Path, *said: tuple[str | None, str], guests: tuple[str, ...] = ("anna",), **more: Any
) -> ReadEpisode:
    """An episode in which each paragraph has its own second."""
    rows = [{"line": text, "sec": 10 * i, "who": who} for i, (who, text) in enumerate(said)]
    rows = [{key: value for key, value in row.items() if value is not None} for row in rows]
    front = {"title": "A talk", "guests": list(guests), "ids": {"youtube": "abcdefghijk"}, "transcript": rows} | more
    return read_episode(source_file(tmp_path / "_podcast" / "talk.md", front_matter(front)), PEOPLE)


def speakers(result: ReadEpisode) -> list[tuple[str, Role]]:
    return [(s.speaker, s.role) for s in result.episode.segments]


class TestLabels:
    def test_two_guests_of_one_first_name_are_told_apart_and_the_bare_name_is_nobodys(self, tmp_path: Path) -> None:
        result = read(
            tmp_path, ("Alexey", "Tape or disk?"), ("Maria S.", "Tape."), ("Maria C.", "Disk."), ("Maria", "Both."),
            guests=("silva", "costa"),
        )  # fmt: skip
        assert speakers(result)[1:] == [
            ("Maria Silva", Role.GUEST),
            ("Maria Costa", Role.GUEST),
            ("Maria", Role.UNKNOWN),
        ]
        assert any("'Maria' is given to nobody" in problem.reason and problem.line for problem in result.problems)

    def test_each_inferred_label_stands_in_the_report_with_its_place_and_words(self, tmp_path: Path) -> None:
        result = read(
            tmp_path, ("Alexey", "Why bees?"), ("Alex", "They fly."), ("Ben", "Hi you all."), guests=("moor",)
        )
        assert [(n.label, n.speaker, n.role, n.paragraphs, n.words) for n in result.labels] == [
            ("Alex", "Alexander Moor", "guest", 1, 2),
            ("Ben", "Ben", "unknown", 1, 3),
        ]
        assert all(note.line and note.file == "_podcast/talk.md" for note in result.labels)

    def test_plain_names_need_no_report(self, tmp_path: Path) -> None:
        assert read(tmp_path, ("Alexey", "Why?"), ("Anna", "So."), ("anna keller:", "Yes.")).labels == ()

    def test_the_host_who_is_the_guest_is_one_and_the_unlisted_voice_asks(self, tmp_path: Path) -> None:
        result = read(tmp_path, ("Johanna", "Why?"), ("Alexey", "So."), guests=("alexeygrigorev",))
        assert speakers(result) == [("Johanna", Role.HOST), (HOST, Role.GUEST)]

    def test_two_listed_voices_are_both_guests(self, tmp_path: Path) -> None:
        result = read(tmp_path, ("Johanna", "Why?"), ("Alexey", "So."), guests=("alexeygrigorev", "johanna"))
        assert {role for _, role in speakers(result)} == {Role.GUEST}

    def test_a_stranger_who_asks_the_questions_of_a_show_without_its_host_is_the_interviewer(
        self, tmp_path: Path
    ) -> None:
        said = [("Piet", "Why bees?"), ("Anna", "They fly."), ("Piet", "How far?"), ("Anna", "Far."), ("Ole", "Hm.")]
        assert speakers(read(tmp_path, *said))[::2] == [
            ("Piet", Role.HOST),
            ("Piet", Role.HOST),
            ("Ole", Role.UNKNOWN),
        ]

    def test_a_stranger_beside_the_host_stays_one_even_if_he_asks(self, tmp_path: Path) -> None:
        said = [("Alexey", "Hello."), ("Piet", "Why?"), ("Anna", "So."), ("Piet", "How?"), ("Anna", "Thus.")]
        assert speakers(read(tmp_path, *said))[1] == ("Piet", Role.UNKNOWN)


class TestNamesThatAreNear:
    @pytest.mark.parametrize(
        ("guests", "owned", "label"),
        [
            (("frei", "freund"), ("Daniel", "Daniela"), "Dani"),
            (("frei", "stein"), ("Daniel", "Dan"), "Danny"),
            (("bak", "bauer"), ("Krzysztof", "Christoph"), "Chris"),
        ],
    )
    def test_a_short_form_of_two_guests_names_is_nobodys(
        self, tmp_path: Path, guests: tuple[str, ...], owned: tuple[str, ...], label: str
    ) -> None:
        said = [("Alexey", "Why?"), *((who, "Since it is so.") for who in owned), (label, "Both are right.")]
        result = read(tmp_path, *said, guests=guests)
        assert [name for name, _ in speakers(result)[1:3]] == [PEOPLE[guest] for guest in guests]
        assert speakers(result)[3] == (label, Role.UNKNOWN)
        assert any("fits several people" in problem.reason for problem in result.problems)

    @pytest.mark.parametrize("label", ["Dani", "Danny", "Dan"])
    def test_a_short_form_of_one_guests_name_is_theirs(self, tmp_path: Path, label: str) -> None:
        result = read(tmp_path, ("Alexey", "Why?"), (label, "Since it is so."), guests=("frei",))
        assert speakers(result)[1] == ("Daniel Frei", Role.GUEST)

    @pytest.mark.parametrize(("strangers", "bare", "sure"), [(1, 1, False), (2, 1, False), (1, 2, True), (1, 5, True)])
    def test_a_first_name_that_a_stranger_bears_as_often_is_nobodys(
        self, tmp_path: Path, strangers: int, bare: int, sure: bool
    ) -> None:
        said = [("Alexey", "Why?"), *[("Anna Moe", "Ask her.")] * strangers, *[("Anna", "Ask me then.")] * bare]
        result = read(tmp_path, *said)
        assert speakers(result)[-1] == (ANNA if sure else ("Anna", Role.UNKNOWN))
        assert ("Anna Moe", Role.UNKNOWN) in speakers(result)

    @pytest.mark.parametrize(
        ("label", "guest"),
        [
            ("annakeller", "anna"), ("AnnaKeller", "anna"), ("@annakeller", "anna"), ("Anna&nbsp;Keller", "anna"),
            ("&lt;Anna&gt;", "anna"), ("Mark Voice", "voice"), ("Lotte v.d. Vries", "vries"), ("Ann. Keller", "anna"),
        ],
    )  # fmt: skip
    def test_a_name_as_ids_pages_and_registers_write_it(self, tmp_path: Path, label: str, guest: str) -> None:
        result = read(tmp_path, ("Alexey", "Why?"), (label, "Since it is so."), guests=(guest,))
        assert speakers(result)[1] == (PEOPLE[guest], Role.GUEST)
        assert result.counts.words_unaccounted == 0

    @pytest.mark.parametrize("who", ["Voice", "Voice over"])
    def test_a_role_that_is_also_a_surname_stays_undecided(self, tmp_path: Path, who: str) -> None:
        result = read(tmp_path, ("Alexey", "Why?"), (who, "Now a word from us."), guests=("voice",))
        assert speakers(result)[1] == (who, Role.UNKNOWN)

    @pytest.mark.parametrize(("question", "answer"), [("Q", "A"), ("Question", "Answer")])
    def test_answers_beside_questions_are_the_only_guests(self, tmp_path: Path, question: str, answer: str) -> None:
        said = ((question, "Why?"), (answer, "Since it is so."))
        assert speakers(read(tmp_path, *said)) == [(question, Role.HOST), ANNA]
        assert speakers(read(tmp_path, *said, guests=("silva", "costa")))[1] == (answer, Role.UNKNOWN)
        assert speakers(read(tmp_path, ("Anna", "Why?"), said[1]))[1] == (answer, Role.UNKNOWN)


class TestExchangedLabels:
    QUESTIONS = ("How do bees sleep?", "And do they dream?", "What do they dream of?")
    ANSWERS = tuple(f"{opening}, {LONG}" for opening in ("Well", "Indeed", "Then"))

    def conversation(self, asks: str, answers: str) -> list[tuple[str, str]]:
        pairs = zip(self.QUESTIONS, self.ANSWERS, strict=True)
        return [line for question, answer in pairs for line in ((asks, question), (answers, answer))]

    def test_a_guest_who_asks_everything_while_the_host_answers_is_never_quoted(self, tmp_path: Path) -> None:
        result = read(tmp_path, *self.conversation("Anna", "Alexey"))
        assert [role for _, role in speakers(result)] == [Role.UNKNOWN, Role.HOST] * 3
        assert any("exchanged" in problem.reason for problem in result.problems)

    def test_labels_in_their_places_are_left_alone(self, tmp_path: Path) -> None:
        said = [*self.conversation("Alexey", "Anna"), ("Anna", "Do you keep bees?"), ("Alexey", "No.")]
        result = read(tmp_path, *said)
        assert result.counts.speakers_doubted == 0


class TestMarksAndRepeats:
    @pytest.mark.parametrize("text", ["10:30 PM", "1:10 maybe", "10:30", "7:45 am", "4:3 it is", "16:09 AK"])
    def test_a_clock_time_or_ratio_is_somebodys_words(self, tmp_path: Path, text: str) -> None:
        result = read(tmp_path, ("Alexey", "At what hour?"), ("Anna", text), ("Anna", "That late, yes."))
        assert [s.text for s in result.episode.segments][1] == text
        assert speakers(result) == [THE_HOST, ANNA, ANNA]

    @pytest.mark.parametrize("text", ["43:32Anna", "1:43:32 Anna Keller", "43:32 Anna:"])
    def test_a_time_and_a_name_of_the_cast_is_a_mark_for_its_second(self, tmp_path: Path, text: str) -> None:
        rows = [(5, "Alexey", text), (5, "Alexey", "Words of hers."), (9, "Alexey", "Words of his.")]
        lines = [{"line": line, "sec": second, "who": who} for second, who, line in rows]
        assert speakers(read(tmp_path, transcript=lines)) == [ANNA, THE_HOST]

    def test_what_another_person_says_again_is_not_taken_from_the_first(self, tmp_path: Path) -> None:
        result = read(tmp_path, ("Alexey", LONG), ("Anna", LONG), ("Anna", "That is what you wrote; I do not agree."))
        assert [s.text for s in result.episode.segments][:2] == [LONG, LONG]
        assert speakers(result) == [THE_HOST, NOBODY, ANNA]
        assert result.counts.repeated_lines == 0

    def test_a_short_sentence_that_two_people_say_stays_with_both(self, tmp_path: Path) -> None:
        text = "We keep the logs for ninety days."
        assert speakers(read(tmp_path, ("Alexey", text), ("Anna", text))) == [THE_HOST, ANNA]

    @pytest.mark.parametrize(("one", "other"), [("Anna", "Anna Keller"), (None, "Anna"), ("Anna", None)])
    def test_a_paragraph_twice_by_one_person_is_read_once(
        self, tmp_path: Path, one: str | None, other: str | None
    ) -> None:
        result = read(tmp_path, ("Alexey", "Why?"), (one, LONG), (other, LONG))
        assert speakers(result) == [THE_HOST, ANNA]
        assert result.counts.repeated_lines == 1


class TestMisattributed:
    @pytest.mark.parametrize(
        ("said", "doubted"),
        [
            ([("Alexey", "Why?"), ("Alexey", "Anna"), ("Alexey", "I like it."), ("Anna", "So.")], [1, 2]),
            (
                [("Alexey", "Hi."), ("Alexey", "Anna"), ("Alexey", "Yes."), ("Alexey", "Alexey"), ("Alexey", "Good.")],
                [1, 2],
            ),
            ([("Alexey", "Do you test?"), ("Alexey", "Yes, we do."), ("Anna", "Each day.")], [1]),
            ([("Alexey", "Hi."), ("Anna", "Thanks, Anna, and good night.")], [1]),
            ([("Alexey", "Hi."), ("Anna", "Anna, thank you very much.")], [1]),
            ([("Alexey", "Hi."), ("Anna", "Thank you for coming today, Anna.")], [1]),
            ([("Alexey", "Thank you for having me, Alexey!"), ("Anna", "So.")], [0]),
            ([("Alexey", "Hi."), ("Anna", "And what do you think of it, Anna?"), ("Anna", "Not much.")], [1]),
            ([("Alexey", "Hi."), ("Anna", "Anna weighs bees. Welcome to our show."), ("Anna", "Glad to be.")], [1]),
            ([("Alexey", "Hi."), ("Anna", "Do you use any tool for it?"), ("Anna", "Yeah, so we use tape.")], [1]),
            ([("Alexey", "Hi."), ("Anna", "Alexey: And why is it so?"), ("Anna", "It just is.")], [1]),
            ([("Alexey", "Hi."), ("Anna", "60:10 Alexey And why is it so?"), ("Anna", "It just is.")], [1]),
            ([("Anna", "In one race I won."), ("Alexey", "In another race I came last."), ("Anna", "I run.")], [1]),
            ([("Alexey", "Hi."), ("Anna", "Host: And why is it so?"), ("Anna", "It just is.")], [1]),
            ([("Alexey", "Hi."), ("Anna", "Q: And why is it so?"), ("Anna", "It just is.")], [1]),
            ([("Alexey", "Hi."), ("Anna", "Audience question: Is it so?"), ("Anna", "It just is.")], [1]),
            ([("Ben", "Hi."), ("Alexey", "Hi."), ("Anna", "Ben: I am glad."), ("Anna", "It just is.")], [2]),
        ],
    )  # fmt: skip
    def test_words_that_are_plainly_anothers_are_nobodys(
        self, tmp_path: Path, said: list[tuple[str, str]], doubted: list[int]
    ) -> None:
        result = read(tmp_path, *said)
        assert [i for i, speaker in enumerate(speakers(result)) if speaker == NOBODY] == doubted
        assert result.counts.speakers_doubted == len(doubted)
        assert sum("perhaps not" in problem.reason for problem in result.problems) == 1

    @pytest.mark.parametrize(
        "said",
        [
            [("Alexey", "Who asked you?"), ("Anna", "Alexey."), ("Anna", "It was in May.")],
            [("Alexey", "Well, next is"), ("Alexey", "Anna"), ("Anna", "Glad to be here.")],
            [("Alexey", "Why?"), ("Anna", "My boss said, “Thanks, Anna.” I was glad.")],
            [("Alexey", "Why?"), ("Anna", "My boss said thanks, Anna, and left.")],
            [("Alexey", "Why?"), ("Anna", "Hi, I am Anna, and I weigh bees.")],
            [("Alexey", "Why?"), ("Anna", "Thanks to Anna Freud we know.")],
            [("Alexey", "Thanks, Anna."), ("Anna", "Thanks, Alexey.")],
            [("Alexey", "Why?"), ("Anna", "Do they build models? No, they do not."), ("Anna", "No, they ask others.")],
            [("Alexey", "Why?"), ("Anna", "What would you do then?"), ("Anna", "You open the hive first.")],
            [("Alexey", "Why?"), ("Anna", "One hive is old."), ("Anna", "In another hive I saw mites.")],
            [("Alexey", "Why?"), ("Anna", "One hive is old."), ("Alexey", "Another question I have: is it big?")],
            [("Alexey", "What is it?"), ("Alexey", "I ask since I keep bees."), ("Anna", "A hive.")],
            [("Alexey", "Why?"), ("Anna", "Note: it rained. The ratio was 1:10 then.")],
            [("Alexey", "Which?"), ("Anna", "Both: the old one and the new one."), ("Anna", "All: they fly.")],
            [("Alexey", "Why?"), ("Anna", "Question: why do they fly? Since they can.")],
            [("Alexey", "Why?"), ("Anna", "Anna: it just is.")],
        ],
    )
    def test_words_without_a_clear_sign_stay_with_their_label(
        self, tmp_path: Path, said: list[tuple[str, str]]
    ) -> None:
        result = read(tmp_path, *said)
        assert speakers(result) == [THE_HOST if who == "Alexey" else ANNA for who, _ in said]
        assert result.counts.speakers_doubted == 0


class TestReport:
    def test_an_ingest_tells_its_labels_and_keeps_them_for_the_next_run(self, tmp_path: Path) -> None:
        read(tmp_path / "archive", ("Alexey", "Why do you keep bees?"), ("AK", "They are calm."), ("Break", "Buy ice."))
        settings = settings_for(tmp_path / "data")
        reports = [self.build(tmp_path / "archive", settings) for _ in range(2)]
        assert [report.changed for report in reports] == [True, False]
        for report in reports:
            shown = [line for line in report.lines() if line.startswith("Label")]
            assert [line.split("'")[1] for line in shown] == ["AK", "Break"]
            assert "talk.md:" in shown[0]

    @staticmethod
    def build(root: Path, settings: Any) -> IngestReport:
        (root / "_people").mkdir(exist_ok=True)
        (root / "_people" / "anna.md").write_text("---\ntitle: Anna Keller\n---\n")
        return build_index(source_of(root), settings, FakeEmbedder(), CountingProgress())
