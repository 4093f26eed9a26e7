"""What a user's own script would do, with a client that this project did not write.

Usage: outside_client.py PORT TOKEN_FILE PASSWORD_FILE VMID
"""

import sys
import time

from proxmoxer import ProxmoxAPI, ResourceException

port, token_file, password_file, vmid = sys.argv[1:]


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read().strip()


def connect(**login):
    return ProxmoxAPI("127.0.0.1", port=int(port), verify_ssl=False, **login)


def with_token(value):
    return connect(user="nixmox@pve", token_name="lab", token_value=value)


def wait(pve, node, upid):
    while pve.nodes(node).tasks(upid).status.get()["status"] == "running":
        time.sleep(0.1)
    return pve.nodes(node).tasks(upid).status.get()["exitstatus"]


def refused(call):
    try:
        call()
    except ResourceException as error:
        return error
    raise AssertionError("was not refused")


pve = with_token(read(token_file).split("=")[1])
assert pve.version.get()["release"] == "9.1"
assert sorted(node["node"] for node in pve.nodes.get()) == ["pve1", "pve2"]

node = next(r["node"] for r in pve.cluster.resources.get(type="vm") if r["vmid"] == int(vmid))
container = pve.nodes(node).lxc(vmid)
assert int(vmid) in [ct["vmid"] for ct in pve.nodes(node).lxc.get()]
assert container.config.get()["unprivileged"] == 1
assert container.status.current.get()["status"] == "running"

assert wait(pve, node, container.status.stop.post()) == "OK"
assert container.status.current.get()["status"] == "stopped"
assert wait(pve, node, container.status.start.post()) == "OK"
assert container.status.current.get()["status"] == "running"

wrong = refused(lambda: container.config.put(memory="much"))
assert wrong.status_code == 400, wrong
assert wrong.errors == {"memory": "type check ('integer') failed - got 'much'"}, wrong.errors

unknown = refused(lambda: pve.nodes(node).lxc(999).config.get())
assert unknown.status_code == 500, unknown
assert unknown.content == f"Configuration file 'nodes/{node}/lxc/999.conf' does not exist"

stranger = refused(lambda: with_token("00000000-0000-0000-0000-000000000000").version.get())
assert stranger.status_code == 401, stranger

root = connect(user="root@pam", password=read(password_file))
assert root.nodes(node).lxc(vmid).config.put(description="by root") is None
assert container.config.get()["description"] == "by root\n"

print("ok")
