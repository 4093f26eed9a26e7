// Package npmsdk reads what the generated npm packages of Pulumi providers require of their plugins,
// for tests.
package npmsdk

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// Shape is what a resource or function takes.
type Shape struct{ Inputs, Required, Secret, Replace []string }

// SDK is what a package requires, by token.
type SDK struct {
	Version              string
	Resources, Functions map[string]Shape
}

var (
	resourceType = regexp.MustCompile(`__pulumiType = '([^']+)'`)
	input        = regexp.MustCompile(`resourceInputs\["([^"]+)"\] = ([^;]+);`)
	required     = regexp.MustCompile(`Missing required property '([^']+)'`)
	secrets      = regexp.MustCompile(`additionalSecretOutputs: \[([^\]]*)\]`)
	replacing    = regexp.MustCompile(`replaceOnChanges: \[(.*)\] \}`)
	function     = regexp.MustCompile(`runtime\.invoke\("([^"]+)", \{([^}]*)\}`)
	argument     = regexp.MustCompile(`"([^"]+)":`)
	quoted       = regexp.MustCompile(`"([^"]+)"`)
)

// Read reads the package in dir.
func Read(dir string) (SDK, error) {
	sdk := SDK{Resources: map[string]Shape{}, Functions: map[string]Shape{}}
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		switch {
		case path == filepath.Join(dir, "package.json"):
			return sdk.readVersion(path)
		case filepath.Ext(path) == ".js":
			return sdk.readClass(path)
		}
		return nil
	})
	return sdk, err
}

func (s *SDK) readVersion(path string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var manifest struct{ Pulumi struct{ Version string } }
	err = json.Unmarshal(text, &manifest)
	s.Version = manifest.Pulumi.Version
	return err
}

func (s *SDK) readClass(path string) error {
	content, err := os.ReadFile(path)
	text := string(content)
	if token := resourceType.FindStringSubmatch(text); token != nil && strings.Contains(token[1], ":") {
		shape := Shape{
			Required: all(required, text),
			Secret:   all(quoted, strings.Join(all(secrets, text), "")),
			Replace:  all(quoted, strings.Join(all(replacing, text), "")),
		}
		for _, assignment := range input.FindAllStringSubmatch(text, -1) {
			if !strings.HasPrefix(assignment[2], "state") && !strings.Contains(assignment[2], "/*out*/") {
				shape.Inputs = append(shape.Inputs, assignment[1])
			}
		}
		s.Resources[token[1]] = shape.sorted()
	}
	for _, call := range function.FindAllStringSubmatch(text, -1) {
		s.Functions[call[1]] = Shape{Inputs: all(argument, call[2])}.sorted()
	}
	return err
}

func (s Shape) sorted() Shape {
	for _, names := range []*[]string{&s.Inputs, &s.Required, &s.Secret, &s.Replace} {
		slices.Sort(*names)
		*names = slices.Compact(*names)
	}
	return s
}

func all(pattern *regexp.Regexp, text string) []string {
	var found []string
	for _, match := range pattern.FindAllStringSubmatch(text, -1) {
		found = append(found, match[1])
	}
	return found
}
