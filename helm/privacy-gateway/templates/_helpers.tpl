{{- define "privacy-gateway.fullname" -}}
{{- if contains .Chart.Name .Release.Name -}}
{{- .Release.Name | trunc 53 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name .Chart.Name | trunc 53 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "privacy-gateway.selectorLabels" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "privacy-gateway.labels" -}}
{{ include "privacy-gateway.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end -}}

{{- define "privacy-gateway.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "privacy-gateway.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- default "default" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{- define "privacy-gateway.image" -}}
{{- if .Values.image.digest -}}
{{- printf "%s@%s" .Values.image.repository .Values.image.digest -}}
{{- else -}}
{{- printf "%s:%s" .Values.image.repository (default .Chart.AppVersion .Values.image.tag) -}}
{{- end -}}
{{- end -}}

{{/* gateway.yaml: the user's settings, with addresses, paths and the key filled in. A sidecar's data port is on loopback. */}}
{{- define "privacy-gateway.settings" -}}
{{- $settings := deepCopy .Values.settings -}}
{{- $host := ternary "127.0.0.1" "0.0.0.0" (eq .Values.mode "sidecar") -}}
{{- $_ := set $settings "listen" (printf "%s:8080" $host) -}}
{{- $_ := set $settings "admin" "0.0.0.0:8081" -}}
{{- $_ := set $settings "policies" "/etc/privacy-gateway/policies" -}}
{{- $_ := set $settings "classifiers" "/etc/privacy-gateway/classifiers" -}}
{{- $_ := set $settings "audit" (merge (dict "directory" "/var/lib/privacy-gateway/audit") (default dict $settings.audit)) -}}
{{- if .Values.surrogateKey.existingSecret -}}
{{- $_ := set $settings "key" (dict "file" "/run/secrets/privacy-gateway/surrogate-key") -}}
{{- end -}}
{{- toYaml $settings -}}
{{- end -}}
