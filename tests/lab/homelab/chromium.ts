import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Browser, chromium } from "playwright-core";

/** A browser that finds some names at one address and trusts one more authority. */
export interface OpenBrowser {
  readonly browser: Browser;
  readonly close: () => Promise<void>;
}

/**
 * Starts Chromium.
 * @param names which names are at the address: one, or a pattern as in `*.nixmox.lan`
 */
export async function openBrowser(
  names: string,
  address: string,
  authority: string,
): Promise<OpenBrowser> {
  const home = browserHome(authority);
  const remove = () => rmSync(home, { recursive: true, force: true });
  try {
    const browser = await chromium.launch({
      executablePath: "/usr/bin/chromium",
      env: { ...process.env, HOME: home },
      args: [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        `--host-resolver-rules=MAP ${names} ${address}`,
      ],
    });
    return { browser, close: () => browser.close().finally(remove) };
  } catch (error) {
    remove();
    throw error;
  }
}

/** A home folder whose certificate store trusts one authority. */
function browserHome(authority: string): string {
  const home = mkdtempSync(join(tmpdir(), "nixmox-browser-"));
  const store = join(home, ".pki", "nssdb");
  mkdirSync(store, { recursive: true });
  writeFileSync(join(home, "ca.crt"), authority);
  const certutil = (...args: string[]) => execFileSync("certutil", ["-d", `sql:${store}`, ...args]);
  certutil("-N", "--empty-password");
  certutil("-A", "-t", "C,,", "-n", "nixmox", "-i", join(home, "ca.crt"));
  return home;
}
