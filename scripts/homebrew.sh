#!/bin/sh
# Prints the Homebrew formula of a release, made from its SHA256SUMS and the repository of Cargo.toml:
# `scripts/homebrew.sh target/packages/SHA256SUMS > offprint.rb`.
set -eu

sums=${1:?name the SHA256SUMS of the release}
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
version=$(sed -n 's/^version = "\(.*\)"/\1/p' "$root/Cargo.toml" | head -n 1)
repository=${OFFPRINT_REPOSITORY:-$(sed -n 's/^repository = "\(.*\)"/\1/p' "$root/Cargo.toml" | head -n 1)}
[ -n "$repository" ] || {
    echo "homebrew: Cargo.toml names no repository" >&2
    exit 1
}

# URL and checksum of the archive for a target.
archive() {
    sum=$(awk -v name="offprint-$version-$1" 'index($2, name) == 1 || index($2, "*" name) == 1 { print $1; exit }' "$sums")
    file=$(awk -v name="offprint-$version-$1" 'index($2, name) == 1 { print $2; exit }' "$sums")
    [ -n "$sum" ] || {
        echo "homebrew: $sums has no archive for $1" >&2
        exit 1
    }
    printf '      url "%s/releases/download/v%s/%s"\n      sha256 "%s"\n' "$repository" "$version" "$file" "$sum"
}

mac_arm=$(archive aarch64-apple-darwin)
mac_intel=$(archive x86_64-apple-darwin)
linux_arm=$(archive aarch64-unknown-linux-musl)
linux_intel=$(archive x86_64-unknown-linux-musl)

cat <<RUBY
# Made by scripts/homebrew.sh
class Offprint < Formula
  desc "Harvest article metadata over OAI-PMH"
  homepage "$repository"
  version "$version"
  license any_of: ["MIT", "Apache-2.0"]

  on_macos do
    on_arm do
$mac_arm
    end
    on_intel do
$mac_intel
    end
  end

  on_linux do
    on_arm do
$linux_arm
    end
    on_intel do
$linux_intel
    end
  end

  def install
    bin.install "offprint"
    man1.install Dir["man/man1/*.1"]
    bash_completion.install "completions/offprint"
    zsh_completion.install "completions/_offprint"
    fish_completion.install "completions/offprint.fish"
  end

  test do
    system bin/"offprint", "demo", "--quiet", "-o", testpath/"demo"
    assert_path_exists testpath/"demo/demo.db"
  end
end
RUBY
