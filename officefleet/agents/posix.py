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
STEP: {"m":module,"a":{args},"check":bool,"diff":bool,"timeout":seconds or 0,"env":{},"go_on":bool}
"""

from __future__ import annotations

import importlib
import json
import os
import sys

from officefleet.agents import kit


class Agent:
    """One connection's agent."""

    def __init__(self, stdin, stdout, importer=None):
        self.stdin = stdin
        self.stdout = stdout
        self.importer = importer
        self.blobs = {}
        self.folder = None
        self.waiting = []

    def send(self, message):
        """Write one message; hosts' bytes that are not UTF-8 travel as surrogate escapes in ASCII JSON."""
        self.stdout.write(json.dumps(message, ensure_ascii=True, default=str).encode("ascii") + b"\n")
        self.stdout.flush()

    def receive(self):
        """Return the next message that is not content, or None at the end; content is stored on the way."""
        while True:
            line = self.stdin.readline()
            if not line:
                return None
            message = json.loads(line)
            if message["t"] == "blob":
                self.store(message)
            elif message["t"] == "code":
                self.add_code(message["modules"])
            else:
                return message

    def store(self, message):
        """Take a blob from the channel into a private temporary file, checking its digest."""
        import hashlib  # noqa: PLC0415
        import zlib  # noqa: PLC0415

        if self.folder is None:
            self.folder = private_folder()
        path = os.path.join(self.folder, message["sha"])
        inflate = zlib.decompressobj() if message.get("z") else None
        found = hashlib.sha256()
        left = message["len"]
        problem = None
        try:
            stream = open(path, "wb")  # noqa: SIM115  the loop must drain the channel even when this fails
        except OSError as error:
            stream, problem = None, error
        while left:
            block = self.stdin.read(min(left, 1 << 16))
            if not block:
                break
            left -= len(block)
            plain = inflate.decompress(block) if inflate else block
            found.update(plain)
            if stream is not None and problem is None:
                try:
                    stream.write(plain)
                except OSError as error:
                    problem = error
        if stream is not None:
            try:
                stream.close()
            except OSError as error:
                problem = error
        if problem is not None:
            self.blobs[message["sha"]] = kit.Failed(
                "cannot store the content on the host: %s" % (problem.strerror or problem)
            )
        elif found.hexdigest() != message["sha"]:
            self.blobs[message["sha"]] = kit.Failed("the content was damaged on its way to the host")
        else:
            self.blobs[message["sha"]] = path

    def add_code(self, sources):
        """Make modules known that came after the start."""
        for name, text in sources.items():
            self.importer.modules[name] = compile(text, "<officefleet>/" + name, "exec")
        del self.importer.packages
        importlib.invalidate_caches()

    def blob(self, sha):
        """Return the path of a blob, asking the controller for it when it is not there yet."""
        if sha not in self.blobs:
            self.send({"t": "need", "sha": [sha]})
            self.wait_for(sha)
        found = self.blobs[sha]
        if isinstance(found, kit.Failed):
            raise found
        return found

    def wait_for(self, sha):
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

    def serve(self):
        """Answer until the controller says goodbye or is gone."""
        while True:
            message = self.waiting.pop(0) if self.waiting else self.receive()
            if message is None or message["t"] == "bye":
                return
            if message["t"] == "batch":
                self.run_batch(message)

    def run_batch(self, batch):
        self.prefetch(batch["steps"])
        ran = 0
        for index, step in enumerate(batch["steps"]):
            result = self.run_step(step, batch["id"], index)
            ran += 1
            self.send({"t": "res", "b": batch["id"], "i": index, "r": result})
            if result.get("failed") and not step.get("go_on"):
                break
        self.send({"t": "end", "b": batch["id"], "ran": ran})

    def prefetch(self, steps):
        """Ask at once for all content that the steps would write as the host stands now."""
        wanted = []
        for step in steps:
            sha = step["a"].get("_blob")
            if sha is None or step.get("check") or sha in self.blobs or sha in wanted:
                continue
            try:
                plan, posix = load(step["m"])
                context = kit.Context(check=True)
                state = posix.read(step["a"], context)
                if any(change.get("blob") == sha for change in plan.plan(state, step["a"])):
                    wanted.append(sha)
            except Exception:  # noqa: BLE001, S112  only a guess: the step itself reports what is wrong
                continue
        if wanted:
            self.send({"t": "need", "sha": wanted})

    def run_step(self, step, batch, index):
        context = kit.Context(
            check=bool(step.get("check")),
            diff=bool(step.get("diff")),
            environment=step.get("env"),
            emit=lambda text: self.send({"t": "out", "b": batch, "i": index, "text": text}),
            blob=self.blob,
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
            return dict(error.fields, failed=True, changed=error.fields.get("changed", False), msg=error.msg)
        except TimeoutError:
            return {"failed": True, "changed": False, "msg": "timed out after %g seconds" % limit, "timedout": True}
        except Exception as error:  # noqa: BLE001  a module's bug must not end the run of the others
            return {"failed": True, "changed": False, "msg": "%s: %s" % (type(error).__name__, error),
                    "exception": trace()}
        finally:
            if limit:
                alarm(0)
            if saved is not None:
                os.environ.clear()
                os.environ.update(saved)

    def close(self):
        if self.folder is not None:
            import shutil  # noqa: PLC0415

            shutil.rmtree(self.folder, ignore_errors=True)


def execute(name, args, context):
    """Run one module and return its result, a dict that holds at least "changed"."""
    plan, posix = load(name)
    if plan is None:
        return posix.run(args, context)
    state = posix.read(args, context)
    changes = plan.plan(state, args)
    outcome = {}
    if not context.check:
        for change in changes:
            outcome.update(posix.apply(change, context) or {})
    result = {"changed": bool(changes)}
    if hasattr(plan, "result"):
        result.update(plan.result(state, args, changes))
    if hasattr(posix, "report"):
        result.update(posix.report(args, state, changes, context) or {})
    result.update(outcome)
    if context.diff:
        result["diff"] = plan.diff(state, args, changes) if hasattr(plan, "diff") else generic_diff(changes)
    return result


def generic_diff(changes):
    """Return before and after of all changes that carry them, as two dicts."""
    before, after = {}, {}
    for change in changes:
        before.update(change.get("before") or {})
        after.update(change.get("after") or {})
    return {"before": before, "after": after}


def load(name):
    """Return a module's (plan or None, posix)."""
    base = "officefleet.modules." + name
    posix = importlib.import_module(base + ".posix")
    if hasattr(posix, "run"):
        return None, posix
    return importlib.import_module(base + ".plan"), posix


def private_folder():
    """Return a new folder for content, readable by this user alone."""
    base = os.environ.get("TMPDIR") or "/tmp"  # noqa: S108  created with mkdir and a random name below
    path = os.path.join(base, "officefleet-" + os.urandom(12).hex())
    os.mkdir(path, 0o700)
    return path


def alarm(seconds):
    import signal  # noqa: PLC0415

    def expire(_signal, _frame):
        raise TimeoutError

    signal.signal(signal.SIGALRM, expire)
    signal.setitimer(signal.ITIMER_REAL, seconds)


def trace():
    import traceback  # noqa: PLC0415

    return traceback.format_exc()


def main(stdin, stdout, importer=None):
    """Serve one controller; anything that a module prints goes to stderr, never into the protocol."""
    sys.stdout = sys.stderr
    os.environ.setdefault("HOME", os.path.expanduser("~"))
    agent = Agent(stdin, stdout, importer)
    agent.send({"t": "hello", "python": ".".join(str(part) for part in sys.version_info[:3]), "pid": os.getpid(),
                "uid": os.getuid()})
    try:
        agent.serve()
    except (BrokenPipeError, KeyboardInterrupt):
        pass
    finally:
        agent.close()
