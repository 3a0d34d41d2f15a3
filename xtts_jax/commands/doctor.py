"""`xtts-jax doctor`: find out what is wrong with a corpus, or with a run.

`xtts-jax doctor DIR` examines a corpus before training; `xtts-jax doctor --ckpt WORKDIR` examines a run.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from xtts_jax.commands.config_files import load_config
from xtts_jax.commands.endings import flags
from xtts_jax.commands.options import CONFIG_KEYS, add_config
from xtts_jax.commands.verbs import new_parser
from xtts_jax.config import Config
from xtts_jax.errors import UserError
from xtts_jax.findings import Finding, severe


def main(arguments: Sequence[str]) -> None:
    parser = new_parser(
        "doctor",
        usage="%(prog)s DIR [options] | %(prog)s --ckpt WORKDIR [--json FILE]",
        epilog=f"The exit status is 1 if something severe is found. {CONFIG_KEYS}",
    )
    parser.add_argument("folder", metavar="DIR", nargs="?", help="the corpus; must come first")
    parser.add_argument(
        "--ckpt", "--run", type=Path, metavar="WORKDIR", help="examine the log of this run instead"
    )
    parser.add_argument("--language", metavar="CODE", help="of rows that do not name one (data.language)")
    parser.add_argument("--json", default="", metavar="FILE", help="write all findings to this file")
    parser.add_argument("--all", action="store_true", help="decode every recording, not only a sample")
    add_config(parser, "base")
    options, overrides = parser.parse_known_args(arguments)
    if options.ckpt:
        if options.folder or options.language or options.all or overrides:
            raise UserError(
                "--ckpt WORKDIR examines a run and takes no other option but --json FILE. Examine a corpus "
                "in another command."
            )
        examine_run(options.ckpt, _json_path(options.json))
        return
    if options.folder is None or options.folder != arguments[0]:
        raise UserError(
            "Name the corpus folder first: xtts-jax doctor DIR [options]; or a run: xtts-jax doctor --ckpt "
            "WORKDIR."
        )
    if options.language:
        overrides.append(f"--data.language={options.language}")
    overrides.append(f"--data.root={options.folder}")
    config = load_config(options.config, overrides)
    root = Path(options.folder).expanduser()
    with flags({"data.language": "--language"} if options.language else {}):
        examine_corpus(root, config, _json_path(options.json), options.all)


def examine_corpus(root: Path, config: Config, json_path: Path | None, everything: bool) -> None:
    """Prints the table; raises `UserError` if a finding is severe."""
    from xtts_jax.data.doctor.examination import SAMPLED, examine
    from xtts_jax.data.doctor.report import table, values

    survey, diagnoses = examine(root, config, most_heard=None if everything else SAMPLED)
    print(table(survey, diagnoses), flush=True)
    if json_path:
        _write(json_path, values(survey, diagnoses))
    _require_none_severe(root, "not fit for training", [diagnosis.finding for diagnosis in diagnoses])


def examine_run(workdir: Path, json_path: Path | None) -> None:
    """Prints the findings and writes `report.html` in the run folder; raises `UserError` if one is severe."""
    from xtts_jax.report.document import write_report
    from xtts_jax.report.verdict import verdict
    from xtts_jax.runs.metrics_log import read_metrics
    from xtts_jax.runs.settings import read_config
    from xtts_jax.train.kinds import KINDS
    from xtts_jax.train.watch import replay

    lines, config = read_metrics(workdir), read_config(workdir)
    try:
        found = replay(lines, config, KINDS[config.train.model].rules)
    except KeyError as error:
        raise UserError(
            f"The log {workdir / 'metrics.jsonl'} lacks {error}: another version of this project wrote it. "
            "Examine the run with that version."
        ) from error
    for step, finding in found:
        print(f"step {step}, {finding}")
    reached = lines[-1]["step"]
    said = verdict(found, reached, config.health.settle_steps)
    print(f"{workdir}, step {reached}. {said} Report: {write_report(workdir, found)}", flush=True)
    if json_path:
        findings = [{"step": step, **finding._asdict()} for step, finding in found]
        _write(json_path, {"run": str(workdir), "step": reached, "findings": findings, "verdict": said})
    _require_none_severe(workdir, "not sound", [finding for _, finding in found])


def _require_none_severe(folder: Path, state: str, findings: list[Finding]) -> None:
    if names := ", ".join(finding.name for finding in severe(findings)):
        raise UserError(f"{folder} is {state}: {names}.")


def _json_path(name: str) -> Path | None:
    """The file, in a folder that exists: made here, so that a wrong name ends the command at once."""
    if not name:
        return None
    path = Path(name).expanduser()
    if path.is_dir():
        raise UserError(f"--json {name} is a folder. Name a file in it, such as {path / 'findings.json'}.")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except FileExistsError:
        raise UserError(f"--json {name}: {path.parent} is a file, not a folder. Name another file.") from None
    return path


def _write(path: Path, report: dict[str, Any]) -> None:
    path.write_text(json.dumps(report, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
