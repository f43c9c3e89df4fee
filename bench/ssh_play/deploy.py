"""The same 20 tasks for pyinfra."""

from pyinfra import host
from pyinfra.operations import files, server

BASE = "/srv/poste"
DATA = {"base": BASE, "pharmacy": "Pharmacie du Banc", "printers": ["comptoir", "etiquettes", "bureau"]}

for name, mode in (("etc", "755"), ("data", "750"), ("bin", "755")):
    files.directory(name=f"Folder {name}", path=f"{BASE}/{name}", mode=mode)
for name, mode in (
    ("poste.conf", "644"),
    ("printers.conf", "644"),
    ("galss.ini", "644"),
    ("backup.conf", "600"),
    ("motd", "644"),
):
    files.template(
        name=f"Template {name}",
        src=f"templates/{name}.j2",
        dest=f"{BASE}/etc/{name}",
        mode=mode,
        inventory_hostname=host.name,
        **DATA,
    )
for name in ("small-1", "small-2", "medium", "large"):
    files.put(name=f"Copy {name}", src=f"files/{name}", dest=f"{BASE}/data/{name}", mode="644")
files.line(name="Line of the server", path=f"{BASE}/etc/local.conf", line="server=nas")
files.line(name="Line of the port", path=f"{BASE}/etc/local.conf", line="^port=.*", replace="port=8443")
files.line(name="Line of the mode", path=f"{BASE}/etc/local.conf", line="mode=comptoir")
files.file(name="Mode of the small file", path=f"{BASE}/data/small-1", mode="640")
files.file(name="Mode of the medium file", path=f"{BASE}/data/medium", mode="600")
count = server.shell(name="Count the files", commands=[f"ls {BASE}/data | wc -l > /tmp/count"])
server.shell(name="Use the count", commands=[f"cat /tmp/count > {BASE}/data/count; cat {BASE}/data/count"])
server.shell(
    name="Look at the large file", commands=[f"test $(cat {BASE}/data/count) -le 2 || stat {BASE}/data/large"]
)
