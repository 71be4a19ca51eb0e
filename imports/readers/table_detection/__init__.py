"""Where a table begins and ends among lines of cells, for text files and sheets alike."""
