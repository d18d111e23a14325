"""`simnet learn` as a student has it: in a terminal, with another program at work elsewhere; and with no terminal at all."""

from __future__ import annotations

import io
import queue
import re
import signal
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest
import typer

from simnet.errors import ScenarioError
from simnet.fronts.inbox import Inbox, Typed
from simnet.fronts.learn import teach
from simnet.fronts.lessons import course
from simnet.fronts.lessons.keyboard import Keyboard, answers_in
from simnet.fronts.lessons.session import Left
from simnet.fronts.lessons.words import filled_in
from simnet.fronts.show import Screen
from tests.fronts.terminal import Opened

GUARD: Final = 60.0

Ran = subprocess.CompletedProcess[str]
Simnet = Callable[..., Ran]


def test_a_client_elsewhere_is_drawn_as_it_comes(
    terminal: Opened,
) -> None:
    """Predict, connect from another program, see it at once; ask for a hint; run a command here; and compare."""
    screen, running = terminal("learn", "loopback")
    screen.until("Your prediction")
    screen.type("x")
    screen.until("Write a, b or c.")
    screen.type("b")
    page = screen.until("try> ")
    here, there = re.findall(r'curl -sS "http://([\d.]+):8080"', page)
    for address in (here, there):
        with socket.create_connection((address, 8080), timeout=GUARD) as client:
            client.sendall(b"GET /from-elsewhere HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            while client.recv(4096):
                pass
        page = screen.until("GET /from-", after=page.rindex("try> "))
        page = screen.until("try> ", after=page.rindex("GET /from-"))
    screen.type("hint")
    screen.until("Hint 1 of 2")
    screen.type("echo $((6 * 7))")
    screen.until("42")
    screen.type("done")
    screen.until("all held")
    assert running.wait(GUARD) == 0
    assert "You said  ✓  b)" in screen.shown


def test_ctrl_c_ends_the_lesson(terminal: Opened) -> None:
    """At the prompt as anywhere; the network is taken down, and there is no verdict."""
    screen, running = terminal("learn", "1")
    screen.until("Your prediction")
    screen.type("a")
    screen.until("try> ")
    running.send_signal(signal.SIGINT)
    assert running.wait(GUARD) == 130
    assert "The rubric" not in screen.shown


def test_without_a_terminal(simnet: Simnet, tmp_path: Path) -> None:
    """A file of answers, nobody waited for: the status is the rubric's, progress is kept and listed."""
    answers, state = tmp_path / "answers", {"XDG_STATE_HOME": str(tmp_path / "state")}
    answers.write_text('# what I think\nb\n\ncurl -s "$SIMNET_HERE_URL"\nno-such-program\n')
    ran = simnet("learn", "1", "--answers", answers, "--no-wait", environment=state)
    assert ran.returncode == 100, ran.stderr
    assert "requests of there: there were 0 requests" in ran.stdout
    assert "(exit status 127)" in ran.stdout
    assert "\x1b" not in ran.stdout
    listed = simnet("learn", environment=state).stdout
    assert re.search(r"1 +loopback +What loopback is +✓ +✗", listed)
    assert "simnet learn 2" in listed


def test_what_is_no_lesson(tmp_path: Path) -> None:
    """A near name is suggested; a scenario that teaches nothing is refused, whatever its name."""
    with pytest.raises(ScenarioError, match="did you mean refused"):
        course.find("refusd")
    (plain := tmp_path / "plain.yaml").write_text("simnet: 1\nservices: {api: {}}\n")
    with pytest.raises(ScenarioError, match="teaches nothing"):
        course.find(str(plain))


@pytest.mark.parametrize(("said", "raised"), [((), typer.BadParameter), (("b", "quit"), Left)])
def test_a_prediction_is_due_and_quit_leaves(said: tuple[str, ...], raised: type[Exception]) -> None:
    """Without a prediction there is no lesson, and who quits gets no verdict."""
    page, inbox = io.StringIO(), queue.SimpleQueue()  # type: ignore[var-annotated]
    with pytest.raises(raised):
        teach(course.find("1"), Screen(page), inbox, Keyboard(said, inbox, reads_on=False), waits=False, seed=None)
    assert "The rubric" not in page.getvalue()


def test_a_command_can_be_typed_anywhere() -> None:
    """Variables become their values, in the shell's notation and in Python's; what is not known stays as it is."""
    known = {"SIMNET_API_PORT": "80", "SIMNET_API_URL": "http://x"}
    assert filled_in('curl "$SIMNET_API_URL/${SIMNET_API_PORT}" $HOME $SIMNET_X_URL', known) == (
        'curl "http://x/80" $HOME $SIMNET_X_URL'
    )
    assert filled_in('int(os.environ["SIMNET_API_PORT"])', known) == 'int("80")'


def test_answers(tmp_path: Path) -> None:
    """Between commas, or the lines of a file; then nothing more comes."""
    (file := tmp_path / "x").write_text("a\n# no\n\n1\n")
    assert answers_in(str(file)) == ["a", "1"]
    assert answers_in("b, 1,done") == ["b", "1", "done"]
    inbox: Inbox = queue.SimpleQueue()
    keyboard = Keyboard(["b"], inbox, reads_on=False)
    assert [keyboard.ask(), keyboard.ask()] == ["b", None]
    assert [inbox.get(), inbox.get()] == [Typed("b"), Typed(None)]
