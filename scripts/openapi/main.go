// Command openapi prints the API's OpenAPI document for "make generate". It is
// for the source folder; a running server answers /openapi.json.
package main

import (
	"fmt"
	"os"

	"github.com/opengam/opengam/internal/api"
)

func main() {
	doc, err := api.Spec()
	if err == nil {
		_, err = os.Stdout.Write(doc)
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "openapi: %v\n", err)
		os.Exit(1)
	}
}
