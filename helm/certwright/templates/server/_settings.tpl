{{/* Seconds that a server serves on after SIGTERM. One that is alone has nobody to hand over to: the next waits for its end. */}}
{{- define "certwright.drainSeconds" -}}
{{- if eq .Values.server.store.kind "sqlite" -}}0{{- else -}}{{ int .Values.server.drainSeconds }}{{- end -}}
{{- end }}

{{/* The server's settings file. What the chart decides by other values wins. */}}
{{- define "certwright.settings" -}}
{{- $server := .Values.server -}}
{{- $settings := deepCopy ($server.settings | default dict) -}}
{{- $_ := set $settings "listen" (include "certwright.listen" (dict "root" . "port" 443)) -}}
{{- $_ := set $settings "publicURL" (include "certwright.serverURL" .) -}}
{{- $_ := set $settings "tls" (dict "certificate" "/etc/certwright/tls/tls.crt" "key" "/etc/certwright/tls/tls.key") -}}
{{- $_ := set $settings "peers" (dict "listen" (include "certwright.listen" (dict "root" . "port" 8444))) -}}
{{- $_ := set $settings "operations" (dict "listen" (include "certwright.listen" (dict "root" . "port" 8081))) -}}
{{- $_ := set $settings "shutdown" (dict "drain" (printf "%ss" (include "certwright.drainSeconds" .))) -}}
{{- if eq $server.store.kind "sqlite" -}}
{{- $_ := set $settings "store" (dict "kind" "sqlite" "file" "/var/lib/certwright/certwright.db") -}}
{{- else -}}
{{- $_ := set $settings "store" (dict "kind" "kubernetes" "maxCertificates" (int $server.store.maxCertificates)) -}}
{{- end -}}
{{- with $server.routes -}}
{{- $_ := set $settings "validation" (merge (dict "routes" .) ($settings.validation | default dict)) -}}
{{- end -}}
{{- toYaml $settings -}}
{{- end }}
