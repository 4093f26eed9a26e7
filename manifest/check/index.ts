import type { Issue } from "../issue";
import type { ServiceSpec } from "../resolve/spec";
import { checkAddress, checkNetwork } from "./addresses";
import { checkClients, checkSignInNames } from "./clients";
import type { CheckContext } from "./context";
import { checkCycles } from "./cycle";
import { checkConnections, checkDatabaseNames, checkDatabaseServers } from "./databases";
import { checkResolver } from "./dns";
import { checkOwnNames } from "./ownNames";
import { checkReaders, checkShared } from "./databaseAccess";
import { checkDatabaseText } from "./databaseText";
import { checkDependencies, checkProvided, checkProviders } from "./dependencies";
import { checkExternalRoutes } from "./externalRoutes";
import { checkExtensions } from "./extensions";
import { checkExtraConfig } from "./extraConfig";
import { checkFormerNames, checkSecretNames, checkServiceNames, checkUnique } from "./names";
import { checkRouteAnswers } from "./routeAnswers";
import {
  checkDomains,
  checkHostname,
  checkSites,
  checkUniqueRoutes,
  checkUpstreams,
} from "./routes";
import { checkSecrets } from "./secrets";
import { checkAlerting, checkMetrics } from "./monitoring";
import { checkNetworks, checkServiceNetwork } from "./networks";
import { checkSharedDomains } from "./sharedDomains";
import { checkPeople } from "./people";
import { type RouteOwner, routeOwners } from "./placedRoutes";
import { checkPorts } from "./ports";
import { checkAuth, checkGuards } from "./signIn";
import { checkSignOn, checkSignOnOf } from "./signOn";
import { checkVersion } from "./versions";
import { checkHostAccess, checkVolumes } from "./volumes";

const ofManifest: readonly ((context: CheckContext) => Issue[])[] = [
  checkNetwork,
  checkNetworks,
  checkResolver,
  checkOwnNames,
  checkFormerNames,
  checkUnique,
  checkUniqueRoutes,
  checkSharedDomains,
  checkDatabaseNames,
  checkConnections,
  checkProviders,
  checkPeople,
  checkSignInNames,
  checkExternalRoutes,
  checkCycles,
];

const ofService: readonly ((context: CheckContext, service: ServiceSpec<undefined>) => Issue[])[] =
  [
    checkServiceNetwork,
    checkAddress,
    checkHostname,
    checkPorts,
    checkUpstreams,
    checkSecretNames,
    checkSecrets,
    checkMetrics,
    checkAlerting,
    checkAuth,
    checkClients,
    checkSignOn,
    checkSignOnOf,
    checkVolumes,
    checkHostAccess,
    checkVersion,
    checkDependencies,
    checkDatabaseServers,
    checkDatabaseText,
    checkExtensions,
    checkShared,
    checkReaders,
    checkProvided,
  ];

const ofRoutes: readonly ((context: CheckContext, owner: RouteOwner) => Issue[])[] = [
  checkDomains,
  checkSites,
  checkRouteAnswers,
  checkExtraConfig,
  checkGuards,
];

/** Everything that the schema cannot express because it involves more than one key. */
export function check(context: CheckContext): Issue[] {
  const names = checkServiceNames(context);
  // Two services with the same name would claim each other's values.
  if (names.length > 0) return [...names, ...checkNetwork(context), ...checkNetworks(context)];
  return [
    ...ofManifest.flatMap((each) => each(context)),
    ...context.manifest.services.flatMap((service) =>
      ofService.flatMap((each) => each(context, service)),
    ),
    ...routeOwners(context.manifest).flatMap((owner) =>
      ofRoutes.flatMap((each) => each(context, owner)),
    ),
  ];
}
