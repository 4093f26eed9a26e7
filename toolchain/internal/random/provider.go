// Package random bridges the Terraform provider "random" to Pulumi, as npm's @pulumi/random expects
// it.
package random

import (
	"context"

	"nixmox/toolchain/internal/bridge"

	pf "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/pf/tfbridge"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge/tokens"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"github.com/terraform-providers/terraform-provider-random/shim"
)

const (
	// Name is what the engine knows the provider by.
	Name = "random"

	repository = "https://github.com/pulumi/pulumi-random"
)

// Serve answers the engine until it ends.
func Serve(ctx context.Context, version string) {
	info := Provider(version)
	pf.Main(ctx, Name, info, pf.ProviderMetadata{
		XGetSchema: func(context.Context, plugin.GetSchemaRequest) ([]byte, error) {
			return bridge.Schema(info)
		},
	})
}

// Provider maps the provider, with the tokens and property names of the npm package.
func Provider(version string) tfbridge.ProviderInfo {
	info := tfbridge.ProviderInfo{
		P:            pf.ShimProvider(shim.New()),
		Name:         Name,
		Version:      version,
		Repository:   repository,
		MetadataInfo: tfbridge.NewProviderMetadata(nil),
		Resources: map[string]*tfbridge.ResourceInfo{
			"random_bytes": {ComputeID: tfbridge.DelegateIDField("base64", Name, repository)},
		},
		// As in the vendor's plugin, so that either can go on with the other's state.
		EnableAccurateBridgePreview: true,
		EnableRawStateDelta:         true,
	}
	standard := tokens.MakeStandard(Name)
	info.MustComputeTokens(
		tokens.SingleModule("random_", "index", func(module, resource string) (string, error) {
			return standard(module, "Random"+resource)
		}),
	)
	info.MustApplyAutoAliases()
	return info
}
