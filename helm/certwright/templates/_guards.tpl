{{/* What contradicts itself is refused with a sentence, before anything is rendered. */}}
{{- define "certwright.guards" -}}
{{- $operator := .Release.Namespace -}}
{{- $server := .Values.server.namespace -}}
{{- if eq $operator $server -}}
{{- fail (printf "the release is in namespace %q, which is server.namespace, too: the server could read the keys of all authorities; install the release in another namespace, such as certwright-system" $server) -}}
{{- end -}}
{{- range $tenant := .Values.operator.tenantSecrets.namespaces -}}
{{- if or (eq $tenant $operator) (eq $tenant $server) -}}
{{- fail (printf "operator.tenantSecrets.namespaces has %q, which is the operator's or the server's own: a tenant's Secret has no place beside keys and bundles" $tenant) -}}
{{- end -}}
{{- end -}}
{{- include "certwright.storeGuards" . -}}
{{- include "certwright.routeGuards" . -}}
{{- range $component := list "operator" "server" -}}
{{- $values := index $.Values $component -}}
{{- $budget := $values.podDisruptionBudget -}}
{{- if and (include "certwright.podShare" $budget.minAvailable) (include "certwright.podShare" $budget.maxUnavailable) -}}
{{- fail (printf "%s.podDisruptionBudget has both minAvailable and maxUnavailable: a PodDisruptionBudget takes one of them" $component) -}}
{{- end -}}
{{- if and $.Values.prometheus.serviceMonitor.enabled $values.networkPolicy.enabled (not $values.networkPolicy.operationsFrom) -}}
{{- fail (printf "prometheus.serviceMonitor.enabled asks for metrics that %s.networkPolicy lets nobody read: name Prometheus in %s.networkPolicy.operationsFrom" $component $component) -}}
{{- end -}}
{{- end -}}
{{- end }}

{{- define "certwright.storeGuards" -}}
{{- $server := .Values.server -}}
{{- if and (eq $server.store.kind "sqlite") (gt (int $server.replicaCount) 1) -}}
{{- fail (printf "server.store.kind is sqlite, a file for one server, and server.replicaCount is %d: set server.replicaCount to 1, or server.store.kind to kubernetes" (int $server.replicaCount)) -}}
{{- end -}}
{{- if and $server.tls.existingSecret $server.tls.names -}}
{{- fail (printf "server.tls.names is for the certificate that the operator issues, and server.tls.existingSecret is %q: put the names into that Secret's certificate instead" $server.tls.existingSecret) -}}
{{- end -}}
{{- end }}

{{- define "certwright.routeGuards" -}}
{{- $ingress := .Values.server.ingress -}}
{{- if and $ingress.enabled (not $ingress.host) (not .Values.serverURL) -}}
{{- fail "server.ingress.enabled needs a name that clients reach the Ingress by: set serverURL, or server.ingress.host if only profiles with spec.acme.hostname are reached that way" -}}
{{- end -}}
{{- end }}
