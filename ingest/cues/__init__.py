"""Readers of transcript formats: WebVTT, SRT, JSON (Podcasting 2.0, Whisper) and HTML."""
