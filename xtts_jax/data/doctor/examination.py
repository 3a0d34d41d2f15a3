"""All checks of a corpus."""

from pathlib import Path

from xtts_jax.config import Config
from xtts_jax.data.doctor.diagnosis import Diagnosis
from xtts_jax.data.doctor.files import check_files
from xtts_jax.data.doctor.readings import check_readings
from xtts_jax.data.doctor.rows import check_rows
from xtts_jax.data.doctor.sounds import check_sounds
from xtts_jax.data.doctor.survey import Survey, survey
from xtts_jax.data.doctor.texts import check_texts
from xtts_jax.findings import SEVERE

SAMPLED = 1000  # most recordings decoded, and most texts converted to symbols


def examine(
    root: Path, config: Config, most_probed: int | None = None, most_heard: int | None = SAMPLED
) -> tuple[Survey, list[Diagnosis]]:
    """The survey and its diagnoses, severe ones first; limits and errors are those of `survey`."""
    seen = survey(root, config, most_probed, most_heard)
    checks = (check_rows, check_readings, check_files, check_sounds, check_texts)
    diagnoses = [diagnosis for check in checks for diagnosis in check(seen, config)]
    return seen, sorted(diagnoses, key=lambda diagnosis: diagnosis.finding.severity != SEVERE)
