"""What policy asks of others."""

from typing import Protocol

from adyton.policy.question import Question, Ruling


class Judge(Protocol):
    """Decides questions: pure, repeatable, safe from threads; keeps nothing between questions.

    Never raises for a question: whatever goes wrong inside is a ruling that does not allow.
    """

    def decide(self, question: Question) -> Ruling:
        """The ruling on one question."""
