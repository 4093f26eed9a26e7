import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { Build } from "./build";
import { downloadEngine, downloadPlugin, unreachableSite } from "./download";
import { installedEngine } from "./engine";
import { withLock } from "./lock";
import { type Pins, readPins, wantedPlugins } from "./pins";
import { cacheRoot } from "./places";
import { hasPlugin, installPlugin } from "./plugins";

/** A Pulumi that is ready to run, with every plugin that the program needs. */
export interface Toolchain {
  /** Folder to put on PATH. */
  readonly bin: string;
  readonly source: "installed" | "downloaded" | "built";
}

export interface ToolchainOptions {
  /** Prints nothing unless there is something to download or build. */
  readonly quiet?: boolean;
  /** Optional plugins to provide, too; any other name has no effect. @default none */
  readonly plugins?: readonly string[];
}

/**
 * Provides Pulumi and its plugins in the versions that the npm packages require: what is installed,
 * or else the vendor's downloads, or else a build from Go modules. Progress goes to standard error.
 */
export async function provideToolchain(options: ToolchainOptions = {}): Promise<Toolchain> {
  const provider = new Provider(readPins(resolve(__dirname, "..")), options.plugins ?? []);
  const toolchain = (await provider.ready()) ?? (await provider.provide());
  if (!options.quiet) say(`Pulumi is ready (${toolchain.source}): ${toolchain.bin}`);
  return toolchain;
}

class Provider {
  private known?: Promise<Build>;
  private down?: Promise<string | undefined>;

  constructor(
    private readonly pins: Pins,
    private readonly optional: readonly string[],
  ) {}

  /** What exists already. */
  async ready(): Promise<Toolchain | undefined> {
    const engine = await this.findEngine();
    return engine && (await this.missingPlugins()).length === 0 ? engine : undefined;
  }

  /** Provides what is missing; concurrent processes share the work. */
  provide(): Promise<Toolchain> {
    return withLock(join(cacheRoot(), "lock"), say, async () => {
      const engine =
        (await this.findEngine()) ?? (await this.fetchEngine()) ?? (await this.buildEngine());
      for (const plugin of await this.missingPlugins()) {
        if (await this.fetched(plugin.name, () => downloadPlugin(engine.bin, plugin))) continue;
        const build = await this.build();
        await installPlugin(engine.bin, plugin, build, await build.buildPlugin(plugin.name, say));
      }
      return engine;
    });
  }

  private async findEngine(): Promise<Toolchain | undefined> {
    const installed = await installedEngine(this.pins.pulumi);
    if (installed !== undefined) return { bin: installed, source: "installed" };
    if (existsSync(this.downloads)) return { bin: this.downloads, source: "downloaded" };
    const build = await this.build();
    return build.hasEngine ? { bin: build.bin, source: "built" } : undefined;
  }

  private async fetchEngine(): Promise<Toolchain | undefined> {
    const what = `pulumi ${this.pins.pulumi}`;
    const done = await this.fetched(what, () => downloadEngine(this.pins.pulumi, this.downloads));
    return done ? { bin: this.downloads, source: "downloaded" } : undefined;
  }

  private async buildEngine(): Promise<Toolchain> {
    return { bin: await (await this.build()).buildEngine(say), source: "built" };
  }

  private async missingPlugins() {
    const wanted = wantedPlugins(this.pins, this.optional);
    const has = await Promise.all(wanted.map((plugin) => hasPlugin(plugin, () => this.build())));
    return wanted.filter((_, index) => !has[index]);
  }

  /** Whether a download worked. Whatever cannot be downloaded is built. */
  private async fetched(what: string, download: () => Promise<void>): Promise<boolean> {
    this.down ??= unreachableSite().then((site) => {
      if (site) say(`${site} can't be reached: building from Go modules instead`);
      return site;
    });
    if (await this.down) return false;
    try {
      say(`Downloading ${what}`);
      await download();
      return true;
    } catch (error) {
      say(`Unable to download ${what}: ${(error as Error).message}. Building it instead`);
      return false;
    }
  }

  private get downloads(): string {
    return join(cacheRoot(), `v${this.pins.pulumi}`, "bin");
  }

  private build(): Promise<Build> {
    return (this.known ??= Build.of(this.pins));
  }
}

function say(line: string): void {
  console.error(line);
}
