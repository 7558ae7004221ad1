"""Charts in a registry of images: helm pulls them through a docker remote."""
import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parent.parent / "docker"))

from charts import Charts, Helm   # noqa: E402
from registries import distribution   # noqa: E402

REMOTES = """remotes:
  hub:
    base_url: "{base_url}"
    type: "remote"
    package: "docker"
"""


def test_a_chart_in_a_registry_cold_warm_and_with_the_registry_gone(start_program, tmp_path):
    registry = distribution(tmp_path / "registry")
    try:
        charts = Charts(tmp_path, tmp_path / "charts")
        archive = charts.package("demo", "1.0.0")
        charts.helm("push", charts.folder / "demo-1.0.0.tgz", registry.url.replace("http://", "oci://") + "/team", "--plain-http")
        program = start_program(tmp_path / "program", REMOTES.format(base_url=registry.url))
        for phase in ("cold", "warm", "gone"):
            helm = Helm(tmp_path / phase)
            helm("pull", f"oci://127.0.0.1:{program.port}/hub/team/demo", "--version", "1.0.0", "--plain-http")
            assert (helm.home / "demo-1.0.0.tgz").read_bytes() == archive
            if phase == "warm":
                registry.stop()
    finally:
        registry.stop()
