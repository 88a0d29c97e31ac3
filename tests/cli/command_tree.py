"""Every command there is, as the program itself would resolve it."""

import typer

from leadlog.cli.commands import COMMANDS, LazyGroup, root


def paths_of(name: str) -> list[str]:
    """Return `name`, or for a group of commands the path of each in it."""
    command = command_at(name)
    inner = getattr(command, "commands", None)
    return [name] if inner is None else [f"{name} {sub}" for sub in inner]


def every_path() -> list[str]:
    """Return the path of every command, such as `report` and `user add`."""
    return [path for name in COMMANDS for path in paths_of(name)]


def command_at(path: str) -> typer.core.TyperCommand:
    name, *rest = path.split()
    group = root(completion=False)
    assert isinstance(group, LazyGroup)
    with group.make_context("leadlog", [name], resilient_parsing=True) as context:
        _, command, _ = group.resolve_command(context, [name])
    for sub in rest:
        command = command.commands[sub]
    assert isinstance(command, typer.core.TyperCommand | typer.core.TyperGroup)
    return command  # type: ignore[return-value]  # a group has the attributes that are asked for
