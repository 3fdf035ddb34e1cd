"""A headless Chromium, driven through the pipe of its DevTools protocol."""

import json
import os
import shutil
import subprocess
import threading

NAMES = ("chromium", "chromium-browser", "google-chrome")
# The protocol wants to be read from descriptor 3 and written to 4.
START = 'exec "$0" "${@:3}" 3<&$1 4>&$2'
OPTIONS = ("--headless", "--no-sandbox", "--disable-gpu", "--remote-debugging-pipe")


def executable():
    """Return the path of a Chromium, or None."""
    return next(filter(None, map(shutil.which, NAMES)), None)


class Browser:
    """One page of a browser; what is not over after `patience` seconds is killed."""

    def __init__(self, folder, patience=120):
        command_end, ours = os.pipe()
        theirs, reply_end = os.pipe()
        command = [executable(), str(command_end), str(reply_end), *OPTIONS]
        command += [f"--user-data-dir={folder}", "about:blank"]
        self.process = subprocess.Popen(
            ["bash", "-c", START, *command],
            pass_fds=(command_end, reply_end),
            stderr=subprocess.DEVNULL,
        )
        os.close(command_end)
        os.close(reply_end)
        self.commands, self.replies = os.fdopen(ours, "wb"), os.fdopen(theirs, "rb")
        self.timer = threading.Timer(patience, self.process.kill)
        self.timer.start()
        self.count, self.session = 0, None
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        attached = self.call("Target.attachToTarget", targetId=target, flatten=True)
        self.session = attached["sessionId"]

    def call(self, method, **params):
        """Call a method of the protocol and return its result."""
        self.count += 1
        message = {"id": self.count, "method": method, "params": params}
        if self.session:
            message["sessionId"] = self.session
        self.commands.write(json.dumps(message).encode() + b"\0")
        self.commands.flush()
        while (reply := self._reply()).get("id") != self.count:
            pass
        assert "error" not in reply, reply
        return reply["result"]

    def _reply(self):
        text = b""
        while not text.endswith(b"\0"):
            part = self.replies.read(1)
            assert part, "the browser has ended"
            text += part
        return json.loads(text[:-1])

    def open(self, path, downloads):
        """Open a file, and save downloads in a folder."""
        save = {"behavior": "allow", "downloadPath": str(downloads)}
        self.call("Browser.setDownloadBehavior", **save)
        self.call("Page.navigate", url=path.as_uri())
        while self.value("document.readyState") != "complete":
            pass

    def value(self, expression):
        """Return what a JavaScript expression of the page gives."""
        done = self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        assert "exceptionDetails" not in done, done
        return done["result"].get("value")

    def press(self, *keys):
        """Press keys one after the other."""
        for key in keys:
            for kind in ("keyDown", "keyUp"):
                self.call("Input.dispatchKeyEvent", type=kind, key=key)

    def click(self, selector, index=0):
        """Click on the middle of an element."""
        box = self.value(
            f"(() => {{ const e = document.querySelectorAll('{selector}')[{index}];"
            " e.scrollIntoView(); const b = e.getBoundingClientRect();"
            " return [b.x + b.width / 2, b.y + b.height / 2] })()"
        )
        place = dict(zip("xy", box, strict=True), button="left", clickCount=1)
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, **place)

    def close(self):
        """End the browser."""
        self.session = None
        self.call("Browser.close")
        self.process.wait()
        self.timer.cancel()
        self.commands.close()
        self.replies.close()
