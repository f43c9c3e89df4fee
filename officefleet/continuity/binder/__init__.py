"""The binder (classeur): every failure and what cured it, so that the team can do it alone next time."""
