import { isContainer } from "../registration";
import { type Rule, specOf } from "../rule";

/** A slip in the manifest must not cost data. */
export const protectedState: Rule = {
  name: "protected-state",
  description:
    "Containers that hold data are protected, unless the stack's settings say otherwise.",
  check: (registration, context) => {
    const { protect, allowReplace } = context.settings;
    const spec = specOf(registration, context);
    if (!isContainer(registration) || !spec?.stateful || registration.protect) return [];
    if (!protect || allowReplace.includes(spec.name)) return [];
    return [
      {
        why: `container ${registration.name} holds data and is not protected`,
        advice:
          "Protect it (components/homelab.ts), or allow its loss with " +
          `\`pulumi config set --path 'nixmox:allowReplace[0]' ${spec.name}\`.`,
        key: ["stateful"],
      },
    ];
  },
};
