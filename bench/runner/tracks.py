"""What a listener needs to hear a track: a library that has one, and the signed URL of its audio."""

import base64
import hashlib
import hmac
import json
import os
import subprocess
import time
import urllib.request

SECRET = "benchmarks-only-benchmarks-only-benchmarks"
USER = "listener"
LIBRARY_SECONDS_MAX = 30


def import_folder(pulso, configuration, folder, variables):
    """Takes the audio of `folder` into the library that the configuration and the environment variables name."""
    subprocess.run([pulso, "tracks", "import", folder, "--owner", USER, "--config", configuration], check=True,
                   capture_output=True, env=os.environ | variables, cwd=configuration.parent,
                   timeout=LIBRARY_SECONDS_MAX)


def audio_url(port, title):
    """The signed URL, without its origin, of the one track of that title."""
    request = urllib.request.Request(f"http://127.0.0.1:{port}/api/tracks?search={title}",
                                     headers={"Authorization": f"Bearer {user_token()}"})
    with urllib.request.urlopen(request, timeout=LIBRARY_SECONDS_MAX) as answer:
        [track] = json.load(answer)["tracks"]
    return track["audioUrl"]


def user_token(**claims):
    """HS256, as any backend with the same secret makes it."""
    now = int(time.time())
    claims = {"sub": USER, "iat": now, "exp": now + 3600} | claims
    signed = ".".join(base64url(json.dumps(part).encode()) for part in ({"alg": "HS256", "typ": "JWT"}, claims))
    return f"{signed}.{base64url(hmac.digest(SECRET.encode(), signed.encode(), hashlib.sha256))}"


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
