package npmsdk_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"nixmox/toolchain/internal/bridge"
	"nixmox/toolchain/internal/command"
	"nixmox/toolchain/internal/keycloak"
	"nixmox/toolchain/internal/npmsdk"
	"nixmox/toolchain/internal/proxmoxve"
	"nixmox/toolchain/internal/random"

	p "github.com/pulumi/pulumi-go-provider"
)

// Absolute, since the tests run elsewhere.
var (
	modules  = absolute("../../../node_modules")
	testdata = absolute("testdata")
)

func absolute(path string) string {
	full, err := filepath.Abs(path)
	if err != nil {
		panic(err)
	}
	return full
}

// TestMain leaves the project's folder: the bridge would read its Pulumi.yaml, and look for the plugins
// that it names where the tests run.
func TestMain(m *testing.M) {
	if err := os.Chdir(os.TempDir()); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

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
			sdk, err := npmsdk.Read(filepath.Join(modules, name))
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

// TestKeycloak proves that the plugin differs from what the npm package requires in nothing but what
// testdata/keycloak.txt lists. It is built from the newest provider that is served as a Go module,
// which is older than the package's.
func TestKeycloak(t *testing.T) {
	sdk, err := npmsdk.Read(filepath.Join(modules, "@pulumi/keycloak"))
	if err != nil {
		t.Fatalf("Unable to read the npm package: %v. Run `npm ci`", err)
	}
	served, err := bridge.Schema(keycloak.Provider(sdk.Version))
	if err != nil {
		t.Fatal(err)
	}
	differences, err := sdk.Differences(served)
	if err != nil {
		t.Fatal(err)
	}
	list, err := os.ReadFile(filepath.Join(testdata, "keycloak.txt"))
	if err != nil {
		t.Fatal(err)
	}
	known := strings.Split(strings.TrimSpace(string(list)), "\n")
	for _, difference := range differences {
		if !slices.Contains(known, difference) {
			t.Error(difference, "is not in testdata/keycloak.txt")
		}
	}
	for _, difference := range known {
		if !slices.Contains(differences, difference) {
			t.Error(difference, "is in testdata/keycloak.txt, but no difference")
		}
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
