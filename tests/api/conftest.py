"""Clients of the API: each with a real token of a real user."""

import json

import pytest
from django.contrib.auth.models import Group, User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from knox.models import AuthToken


class ApiClient(Client):
    """Django's test client with a token, and the two ways of importing."""

    def __init__(self, user=None, **options):
        self.user = user
        if user:
            _, token = AuthToken.objects.create(user=user)
            options["headers"] = {"Authorization": f"Token {token}"}
        super().__init__(**options)

    def upload(self, name, text, mapping=None, address="/map-data"):
        content = text if isinstance(text, bytes) else text.encode()
        form = {"file": SimpleUploadedFile(name, content)}
        if mapping is not None:
            form["mapping_json"] = json.dumps(mapping)
        return self.post(address, form)

    def send(self, body, address="/map-data"):
        return self.post(address, body, content_type="application/json")


def client_of(username, group=None, **options):
    user = User.objects.create_user(username, f"{username}@example.com", "a-long-password", **options)
    if group:
        user.groups.add(Group.objects.get(name=group))
    return ApiClient(user)


@pytest.fixture
def api(atlas_db):
    """A client of a superuser."""
    return client_of("admin", is_superuser=True, is_staff=True)


@pytest.fixture
def importer(atlas_db):
    return client_of("ida", "importer")


@pytest.fixture
def auditor(atlas_db):
    return client_of("otto", "auditor")


@pytest.fixture
def unprivileged(atlas_db):
    """A client of a user without a group."""
    return client_of("nemo")


@pytest.fixture
def anonymous(atlas_db):
    return ApiClient()
