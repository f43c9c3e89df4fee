"""What made-up pharmacies are made of."""

from __future__ import annotations

STREETS = (
    "rue de la République", "place du Marché", "avenue Jean-Jaurès", "rue Pasteur", "boulevard Gambetta",
    "rue Victor-Hugo", "place de l'Église", "avenue de la Gare", "rue des Tilleuls", "route Nationale",
)  # fmt: skip
FOUNDERS = (
    "du Marché", "de la Gare", "Centrale", "des Halles", "du Pont", "Saint-Michel", "du Château", "Lafayette",
    "des Lilas", "de la Mairie", "du Port", "Pasteur", "de l'Horloge", "des Quatre Vents",
)  # fmt: skip
OWNERS = (
    "Camille Martin", "Louise Bernard", "Hugo Petit", "Inès Moreau", "Jules Leroy", "Léa Girard",
    "Nathan Roux", "Manon Fournier", "Adèle Mercier", "Yanis Lambert",
)  # fmt: skip
CITIES = (
    ("Rennes", "35000", "Bretagne"),
    ("Quimper", "29000", "Bretagne"),
    ("Lyon", "69003", "Auvergne-Rhône-Alpes"),
    ("Grenoble", "38000", "Auvergne-Rhône-Alpes"),
    ("Paris", "75011", "Île-de-France"),
    ("Versailles", "78000", "Île-de-France"),
    ("Lille", "59000", "Hauts-de-France"),
    ("Amiens", "80000", "Hauts-de-France"),
    ("Strasbourg", "67000", "Grand Est"),
    ("Nancy", "54000", "Grand Est"),
    ("Bordeaux", "33000", "Nouvelle-Aquitaine"),
    ("Toulouse", "31000", "Occitanie"),
    ("Marseille", "13006", "Provence-Alpes-Côte d'Azur"),
    ("Nantes", "44000", "Pays de la Loire"),
    ("Rouen", "76000", "Normandie"),
    ("Dijon", "21000", "Bourgogne-Franche-Comté"),
    ("Tours", "37000", "Centre-Val de Loire"),
    ("Ajaccio", "20000", "Corse"),
    ("Saint-Denis", "97400", "La Réunion"),
)
HOURS = (
    "Mo-Fr 08:30-12:30,14:00-19:30; Sa 09:00-12:30; PH off",
    "Mo-Fr 09:00-19:30; Sa 09:00-19:00; PH off",
    "Mo 14:00-19:00; Tu-Sa 09:00-12:00,14:00-19:00; PH off",
    "Mo-Sa 08:00-20:00; PH off",
    "Mo-Fr 08:45-12:15,14:00-19:00; Sa 08:45-17:00; PH off",
)
LGOS = (
    ("id.", "10.4"), ("Winpharma", "2026.3"), ("Smart Rx", "7.12"), ("LEO", "2.38"), ("Pharmaland", "5.9"),
)  # fmt: skip
WINDOWS = (("10 22H2", 19045), ("11 23H2", 22631), ("11 24H2", 26100))
GROUPEMENTS = ("horizon-sante", "caducee-uni", "pharma-rivage", "soin-et-sens", "officines-unies") * 2 + (
    None,
)

FLEET = """\
name: Generated fleet
groupements:
  - {id: horizon-sante, name: Horizon Santé, backup_policy: trois-deux-un}
  - {id: caducee-uni, name: Caducée Uni, backup_policy: trois-deux-un}
  - {id: pharma-rivage, name: Pharma Rivage, backup_policy: trois-deux-un}
  - {id: soin-et-sens, name: Soin et Sens, backup_policy: trois-deux-un}
  - {id: officines-unies, name: Officines Unies, backup_policy: trois-deux-un}
backup_policies:
  - name: trois-deux-un
    restore_test_days: 90
    copies:
      - {media: internal_disk, live: true, frequency: continuous}
      - {media: nas, frequency: hourly, retention_days: 30, encrypted: true}
      - {media: external_disk, retention_days: 365, offsite: true, offline: true, encrypted: true}
images:
  - {name: poste-19045, version: "2026.10", os: {family: windows, version: "10 22H2", build: 19045}}
  - {name: poste-22631, version: "2026.10", os: {family: windows, version: "11 23H2", build: 22631}}
  - {name: poste-26100, version: "2026.11", os: {family: windows, version: "11 24H2", build: 26100}}
"""

_DRIVER = """\
name: {name}
version: "10.0.19041.1"
date: 2006-06-21
class: {device_class}
provider: Microsoft
arch: [x64]
builds: {{min: 19041}}
signature: inbox
hardware_ids: ['{hardware_id}']
"""

DRIVERS = {
    name: _DRIVER.format(name=name, device_class=device_class, hardware_id=hardware_id)
    for name, device_class, hardware_id in (
        ("ms-usbccid", "SmartCardReader", r"USB\Class_0B"),
        ("ms-usbprint", "USB", r"USB\Class_07&SubClass_01&Prot_02"),
        ("ms-usbser", "Ports", r"USB\Class_02&SubClass_02"),
        ("ms-hid-keyboard", "Keyboard", "HID_DEVICE_SYSTEM_KEYBOARD"),
    )
}
"""File name to text: drivers that Windows itself delivers."""
