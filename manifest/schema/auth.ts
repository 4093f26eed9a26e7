import { z } from "zod";
import { claim, groupName, upstream } from "./values";

/** The identity providers that there are, which are also folders of `nixos/modules`. */
export const signOnKinds = ["authentik", "keycloak"] as const;
export type SignOnKind = (typeof signOnKinds)[number];

/** What a client may ask a provider for, whichever it is. */
const scopes = ["openid", "email", "profile", "groups", "offline_access"] as const;

const oidc = z.strictObject({
  client_id: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._~:/@-]{0,254}$/, 'a client\'s id such as "git"')
    .optional()
    .meta({ examples: ["git"] })
    .describe(
      "Name of the client at the provider. Derived: `<name>`; a route's: `<name>-<route>`.",
    ),
  client_type: z
    .enum(["confidential", "public"])
    .default("confidential")
    .describe("A public client, such as an app on a phone, has no secret and must use PKCE."),
  redirect_uris: z
    .array(z.url())
    .min(1)
    .meta({ examples: [["https://git.nixmox.lan/oauth2/callback"]] })
    .describe(
      "URLs to which the provider may redirect after sign-in, exactly as the application sends them.",
    ),
  scopes: z
    .array(z.enum(scopes))
    .default(["openid", "email", "profile"])
    .meta({ examples: [["openid", "email", "profile", "groups"]] })
    .describe("What the service may learn about a user."),
  username_claim: claim
    .default("preferred_username")
    .meta({ examples: ["preferred_username"] })
    .describe("Claim that holds the user name."),
  groups_claim: claim
    .default("groups")
    .meta({ examples: ["roles"] })
    .describe("Claim that holds the names of the user's groups."),
  admin_group: groupName
    .optional()
    .meta({ examples: ["operators"] })
    .describe("Group whose members administer the service, if it can tell them by `groups_claim`."),
});

export const auth = z.strictObject({
  type: z
    .enum(["oidc", "forward_auth", "none"])
    .default("none")
    .describe(
      "How users sign in: at the service itself, which is a client of the provider (`oidc`), or before the proxy lets them in (`forward_auth`).",
    ),
  provider: z
    .enum(signOnKinds)
    .optional()
    .meta({ examples: ["authentik"] })
    .describe(
      "The identity provider, if a manifest should say which it expects. Derived: the service with the role `sso`.",
    ),
  groups: z
    .array(groupName)
    .default([])
    .meta({ examples: [["readers"]] })
    .describe("Groups whose members may sign in. Empty: every user."),
  forward_auth_upstream: upstream
    .optional()
    .meta({ examples: ["192.168.99.12:9000"] })
    .describe("Where sign-ins are checked; without effect, since the provider's address is known."),
  oidc: oidc.optional().describe("OpenID Connect client; needed where `type` is oidc."),
});
