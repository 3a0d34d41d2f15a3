"""The figures of a server, as Prometheus reads them."""

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest

_SECONDS = (0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 300)


class Metrics:
    def __init__(self, places_taken: Callable[[], int]) -> None:
        self._registry = CollectorRegistry()  # one of its own: a process may have several servers
        ProcessCollector(registry=self._registry)
        taken = Gauge("xtts_places_taken", "Requests that are spoken or wait for it", registry=self._registry)
        taken.set_function(places_taken)
        self.requests = self._counter(
            "xtts_requests", "Requests that were answered", ["method", "route", "status"]
        )
        self.seconds = self._histogram("xtts_request_seconds", "From request to the end of answer", ["route"])
        self.first_audio = self._histogram(
            "xtts_first_audio_seconds", "From text to the first of its audio", []
        )
        self.speech = self._counter("xtts_speech_seconds", "Speech that was made", [])
        self.characters = self._counter("xtts_characters", "Characters of texts that were spoken", [])
        self.uploads = self._counter("xtts_uploads", "Recordings that were uploaded", ["result"])

    def text(self) -> bytes:
        return generate_latest(self._registry)

    def _counter(self, name: str, what: str, labels: list[str]) -> Counter:
        return Counter(name, what, labels, registry=self._registry)

    def _histogram(self, name: str, what: str, labels: list[str]) -> Histogram:
        return Histogram(name, what, labels, buckets=_SECONDS, registry=self._registry)
