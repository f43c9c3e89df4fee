"""The rescue environment: a Debian kernel with a small initramfs that answers ssh and runs the restore.

It holds no secret: each poste's host key and the controller's public key come in an overlay of their own, made for
one boot, which the boot loader loads before the initramfs itself.
"""
