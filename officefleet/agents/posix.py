"""The agent on a POSIX host: reads batches of steps, runs them in order, writes one JSON line a result.

Protocol, controller to agent (one JSON object a line; raw bytes follow where said):
  {"t":"batch","id":N,"steps":[STEP...]}     run the steps in order, stop at the first failure not ignored
  {"t":"code","modules":{NAME:SOURCE}}       modules that the first bundle did not hold
  {"t":"blob","sha":HEX,"len":N,"z":BOOL}+N  content, zlib-compressed when z
  {"t":"bye"}
Agent to controller:
  {"t":"hello","python":..,"pid":..,"user":..}
  {"t":"need","sha":[HEX...]}                send these blobs now
  {"t":"out","b":N,"i":K,"text":..}          progress of a running step
  {"t":"res","b":N,"i":K,"r":{...}}          a step's result
  {"t":"end","b":N,"ran":COUNT}              the batch is over
STEP: {"m":module,"a":{args},"check":bool,"diff":bool,"timeout":seconds or 0,"env":{},"go_on":bool,"g":group}
Steps of one group are a loop's items: they all run, whichever fails.
"""

from __future__ import annotations

import importlib
import json
import os
import sys

from officefleet.agents import kit
from officefleet.agents.execution import execute, load

TYPE_CHECKING = False
if TYPE_CHECKING:  # typing costs 5 ms to import
    from collections.abc import Iterator
    from io import BufferedWriter
    from typing import Any, BinaryIO

_IN_MEMORY = 4 << 20  # bytes of content that need no file before they are written where they belong


class Agent:
    """One connection's agent."""

    def __init__(self, stdin: BinaryIO, stdout: BinaryIO, importer: Any = None) -> None:
        self.stdin = stdin
        self.stdout = stdout
        self.importer = importer
        self.blobs: dict[str, str | bytes | kit.Failed] = {}
        self.asked: set[str] = set()
        self.folder: str | None = None
        self.kept: set[str] = set()
        self.waiting: list[dict[str, Any]] = []

    def send(self, message: dict[str, Any]) -> None:
        """Write one message; hosts' bytes that are not UTF-8 travel as surrogate escapes in ASCII JSON."""
        self.stdout.write(json.dumps(message, ensure_ascii=True, default=str).encode("ascii") + b"\n")
        self.stdout.flush()

    def receive(self) -> dict[str, Any] | None:
        """Return the next message that is not content, or None at the end; content is stored on the way."""
        while True:
            line = self.stdin.readline()
            if not line:
                return None
            message: dict[str, Any] = json.loads(line)
            if message["t"] == "blob":
                self.store(message)
            elif message["t"] == "code":
                self.add_code(message["modules"])
            else:
                return message

    def store(self, message: dict[str, Any]) -> None:
        """Take a blob from the channel, checking its digest; a small one stays in memory."""
        import hashlib

        found = hashlib.sha256()
        sha = message["sha"]
        if message["len"] <= _IN_MEMORY and not (message.get("z") and message["len"] > _IN_MEMORY // 16):
            data = b"".join(self.blocks(message))
            found.update(data)
            self.blobs[sha] = data if found.hexdigest() == sha else damaged()
            return
        problem: OSError | None = None
        try:
            stream = self.private_file(sha)
        except OSError as error:
            stream, problem = open(os.devnull, "wb"), error  # noqa: SIM115  the channel must be drained all the same
        with stream:
            for block in self.blocks(message):
                found.update(block)
                try:
                    stream.write(block)
                    stream.flush()
                except OSError as error:
                    problem = problem or error
                    stream.raw.truncate(0)
        if problem is not None:
            self.blobs[sha] = not_stored(problem)
        else:
            self.blobs[sha] = self.place(sha) if found.hexdigest() == sha else damaged()

    def place(self, sha: str) -> str:
        """Return the path of a blob's file in the agent's private folder."""
        if self.folder is None:
            self.folder = private_folder()
        return os.path.join(self.folder, sha)

    def private_file(self, sha: str) -> BufferedWriter:
        """Open a blob's file for writing; content may be secret."""
        return open(os.open(self.place(sha), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb")

    def blocks(self, message: dict[str, Any]) -> Iterator[bytes]:
        """Yield a blob's plain content block by block as the channel brings it."""
        import zlib

        inflate = zlib.decompressobj() if message.get("z") else None
        left = message["len"]
        while left:
            block = self.stdin.read(min(left, 1 << 16))
            if not block:
                return
            left -= len(block)
            yield inflate.decompress(block) if inflate else block

    def add_code(self, sources: dict[str, str]) -> None:
        """Make modules known that came after the start."""
        for name, text in sources.items():
            self.importer.add(name, compile(text, "<officefleet>/" + name, "exec"))
        importlib.invalidate_caches()

    def ask(self, wanted: list[str]) -> None:
        """Ask the controller for content; once is enough."""
        self.asked.update(wanted)
        self.send({"t": "need", "sha": wanted})

    def content(self, sha: str) -> bytes | None:
        """Return a blob that is held in memory, asking the controller when it is not there; None for a large one."""
        if sha not in self.blobs:
            if sha not in self.asked:
                self.ask([sha])
            self.wait_for(sha)
        found = self.blobs[sha]
        if isinstance(found, kit.Failed):
            raise found
        return found if isinstance(found, bytes) else None

    def blob(self, sha: str) -> str:
        """Return the path of a file with a blob's content."""
        data = self.content(sha)
        if data is not None:
            try:
                with self.private_file(sha) as stream:
                    stream.write(data)
            except OSError as error:
                raise not_stored(error) from None
            self.blobs[sha] = self.place(sha)
        return str(self.blobs[sha])

    def wait_for(self, sha: str) -> None:
        """Take messages until a blob is there; others wait for their turn."""
        while sha not in self.blobs:
            line = self.stdin.readline()
            if not line:
                raise SystemExit(0)
            message = json.loads(line)
            if message["t"] == "blob":
                self.store(message)
            elif message["t"] == "code":
                self.add_code(message["modules"])
            else:
                self.waiting.append(message)

    def serve(self) -> None:
        """Answer until the controller says goodbye or is gone."""
        while True:
            message = self.waiting.pop(0) if self.waiting else self.receive()
            if message is None or message["t"] == "bye":
                return
            if message["t"] == "batch":
                self.run_batch(message)

    def run_batch(self, batch: dict[str, Any]) -> None:
        """Run a batch in order and report each result at once."""
        self.prefetch(batch["steps"])
        last = {sha: index for index, step in enumerate(batch["steps"]) for sha in offered(step)}
        ran = 0
        failed = None
        for index, step in enumerate(batch["steps"]):
            if failed is not None and step.get("g") != failed:
                break  # all items of a loop run, then the failed task ends the batch
            result = (
                self.start_job(step, batch["id"], index)
                if step.get("async")
                else self.run_step(step, batch["id"], index)
            )
            ran += 1
            if step.get("async"):  # its process goes on and needs its content
                self.kept.update(offered(step))
            else:
                self.discard([sha for sha in offered(step) if last[sha] == index])
            self.send({"t": "res", "b": batch["id"], "i": index, "r": result})
            if result.get("failed") and not step.get("go_on"):
                failed = step.get("g")
                if failed is None:
                    break
        self.send({"t": "end", "b": batch["id"], "ran": ran})

    def discard(self, content: list[str]) -> None:
        """Remove content that no later step wants: it may be secret, and the agent may be killed."""
        for sha in content:
            if sha in self.kept:
                continue
            self.asked.discard(sha)
            found = self.blobs.pop(sha, None)
            if isinstance(found, str):
                os.unlink(found)

    def prefetch(self, steps: list[dict[str, Any]]) -> None:
        """Ask at once for all content that the steps would write as the host stands now."""
        wanted: dict[str, None] = {}  # ordered
        for step in steps:
            missing = [sha for sha in offered(step) if sha not in self.blobs and sha not in wanted]
            if not missing or step.get("check"):
                continue
            try:
                plan, posix = load(step["m"])
                context = kit.Context(check=True)
                state = posix.read(step["a"], context)
                needed = {change.get("blob") for change in plan.plan(state, step["a"])}
                wanted.update(dict.fromkeys(sha for sha in missing if sha in needed))
            except Exception:  # noqa: BLE001  most often a folder that an earlier step of the batch makes
                wanted.update(dict.fromkeys(missing))
        if wanted:
            self.ask(list(wanted))

    def run_step(self, step: dict[str, Any], batch: int, index: int) -> dict[str, Any]:
        """Run one step and return its result, whatever happens in it."""
        context = kit.Context(
            check=bool(step.get("check")),
            diff=bool(step.get("diff")),
            environment=step.get("env"),
            emit=None
            if step.get("async")
            else lambda text: self.send({"t": "out", "b": batch, "i": index, "text": text}),
            blob=self.blob,
            content=self.content,
        )
        limit = step.get("timeout") or 0
        saved = dict(os.environ) if step.get("env") else None
        try:
            if limit:
                alarm(limit)
            if saved is not None:
                os.environ.update({name: str(value) for name, value in step["env"].items()})
            return execute(step["m"], step["a"], context)
        except kit.Undecidable as error:
            return {"skipped": True, "undecidable": True, "changed": False, "msg": str(error)}
        except kit.Failed as error:
            fields = with_facts(error.fields)
            return dict(fields, failed=True, changed=fields.get("changed", False), msg=error.msg)
        except TimeoutError:
            return {
                "failed": True,
                "changed": False,
                "msg": "timed out after %g seconds" % limit,
                "timedout": True,
            }
        except Exception as error:  # noqa: BLE001  a module's bug must not end the run of the others
            return {
                "failed": True,
                "changed": False,
                "msg": "%s: %s" % (type(error).__name__, error),
                "exception": trace(),
            }
        finally:
            if limit:
                alarm(0)
            if saved is not None:
                os.environ.clear()
                os.environ.update(saved)

    def start_job(self, step: dict[str, Any], batch: int, index: int) -> dict[str, Any]:
        """Start a step that goes on by itself; what it needs is fetched before, as it cannot ask for it."""
        from officefleet.agents import jobs

        try:
            if step["a"].get("_blob"):
                self.blob(step["a"]["_blob"])
            if step.get("check"):
                return {
                    "skipped": True,
                    "changed": False,
                    "msg": "check mode and async cannot be used together",
                }
            return jobs.start(lambda: self.run_step(step, batch, index), int(step["async"]))
        except kit.Failed as error:
            return {"failed": True, "changed": False, "msg": error.msg}
        except OSError as error:
            return {"failed": True, "changed": False, "msg": "cannot start the job: %s" % error}

    def close(self) -> None:
        """Remove what was stored for the steps."""
        if self.folder is None:
            return
        try:  # shutil would cost 3 ms to import, for a folder without folders
            for name in os.listdir(self.folder):
                os.unlink(os.path.join(self.folder, name))
            os.rmdir(self.folder)
        except OSError:
            pass


def offered(step: dict[str, Any]) -> list[str]:
    """Return the hashes of the content that the controller offers for a step."""
    entries = (step["a"], *step["a"].get("_tree", ()))
    return [entry["_blob"] for entry in entries if entry.get("_blob") is not None]


def with_facts(fields: dict[str, Any]) -> dict[str, Any]:
    """Return a failure's fields with the facts of the file that it names, as Ansible has them."""
    path = fields.get("path") or fields.get("dest")
    if not isinstance(path, str) or "uid" in fields or not os.path.lexists(path):
        return fields
    from officefleet.agents import files

    try:
        return dict(files.facts(files.describe(path)), **fields)
    except (OSError, kit.Failed):
        return fields


def damaged() -> kit.Failed:
    """Return what is said of content whose digest is not the promised one."""
    return kit.Failed("the content was damaged on its way to the host")


def not_stored(error: OSError) -> kit.Failed:
    """Return what is said of content that the host's disk did not take."""
    return kit.Failed("cannot store the content on the host: %s" % (error.strerror or error))


def private_folder() -> str:
    """Return a new folder for content, readable by this user alone."""
    base = os.environ.get("TMPDIR") or "/tmp"  # noqa: S108  created with mkdir and a random name below
    path = os.path.join(base, "officefleet-" + os.urandom(12).hex())
    os.mkdir(path, 0o700)
    return path


def alarm(seconds: float) -> None:
    """Let TimeoutError happen after `seconds`; 0 calls it off."""
    import signal

    def expire(_signal: int, _frame: Any) -> None:
        raise TimeoutError

    signal.signal(signal.SIGALRM, expire)
    signal.setitimer(signal.ITIMER_REAL, seconds)


def trace() -> str:
    """Return the exception under way as text."""
    import traceback

    return traceback.format_exc()


def main(stdin: BinaryIO, stdout: BinaryIO, importer: Any = None) -> None:
    """Serve one controller; anything that a module prints goes to stderr, never into the protocol."""
    sys.stdout = sys.stderr
    os.environ.setdefault("HOME", os.path.expanduser("~"))
    agent = Agent(stdin, stdout, importer)
    agent.send(
        {
            "t": "hello",
            "python": ".".join(str(part) for part in sys.version_info[:3]),
            "pid": os.getpid(),
            "uid": os.getuid(),
        }
    )
    try:
        agent.serve()
    except (BrokenPipeError, KeyboardInterrupt):
        pass
    finally:
        agent.close()
