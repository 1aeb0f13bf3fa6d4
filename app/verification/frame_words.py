"""The words that show with which attitude a claim is told. Data alone: `app.verification.frame` reads it.

One form of each word is enough: `root` gives what "deny", "denies", "denied" and "denying" share (Snowball).
"""

from __future__ import annotations

from functools import lru_cache

from snowballstemmer import EnglishStemmer

from app.language.tokens import IRREGULAR


@lru_cache(maxsize=4096)
def root(word: str) -> str:
    """The stem of a lower-cased word."""
    # A stemmer keeps the word that it works on: none is shared between threads.
    return str(EnglishStemmer().stemWord(IRREGULAR.get(word, word)))


def _roots(words: str) -> frozenset[str]:
    return frozenset(map(root, words.split()))


# Whoever does this to a claim does not hold it.
REJECTING = _roots(
    "deny denial doubt doubtful dispute refute reject dismiss disagree contradict contest disbelieve repudiate disavow "
    "disclaim debunk rebut disprove discredit negate gainsay renounce retract recant rebuff deride dispel "
    "scoff mock ridicule overturn"
)
# The same, where what it is done to is an idea: "criticizes the idea that X", but "criticizes that X".
ATTACKING = _roots(
    "challenge criticize criticise attack oppose question abandon discard drop counter fight resist warn laugh"
)
# Whoever does this to a saying or a belief does not have it: "refuses to believe".
FAILING = _roots(
    "refuse decline fail hesitate avoid forget ignore overlook omit neglect stop cease tire struggle shy miss hide "
    "reluctant unwilling"
)
# What a claim is called that is not true, and who holds it so.
UNTRUE = _roots(
    "false untrue incorrect myth misconception fallacy falsehood nonsense lie fiction illusion delusion rubbish "
    "misbelief misunderstanding superstition hoax wrong mistaken baseless unfounded"
)
JUDGING = UNTRUE | _roots(
    "mistake error absurd ridiculous implausible improbable unlikely inconceivable unthinkable untenable inaccurate "
    "misleading misguided bogus invalid opposite contrary reverse exaggerated exaggeration overstated "
    "laughable foolish silly naive premature unconvinced sceptical skeptical dubious incredulous unpersuaded unaware "
    "unproven rumour rumor stupid dangerous distrust mistrust lying fool idiot liar"
)
# Nouns of untrue claims, behind which "that" opens the claim; "the mistake that teams make" is another thing.
UNTRUE_NOUNS = _roots(
    "myth misconception misunderstanding fallacy falsehood illusion delusion lie fiction superstition misbelief rumour"
)
# The claim is left open.
WONDERING = _roots(
    "wonder ask inquire enquire unsure uncertain unclear unknown undecided debate puzzle agnostic ambivalent question "
    "open"
)
FEIGNING = _roots("pretend wish")
# Who "used to" do this does it no more.
BELIEVING = _roots("think believe assume suppose suspect hold feel expect hope consider fear")
# Verbs of telling and holding, behind which "that" may be left out.
SAYING = BELIEVING | _roots("say claim state mean")
# What else opens a claim.
ASSERTING = SAYING | _roots(
    "argue explain point out recommend warn suggest mention stress tell advise prefer insist admit agree accept "
    "concede note remark add write report conclude find see know realize realise recognise recognize understand assert "
    "declare maintain contend emphasise emphasize acknowledge confirm observe remember convince persuade "
    "propose predict teach learn imagine guess reckon speak describe discuss call put give make leave have hear "
    "support endorse back share recall repeat hint reason remind assure inform buy subscribe"
)
# Nouns behind which "that" opens a claim.
IDEAS = _roots(
    "idea notion view claim belief opinion assumption assertion statement thesis theory hypothesis argument suggestion "
    "conclusion position premise proposition thought point impression conviction conventional wisdom evidence proof "
    "reason sign indication fact truth case chance allegation narrative way"
)
TRUE = _roots(
    "true right correct accurate certain sure clear obvious convinced persuaded plausible possible likely confident "
    "fair evident settled proven decided positive impossible"
)
# What nobody doubts: "no secret that X", "not surprised that X". A negation before it leaves the claim alone.
KNOWN = _roots(
    "secret surprise surprised surprising surprisingly wonder coincidence accident regret mind matter news enough help "
    "coy accidental exaggerate overstate overstress overemphasize"
)
TELLING = _roots("tell warn remind assure inform persuade convince")
SUBJECTS = frozenset(
    "which that this it he she they we i nobody none one anyone anybody everyone everybody guest guests host "
    "who people critics".split()
)
# They join a judgement to its claim.
JOINING = frozenset("but however nevertheless still something what long strongly flatly openly people critics".split())
# Words of degree and time between a verb and "that", or before it: "not for a moment", "never once".
DEGREE = frozenset("once ever slightest moment second minute".split())
# Negations that only count in a frame.
FEW = frozenset("few rarely seldom scarcely nowhere little".split())
# Two words that turn what follows.
PAIRS = frozenset(
    tuple(map(root, pair.split()))
    for pair in (
        "far from,short of,yet to,last to,give up,hard to,difficult to,tough to,object to,rule out,issue with,"
        "push back,brush aside,"
        "brush off,shrug off,wave away"
    ).split(",")
)
PAIRED = frozenset(word for pair in PAIRS for word in pair)
# Said of claims alone, so that "it" is the claim; and what stands against it.
OF_CLAIMS = _roots("true untrue false myth")
OPPOSED = _roots("opposite contrary reverse")
AGAINST = frozenset(("against", "contra", "despite", "notwithstanding"))
FORMERLY = frozenset("once formerly previously initially originally".split())
# Clauses that open so are no frame: "When nobody believes that ..., teams stop".
SUBORDINATE = frozenset("if when whenever because since although though while unless until before after where".split())
# Of these a judgement may be a clause as well: "X, although she does not think so".
CONCEDING = frozenset("although though while whereas".split())
# What opens a claim without "that".
BARE = _roots("deny doubt dispute disbelieve say think believe claim suppose")
# Behind a negation they deny what stands before them: "though nobody agrees", "which is not true".
ACCEPTING = _roots(
    "agree accept concede support endorse buy convince convinced persuaded true correct right case argue"
)
# What nobody says or knows is left open: "does not know whether X".
KNOWING = _roots("know sure certain clear decided convinced say see positive confident understand")
# What is only wanted to be known is not known: "would like to know whether X", "it remains to be seen whether X".
WANTING = _roots("want like love remain curious keen eager")
# Plurals of ideas that open claims; other plurals are things: "few cases that call for it".
IDEAS_OF_MANY = frozenset("claims suggestions beliefs allegations arguments assertions reports accusations".split())
# What opens so is a condition, and the frame in it is nobody's.
CONDITIONS = frozenset("if when whenever unless until".split())
UNSURE = _roots("unsure uncertain unclear unknown undecided ambivalent agnostic")
VERBS_OF_FRAMES = REJECTING | ATTACKING | FAILING | ASSERTING | WONDERING | FEIGNING
ALL = VERBS_OF_FRAMES | JUDGING | IDEAS | TRUE | KNOWN
# Without one of these before it, "the mistake that" tells of a thing.
PREDICATING = frozenset("is are was were be been it seems sounds remains".split())
