"""Text batches to typed batches: values converted, corrections recorded, errors collected."""
