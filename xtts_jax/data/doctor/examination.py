"""All checks of a corpus."""

from pathlib import Path

from xtts_jax.config import Config
from xtts_jax.data.doctor.diagnosis import Diagnosis
from xtts_jax.data.doctor.files import check_files
from xtts_jax.data.doctor.rows import check_rows
from xtts_jax.data.doctor.sounds import check_sounds
from xtts_jax.data.doctor.survey import Survey, survey
from xtts_jax.data.doctor.texts import check_texts
from xtts_jax.findings import SEVERE

SAMPLED = 1000  # recordings decoded and texts spoken, of a larger corpus


def examine(
    root: Path, config: Config, most_probed: int | None = None, most_heard: int | None = SAMPLED
) -> tuple[Survey, list[Diagnosis]]:
    """What was looked at and what is wrong with it, the severe first; limits and errors as of `survey`."""
    seen = survey(root, config, most_probed, most_heard)
    checks = (check_rows, check_files, check_sounds, check_texts)
    diagnoses = [diagnosis for check in checks for diagnosis in check(seen, config)]
    return seen, sorted(diagnoses, key=lambda diagnosis: diagnosis.finding.severity != SEVERE)
