package main

import (
	"flag"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/cert-manager/cert-manager/pkg/controller"
)

// Declare the flags that tests set, by the names that they have in cert-manager itself. The result
// gives the options that they make once they are parsed; what has no flag is cert-manager's default.
func declared(flags *flag.FlagSet) func() controller.ContextOptions {
	kubeconfig := flags.String("kubeconfig", "", "a kubeconfig file; the pod's own account without")
	solverImage := flags.String("acme-http01-solver-image", "", "the image that answers HTTP-01")
	solverServers := flags.String("acme-http01-solver-nameservers", "",
		"name servers of the HTTP-01 self-check, ADDRESS:PORT separated by commas")
	servers := flags.String("dns01-recursive-nameservers", "",
		"name servers of the DNS-01 self-check, ADDRESS:PORT separated by commas")
	recursiveOnly := flags.Bool("dns01-recursive-nameservers-only", false,
		"ask only those of the DNS-01 self-check, not the authoritative ones")
	checkPeriod := flags.Duration("dns01-check-retry-period", 10*time.Second,
		"the time between two self-checks, HTTP-01's too")
	leastBackoff := flags.Duration("certificate-request-minimum-backoff-duration", time.Hour,
		"the time before a failed issuance is tried again; it doubles")
	mostBackoff := flags.Duration("certificate-request-maximum-backoff-duration", 32*time.Hour,
		"the longest such time")
	resources := flags.String("cluster-resource-namespace", "cert-manager",
		"where the Secrets of cluster issuers are")
	challenges := flags.Int("max-concurrent-challenges", 60, "challenges in work at once")
	ownerReference := flags.Bool("enable-certificate-owner-ref", false,
		"delete a certificate's Secret with it")

	return func() controller.ContextOptions {
		return controller.ContextOptions{
			Kubeconfig:         *kubeconfig,
			KubernetesAPIQPS:   20,
			KubernetesAPIBurst: 50,
			IssuerOptions:      controller.IssuerOptions{ClusterResourceNamespace: *resources},
			ACMEOptions: controller.ACMEOptions{
				HTTP01SolverImage:                 *solverImage,
				HTTP01SolverResourceRequestCPU:    resource.MustParse("10m"),
				HTTP01SolverResourceRequestMemory: resource.MustParse("64Mi"),
				HTTP01SolverResourceLimitsCPU:     resource.MustParse("100m"),
				HTTP01SolverResourceLimitsMemory:  resource.MustParse("64Mi"),
				ACMEHTTP01SolverRunAsNonRoot:      true,
				HTTP01SolverNameservers:           separated(*solverServers),
				DNS01CheckAuthoritative:           !*recursiveOnly,
				DNS01Nameservers:                  separated(*servers),
				DNS01CheckRetryPeriod:             *checkPeriod,
			},
			IngressShimOptions: controller.IngressShimOptions{
				DefaultIssuerKind:                 "Issuer",
				DefaultIssuerGroup:                "cert-manager.io",
				DefaultAutoCertificateAnnotations: []string{"kubernetes.io/tls-acme"},
			},
			CertificateOptions: controller.CertificateOptions{
				EnableOwnerRef:                           *ownerReference,
				CopiedAnnotationPrefixes:                 []string{"*", "-kubectl.kubernetes.io/"},
				CertificateRequestMinimumBackoffDuration: *leastBackoff,
				CertificateRequestMaximumBackoffDuration: *mostBackoff,
			},
			SchedulerOptions: controller.SchedulerOptions{MaxConcurrentChallenges: *challenges},
		}
	}
}

func separated(list string) []string {
	if list == "" {
		return nil
	}
	return strings.Split(list, ",")
}
