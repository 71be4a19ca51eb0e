"""Where rows, columns, files and tables come from."""
