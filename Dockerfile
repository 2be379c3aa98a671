# O-Key for production: one image for web, worker, beat and migrate (docker-compose.yml).

FROM python:3.11-slim AS packages
COPY requirements.lock /
RUN python -m venv /venv \
    && /venv/bin/pip install --no-cache-dir --disable-pip-version-check --only-binary=:all: --require-hashes -r /requirements.lock

FROM python:3.11-slim
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
RUN useradd --system --uid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin okey
COPY --from=packages /venv /venv
WORKDIR /app
# What belongs in the image is listed in .dockerignore.
COPY . .
RUN python docker/collect_static.py
USER okey
EXPOSE 8000
CMD ["gunicorn", "okey.wsgi:application", "--worker-class", "gthread", "--workers", "2", "--threads", "8", "--no-control-socket"]
