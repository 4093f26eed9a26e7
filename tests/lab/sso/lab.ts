import assert from "node:assert/strict";
import { mkdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { loadManifest } from "../../../manifest/load";
import type { OidcClientSpec } from "../../../manifest/resolve/spec";
import { openBrowser, type OpenBrowser } from "../homelab/chromium";
import { freePort, Homelab, repository, type ServiceOutput } from "../homelab/homelab";
import { type Changes, hosts, seedManifest, signOnManifest } from "./manifest";
import type { ProviderPages } from "./pages";
import { authentik } from "./pages/authentik";
import { keycloak } from "./pages/keycloak";
import type { SignOnLab } from "./signOnLab";
import { Upstream } from "./upstream";
import { Visitor } from "./visitor";
import { Wire } from "./wire";

const drivers = { authentik, keycloak };
const pictures = join(repository, "docs", "pictures");

/** A homelab of its own that runs with one provider, and then with the other. */
export class DeployedSignOn implements SignOnLab {
  readonly upstream = new Upstream();
  pages: ProviderPages = authentik;
  /** What the stack exports of each service. */
  services: Readonly<Record<string, ServiceOutput>> = {};
  private secrets: Readonly<Record<string, Readonly<Record<string, string>>>> = {};
  private clients: Readonly<Record<string, OidcClientSpec>> = {};
  private opened: OpenBrowser | undefined;
  private wired: Wire | undefined;
  private readonly visitors: Visitor[] = [];

  private constructor(
    readonly homelab: Homelab,
    private readonly port: number,
  ) {}

  static async create(): Promise<DeployedSignOn> {
    const port = await freePort();
    const lab = new DeployedSignOn(new Homelab(await freePort()), port);
    for (const [name, text] of Object.entries(hosts(port))) {
      lab.homelab.write(`nixos/hosts/${name}.nix`, text);
    }
    return lab;
  }

  /** Deploys the manifest with a provider, as a user does, and reads what came of it. */
  async deploy(kind: ProviderPages["kind"], changes: Changes = {}): Promise<void> {
    const manifest = "manifest/nixmox.toml";
    this.homelab.write(manifest, signOnManifest(kind, changes));
    await this.up(kind, manifest);
  }

  /** Deploys the seed's manifest, in Nix as it was printed, with a user and what it leaves out. */
  async deploySeed(own: Readonly<Record<string, string>>): Promise<void> {
    const seed = readFileSync(join(repository, "tests/nix/manifests/seed.nix"), "utf8");
    this.homelab.write("manifest/seed.nix", seed);
    this.homelab.write("manifest/homelab.nix", seedManifest);
    for (const [name, text] of Object.entries(own)) {
      this.homelab.write(`nixos/hosts/${name}.nix`, text);
    }
    this.homelab.edit("Pulumi.dev.yaml", (text) => text.replace("nixmox.toml", "homelab.nix"));
    await this.up("authentik", "manifest/homelab.nix");
  }

  private async up(kind: ProviderPages["kind"], manifest: string): Promise<void> {
    this.homelab.watch.start();
    const { status, stdout, stderr } = await this.homelab.npm("up", "--skip-preview");
    this.homelab.watch.stop();
    assert.equal(status, 0, stdout + stderr);
    this.pages = drivers[kind];
    this.services = await this.homelab.services();
    this.secrets = await this.homelab.output("secrets");
    const { services } = loadManifest(join(this.homelab.project, manifest)).manifest;
    this.clients = Object.fromEntries(
      Object.values(services).flatMap(({ name, interface: { sign_ins } }) => {
        const client = sign_ins.default?.client;
        return client === undefined ? [] : [[name, client]];
      }),
    );
    await this.openOnce();
  }

  async remove(): Promise<void> {
    await this.closeVisitors();
    await this.opened?.close();
    await this.upstream.close().catch(() => undefined);
    const { status, stderr } = await this.homelab.npm("down");
    this.homelab.remove();
    assert.equal(status, 0, stderr);
  }

  get wire(): Wire {
    return this.wired ?? assert.fail("nothing is deployed");
  }

  async visitor(): Promise<Visitor> {
    const { browser } = this.opened ?? assert.fail("nothing is deployed");
    const context = await browser.newContext({ viewport: { width: 1200, height: 750 } });
    const visitor = await Visitor.open(context, this.pages, (user) => this.password(user));
    this.visitors.push(visitor);
    return visitor;
  }

  async closeVisitors(): Promise<void> {
    await Promise.all(this.visitors.splice(0).map(({ context }) => context.close()));
  }

  secret(service: string, name: string): string {
    return this.secrets[service]?.[name] ?? assert.fail(`there is no secret ${service}/${name}`);
  }

  /** All that were generated, by service. */
  allSecrets(): Readonly<Record<string, Readonly<Record<string, string>>>> {
    return this.secrets;
  }

  password(user: string): string {
    return this.secret(this.pages.kind, `user-${user}`);
  }

  client(service: string): OidcClientSpec {
    return this.clients[service] ?? assert.fail(`${service} has no client`);
  }

  async sql(database: string, statement: string): Promise<string> {
    const address = this.services.postgresql!.address;
    const psql = `cd / && runuser -u postgres -- psql --dbname ${database} -tA --file -`;
    const { status, stdout, stderr } = await this.homelab.on(address, psql, statement);
    assert.equal(status, 0, stderr);
    return stdout.trim();
  }

  /** Only with UPDATE_PICTURES=1, so that a run of the tests changes no file of the repository. */
  async picture({ page }: Visitor, name: string): Promise<void> {
    if (process.env.UPDATE_PICTURES !== "1") return;
    mkdirSync(pictures, { recursive: true });
    const path = join(pictures, `${name}.png`);
    // Keycloak's background alone would make the file too large.
    const style = "* { background-image: none !important }";
    await page.screenshot({ path, animations: "disabled", style });
    assert.ok(statSync(path).size < 100_000, `${path} is too large for the repository`);
  }

  private async openOnce(): Promise<void> {
    if (this.opened) return;
    const proxy = this.services.caddy!.address;
    const authority = await this.homelab.output<string>("caCertificate");
    this.wired = new Wire(proxy, authority);
    this.opened = await openBrowser("*.nixmox.lan", proxy, authority);
    await this.upstream.listen(proxy.replace(/\d+$/, "1"), this.port);
  }
}
