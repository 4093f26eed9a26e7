import { z } from "zod";
import { groupName } from "./values";

/** Who may sign in: the tables `groups` and `users`. */

export const group = z.strictObject({
  description: z
    .string()
    .max(256)
    .default("")
    .meta({ examples: ["People who read feeds"] })
    .describe("What the group is for."),
  admin: z
    .boolean()
    .default(false)
    .meta({ examples: [true] })
    .describe("Its members administer the identity provider."),
});

/** How a user gets in for the first time. */
export const passwordKinds = ["generated", "invitation"] as const;

export const user = z.strictObject({
  name: z
    .string()
    .min(1)
    .max(128)
    .optional()
    .meta({ examples: ["Anna Example"] })
    .describe("Full name. Derived: the user's key."),
  email: z
    .email({ error: 'an e-mail address such as "anna@nixmox.lan"' })
    .max(254)
    .optional()
    .meta({ examples: ["anna@nixmox.lan"] })
    .describe("Derived: `<key>@<network.domain>`, with `mail.` before a domain of one label."),
  groups: z
    .array(groupName)
    .default([])
    .meta({ examples: [["readers"]] })
    .describe("Groups that the user is a member of."),
  password: z
    .enum(passwordKinds)
    .default("generated")
    .meta({ examples: ["invitation"] })
    .describe(
      "How the user gets in: with a `generated` first password, or by an `invitation`: `npm run invite -- NAME` prints a way in that works once.",
    ),
});
