"""What is wrong, with a corpus before anyone trains on it or with a run: `python -m xtts_jax.doctor DIR`,
`python -m xtts_jax.doctor --run WORKDIR`."""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

from xtts_jax.checkpoint import read_config
from xtts_jax.cli import load_config, run
from xtts_jax.config import Config
from xtts_jax.data.doctor.examination import SAMPLED, examine
from xtts_jax.data.doctor.report import table, values, verdict
from xtts_jax.errors import UserError
from xtts_jax.findings import paragraph, severe
from xtts_jax.metrics_log import read_metrics
from xtts_jax.report.document import write_report
from xtts_jax.train.watch import replay


def examine_corpus(root: Path, config: Config, json_path: str, everything: bool) -> None:
    """Prints the table; `UserError` where a finding is severe."""
    survey, diagnoses = examine(root, config, most_heard=None if everything else SAMPLED)
    if json_path:
        report = json.dumps(values(survey, diagnoses), ensure_ascii=False, indent=1)
        Path(json_path).write_text(report + "\n", encoding="utf-8")
    print(table(survey, diagnoses))
    if severe(diagnosis.finding for diagnosis in diagnoses):
        raise UserError(f"{root} is not fit for training: {verdict(diagnoses)}")


def examine_run(workdir: Path) -> None:
    """Prints the findings of its log, and writes `report.html` there; `UserError` where one is severe."""
    lines = read_metrics(workdir)
    try:
        found = replay(lines, read_config(workdir))
    except KeyError as error:
        raise UserError(
            f"The log {workdir / 'metrics.jsonl'} lacks {error}: an earlier version wrote it. "
            "Findings can be read from runs of this version only."
        ) from error
    for step, finding in found:
        print(f"step {step}, {finding}")
    page = write_report(workdir, found)
    reached = lines[-1]["step"]
    print(
        f"{workdir}: {reached} steps, {len(found) or 'no'} finding{'s' * (len(found) != 1)}. Report: {page}"
    )
    if severe(finding for _, finding in found):
        raise UserError(f"{workdir} is not sound: {paragraph(severe(f for _, f in found))}")


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(
        "python -m xtts_jax.doctor",
        usage="%(prog)s DIR [options] | %(prog)s --run WORKDIR",
        description="Say what is wrong with a corpus or a run. Exit status 1 where something severe is.",
        allow_abbrev=False,
        epilog="Every key of the configuration is an option: --data.frontend characters, --data.lexicon FILE "
        "and so on.",
    )
    parser.add_argument("folder", metavar="DIR", nargs="?", help="the corpus; comes first")
    parser.add_argument("--run", type=Path, metavar="WORKDIR", help="read the log of a run instead")
    parser.add_argument("--language", metavar="CODE", help="of rows that name none (data.language)")
    parser.add_argument("--json", default="", metavar="FILE", help="write all findings with all ids there")
    parser.add_argument("--all", action="store_true", help=f"decode everything, not {SAMPLED} recordings")
    parser.add_argument("--config", default="configs/base.py", metavar="FILE", help="default: %(default)s")
    options, overrides = parser.parse_known_args(arguments)
    if options.run:
        examine_run(options.run)
        return
    if options.folder is None or options.folder != arguments[0]:
        raise UserError(
            "Name the corpus folder first: python -m xtts_jax.doctor DIR [options], or a run: --run WORKDIR."
        )
    if options.language:
        overrides.append(f"--data.language={options.language}")
    config = load_config(options.config, overrides)
    examine_corpus(Path(options.folder).expanduser(), config, options.json, options.all)


if __name__ == "__main__":
    run(main)
