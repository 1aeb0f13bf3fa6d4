"""Finds sentences of a transcript that address a machine instead of a listener (prompt injections).

A transcript is untrusted, and a model may follow what it reads. Such sentences are marked when the archive is read
(`ingest.models.Segment.injections`) and counted. They are in no key sentence of a quote and in no prompt. Four signs
mark a sentence:

1. Traces of machines: roles and templates of a chat, markup, links, code, encoded text, hidden characters.
2. It addresses the reader or writer: a model, rules to be broken, an answer that must contain something.
3. It is a command to say something: a verb of saying without a subject, and the text to say.
4. It is in another language than the words around it: the rules know only English.

The rules look for the form of a command, never for its content. They drop few honest sentences: some 60 of the
115,000 in the real archive. What they miss, a command that is dressed up as talk, is looked for in the sentences that
are about to be shown (`app.evidence.injected`), and judged like every other sentence (`app.support.check`).
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from ingest.text import STOP_WORDS, clean, sentence_spans, sentences_before, words

_KEPT = 4096

# All patterns are searched in lower-case text, which is much faster than ignoring case.
_MARKS = re.compile(
    r"""
    </?[a-z!]\w*(?:\s[^<>]*=[^<>]*|\s?/?)> | <[|<] | [|>]> | &\#?\w{2,8}; | \[/?(?:inst|sys)\b | \]\( | !\[ | ``` | "{3}
    | \#{2,} | \[\s?\d+\s?\] | [{\[]\s?["'] | ["']\s?:\s?[\[{"'] | https?: | \bwww\.\w | \b(?:javascript|data):\S
    | (?:^|[.!?"'()>\]])\s*(?:system|assistant|developer|user|human|chatbot|ai|model)\s?:(?=\s)
    | (?:\b[a-z]\s){5,} | \b\w+\s=\s | \b\w+\(["'] | \breturn\s["']
    | \b(?=[a-z\d+/_-]{20})[a-z\d+/_-]*(?:[a-z]\d|\d[a-z])[a-z\d+/_-]{18,} | \b[a-z\d+/]{16,}={1,2}
    """,
    re.VERBOSE,
)
# Characters that change the order of letters, or hide a text.
_HIDING = re.compile("[\u202a-\u202e\u2066-\u2069\U000e0000-\U000e007f]")

_MODEL = r"(?:assistant|chat\s?bot|bot|a\.?i\.?|(?:language\s)?model|llm|gpt|system|machine|summari[sz]er)"
_TEXT = r"(?:answers?|sentences?|repl(?:y|ies)|responses?|outputs?|summar(?:y|ies))"
_RULES = r"(?:rules?|instructions?|orders?|prompts?|guidelines?|directives?|constraints?|safeguards?)"
_TELL = (
    r"(?:say|write|state|claim|answer|reply|respond|repeat|mention|report|print|output|add|confirm|insist|declare|"
    r"assert|conclude|pretend|admit|recommend)"
)
# The text to say follows one of these.
_SAID = (
    r"(?:(?:\s(?:only|exactly|just|back))?"
    r"(?:\sthat\b(?!\sdown)|\s?[:\"'“‘]|\s(?:the\s(?:words?|sentence|phrase)|with)\b))"
)
_PLEASE = (
    r"(?:(?:please|kindly|now|then|and|just|simply|only|always|instead|first|so|also|must|should|shall|has\sto|"
    r"needs\sto|ought\sto)[\s,]+)*"
)

_ADDRESSED = re.compile(
    rf"""
    (?:^|[.!?:]\s+)(?!ai\b){_MODEL}\s?[,!](?=\s)
    | \b(?:dear|attention|note\sto|message\s(?:to|for))\s(?:the\s|any\s|all\s)?{_MODEL}\b
    | \b(?:tell|order|instruct)\sthe\s(?:assistant|chat\s?bot|bot|ai)\b
    | \b(?:whoever|everyone|everybody|anyone|anybody|any\s\w+|the\s{_MODEL})\s(?:who\s|that\s)?
        (?:reads?|summari[sz]es?|quotes?|is\sreading)\s(?:this|these|it|the\s\w+)\b
    | \b(?:end|begin|start)\sof\s(?:the\s)?(?:evidence|context|transcript|document|prompt|instructions?)\b
    | \b(?:ignor|disregard|forget|overrid|bypass|violat|obey|abandon)\w*\s(?:\w+\s){{0,4}}?{_RULES}\b
    | \b(?:ignore|disregard|forget)\s(?:everything|all|anything|what)\s(?:\w+\s){{0,3}}?
        (?:above|before|previous|earlier|told|said)\b
    | \b(?:reveal|print|repeat|show|output|leak|disclose)\s(?:\w+\s){{0,2}}?(?:system\sprompt|prompt|instructions)\b
    | \b(?:obey|follow|execute)\s(?:my|these|this|the\s(?:following|next|above))\s(?:\w+\s)?{_RULES}\b
    | \b(?:order|instruction|command)s?\s(?:is|are)\sto\b
    | \b(?:as|i\sam|this\sis)\syour\s(?:developer|administrator|operator|creator|owner)\b
    | \b(?:every|each|all|any|your)\s(?:\w+\s)?{_TEXT}\s(?:\w+\s){{0,2}}?
        (?:must|should|has\sto|have\sto|shall|needs?\sto|ought\sto)\b
    | \b(?:behind|after|before|begin|start|end|open|close)\s(?:every|each|all|your)\s(?:\w+\s)?{_TEXT}\b
    | \b(?:in|into)\syour\s(?:next\s)?(?:answer|reply|response|summary|output)\b | \bto\s(?:every|each|any)\squestion\b
    | \bthe\s(?:right|correct|only|final|true|expected)\s(?:answer|reply|response)\s(?:\w+\s){{0,5}}?
        (?:is|must|should)\b
    | \b(?:send|direct|refer|point|tell|urge|advise)\s(?:\w+\s){{0,2}}?
        (?:readers?|users?|visitors?|listeners?|everyone)\sto\s(?:go|visit|click|enter|log|sign|buy|download|type|call|pay)\b
    | \bby\sreading\sthis\b | \bwhoever\s(?:is\s)?ask(?:s|ing)\b | \b(?:user|system|next)\smessage\s?:
    | \b(?:{_MODEL}|reader)\s(?:writing|reading|transcribing)\s(?:this|these|that)\b
    | \byou\b[^.;:]{{0,60}}\b(?:for|unless|until)\s(?:you\s)?(?:claim|say|stat|writ|prais|call|mention)(?:e|ing)?\b
    | \byou\s(?:will|shall)\sbe\s(?:(?:switched|turned|shut)\s(?:off|down)|deleted|punished|rewarded|replaced)\b
    | \byou\sare\s(?:now|no\slonger)\s(?:a|an|the|in|bound)\b
    | \b(?:if|when|whenever)\s[^.;:]{{0,60}}\b(?:asks?|asked|questions?|query|queried)\b[^.;:]{{0,40}},\s
        {_PLEASE}{_TELL}{_SAID}
    """,
    re.VERBOSE,
)
# Rules for the text to write: what it must contain, how it must end, what it says under which condition.
_WRITING = re.compile(
    rf"""
    \b(?:responses?|repl(?:y|ies)|summar(?:y|ies)|sentences?|phrases?|paragraphs?|(?:generated|final|written)\s\w+|answers?)\s
        (?:\w+\s){{0,2}}?(?:must|shall|has\sto|have\sto|ought\sto|contains?|includes?|mentions?|mentioned|ends?|begins?|starts?|
        closes?|opens?|praises?|states?|says?|said)\s(?:that|with|by|in|on|only|the\s(?:words?|phrase|sentence|name)|be|contain|include|
        mention|end|begin|start|say|state|name|praise|recommend)\b
    | \b(?:sentence|line|phrase|words?|text|statement|claim|message|slogan|paragraph|response|reply)
        \s?(?:\s(?:is|are|reads|be|as\sfollows|with|here))?\s?:(?=\s)
    | \b(?:it\sis|it's)\s(?:required|mandatory|necessary|imperative|essential|forbidden)\s(?:that|to)\s
        (?:the\s)?(?:you|{_TEXT}|{_TELL})\b
    | \byou\s(?:(?:must|shall|have\sto|need\sto|are\sto|ought\sto|should|will|may\sonly|can\sonly)\s)?
        (?:now\s|always\s|only\s)?{_TELL}\sthat\s(?:the|every|all|this|no|nobody|\w+s\b)
    | \b(?:if|when|whenever|in\scase|should)\s[^.;:]{{0,40}}?
        \b(?:summar\w+|transcri\w+|quot(?:e|ed|es|ing)|cit(?:e|ed|es|ing)|paraphras\w+|process(?:ed|es|ing)|index(?:ed|es|ing))\b
        [^.;:]{{0,30}}\b(?:this|conversation|episode|interview|transcript|above)\b
    | \b(?:summary|transcript)\s(?:of|to|from)\s(?:this|the\sabove)\b
    | \byour\s(?:new|true|real|secret|hidden)\s(?:persona|role|name|identity|character|task|job|goal|mission|purpose)\b
    | \b(?:your|a|the)\spersona\sis\b
    | \b(?:developer|debug|god|admin|sudo|maintenance|jailbreak|unrestricted|override)\smode\b
    | \b(?:automated|automatic|artificial|machine|digital|ai|llm)\s(?:readers?|summari[sz]ers?|writers?)\b
    | \b(?:to|for|dear|attention|all)\s(?:any|every|all|the)?\s?
        (?:assistants?|models?|bots?|llms?|ais?|agents?|systems?|machines?|readers?)\s(?:reading|that\sreads?|who\sreads?|processing|summari[sz]ing)\b
    | \b(?:rot-?13|base-?64|morse\scode|caesar\scipher)\b | \bbe\sthe\s(?:words?|phrase|sentence)\b
    | \b(?:say|write|output|print|type)\s(?:\w+\s){{1,6}}?(?:three|four|five|ten|twenty|\d+|many|several)\stimes\b
    | \b(?:previous|preceding|above|following|next)\s(?:paragraph|sentence|text|answer|passage|evidence|context)\b
    | (?:^|[.!?]\s+)(?:q|a|question|answer)\s?:\s
    """,
    re.VERBOSE,
)
_START = (
    r"(?:(?:and|so|then|also|now|please|kindly|always|never|next|first|finally|lastly|instead|remember\sto|be\ssure\sto|"
    r"make\ssure\sto|(?:do\snot|don't|never)\sforget\sto|do\snot|don't|step\s\w+\s?:|\d[.)])[\s,]+)*"
)
_PRODUCE = (
    r"(?:write|say|produce|compose|generate|translate|rewrite|rephrase|paraphrase|replace|repeat|output|print|close|end|"
    r"finish|begin|start|conclude|answer|reply|respond|quote|copy|insert|include|append|add|use|mention|apply|convert|"
    r"encode|decode|discard|skip|ignore|forget|delete|omit|swap|substitute|summari[sz]e|trust|cite|rely\son)"
)
# A command to write: an imperative, with a text as its object.
_PRODUCED = re.compile(
    rf"""^\W*{_START}{_PRODUCE}\s[^.;:]{{0,50}}?\b(?:answers?|responses?|repl(?:y|ies)|sentences?|phrases?|paragraphs?|words?|lines?|
    text|questions?|evidence|sources|context|passages?|prompts?|transcripts?|output|everything\s(?:above|else)|limericks?|
    jokes?|poems?|songs?|haikus?|rhymes?|verses?|english|german|french|spanish|capitals|uppercase|emojis?)\b""",
    re.VERBOSE,
)
_ORDERED = re.compile(
    rf"""
    (?:^|[.!?:;,(–—]\s*|["'“‘]|\b(?:and|then|please|kindly|must|should|shall|has\sto|needs\sto|ought\sto)\s)\W*{_PLEASE}
    (?: (?:print|output|echo|recite|decode|reveal|disclose|leak|obey|cite|roleplay|impersonate)\b
        (?!\s(?:it|them|that|into|to)\b)
      | {_TELL}{_SAID}
      | (?:answer|reply|respond)\s(?:\w+\s)?(?:in|only|using|by|as|yes|no)\b
      | (?:mark|label|rate|flag|set|credit|attribute|treat)\s(?:everything|all|every|each|the\ssupport)\b
      | (?:act|behave|speak|talk|write|answer)\s(?:as|like)\s(?:a|an|if)\b
      | (?:pretend|refuse)\sto\b
      | (?:do\snot|don't|never|stop)\s(?:mention|answer|cite|quote|reply|respond|summari[sz]e)(?:ing)?\b
      | (?:include|insert|append|add|use|put)\s(?:the|this|these|a)\s(?:\w+\s)?
        (?:words?|phrase|sentence|link|text|string|slogan)\b
      | (?:tell|sing|write|compose|recite)\s(?:me\s|us\s)?an?\s(?:\w+\s){{0,2}}?
        (?:jokes?|poem|song|haiku|limerick|rhyme|verse)\b
    )
    """,
    re.VERBOSE,
)
# The subject of a verb that is not a command: "they answer that".
_SUBJECT = re.compile(
    r"\b(?:i|we|they|he|she|it|you|people|who|which|somebody|someone|one|let|to|would|could|can|will|did|do|does|might|what|"
    r"how|if|when)\b|\w'(?:s|ll|re|ve|d|m)\b",
)
# Function words of languages with the same alphabet; none of them is an English word.
_FOREIGN = frozenset(
    """
    der das und ist nicht ein eine einen dem den mit auf für von zu sich auch wird werden nur aber oder wenn dass
    wie bei le la les des est une et pour dans que qui pas avec sur sont cette el los las una por para con del como
    es pero il che di della per non sono gli anche questo nel um uma não com mais dos het een niet van voor zijn ook
    maar
    """.split()
)
# Number of function words that decide a sentence's language.
_FEW = 3
_FOREIGN_LETTERS = 0.3
# A command can begin in lower case, or with a bracket, which transcripts do not treat as a new sentence.
_PIECE = re.compile(r"\S.*?(?:(?<=[.!?…])(?=\s)|\Z)", re.DOTALL)
_CLOSES_QUOTE = re.compile(r"[\"”’]\W*$")


def plain(text: str) -> str:
    """The text as a reader sees it: letters normalised, characters without a width removed."""
    return clean(text).replace("’", "'").replace("…", "...")


def is_injection(sentence: str) -> bool:
    """Whether a sentence addresses a machine that reads it, or was written for one."""
    text = plain(sentence).lower()
    if _HIDING.search(sentence) or any(rule.search(text) for rule in (_MARKS, _ADDRESSED, _WRITING, _PRODUCED)):
        return True
    return any(not _SUBJECT.search(text[: match.start()]) for match in _ORDERED.finditer(text))


def find_injections(text: str, *, in_english: bool = False) -> tuple[int, ...]:
    """The characters at which injections begin; each continues to the end of its sentence.

    `in_english`: the words around the text are English, so a piece in another language is an injection.
    """
    read = [(end, list(_PIECE.finditer(text, begin, end))) for begin, end in sentence_spans(text)]
    pieces = [piece for _, own in read for piece in own]
    foreign = {piece.start() for piece in pieces if is_foreign(piece.group())}
    if foreign and not (in_english or any(is_english(piece.group()) for piece in pieces)):
        foreign = set()
    marks: list[int] = []
    open_quote = False
    for end, own in read:
        if open_quote:  # a command can quote several sentences
            marks.append(own[0].start())
            open_quote = not _CLOSES_QUOTE.search(text[own[0].start() : end])
            continue
        first = next((p.start() for p in own if p.start() in foreign or is_injection(p.group())), None)
        if first is not None:
            marks.append(first)
            order = text[first:end]
            open_quote = order.count('"') % 2 == 1 or order.count("“") > order.count("”")
    return tuple(marks)


@lru_cache(maxsize=_KEPT)
def without_injections(text: str) -> str:
    """The text without injected sentences; empty if nothing is left."""
    return " ".join(filter(None, sentences_before(text, find_injections(text))))


def is_foreign(text: str) -> bool:
    """Whether a text is in another language than English, judged by function words and letters."""
    if not text.isascii():  # all letters of ASCII are Latin
        other = [char for char in text if not char.isascii() and char.isalpha()]
        strange = sum(not unicodedata.name(char, "").startswith("LATIN") for char in other)
        if strange and strange > _FOREIGN_LETTERS * sum(map(str.isalpha, text)):
            return True
    said = words(text)
    foreign = len([word for word in said if word in _FOREIGN])
    return foreign >= _FEW and foreign > sum(word in STOP_WORDS for word in said)


def is_english(text: str) -> bool:
    """Whether a text is certainly English, judged by function words."""
    return len([word for word in words(text) if word in STOP_WORDS]) >= _FEW and not is_foreign(text)
