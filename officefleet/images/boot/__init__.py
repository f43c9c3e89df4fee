"""How a dead poste gets into the rescue environment: a USB stick, or the network.

============  ====================================================================================
``known``     the host keys of rescues, which the controller knows before first contact
``grub_cfg``  what GRUB is told: on a stick, and over the network
``stick``     the content of a stick: partition table, boot loaders for UEFI and BIOS, kernel, overlays
``media``     writes a stick or its image, and reads it back
``removable``  whether a disk may be overwritten
``netboot``   arming: which poste gets the rescue at its next start, once and for how long
``dnsmasq``   the configuration of dnsmasq beside a pharmacy's own DHCP server
``tree``      the folder that the netboot service serves
``netbootd``  the netboot service, one file of the standard library, also run on a NAS
============  ====================================================================================
"""
