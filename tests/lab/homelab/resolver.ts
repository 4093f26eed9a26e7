import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { before, describe, it } from "mocha";
import { dig, digStatus, type Homelab, type ServiceOutput } from "./homelab";

/**
 * Runs a second resolver on the DNS host, with the same configuration, but forwarding to one that
 * answers every name with a private address, without signatures, which are not what is tested. Prints what it makes of a name, and of one that may
 * have such an address.
 */
const rebind = `set -eu
cd "$(mktemp -d)"
cat > evil.py <<'END'
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("127.0.0.2", 5353))
while True:
    q, peer = s.recvfrom(512)
    end = q.index(b"\\0", 12) + 5
    answer = b"\\xc0\\x0c\\0\\1\\0\\1\\0\\0\\0\\x3c\\0\\4" + bytes([192, 168, 1, 1])
    isA = q[end - 4:end - 2] == b"\\0\\1"
    s.sendto(q[:2] + b"\\x81\\x80\\0\\1\\0" + (b"\\1" if isA else b"\\0") + b"\\0\\0\\0\\0" + q[12:end] + (answer if isA else b""), peer)
END
python3 evil.py & evil=$!
{
  sed -e '/^ *interface:/d' -e '/^ *auto-trust-anchor-file:/d' -e '/^remote-control:/,$d' /etc/unbound/unbound.conf
  printf '%s\\n' server: ' interface: 127.0.0.1@5354' ' use-syslog: no' ' do-not-query-localhost: no' \\
    ' private-domain: "friend.example"' forward-zone: ' name: "."' ' forward-addr: 127.0.0.2@5353'
} > unbound.conf
unbound -d -c "$PWD/unbound.conf" 2>log & unbound=$!
trap 'kill $evil $unbound' EXIT
for i in $(seq 20); do dig @127.0.0.1 -p 5354 +tries=1 +time=1 . NS >/dev/null && break; sleep 0.1; done
for name in evil.example friend.example; do
  echo "$name: $(dig @127.0.0.1 -p 5354 +short +tries=1 +time=2 "$name" A)"
done`;

export function describeResolver(lab: () => Homelab): void {
  describe("the resolver", () => {
    let services: Record<string, ServiceOutput>;

    before(async () => {
      services = await lab().services();
    });

    it("says neither what it is nor what it trusts", () => {
      const server = services.dns!.address;
      for (const name of ["version.bind", "version.server", "hostname.bind", "id.server"]) {
        assert.equal(digStatus(server, "CH", "TXT", name), "REFUSED", name);
      }
      assert.equal(digStatus(server, "CH", "TXT", "trustanchor.unbound"), "REFUSED");
    });

    it("believes no one who says that a name on the internet is in here", async () => {
      const { stdout, stderr } = await lab().on(services.dns!.address, rebind);
      assert.equal(stdout, "evil.example: \nfriend.example: 192.168.1.1\n", stderr);
    });

    it("answers a flood from one address in part, and everyone else", async () => {
      const { dns, caddy, miniflux } = services;
      const began = Date.now();
      const answered = await flood(dns!.address, "caddy.nixmox.lan", 6000);
      const seconds = Math.ceil((Date.now() - began) / 1000);
      const look = `dig @${dns!.address} +short +tries=1 +time=2 miniflux.nixmox.lan`;
      assert.equal((await lab().on(miniflux!.address, look)).stdout.trim(), caddy!.address);
      assert.ok(answered > 100, "the flood was not heard");
      // 1000 in each second, and every tenth beyond.
      assert.ok(answered <= 1000 * (seconds + 1) + 600, `${answered} in ${seconds} s`);
      await sleep(1100);
      assert.deepEqual(dig(dns!.address, "miniflux.nixmox.lan"), [caddy!.address]);
    });
  });
}

/** Sends queries as fast as the socket takes them, and counts the answers. */
async function flood(server: string, name: string, count: number): Promise<number> {
  const labels = name.split(".").map((label) => String.fromCharCode(label.length) + label);
  const question = Buffer.from(`${labels.join("")}\0\0\x01\0\x01`, "latin1");
  const header = Buffer.from("\0\0\x01\0\0\x01\0\0\0\0\0\0", "latin1");
  const socket = createSocket({ type: "udp4", recvBufferSize: 1 << 22 });
  let answers = 0;
  socket.on("message", () => (answers += 1));
  socket.bind();
  await once(socket, "listening");
  for (let id = 0; id < count; id++) {
    header.writeUInt16BE(id, 0);
    socket.send(Buffer.concat([header, question]), 53, server);
    // The kernel's buffers are not what is tested.
    if (id % 50 === 0) await sleep(1);
  }
  await sleep(300);
  socket.close();
  return answers;
}
