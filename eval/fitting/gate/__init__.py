"""Fits the gate on labelled sentences of models, and reports how good it is."""
