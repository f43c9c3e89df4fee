"""The inventory: folders and files in, hosts, groups and variables out.

The engine needs `load_inventory`, `needed_pharmacies` and `Inventory`.
"""

from officefleet.durable.folders import cache_folder as default_cache_dir
from officefleet.inventory.inventory import Inventory
from officefleet.inventory.load import load_inventory
from officefleet.inventory.patterns import needed_pharmacies

__all__ = ["Inventory", "default_cache_dir", "load_inventory", "needed_pharmacies"]
