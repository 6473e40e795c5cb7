"""How ``manage.py compose`` reads its arguments: the reference's rules where they differ from argparse's."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, Final, NoReturn

from projects.compose.errors import ComposeError
from projects.compose.messages import Message

if TYPE_CHECKING:
    from projects.management.verbs import Verb

FAILED: Final = 1
_SWITCH = re.compile(r"(--?[\w-]+)=(true|false|1|0|t|f)", re.IGNORECASE)
_INVALID = re.compile(
    r"argument (?P<flag>[^:]+): (?:invalid (?P<kind>\w+) value: '(?P<value>.*)'|(?P<other>.*))", re.DOTALL
)
_CHOICE = re.compile(r"invalid choice: '(?P<name>[^']*)'")
_LACKING: Final = "the following arguments are required: "


def refused(text: str) -> ComposeError:
    """Return the error for flags that do not fit, in the reference's own English words."""
    return ComposeError(Message("%(text)s", text=text))


class Parser(argparse.ArgumentParser):
    """A parser that refuses in the reference's words, with its exit status, and knows no abbreviations."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(allow_abbrev=False, formatter_class=_Help, **kwargs)

    def error(self, message: str) -> NoReturn:
        """Say what is wrong on stderr, and exit."""
        sys.stderr.write(f"{refusal(message)}\n\nRun '{self.prog} --help' for more information\n")
        sys.exit(FAILED)


class _Help(argparse.HelpFormatter):
    def _format_action(self, action: argparse.Action) -> str:
        # The list of verbs, rather than all of their names in braces above it.
        text = super()._format_action(action)
        return text.partition("\n")[2] if action.nargs == argparse.PARSER else text


class VerbParser(Parser):
    """The parser of one verb, which learns its flags from the verb's module when it is asked for the first time."""

    def __init__(self, *, verb: Callable[[], Verb], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._verb = verb
        self._declared = False
        self._inside = False

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Parse; flags and services may be mixed, but for verbs that end in a command."""
        if self._inside:
            return super().parse_known_args(args, namespace)
        self._declare()
        rest, switches = self._switched(list(args or ()))
        self._inside = True
        try:
            parse = super().parse_known_args if self._ends_in_command() else self.parse_known_intermixed_args
            found, unknown = parse(rest, namespace)
        finally:
            self._inside = False
        for name, value in switches.items():
            setattr(found, name, value)
        return found, unknown

    def _declare(self) -> None:
        if not self._declared:
            self._declared = True
            self._verb().flags(self)
            # Of the flags before the verb the only one that may stand after it as well.
            self.add_argument(
                "--dry-run", action="store_true", default=argparse.SUPPRESS, help="Execute command in dry run mode"
            )

    def _ends_in_command(self) -> bool:
        return any(action.nargs == argparse.REMAINDER for action in self._actions)

    def _switched(self, args: list[str]) -> tuple[list[str], dict[str, bool]]:
        """Take out such as ``--no-deps=false``, which argparse does not know."""
        rest, found, command = list[str](), dict[str, bool](), self._ends_in_command()
        while args:
            arg = args.pop(0)
            match = _SWITCH.fullmatch(arg)
            action = self._option_string_actions.get(match[1]) if match else None
            if match and isinstance(action, argparse._StoreConstAction):
                found[action.dest] = match[2].lower() in ("true", "t", "1")
                continue
            rest.append(arg)
            if arg == "--" or (command and not arg.startswith("-")):
                break
        return rest + args, found


def refusal(message: str) -> str:
    """Return argparse's sentence in the words of the reference."""
    if message.startswith("unrecognized arguments: "):
        first = message.removeprefix("unrecognized arguments: ").split()[0]
        return (
            f"unknown flag: {first}" if first.startswith("--") else f"unknown shorthand flag: '{first[1:2]}' in {first}"
        )
    if message.startswith("argument COMMAND: ") and (choice := _CHOICE.search(message)):
        return f'unknown docker command: "compose {choice["name"]}"'
    if message.startswith(_LACKING):
        return "requires at least 1 arg(s), only received 0"
    if match := _INVALID.fullmatch(message):
        return _invalid(match)
    return message


def _invalid(match: re.Match[str]) -> str:
    flag = match["flag"].replace("/", ", ")
    if match["kind"] == "int":
        value = match["value"]
        return f'invalid argument "{value}" for "{flag}" flag: strconv.ParseInt: parsing "{value}": invalid syntax'
    if match["other"] and match["other"].startswith("expected one argument"):
        return f"flag needs an argument: {match['flag'].rpartition('/')[2]}"
    return f"{flag}: {match['other'] or match[0]}"


def services(parser: argparse.ArgumentParser) -> None:
    """Declare the services that a verb is about."""
    parser.add_argument("services", nargs="*", metavar="SERVICE")


def timeout(parser: argparse.ArgumentParser, help: str = "Specify a shutdown timeout in seconds") -> None:
    """Declare how long a container may take to stop."""
    parser.add_argument("-t", "--timeout", type=int, help=help)


def switches(parser: argparse.ArgumentParser, flags: Sequence[tuple[str, ...]]) -> None:
    """Declare flags that are on or off: their names, then the line of help."""
    for *names, line in flags:
        parser.add_argument(*names, action="store_true", help=line)


def format_is_known(name: str, known: Iterable[str] = ("table", "json")) -> None:
    """Raise `ComposeError` for a ``--format`` that is not `known`."""
    if name not in known:
        raise refused(f'format value "{name}" could not be parsed: parsing failed')


def truth(text: str) -> bool:
    """Return whether a flag's value says yes."""
    return text.lower() in ("1", "t", "true")
