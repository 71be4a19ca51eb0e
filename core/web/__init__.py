"""What every page shares: access, forms, error pages, addresses of clients, the content security policy."""
