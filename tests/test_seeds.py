"""The claims over several seeds: the table is of the present claims, and a run that is killed goes on."""

import os
import re
import signal
import subprocess
import sys
import time
from math import inf
from pathlib import Path

import pytest

REPO = Path(__file__).parents[1]
sys.path.append(str(REPO / "docs"))

import seeds  # noqa: E402

pytestmark = pytest.mark.long

COMMAND = [sys.executable, "docs/seeds.py", "--profile", "quick", "--seeds", "0", "1"]
CLAIMS = "walk_cosines", "initial_point"  # one that draws numbers, one that trains for 20 epochs


def rows(name, *values):
    return "\n".join(seeds.rows_of(name, values))


def test_the_committed_table_is_of_the_present_claims():
    table = seeds.TABLE.read_text(encoding="utf-8")
    found = seeds.read_rows(table)
    assert set(found) == set(seeds.CLAIMS), "run docs/seeds.py --claims for those that are missing"
    assert seeds.table_of(found) == table


def cells(row):
    return [cell.strip() for cell in row.strip().strip("|").split("|")]


def test_the_page_of_the_papers_tells_of_other_seeds_what_stands_in_the_table():
    table = {name: [*map(cells, rows)] for name, rows in seeds.read_rows(seeds.TABLE.read_text("utf-8")).items()}
    lines = [cells(line) for line in (REPO / "docs" / "papers.md").read_text("utf-8").splitlines()]
    told = {}
    for _, verdict, _, others, _ in (line for line in lines if len(line) == 5):
        names = [name for name in re.findall(r"`(\w+)`", others) if name in table]
        told |= {name: verdict for name in names}
        ranges = {row[4] for name in names for row in table[name]}
        assert set(re.findall(r"-?[\d.]+ to -?[\d.]+", others)) <= ranges, others
    assert set(told) == set(table)
    in_part = {name for name, rows in table.items() if rows[0][6].startswith(("**in part**", "**does not**"))}
    assert not [name for name in in_part if told[name] == "holds"]


def test_rows_of_another_form_are_not_taken_over():
    table = seeds.table_of({"walk_cosines": seeds.rows_of("walk_cosines", [[1.0]] * 5)})
    assert "1, 1, 1, 1, 1" in "".join(seeds.read_rows(table)["walk_cosines"])
    assert "walk_cosines" not in seeds.read_rows(table.replace("at least .99", "at least .9"))


@pytest.mark.parametrize(
    "values, verdict",
    [([0.99] * 5, "**holds**"), ([0.99] * 4 + [0.98], "**in part** (4 of 5)"), ([0.0] * 5, "**does not** (0 of 5)"),
     ([1.0] * 4, "too few seeds, 4 of 5"), ([1.0] * 4 + [float("nan")], "**in part** (4 of 5)")],
)  # fmt: skip
def test_a_claim_holds_only_where_all_seeds_agree(values, verdict):
    assert rows("walk_cosines", *([value] for value in values)).endswith(f"| {verdict} |")


@pytest.mark.parametrize(
    "value, text", [(0.8137, ".814"), (-0.35, "-.35"), (0.0057, ".0057"), (10.04, "10"), (123.4, "123"), (inf, "inf")]
)
def test_numbers_are_written_in_three_digits(value, text):
    assert seeds.short(value) == text


def measure(cache, *names):
    """The output of the program with this cache; it runs in a group of its own, to be killed whole."""
    return subprocess.Popen(
        [*COMMAND, "--claims", *names], cwd=REPO, env={**os.environ, "LOSSSURF_CACHE": str(cache)}, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip


def written(cache):
    """What the next run can take: results, and epochs that it can go on after."""
    paths = [*cache.glob("results/*.cpt"), *cache.glob("runs/*/.resume/*.cpt")]
    return {path: path.stat().st_mtime_ns for path in paths}


@pytest.mark.night
def test_what_a_killed_run_has_measured_and_trained_is_not_done_again(tmp_path):
    before = seeds.TABLE.read_bytes()
    killed = measure(tmp_path, *CLAIMS)
    while killed.poll() is None and not list(tmp_path.glob("runs/*/.resume/ep4.cpt")):
        time.sleep(0.05)
    os.killpg(killed.pid, signal.SIGKILL)
    assert killed.wait() == -signal.SIGKILL, "it had ended before"
    kept = written(tmp_path)
    assert [path for path in kept if path.name.startswith("numbers_of")], "the first claim was measured"
    assert not list(tmp_path.glob("runs/*/model_ep19.cpt"))

    said, _ = measure(tmp_path, *CLAIMS).communicate()
    assert kept.items() <= written(tmp_path).items()
    alone, _ = measure(tmp_path / "other", *CLAIMS).communicate()
    assert said == alone and "claim 2 of 2, initial_point, seeds 0 1" in said and "| difference after 20 |" in said
    assert seeds.TABLE.read_bytes() == before, "the table is of MNIST alone"


def test_the_help_names_every_claim():
    shown = subprocess.run([*COMMAND[:2], "--help"], cwd=REPO, capture_output=True, text=True, check=True).stdout
    assert all(name in shown for name in seeds.CLAIMS) and "LOSSSURF_DATA" in shown


def test_the_name_of_no_claim_is_refused_with_the_names_there_are():
    done = subprocess.run([*COMMAND, "--claims", "near_one"], cwd=REPO, capture_output=True, text=True)
    assert done.returncode == 2 and "near_one" in done.stderr and "near_zero" in done.stderr
