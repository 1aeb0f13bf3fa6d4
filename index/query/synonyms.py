"""Adds the spoken form of technical words that a question writes differently.

The words on the left are hardly ever in a transcript, which has the words as people
say them: neither BM25 nor the general embedding model finds
"Kubernetes" for "k8s". The spoken form is added to the search text; the question
itself does not change.
"""

from __future__ import annotations

import re

_WRITTEN = {
    r"k8s": "Kubernetes",
    r"iac": "infrastructure as code",
    r"dwh|edw": "data warehouse",
    r"mles?": "machine learning engineer",
    r"vector ?dbs?|vector stores?": "vector database",
    r"split[ -]test(?:s|ing)?": "A/B test",
    r"(?:cloud )?repatriation|self[- ]host(?:ed|ing)|in[- ]house (?:gpus?|servers?|hardware|clusters?)|"
    r"own (?:\w+ )?(?:gpus?|servers?|machines|hardware|data ?cent(?:er|re)s?|clusters?)": "on-premise",
}
_FORMS = [(re.compile(rf"(?<![\w-])(?:{form})(?![\w-])", re.IGNORECASE), said) for form, said in _WRITTEN.items()]


def as_spoken(question: str) -> str:
    """The question with the spoken forms of its words added in brackets, if it has any.

    >>> as_spoken("k8s for training?")
    'k8s for training? (Kubernetes)'
    """
    added = [said for form, said in _FORMS if form.search(question) and said.lower() not in question.lower()]
    return f"{question} ({', '.join(added)})" if added else question
