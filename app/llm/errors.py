"""What can go wrong with a language model; each message is for the user and names the next step."""

from __future__ import annotations


class EngineError(RuntimeError):
    """The model gave no answer, or a broken one."""


class EngineUnavailable(EngineError):
    """The model cannot be had: not installed, not readable, not reachable, or given a rest after failures."""


class EngineTimeout(EngineError):
    """The model took longer than the setting `model_seconds` allows."""
