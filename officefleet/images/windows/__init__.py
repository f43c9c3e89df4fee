"""Windows golden images: who a poste is, written offline, and disks made from a WIM. Runs on Linux only.

=================  =================================================================================
``hive``           one registry hive, through libhivex
``hivecheck``      whether a hive is whole and was closed by Windows, before anybody edits it
``volume``         one NTFS partition of a disk: refused when Windows has not let go of it
``tree``           finding and writing files in a mounted NTFS, whatever the case of their names
``acl``            who may read a file, as NTFS writes it down
``identity``       one Windows poste
``registry``       its name and network in the offline registry
``answerfile``     the checks that an unattend.xml must pass
``unattend``       the unattend.xml of a poste, from a template (controller only)
``firstboot``      what the poste does on its own before anybody can log in
``inject``         all of it, written into a mounted Windows
``wim``            WIM files: looking into one, taking one, putting one on a partition
``disk``           a whole disk around a WIM
``bcd``            its boot configuration
``secrets``        what may not be in the registry of an image
=================  =================================================================================
"""
