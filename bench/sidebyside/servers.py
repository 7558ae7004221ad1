"""The upstream, the caches before it, and the floor: how each is configured and started.

Every server gets a free loopback port and a directory of its own below the run's temporary directory.
"""
import http.client
import os
import re
import shutil
import subprocess
from pathlib import Path

from .processes import Unavailable, free_port, start

BENCH = Path(__file__).resolve().parent.parent
KIB, MIB = 1024, 1024 * 1024
SIZES = {"4k": 4 * KIB, "64k": 64 * KIB, "1m": MIB, "64m": 64 * MIB, "256m": 256 * MIB, "1g": 1024 * MIB}
SMALL_FILES, SMALL_SIZE = 20000, 8 * KIB
SLOW_RATE = 50_000_000   # bytes a second and connection below /slow/

NGINX = """daemon off;
{user}
worker_processes {cpus};
worker_rlimit_nofile {files};
pid {dir}/pid;
error_log {dir}/error.log warn;
events {{ worker_connections 8192; multi_accept on; }}
http {{
    default_type application/octet-stream;
    access_log off;
    server_tokens off;
    sendfile on;
    # "on" would make each keep-alive answer of 64 KiB and more wait for a delayed ACK on loopback.
    tcp_nopush off;
    tcp_nodelay on;
    keepalive_timeout 300s;
    keepalive_requests 1000000000;
    client_body_temp_path {dir}/body;
    proxy_temp_path {dir}/proxy;
    fastcgi_temp_path {dir}/fastcgi;
    uwsgi_temp_path {dir}/uwsgi;
    scgi_temp_path {dir}/scgi;
{http}
}}
"""

# Fits into worker_rlimit_nofile beside the connections.
OPEN_FILE_CACHE = "open_file_cache max={max} inactive=1h; open_file_cache_valid 1h; open_file_cache_min_uses 1;"

UPSTREAM = """
    {open_files}
    log_format path '$uri';
    map $uri $counted {{ ~^/(cold|slow)/ 1; default 0; }}
    map "" $quarter {{ default "{quarter}"; }}
    server {{
        access_log {dir}/fetches path if=$counted;
        listen 127.0.0.1:{port} reuseport backlog=4096;
        root {content};
        add_header Cache-Control "public, max-age=86400";
        location ~ ^/cold/[^/]+/(?<file>[^/]+)$ {{ alias {content}/$file; }}
        location ~ ^/slow/[^/]+/(?<file>[^/]+)$ {{ alias {content}/$file; limit_rate {rate}; }}
        # 4 KiB that no other path has: a store by content must not find it there already.
        location /unique/ {{ return 200 "$uri$quarter$quarter$quarter$quarter"; }}
    }}
"""

# Empty of {path} and {rules} it passes on and keeps nothing.
PROXY = """
    {open_files}
    {path}
    upstream origin {{ server 127.0.0.1:{upstream}; keepalive 64; }}
    server {{
        listen 127.0.0.1:{port} reuseport backlog=4096;
        location / {{
            proxy_pass http://origin;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            {rules}
            proxy_buffer_size 16k;
            proxy_buffers 16 64k;
            proxy_busy_buffers_size 256k;
            proxy_max_temp_file_size 0;
        }}
    }}
"""

CACHE_PATH = "proxy_cache_path {dir}/cache levels=1:2 keys_zone=bench:64m inactive=24h max_size=64g use_temp_path=off;"

CACHE_RULES = """proxy_cache bench;
            proxy_cache_key $uri;
            proxy_cache_valid 200 24h;
            proxy_cache_lock on;
            proxy_cache_lock_timeout 120s;
            proxy_cache_lock_age 120s;"""

VCL = """vcl 4.1;
backend origin {{ .host = "127.0.0.1"; .port = "{upstream}"; }}
sub vcl_backend_response {{ set beresp.ttl = 24h; set beresp.do_stream = true; }}
"""

REMOTES = """remotes:
  up:
    base_url: "http://127.0.0.1:{upstream}"
    type: "remote"
    package: "generic"
    cache:
      immutable_ttl: 0
"""


def make_content(content, sizes, small):
    """Files of noise: nothing along the way can gain by compressing or deduplicating them."""
    content.mkdir(parents=True)
    block = bytearray(os.urandom(MIB))
    for name in sizes:
        with open(content / f"{name}.bin", "wb") as f:
            for i in range(0, SIZES[name], MIB):
                block[:8] = i.to_bytes(8, "big")
                f.write(block[:min(MIB, SIZES[name])])
    (content / "s").mkdir()
    for i in range(SMALL_FILES if small else 0):
        (content / "s" / f"{i}.bin").write_bytes(i.to_bytes(8, "big") + os.urandom(SMALL_SIZE - 8))


class Stage:
    """One run's directory and what was started in it; `close` ends and removes all of it."""

    def __init__(self, work, binary, log_level):
        self.work, self.binary, self.log_level = work, binary, log_level
        self._miss_floors = {}
        self.content = work / "content"
        self.running = []
        self.upstream = None

    def _keep(self, server):
        self.running.append(server)
        return server

    def _directory(self, name):
        directory = self.work / name
        directory.mkdir()
        return directory

    def close(self):
        for server in reversed(self.running):
            server.stop()
        shutil.rmtree(self.work, ignore_errors=True)

    def compile(self, name):
        """A tool of bench/, compiled into the run's directory."""
        compiler = shutil.which("clang++-19") or shutil.which("clang++") or shutil.which("c++")
        if not compiler:
            raise Unavailable("no C++ compiler")
        subprocess.run([compiler, "-std=c++23", "-O2", "-pthread", "-o", self.work / name, BENCH / f"{name}.cpp", "-lcrypto", "-lsqlite3"], check=True)
        return self.work / name

    def _nginx(self, name, http, **values):
        if not shutil.which("nginx"):
            raise Unavailable("nginx is not installed")
        directory, port = self._directory(name), free_port()
        text = NGINX.format(dir=directory, cpus=os.cpu_count(), files=20000, user="user root;" if os.geteuid() == 0 else "",
                            http=http.format(dir=directory, port=port, content=self.content, **values))
        (directory / "nginx.conf").write_text(text)
        return self._keep(start(name, ["nginx", "-c", directory / "nginx.conf", "-e", directory / "error.log"],
                                directory / "log", port))

    def start_upstream(self):
        self.upstream = self._nginx("direct", UPSTREAM, open_files=OPEN_FILE_CACHE.format(max=12000), rate=SLOW_RATE,
                                    quarter="x" * 1015)
        return self.upstream

    def change(self, size):
        """Makes the upstream's file one that nobody has: a store by content must not find it there already."""
        with open(self.content / f"{size}.bin", "r+b") as f:
            f.write(os.urandom(8))

    def upstream_fetches(self):
        log = self.work / "direct" / "fetches"
        return log.read_bytes().count(b"\n") if log.exists() else 0

    def _proxy(self, name, open_files="", path=CACHE_PATH, rules=CACHE_RULES):
        return self._nginx(name, PROXY, open_files=open_files, path=path.format(dir=self.work / name), rules=rules,
                           upstream=self.upstream.port)

    def nginx(self):
        return self._proxy("nginx")

    def nginx_open_files(self):
        return self._proxy("nginx+ofc", open_files=OPEN_FILE_CACHE.format(max=12000))

    def nginx_passing_on(self):
        """Without a cache: what nginx itself spends on two heads and its connections."""
        return self._proxy("nginx-pass", path="", rules="")

    def varnish(self):
        if not shutil.which("varnishd"):
            raise Unavailable("varnish is not installed")
        directory, port = self._directory("varnish"), free_port()
        (directory / "bench.vcl").write_text(VCL.format(upstream=self.upstream.port))
        # Repeated misses of 256 MiB fill the store; one of them then has to push out all the small ones.
        parameters = {"nuke_limit": 100_000, "thread_pools": 2, "thread_pool_min": 200, "thread_pool_max": 4000, "timeout_idle": 300, "listen_depth": 4096}
        argv = ["varnishd", "-F", "-j", "none", "-n", directory / "state", "-a", f"127.0.0.1:{port}", "-T", "none",
                "-f", directory / "bench.vcl", "-s", "malloc,6G"]
        for name, value in parameters.items():
            argv += ["-p", f"{name}={value}"]
        return self._keep(start("varnish", argv, directory / "log", port))

    def floor(self, file=None):
        """4 KiB from memory, or a file of the content by sendfile."""
        return self._floor("floor", "floor", *([self.content / file] if file else []))

    def floor_of_misses(self, mode=None):
        """`rows`: with what a catalog and a log cost in addition; `packed`: likewise, all small bodies in one file; `stored`: likewise, without a file; `pass`: without keeping anything."""
        name = {None: "floor", "rows": "floor+rows", "packed": "packed+rows", "stored": "rows", "pass": "pass"}[mode]
        more = [mode] if mode else []
        if mode not in self._miss_floors:
            self._miss_floors[mode] = self._floor(name, "floor_miss", self.upstream.port, self._directory(f"{name}-files"), *more)
        return self._miss_floors[mode]

    def _floor(self, name, tool, *arguments):
        program, said = self.compile(tool), self.work / f"{name}-{len(self.running)}.address"
        with open(said, "wb") as out:
            argv = [program, *map(str, arguments)]
            return self._keep(start(name, argv, self.work / f"{name}.log", lambda: address_in(said), stdout=out))

    def ours(self, name="ours", more_remotes="", before=(), binary=None):
        """`before` is a command that runs the program inside something (a mount namespace)."""
        remotes = REMOTES.format(upstream=self.upstream.port) + more_remotes
        return self._keep(start_ours(name, self._directory(name), remotes, binary or self.binary, self.log_level, "/api/up", before))


def start_ours(name, directory, remotes, binary, log_level, prefix="", before=()):
    """Our program on a free port with its data in `directory`, which is there; `before` is a command that runs it inside something."""
    (directory / "remotes.yaml").write_text(remotes)
    data = directory / "data"
    environment = ["env", "-i", f"PATH={os.environ['PATH']}"]   # no back end or setting of the machine's
    argv = [*before, *environment, binary, "serve", "--config", directory / "remotes.yaml", "--listen", "127.0.0.1:0",
            "--data-dir", data, "--log-format", "json", "--log-level", log_level]
    return start(name, argv, directory / "log", lambda: address_in(data / "address"), is_ready, prefix)


def address_in(path):
    """The port at the end of a file that says HOST:PORT; None while there is none."""
    try:
        found = re.search(r":(\d+)\s*$", path.read_text())
    except OSError:
        return None
    return int(found[1]) if found else None


def is_ready(server):
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=5)
    try:
        connection.request("GET", "/ready")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


# In the order of the tables; the last of them is the one that is measured against the others.
CACHES = {"nginx": Stage.nginx, "nginx+ofc": Stage.nginx_open_files, "varnish": Stage.varnish, "ours": Stage.ours}
