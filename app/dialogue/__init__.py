"""Reads a visitor's turns: what cannot be answered without asking back, what continues the turns before it."""
