{{/* The labels that a component's pods are found by, of a dict with root and component. */}}
{{- define "certwright.selectorLabels" -}}
app.kubernetes.io/name: certwright
app.kubernetes.io/instance: {{ .root.Release.Name | quote }}
app.kubernetes.io/component: {{ .component }}
{{- end }}

{{/*
The labels of every object, of a dict with root and, where there are any, component and more (labels
of that object alone). The chart's own win: a selector is made of
them.
*/}}
{{- define "certwright.labels" -}}
{{- $own := dict "app.kubernetes.io/name" "certwright" "app.kubernetes.io/instance" .root.Release.Name -}}
{{- with .component }}{{ $_ := set $own "app.kubernetes.io/component" . }}{{ end -}}
{{- $_ := set $own "app.kubernetes.io/part-of" "certwright" -}}
{{- $_ := set $own "app.kubernetes.io/version" .root.Chart.AppVersion -}}
{{- $_ := set $own "app.kubernetes.io/managed-by" .root.Release.Service -}}
{{- $_ := set $own "helm.sh/chart" (printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_") -}}
{{- toYaml (merge $own (.more | default dict) (.root.Values.commonLabels | default dict)) }}
{{- end }}

{{/*
The labels of pods. Versions are not among them: a chart that changes nothing else must not roll
the pods.
*/}}
{{- define "certwright.podLabels" -}}
{{- $own := include "certwright.selectorLabels" . | fromYaml -}}
{{- toYaml (merge $own (.values.podLabels | default dict) (.root.Values.commonLabels | default dict)) }}
{{- end }}

{{/* What keeps an object when Helm, Argo CD or Flux would delete it. */}}
{{- define "certwright.kept" -}}
helm.sh/resource-policy: keep
argocd.argoproj.io/sync-options: Prune=false,Delete=false
kustomize.toolkit.fluxcd.io/prune: disabled
{{- end }}
