#!/bin/sh
# The restore, with its progress on the poste's own screen as well.
exec /usr/bin/python3 /usr/local/lib/officefleet-restore.pyz --screen /dev/tty1 "$@"
