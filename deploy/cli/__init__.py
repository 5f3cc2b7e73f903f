"""The ``cdi`` command line, one module a group of commands."""

from deploy.cli.framework.main import app, main

__all__ = ["app", "main"]
