# The gateway as a non-root image with a read-only root file system in mind. Nothing is fetched at run time.
ARG BASE_IMAGE=python:3.11-slim-bookworm
FROM ${BASE_IMAGE} AS build
WORKDIR /src
# Compiles the parts of the gateway that are written in Cython; the image itself has no compiler.
RUN apt-get update -q && apt-get install -q -y --no-install-recommends gcc libc6-dev && rm -rf /var/lib/apt/lists/*
COPY requirements-runtime.lock pyproject.toml hatch_build.py README.md LICENSE CHANGELOG.md ./
COPY gateway gateway
COPY policies policies
COPY classifiers classifiers
RUN python3.11 -m venv /opt/privacy-gateway \
    && /opt/privacy-gateway/bin/pip install --no-cache-dir --require-hashes -r requirements-runtime.lock \
    && /opt/privacy-gateway/bin/pip install --no-cache-dir --no-deps --no-build-isolation . \
    && /opt/privacy-gateway/bin/privacy-gateway init /etc/privacy-gateway \
    && rm /etc/privacy-gateway/gateway.yaml

FROM ${BASE_IMAGE}
LABEL org.opencontainers.image.title="privacy-gateway" \
      org.opencontainers.image.licenses="Apache-2.0"
# Reads text in pictures; without it they count as content that cannot be read.
RUN apt-get update -q && apt-get install -q -y --no-install-recommends tesseract-ocr && rm -rf /var/lib/apt/lists/*
# The defaults lie where the chart mounts a user's own files over them.
COPY --from=build /opt/privacy-gateway /opt/privacy-gateway
COPY --from=build /etc/privacy-gateway /etc/privacy-gateway
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin gateway \
    && install -d -o 10001 -g 10001 -m 0700 /var/lib/privacy-gateway/audit
ENV PATH=/opt/privacy-gateway/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
USER 10001:10001
WORKDIR /var/lib/privacy-gateway
EXPOSE 8080 8081
ENTRYPOINT ["privacy-gateway"]
CMD ["serve", "--config", "/etc/privacy-gateway/settings/gateway.yaml"]
