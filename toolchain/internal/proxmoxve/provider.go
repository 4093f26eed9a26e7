// Package proxmoxve bridges the Terraform provider "proxmox" to Pulumi, as npm's
// @muhlba91/pulumi-proxmoxve expects it.
package proxmoxve

import (
	"context"
	"strings"

	"github.com/bpg/terraform-provider-proxmox/fwprovider"
	sdk "github.com/bpg/terraform-provider-proxmox/proxmoxtf/provider"
	pf "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/pf/tfbridge"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfshim"
	sdkv2 "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfshim/sdk-v2"
)

const (
	// Name is what the engine knows the provider by.
	Name = "proxmoxve"

	repository = "https://github.com/muhlba91/pulumi-proxmoxve"

	// maxNameLength bounds the names that Pulumi makes up for resources whose name is left out.
	maxNameLength = 255
)

// Provider maps the whole provider, with the tokens and property names of the npm package.
func Provider(version string) tfbridge.ProviderInfo {
	classic := sdkv2.NewProvider(sdk.ProxmoxVirtualEnvironment())
	p := pf.MuxShimWithPF(context.Background(), classic, fwprovider.New(version)())
	info := tfbridge.ProviderInfo{
		P:                 p,
		Name:              Name,
		ResourcePrefix:    "proxmox",
		Version:           version,
		Repository:        repository,
		GitHubOrg:         "bpg",
		PluginDownloadURL: "github://api.github.com/muhlba91/pulumi-proxmoxve",
		MetadataInfo:      tfbridge.NewProviderMetadata(nil),
		Resources:         ownIDs(p),
	}
	info.MustComputeTokens(tfbridge.Strategy{
		Resource: func(tf string, resource *tfbridge.ResourceInfo) error {
			module, class := tokenParts(tf)
			resource.Tok = tfbridge.MakeResource(Name, module, class)
			return nil
		},
		DataSource: func(tf string, source *tfbridge.DataSourceInfo) error {
			module, class := tokenParts(tf)
			source.Tok = tfbridge.MakeDataSource(Name, module, "get"+class)
			return nil
		},
	})
	info.SetAutonaming(maxNameLength, "-")
	return info
}

// tokenParts turns a Terraform name into a Pulumi module and class: proxmox_a_b_c becomes a/b and
// C. The old names, with virtual_environment in them, become a/b and CLegacy.
func tokenParts(tf string) (module, class string) {
	short, legacy := strings.CutPrefix(tf, "proxmox_virtual_environment_")
	if !legacy {
		short = strings.TrimPrefix(tf, "proxmox_")
	}
	words := strings.Split(short, "_")
	last := words[len(words)-1]
	class = strings.ToUpper(last[:1]) + last[1:]
	if legacy {
		class += "Legacy"
	}
	if len(words) == 1 {
		return "index", class
	}
	return strings.Join(words[:len(words)-1], "/"), class
}

// bridgeNamedID is the one resource whose "id" the npm package leaves for the bridge to rename.
const bridgeNamedID = "proxmox_sdn_controller_evpn"

// ownIDs renames the property "id" to "resourceId" where it is the user's to set: Pulumi keeps "id"
// to itself.
func ownIDs(p shim.Provider) map[string]*tfbridge.ResourceInfo {
	resources := map[string]*tfbridge.ResourceInfo{}
	p.ResourcesMap().Range(func(tf string, resource shim.Resource) bool {
		id, ok := resource.Schema().GetOk("id")
		if ok && tf != bridgeNamedID && (id.Required() || id.Optional() || id.Type() != shim.TypeString) {
			resources[tf] = &tfbridge.ResourceInfo{
				Fields:    map[string]*tfbridge.SchemaInfo{"id": {Name: "resourceId", Type: "string"}},
				ComputeID: tfbridge.DelegateIDField("resourceId", Name, repository),
			}
		}
		return true
	})
	return resources
}
