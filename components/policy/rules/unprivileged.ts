import { isContainer, reveal, tableOf } from "../registration";
import type { Rule } from "../rule";

/** Root in a privileged container, or in one with a part of its node, is root on the node. */
export const unprivileged: Rule = {
  name: "unprivileged",
  description: "Containers are unprivileged and get no folder, device or script of their node.",
  check: (registration) => {
    if (!isContainer(registration)) return [];
    const inputs = tableOf(reveal(registration.inputs));
    const list = (key: string) => (Array.isArray(inputs[key]) ? (inputs[key] as unknown[]) : []);
    const folders = list("mountPoints").filter((each) =>
      String(tableOf(each).volume).startsWith("/"),
    );
    const wrong = [
      ...(inputs.unprivileged === true ? [] : ["is privileged"]),
      ...(folders.length > 0 ? ["gets a folder of its node"] : []),
      ...(list("devicePassthroughs").length > 0 ? ["gets a device of its node"] : []),
      ...(inputs.hookScriptFileId === undefined ? [] : ["runs a script on its node"]),
    ];
    return wrong.map((what) => ({
      why: `container ${registration.name} ${what}`,
      advice: "Create it unprivileged, with disks of its own only (components/container.ts).",
    }));
  },
};
