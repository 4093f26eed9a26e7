import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { describe, it } from "mocha";

describe("the code", () => {
  it("is clean: types, style, circular imports, shell scripts (npm run lint)", function () {
    this.timeout("10m");
    const { status, stdout, stderr } = spawnSync("npm", ["run", "--silent", "lint"], {
      encoding: "utf8",
    });
    assert.equal(status, 0, stdout + stderr);
  });
});
