"""officefleet: model, provision and rebuild the workstations of French pharmacies."""
