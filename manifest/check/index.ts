import type { Issue } from "../issue";
import type { ServiceSpec } from "../resolve/spec";
import { checkAddress, checkNetwork } from "./addresses";
import { checkClients, checkSignInNames } from "./clients";
import type { CheckContext } from "./context";
import { checkCycles } from "./cycle";
import { checkConnections, checkDatabaseNames, checkDatabaseServers } from "./databases";
import { checkDependencies, checkProvided, checkProviders } from "./dependencies";
import { checkExtraConfig } from "./extraConfig";
import { checkFormerNames, checkSecretNames, checkServiceNames, checkUnique } from "./names";
import { checkDomains, checkSites, checkUniqueRoutes, checkUpstreams } from "./routes";
import { checkPeople } from "./people";
import { checkAuth, checkGuards } from "./signIn";
import { checkSignOn, checkSignOnOf } from "./signOn";

const ofManifest: readonly ((context: CheckContext) => Issue[])[] = [
  checkNetwork,
  checkFormerNames,
  checkUnique,
  checkUniqueRoutes,
  checkDatabaseNames,
  checkConnections,
  checkProviders,
  checkPeople,
  checkSignInNames,
  checkCycles,
];

const ofService: readonly ((context: CheckContext, service: ServiceSpec<undefined>) => Issue[])[] =
  [
    checkAddress,
    checkDomains,
    checkUpstreams,
    checkSecretNames,
    checkSites,
    checkExtraConfig,
    checkAuth,
    checkGuards,
    checkClients,
    checkSignOn,
    checkSignOnOf,
    checkDependencies,
    checkDatabaseServers,
    checkProvided,
  ];

/** Everything that the schema cannot express because it involves more than one key. */
export function check(context: CheckContext): Issue[] {
  const names = checkServiceNames(context);
  // Two services with the same name would claim each other's values.
  if (names.length > 0) return [...names, ...checkNetwork(context)];
  return [
    ...ofManifest.flatMap((each) => each(context)),
    ...context.manifest.services.flatMap((service) =>
      ofService.flatMap((each) => each(context, service)),
    ),
  ];
}
