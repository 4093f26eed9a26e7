import assert from "node:assert/strict";
import { createHash, createHmac, randomBytes } from "node:crypto";
import { createSocket, type Socket } from "node:dgram";
import { createClient, type Client } from "ldapjs";
import { after, afterEach, before, beforeEach, describe, it } from "mocha";
import type { JsonObject } from "../../../../lab/authentik/model";
import { serveLdap } from "../../../../lab/authentik/outposts/ldap";
import { Outpost } from "../../../../lab/authentik/outposts/outpost";
import { serveRadius } from "../../../../lab/authentik/outposts/radius";
import { readRequest } from "../../../../lab/authentik/outposts/radiusPacket";
import { textOf } from "../../../../lab/authentik/json";
import { application, defaults, person } from "./setup";
import { startStandIn, type StandIn } from "./standIn";

const BASE = "dc=home,dc=example";
const dn = (name: string) => `cn=${name},ou=users,${BASE}`;

describe("the outposts of the lab's Authentik", () => {
  let standIn: StandIn;
  let crew: JsonObject;
  before(async () => {
    standIn = await startStandIn();
    crew = await standIn.create("/core/groups/", { name: "crew" });
    await person(standIn, "anna", [crew]);
    await person(standIn, "otto");
    const admins = await standIn.one("/core/groups/?search=authentik Admins");
    await person(standIn, "root", [crew, admins]);
  });
  after(() => standIn.close());

  /** An outpost with one provider, for members of the crew. */
  async function create(kind: "ldap" | "radius", own: JsonObject): Promise<Outpost> {
    const { invalidation_flow } = await defaults(standIn);
    const flow = await standIn.one("/flows/instances/?slug=default-authentication-flow");
    const provider = await standIn.create(`/providers/${kind}/`, {
      name: kind,
      authorization_flow: flow.pk,
      invalidation_flow,
      ...own,
    });
    await application(standIn, kind, provider, [crew]);
    const body = { name: kind, type: kind, providers: [provider.pk], config: {} };
    const { token_identifier } = await standIn.create("/outposts/instances/", body);
    const path = `/core/tokens/${textOf(token_identifier)}/set_key/`;
    await standIn.api("POST", path, { key: `key-of-${kind}` });
    return connect(kind, `key-of-${kind}`);
  }

  const lines: string[] = [];
  function connect(kind: "ldap" | "radius", token: string): Outpost {
    return new Outpost(kind, `http://127.0.0.1:${standIn.port}`, token, (line) => lines.push(line));
  }

  it("wait until Authentik knows their token", async () => {
    const outpost = connect("ldap", "guess");
    const connected = outpost.connect().then(() => true);
    const late = new Promise<boolean>((resolve) => setTimeout(() => resolve(false), 1000));
    assert.equal(await Promise.race([connected, late]), false);
    assert.match(lines.join(), /Failed to fetch outpost configuration.*403/);
    // The next attempt finds the token there.
    const { invalidation_flow } = await defaults(standIn);
    const flow = await standIn.one("/flows/instances/?slug=default-authentication-flow");
    const provider = await standIn.create("/providers/ldap/", {
      name: "early",
      authorization_flow: flow.pk,
      invalidation_flow,
    });
    const body = { name: "early", type: "ldap", providers: [provider.pk], config: {} };
    const early = await standIn.create("/outposts/instances/", body);
    const path = `/core/tokens/${textOf(early.token_identifier)}/set_key/`;
    await standIn.api("POST", path, { key: "guess" });
    assert.equal(await connected, true);
    await standIn.api("DELETE", `/outposts/instances/${textOf(early.pk)}/`);
  });

  describe("for LDAP", () => {
    let close: () => void;
    let client: Client;
    let url: string;
    before(async () => {
      const outpost = await create("ldap", { base_dn: BASE });
      await outpost.connect();
      const server = await serveLdap(outpost, "127.0.0.1", 0);
      url = server.url;
      close = () => server.close(() => undefined);
    });
    after(() => close());
    beforeEach(() => {
      client = createClient({ url });
    });
    afterEach(() => client.destroy());

    const bind = (name: string, password: string) =>
      new Promise<boolean>((resolve) =>
        client.bind(dn(name), password, (error) => resolve(!error)),
      );

    const search = (filter: string) =>
      new Promise<string[]>((resolve, reject) => {
        client.search(BASE, { scope: "sub", filter }, (error, response) => {
          if (error) return reject(new Error(error.message));
          const found: string[] = [];
          response.on("searchEntry", (entry) => found.push(String(entry.objectName)));
          response.on("error", reject);
          response.on("end", () => resolve(found));
        });
      });

    it("lets in those of the application's groups, with their password", async () => {
      assert.equal(await bind("anna", "password of anna"), true);
      assert.equal(await bind("anna", "guess"), false);
      assert.equal(await bind("anna", ""), false);
      assert.equal(await bind("otto", "password of otto"), false);
      assert.equal(await bind("nobody", "guess"), false);
    });

    it("shows people themselves, and everything to administrators", async () => {
      await bind("anna", "password of anna");
      assert.deepEqual(await search("(objectClass=user)"), [dn("anna")]);
      await bind("root", "password of root");
      assert.deepEqual(await search("(mail=otto@home.example)"), [dn("otto")]);
      const members = `(memberOf=cn=crew,ou=groups,${BASE})`;
      assert.deepEqual((await search(members)).sort(), [dn("anna"), dn("root")]);
      assert.deepEqual(await search("(&(objectClass=group)(cn=crew))"), [
        `cn=crew,ou=groups,${BASE}`,
      ]);
    });

    it("shows nothing to those who have not signed in", async () => {
      await assert.rejects(search("(objectClass=*)"));
    });
  });

  describe("for RADIUS", () => {
    let server: Socket;
    let port: number;
    before(async () => {
      const own = { shared_secret: "shared secret", client_networks: "127.0.0.0/8" };
      const outpost = await create("radius", own);
      await outpost.connect();
      server = await serveRadius(outpost, "127.0.0.1", 0);
      port = server.address().port;
    });
    after(() => server.close());

    /** The code of the answer, whose signatures are checked; undefined without one. */
    function ask(name: string, password: string, secret = "shared secret") {
      const authenticator = randomBytes(16);
      const packet = accessRequest(authenticator, name, password, secret);
      const socket = createSocket("udp4");
      return new Promise<number | undefined>((resolve) => {
        const end = (code?: number) => {
          clearTimeout(timer);
          socket.close();
          resolve(code);
        };
        const timer = setTimeout(end, 2000);
        socket.on("message", (answer) => {
          const signed = Buffer.from(answer);
          authenticator.copy(signed, 4);
          const expected = createHash("md5").update(signed).update(secret).digest();
          assert.deepEqual(answer.subarray(4, 20), expected);
          end(answer[0]);
        });
        socket.send(packet, port, "127.0.0.1");
      });
    }

    it("lets in those of the application's groups, with their password", async () => {
      assert.equal(await ask("anna", "password of anna"), 2);
      assert.equal(await ask("anna", "guess"), 3);
      assert.equal(await ask("otto", "password of otto"), 3);
    });

    it("does not answer those who do not know the secret", async () => {
      assert.equal(await ask("anna", "password of anna", "another secret"), undefined);
    });

    it("reads the request that RFC 2865 shows", () => {
      const hex =
        "010000380f403f9473978057bd83d5cb98f4227a01066e656d6f02120dbe708d93d413ce3196e43f782a0aee0406c0a80110050600000003";
      const request = readRequest(Buffer.from(hex, "hex"), "xyzzy5461")!;
      assert.deepEqual([request.name, request.password], ["nemo", "arctangent"]);
    });
  });
});

function accessRequest(authenticator: Buffer, name: string, password: string, secret: string) {
  const plain = Buffer.alloc(Math.ceil(Buffer.byteLength(password) / 16) * 16);
  plain.write(password);
  let before = authenticator;
  for (let at = 0; at < plain.length; at += 16) {
    const mask = createHash("md5").update(secret).update(before).digest();
    const block = plain.subarray(at, at + 16);
    for (let index = 0; index < 16; index++) block[index]! ^= mask[index]!;
    before = block;
  }
  const attribute = (type: number, value: Buffer) =>
    Buffer.concat([Buffer.from([type, value.length + 2]), value]);
  const packet = Buffer.concat([
    Buffer.from([1, 7, 0, 0]),
    authenticator,
    attribute(1, Buffer.from(name)),
    attribute(2, plain),
    attribute(80, Buffer.alloc(16)),
  ]);
  packet.writeUInt16BE(packet.length, 2);
  createHmac("md5", secret)
    .update(packet)
    .digest()
    .copy(packet, packet.length - 16);
  return packet;
}
