"""The pages of lineage: tables, rows, graph, statistics, undo."""
