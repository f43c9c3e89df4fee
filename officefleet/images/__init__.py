"""Golden images: a chunk store, signed indexes, and a restore that proves what it wrote.

What a poste needs in its rescue environment (`restore` and all that it imports) uses the standard library,
zstandard and one of cryptography or PyNaCl; `shipping` packs exactly that into a zipapp.

==============  ==========================================================================
``canonical``   one byte string for one value
``signed``      an Ed25519 envelope: header line, payload line
``keys``        the signed key set, its rotation, and what a machine trusts
``index``       one image: its properties and its table of chunks
``store``       the folder that a web server can serve as it is
``source``      where a restore reads from: a folder or HTTP
``target``      the disk that is written: locks, sector size, reads and writes
``gpt``         partition tables and moving the backup table to the end of the disk
``restore``     compare in place, fetch what differs, write, read back, boot sector last
``identify``    who a restored machine is, Linux or Windows
``windows``     the offline half of Windows: registry, answer file, disks from a WIM
==============  ==========================================================================
"""
