"""The pages of imports: upload, preview, history, progress, bucket."""
