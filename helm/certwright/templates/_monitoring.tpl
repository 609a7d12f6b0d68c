{{/*
A headless Service of the operations port with its ServiceMonitor, of a dict with root, component,
name, namespace and port.
*/}}
{{- define "certwright.monitoring" -}}
{{- $monitor := .root.Values.prometheus.serviceMonitor -}}
apiVersion: v1
kind: Service
metadata:
  name: {{ .name }}-metrics
  namespace: {{ .namespace | quote }}
  labels:
    {{- include "certwright.labels" (merge (dict "more" (dict "certwright.dev/metrics" "true")) .) | nindent 4 }}
spec:
  clusterIP: None
  # A server that isn't ready has something to tell.
  publishNotReadyAddresses: true
  ports:
  - name: operations
    port: {{ .port }}
    targetPort: operations
  selector:
    {{- include "certwright.selectorLabels" . | nindent 4 }}
---
apiVersion: monitoring.coreos.com/v1
kind: ServiceMonitor
metadata:
  name: {{ .name }}
  namespace: {{ .namespace | quote }}
  labels:
    {{- include "certwright.labels" (merge (dict "more" $monitor.labels) .) | nindent 4 }}
spec:
  jobLabel: app.kubernetes.io/component
  endpoints:
  - port: operations
    path: /metrics
    {{- with $monitor.interval }}
    interval: {{ . | quote }}
    {{- end }}
    {{- with $monitor.scrapeTimeout }}
    scrapeTimeout: {{ . | quote }}
    {{- end }}
  selector:
    matchLabels:
      {{- include "certwright.selectorLabels" . | nindent 6 }}
      certwright.dev/metrics: "true"
{{- end }}
