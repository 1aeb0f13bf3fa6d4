"""Answers read and labelled by people: the page for it, the labels, and how far readers and judges agree."""
