"""Builds in this process, as Pelican's command makes them, for tests that need a great many of them."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import CodeType
from typing import Any
from unittest.mock import patch

from events import plugin
from events.writer import STAGE
from jinja2 import Environment
from pelican import Pelican
from pelican.settings import read_settings

from tests.site import ROOT


def run(output: Path, content: Path, *, epoch: int | None = None, **overrides: Any) -> None:
    """A build, as `pelican content -o output -s pelicanconf.py -e …` makes it on the day of `epoch` (seconds since 1970);
    raises `SystemExit` where that fails. One process makes it, and no store is kept unless `EVENT_CACHE` names one."""
    usual = {"EVENT_CACHE": False, "EVENT_JOBS": 1, "PATH": str(content), "OUTPUT_PATH": str(output)}
    with environment({} if epoch is None else {"SOURCE_DATE_EPOCH": str(epoch)}):
        settings = read_settings(str(ROOT / "pelicanconf.py"), override=usual | overrides)
        plugin.register()
        try:
            with patch.object(Environment, "compile", _compiled):
                Pelican(settings).run()
        finally:
            # A build leaves what it made to the end of its process; here it has none.
            gc.unfreeze()
            gc.enable()


# The code of templates, ours and Pelican's, by all that it follows from. It took two thirds of a build of a few records.
_code: dict[tuple[type[Environment], str, str | None, object], CodeType] = {}
_compile = Environment.compile


def _compiled(self: Environment, source: str, name: str | None = None, filename: str | None = None) -> CodeType:
    """What `Environment.compile` makes: where the template lies only marks the code, and is seen to each time."""
    key = (type(self), source, name, self.globals.get("lang"))
    if key not in _code:
        _code[key] = _compile(self, source, name, filename)
    return _at(filename or "<template>", _code[key])


def _at(filename: str, code: CodeType) -> CodeType:
    """The code as it would be if its source lay there."""
    inner = (_at(filename, value) if isinstance(value, CodeType) else value for value in code.co_consts)
    return code.replace(co_filename=filename, co_consts=tuple(inner))


@contextmanager
def environment(values: Mapping[str, str]) -> Iterator[None]:
    """Some variables of the environment, for a while."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


class Killed(BaseException):
    """A build that was ended from outside: nothing of ours catches it."""


@contextmanager
def killed_at(number: int, *places: tuple[Any, str]) -> Iterator[None]:
    """Have the build end at the call of that number to any of some functions, before it does anything."""
    calls = 0
    before = [(holder, name, getattr(holder, name)) for holder, name in places]

    def counted(function: Callable[..., Any]) -> Callable[..., Any]:
        def called(*args: Any, **kwargs: Any) -> Any:
            nonlocal calls
            calls += 1
            if calls >= number:
                raise Killed
            return function(*args, **kwargs)

        return called

    for holder, name, function in before:
        setattr(holder, name, counted(function))
    try:
        yield
    finally:
        for holder, name, function in before:
            setattr(holder, name, function)


def published(folder: Path) -> dict[str, bytes]:
    """Every file of a site by its address; nothing that a build which was stopped left aside."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.relative_to(folder).parts[0] != STAGE
    }
