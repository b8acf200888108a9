"""What every command prints with: tables, and errors that end the command. No work of a command stands here."""

from __future__ import annotations

from typing import NoReturn

import typer


def print_table(
    headers: tuple[str, ...], rows: list[tuple[object, ...]], *, widths: tuple[int | None, ...] | None = None
) -> None:
    """Print rows below their headers; `widths` fold long columns."""
    from tabulate import tabulate

    typer.echo(tabulate(rows, headers=headers, tablefmt="simple", maxcolwidths=widths))


def fail(message: str) -> NoReturn:
    """Print an error and end with 2."""
    typer.echo(message, err=True)
    raise typer.Exit(2)


def confirm_show(show: str, given: str | None = None) -> None:
    """Let a person type the tag of a show before something is taken from it; `given` is what an option says.

    Ends the command with 2 where another tag was typed.
    """
    typed = given or typer.prompt(f"Type the show's name ({show}) to go on", default="", show_default=False)
    if typed != show:
        fail(f"That is not {show}: nothing was done.")
