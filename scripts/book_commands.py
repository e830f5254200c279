"""Runs every command of the book, in the order of its chapters, and compares what they print with what the book shows.

    book_commands.py FOLDER   of the programs; those of the examples are in its folder examples

A block that begins with ```sh,run is run, all of them in one shell and in one temporary folder; ports that the book names
are replaced by free ones. A block ```text,shown after it must be found in what it printed: line by line and in order,
where "..." stands for anything. A block ```sh,elsewhere is not run: what it needs is not on this machine. There is no
other kind of shell block, and a block without a kind has no command in it.

Whatever else the book and the README name as a command of `aegle` or `aegle-indexer`, in a line of such a block or between backquotes, is looked up in
the program's own help: each subcommand and each option must be there.
"""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

BOOK = Path(__file__).resolve().parent.parent / "docs"
# What the book lets servers listen on.
PORTS = ("9944", "8070", "8087", "8088", "8090")
LONGEST_SECONDS = 180
MARK = "@@ block "
COMMAND = re.compile(r"(aegle|aegle-indexer|cargo|make|npm|node|scripts/\S+) ")
# What the book may name.
PROGRAMS = ("aegle", "aegle-indexer")
NAMED = re.compile(r"`((?:" + "|".join(PROGRAMS) + r") [^`\n]+)`")


def chapters():
    for link in re.findall(r"\]\(([^)]+\.md)\)", (BOOK / "SUMMARY.md").read_text()):
        yield BOOK / link


def blocks():
    """Each runnable block: where it stands, its commands, and the lines that must be shown."""
    found = []
    for chapter in chapters():
        lines = chapter.read_text().splitlines()
        opened, kind, body = None, None, []
        for number, line in enumerate(lines, 1):
            if opened is None and line.startswith("```"):
                opened, kind, body = number, line[3:].strip(), []
            elif opened is not None and line == "```":
                where = f"{chapter.relative_to(BOOK)}:{opened}"
                if kind == "sh,run":
                    found.append((where, "\n".join(body), []))
                elif kind == "text,shown":
                    if not found:
                        sys.exit(f"{where}: nothing was run before it")
                    found[-1][2].extend(line for line in body if line.strip())
                elif kind == "" and any(COMMAND.match(line) for line in body):
                    sys.exit(f"{where}: a block with commands is `sh,run` or `sh,elsewhere`")
                elif kind.split(",")[0] in ("sh", "bash", "console", "shell") and kind != "sh,elsewhere":
                    sys.exit(f"{where}: a shell block is `sh,run` or `sh,elsewhere`, not `{kind}`")
                opened = None
            elif opened is not None:
                body.append(line)
        if opened is not None:
            sys.exit(f"{chapter.relative_to(BOOK)}:{opened}: a block without an end")
    return found


def named():
    """Each command that is named and not run: where, and its words."""
    for chapter in [BOOK.parent / "README.md", *chapters()]:
        kind = None
        for number, line in enumerate(chapter.read_text().splitlines(), 1):
            if line.startswith("```"):
                kind = line[3:].strip() if kind is None else None
                continue
            found = NAMED.findall(line) if kind is None else []
            if kind in ("", "sh,elsewhere") and line.split(" ")[0] in PROGRAMS:
                found = [line]
            for command in found:
                # What is remarked, piped, or left open.
                words = re.split(r"\s#|[|;&]|\.\.\.", command)[0].split()
                yield f"{chapter.relative_to(BOOK.parent)}:{number}", words


def looked_up(programs):
    """Looks every named command up in the help of its program; returns how many."""
    helps = {}

    def help_of(path):
        if path not in helps:
            asked = subprocess.run([programs / path[0], *path[1:], "--help"], capture_output=True, text=True)
            helps[path] = asked.stdout if asked.returncode == 0 else None
        return helps[path]

    count = 0
    for where, (program, *words) in named():
        path, options = (program,), [word.split("=")[0] for word in words if word.startswith("--")]
        # Options before the subcommand have a value, but for those of which the help says none; behind it the subcommand ends
        # at the first one.
        while words and words[0].startswith("--"):
            valued = "=" not in words[0] and re.search(rf"{re.escape(words[0])} <", help_of((program,)) or "")
            words = words[2 if valued else 1:]
        for word in words:
            if not re.fullmatch(r"[a-z][a-z-]*", word):
                break
            path = (*path, word)
        found = help_of(path)
        if found is None:
            sys.exit(f"{where}: `{' '.join(path)}` is no command")
        for option in options:
            if option != "--help" and not re.search(rf"(?<![\w-]){re.escape(option)}(?![\w-])", found):
                sys.exit(f"{where}: `{' '.join(path)}` has no {option}")
        count += 1
    return count


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


def shows(output, expected):
    """The first expected line that is not there; None when all are, in this order."""
    rest = output
    for line in expected:
        # Help puts what it says of an option below it where a name is long.
        pattern = r".*(?:\n {8,}.*)?".join(re.escape(part.strip()).replace(r"\ ", r"\s+") for part in line.split("..."))
        match = re.search(pattern, rest)
        if match is None:
            return line
        rest = rest[match.end() :]
    return None


def main():
    programs = Path(sys.argv[1]).resolve()
    found = blocks()
    if not found:
        sys.exit("the book has no command")
    print(f"{looked_up(programs)} commands that are named are the programs' own")
    # Postgres runs as another user when this is root, and must reach the folder.
    folder = Path(tempfile.mkdtemp(prefix="aegle-book-"))
    folder.chmod(0o711)
    ports = {port: free_port() for port in PORTS}
    lines = ["set -euo pipefail", "trap 'kill $(jobs -p) 2>/dev/null || true; wait' EXIT"]

    def moved(text):
        return re.sub(r"\b(?:" + "|".join(PORTS) + r")\b", lambda port: ports[port[0]], text)

    for number, (_, commands, _) in enumerate(found):
        lines += [f"echo '{MARK}{number}'", moved(commands)]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AEGLE_")}
    environment |= {
        "PATH": f"{programs}:{environment['PATH']}",
        "HOME": str(folder),
        "AEGLE_CHAIN_URL": f"ws://127.0.0.1:{ports['9944']}",
        "AEGLE_INDEXER_URL": f"http://127.0.0.1:{ports['8087']}",
        "AEGLE_REPOSITORY": str(BOOK.parent),
        "AEGLE_EXAMPLES": str(programs / "examples"),
    }
    log = folder / "output"
    with log.open("w") as file:
        shell = subprocess.Popen(
            ["bash", "-c", "\n".join(lines)],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            code = shell.wait(LONGEST_SECONDS)
        except subprocess.TimeoutExpired:
            code = f"none within {LONGEST_SECONDS} s"
        # What a block has left running, which the shell has told to end.
        try:
            os.killpg(shell.pid, signal.SIGTERM)
        except ProcessLookupError:
            pass
        shell.wait()
    outputs = re.split(rf"^{MARK}\d+\n", log.read_text(errors="replace"), flags=re.M)[1:]
    if code != 0:
        where = found[len(outputs) - 1][0] if outputs else "before the first block"
        sys.exit(f"{where}: failed, exit code {code}\n{''.join(outputs[-1:])}\n(kept in {folder})")
    for (where, _, expected), output in zip(found, outputs, strict=True):
        missing = shows(output, [moved(line) for line in expected])
        if missing is not None:
            sys.exit(f"{where}: does not show `{missing}`, but\n{output}\n(kept in {folder})")
    shutil.rmtree(folder, ignore_errors=True)
    print(f"# pass {len(found)}")


main()
