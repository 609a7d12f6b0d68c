{{/* A number or percentage of pods as text: 0 is one, and what is unset, or null, is none. */}}
{{- define "certwright.podShare" -}}
{{- if not (kindIs "invalid" .) }}{{ . }}{{ end -}}
{{- end }}

{{/* A PodDisruptionBudget, of a dict with root, component, name, namespace and values. */}}
{{- define "certwright.podDisruptionBudget" -}}
{{- $budget := .values.podDisruptionBudget -}}
{{- $minAvailable := include "certwright.podShare" $budget.minAvailable -}}
{{- $maxUnavailable := include "certwright.podShare" $budget.maxUnavailable -}}
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: {{ .name }}
  namespace: {{ .namespace | quote }}
  labels:
    {{- include "certwright.labels" . | nindent 4 }}
spec:
  {{- if $minAvailable }}
  minAvailable: {{ $minAvailable }}
  {{- else if $maxUnavailable }}
  maxUnavailable: {{ $maxUnavailable }}
  {{- else }}
  maxUnavailable: 1
  {{- end }}
  unhealthyPodEvictionPolicy: {{ $budget.unhealthyPodEvictionPolicy }}
  selector:
    matchLabels:
      {{- include "certwright.selectorLabels" . | nindent 6 }}
{{- end }}

{{/*
Says of what component a PodDisruptionBudget lets no pod go, of a dict with component and values.
Kubernetes rounds both percentages up: half of one pod is that pod.
*/}}
{{- define "certwright.heldDrain" -}}
{{- $budget := .values.podDisruptionBudget -}}
{{- $pods := int .values.replicaCount -}}
{{- $stay := include "certwright.podShare" $budget.minAvailable -}}
{{- $away := include "certwright.podShare" $budget.maxUnavailable -}}
{{- if hasSuffix "%" $stay -}}
{{- $stay = toString (div (add (mul (trimSuffix "%" $stay | int) $pods) 99) 100) -}}
{{- end -}}
{{- $all := and $stay (ge (int $stay) $pods) -}}
{{- if and $budget.enabled $pods (or $all (has $away (list "0" "0%"))) -}}
WARNING: {{ .component }}.podDisruptionBudget lets no pod of {{ $pods }} go: a drain of its node waits for ever.
{{- end -}}
{{- end }}
