import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { renderDatabase, renderHba } from "../../../components/databaseSql";
import { describeGuest, readMark } from "../../../components/proxmox/mark";
import { renderAccess } from "../../../components/remoteHost";
import { checkHba, checkSql } from "../hostile";
import { issuesOf, load, refusal } from "../fixtures";

const head = `
[network]
domain = "home.example"
network_cidr = "10.10.0.0/16"
gateway = "10.10.0.1"
[core_services.dns]
ip = "10.10.1.13"
[core_services.postgresql]
ip = "10.10.1.11"
[core_services.caddy]
ip = "10.10.1.10"
`;

describe("a network of /16 and a service whose name begins with a digit", () => {
  const { manifest } = load(
    `${head}[services.2fauth]\nip = "10.10.1.124"\nports = [8000]\ninterface = { db = {}, route = {} }\n`,
  );
  const service = manifest.services.find(({ name }) => name === "2fauth")!;

  it("have an id that follows from the whole address", () => {
    assert.equal(service.vmid, 7000 + 256 + 124);
  });

  it("are names everywhere that the name goes", () => {
    assert.equal(service.hostname, "2fauth.host.home.example");
    assert.equal(service.interface.routes.default!.domain, "2fauth.home.example");
    assert.equal(service.unit, "2fauth.service");
    const database = service.interface.dbs["2fauth"]!;
    assert.equal(database.owner, "2fauth");
    checkSql(renderDatabase(database, "x"));
    checkHba(renderHba(database, service.ip));
    const mark = { service: service.name, stack: "dev", stackId: "3f9a1c0e", vmid: service.vmid };
    assert.deepEqual(readMark(describeGuest(mark)), mark);
    assert.match(
      renderAccess([{ source: service.ip, ports: [5432], comment: service.name }]),
      /comment "2fauth"$/m,
    );
  });
});

describe("the rule of names", () => {
  const named = (name: string) => `${head}[services.${name}]\nip = "10.10.1.124"\n`;

  it("lets people's names pass", () => {
    for (const name of ["13ft", "4get", "a", "a2fauth", "x-1", "a".repeat(32)]) load(named(name));
  });

  it("is said in full", () => {
    for (const name of ["13", "-a", "a-", "Ab", "a_b", "a".repeat(33)]) {
      assert.deepEqual(issuesOf(named(name)), [`wrong-name services.${name}`]);
    }
    assert.match(
      refusal(named("13")).message,
      /lower-case letters, digits and dashes, 32 at most, at least one of them a letter, with no dash at either end/,
    );
  });
});

describe("an id that is taken within the manifest", () => {
  it("is named with a free one, which is accepted", () => {
    const two = (vmid: number) => `${head}[services.git]\nip = "10.10.1.20"\nvmid = ${vmid}\n`;
    const { message } = refusal(two(7267));
    const free = Number(/such as (\d+)/.exec(message)?.[1] ?? assert.fail(message));
    assert.equal(load(two(free)).manifest.services.length, 4);
  });
});
