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

# A small package archive of its own: roles and tests install from it without a network.
archive=$root/srv/apt
mkdir -p "$archive"
chroot "$root" apt-get clean
chroot "$root" apt-get install -qq -y --download-only -o Dir::Cache::archives=/var/cache/apt/archives \
    chrony dnsmasq-base hello nftables openssl pcscd postgresql-15 rclone restic tree usbutils >/dev/null
mv "$root"/var/cache/apt/archives/*.deb "$archive"
(
    cd "$archive"
    for deb in *.deb; do
        chroot "$root" dpkg-deb -f "/srv/apt/$deb"
        printf 'Filename: ./%s\nSize: %s\nSHA256: %s\n\n' \
            "$deb" "$(stat -c %s "$deb")" "$(sha256sum "$deb" | cut -d' ' -f1)"
    done >Packages
)
rm -f "$root"/etc/apt/sources.list.d/*
echo 'deb [trusted=yes] file:/srv/apt ./' >"$root/etc/apt/sources.list"

# There is no way out of the lab: nothing may wait for a download.
for unit in apt-daily.timer apt-daily-upgrade.timer e2scrub_all.timer e2scrub_reap.service \
    systemd-networkd-wait-online.service; do
    chroot "$root" systemctl mask "$unit" 2>/dev/null
done
