# The API, the worker and every other command of `tidings` in one image; PostgreSQL and Redis run elsewhere.
ARG PYTHON_IMAGE=python:3.11-slim-bookworm

FROM ${PYTHON_IMAGE} AS build
RUN apt-get update && apt-get install --yes --no-install-recommends binutils
WORKDIR /src
RUN python3 -m venv /opt/build && python3 -m venv /opt/tidings
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
# the locked requirements change less often than the code: they are a layer of their own
COPY requirements/build.txt requirements/runtime.txt requirements/
RUN /opt/build/bin/pip install --require-hashes --no-deps -r requirements/build.txt \
 && /opt/tidings/bin/pip install --no-compile --only-binary :all: --require-hashes --no-deps -r requirements/runtime.txt \
 # debugging symbols are 31 MB of the wheels; the libraries in *.libs are patched by auditwheel and stay as they are
 && find /opt/tidings -name '*.so' -not -path '*.libs/*' -exec strip --strip-unneeded {} + \
 && find /opt/tidings -name tests -type d -prune -exec rm -r {} + \
 # for builds, type checkers and test suites of others, and what recognising a language does not need of numpy: 9 MB
 && find /opt/tidings -type d '(' -path '*/sqlalchemy/testing' -o -path '*/numpy/f2py' -o -path '*/numpy/distutils' \
      -o -path '*/numpy/typing' -o -path '*/numpy/random' -o -path '*/numpy/ma' -o -path '*/numpy/polynomial' ')' \
      -prune -exec rm -r {} + \
 && find /opt/tidings '(' -name '*.pyi' -o -name '*.px[di]' -o -name '*.pyx' -o -name '*.[ach]' ')' -delete
COPY pyproject.toml README.md LICENSE ./
COPY core core
COPY handlers handlers
COPY migrations migrations
COPY openapi openapi
RUN /opt/build/bin/pip wheel --no-deps --no-build-isolation --wheel-dir dist . \
 && /opt/tidings/bin/pip install --no-compile --no-deps dist/*.whl \
 && /opt/tidings/bin/pip uninstall --yes pip setuptools \
 # bytecode only of what a start imports: compiling everything adds 40 MB
 && cd / && /opt/tidings/bin/python -c 'import core.app, core.ingest.language as l; assert l.detect("All is well in the world of today.") == "en"' \
 && /opt/tidings/bin/tidings worker --help

FROM ${PYTHON_IMAGE}
LABEL org.opencontainers.image.title="Tidings" \
      org.opencontainers.image.licenses="Apache-2.0"
RUN groupadd --gid 10001 tidings \
 && useradd --no-log-init --uid 10001 --gid tidings --home-dir /var/lib/tidings --shell /usr/sbin/nologin tidings \
 && install --directory --owner tidings --group tidings --mode 0700 /var/lib/tidings
COPY --from=build /opt/tidings /opt/tidings
ENV PATH=/opt/tidings/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    TIDINGS_HOME=/var/lib/tidings \
    TIDINGS_HOST=0.0.0.0 \
    TIDINGS_PORT=8080
USER 10001:10001
WORKDIR /var/lib/tidings
VOLUME /var/lib/tidings
EXPOSE 8080
# the worker serves no HTTP: compose.yaml gives it a check of its own
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 \
  CMD ["python3", "-c", "import os, urllib.request as u; u.urlopen(f\"http://127.0.0.1:{os.environ['TIDINGS_PORT']}/health\", timeout=2)"]
ENTRYPOINT ["tidings"]
CMD ["serve"]
