# Citecast without a language model inside: it answers with quotes, or uses a model server (compose.yaml).
FROM python:3.12-slim

RUN apt-get update \
 && apt-get install -y --no-install-recommends git \
 && rm -rf /var/lib/apt/lists/*

WORKDIR /citecast
COPY pyproject.toml constraints.txt README.md LICENSE ./
RUN pip install --no-cache-dir -c constraints.txt pip setuptools wheel torch
COPY app ./app
COPY eval ./eval
COPY index ./index
COPY ingest ./ingest
RUN pip install --no-cache-dir --no-build-isolation -c constraints.txt '.[otel]'

RUN useradd --create-home citecast && mkdir /data && chown citecast /data
USER citecast
WORKDIR /home/citecast
ENV CITECAST_DATA=/data CITECAST_HOST=0.0.0.0
VOLUME /data
EXPOSE 7860

# The first start fetches the archive and embeds it, which takes some minutes; later ones embed what changed.
CMD ["sh", "-c", "citecast ingest --or-sample && exec citecast serve"]
