"""The Gradio demo: `python app.py` serves it, and a hosted Space runs the same file."""

import sys

from assistant.errors import AirmedError
from assistant.settings import settings


def main() -> None:
    """Serve the page until interrupted; what a person can put right is told in one sentence."""
    try:
        chosen = settings()
        from assistant.web.serve import serve

        serve(chosen)
    except AirmedError as error:
        sys.exit(f"airmed: {error}")


if __name__ == "__main__":
    main()
