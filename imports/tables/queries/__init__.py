"""Reading data tables: selections, pages, records by number, groups of corrections."""
