import assert from "node:assert/strict";
import { beforeEach, it } from "mocha";
import { describeScript, failed, succeeded } from "./host";

describeScript("components/scripts/run-sql.sh", (host) => {
  beforeEach(() => {
    host().fake("runuser", 'shift 3; pwd; exec "$@"');
    host().fake("psql", "cat");
  });

  const arguments_ =
    "psql --no-psqlrc --quiet --port=5433 --set=ON_ERROR_STOP=1 --set=VERBOSITY=terse --file=-";

  it("gives psql what comes on stdin, as the server's administrator, and nothing in its arguments", () => {
    const sql = "ALTER ROLE notes PASSWORD 's3cret';\n";
    assert.equal(succeeded(host().run(["5433"], { input: sql })), `/\n${sql}`);
    assert.deepEqual(host().calls(), [`runuser -u postgres -- ${arguments_}`, arguments_]);
  });

  it("gives psql its argument instead, whatever it holds", () => {
    const sql = "SELECT 'it''s \"$HOME\" `id`'\n\\gexec";
    assert.equal(succeeded(host().run(["5433", sql], { input: "ignored" })), `/\n${sql}\n`);
    assert.equal(host().calls("psql").join("\n"), arguments_);
  });

  for (const [status, advice] of [
    [2, /Look at postgresql\.service on this host and run pulumi up again\.$/m],
    [3, /Correct the values in the statement and run pulumi up again\.$/m],
  ] as const) {
    it(`ends as psql does, with ${status}`, () => {
      host().fake("psql", `echo "psql:<stdin>:1: ERROR: no" >&2; exit ${status}`);
      host().fake("runuser", 'shift 3; exec "$@"');
      const run = host().run(["5433", "SELECT;"]);
      assert.equal(run.status, status);
      const said = failed(run);
      assert.match(
        said,
        /^psql:<stdin>:1: ERROR: no\nUnable to run SQL on the PostgreSQL server on port 5433: /,
      );
      assert.match(said, advice);
    });
  }
});
