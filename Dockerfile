# A first image that really runs the daemon; hardening beyond this comes later.
ARG BASE=docker.io/library/python:3.12-slim

# hadolint ignore=DL3006
FROM ${BASE} AS build
WORKDIR /src
COPY pyproject.toml constraints.txt README.md ./
COPY alertd ./alertd
RUN python3 -m venv /opt/alertd \
 && /opt/alertd/bin/pip install --no-cache-dir --disable-pip-version-check --constraint constraints.txt '.[postgres]'

# hadolint ignore=DL3006
FROM ${BASE}
RUN useradd --system --uid 10001 --home-dir /var/lib/alertd --create-home alertd
COPY --from=build /opt/alertd /opt/alertd
# The port is set here, over the configuration file's, so that the health check always finds it.
ENV PATH=/opt/alertd/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    STATE_DIRECTORY=/var/lib/alertd \
    ALERTD_CONFIG=/etc/alertd/alertd.toml \
    ALERTD_WEB__PORT=8787
USER 10001
VOLUME /var/lib/alertd
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s \
  CMD ["python3", "-c", "import os, sys, urllib.request as r; sys.exit(r.urlopen(f'http://127.0.0.1:{os.environ[\"ALERTD_WEB__PORT\"]}/healthz', timeout=4).status != 200)"]
ENTRYPOINT ["alertd"]
CMD ["run"]
