"""Pages of imports: sign-in, upload, bucket, preview, progress, history, errors and skipped rows."""
