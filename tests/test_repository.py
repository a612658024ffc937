"""What holds for the repository as a whole."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest
from typer.main import get_command

ROOT = Path(__file__).parents[1]
CODE = sorted(
    path for folder in ("flows", "pipeline", "schemas") for path in (ROOT / folder).rglob("*.py")
)
BANNED = {"asset", "node", "processor", "manager", "utils", "helpers", "misc"}


@pytest.mark.parametrize("path", CODE, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_is_one_thing(path):
    text = path.read_text("utf-8")

    assert len(text.splitlines()) <= 300
    assert ast.get_docstring(ast.parse(text)), "a module says what it is"
    assert not BANNED & set(path.stem.split("_"))


def test_the_lock_pins_every_dependency_by_hash_and_names_no_address():
    lock = (ROOT / "requirements.lock").read_text("utf-8")
    pinned = {
        re.sub(r"[-_.]+", "-", name).lower()
        for name in re.findall(r"^([A-Za-z0-9._-]+)==", lock, re.MULTILINE)
    }
    project = (ROOT / "pyproject.toml").read_text("utf-8")
    wanted = re.search(r"^dependencies = \[(.*?)^\]", project, re.MULTILINE | re.DOTALL)
    named = re.findall(r'^    "([A-Za-z0-9._-]+)', wanted[1], re.MULTILINE)

    assert len(named) > 20
    assert {re.sub(r"[-_.]+", "-", name).lower() for name in named} <= pinned
    assert "://" not in lock
    for block in re.split(r"\n(?=[a-z0-9])", lock.strip()):
        assert "--hash=sha256:" in block, block.splitlines()[0]


def test_every_kind_of_source_has_a_collector_and_an_extractor():
    from pipeline.catalog import load_catalog
    from pipeline.extract.stage import EXTRACTORS
    from pipeline.sources.registry import COLLECTORS

    kinds = {entry.kind for entry in load_catalog(ROOT / "data_catalog.yaml").sources.values()}

    assert kinds <= set(COLLECTORS)
    assert kinds <= set(EXTRACTORS)


def test_every_caption_set_names_prompts_that_exist():
    from pipeline.catalog import load_catalog
    from pipeline.language.prompts import load_prompt

    for entry in load_catalog(ROOT / "data_catalog.yaml").caption_sets.values():
        for prompt in entry.prompts.values():
            assert len(load_prompt(prompt).sha256) == 64


def test_every_table_is_written_by_one_stage_of_the_path():
    from pipeline.stages import STAGES
    from schemas import CONTRACTS

    writers = {table.name: stage.name for stage in STAGES for table in stage.writes}
    expected = {
        table.name: table.written_by
        for table in CONTRACTS
        if table.written_by not in ("list", "release")
    }

    assert writers == expected
    seen = {"items"}
    for stage in STAGES:
        assert {table.name for table in stage.reads} <= seen, stage.name
        seen |= {table.name for table in stage.writes}


def commands():
    """Return every command by the words that call it."""
    from flows.cli.main import app

    found = {}
    for name, command in get_command(app).commands.items():
        grouped = getattr(command, "commands", None)
        if grouped is None:
            found[name] = command
        else:
            found |= {f"{name} {each}": grouped[each] for each in grouped}
    return found


def test_every_command_has_help_with_an_example_and_stands_in_the_readme():
    readme = (ROOT / "README.md").read_text("utf-8")

    for name, command in commands().items():
        assert f"dermcurate {name}" in command.help, f"{name} has no example"
        assert f"dermcurate {name}" in readme, f"{name} is not in the README"
        opens_one = any("--workspace" in option.opts for option in command.params)
        assert opens_one != name.startswith("ontology "), name


def test_the_library_needs_no_prefect():
    code = (
        "import sys; sys.modules['prefect'] = None\n"
        "import pipeline.walk, pipeline.work, pipeline.stages\n"
        "import pipeline.release.build, pipeline.audit.ledger, pipeline.demo.world\n"
        "assert not [name for name in sys.modules if name.startswith('flows')]"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)


@pytest.mark.parametrize("name", ["--help", "status", "audit", "trace", "diff", "verify"])
def test_commands_that_only_read_do_not_import_what_is_slow(name):
    arguments = [name] if name == "--help" else [name, "--help"]
    code = (
        "import sys\n"
        f"sys.argv = ['dermcurate', *{arguments!r}]\n"
        "from flows.cli.main import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "slow = {'prefect', 'cv2', 'av', 'pandas', 'yt_dlp', 'pymupdf', 'scipy'}\n"
        "slow &= set(sys.modules)\n"
        "assert not slow, slow"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT, capture_output=True)


def test_nothing_tracked_names_a_machine_or_a_registry():
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout
    # spelled so that this test does not find itself
    private = re.compile(
        "|".join(["/wor" + "k/", "/ro" + "ot/", "python" + "hosted", "npm" + "js"])
    )
    for name in filter(None, listed.split("\0")):
        content = (ROOT / name).read_bytes()
        if b"\0" not in content:
            assert not private.search(content.decode("utf-8", "replace")), name
