"""Real questions to the protected model, through two vendors' own SDKs, unmodified."""

from dataclasses import dataclass

from adyton.drill.dice import Dice

LONGEST_ANSWER_TOKENS = 24
TIMEOUT_S = 60.0
QUESTIONS = (
    "What is a honeypot, in one sentence?",
    "Name two signs of a phishing mail.",
    "What does a firewall do?",
    "Why are backups tested?",
    "What is a false alarm?",
    "Say in one line what a certificate is for.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One question with its answer; `way` says which SDK, whole or streamed."""

    way: str
    question: str
    answer: str


def ask_all(*, port: int, model: str, keys: tuple[str, str], dice: Dice) -> list[Asked]:
    """Three questions by two people: OpenAI whole and streamed, Anthropic streamed."""
    first, second, third = dice.shuffled(QUESTIONS)[:3]
    base = f"http://127.0.0.1:{port}"
    return [
        ask_openai(f"{base}/v1", model, keys[0], first),
        ask_openai_streamed(f"{base}/v1", model, keys[1], second),
        ask_anthropic_streamed(base, model, keys[1], third),
    ]


def ask_openai(base: str, model: str, key: str, question: str) -> Asked:
    """A whole answer through the `openai` SDK."""
    import openai  # noqa: PLC0415 - an extra, and slow to import

    with openai.OpenAI(base_url=base, api_key=key, max_retries=0, timeout=TIMEOUT_S) as client:
        answer = client.chat.completions.create(
            model=model,
            messages=[{"role": "user", "content": question}],
            max_tokens=LONGEST_ANSWER_TOKENS,
        )
    return Asked(
        way="openai, whole", question=question, answer=answer.choices[0].message.content or ""
    )


def ask_openai_streamed(base: str, model: str, key: str, question: str) -> Asked:
    """A streamed answer through the `openai` SDK."""
    import openai  # noqa: PLC0415 - an extra, and slow to import

    with openai.OpenAI(base_url=base, api_key=key, max_retries=0, timeout=TIMEOUT_S) as client:
        stream = client.chat.completions.create(
            model=model,
            messages=[{"role": "user", "content": question}],
            max_tokens=LONGEST_ANSWER_TOKENS,
            stream=True,
        )
        pieces = [event.choices[0].delta.content or "" for event in stream if event.choices]
    return Asked(way="openai, streamed", question=question, answer="".join(pieces))


def ask_anthropic_streamed(base: str, model: str, key: str, question: str) -> Asked:
    """A streamed answer through the `anthropic` SDK."""
    import anthropic  # noqa: PLC0415 - an extra, and slow to import

    with (
        anthropic.Anthropic(base_url=base, api_key=key, max_retries=0, timeout=TIMEOUT_S) as client,
        client.messages.stream(
            model=model,
            messages=[{"role": "user", "content": question}],
            max_tokens=LONGEST_ANSWER_TOKENS,
        ) as stream,
    ):
        answer = "".join(stream.text_stream)
    return Asked(way="anthropic, streamed", question=question, answer=answer)
