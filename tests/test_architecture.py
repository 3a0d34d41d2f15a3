"""The rules of docs/architecture.md and CONTRIBUTING.md that a machine can hold."""

import ast
import builtins
import dis
import importlib
import importlib.util
import re
import subprocess
import sys
import tokenize
from collections import Counter
from collections.abc import Iterator
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path
from types import CodeType

import pytest
from ml_collections import ConfigDict

from xtts_jax import config as configuration

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "xtts_jax"
RUNNERS = [ROOT / "run_train.py", ROOT / "run_infer.py"]
SOURCES = sorted(PACKAGE.rglob("*.py"))
CONFIGS = sorted((ROOT / "configs").glob("*.py"))

# The rooms, from the ground up: a module imports from its own room and from those before it, never upwards.
ROOMS = (
    "ground",
    "text",
    "audio",
    "models",
    "losses",
    "data",
    "runs",
    "vocoder",
    "report",
    "listen",
    "speak",
    "train",
    "judge",
    "serve",
    "commands",
    "door",
)
GROUND = ("types", "config", "errors", "findings")  # what every room may import
TOP = {"__init__.py", "__main__.py", "types.py", "errors.py", "findings.py"}
# What holds today, as a bound: lower the first and raise the second when the rooms get better.
MOST_ROOM_TO_ROOM = 57
LEAST_INSIDE = 0.52
# importer: what it may not import, directly, anywhere in the file, beyond the order of the rooms
FORBIDDEN = {
    "xtts_jax.types": ["jax", "flax"],
    "xtts_jax.config": ["jax", "flax"],
    "xtts_jax.text": ["jax", "flax", "optax", "xtts_jax.audio"],
    "xtts_jax.data": ["jax", "flax", "optax", "xtts_jax.models", "xtts_jax.losses"],
    "xtts_jax.audio": ["xtts_jax.text"],
    "xtts_jax.models": ["xtts_jax.text"],
    "xtts_jax.losses": ["xtts_jax.text"],
    "xtts_jax.train": ["xtts_jax.speak"],
    "xtts_jax": ["run_train", "run_infer", "configs", "tests", "benchmarks", "tools"],
}
# library: the only files that may import it
CONFINED = {
    "espeakng_loader": ["xtts_jax/text/espeak.py"],
    "soundfile": ["xtts_jax/audio/io.py", "xtts_jax/audio/sound_file.py", "xtts_jax/audio/coded.py"],
    "soxr": ["xtts_jax/audio/io.py", "xtts_jax/audio/coded.py"],
    "pyloudnorm": ["xtts_jax/audio/io.py"],
    "noisereduce": ["xtts_jax/audio/denoise.py"],
    "librosa": [],
    "num2words": ["xtts_jax/text/normalize/numbers.py"],
}
# All that training from prepared shards may need: what accelerator images carry, and three small packages.
TRAINING_IMAGE = {
    "absl",
    "array_record",
    "flax",
    "jax",
    "ml_collections",
    "msgpack",
    "numpy",
    "optax",
    "orbax",
}
TRAINING_IMAGE |= {"jaxtyping", "safetensors", "tqdm"}


def tracked() -> list[Path]:
    """Files that are or will be part of the project."""
    listing = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    if listing.returncode:
        pytest.skip("not a git checkout")
    return [path for name in listing.stdout.splitlines() if (path := ROOT / name).is_file()]


def fresh(path: Path) -> ast.Module:
    """A tree that may be changed."""
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


parse = cache(fresh)


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_name(path): path for path in [*SOURCES, *RUNNERS] if path.exists()}


def imports(tree: ast.AST) -> Iterator[str]:
    """Dotted names of everything imported below this node; `from a import b` gives `a` and `a.b`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0 and node.module, "relative imports hide the direction"
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@cache
def imported_at_load(path: Path) -> set[str]:
    """What importing the file imports: everything outside function bodies and TYPE_CHECKING."""
    tree = fresh(path)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) or (
            isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        ):
            node.body = []
    return set(imports(tree))


def reached_at_load(start: str) -> dict[str, list[str]]:
    """Every module that importing `start` brings, with the chain that leads there."""
    assert start in MODULES, f"{start} has moved: mend this test"
    chains, queue = {start: [start]}, [start]
    while queue:
        name = queue.pop()
        for target in imported_at_load(MODULES[name]) if name in MODULES else ():
            parents = [target.rsplit(".", depth)[0] for depth in range(target.count("."), 0, -1)]
            for module in [*parents, target]:
                if module not in chains:
                    chains[module] = [*chains[name], module]
                    queue.append(module)
    return chains


def within(name: str, package: str) -> bool:
    return name == package or name.startswith(package + ".")


def room_of(name: str) -> str:
    """The room of a module of the package; the package itself and `__main__` are its door."""
    first = name.removeprefix("xtts_jax").lstrip(".").partition(".")[0]
    if first in ("", "__main__"):
        return "door"
    return "ground" if first in GROUND else first


def internal_imports() -> list[tuple[str, str]]:
    """(importer, imported) for each pair of modules of the package.

    `from a import b` counts as an import of `a.b` where that is a module, else of `a`.
    """
    inside = {name for name in MODULES if within(name, "xtts_jax")}
    pairs = set()
    for name in inside:
        for node in ast.walk(parse(MODULES[name])):
            if isinstance(node, ast.ImportFrom):
                whole = [f"{node.module}.{alias.name}" for alias in node.names]
                pairs |= {(name, each if each in inside else str(node.module)) for each in whole}
    return sorted((name, target) for name, target in pairs if target in inside and target != name)


def test_the_top_of_the_package_holds_rooms_and_little_else() -> None:
    assert {path.name for path in PACKAGE.glob("*.py")} == TOP
    folders = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    assert folders - {"config"} == set(ROOMS) - {"ground", "door"}


def test_rooms_import_downwards_only() -> None:
    height = {room: i for i, room in enumerate(ROOMS)}
    wrong = [
        f"{name} imports {target}"
        for name, target in internal_imports()
        if height[room_of(name)] < height[room_of(target)]
    ]
    assert not wrong


def test_modules_import_in_no_circle() -> None:
    graph: dict[str, set[str]] = {name: set() for name in MODULES}
    for name, target in internal_imports():
        if target in imported_at_load(MODULES[name]) and not within(name, target):
            graph[name].add(target)
    tuple(TopologicalSorter(graph).static_order())  # raises CycleError, which names the circle


def test_rooms_keep_to_themselves(capsys: pytest.CaptureFixture[str]) -> None:
    """Distinct pairs of rooms that import each other, and the share of imports that stay in their room."""
    pairs = [(room_of(name), room_of(target)) for name, target in internal_imports()]
    counted = [(one, other) for one, other in pairs if other != "ground"]
    between = {(one, other) for one, other in counted if one != other}
    inside = sum(one == other for one, other in counted) / len(counted)
    with capsys.disabled():
        print(f" [{len(between)} room-to-room imports; {inside:.1%} of all stay in their room]", end="")
    assert len(between) <= MOST_ROOM_TO_ROOM
    assert inside >= LEAST_INSIDE


@pytest.mark.parametrize("importer", FORBIDDEN)
def test_what_a_room_may_not_import(importer: str) -> None:
    wrong = [
        f"{name} imports {target}"
        for name, path in MODULES.items()
        if within(name, importer)
        for target in imports(parse(path))
        if any(within(target, forbidden) for forbidden in FORBIDDEN[importer])
    ]
    assert not wrong


def prose(path: Path) -> Iterator[tuple[int, str]]:
    """Every docstring and comment of a file, with its line."""
    for node in ast.walk(parse(path)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and (
            text := ast.get_docstring(node)
        ):
            yield getattr(node, "lineno", 1), text
    with path.open("rb") as file:
        for token in tokenize.tokenize(file.readline):
            if token.type == tokenize.COMMENT:
                yield token.start[0], token.string.lstrip("#: ")


def test_no_docstring_or_comment_begins_with_of() -> None:
    wrong = [
        f"{relative(path)}:{line}: {text.splitlines()[0]}"
        for path in tracked()
        if path.suffix == ".py"
        for line, text in prose(path)
        if re.match(r"of\b", text, re.IGNORECASE)
    ]
    assert not wrong


@pytest.mark.parametrize("library", CONFINED)
def test_heavy_libraries_stay_in_their_file(library: str) -> None:
    importers = {relative(p) for p in SOURCES for target in imports(parse(p)) if within(target, library)}
    assert importers <= set(CONFINED[library])


@pytest.mark.parametrize("package", ["xtts_jax.text", "xtts_jax.data"])
def test_text_and_data_do_not_reach_jax(package: str) -> None:
    for name in (name for name in MODULES if within(name, package)):
        for target, chain in reached_at_load(name).items():
            assert target.split(".")[0] not in ("jax", "flax", "optax"), " -> ".join(chain)


@pytest.mark.parametrize("start", ["run_train", "xtts_jax.commands.train", "xtts_jax.train.loop"])
def test_training_from_shards_needs_little(start: str) -> None:
    for target, chain in reached_at_load(start).items():
        root = target.split(".")[0]
        known = root in sys.stdlib_module_names or root in ("xtts_jax", "run_train", "configs")
        assert known or root in TRAINING_IMAGE, " -> ".join(chain)


def test_importing_starts_neither_devices_nor_espeak_nor_argparse() -> None:
    script = (
        "import importlib, sys\n"
        "sys.argv = ['anything', '--nonsense']\n"
        f"for name in {sorted(MODULES)!r}: importlib.import_module(name)\n"
        "import jax\n"
        "loaded = sys.modules.keys() & {'espeakng_loader', 'librosa'}\n"
        "assert not loaded, loaded\n"
        "jax.config.update('jax_num_cpu_devices', 3)  # RuntimeError once a backend runs\n"
        "assert jax.local_device_count() == 3\n"
    )
    child = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True)
    assert child.returncode == 0, child.stderr[-2000:]


def load_config(path: Path) -> ConfigDict:
    spec = importlib.util.spec_from_file_location(f"shipped_{path.stem}", path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.get_config()


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_every_shipped_config_builds_and_is_locked(path: Path) -> None:
    config = load_config(path)
    config.data.root = "recordings"  # `your_voice` has none of its own
    configuration.build(config)
    with pytest.raises((AttributeError, KeyError)):
        config.model.widht = 1
    with pytest.raises(TypeError):
        config.model.width = "wide"


def config_keys() -> list[tuple[str, str]]:
    values = load_config(ROOT / "configs" / "base.py").to_dict()
    groups = [(group, key) for group, keys in values.items() if isinstance(keys, dict) for key in keys]
    return groups + [("config", key) for key, value in values.items() if not isinstance(value, dict)]


def attributes_read() -> Counter[tuple[str, str]]:
    """(owner, attribute) of every attribute read in the package, but for the rules of the configuration."""
    found: Counter[tuple[str, str]] = Counter()
    for path in SOURCES:
        tree = fresh(path)
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef) and path == PACKAGE / "config" / "rules.py":
                node.body = []
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load):
                owner = getattr(node.value, "id", None) or getattr(node.value, "attr", None) or ""
                found[owner, node.attr] += 1
    return found


def loss_terms_computed() -> set[str]:
    """Weights are looked up by the name of their term, which the losses and the decoders spell out."""
    paths = [PACKAGE / "losses" / "acoustic.py", *(PACKAGE / "models" / "decoders").glob("*.py")]
    nodes = [node for path in paths for node in ast.walk(parse(path))]
    keys = [key for node in nodes if isinstance(node, ast.Dict) for key in node.keys]
    keys += [node.slice for node in nodes if isinstance(node, ast.Subscript)]
    return {str(key.value) for key in keys if isinstance(key, ast.Constant)}


def test_every_config_key_is_read() -> None:
    read = attributes_read() + Counter({("loss", name): 1 for name in loss_terms_computed()})
    names = Counter(key for _, key in config_keys())
    anywhere = {attribute for _, attribute in read}
    unread = [
        f"{group}.{key}"
        for group, key in config_keys()
        # A name that two groups share must be seen with its group; one that is unique may have any owner.
        if not (read[group, key] if names[key] > 1 or group == "loss" else key in anywhere)
    ]
    assert not unread


CONFIG_OWNER = re.compile(r"(^|[._])(c|cfg|conf|config)(\.\w+)*$")


def test_config_has_no_second_place_for_defaults() -> None:
    wrong = []
    for path in [*SOURCES, *RUNNERS]:
        for node in ast.walk(parse(path)) if path.exists() else ():
            if not isinstance(node, ast.Call) or not (node.args or node.keywords):
                continue
            match node.func:
                case ast.Attribute(attr="get", value=owner):
                    defaulted = len(node.args) == 2 and CONFIG_OWNER.search(ast.unparse(owner))
                case ast.Name(id="getattr"):
                    defaulted = len(node.args) == 3 and CONFIG_OWNER.search(ast.unparse(node.args[0]))
                case _:
                    defaulted = False
            if defaulted:
                wrong.append(f"{relative(path)}:{node.lineno}: {ast.unparse(node)}")
    assert not wrong


@pytest.mark.parametrize("path", SOURCES, ids=relative)
def test_files_stay_readable(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 400


def is_hollow(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Not abstract, and nothing in it but a docstring, `pass`, `...` or `raise NotImplementedError`."""
    if any("abstractmethod" in ast.unparse(decorator) for decorator in function.decorator_list):
        return False

    def empty(statement: ast.stmt) -> bool:
        match statement:
            case ast.Pass() | ast.Expr(value=ast.Constant()):
                return True
            case ast.Raise(exc=exc) if exc is not None:
                return "NotImplementedError" in ast.unparse(exc)
        return False

    return all(map(empty, function.body))


def test_no_function_is_a_stub() -> None:
    hollow = []
    for path in [*MODULES.values(), *CONFIGS]:
        tree = fresh(path)
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef) and any("Protocol" in ast.unparse(base) for base in node.bases):
                node.body = []
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and is_hollow(node):
                hollow.append(f"{relative(path)}:{node.lineno} {node.name}")
    assert not hollow


def test_no_note_is_left_for_later() -> None:
    marks = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
    wrong = []
    for path in (path for path in tracked() if path.suffix == ".py"):
        with path.open("rb") as file:
            for token in tokenize.tokenize(file.readline):
                if token.type == tokenize.COMMENT and marks.search(token.string):
                    wrong.append(f"{relative(path)}:{token.start[0]}")
    assert not wrong


def test_no_path_of_one_machine_is_written_down() -> None:
    machine = re.compile(r"(?<![\w.~$\\)}-])/(?:work|tmp|root|home/\w+)(?=[/\"'`\s])")
    wrong = []
    for path in tracked():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        wrong += [f"{relative(path)}: {line.strip()}" for line in text.splitlines() if machine.search(line)]
    assert not wrong


def test_documentation_does_not_pile_up_at_the_root() -> None:
    assert len([path for path in tracked() if path.parent == ROOT and path.suffix == ".md"]) <= 4


def global_names(code: CodeType) -> Iterator[str]:
    """The global names that the functions of compiled code look up when they run."""
    for instruction in dis.get_instructions(code):
        if instruction.opname == "LOAD_GLOBAL":
            yield str(instruction.argval)
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from global_names(constant)


def test_every_name_is_defined() -> None:
    """The linter takes the shapes of annotations for names, so its rule for undefined ones is off."""
    undefined = []
    for name in (name for name in MODULES if within(name, "xtts_jax")):
        known = vars(importlib.import_module(name)).keys() | vars(builtins).keys()
        code = compile(MODULES[name].read_text(encoding="utf-8"), name, "exec")
        undefined += [f"{name}: {found}" for found in set(global_names(code)) - known]
    assert not undefined


def test_the_architecture_document_names_every_module_once() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    section = text.partition("\n## Every module")[2].partition("\n## ")[0]
    named = Counter(re.findall(r"^\| `([\w/]+\.py)` \|", section, re.MULTILINE))
    modules = {
        path.relative_to(PACKAGE).as_posix()
        for path in SOURCES
        if path.name != "__init__.py" and path.relative_to(PACKAGE).parts[0] != "assets"
    }
    assert set(named) == modules
    assert set(named.values()) == {1}
