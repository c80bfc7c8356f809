# The weekly job and the service, without the repository: docker compose run --rm weekly, up serve
FROM python:3.11-slim-bookworm AS build
WORKDIR /build
COPY requirements/run.lock requirements/run.lock
RUN python -m venv /opt/rental-pricing \
    && /opt/rental-pricing/bin/pip install --no-cache-dir --require-hashes -r requirements/run.lock
COPY pyproject.toml README.md LICENSE ./
COPY src src
RUN /opt/rental-pricing/bin/pip install --no-cache-dir --no-deps --no-build-isolation . ./src/kedro_wandb

FROM python:3.11-slim-bookworm
RUN useradd --uid 10001 --create-home pricing \
    && install -d -o pricing -g pricing /work /work/data /work/.wandb
COPY --from=build /opt/rental-pricing /opt/rental-pricing
COPY --chown=pricing:pricing conf /work/conf
ENV PATH=/opt/rental-pricing/bin:$PATH PYTHONUNBUFFERED=1 KEDRO_DISABLE_TELEMETRY=1
WORKDIR /work
USER 10001
VOLUME ["/work/data", "/work/.wandb"]
ENTRYPOINT ["rental-pricing"]
CMD ["weekly"]
