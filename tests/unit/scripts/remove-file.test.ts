import assert from "node:assert/strict";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { it } from "mocha";
import { describeScript, succeeded } from "./host";

describeScript("components/scripts/remove-file.sh", (host) => {
  it("removes a file whatever its name, and succeeds if it is gone", () => {
    const path = host().path("-it's $HOME");
    writeFileSync(path, "");
    succeeded(host().run([path]));
    assert.equal(existsSync(path), false);
    succeeded(host().run([path]));
  });

  it("removes no folder", () => {
    mkdirSync(host().path("folder"));
    assert.notEqual(host().run([host().path("folder")]).status, 0);
    assert.ok(existsSync(host().path("folder")));
  });
});
