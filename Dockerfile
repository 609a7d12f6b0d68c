# One image for the operator, the ACME server and the command line: docker build -t certwright .
#
# BASE is any image with Python 3.11 or newer as `python3`, and its venv module; name it by digest
# where builds must be the same tomorrow. A private package index: --secret id=pip.conf,src=FILE,
# and --secret id=pip-ca.pem,src=FILE with `cert = /run/secrets/pip-ca.pem` in that pip.conf.
ARG BASE=docker.io/library/python:3.13-slim-bookworm

FROM ${BASE} AS builder
# pip stays outside of what the image gets.
RUN python3 -m venv /installer && python3 -m venv --without-pip /opt/certwright
WORKDIR /source
COPY requirements/build.txt requirements/runtime.txt requirements/
RUN --mount=type=secret,id=pip.conf,target=/etc/pip.conf \
    --mount=type=secret,id=pip-ca.pem,target=/run/secrets/pip-ca.pem \
    set -e; locked="install --no-cache-dir --no-input --require-hashes --only-binary :all:"; \
    /installer/bin/pip $locked -r requirements/build.txt; \
    /installer/bin/pip --python /opt/certwright/bin/python $locked -r requirements/runtime.txt
COPY pyproject.toml README.md LICENSE ./
COPY certwright certwright
COPY acme_server acme_server
COPY operator operator
RUN /installer/bin/pip wheel --no-index --no-deps --no-build-isolation --wheel-dir /wheels . \
    && /installer/bin/pip --python /opt/certwright/bin/python install --no-index --no-deps /wheels/*.whl

FROM ${BASE}
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="certwright" \
      org.opencontainers.image.description="A private ACME certificate authority for Kubernetes teams" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
# The base's own pip, and the copies that its venv module would install.
RUN if python3 -c 'import pip' 2>/dev/null; then python3 -m pip uninstall --yes --quiet \
        --root-user-action=ignore setuptools wheel pip; fi \
    && bundled="$(python3 -c 'import os, ensurepip; print(os.path.dirname(ensurepip.__file__))')" \
    && rm -rf "$bundled" /usr/share/python-wheels
COPY --from=builder /opt/certwright /opt/certwright
ENV PATH=/opt/certwright/bin:${PATH}
USER 65532:65532
ENTRYPOINT ["certwright"]
