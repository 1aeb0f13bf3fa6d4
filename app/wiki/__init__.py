"""Checks pages of a wiki, whose sentences cite moments of the archive, sentence by sentence."""
