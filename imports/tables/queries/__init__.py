"""Read data tables: selections, pages, rows by record number, groups of corrections."""
