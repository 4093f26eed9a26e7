import assert from "node:assert/strict";
import { it } from "mocha";
import { describeScript, failed, succeeded } from "./host";

describeScript("components/scripts/apply-secret.sh", (host) => {
  const apply = (command: string) => host().run(["notes", "token", command, "1700000000.1"]);

  it("runs the command and shows nothing that it prints to its standard output", () => {
    assert.equal(succeeded(apply("echo s3cret; echo done >applied")), "");
    assert.equal(host().read("applied"), "done\n");
  });

  it("fails if the command does, and names the key to correct", () => {
    assert.match(
      failed(apply("echo broken >&2; exit 3")),
      /^broken\nUnable to apply the secret token of notes: its command exited with status 3 .*interface\.secrets\.token\.apply/,
    );
  });
});
