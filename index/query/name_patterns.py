"""How names are written, and what stands around one that is somebody's. Data alone.

Questions, statements and follow-ups are read by these. A tool's name ("Kafka") is to fit as few as can be of the words
and doings that are ascribed to people.
"""

from __future__ import annotations

import re

# A word with a capital; a name of up to three of them; a name in full; a word that has no other capital, as a tool's
# ("NVLink") may.
WORD = r"[A-ZÀ-Ý][\w’'-]+"
NAME = rf"{WORD}(?: +{WORD}){{0,2}}"
FULL_NAME = rf"{WORD}(?: +{WORD}){{1,2}}"
PLAIN_WORD = r"[A-ZÀ-Ý][a-zà-ÿ]+"
NAME_IN_TEXT = re.compile(rf"\b{FULL_NAME}")
# Words in small letters inside titles and names of things.
SMALL = r"(?:of|in|and|for|to|vs|the|a|an|with|from|at|on)"
# "What did NAME recommend": words that are ascribed to somebody.
ASCRIBED_TO = re.compile(r"\b(?:did|does|do|has|would|to|of|with|by)\s+$", re.IGNORECASE)
SAYING = re.compile(
    r"\b(?:say|said|tell|told|share|recommend|advise|advice|think|argue|explain|describe|mention|prefer|suggest|believe|"
    r"interview|podcast|episode)s?(?:d|ed)?\b",
    re.IGNORECASE,
)
# What people do, and tools do not.
PERSONAL = (
    r"(?:say|think|recommend|mention|argue|explain|describe|tell|talk|speak|suggest|advise|warn|believe|prefer|mean|like|"
    r"love|hate|enjoy|claim|insist|feel|share|agree|disagree|discuss|learn|study|become|join|leave|decide|regret|teach|"
    r"get into|consider|view|doubt|deny|stress|point out|give|use)"
)
# Forms, not stems: "says" behind a name ascribes something to it, "saying" does not. First what people do and tools do
# not, then what only a name in full before it shows to be done by somebody, then what else both do.
SAYS = (
    r"(?:says|said|argue[sd]|explain(?:s|ed)|recommend(?:s|ed)|warn(?:s|ed)|believe[sd]|thinks|thought|suggest(?:s|ed)|"
    r"mention(?:s|ed)|stress(?:es|ed)|tells|told|claim(?:s|ed)|advise[sd]|prefer(?:s|red)|insist(?:s|ed))"
)
DESCRIBES = (
    r"(?:describes?|described|discuss(?:es|ed)?|points|calls|covers|frames|defines|compares|starts|adds|treats|"
    r"connects|shows|gives|names|keeps|puts|makes)"
)
_DOES = (
    r"(?:agree[sd]|disagree[sd]|den(?:ies|ied)|doubt(?:s|ed)|reject(?:s|ed)|framed|pointed|called|covered|defined|"
    r"compared|started|added|treated|connected|showed|gave|named|kept|made|ties|tied|moves|moved|lists|listed|notes|noted|"
    r"separates|separated|uses|used|links|linked|sees|saw|draws|drew|built|builds|walks|walked|work(?:s|ed)|"
    r"learn(?:s|ed)|became|joined|left|studied|teaches|taught|places|placed|marks|marked|favou?rs|favou?red)"
)
BY_NAME_BEFORE = re.compile(
    r"\b(?:according to|ask(?:ed)?|told|"
    r"(?:interview(?:ed)?|episode|conversation|chat|talk|discussion|podcast) (?:with|by)|"
    r"(?:advice|words|opinion|view|idea|quote|statement)s? (?:from|of|by)|guests? (?:like|such as)|"
    rf"for)\s+(?:{WORD},? and |{WORD}, )?$",
    re.IGNORECASE,
)
ASKED_BEFORE = re.compile(
    r"\b(?:do|does|did|would|should|could|has|have|had|might|didn['’]t|doesn['’]t)\s+"
    rf"(?:{WORD} (?:and|or) )?$",
    re.IGNORECASE,
)
ALSO = r"(?:(?:also|then|later|rightly|ever|really|actually|not|never|does not|doesn['’]t|did not|didn['’]t|has|had) )*"
ASKED_AFTER = re.compile(rf"^(?: (?:and|or) {WORD})? {ALSO}{PERSONAL}\b")
SAID_AFTER = re.compile(rf"^(?:,? and {WORD})?,? {ALSO}(?:{SAYS}|{DESCRIBES}|{_DOES}|{PERSONAL})\b")
OWNED_AFTER = re.compile(
    r"^ (?:[\w-]+ ){0,3}(?:views?|opinions?|advice|take|episodes?|interviews?|story|career|path|background|approach|"
    r"book|company|team|talk|experience|discussion|examples?|arguments?|ideas?|thoughts?|tips?|recommendations?|points?|words?|"
    r"job|role|work|project|lessons?|definition|view|framing|framework|warning|rule|method|process|workflow|setup|"
    r"transition|journey|version|answer|sequence|themes?|metaphors?)\b"
)
OF_A_PERSON = re.compile(r"\b(?:his|her|he|she|him|himself|herself)\b", re.IGNORECASE)
# "What does NAME say about": of one word, which is a tool's as often as somebody's.
STRANGER = re.compile(
    rf"\b(?:do|does|did|would) ({PLAIN_WORD}) (?:ever |also |really )?"
    r"(?:say|think|believe|mention|argue|recommend|suggest|advise|tell|talk|feel|prefer)\b"
)
