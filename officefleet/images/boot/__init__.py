"""How a dead poste gets into the rescue environment: a USB stick, or the network.

============  ====================================================================================
``known``     the host keys of rescues, which the controller knows before first contact
``grub_cfg``  what GRUB is told on a stick
``stick``     the content of a stick: partition table, boot loaders for UEFI and BIOS, kernel, overlays
``media``     writes a stick or its image, and reads it back
``removable``  whether a disk may be overwritten
``netboot``   arming: which poste gets the rescue at its next start, once and for how long
``served``    what the netboot service serves, as text: dnsmasq's configuration, GRUB's and iPXE's scripts
``netbootd``  the netboot service: standard library and dnsmasq, so that a NAS can run it
============  ====================================================================================
"""
