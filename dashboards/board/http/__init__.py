"""What every request goes through: ids, security headers, query parameters, CSV."""
