"""The help texts say all that they were written to say, in windows of every width."""

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from autograder.cli import app

COMMANDS = get_command(app).commands


def words_of(text):
    """All but blanks, as a narrow window breaks lines anywhere between words."""
    return "".join(text.split())


@pytest.mark.parametrize("columns", ["40", "80", "200"])
@pytest.mark.parametrize("name", COMMANDS)
def test_help_holds_every_word_of_the_command_and_of_its_options(name, columns):
    shown = CliRunner().invoke(app, [name, "--help"], env={"COLUMNS": columns, "TERMINAL_WIDTH": columns})
    assert shown.exit_code == 0
    for text in [COMMANDS[name].help, *(option.help for option in COMMANDS[name].params if option.help)]:
        for paragraph in text.split("\n\n"):
            assert words_of(paragraph) in words_of(shown.output)


def test_the_layouts_of_submissions_stand_in_the_help_of_grade():
    shown = words_of(CliRunner().invoke(app, ["grade", "--help"]).output)
    assert "SUBMITTEDholds<student>/<assignment>/<assignment>.ipynb" in shown


def test_the_list_of_commands_cuts_no_sentence_short():
    shown = CliRunner().invoke(app, ["--help"], env={"COLUMNS": "80"}).output
    assert all(name in shown for name in COMMANDS) and "..." not in shown.partition("Commands:")[2]
