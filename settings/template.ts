import { join } from "node:path";
import { pinnedRelease } from "../manifest/release";

/**
 * The container template: the one that the configuration names, or NixOS in the release that the
 * hosts are built from.
 */
export function templateOf(
  { template, templateType }: { template: string; templateType: "nixos" | "debian" },
  faults: string[],
  root = join(__dirname, ".."),
): string {
  if (template !== "") return template;
  const command = "Run `pulumi config set nixmox:template VALUE`.";
  if (templateType !== "nixos") {
    faults.push(`nixmox:template must be set, since nixmox:templateType is not nixos. ${command}`);
    return "";
  }
  try {
    return `local:vztmpl/nixos-${pinnedRelease(root)}-x86_64-linux.tar.xz`;
  } catch (error) {
    faults.push(`nixmox:template must be set: ${(error as Error).message}. ${command}`);
    return "";
  }
}
