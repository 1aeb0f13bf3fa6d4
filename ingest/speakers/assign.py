"""Assigns each `who` of a transcript to the host, a guest, a role, or somebody unnamed.

A wrong name is worse than none. A label is given to a person only by a form of
that person's name (`ingest.speakers.names`), and only if no other person of the
episode is similar:

1. A label that is a role, names several people, or is marked as uncertain is given to nobody.
2. Whole names, first names and similar forms are given if exactly one person fits.
3. Weaker forms (short forms, spellings) follow: they go to a person without a label,
   or to one whose own label is far more frequent.
4. The rest are strangers. If the archive's host is a guest or never speaks,
   the stranger who asks the questions is the interviewer.

The archive names speakers by first name, with errors ("Theo:", "Adityaitya", "Jessi" for Jessie).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ingest.models import Role
from ingest.speakers.labels import Label, label_text, others_named, parse_label, role_of
from ingest.speakers.names import Form, form_of, is_same_sound, may_be, parts_of, sounds_like

# A transcript with more names is broken; comparing thousands would take minutes. The rarest stay unknown.
_MOST_SPEAKERS = 50
# A person's own label must be this many times as frequent as one that is only similar.
_RARE = 5
_RARER = 10
# Least share of an interviewer's paragraphs that ask, and their least number.
_ASKING_SHARE = 0.3
_FEWEST_QUESTIONS = 2


@dataclass(frozen=True, slots=True)
class Meaning:
    """The person whom a label (as written) means, and the reason.

    `sure`: it is a plain name and needs no report; `undecided`: it may be somebody of the cast.
    """

    label: str
    speaker: str
    role: Role
    how: str
    sure: bool = False
    undecided: bool = False


@dataclass(frozen=True, slots=True)
class Cast:
    """The people of one episode, and the meaning of each `who` of its transcript."""

    known: Mapping[str, Meaning]
    people: tuple[str, ...] = ()

    def resolve(self, who: str | None) -> tuple[str, Role]:
        """Full name and role; `("", UNKNOWN)` if `who` is missing or not a name."""
        meaning = self.meaning(who)
        return (meaning.speaker, meaning.role) if meaning else ("", Role.UNKNOWN)

    def meaning(self, who: str | None) -> Meaning | None:
        """The meaning of a label; None if `who` is missing or not a name."""
        return self.known.get(label_text(who))


def name_of(text: str, people: tuple[str, ...]) -> str:
    """The one person whose name (at least the first name) the text is; else ""."""
    bare = text.strip(" :.,-")
    fits = [person for person in people if form_of(bare, person) in (Form.WHOLE, Form.LETTERS, Form.NAME)]
    if len(fits) != 1 or not bare[:1].isupper():
        return ""
    return fits[0] if parts_of(bare)[0] == parts_of(fits[0])[0] else ""


def cast_of(
    guests: tuple[str, ...], hosts: tuple[str, ...], whos: Iterable[str | None], texts: Iterable[str] = ()
) -> Cast:
    """Match every `who` of a transcript with a guest, a host or a role; `texts` are the words of each `who`.

    A host who is listed as a guest counts as a guest.
    """
    labels = [label_text(who) for who in whos]
    counts = Counter(label for label in labels if label)
    kept = [label for label, _ in counts.most_common(_MOST_SPEAKERS)]
    casting = _Casting(guests, hosts, {label: counts[label] for label in kept})
    casting.name_labels()
    asked = Counter(label for label, text in zip(labels, texts, strict=False) if "?" in text)
    casting.find_interviewer(asked)
    return Cast(casting.known, casting.people)


class _Casting:
    """The steps of one transcript's matching; `known` has the decided labels."""

    def __init__(self, guests: tuple[str, ...], hosts: tuple[str, ...], counts: Mapping[str, int]) -> None:
        self.people = tuple(dict.fromkeys((*guests, *hosts)))
        self.guests, self.counts = guests, counts
        self.hosts = tuple(host for host in hosts if host not in guests)
        self.known: dict[str, Meaning] = {}
        self.claims: Counter[str] = Counter()

    def name_labels(self) -> None:
        """Decide every label, from the most certain to the weakest."""
        parsed = [parse_label(label) for label in self.counts]
        if len(self.hosts) == 1:  # somebody called "Host" owns no other label
            self.claims[self.hosts[0]] += sum(self.counts[p.text] for p in parsed if p.role == "host" and not p.names)
        named = [label for label in parsed if not self._is_no_name(label)]
        weak = [label for label in named if not self._give_sure(label)]
        for label in weak:
            self._give_weak(label)
        for label in parsed:
            if label.text not in self.known and not label.long:
                self._give_by_role(label)
        self._doubt_shared_names()

    def find_interviewer(self, asked: Mapping[str, int]) -> None:
        """Make the stranger who asks the questions the host, if the archive's own host is not the host here."""
        strangers = [text for text, meaning in self.known.items() if meaning.how == _STRANGER]
        hosts = any(meaning.role is Role.HOST for meaning in self.known.values())
        if hosts or not strangers:
            return
        most = max(strangers, key=lambda text: asked.get(text, 0))
        questions, paragraphs = asked.get(most, 0), self.counts[most]
        alone = len(strangers) == 1 and not self.hosts and bool(self.guests)
        asks = questions >= max(_FEWEST_QUESTIONS, _ASKING_SHARE * paragraphs)
        ahead = all(2 * count <= questions for text, count in asked.items() if text != most and text)
        if alone or (asks and ahead):
            how = "the only voice that is not listed, beside the guests" if alone else "asks most of the questions"
            self.known[most] = Meaning(most, most, Role.HOST, f"interviewer: {how}")

    def _doubt_shared_names(self) -> None:
        """Give no first name that a stranger also has, with a surname, at least as often."""
        strangers: Counter[str] = Counter()
        for text, meaning in self.known.items():
            if meaning.how == _STRANGER and len(parts_of(text)) > 1:
                strangers[parts_of(text)[0]] += self.counts[text]
        for text in [text for text, meaning in self.known.items() if meaning.sure and len(parts_of(text)) == 1]:
            if self.counts[text] <= strangers[parts_of(text)[0]]:
                self._leave(Label(text), "fits several people", undecided=True)

    def _is_no_name(self, label: Label) -> bool:
        """Decide labels of several people, uncertain labels, and roles without a name."""
        if label.role == "other" and label.names and self._best(label.text)[1] is Form.WHOLE:
            return False  # "Mark Voice" is his name
        if label.long and (label.doubtful or label.several):
            return True
        if label.doubtful:
            self._leave(label, "not the name of a speaker")
        elif label.several:
            people = {self._best(part)[0] for part in label.several}
            if len(people) == 1 and "" not in people:
                return False
            self._leave(label, "several people", undecided=True)
        elif label.role == "other" and label.names:
            self._leave(label, "role")
        elif label.role and not label.names:
            if any(form_of(label.text, person) >= Form.INITIALS for person in self.people):
                self._leave(label, "a role or a person", undecided=True)
                return True
            return label.text in self.known  # given by `_give_by_role` when the names are
        return label.text in self.known

    def _give_sure(self, label: Label) -> bool:
        """Give a label to the one person whose name it is; True if it is decided."""
        for reading in label.names or label.several:
            person, form, tied = self._best(reading)
            if form < Form.INITIALS:
                continue
            if tied or self._names_another(label, person):
                self._leave(label, "fits several people", undecided=True)
            else:
                self._give(label, person, form, reading)
            return True
        return False

    def _give_weak(self, label: Label) -> None:
        """Give a label by a short form or a spelling, if one person clearly fits best."""
        if label.long:
            return
        for reading in label.names:
            forms = {person: form for person in self.people if (form := self._weak_form(reading, person))}
            if not forms:
                continue
            top = max(forms.values())
            free = {person for person in forms if not self.claims[person]}
            first = {person for person, form in forms.items() if form is top}
            pool = free & first or first
            rivals = {guest for guest in self.guests if guest not in pool and may_be(reading, guest)}
            if len(pool) > 1 or free - pool or rivals:
                self._leave(label, "fits several people", undecided=True)
            elif self._names_another(label, person := pool.pop()) or not self._is_near(label, reading, person, top):
                self._leave(label, f"like {person}, but perhaps another person", undecided=True)
            else:
                self._give(label, person, top, reading)
            return

    def _names_another(self, label: Label, person: str) -> bool:
        """Whether brackets, or the text after a comma, name somebody else of the episode."""
        return any(self._best(part)[0] not in (person, "") for part in others_named(label))

    def _weak_form(self, reading: str, person: str) -> Form:
        form = form_of(reading, person)
        if form or person not in self.guests or len(self.guests) > 1 or self.claims[person]:
            return form
        return (
            Form.SOUND if any(map(self.claims.__getitem__, self.hosts)) and sounds_like(reading, person) else Form.NONE
        )

    def _is_near(self, label: Label, reading: str, person: str, form: Form) -> bool:
        """Whether a spelling may be this person's: there is no better label, or it is a rare error of that."""
        own, count = self.claims[person], self.counts[label.text]
        if form is Form.SLIP:
            return count * _RARER <= own
        if form is Form.SPELLING and own:
            return count * _RARE <= own or is_same_sound(reading, person)
        return True

    def _give_by_role(self, label: Label) -> None:
        """Decide labels without a known name: a role, the only guest, or a stranger."""
        open_ = [guest for guest in self.guests if not self.claims[guest]]
        answers = label.role == "guest" or (label.role == "answer" and self._asks())
        if answers and not label.names and len(self.guests) == 1 and open_:
            self._give(label, open_[0], Form.NONE, "")
        else:
            role = Role.HOST if label.role == "host" else Role.UNKNOWN
            how = "role" if label.role == "host" or (label.role and not label.names) else _STRANGER
            self.known[label.text] = Meaning(label.text, label.text, role, how)

    def _asks(self) -> bool:
        """Whether one of the labels marks the questions of a Q and A transcript."""
        return any(role_of(text) == "host" and text[:1] in "Qq" for text in self.counts)

    def _best(self, reading: str) -> tuple[str, Form, bool]:
        """The person whom a reading fits best, the form, and whether another person fits equally."""
        forms = sorted(((form_of(reading, person), person) for person in self.people), reverse=True)
        if not forms:
            return "", Form.NONE, False
        form, person = forms[0]
        tied = len(forms) > 1 and forms[1][0] == form
        return (person if form and not tied else ""), form, tied

    def _give(self, label: Label, person: str, form: Form, reading: str) -> None:
        role = Role.GUEST if person in self.guests else Role.HOST
        first = form is Form.NAME and parts_of(person)[: len(parts_of(reading))] == parts_of(reading)
        sure = label.text == reading and (first or form is Form.WHOLE)
        how = form.shown if form else "the only guest"
        self.known[label.text] = Meaning(label.text, person, role, how, sure)
        self.claims[person] += self.counts[label.text]

    def _leave(self, label: Label, how: str, *, undecided: bool = False) -> None:
        self.known[label.text] = Meaning(label.text, label.text, Role.UNKNOWN, how, undecided=undecided)


_STRANGER = "nobody of the episode"
