import assert from "node:assert/strict";
import { it } from "mocha";
import { describeScript, succeeded } from "./host";

const words = ["https://sso.home.example/token", "notes", "https://notes/back?a=b", "/ca.crt"];

describeScript("components/scripts/verify-client.sh", (host) => {
  const answers: Readonly<Record<string, number>> = {
    '{"error":"invalid_grant","error_description":"Code not valid"}': 0,
    '{"error": "invalid_client"}': 1,
    '{"error":"unauthorized_client"}': 1,
    '{"error":"invalid_request","error_description":"not invalid_grant"}': 2,
    "": 2,
  };

  it("tells a refused code, and so an accepted secret, from a refused client", () => {
    for (const [answer, status] of Object.entries(answers)) {
      host().fake("curl", `cat >received; printf %s ${JSON.stringify(answer).replaceAll("`", "")}`);
      assert.equal(host().run(words, { input: "the secret" }).status, status, answer);
      assert.equal(host().read("received"), "the secret");
    }
  });

  it("asks the provider alone, over TLS, and shows the secret in no argument", () => {
    host().fake("curl", `cat >/dev/null; printf '"invalid_grant"'`);
    succeeded(host().run(words, { input: "the secret" }));
    const [call] = host().calls("curl");
    assert.match(call!, /--cacert \/ca\.crt .* https:\/\/sso\.home\.example\/token$/);
    assert.match(call!, /redirect_uri=https:\/\/notes\/back\?a=b .*client_id=notes /);
    assert.doesNotMatch(call!, /the secret/);
  });

  it("says that the provider cannot be asked", () => {
    host().fake("curl", "echo 'Could not connect' >&2; exit 7");
    const { status, stderr } = host().run(words, { input: "the secret" });
    assert.equal(status, 2);
    assert.match(stderr, /Could not connect/);
  });
});
