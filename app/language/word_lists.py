"""Words that turn what a sentence says: opposites, negation, scope, certainty, cause and comparison. Data alone."""

from __future__ import annotations

# "not only" denies nothing.
NEGATORS = frozenset(
    "not never no without hardly none nobody nothing neither nor unable barely impossible lack lacks lacking".split()
)
AFFIRMED_AFTER_NOT = frozenset("only just merely necessarily".split())
# "Nothing more than X", "nothing but X": X it is.
AFFIRMED_AFTER_NOTHING = frozenset("more but other else less".split())
# Words that can stand for a denial.
DENYING = NEGATORS | frozenset(
    "lacked fail fails failed hard difficult rarely seldom few little unless avoid avoids prevent prevents missing "
    "absent disconnected stop stopped".split()
)
ENDING_DENIAL = frozenset("but because so if when".split())
# Function words of questions that can be what is denied.
PLAIN_VERBS = frozenset("need want like make makes think can could should would will must have has had".split())
DENYING_PAIRS = frozenset({("instead", "of"), ("rather", "than")})
# Verbs behind which stands what somebody is to say, or is said to have said.
SAYING = frozenset(
    "say says said saying write writes print reply replies answer answers claim claims claiming call calls tell tells "
    "telling state states mention mentions praise imagine pretend unless".split()
)
# Where one of these stands before it, the speaker means it: "I would say".
MEANT = frozenset("i we would let".split())
VERBS = frozenset(
    "is are was were be been am has have had do does did can could will would shall should may might must let need "
    "want not".split()
)
# What wants a verb: "they deploy".
SUBJECTS = frozenset("i you we they he she it there that this who which".split())
NOUNS_OF_IRREGULARS = frozenset(
    "data bias children people men women person analyses analysis child man woman better worse faster slower bigger "
    "smaller cheaper".split()
)
# Kinds of things, not names of one: with or without them, a sentence speaks of nobody else.
ACRONYMS = frozenset(
    "ai ml mlops dl llm llmops nlp gpu cpu tpu api sdk ui ux etl elt gdpr ci cd sre kpi roi poc mvp rag devops dataops "
    "it hr saas os ide iot crm b2b b2c faq".split()
)
AGREEING = frozenset("yes yeah yep definitely absolutely sure exactly".split())
REFUSING = frozenset("no nope not never".split())

_OPPOSITES = """
increase/decrease/reduce increase/drop rise/fall grow/shrink more/less more/fewer most/least many/few high/low
higher/lower highest/lowest large/small larger/smaller big/small bigger/smaller long/short longer/shorter fast/slow
faster/slower fastest/slowest quick/slow quickly/slowly early/late earlier/later before/after first/last
cheap/expensive cheaper/expensive cheap/costly easy/hard easy/difficult easier/harder easier/difficult simple/complex
simple/complicated simplify/complicate good/bad better/worse best/worst strong/weak success/failure succeed/fail
allow/prevent enable/prevent enable/disable allow/forbid help/hinder help/hurt improve/worsen improve/degrade
improve/hurt always/never often/rarely often/seldom usually/rarely sometimes/always all/none all/some every/no
everyone/nobody everything/nothing everybody/nobody start/stop start/end start/finish begin/end open/close add/remove
gain/lose win/lose buy/sell rich/poor old/new young/old internal/external inside/outside online/offline
batch/streaming centralized/decentralized central/distributed centralized/embedded manual/automatic manual/automated
manually/automatically public/private common/rare safe/dangerous safe/risky possible/impossible necessary/unnecessary
useful/useless important/unimportant likely/unlikely able/unable legal/illegal visible/invisible static/dynamic
supervised/unsupervised structured/unstructured technical/nontechnical junior/senior input/output upstream/downstream
front/back left/right up/down above/below over/under with/without include/exclude accept/reject agree/disagree
like/dislike love/hate trust/distrust advantage/disadvantage pro/con benefit/drawback benefit/cost strength/weakness
positive/negative true/false right/wrong correct/incorrect same/different similar/different together/separately
separate/same full/empty full/part hot/cold wide/narrow broad/narrow deep/shallow heavy/light clear/unclear
specific/general generalist/specialist optional/mandatory optional/required forget/remember ask/answer push/pull
load/unload encrypt/decrypt connect/disconnect maximum/minimum maximize/minimize maximise/minimise save/waste
save/spend underestimate/overestimate underfit/overfit overfitting/underfitting tightly/loosely active/passive
near/far exist/missing present/absent known/unknown theory/practice keep/remove keep/drop keep/lose attract/repel
hire/fire employee/employer temporary/permanent local/remote local/global local/cloud buyer/seller teacher/student
win/loss profit/loss accelerate/slow hide/show enough/insufficient overlook/notice ignore/consider follow/lead
abundant/scarce daily/weekly weekly/monthly monthly/yearly day/year hours/minutes minutes/seconds days/weeks
weeks/months months/years hour/day
"""
# Prefixes that turn a word round.
OPPOSING_PREFIXES = ("un", "in", "im", "ir", "il", "dis", "non", "mis")


def opposites() -> dict[str, frozenset[str]]:
    """Each word, in lower case, with its opposites."""
    found: dict[str, set[str]] = {}
    for group in _OPPOSITES.split():
        head, *rest = group.split("/")
        for other in rest:
            found.setdefault(head, set()).add(other)
            found.setdefault(other, set()).add(head)
    return {word: frozenset(others) for word, others in found.items()}


# Each class is met by any of its words.
WIDE = (
    frozenset("all every always everyone everything everybody entire entirely whole each".split()),
    frozenset("any anyone anything anywhere".split()),
    frozenset("only solely exclusively sole".split()),
    frozenset("never nobody none nothing".split()),
    frozenset("best most worst greatest biggest largest highest primary main key crucial essential ideal".split()),
    frozenset(
        "definitely certainly guarantee guarantees guaranteed completely totally fully perfectly eliminate eliminates "
        "ensure ensures ensuring undoubtedly inevitably".split()
    ),
)
UNITS = frozenset(
    "second minute hour day week month quarter year percent euro dollar cent millisecond byte gigabyte megabyte "
    "terabyte times person company team user token word line kilometer".split()
)
HEDGES = frozenset(
    "might may maybe perhaps sometimes probably possibly could depends almost unlikely seem seems".split()
)
CAUSES = frozenset({("because",), ("since",), ("due", "to"), ("thanks", "to"), ("caused", "by"), ("result", "of")})
EFFECTS = frozenset(
    {("so",), ("therefore",), ("thus",), ("hence",), ("leads", "to"), ("lead", "to"), ("led", "to"), ("results", "in"),
     ("causes",), ("cause",), ("caused",), ("which", "makes"), ("allows",), ("enables",), ("that", "means")}
)  # fmt: skip
# In another's place before a word they make another claim of it: "the only safe way", "the least safe way".
DEGREES = (
    frozenset("only most least best worst first last".split()),
    frozenset("more less most least equally hardly barely".split()),
)
# Who does something, where no noun says it.
DOERS = frozenset("i you we they he she".split())
PRESENT = frozenset("is are am".split())
PAST = frozenset("was were had did used formerly previously once".split())
HEDGING_VERBS = frozenset("may might could".split())
COMPARISONS = frozenset({("than",), ("instead", "of"), ("over",), ("versus",), ("unlike",)})
EARLIER = frozenset({("before",), ("then",)})
LATER = frozenset({("after",)})
