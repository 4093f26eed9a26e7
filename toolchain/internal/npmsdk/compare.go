package npmsdk

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// schema is the part of a Pulumi schema that an SDK depends on.
type schema struct {
	Resources map[string]struct {
		InputProperties map[string]propertySpec
		Properties      map[string]propertySpec
		RequiredInputs  []string
	}
	Functions map[string]struct {
		Inputs struct{ Properties map[string]propertySpec }
	}
}

type propertySpec struct {
	Secret           bool
	ReplaceOnChanges bool
	Type             string
}

// Differences says how a plugin's schema differs from what the SDK asks for.
func (s SDK) Differences(schemaJSON []byte) ([]string, error) {
	var plugin schema
	if err := json.Unmarshal(schemaJSON, &plugin); err != nil {
		return nil, err
	}
	served := map[string]Shape{}
	for token, resource := range plugin.Resources {
		served[token] = Shape{
			Inputs:   slices.Collect(maps.Keys(resource.InputProperties)),
			Required: resource.RequiredInputs,
			Secret:   where(resource.Properties, "", func(p propertySpec) bool { return p.Secret }),
			Replace: where(
				resource.Properties,
				"[*]",
				func(p propertySpec) bool { return p.ReplaceOnChanges },
			),
		}.sorted()
	}
	functions := map[string]Shape{}
	for token, function := range plugin.Functions {
		// The bridge's own functions are for the CLI; SDKs have none of them.
		if !strings.HasPrefix(token, "pulumi:") {
			functions[token] = Shape{Inputs: slices.Collect(maps.Keys(function.Inputs.Properties))}.sorted()
		}
	}
	return append(compare(s.Resources, served), compare(s.Functions, functions)...), nil
}

// where names the properties that have something; in arrays, it is their elements that have it.
func where(properties map[string]propertySpec, element string, has func(propertySpec) bool) []string {
	var names []string
	for name, property := range properties {
		if has(property) {
			if property.Type == "array" {
				name += element
			}
			names = append(names, name)
		}
	}
	return names
}

func compare(asked, served map[string]Shape) []string {
	var differences []string
	for token, want := range asked {
		got, ok := served[token]
		if !ok {
			differences = append(differences, token+" is missing")
			continue
		}
		for _, part := range want.parts(got) {
			if lacks := without(part.asked, part.served); len(lacks) > 0 {
				differences = append(differences, fmt.Sprintf("%s lacks %s %s", token, part.name, strings.Join(lacks, " ")))
			}
			if extra := without(part.served, part.asked); len(extra) > 0 {
				differences = append(differences, fmt.Sprintf("%s has more %s: %s", token, part.name, strings.Join(extra, " ")))
			}
		}
	}
	for token := range served {
		if _, ok := asked[token]; !ok {
			differences = append(differences, token+" is not asked for")
		}
	}
	slices.Sort(differences)
	return differences
}

type part struct {
	name          string
	asked, served []string
}

func (s Shape) parts(served Shape) []part {
	return []part{
		{"inputs", s.Inputs, served.Inputs},
		{"required inputs", s.Required, served.Required},
		{"secrets", s.Secret, served.Secret},
		{"replacing properties", s.Replace, served.Replace},
	}
}

func without(all, some []string) []string {
	var rest []string
	for _, name := range all {
		if !slices.Contains(some, name) {
			rest = append(rest, name)
		}
	}
	return rest
}
