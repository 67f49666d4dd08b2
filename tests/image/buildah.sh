#!/bin/bash
# Runs buildah with storage and configuration of its own below the folder $1, and with the tools that were unpacked there, where they were: in
# a mount namespace, so that they and their libraries are found in every step and nothing of the machine changes. Needs root.
set -euo pipefail
folder=$1
shift
if [ "${IMAGE_CHECK_INSIDE:-}" = "" ]; then
  IMAGE_CHECK_INSIDE=yes exec unshare --mount "$0" "$folder" "$@"
fi
tools=$folder/tools/root
if [ -d "$tools" ]; then
  libraries=/usr/lib/$(uname -m)-linux-gnu
  mount -t overlay overlay -o "lowerdir=$tools$libraries:$libraries" "$libraries"
  export PATH=$tools/usr/bin:$tools/usr/sbin:$PATH
fi
mkdir -p "$folder/conf"
echo '{"default":[{"type":"insecureAcceptAnything"}]}' >"$folder/conf/policy.json"
echo 'unqualified-search-registries = []' >"$folder/conf/registries.conf"
printf '[storage]\ndriver = "vfs"\nrunroot = "%s/run"\ngraphroot = "%s/storage"\n' "$folder" "$folder" >"$folder/conf/storage.conf"
export CONTAINERS_STORAGE_CONF=$folder/conf/storage.conf CONTAINERS_REGISTRIES_CONF=$folder/conf/registries.conf
policy="--signature-policy $folder/conf/policy.json"

case $1 in
  # The base that the Dockerfile names: Debian's packages, this machine's npm, and the Node that npm has for it.
  base)
    node=$2
    [ -f "$folder/base.tar" ] || mmdebstrap --mode=root --variant=minbase --include=ca-certificates bookworm "$folder/base.tar"
    container=$(buildah from scratch)
    root=$(buildah mount "$container")
    tar -xf "$folder/base.tar" -C "$root"
    mkdir -p "$root/usr/local/lib/node_modules"
    cp "$node" "$root/usr/local/bin/node"
    cp -r "$(npm root --global)/npm" "$root/usr/local/lib/node_modules/npm"
    ln -s ../lib/node_modules/npm/bin/npm-cli.js "$root/usr/local/bin/npm"
    # Whom this machine trusts: its way to the registry may lead through a proxy with a certificate of its own.
    cp /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/ca-certificates.crt"
    chroot "$root" useradd --uid 1000 --user-group --create-home node
    buildah umount "$container" >/dev/null
    buildah config --env NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt \
      --env PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$container"
    # shellcheck disable=SC2086
    buildah commit $policy --rm "$container" docker.io/library/node:22-slim
    ;;
  build)
    # shellcheck disable=SC2086
    buildah bud $policy --isolation chroot --pull-never --network host --layers=false --format docker -t inventory-sync .
    # shellcheck disable=SC2086
    buildah from $policy --pull-never --name inventory-sync-check localhost/inventory-sync
    ;;
  run)
    shift
    exec buildah run --isolation chroot --user node "$@"
    ;;
esac
