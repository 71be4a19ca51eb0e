"""What every endpoint of the API shares: responses, parameters, pagination, parsers, permissions and errors."""
