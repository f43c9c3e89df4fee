"""What vendors were called for, what it cost, and whether they kept what their contracts promise."""
