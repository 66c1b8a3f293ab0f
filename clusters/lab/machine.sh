#!/bin/bash
# The first process of a machine of the lab: machine.sh NAME FOLDER VENV ADDRESS SHARED
#
# It runs in fresh network, mount, process, host-name and IPC namespaces. FOLDER holds what is the machine's own: root/
# and tmp/ (its /root and /tmp), and keys/ (the host key). VENV is seen at its own path, and what is installed into it stays
# on this machine. SHARED is seen at /mnt/shared, as a file server's folder would be.
set -euo pipefail
name=$1 folder=$2 venv=$3 address=$4 shared=$5

hostname "$name"
mount -t tmpfs -o size=4g tmpfs /dev/shm # where Ray keeps its objects
mount -t tmpfs tmpfs /mnt
mkdir /mnt/shared
mount --bind "$shared" /mnt/shared
mount -t tmpfs tmpfs /run
mkdir -p /run/sshd
install -m 600 "$folder/keys/host" /run/host_key

# /tmp and /root are about to be replaced: what lies below them and must be seen is bound into their replacements.
bind_at() {
  local target=$2
  case $target in
    /tmp/*) target=$folder/tmp/${target#/tmp/} ;;
    /root/*) target=$folder/root/${target#/root/} ;;
  esac
  mkdir -p "$target"
  mount --bind "$1" "$target"
}
layers=$folder/layers
mkdir -p "$layers"
mount -t tmpfs tmpfs "$layers"
mkdir "$layers/upper" "$layers/work" "$layers/venv"
mount -t overlay overlay -o "lowerdir=$venv,upperdir=$layers/upper,workdir=$layers/work" "$layers/venv"
interpreter=$(dirname "$(dirname "$(readlink -f "$venv/bin/python")")")
bind_at "$layers/venv" "$venv"
case $interpreter in /tmp/* | /root/*) bind_at "$interpreter" "$interpreter" ;; esac

# Ray's commands over ssh source .bashrc.
cat >"$folder/root/.bashrc" <<END
export PATH=$venv/bin:\$PATH RAY_USAGE_STATS_ENABLED=0 PYTHONDONTWRITEBYTECODE=1
END
cp "$folder/root/.bashrc" "$folder/root/.profile"
cat >/run/sshd_config <<END
ListenAddress $address
HostKey /run/host_key
PidFile /run/sshd.pid
PermitRootLogin prohibit-password
PasswordAuthentication no
KbdInteractiveAuthentication no
UsePAM no
UseDNS no
PrintMotd no
MaxSessions 100
MaxStartups 100
END
exec 9>"$folder/ready"
mount --rbind "$folder/root" /root
mount --rbind "$folder/tmp" /tmp
cd /root
/usr/sbin/sshd -f /run/sshd_config -E /run/sshd.log
echo ready >&9
exec 9>&-
trap 'exit 0' TERM
while :; do # bash as the first process also buries orphans
  sleep 3600 &
  wait $! || true
done
