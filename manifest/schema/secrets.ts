import { z } from "zod";
import { command, unit } from "./values";

/** How a generated value is written. */
export const secretFormats = ["alphanumeric", "hex", "base64", "base64url", "uuid"] as const;

/** `service.secret`, as in `from`. */
const reference = /^[a-z]([a-z0-9-]{0,30}[a-z0-9])?\.[a-z]([a-z0-9-]{0,30}[a-z0-9])?$/;

export const secret = z.strictObject({
  generate: z
    .boolean()
    .default(true)
    .meta({ examples: [false] })
    .describe(
      "If false, only a person can give the value, which another provider made; a preview fails until `pulumi config set --secret --path 'nixmox:secrets.SERVICE.NAME'` has set it.",
    ),
  from: z
    .string()
    .regex(reference, 'a service and its secret such as "authentik.radius-secret"')
    .optional()
    .meta({ examples: ["authentik.radius-secret"] })
    .describe(
      "Another service's secret whose value this one has, as `service.secret`. Each host has a file of its own, and both services restart when the value changes. Neither waits for the other because of it.",
    ),
  format: z
    .enum(secretFormats)
    .default("alphanumeric")
    .meta({ examples: ["hex"] })
    .describe(
      "Form of the generated value: letters and digits, or random bytes as hex, base64, base64url (without padding) or a UUID (version 4). Changing it generates a new value.",
    ),
  length: z
    .int()
    .min(16)
    .max(256)
    .default(32)
    .meta({ examples: [64] })
    .describe(
      "Characters of an alphanumeric value; random bytes of one in hex, base64 or base64url. A UUID has none. Changing it generates a new value.",
    ),
  env: z
    .string()
    .max(128)
    .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'the name of a variable such as "API_TOKEN"')
    .optional()
    .meta({ examples: ["API_TOKEN"] })
    .describe(
      "For a program that reads the secret from its environment alone: the file says `NAME=value`, for `EnvironmentFile=` of a systemd unit. Without it, the file has the value and nothing else.",
    ),
  owner: z
    .string()
    .regex(/^[a-z_][a-z0-9_-]{0,31}$/, "a user name")
    .default("root")
    .meta({ examples: ["notes"] })
    .describe("User who may read the file; for systemd credentials, root is enough."),
  mode: z
    .string()
    .regex(/^0[0-7][0-7]0$/, 'an octal mode that gives others no access, such as "0400" or "0440"')
    .default("0400")
    .meta({ examples: ["0400"] })
    .describe("The file's mode."),
  restart: z
    .array(unit)
    .optional()
    .meta({ examples: [["notes.service"]] })
    .describe(
      "Units that read the file when they start, and restart when the value changes. Derived: the service's `unit`; none with `apply`.",
    ),
  apply: command
    .optional()
    .meta({ examples: ["notesctl reload-keys"] })
    .describe(
      "Command that makes the service use a new value without a restart. It runs as root on the host, after the file is written and the host's configuration is active.",
    ),
  verify: command
    .optional()
    .meta({ examples: ["nixmox-login admin http://192.168.99.17:8080/"] })
    .describe(
      "Command that gets a value on stdin and succeeds if the service accepts it; with exit status 2 it says that it could not ask. It runs as root on the host; `npm run secrets -- rotate` proves with it that the old value is refused and the new one accepted.",
    ),
});
