#!/bin/sh
# Finishes the lab's shared base inside mmdebstrap; $1 is the new root.
set -eu
root=$1

chroot "$root" useradd --create-home --uid 1000 --shell /bin/bash --comment "officefleet" officefleet
echo 'officefleet ALL=(ALL) NOPASSWD: ALL' >"$root/etc/sudoers.d/officefleet"
chmod 0440 "$root/etc/sudoers.d/officefleet"

# One host key, made anew for each lab; keys only.
rm -f "$root"/etc/ssh/ssh_host_*
cat >"$root/etc/ssh/sshd_config.d/officefleet.conf" <<EOF
HostKey /etc/ssh/ssh_host_ed25519_key
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
UseDNS no
MaxStartups 200
MaxSessions 100
EOF

# Each host gets its own name and machine id when it first starts.
: >"$root/etc/machine-id"
rm -f "$root/etc/hostname" "$root/var/lib/dbus/machine-id"

# There is no way out of the lab: nothing may wait for a download.
for unit in apt-daily.timer apt-daily-upgrade.timer e2scrub_all.timer e2scrub_reap.service \
    systemd-networkd-wait-online.service; do
    chroot "$root" systemctl mask "$unit" 2>/dev/null
done
