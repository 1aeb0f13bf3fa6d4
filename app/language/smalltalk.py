"""Whether a text only greets, thanks or agrees, and so asks nothing. Rules for English, read off the text alone."""

from __future__ import annotations

import re

from app.language.lexicon import LEXICON
from ingest.text import STOP_WORDS, words

# What people say to each other around a question; "test" and "help" are typed to see whether anybody is there.
SOCIAL = LEXICON.words("talk.social")
_BESIDE = LEXICON.words("talk.beside")
_GREETS, _THANKS = LEXICON.words("talk.greets"), LEXICON.words("talk.thanks")
_LONGEST = 8
# "Can you hear me?", "How are you?", "What can you do?": asked of the program, and never about an archive's subject.
_OF_THE_PROGRAM = re.compile(
    r"(?:how (?:are|is) (?:you|it going|things)(?: doing)?(?: today)?|what is up|(?:what|how) (?:else )?can (?:you|i) "
    r"(?:do|ask|help)(?: (?:for me|with|here|you|me|about))*|who are you|what are you|are you there|"
    r"can you (?:help|hear)(?: me)?|(?:do|can) you (?:speak|understand) \w+|(?:what|which) languages? (?:do|can) you "
    r"(?:speak|understand)|what is the (?:weather|time|date)(?: like)?(?: today| now| outside)?|see you(?: \w+)?|"
    r"where do your (?:answers?|data|knowledge|information) come from|"
    r"(?:what|which) (?:is|are) your (?:data )?sources?|"
    r"(?:what|which) (?:data )?sources do you (?:have|use)|"
    r"(?:what|which) (?:language )?(?:model|llm|ai) (?:do you use|are you)|"
    r"are (?:the|your|these) answers? (?:generated|written|made)(?: by \w+)?|"
    r"who (?:is|stands) behind this(?: project| site| page)?|"
    r"(?:i have )?(?:one|an?|another)(?: more| quick| other)* question|"
    r"(?:can you )?(?:please )?(?:tell|sing|write)(?: me)? an? (?:joke|story|song|poem))"
)


def small_talk(text: str) -> bool:
    """Whether nothing is asked: greetings, thanks, a yes or no, no word; or how the program is and what it can."""
    said = words(text)
    if len(said) > _LONGEST:
        return False
    if _OF_THE_PROGRAM.fullmatch(" ".join(_plain(said))):
        return True
    counts = any(word in ("test", "testing") for word in said)
    return all(word in SOCIAL or word in _BESIDE or (counts and word.isdecimal()) for word in said) and (
        not said or any(word in SOCIAL for word in said)
    )


def greeting(text: str) -> str:
    """What is said in return, before anything else; empty where nobody was greeted or thanked."""
    said = set(words(text))
    if said & _THANKS:
        return "You are welcome."
    return "Hello!" if said & _GREETS else ""


def asks_nothing(word: str) -> bool:
    """Whether a word says nothing of what is asked about."""
    return word in STOP_WORDS or word in SOCIAL


def _plain(said: list[str]) -> list[str]:
    """Words as they are written out, those of chats ("u r") too."""
    return written_out(re.sub(r"\br\b", "are", re.sub(r"\bu\b", "you", " ".join(said)))).split()


def written_out(text: str) -> str:
    """A text in small letters with the short forms of "is" and "are" written out: "what's", "whats", "they're"."""
    text = re.sub(r"\b(what|who|when|where|how|there)'?s\b", r"\1 is", text.replace("’", "'"))
    return re.sub(r"\b(\w+)'re\b", r"\1 are", text)
