# The image of Ballast: `ballast up`, or Prefect's own server (compose.yaml). What is installed is what requirements.lock
# says, hash by hash. docs/scaling.md says how it is run, and what of it was tried where.
FROM python:3.11-slim-bookworm AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /opt/venv
WORKDIR /opt/ballast
# Optional groups, by the names of their locks: --build-arg OPTIONAL="dask"
ARG OPTIONAL=""
COPY requirements.lock requirements-*.lock ./
RUN for lock in requirements.lock ${OPTIONAL:+$(printf 'requirements-%s.lock ' ${OPTIONAL})}; do \
        /opt/venv/bin/python -m pip install --only-binary :all: --no-compile --no-deps --require-hashes -r "${lock}" \
        || exit 1; \
    done
COPY pyproject.toml README.md LICENSE prefect.yaml ./
COPY config config
COPY expectations expectations
COPY flows flows
COPY quant quant
COPY tasks tasks
COPY warehouse warehouse
# Without byte code Great Expectations takes 8-10 s to import.
RUN /opt/venv/bin/python -m pip install --no-deps --no-build-isolation -e . \
    && /opt/venv/bin/python -m compileall -q -j 0 /opt/venv/lib config expectations flows quant tasks warehouse

FROM python:3.11-slim-bookworm
RUN groupadd --gid 10001 ballast \
    && useradd --uid 10001 --gid 10001 --home-dir /var/lib/ballast --shell /usr/sbin/nologin --no-create-home ballast \
    && install -d -o 10001 -g 10001 -m 0700 /var/lib/ballast
COPY --from=build /opt/venv /opt/venv
COPY --from=build /opt/ballast /opt/ballast
COPY deploy/entrypoint.sh /opt/ballast/deploy/entrypoint.sh
ENV PATH=/opt/venv/bin:/usr/local/bin:/usr/bin:/bin PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 BALLAST_HOME=/var/lib/ballast
USER 10001:10001
WORKDIR /var/lib/ballast
VOLUME /var/lib/ballast
# Through the entry point, which knows the secrets that come as files.
HEALTHCHECK --interval=30s --timeout=20s --start-period=5m --retries=3 \
    CMD ["/opt/ballast/deploy/entrypoint.sh", "python", "-P", "-m", "flows.up.health"]
ENTRYPOINT ["/opt/ballast/deploy/entrypoint.sh"]
CMD ["ballast", "up"]
