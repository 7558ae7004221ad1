"""The remote of these tests, and what one asks of the program beside a client."""
import http.client
import json
import time
import urllib.error
import urllib.request

REMOTES = """remotes:
  npm:
    base_url: "{base_url}"
    type: "remote"
    package: "npm"
    check_mutable_updates: true
    immutable_patterns:
      - "\\\\.tgz$"
    mutable_patterns:
      - "^(?!.*\\\\.tgz$).*"
    cache:
      immutable_ttl: 0
      mutable_ttl: {mutable_ttl}
"""
WITH_PASSWORD = """remotes:
  npm:
    base_url: "{base_url}"
    type: "remote"
    package: "npm"
    username: "reader"
    password: "sesame"
    cache:
      mutable_ttl: {mutable_ttl}
"""


def remote(program):
    """The address that clients are given; it ends with a slash."""
    return f"{program.url('v1/remote/npm')}/"


def ask(url, headers=None, body=None, method=None):
    """Status, headers and bytes; a refusal is an answer too."""
    request = urllib.request.Request(url, body, headers or {}, method=method)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read()


def is_broken(url):
    """An answer that is an error, or visibly no whole one."""
    try:
        return ask(url)[0] >= 500
    except (http.client.HTTPException, OSError):
        return True


def stored(program):
    """The paths of all that is in the cache."""
    paths, cursor = [], ""
    while cursor is not None:
        page = json.loads(ask(f"http://127.0.0.1:{program.port}/artifacts/npm?cursor={cursor}")[2])
        paths += [one["path"] for one in page["artifacts"]]
        cursor = page["next"]
    return paths


def becomes_stored(program, paths):
    """What is served already may become visible in the listing a moment later."""
    deadline = time.monotonic() + 10
    while not set(paths) <= set(stored(program)):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def order(program, body):
    """POST /cache-artifact"""
    answer = ask(f"http://127.0.0.1:{program.port}/cache-artifact", {"Content-Type": "application/json"}, json.dumps(body).encode())
    assert answer[0] == 200, answer
    return json.loads(answer[2])
