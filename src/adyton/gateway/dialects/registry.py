"""The dialects, in a plain tuple."""

from adyton.gateway.dialects.anthropic import AnthropicMessages
from adyton.gateway.dialects.dialect import Dialect
from adyton.gateway.dialects.openai import OpenAiChat

OPENAI: Dialect = OpenAiChat()
ANTHROPIC: Dialect = AnthropicMessages()
DIALECTS: tuple[Dialect, ...] = (OPENAI, ANTHROPIC)
