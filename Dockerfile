# xtts-jax on a CPU. Build it with `docker build --tag xtts-jax .`, and use it with recordings and runs beside it:
#   docker run --rm --volume "$PWD:/data" xtts-jax train --config tiny --config.data.root=recordings
FROM python:3.12-slim

WORKDIR /source
COPY pyproject.toml setup.py requirements.txt requirements-serve.txt README.md LICENSE ./
COPY configs configs
COPY xtts_jax xtts_jax
RUN pip install --no-cache-dir . && rm -rf /source/build

RUN useradd --create-home --uid 1000 speaker
USER 1000
WORKDIR /data
ENTRYPOINT ["xtts-jax"]
CMD ["--help"]
