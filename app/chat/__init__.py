"""Serves the chat page. This is the only package that imports Gradio.

Gradio reads this variable when it is imported, so it is set here, before any module
of the package imports it: no analytics, no check for a new version.
"""

import os

os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
