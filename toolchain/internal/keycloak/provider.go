// Package keycloak bridges the Terraform provider "keycloak" to Pulumi, as npm's @pulumi/keycloak
// expects it.
package keycloak

import (
	"context"
	"strings"

	"nixmox/toolchain/internal/bridge"

	terraform "github.com/keycloak/terraform-provider-keycloak/provider"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge/tokens"
	sdkv2 "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfshim/sdk-v2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/provider"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

const (
	// Name is what the engine knows the provider by.
	Name = "keycloak"

	repository = "https://github.com/pulumi/pulumi-keycloak"

	// maxNameLength bounds the names that Pulumi makes up for resources whose name is left out.
	maxNameLength = 255
)

// renamed holds the classes of the npm package that are not called like the Terraform resource.
var renamed = map[string]string{
	"keycloak_attribute_to_role_identity_provider_mapper": "index/AttributeToRoleIdentityMapper",
	"keycloak_custom_identity_provider_mapper":            "index/CustomIdentityProviderMapping",
	"keycloak_hardcoded_role_identity_provider_mapper":    "index/HardcodedRoleIdentityMapper",
	"keycloak_openid_client_client_policy":                "openid/ClientPolicy",
	"keycloak_realm_keystore_java_keystore":               "index/RealmKeystoreJavaGenerated",
	"keycloak_saml_client_default_scopes":                 "saml/ClientDefaultScope",
}

// Serve answers the engine until it ends.
func Serve(version string) error {
	return provider.Main(Name, func(host *provider.HostClient) (pulumirpc.ResourceProviderServer, error) {
		info := Provider(version)
		server := tfbridge.NewProvider(context.Background(), host, Name, version, info.P, info, []byte("{}"))
		return bridge.SchemaOnDemand{ResourceProviderServer: server, Info: info}, nil
	})
}

// Provider maps the provider, with the tokens and property names of the npm package.
func Provider(version string) tfbridge.ProviderInfo {
	info := tfbridge.ProviderInfo{
		P:            sdkv2.NewProvider(terraform.KeycloakProvider(nil)),
		Name:         Name,
		Version:      version,
		Repository:   repository,
		GitHubOrg:    "keycloak",
		MetadataInfo: tfbridge.NewProviderMetadata(nil),
		Resources:    map[string]*tfbridge.ResourceInfo{},
		DataSources: map[string]*tfbridge.DataSourceInfo{
			"keycloak_authentication_execution": {
				Tok: tfbridge.MakeDataSource(Name, "index", "getAuthenticationExecution"),
			},
			"keycloak_authentication_flow": {
				Tok: tfbridge.MakeDataSource(Name, "index", "getAuthenticationFlow"),
			},
		},
		// As in the vendor's plugin, so that either can go on with the other's state.
		EnableAccurateBridgePreview: true,
	}
	for tf, class := range renamed {
		module, name, _ := strings.Cut(class, "/")
		info.Resources[tf] = &tfbridge.ResourceInfo{Tok: tfbridge.MakeResource(Name, module, name)}
	}
	modules := []string{"ldap_", "oidc_", "openid_", "saml_", "authentication_"}
	info.MustComputeTokens(
		tokens.KnownModules("keycloak_", "index", modules, tokens.MakeStandard(Name)),
	)
	info.MustApplyAutoAliases()
	info.SetAutonaming(maxNameLength, "-")
	return info
}
