"""Build `cdi`: as it stands, or with COMPILE_CORE=1 with its core, `schemas` and `streams`, compiled by mypyc."""

import ast
import os
import sys
from pathlib import Path

from setuptools import setup

CORE = ("schemas", "streams")
INTERPRETED = {
    # Chooses types at run time that mypy does not see: mypyc keeps only what a type checker reads.
    "streams/policy/value_types.py",
}


def compiled_modules() -> list[str]:
    """Return the modules of the core that mypyc compiles as they are meant.

    mypyc drops the keywords of a class (``frozen=True``) and most of its annotations, from which msgspec decodes: a
    module that defines a struct stays interpreted.
    """
    modules = (path for folder in CORE for path in sorted(Path(folder).rglob("*.py")))
    return [str(path) for path in modules if path.as_posix() not in INTERPRETED and not _has_class_keywords(path)]


def _has_class_keywords(path: Path) -> bool:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return any(isinstance(node, ast.ClassDef) and node.keywords for node in ast.walk(tree))


if os.environ.get("COMPILE_CORE") == "1" and "bdist_wheel" in sys.argv:
    from mypyc.build import mypycify  # needed only here: a plain build has neither mypy nor a compiler

    extensions = mypycify(compiled_modules(), group_name="cdi_core", multi_file=True, debug_level="0")
    for extension in extensions:
        # Without it a compiler may round a product and a sum at once, and the last digit is another one's.
        extension.extra_compile_args.append("-ffp-contract=off")
    setup(ext_modules=extensions)
else:
    setup()
