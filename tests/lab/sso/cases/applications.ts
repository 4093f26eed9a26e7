import assert from "node:assert/strict";
import { it } from "mocha";
import { people, type SignOnLab, sites } from "../signOnLab";
import type { Visitor } from "../visitor";

/** What services make of who signed in. */
export function describeApplications(lab: () => SignOnLab): void {
  const git = (path = "/") => `https://${sites.git}${path}`;
  const signInToGit = async (user: string): Promise<Visitor> => {
    const visitor = await lab().visitor();
    await visitor.visit(git("/user/login"));
    await visitor.page.click("a[href*='/user/oauth2/']");
    await visitor.enter(user);
    await visitor.arrives(/^https:\/\/git\.nixmox\.lan\/(?!user\/oauth2)/);
    return visitor;
  };
  const isAdmin = (user: string) =>
    lab().sql("forgejo", `SELECT is_admin FROM "user" WHERE lower_name = '${user}'`);

  it("Miniflux creates a user, named by the claim", async () => {
    const visitor = await lab().visitor();
    await visitor.signIn(`https://${sites.miniflux}/oauth2/oidc/redirect`, people.carl);
    await visitor.arrives(/miniflux\.nixmox\.lan\/unread/);
    const users = await lab().sql("miniflux", "SELECT username FROM users ORDER BY username");
    assert.ok(users.split("\n").includes(people.carl), users);
  });

  it("the code host makes a member of the admin group its administrator", async () => {
    const visitor = await signInToGit(people.anna);
    assert.equal(await isAdmin(people.anna), "t");
    const admin = await visitor.visit(git("/-/admin/users"));
    assert.equal(admin?.status(), 200);
  });

  it("the code host makes nobody else its administrator", async () => {
    const visitor = await signInToGit(people.bob);
    assert.equal(await isAdmin(people.bob), "f");
    const admin = await visitor.visit(git("/-/admin/users"));
    assert.notEqual(admin?.status(), 200);
  });

  it("no page, and nothing that a page loads, has a client's secret", async () => {
    const secrets = [
      lab().secret("miniflux", "client-secret"),
      lab().secret("forgejo", "client-secret"),
    ];
    const visitor = await lab().visitor();
    const seen: string[] = [];
    visitor.page.on("request", (request) => seen.push(request.url(), request.postData() ?? ""));
    visitor.page.on("response", (response) => {
      seen.push(JSON.stringify(response.headers()));
      void response.text().then(
        (text) => seen.push(text),
        () => undefined,
      );
    });
    await visitor.signIn(`https://${sites.miniflux}/oauth2/oidc/redirect`, people.anna);
    await visitor.arrives(/unread/);
    for (const url of [
      `https://${sites.miniflux}/settings`,
      `https://${sites.miniflux}/about`,
      git("/user/login"),
    ]) {
      await visitor.visit(url);
    }
    await visitor.page.click("a[href*='/user/oauth2/']");
    await visitor.arrives(/^https:\/\/git\.nixmox\.lan\/(?!user\/)/);
    await visitor.visit(git("/-/admin/auths"));
    assert.ok(seen.length > 20, String(seen.length));
    const text = seen.join("\n");
    assert.match(text, /client_id=/, "nothing of the sign-in was seen");
    secrets.forEach((secret, i) => assert.ok(!text.includes(secret), `secret ${i}`));
  });
}
