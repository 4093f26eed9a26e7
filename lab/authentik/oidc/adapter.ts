import type { Adapter, AdapterPayload } from "oidc-provider";
import type { Artifact } from "../model";
import type { Store } from "../store";

/** Keeps what `oidc-provider` keeps among Authentik's other artifacts. */
export const adapters =
  (store: Store) =>
  (model: string): Adapter => {
    const key = (id: string) => `${model}:${id}`;
    const find = async (id: string) =>
      (await store.get("artifact", key(id))) as AdapterPayload | undefined;
    const byField = async (field: string, value: string) => {
      const found = await store.find("artifact", field, value);
      return found.find(({ kind }) => kind === model) as AdapterPayload | undefined;
    };
    return {
      upsert: (id, payload, seconds) => {
        const expires = seconds ? new Date(Date.now() + seconds * 1000) : undefined;
        return store.put("artifact", key(id), payload as unknown as Artifact, expires);
      },
      find,
      findByUid: (uid) => byField("uid", uid),
      findByUserCode: (code) => byField("userCode", code),
      destroy: (id) => store.remove("artifact", key(id)),
      revokeByGrantId: (grant) => store.removeWhere("artifact", "grantId", grant),
      async consume(id) {
        const payload = await find(id);
        if (!payload) return;
        const consumed = Math.floor(Date.now() / 1000);
        const left = (payload.exp ?? consumed + 60) - consumed;
        const expires = new Date(Date.now() + Math.max(left, 1) * 1000);
        const used = { ...payload, consumed } as unknown as Artifact;
        await store.put("artifact", key(id), used, expires);
      },
    };
  };
