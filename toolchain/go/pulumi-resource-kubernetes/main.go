// Command pulumi-resource-kubernetes serves the Kubernetes provider from its Go module.
//
// The module's own main embeds files that its release process generates and the module does not
// carry; schema.json is put beside this file by the toolchain build (ops/src/toolchain/goBuild.ts).
package main

import (
	_ "embed"

	"github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/provider"
	"github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/version"
)

//go:embed schema.json
var schema []byte

func main() {
	provider.Serve("kubernetes", version.Version, schema, []byte("{}"))
}
