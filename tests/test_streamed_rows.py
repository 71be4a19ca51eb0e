"""A loop over rows that is left half way ends no other transaction."""

import gc

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import transaction

from core.streamed_rows import streamed
from tests.importing import query


def test_rows_that_an_error_leaves_unread_end_no_later_transaction(atlas_db):
    def stop():
        with transaction.atomic(), streamed(ContentType.objects.all()) as rows:
            raise ValueError(next(rows))

    with pytest.raises(ValueError) as error:  # which has the rows, in its traceback
        stop()

    with transaction.atomic():
        assert query("SELECT 1") == [(1,)]
        del error
        gc.collect()
        assert query("SELECT 1") == [(1,)]
