"""The application layer: the doctor."""

import os

# What Gradio, LangGraph and the Hugging Face libraries would send out or let in by default. They read it when they are
# imported, so it is set here, before any of them is.
PRIVATE_BY_DEFAULT = {
    "GRADIO_ANALYTICS_ENABLED": "False",
    "GRADIO_RUN_HISTORY": "False",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "DISABLE_TELEMETRY": "1",
    "LANGGRAPH_STRICT_MSGPACK": "true",
    "LANGSMITH_TRACING": "false",
    "TOKENIZERS_PARALLELISM": "false",
}

for _name, _value in PRIVATE_BY_DEFAULT.items():
    os.environ.setdefault(_name, _value)
