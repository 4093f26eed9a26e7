import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "mocha";
import { privileges } from "../../components/proxmox/privileges";
import { labPaths } from "../../lab/paths";
import { describeCertificates } from "./homelab/certificates";
import { describeChange } from "./homelab/change";
import { describeCi } from "./homelab/ci";
import { describeContracts } from "./homelab/contracts";
import { describeDatabases } from "./homelab/databases";
import { describeFirstContact } from "./homelab/firstContact";
import { freePort, Homelab } from "./homelab/homelab";
import { describeImpostors } from "./homelab/impostors";
import { describeLimits } from "./homelab/limits";
import { describeLogin } from "./homelab/login";
import { describeLockout } from "./homelab/lockout";
import { describeNames } from "./homelab/names";
import { describePreflight } from "./homelab/preflight";
import { describeReach } from "./homelab/reach";
import { describeRelease } from "./homelab/release";
import { describeResolver } from "./homelab/resolver";
import { describeSandbox } from "./homelab/sandbox";
import { describeForeignGuests } from "./homelab/foreignGuests";
import { describeOrder } from "./homelab/order";
import { ProcessWatch } from "./homelab/processWatch";
import { describeRenewal } from "./homelab/renewal";
import { describeRoutes } from "./homelab/routes";
import { describeRotation } from "./homelab/rotation";
import { describeSecrecy } from "./homelab/secrecy";
import { describeWeb } from "./homelab/web";
import { describeSite } from "./site";

describe("homelab", function () {
  this.timeout("15m");
  let homelab: Homelab | undefined;
  const lab = () => homelab ?? assert.fail("the homelab did not come up");
  const eventLog = () => join(lab().project, ".nixmox", "events.json");

  let came = "";

  before(async () => {
    homelab = new Homelab(await freePort());
    homelab.watch.start();
    const { status, stdout, stderr } = await homelab.npm(
      "up",
      "--skip-preview",
      "--event-log",
      eventLog(),
    );
    homelab.watch.stop();
    assert.equal(status, 0, stdout + stderr);
    came = stdout;
  });

  after(async () => {
    const { status, stderr } = await lab().npm("down");
    lab().remove();
    assert.equal(status, 0, stderr);
  });

  it("comes up with one command and ends with a table", () => {
    const row = /^miniflux +192\.168\.\d+\.15 .*https:\/\/miniflux\.nixmox\.lan\/ .* healthy$/m;
    assert.match(came, row);
    assert.doesNotMatch(came, /NOT HEALTHY/);
  });

  describeNames(lab);
  describeResolver(lab);
  describeWeb(lab);
  describeRoutes(lab);
  describeDatabases(lab);
  describeRelease(lab);
  describeSandbox(lab);
  describeReach(lab);
  describeLogin(lab);
  describeOrder(eventLog);
  describeSecrecy(lab, eventLog);
  describeRotation(lab);
  describeChange(lab);
  describeLockout(lab);
  describeCertificates(lab);
  describeRenewal(lab);
  describeLimits(lab);
  describeImpostors(lab);
  describeContracts(lab);
  describePreflight(lab);
  describeForeignGuests(lab);
  describeFirstContact(lab, eventLog);
  describeCi(lab);
  describeSite(lab);

  describe("the API token", () => {
    it("needed each privilege of its role, and no other", () => {
      const log = readFileSync(labPaths(join(lab().project, ".nixmox", "lab")).log, "utf8");
      const used = new Set(log.match(/\b(VM|Datastore|SDN|Sys|Pool)\.[A-Za-z.]+/g));
      assert.deepEqual([...used].sort(), [...privileges].sort());
    });
  });

  describe("npm run down", () => {
    it("removes everything with one command and leaves nothing behind", async () => {
      const { bridge } = JSON.parse(
        readFileSync(join(lab().project, ".nixmox", "lab", "lab.json"), "utf8"),
      ) as { bridge: string };
      const { status, stdout, stderr } = await lab().npm("down");
      assert.equal(status, 0, stdout + stderr);
      assert.equal(existsSync(join(lab().project, ".nixmox")), false);
      assert.equal(existsSync(`/sys/class/net/${bridge}`), false);
      assert.doesNotMatch(readFileSync("/proc/mounts", "utf8"), new RegExp(lab().project));
      const left = new ProcessWatch();
      left.look();
      assert.deepEqual(
        left.find(lab().project).filter((each) => each.includes("daemon") || each.includes("lxc")),
        [],
      );
      assert.doesNotMatch(readFileSync("/etc/hosts", "utf8"), /nixmox/);
      assert.doesNotMatch(readFileSync(join(lab().project, "Pulumi.dev.yaml"), "utf8"), /salt/);
    });
  });
});
