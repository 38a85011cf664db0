"""nbtrace keeps to itself: nothing of it reaches for a network, a shell, or code that a file brings."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "nbtrace"
SOURCES = sorted(PACKAGE.rglob("*.py"))
MODULES = {
    "aiohttp", "asyncio", "cloudpickle", "code", "codeop", "ctypes", "dill", "ftplib", "http", "httpx", "imaplib", "marshal",
    "multiprocessing", "pickle", "poplib", "pty", "requests", "shelve", "smtplib", "socket", "socketserver", "ssl",
    "subprocess", "telnetlib", "urllib", "urllib3", "webbrowser", "xmlrpc",
}  # fmt: skip
BUILTINS = {"eval", "exec", "compile", "__import__", "input", "breakpoint"}
OF_OS = {"system", "popen", "fork", "forkpty", "posix_spawn", "posix_spawnp", "startfile"}
OF_OTHERS = {"yaml.load", "pl.Expr.deserialize", "pl.DataFrame.deserialize", "pl.LazyFrame.deserialize"}


def offences(tree):
    """Yield what a module uses of the above, with its line."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [node.module or ""] if not node.level else []
            if node.module == "os":
                names += [f"os.{alias.name}" for alias in node.names if _starts_a_process(alias.name)]
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            names = [f"{node.func.id}()"] if node.func.id in BUILTINS else []
        elif isinstance(node, ast.Attribute):
            text = ast.unparse(node)
            names = [text] if text in OF_OTHERS or (text == f"os.{node.attr}" and _starts_a_process(node.attr)) else []
        else:
            names = []
        yield from (
            f"{name}:{node.lineno}"
            for name in names
            if name.split(".")[0] in MODULES
            or name in OF_OTHERS
            or name.endswith("()")
            or (name.startswith("os.") and name != "os.path")
        )


def _starts_a_process(name):
    return name in OF_OS or name.startswith(("exec", "spawn"))


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_no_module_reaches_out(path):
    """No module imports what opens a connection, starts a program or runs stored code, and none evaluates text."""
    assert list(offences(ast.parse(path.read_text(encoding="utf-8")))) == []


@pytest.mark.parametrize(
    "text",
    ["import socket", "from urllib import request", "eval('1')", "import os\nos.system('x')", "from os import execv",
     "import os\nos.spawnl(0)", "import subprocess as s", "pl.Expr.deserialize(x)"],
)  # fmt: skip
def test_the_guard_sees(text):
    """Each way to reach out is seen."""
    assert list(offences(ast.parse(text)))


@pytest.mark.parametrize(
    "text", ["import os.path", "re.compile('x')", "from os import replace", "from .socket import x"]
)
def test_the_guard_lets_pass(text):
    """What only looks like it is not taken for it."""
    assert list(offences(ast.parse(text))) == []
