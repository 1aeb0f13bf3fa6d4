"""Fits how a visitor's turns are read (`app.dialogue`)."""
