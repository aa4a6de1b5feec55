"""The settings of a session as a type, so that an editor completes them and a type checker knows them.

Written by ``tools/session_settings.py`` from the table in ``parameters.py``: change that and run it again.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, TypedDict


class SessionSettings(TypedDict, total=False):
    """The connection's parameters by name; one that is None or left out keeps the server's default."""

    format_turns: bool | None
    """Punctuation and capitals in finals: True or False."""

    min_turn_silence: int | None
    """Silence that ends a turn which seems complete: a whole number from 50 to 10,000 ms."""

    max_turn_silence: int | None
    """Silence that ends any turn: a whole number from 50 to 10,000 ms."""

    end_of_turn_confidence_threshold: float | None
    """How sure the model must be that a turn has ended: a number from 0 to 1."""

    vad_threshold: float | None
    """Above this probability a frame counts as speech: a number from 0 to 1."""

    local_agreement: int | None
    """Hypotheses in a row that must agree before a word is final: a whole number from 2 to 5."""

    keyterms_prompt: list[str] | tuple[str, ...] | None
    """Words and names to listen for: a list of at most 100 texts of at most 50 characters each."""

    prompt: str | None
    """What the conversation is about: text of at most 1,750 characters."""

    agent_context: str | None
    """What the agent has just said: text of at most 1,750 characters."""

    previous_context_n_turns: int | None
    """Turns carried over as context: a whole number from 0 to 100 turns."""

    language_detection: bool | None
    """Report the language of each turn: True or False."""

    language_codes: str | list[str] | tuple[str, ...] | None
    """Languages to expect: a language code or a list of at most 10 codes."""

    speaker_labels: bool | None
    """Label the speakers: True or False."""

    max_speakers: int | None
    """Upper limit of speakers; further voices get the nearest label: a whole number from 1 to 10 speakers."""

    speaker_labels_revision_interval_ms: int | None
    """How often speaker labels are revised: a whole number from 0 to 86,400,000 ms."""

    inactivity_timeout: int | None
    """End the session when nothing was sent for this long: a whole number from 5 to 3,600 s."""

    interruption_delay: int | None
    """Delay of the first partial: a whole number from 0 to 1,000 ms."""

    continuous_partials: bool | None
    """Partials while a person goes on speaking: True or False."""

    include_partial_turns: bool | None
    """Send partials: True or False."""

    mode: Literal["min_latency", "balanced", "max_accuracy", "manual"] | None
    """Latency against accuracy: 'min_latency' or 'balanced' or 'max_accuracy' or 'manual'."""

    domain: Literal["medical-v1"] | None
    """Special vocabulary: 'medical-v1'."""

    voice_focus: Literal["near-field", "far-field"] | None
    """Suppress other sounds: 'near-field' or 'far-field'."""

    voice_focus_threshold: float | None
    """How strongly other sounds are suppressed: a number from 0 to 1."""

    filter_profanity: bool | None
    """Mask swear words: True or False."""

    redact_pii: bool | None
    """Mask personal data in finals; partials stop: True or False."""

    redact_pii_policies: list[str] | tuple[str, ...] | None
    """Which personal data: a list of at most 100 texts."""

    redact_pii_sub: Literal["hash", "entity_name"] | None
    """What replaces it: 'hash' or 'entity_name'."""

    session_heartbeat: bool | None
    """Heartbeat every 5 s: True or False."""

    acknowledge_silence: bool | None
    """Report silence: True or False."""

    llm_gateway: Mapping[str, Any] | None
    """A request to a language model after each final: a dict that can be written as JSON."""

    webhook_url: str | None
    """Where the finals are posted after the session: text of at most 2,048 characters."""

    webhook_auth_header_name: str | None
    """Name of the webhook's header: text of at most 256 characters."""

    webhook_auth_header_value: str | None
    """Value of the webhook's header: text of at most 2,048 characters."""

    extra: Mapping[str, Any] | None
    """Settings that this version does not know, sent unchecked: a dict that can be written as JSON."""

    preset: Literal["captions", "agent", "notes", "patient"] | None
    """Settings by use. 'captions': text as early as possible; 'agent': a conversation with a program; 'notes': dictation, notes and minutes; 'patient': people who speak slowly or with long pauses."""
