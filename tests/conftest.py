"""Fixtures for all tests. Data of the project's shared folder is used where it lies, never copied in."""

import http.server
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real recordings; skips where it is absent, but fails where TINYML_REQUIRE_DATA is set (CI)."""
    if not SHARED_DATA.is_dir():
        if os.environ.get("TINYML_REQUIRE_DATA"):
            pytest.fail(f"{SHARED_DATA} is absent, and this run requires it")
        pytest.skip(f"needs the recordings in {SHARED_DATA}")
    return SHARED_DATA


@pytest.fixture(autouse=True)
def own_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reads or writes the user's own settings, logs and caches."""
    monkeypatch.setenv("TINYML_STUDIO_HOME", str(tmp_path_factory.mktemp("home")))


@contextmanager
def _served(frames: int, rate_hz: int, *, then_stalls: bool = False) -> Iterator[str]:
    import cv2
    import numpy as np

    over = threading.Event()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=f")
            self.end_headers()
            for n in range(frames):
                _, jpeg = cv2.imencode(".jpg", np.full((120, 160), n % 256, np.uint8))
                head = f"--f\r\nContent-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n\r\n"
                try:
                    self.wfile.write(head.encode() + jpeg.tobytes() + b"\r\n")
                except OSError:  # the camera was closed
                    return
                if over.wait(1 / rate_hz):
                    return
            if then_stalls:
                over.wait(30)

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"camera:http://someone:secret@127.0.0.1:{server.server_address[1]}/x.mjpg"
        finally:
            over.set()
            server.shutdown()


@pytest.fixture
def served() -> Callable[..., AbstractContextManager[str]]:
    """served(frames, rate_hz, then_stalls=False): gives the address of a camera, a stream of so many frames, each
    brighter than the last; it then ends, or stays open.
    """
    return _served
