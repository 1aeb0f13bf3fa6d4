"""What stands around a name where it is somebody's: words, views and doings that are ascribed to people. Data alone.

`index.query.guest_names` reads them; a tool's name ("Kafka") is to fit as few of them as can be.
"""

from __future__ import annotations

import re

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
SAYS = (
    r"(?:(?:says|said|argue[sd]|explain(?:s|ed)|recommend(?:s|ed)|warn(?:s|ed)|believe[sd]|thinks|thought|suggest(?:s|ed)|"
    r"mention(?:s|ed)|stress(?:es|ed)|tells|told|claim(?:s|ed)|advise[sd]|prefer(?:s|red)|insist(?:s|ed)|describe[sd]|"
    r"discuss(?:es|ed)|agree[sd]|disagree[sd]|den(?:ies|ied)|doubt(?:s|ed)|reject(?:s|ed)|frame[sd]|point(?:s|ed)|"
    r"call(?:s|ed)|cover(?:s|ed)|define[sd]|compare[sd]|start(?:s|ed)|add(?:s|ed)|treat(?:s|ed)|connect(?:s|ed)|"
    r"show(?:s|ed)|gives?|gave|name[sd]|keeps|kept|puts|makes|made|ties|tied|moves|moved|lists|listed|notes|noted|"
    r"separates|separated|uses|used|adds|links|linked|sees|saw|draws|drew|built|builds|walks|walked|work(?:s|ed)|"
    r"learn(?:s|ed)|became|joined|left|studied|teaches|taught|places|placed|marks|marked|favou?rs|favou?red)\b)"
)
BY_NAME_BEFORE = re.compile(
    r"\b(?:according to|ask(?:ed)?|told|"
    r"(?:interview(?:ed)?|episode|conversation|chat|talk|discussion|podcast) (?:with|by)|"
    r"(?:advice|words|opinion|view|idea|quote|statement)s? (?:from|of|by)|guests? (?:like|such as)|"
    r"for)\s+(?:[A-ZÀ-Ý][\w’'-]*,? and |[A-ZÀ-Ý][\w’'-]*, )?$",
    re.IGNORECASE,
)
ASKED_BEFORE = re.compile(
    r"\b(?:do|does|did|would|should|could|has|have|had|might|didn['’]t|doesn['’]t)\s+"
    r"(?:[A-ZÀ-Ý][\w’'-]* (?:and|or) )?$",
    re.IGNORECASE,
)
ALSO = r"(?:(?:also|then|later|rightly|ever|really|actually|not|never|does not|doesn['’]t|did not|didn['’]t|has|had) )*"
ASKED_AFTER = re.compile(rf"^(?: (?:and|or) [A-ZÀ-Ý][\w’'-]*)? {ALSO}{PERSONAL}\b")
SAID_AFTER = re.compile(rf"^(?:,? and [A-ZÀ-Ý][\w’'-]*)?,? {ALSO}(?:{SAYS}|{PERSONAL}\b)")
OWNED_AFTER = re.compile(
    r"^ (?:[\w-]+ ){0,3}(?:views?|opinions?|advice|take|episodes?|interviews?|story|career|path|background|approach|"
    r"book|company|team|talk|experience|discussion|examples?|arguments?|ideas?|thoughts?|tips?|recommendations?|points?|words?|"
    r"job|role|work|project|lessons?|definition|view|framing|framework|warning|rule|method|process|workflow|setup|"
    r"transition|journey|version|answer|sequence|themes?|metaphors?)\b"
)
OF_A_PERSON = re.compile(r"\b(?:his|her|he|she|him|himself|herself)\b", re.IGNORECASE)
# "What does NAME say about": of one word, which is a tool's as often as somebody's.
STRANGER = re.compile(
    r"\b(?:do|does|did|would) ([A-ZÀ-Ý][a-zà-ÿ]+) (?:ever |also |really )?"
    r"(?:say|think|believe|mention|argue|recommend|suggest|advise|tell|talk|feel|prefer)\b"
)
