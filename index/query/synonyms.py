"""Words of the field that a question writes in another way than guests say them.

What is listed on the left hardly ever stands in a transcript, where people are written
down as they speak: neither BM25 nor the embedding model of everyday language finds
"Kubernetes" for "k8s". The spoken form is added to what is searched, the question
itself stays as it was asked.
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
    """The question with the spoken forms of its words added in brackets, or as it is.

    >>> as_spoken("k8s for training?")
    'k8s for training? (Kubernetes)'
    """
    added = [said for form, said in _FORMS if form.search(question) and said.lower() not in question.lower()]
    return f"{question} ({', '.join(added)})" if added else question
