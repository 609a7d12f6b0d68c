{{/*
The names are fixed: the admission policy knows the server's ServiceAccount by its name, the
definitions are the whole cluster's, and so there is one release in a cluster.
*/}}

{{- define "certwright.operator" -}}certwright-operator{{- end }}

{{- define "certwright.server" -}}certwright-acme{{- end }}

{{- define "certwright.image" -}}
{{- $image := .Values.image -}}
{{- $tag := $image.tag | default .Chart.AppVersion -}}
{{ $image.repository }}:{{ $tag }}{{ with $image.digest }}@{{ . }}{{ end }}
{{- end }}

{{/* Scheme, host and port of the server's URLs, as the chart's user wrote it or by its Service. */}}
{{- define "certwright.serverURL" -}}
{{- $port := int .Values.server.service.port -}}
{{- if .Values.serverURL -}}
{{ trimSuffix "/" .Values.serverURL }}
{{- else -}}
https://acme.{{ .Values.server.namespace }}.svc{{ if ne $port 443 }}:{{ $port }}{{ end }}
{{- end -}}
{{- end }}

{{- define "certwright.serverHost" -}}
{{ regexReplaceAll "^https://(.*?)(:[0-9]+)?$" (include "certwright.serverURL" .) "${1}" }}
{{- end }}

{{/* ADDRESS:PORT to listen on, of a dict with root and port. */}}
{{- define "certwright.listen" -}}
{{- $host := .root.Values.listenHost -}}
{{ if contains ":" $host }}[{{ $host }}]{{ else }}{{ $host }}{{ end }}:{{ .port }}
{{- end }}

{{- define "certwright.servingSecret" -}}
{{ .Values.server.tls.existingSecret | default "serving-tls" }}
{{- end }}

{{- define "certwright.dataClaim" -}}
{{ .Values.server.store.sqlite.existingClaim | default "certwright-acme-data" }}
{{- end }}
