{{/* The gateway's container, the same alone and beside an application. */}}
{{- define "privacy-gateway.container" -}}
name: privacy-gateway
image: {{ include "privacy-gateway.image" . | quote }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
{{- if eq .Values.mode "sidecar" }}
restartPolicy: Always
{{- end }}
args: [serve, --config, /etc/privacy-gateway/settings/gateway.yaml]
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  runAsNonRoot: true
  runAsUser: 10001
  runAsGroup: 10001
  capabilities: {drop: [ALL]}
  seccompProfile: {type: RuntimeDefault}
env:
  # Several pods may share the volume: each writes a log of its own.
  - name: PRIVACY_GATEWAY_AUDIT__WRITER
    valueFrom: {fieldRef: {fieldPath: metadata.name}}
  {{- range .Values.credentials }}
  - name: {{ .env }}
    valueFrom: {secretKeyRef: {name: {{ .secretName | quote }}, key: {{ .secretKey | quote }}}}
  {{- end }}
  {{- with .Values.extraEnv }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
ports:
  {{- if eq .Values.mode "deployment" }}
  - {name: http, containerPort: 8080}
  {{- end }}
  - {name: admin, containerPort: 8081}
{{- $scheme := ternary "HTTPS" "HTTP" (not (empty .Values.settings.admin_tls)) }}
startupProbe:
  httpGet: {path: /readyz, port: admin, scheme: {{ $scheme }}}
  periodSeconds: 1
  failureThreshold: 60
livenessProbe:
  httpGet: {path: /healthz, port: admin, scheme: {{ $scheme }}}
  periodSeconds: 10
  timeoutSeconds: 3
readinessProbe:
  httpGet: {path: /readyz, port: admin, scheme: {{ $scheme }}}
  periodSeconds: 5
  timeoutSeconds: 3
resources:
  {{- toYaml .Values.resources | nindent 2 }}
volumeMounts:
  - {name: privacy-gateway-settings, mountPath: /etc/privacy-gateway/settings, readOnly: true}
  {{- range $name, $_ := .Values.policies }}
  - {name: privacy-gateway-policies, mountPath: {{ printf "/etc/privacy-gateway/policies/%s" $name }}, subPath: {{ $name }}, readOnly: true}
  {{- end }}
  {{- range $name, $_ := .Values.packs }}
  - {name: privacy-gateway-packs, mountPath: {{ printf "/etc/privacy-gateway/classifiers/packs/%s" $name }}, subPath: {{ $name }}, readOnly: true}
  {{- end }}
  {{- if .Values.surrogateKey.existingSecret }}
  - {name: privacy-gateway-key, mountPath: /run/secrets/privacy-gateway, readOnly: true}
  {{- end }}
  - {name: privacy-gateway-audit, mountPath: /var/lib/privacy-gateway/audit}
  {{- with .Values.extraVolumeMounts }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end -}}

{{- define "privacy-gateway.volumes" -}}
- name: privacy-gateway-settings
  configMap: {name: {{ include "privacy-gateway.fullname" . }}-settings}
{{- if .Values.policies }}
- name: privacy-gateway-policies
  configMap: {name: {{ include "privacy-gateway.fullname" . }}-policies}
{{- end }}
{{- if .Values.packs }}
- name: privacy-gateway-packs
  configMap: {name: {{ include "privacy-gateway.fullname" . }}-packs}
{{- end }}
{{- with .Values.surrogateKey }}
{{- if .existingSecret }}
- name: privacy-gateway-key
  secret:
    secretName: {{ .existingSecret }}
    defaultMode: 0440
    items: [{key: {{ .secretKey }}, path: surrogate-key}]
{{- end }}
{{- end }}
- name: privacy-gateway-audit
  {{- if .Values.audit.persistence.enabled }}
  persistentVolumeClaim:
    claimName: {{ default (printf "%s-audit" (include "privacy-gateway.fullname" .)) .Values.audit.persistence.existingClaim }}
  {{- else }}
  emptyDir: {}
  {{- end }}
{{- with .Values.extraVolumes }}
{{ toYaml . }}
{{- end }}
{{- end -}}
