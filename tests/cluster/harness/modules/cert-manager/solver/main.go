// Solver answers one HTTP-01 challenge, as the pod that cert-manager starts for it.
package main

import (
	"flag"
	"os"

	"k8s.io/klog/v2"

	"github.com/cert-manager/cert-manager/pkg/issuer/acme/http/solver"
)

func main() {
	var answer solver.HTTP01Solver
	flag.IntVar(&answer.ListenPort, "listen-port", 8089, "the port to listen on")
	flag.StringVar(&answer.Domain, "domain", "", "the name that is asked for")
	flag.StringVar(&answer.Token, "token", "", "the challenge's token")
	flag.StringVar(&answer.Key, "key", "", "the key authorization to answer with")
	flag.Parse()
	if err := answer.Listen(klog.Background()); err != nil {
		klog.ErrorS(err, "can't listen")
		os.Exit(1)
	}
}
