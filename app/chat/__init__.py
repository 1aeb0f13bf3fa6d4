"""The chat page. The one place that names Gradio.

Gradio reads this variable when it is imported, so it is set here, before any module
of the package can import it: no analytics, no look-up of the newest version.
"""

import os

os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
