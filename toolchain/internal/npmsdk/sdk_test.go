package npmsdk_test

import (
	"context"
	"encoding/json"
	"testing"

	"nixmox/toolchain/internal/bridge"
	"nixmox/toolchain/internal/command"
	"nixmox/toolchain/internal/npmsdk"
	"nixmox/toolchain/internal/proxmoxve"
	"nixmox/toolchain/internal/random"

	p "github.com/pulumi/pulumi-go-provider"
)

const modules = "../../../node_modules/"

// TestSchemas proves that each plugin serves exactly what the pinned npm package requires.
func TestSchemas(t *testing.T) {
	cases := map[string]func(version string) ([]byte, error){
		"@muhlba91/pulumi-proxmoxve": func(version string) ([]byte, error) {
			return bridge.Schema(proxmoxve.Provider(version))
		},
		"@pulumi/random": func(version string) ([]byte, error) {
			return bridge.Schema(random.Provider(version))
		},
		"@pulumi/command": commandSchema,
	}
	for name, schema := range cases {
		t.Run(name, func(t *testing.T) {
			sdk, err := npmsdk.Read(modules + name)
			if err != nil {
				t.Fatalf("Unable to read the npm package: %v. Run `npm ci`", err)
			}
			served, err := schema(sdk.Version)
			if err != nil {
				t.Fatal(err)
			}
			differences, err := sdk.Differences(served)
			if err != nil {
				t.Fatal(err)
			}
			for _, difference := range differences {
				t.Error(difference)
			}
			if len(sdk.Resources) == 0 {
				t.Error("no resource was found in the npm package")
			}
		})
	}
}

func commandSchema(version string) ([]byte, error) {
	provider, err := command.Provider()
	if err != nil {
		return nil, err
	}
	schema, err := p.GetSchema(context.Background(), command.Name, version, provider)
	if err != nil {
		return nil, err
	}
	return json.Marshal(schema)
}
