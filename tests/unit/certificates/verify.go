// Verifies a certificate as Go's TLS clients and servers do, and exits with 1 and the reason if it
// is refused: verify ROOT CERTIFICATE INTERMEDIATES server|client|any
package main

import (
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"
)

func main() {
	roots, intermediates := x509.NewCertPool(), x509.NewCertPool()
	roots.AppendCertsFromPEM(read(os.Args[1]))
	intermediates.AppendCertsFromPEM(read(os.Args[3]))
	block, rest := pem.Decode(read(os.Args[2]))
	for block.Type != "CERTIFICATE" {
		block, rest = pem.Decode(rest)
	}
	leaf, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		refuse(err)
	}
	usage := map[string]x509.ExtKeyUsage{
		"server": x509.ExtKeyUsageServerAuth,
		"client": x509.ExtKeyUsageClientAuth,
		"any":    x509.ExtKeyUsageAny,
	}[os.Args[4]]
	_, err = leaf.Verify(x509.VerifyOptions{
		Roots:         roots,
		Intermediates: intermediates,
		KeyUsages:     []x509.ExtKeyUsage{usage},
	})
	if err != nil {
		refuse(err)
	}
}

func read(file string) []byte {
	content, err := os.ReadFile(file)
	if err != nil {
		panic(err)
	}
	return content
}

func refuse(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
