"""What `officefleet doctor` looks at on a host, and the report that can be sent back."""
