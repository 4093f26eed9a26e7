import { checkAddress, checkDomains, checkNetwork } from "./checkAddresses";
import {
  checkDatabaseKeys,
  checkDatabases,
  checkFormerNames,
  checkNames,
  checkSecretNames,
  checkSites,
  checkUnique,
} from "./checkNames";
import { checkDependencies, checkNeeds, checkProviders, checkServerPort } from "./checkNeeds";
import type { Issue, Path } from "./issues";
import type { Document } from "./manifestSchema";
import { entriesOf } from "./resolve";

/** Everything that the schema cannot say because it takes more than one key to see it. */
export function check(document: Document): Issue[] {
  const entries = entriesOf(document).map((each) => ({
    ...each,
    path: [each.core ? "core_services" : "services", each.name] as Path,
  }));
  const enabled = entries.filter(({ entry }) => entry.enable);
  const names = checkNames(entries);
  if (names.length > 0) return [...checkNetwork(document), ...names];
  return [
    ...checkNetwork(document),
    ...checkFormerNames(entries),
    ...enabled.flatMap((each) => checkAddress(document, each)),
    ...enabled.flatMap((each) => checkDomains(document, each)),
    ...enabled.flatMap((each) => checkSecretNames(each)),
    ...enabled.flatMap((each) => checkServerPort(each)),
    ...checkUnique(document, enabled),
    ...enabled.flatMap((each) => checkSites(document, each)),
    ...enabled.flatMap((each) => checkDatabaseKeys(each)),
    ...checkDatabases(document),
    ...enabled.flatMap((each) => checkDependencies(each, entries)),
    ...enabled.flatMap((each) => checkNeeds(document, each, enabled)),
    ...checkProviders(enabled),
  ];
}
