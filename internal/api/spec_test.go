package api

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write ui/openapi.json")

const specFile = "../../ui/openapi.json"

// The UI's types are generated from the kept document, so it has to be the one
// that the code describes.
func TestSpecIsCurrent(t *testing.T) {
	doc, err := Spec()
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(specFile, doc, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	kept, err := os.ReadFile(specFile)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(doc, kept) {
		t.Errorf("ui/openapi.json is stale; run go generate ./internal/api")
	}
}

// document is the part of the OpenAPI document that tests read.
type document struct {
	OpenAPI string                                  `json:"openapi"`
	Paths   map[string]map[string]documentOperation `json:"paths"`
}

type documentOperation struct {
	OperationID string              `json:"operationId"`
	Access      string              `json:"x-access"`
	Parameters  []documentParameter `json:"parameters"`
	RequestBody *struct {
		Required bool `json:"required"`
	} `json:"requestBody"`
}

type documentParameter struct {
	Name, In string
}

func readSpec(t *testing.T) document {
	t.Helper()
	b, err := Spec()
	if err != nil {
		t.Fatal(err)
	}
	var d document
	if err := json.Unmarshal(b, &d); err != nil {
		t.Fatal(err)
	}
	if d.OpenAPI != "3.1.0" || len(d.Paths) < 40 {
		t.Fatalf("the document says version %q and has %d paths", d.OpenAPI, len(d.Paths))
	}
	return d
}

func TestSpecSaysNoSecretComesOut(t *testing.T) {
	b, err := Spec()
	if err != nil {
		t.Fatal(err)
	}
	var d struct {
		Components struct {
			Schemas map[string]struct {
				Properties map[string]struct {
					WriteOnly bool `json:"writeOnly"`
				}
			}
		}
	}
	if err := json.Unmarshal(b, &d); err != nil {
		t.Fatal(err)
	}
	seen := 0
	for name, s := range d.Components.Schemas {
		for field, p := range s.Properties {
			secret := strings.Contains(field, "password") || field == "community"
			if !secret || strings.HasSuffix(field, "_set") {
				continue
			}
			seen++
			if !p.WriteOnly {
				t.Errorf("%s.%s is not marked writeOnly", name, field)
			}
		}
	}
	if seen < 5 {
		t.Errorf("only %d secret fields found: the test looks at the wrong names", seen)
	}
}
