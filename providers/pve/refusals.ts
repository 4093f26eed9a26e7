import type { Properties } from "../plugin/values";

/** Why a disk can't be changed in place, and how a person can; nothing if it can. */
export function refusalOf(
  old: Properties,
  news: Properties,
  state: Properties,
): string | undefined {
  const { vmId, nodeName, sizeGb, path, datastore } = old;
  const key = text(state.key, "mpN");
  const volume = text(state.volumeId, "VOLUME");
  const refuse = (why: string, advice: string) =>
    `Unable to change volume ${text(old.volume)} of ${text(old.service)}: ${why}. ${advice}`;
  const byHand = (commands: readonly string[]) =>
    `Do it by hand: as root on node ${text(nodeName)}, run ` +
    `${commands.map((command) => `\`${command}\``).join(" and ")}, then \`pulumi refresh\` here.`;

  if (Number(news.sizeGb) < Number(sizeGb)) {
    return refuse(
      `it has ${text(sizeGb)} GiB, and a disk that shrinks loses data`,
      `Write size_gb = ${text(sizeGb)}. For a smaller one, add another volume with another path, and move the files.`,
    );
  }
  if (news.path !== path) {
    return refuse(
      `it is mounted at ${text(path)}, and only a restart of the container mounts it elsewhere`,
      byHand([
        `pct set ${text(vmId)} -${key} ${volume},mp=${text(news.path)},backup=${old.backup === true ? 1 : 0}`,
        `pct reboot ${text(vmId)}`,
      ]),
    );
  }
  if (news.datastore !== datastore) {
    return refuse(
      `it is on ${text(datastore)}, and its container must be stopped while its data moves`,
      byHand([
        `pct shutdown ${text(vmId)}`,
        `pct move-volume ${text(vmId)} ${key} ${text(news.datastore)}`,
        `pct start ${text(vmId)}`,
      ]),
    );
  }
  return undefined;
}

function text(value: unknown, otherwise = "?"): string {
  return typeof value === "string" || typeof value === "number" ? String(value) : otherwise;
}
