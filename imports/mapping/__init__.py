"""What was asked for: columns, types, rules, filters, options."""

from imports.mapping.request import MappingRequest, parse_mapping

__all__ = ["MappingRequest", "parse_mapping"]
